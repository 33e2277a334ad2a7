from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.sound.listening import BORN_S, paced, session
from tidehold.sound.orders import TEXT_LIMIT, Forget, Loudness, Order, Play, Ready, Report, Speak, Trouble
from tidehold.sound.score import APART_S
from tidehold.sound.sounder import Sounder, first_report, words_of

LIBRARY = Trouble("no sound: the library sounddevice is not installed", "pip install 'tidehold[sound]'")

GONE = "the sound ended: the device is gone"


class Desk:
    """Keeps its orders."""

    def __init__(self, hear: Callable[[Report], None]) -> None:
        self.hear = hear
        self.orders: list[Order] = []
        self.is_closed = False

    def order(self, order: Order) -> None:
        self.orders.append(order)

    def close(self) -> None:
        self.is_closed = True


class Made(Sounder):
    """A sounder with its desk in sight."""

    desk: Desk
    now_s = BORN_S

    def __init__(self, volume: float = 0.6, *, muted: bool = False) -> None:
        super().__init__(self._make, volume=volume, muted=muted, now=lambda: self.now_s)

    def _make(self, hear: Callable[[Report], None]) -> Desk:
        self.desk = Desk(hear)
        return self.desk


def test_statuses_become_orders() -> None:
    sounder = Made()
    for status, now_s in session(5, lambda _: {"pacing": paced("2/3")}):
        sounder.now_s = now_s
        sounder.hear(status)
    played = [order for order in sounder.desk.orders if isinstance(order, Play)]
    assert [order.kind for order in played] == ["out", "in"]
    sounder.close()
    assert sounder.desk.orders[-1] == Forget(sounder.now_s)
    assert sounder.desk.is_closed


def test_volume_and_mute_answer_in_words() -> None:
    sounder = Made(0.85)
    assert sounder.desk.orders == [Loudness(0.85)]
    assert [sounder.louder(), sounder.louder(), sounder.quieter()] == ["volume 95 %", "volume 100 %", "volume 90 %"]
    assert [sounder.mute(), sounder.mute()] == ["sound off", "volume 90 %"]
    assert sounder.mute() == "sound off"
    assert sounder.quieter() == "volume 80 %"  # who turns it wants to hear it
    assert sounder.desk.orders[-2:] == [Loudness(0.9, muted=True), Loudness(0.8)]
    assert Made(0.05).quieter() == "volume 0 %"


def test_it_can_begin_silent() -> None:
    sounder = Made(muted=True)
    assert sounder.desk.orders == [Loudness(0.6, muted=True)]
    sounder.desk.hear(Ready("loudspeaker", ""))
    assert (sounder.sounds, sounder.is_muted) == (False, True)
    sounder.mute()
    assert (sounder.sounds, sounder.is_muted) == (True, False)


def test_at_volume_0_nothing_is_heard() -> None:
    sounder = Made(0.1)
    sounder.desk.hear(Ready("loudspeaker", ""))
    assert sounder.sounds
    sounder.quieter()
    assert (sounder.sounds, sounder.is_muted) == (False, False)
    sounder.louder()
    assert sounder.sounds


def test_what_no_status_says_is_heard_one_after_another() -> None:
    sounder = Made()
    sounder.tell("lost", "phone/acc silent for 4.1 s")
    sounder.tell("lost", "x" * 9999)
    sounder.now_s += 5
    sounder.tell("back", "phone/acc is back")
    assert sounder.desk.orders[1:] == [
        Play("lost", BORN_S),
        Speak("phone/acc silent for 4.1 s"),
        Play("lost", BORN_S + APART_S),
        Speak("x" * TEXT_LIMIT),
        Play("back", BORN_S + 5),
        Speak("phone/acc is back"),
    ]


def test_a_trouble_is_told_once_with_what_to_do() -> None:
    sounder = Made()
    assert (sounder.news(), sounder.sounds, sounder.failure) == ("", False, "")
    sounder.desk.hear(LIBRARY)
    sounder.desk.hear(LIBRARY)
    assert sounder.news() == words_of(LIBRARY)
    assert "pip install 'tidehold[sound]'" in words_of(LIBRARY)
    assert (sounder.news(), sounder.sounds, sounder.failure) == ("", False, words_of(LIBRARY))


def test_without_an_engine_there_are_tones() -> None:
    sounder = Made()
    sounder.desk.hear(Ready("loudspeaker", ""))
    sounder.desk.hear(Trouble("nothing is spoken", is_all=False))
    assert (sounder.news(), sounder.sounds, sounder.failure) == ("nothing is spoken", True, "")
    sounder.desk.hear(Trouble(GONE))
    assert (sounder.news(), sounder.sounds, sounder.failure) == (GONE, False, GONE)


@pytest.mark.parametrize("report", [Ready("loudspeaker", "espeak-ng"), LIBRARY])
def test_the_first_report_says_whether_it_sounds(report: Report) -> None:
    def desk(hear: Callable[[Report], None]) -> Desk:
        hear(Trouble("nothing is spoken", is_all=False))
        hear(report)
        return Desk(hear)

    assert first_report(desk, 5.0) == report
    assert first_report(Desk, 0.01) is None
