"""The sound beside the dashboard: its keys, its news, and the terminal's bell where there is none."""

from __future__ import annotations

import pytest

from tests.tui import statuses
from tests.tui.dashboards import Clock, Live, Recorder, see
from tidehold.tui.app import Dashboard, Options


class Sound:
    """Something to hear, or not."""

    def __init__(self, *, sounds: bool = True, is_muted: bool = False, told: str = "", failure: str = "") -> None:
        self.sounds = sounds
        self.is_muted = is_muted
        self.failure = failure
        self.told = [told] if told else []
        self.wishes: list[str] = []
        self.heard: list[tuple[str, str]] = []

    def tell(self, kind: str, text: str) -> None:
        self.heard.append((kind, text))

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


@pytest.mark.parametrize("key", ["m", "comma", "full_stop"])
@pytest.mark.parametrize(
    ("sound", "told"), [(None, "begun without sound (--no-sound"), (Sound(failure="no sound: no device"), "no device")]
)
async def test_where_there_is_no_sound_its_keys_say_so(sound: Sound | None, told: str, key: str) -> None:
    recorder = Recorder()
    app = dashboard(recorder, Clock(), sound)
    async with app.run_test(size=(100, 30)) as pilot:
        recorder.tell(statuses.status(60))
        await see(pilot, "● REC")
        await pilot.press(key)
        await see(pilot, told)
        assert sound is None or sound.wishes == []


async def test_that_nothing_can_be_heard_is_told_once_on_the_screen() -> None:
    recorder, clock = Recorder(), Clock()
    app = dashboard(recorder, clock, Sound(sounds=False, told="no sound: no output device was found"))
    async with app.run_test(size=(100, 30)) as pilot:
        recorder.tell(statuses.status(60))
        await see(pilot, "no sound: no output device was found")
        clock.now_s += 7
        recorder.tell(statuses.status(67))
        await see(pilot, "no sound", there=False)


@pytest.mark.parametrize(
    ("sound", "rung"),
    [
        (None, ["ring"]),
        (Sound(sounds=True), []),
        (Sound(sounds=False), ["ring"]),
        (Sound(sounds=False, is_muted=True), []),  # whoever wants silence has it
    ],
)
async def test_the_bell_rings_where_nothing_else_is_heard(
    sound: Sound | None, rung: list[str], bells: list[str]
) -> None:
    recorder = Recorder()
    app = dashboard(recorder, Clock(), sound)
    async with app.run_test(size=(100, 30)) as pilot:
        recorder.tell(statuses.status(60), statuses.linked(statuses.status(60.25), "strap", "down", reason="gone"))
        await see(pilot, "✗ strap lost: gone")
        assert bells == rung
        assert sound is None or sound.heard == []  # it heard the status too


async def test_what_no_status_says_is_told_to_the_sound(bells: list[str]) -> None:
    recorder, clock, sound = Recorder(), Clock(), Sound()
    app = dashboard(recorder, clock, sound)
    async with app.run_test(size=(100, 30)) as pilot:
        recorder.tell(statuses.aged(statuses.status(60), "phone", 4.5))
        await see(pilot, "✗ phone/acc silent")
        recorder.tell(statuses.status(61))
        await see(pilot, "phone/gyr is back")
        recorder.end(OSError("connection reset"))
        await see(pilot, "✗ the recorder is gone")
    assert [(kind, text.partition(" ")[0]) for kind, text in sound.heard] == [
        ("lost", "phone/acc"), ("lost", "phone/gyr"), ("back", "phone/acc"), ("back", "phone/gyr"), ("lost", "the"),
    ]  # fmt: skip
    assert bells == []
