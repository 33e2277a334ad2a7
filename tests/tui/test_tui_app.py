import asyncio
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from textual.widgets._footer import FooterKey

from tests.tui import statuses
from tests.tui.dashboards import STILL, Clock, Live, Recorder, Replay, see, shown, still
from tidehold.errors import SourceError
from tidehold.records import Estimate, HostNs, LinkView, Pacing, Pattern, Status, StreamView, Trace
from tidehold.routine import Bar, Guide, Question
from tidehold.tui.app import Dashboard, Options
from tidehold.units import NS

WELL = statuses.status(605.2)
LOST = {"reason": "supervision time-out (0x08)", "advice": "come closer"}


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    rung: list[str] = []
    monkeypatch.setattr(Dashboard, "bell", lambda self: rung.append("ring"))
    return rung


def dashboard(recorder: Recorder, **options: Any) -> Dashboard:
    clock, controls = options.pop("clock", Clock()), options.pop("controls", Live())
    return Dashboard(recorder.statuses(), controls, now=clock, options=STILL._replace(**options))


def footer(app: Dashboard) -> set[str]:
    return {binding.binding.description for binding in app.active_bindings.values() if binding.binding.show}


async def test_lost_sensor_is_told_in_words_and_by_sound_once(bells: list[str]) -> None:
    recorder = Recorder()
    app = dashboard(recorder)
    async with app.run_test(size=(100, 30)) as pilot:
        recorder.tell(WELL)
        await see(pilot, "bpm")
        assert not bells
        for t_s in (606, 607, 608):
            recorder.tell(statuses.linked(statuses.status(t_s), "strap", "down", **LOST))
        await see(pilot, "✗ strap lost: supervision time-out (0x08); come closer")
        assert bells == ["ring"]
        recorder.tell(statuses.status(610))
        await see(pilot, "strap is back")
        assert "✗ strap" not in shown(app)
        assert bells == ["ring"]


async def test_held_breath_is_told_in_words_and_by_sound_once(bells: list[str]) -> None:
    recorder = Recorder()
    app = dashboard(recorder)
    async with app.run_test(size=(100, 30)) as pilot:
        recorder.tell(WELL)
        await see(pilot, "bpm")
        for t_s in (606, 607, 608):
            recorder.tell(statuses.estimated(statuses.status(t_s), breathing__held_s=t_s - 601.0))
        await see(pilot, "✗ breath held for 7 s")
        assert "s ✗ breath held" in shown(app)
        assert bells == ["ring"]
        recorder.tell(statuses.status(610))
        await see(pilot, "breathing again")
        assert "breath held" not in shown(app)
        assert bells == ["ring"]


async def test_sound_can_be_off(bells: list[str]) -> None:
    recorder = Recorder()
    async with dashboard(recorder, has_sound=False).run_test(size=(100, 30)) as pilot:
        recorder.tell(statuses.linked(WELL, "strap", "down", **LOST))
        await see(pilot, "✗ strap lost")
        assert not bells


async def test_recorder_that_falls_silent_takes_every_value_away(bells: list[str]) -> None:
    clock, recorder = Clock(), Recorder()
    app = dashboard(recorder, clock=clock)
    async with app.run_test(size=(160, 48)) as pilot:
        recorder.tell(*statuses.session(600, 20))
        await see(pilot, "RMSSD")
        clock.now_s += 4.0
        app.draw()
        await see(pilot, "✗ no news from the recorder for 4 s")
        await see(pilot, "RMSSD", there=False)
        text = shown(app)
        for old in ("0:10:0", "129.93", "0.42°", "80 %", "MB", "⡇", "⣿"):
            assert old not in text, old
        assert bells == ["ring"]
        recorder.tell(statuses.status(609))
        await see(pilot, "RMSSD")
        assert bells == ["ring"]


async def test_picture_moves_between_statuses() -> None:
    recorder = Recorder()
    app = Dashboard(recorder.statuses(), Live(), options=Options(frames_hz=20))
    async with app.run_test(size=(100, 30)) as pilot:
        for status in statuses.session(590, 61):
            recorder.tell(status)
        await see(pilot, "● REC")
        seen: set[str] = set()
        deadline = time.monotonic() + 10
        while len(seen) < 4 and time.monotonic() < deadline:
            await pilot.pause(0.01)
            seen.add(shown(app))
        assert len(seen) >= 4


async def test_leaving_says_so_and_stops_nothing() -> None:
    controls = Live()
    app = still([WELL], controls=controls)
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("q")
    assert app.return_value == "left"
    assert controls.asked == []


