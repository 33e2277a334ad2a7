"""The sound beside a view: as it was asked for, and never in the way of the view."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Callable

import pytest

from tests.sound.listening import session
from tidehold.cli import sounding as module
from tidehold.cli.parser import parse
from tidehold.cli.sounding import Hearing, check_sound, heard, sounding
from tidehold.daemon.config import Config, SoundConfig
from tidehold.records import Status
from tidehold.sound.orders import Loudness, Order, Ready, Report, Trouble
from tidehold.sound.sounder import Sounder

NO_LIBRARY = Trouble("no sound: the library sounddevice is not installed", "pip install 'tidehold[sound]'")


class Desk:
    """Says one thing, and keeps its orders."""

    said: Report | None = None
    made: list[Desk] = []  # noqa: RUF012 - of the test

    def __init__(self, hear: Callable[[Report], None], *, speaks: bool) -> None:
        self.speaks = speaks
        self.orders: list[Order] = []
        self.is_closed = False
        self.made.append(self)
        if self.said is not None:
            hear(self.said)

    def order(self, order: Order) -> None:
        self.orders.append(order)

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> type[Desk]:
    monkeypatch.setattr(Desk, "made", [])
    monkeypatch.setattr(Desk, "said", None)
    monkeypatch.setattr(module, "DeskProcess", Desk)
    return Desk


@pytest.mark.parametrize("verb", ["record", "demo", "watch", "replay x.mcap"])
@pytest.mark.parametrize(
    ("words", "hearing"),
    [
        ("", Hearing(is_on=False, volume=0.3, speaks=False)),
        ("--sound --volume 1", Hearing(volume=1.0, speaks=False)),
        ("--no-sound --mute", Hearing(is_on=False, volume=0.3, is_muted=True, speaks=False)),
    ],
)
def test_flags_win_over_the_configuration(verb: str, words: str, hearing: Hearing) -> None:
    config = Config(sound=SoundConfig(enabled=False, volume=0.3, speech=False))
    assert Hearing.of(parse([*verb.split(), *words.split()]), config) == hearing


def test_sound_is_on_unless_something_else_is_said() -> None:
    assert Hearing.of(argparse.Namespace(volume=None, mute=False), Config()) == Hearing()


def test_it_sounds_as_long_as_the_view_is_there(desk: type[Desk]) -> None:
    with sounding(Hearing(volume=0.4, speaks=False)) as sounder:
        assert sounder is not None
        (made,) = desk.made
        assert (made.speaks, made.orders, made.is_closed) == (False, [Loudness(0.4)], False)
    assert made.is_closed


def test_sound_that_is_not_wanted_is_not_made(desk: type[Desk]) -> None:
    with sounding(Hearing(is_on=False)) as sounder:
        assert sounder is None
    assert not desk.made


def test_what_the_view_did_not_tell_is_told_at_its_end(desk: type[Desk], capsys: pytest.CaptureFixture[str]) -> None:
    desk.said = NO_LIBRARY
    with sounding(Hearing()):
        assert not capsys.readouterr().err
    assert capsys.readouterr().err.count("pip install 'tidehold[sound]'") == 1
    with sounding(Hearing()) as sounder:
        assert sounder is not None
        assert sounder.news()  # the view tells
    assert not capsys.readouterr().err


def test_a_program_that_cannot_be_started_is_told_and_no_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> Desk:
        raise OSError("Too many open files")

    monkeypatch.setattr(module, "DeskProcess", fail)
    with sounding(Hearing()) as sounder:
        assert sounder is None
    assert capsys.readouterr().err == "no sound: Too many open files\n"


async def test_statuses_pass_as_they_are_and_are_heard_on_the_way() -> None:
    told = [status for status, _ in session(2, lambda _: {})]
    taken: list[Status] = []

    async def statuses() -> AsyncIterator[Status]:
        for status in told:
            yield status

    class Ears(Sounder):
        def __init__(self) -> None:
            pass

        def hear(self, status: Status) -> None:
            taken.append(status)

    assert [status async for status in heard(statuses(), Ears())] == told == taken
    assert [status async for status in heard(statuses(), None)] == told


@pytest.mark.parametrize(
    ("said", "state", "found"),
    [
        (Ready("pulse", "espeak-ng"), "ok", "pulse; espeak-ng speaks"),
        (Ready("pulse", ""), "ok", "pulse; tones only, no speech engine"),
        (NO_LIBRARY, "warning", "no sound: the library sounddevice is not installed"),
        (None, "warning", "the device did not answer within 0 s"),
    ],
)
def test_doctor_says_whether_it_sounds(
    said: Report | None, state: str, found: str, desk: type[Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TRY_S", 0.01)
    desk.said = said
    check = check_sound(Config())
    assert (check.name, check.state, check.found) == ("sound", state, found)
    assert bool(check.advice) is (said != Ready("pulse", "espeak-ng"))
    assert desk.made[0].is_closed


def test_doctor_does_not_try_what_is_turned_off(desk: type[Desk]) -> None:
    assert check_sound(Config(sound=SoundConfig(enabled=False))).state == "not tried"
    assert not desk.made
    desk.said = Ready("pulse", "")
    assert check_sound(Config(sound=SoundConfig(speech=False))) == ("sound", "ok", "pulse", "")
