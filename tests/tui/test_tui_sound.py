"""The sound beside the dashboard: its keys, its news, and the terminal's bell where there is none."""

from __future__ import annotations

import pytest

from tests.tui import statuses
from tests.tui.dashboards import Clock, Live, Recorder, see, shown
from tidehold.tui.app import Dashboard, Options


class Sound:
    """Something to hear, or not."""

    def __init__(self, *, sounds: bool = True, told: str = "") -> None:
        self.sounds = sounds
        self.told = [told] if told else []
        self.wishes: list[str] = []

    def mute(self) -> str:
        return self._wish("mute")

    def louder(self) -> str:
        return self._wish("louder")

    def quieter(self) -> str:
        return self._wish("quieter")

    def news(self) -> str:
        return self.told.pop() if self.told else ""

    def _wish(self, wish: str) -> str:
        self.wishes.append(wish)
        return f"done: {wish}"


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    rung: list[str] = []
    monkeypatch.setattr(Dashboard, "bell", lambda self: rung.append("ring"))
    return rung


def dashboard(recorder: Recorder, clock: Clock, sound: Sound | None) -> Dashboard:
    return Dashboard(recorder.statuses(), Live(), now=clock, options=Options(frames_hz=0, sound=sound))


async def test_keys_silence_it_and_turn_it_up_and_down() -> None:
    recorder, sound = Recorder(), Sound()
    app = dashboard(recorder, Clock(), sound)
    async with app.run_test(size=(100, 30)) as pilot:
        recorder.tell(statuses.status(60))
        for key, wish in (("m", "mute"), ("comma", "quieter"), ("full_stop", "louder")):
            await pilot.press(key)
            await see(pilot, f"done: {wish}")
        assert sound.wishes == ["mute", "quieter", "louder"]


async def test_without_sound_its_keys_do_nothing() -> None:
    recorder = Recorder()
    app = dashboard(recorder, Clock(), None)
    async with app.run_test(size=(100, 30)) as pilot:
        recorder.tell(statuses.status(60))
        await see(pilot, "● REC")
        await pilot.press("m", "comma", "full_stop")
        assert "done" not in shown(app)


async def test_that_nothing_can_be_heard_is_told_once_on_the_screen() -> None:
    recorder, clock = Recorder(), Clock()
    app = dashboard(recorder, clock, Sound(sounds=False, told="no sound: no output device was found"))
    async with app.run_test(size=(100, 30)) as pilot:
        recorder.tell(statuses.status(60))
        await see(pilot, "no sound: no output device was found")
        clock.now_s += 7
        recorder.tell(statuses.status(67))
        await see(pilot, "no sound", there=False)


@pytest.mark.parametrize(("sounds", "rung"), [(True, []), (False, ["ring"])])
async def test_the_bell_rings_where_nothing_else_is_heard(sounds: bool, rung: list[str], bells: list[str]) -> None:
    recorder = Recorder()
    app = dashboard(recorder, Clock(), Sound(sounds=sounds))
    async with app.run_test(size=(100, 30)) as pilot:
        recorder.tell(statuses.status(60), statuses.linked(statuses.status(60.25), "strap", "down", reason="gone"))
        await see(pilot, "✗ strap lost: gone")
        assert bells == rung