async def test_recording_is_stopped_only_after_yes() -> None:
    controls, recorder = Live(), Recorder()
    app = dashboard(recorder, controls=controls)
    async with app.run_test(size=(100, 30)) as pilot:
        recorder.tell(WELL)
        await see(pilot, "● REC")
        await pilot.press("s")
        await see(pilot, "Stop the recording? y stops it for every view")
        assert {"stop it", "go on"} <= footer(app)
        assert "stop" not in footer(app)
        await pilot.press("q", "s", "space", "n")
        await see(pilot, "Stop the recording?", there=False)
        assert controls.asked == []
        await pilot.press("s", "escape", "s", "y")
        await see(pilot, "stopping the recording")
        assert controls.asked == [("stop",)]
        recorder.tell(statuses.recorded(WELL, state="finished"))
        recorder.end()
        await see(pilot, "recording finished: /data/tidehold/2026-01-01T10-00-00.mcap")
        assert {"stop", "note", "pain"}.isdisjoint(footer(app))
        await pilot.press("q")
    assert app.return_value == "stopped"


async def test_note_is_kept_as_it_was_typed() -> None:
    controls = Live()
    app = still([WELL], controls=controls)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("n", *"[b]q 1?", "enter")
        await see(pilot, "note kept: [b]q 1?")
        assert controls.asked == [("mark", "note", "[b]q 1?")]
        await pilot.press("n", "enter")
        await see(pilot, "the note is empty")
        await pilot.press("x", "escape", "q")
    assert app.return_value == "left"
    assert len(controls.asked) == 1


async def test_pain_is_a_number_up_to_10() -> None:
    controls = Live()
    app = still([WELL], controls=controls)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("p", "1", "1", "enter")
        await see(pilot, "pain is a whole number from 0 to 10")
        await pilot.press("7", "enter")
        await see(pilot, "pain kept: 7")
        await pilot.press("p", *"6 left hip", "enter")
        await see(pilot, "pain kept: 6 left hip")
    assert controls.asked == [("mark", "pain", "7"), ("mark", "pain", "6 left hip")]


@pytest.mark.parametrize("error", [SourceError("no [link]"), ConnectionResetError("gone")])
async def test_what_could_not_be_done_is_told(error: Exception) -> None:
    app = still([WELL], controls=Live(error))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("p", "3", "enter")
        await see(pilot, f"could not keep the pain: {error}")


async def test_recorder_that_does_not_answer_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Frozen(Live):
        async def stop(self) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr("tidehold.tui.app.ANSWER_S", 0.2)
    app = still([WELL], controls=Frozen())
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("s", "y", "2")
        await see(pilot, "RR intervals")
        await see(pilot, "could not stop the recording: the recorder did not answer")


async def test_pacer_that_is_shown_is_the_sessions() -> None:
    recorder = Recorder()
    app = dashboard(recorder, pattern=Pattern(4, 0, 4, 0))
    async with app.run_test(size=(100, 30)) as pilot:
        box = Pacing(HostNs(599 * NS), Pattern(4, 4, 4, 4))
        recorder.tell(statuses.snapped(statuses.status(605.0), pacing=box))
        await see(pilot, "4 s in, 4 s hold, 4 s out")
        await see(pilot, "hold  2 s")
        recorder.tell(statuses.snapped(statuses.status(605.5), pacing=None))
        await see(pilot, "the pacer is off")
        assert "4 s hold" not in shown(app)


@pytest.mark.parametrize("key", ["space", "b"])
async def test_pacer_key_asks_the_recorder(key: str) -> None:
    controls, recorder = Live(), Recorder()
    app = dashboard(recorder, controls=controls, pattern=Pattern(4, 2, 6, 0))
    async with app.run_test(size=(100, 30)) as pilot:
        recorder.tell(statuses.snapped(WELL, pacing=None))
        await see(pilot, "the pacer is off")
        await pilot.press(key)
        await see(pilot, "breathe with the pacer: 4 s in, 2 s hold, 6 s out")
        recorder.tell(WELL)
        await see(pilot, "Pacer · 4 s in, 6 s out")
        await pilot.press(key)
        await see(pilot, "the pacer is off")
    assert controls.asked == [("mark", "pace", "4/2/6/0"), ("mark", "pace", "")]


async def test_zero_key_asks_the_recorder_for_a_new_neutral_pose() -> None:
    controls, recorder = Live(), Recorder()
    app = dashboard(recorder, controls=controls)
    async with app.run_test(size=(100, 30)) as pilot:
        recorder.tell(WELL)
        await see(pilot, "● REC")
        await pilot.press("z")
        await see(pilot, "hold still for 2 s in the neutral pose: that is zero")
    assert controls.asked == [("mark", "zero", "")]


async def test_replay_has_its_own_keys() -> None:
    controls, recorder = Replay(), Recorder()
    app = dashboard(recorder, controls=controls)
    async with app.run_test(size=(100, 30)) as pilot:
        recorder.tell(statuses.replayed(605.0, 2.0))
        await see(pilot, "▶ PLAY")
        assert {"pause", "10 s back", "10 s on", "faster", "slower"} <= footer(app)
        assert {"stop", "note", "pain", "pacer"}.isdisjoint(footer(app))
        await pilot.press("b", "space", "right", "left", "]", "[", "plus")
        await see(pilot, "speed 5x")
        recorder.tell(statuses.replayed(606.0, 0.0))
        await see(pilot, "‖ PAUSED")
        await pilot.press("space", "minus", "s", "n", "p", "y")
        await see(pilot, "speed 2x")
        recorder.end()
        await see(pilot, "replay finished")
        await pilot.press("q")
    assert controls.asked == [
        ("pause",),
        ("seek", 10.0),
        ("seek", -10.0),
        ("jump", True),
        ("jump", False),
        ("speed", 5.0),
        ("resume",),
        ("speed", 2.0),
    ]
    assert app.return_value == "finished"


@pytest.mark.parametrize(("speed", "key", "asked"), [(60.0, "plus", 60.0), (0.25, "minus", 0.25), (3.0, "plus", 5.0)])
async def test_speeds_end_somewhere(speed: float, key: str, asked: float) -> None:
    controls = Replay()
    app = still([statuses.replayed(605.0, speed)], controls=controls)
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press(key)
        await see(pilot, f"speed {asked:g}x")
    assert controls.asked == [("speed", asked)]


async def test_replay_keys_do_nothing_to_a_live_session() -> None:
    controls = Live()
    app = still([WELL], controls=controls)
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("left", "right", "plus", "minus")
        app.action_play()
        app.action_seek(10)
        app.action_jump(True)
        app.action_speed("faster")
    assert controls.asked == []


@pytest.mark.parametrize("error", [SourceError("the socket is gone"), ConnectionResetError("reset")])
async def test_recorder_that_is_gone_is_told(error: Exception, bells: list[str]) -> None:
    recorder = Recorder()
    app = dashboard(recorder)
    async with app.run_test(size=(100, 30)) as pilot:
        recorder.tell(WELL)
        await see(pilot, "bpm")
        recorder.end(error)
        await see(pilot, f"✗ the recorder is gone: {error}")
        await see(pilot, "RMSSD", there=False)
        assert bells == ["ring"]
        await pilot.press("q")
    assert app.return_value == "lost"


async def test_statuses_that_end_before_the_session_does_are_told() -> None:
    recorder = Recorder()
    app = dashboard(recorder)
    async with app.run_test(size=(100, 30)) as pilot:
        recorder.tell(WELL)
        recorder.end()
        await see(pilot, "✗ the recorder is gone without a word")
        await pilot.press("q")
    assert app.return_value == "lost"


async def test_recorder_that_never_speaks_is_told() -> None:
    app = still([])
    async with app.run_test(size=(100, 30)) as pilot:
        clock = app._now
        assert isinstance(clock, Clock)
        clock.now_s += 7
        app.draw()
        await see(pilot, "… waiting for the recorder for 7 s")


async def test_dashboard_can_close_when_the_session_is_over() -> None:
    app = Dashboard(
        statuses.then_over([WELL, statuses.recorded(WELL, state="finished")]),
        Live(),
        options=Options(close_when_done=True),
    )
    async with asyncio.timeout(20):
        assert await app.run_async(headless=True, size=(100, 30)) == "finished"


async def test_keys_in_the_footer_can_be_clicked() -> None:
    app = still([WELL])
    async with app.run_test(size=(100, 30)) as pilot:
        await see(pilot, "note")
        key = next(each for each in app.query(FooterKey) if each.description == "note")
        await pilot.click(key)
        await see(pilot, "Note:")


async def test_theme_is_light_or_dark() -> None:
    app = still([WELL])
    async with app.run_test() as pilot:
        await pilot.press("t")
        assert app.theme == "textual-light"
        await pilot.press("t")
        assert app.theme == "textual-dark"


async def test_command_palette_has_what_the_keys_do() -> None:
    app = still([WELL])
    async with app.run_test() as pilot:
        await pilot.pause()
        commands = {command.title: command.callback for command in app.get_system_commands(app.screen)}
        assert {"Keep a note", "Stop the recording", "Leave this view", "Show sensors"} <= commands.keys()
        assert "Pause or go on" not in commands
        commands["Show sensors"]()
        await see(pilot, "Sensors")
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert len(app.screen_stack) == 2
        await pilot.press("escape")


async def test_help_is_shown_over_a_session_that_goes_on() -> None:
    recorder = Recorder()
    app = dashboard(recorder)
    async with app.run_test(size=(100, 30)) as pilot:
        recorder.tell(WELL)
        await see(pilot, "● REC")
        await pilot.press("question_mark")
        await see(pilot, "leave this view; the recording goes on")
        recorder.tell(statuses.status(611.0))
        await pilot.pause()
        await pilot.press("escape")
        await see(pilot, "0:10:11")


async def test_many_troubles_are_counted() -> None:
    links = {f"imu{k}": LinkView("refused", HostNs(0), {"reason": "busy"}) for k in range(9)}
    app = still([statuses.snapped(WELL, links=links)])
    async with app.run_test(size=(100, 30)) as pilot:
        await see(pilot, "✗ imu1 refused: busy")
        assert "✗ and 7 more: see 3, sensors" in shown(app)


def weird() -> Iterator[Status]:
    nan, huge = float("nan"), "[/]\x1b[2J" + "x" * 5000
    yield statuses.snapped(WELL, streams={}, links={}, estimates={}, traces={})
    yield statuses.snapped(
        WELL,
        streams={huge: StreamView(-1, nan, nan, -1, (nan,)), "strap/battery": StreamView(0, None, None, 0, ())},
        links={
            huge: LinkView("down", HostNs(-1), {"reason": huge, "advice": "[red"}),
            "": LinkView("up", HostNs(0), {}),
        },
        estimates={"heart/hr_bpm": Estimate(HostNs(2**62), "x", 1e300, nan), huge: Estimate(HostNs(0), "", nan, nan)},
        said={huge: huge},
        rejected={huge: -5},
    )
    yield statuses.guided(WELL, Guide("", huge, "running", (), 7, nan, nan, nan, part=huge, part_left_s=nan, then=huge))
    evil = Bar("", "", huge, huge, nan, "now", nan)
    asked = Question("", huge, answers=())
    yield statuses.guided(
        WELL, Guide("", "", "running", (evil,) * 500, -9, target_deg=nan, band_deg=nan, question=asked)
    )
    yield statuses.snapped(WELL, measured=(statuses.measured("walk", why={"": huge}, x=nan, y=None),))
    for value in (1e300, -1e300, nan):
        names = [name for name in WELL.snapshot.estimates if name.startswith(("breathing/", "pacing/", "heart/"))]
        told = {name: Estimate(HostNs(-(2**62)), name, value, 1.0) for name in names}
        told["breathing/phase_rad"] = Estimate(HostNs(2**62), "breathing/phase_rad", value, 1.0)
        yield statuses.snapped(WELL, estimates=told, t=HostNs(-(2**62)))
    empty = np.empty(0)
    yield statuses.snapped(
        WELL,
        t=HostNs(-5),
        traces={
            "strap/ecg": Trace(np.array([3, 2, 1]), np.array([nan, np.inf, 1e308])),
            "strap/acc": Trace(np.array([1, 2]), np.empty((5, 0))),
            "phone/acc": Trace(empty.astype(np.int64), np.empty((0, 3))),
            "strap/rr": Trace(np.array([2**62, 5]), np.zeros((2, 2, 2))),
        },
    )
    yield statuses.recorded(WELL, path="", session=huge, bytes_written=-1, unsynced_s=nan, length_s=nan, speed=nan)
    yield statuses.recorded(statuses.replayed(1.0), speed=-3.0, length_s=-1.0)


@pytest.mark.parametrize("key", ["1", pytest.param("3", marks=pytest.mark.long)])
async def test_no_status_is_too_weird(key: str) -> None:
    clock, recorder = Clock(), Recorder()
    app = dashboard(recorder, clock=clock)
    async with app.run_test(size=(160, 48)) as pilot:
        await pilot.press(key)
        for status in weird():
            recorder.tell(WELL, status)
            await pilot.pause()
            clock.now_s += 5
            app.draw()
            await pilot.pause()
            assert "\x1b" not in shown(app)
        recorder.tell(WELL)
        await see(pilot, "● REC")
