"""Leading a routine by keys, and what is put over the whole screen."""

from __future__ import annotations

import asyncio

import pytest

from tests.tui import statuses
from tests.tui.dashboards import STILL, Clock, Live, Recorder, Replay, see, shown, still
from tidehold.routine import Question
from tidehold.tui.app import Dashboard
from tidehold.tui.asking import Alarm, Asking
from tidehold.tui.guiding import AGAIN_S

WELL = statuses.status(605.2)
RUNNING = statuses.guided(WELL, statuses.guide(6, 20.0))
ASKING = statuses.guided_states(605.2)["question"]
STOPPED = statuses.guided_states(605.2)["stopped"]


def footer(app: Dashboard) -> set[str]:
    return {binding.binding.description for binding in app.active_bindings.values() if binding.binding.show}


@pytest.mark.parametrize(
    ("state", "key", "asked"),
    [
        ("ready", "enter", ("start", "")),
        ("waiting", "enter", ("end", "")),
        ("running", "enter", ("end", "")),
        ("running", "space", ("pause", "")),
        ("paused", "space", ("resume", "")),
        ("paused", "enter", ("resume", "")),
        ("running", "right", ("skip", "")),
        ("running", ">", ("skip", "")),
        ("running", "left", ("back", "")),
        ("running", "<", ("back", "")),
        ("running", "e", ("extend", "30")),
        ("running", "b", ("pace", "")),
    ],
)
async def test_key_leads_the_routine(state: str, key: str, asked: tuple[str, str]) -> None:
    controls = Live()
    app = still([statuses.guided(WELL, statuses.guide(6, 20.0, state=state))], controls=controls)
    async with app.run_test(size=(80, 24)) as pilot:
        await see(pilot, "Stage 2")
        await pilot.press(key)
        async with asyncio.timeout(10):
            while not controls.asked:
                await pilot.pause(0.01)
    assert controls.asked == [("mark", *asked)]


async def test_keys_follow_the_state_of_the_routine() -> None:
    recorder = Recorder()
    app = Dashboard(recorder.statuses(), Live(), now=Clock(), options=STILL)
    async with app.run_test(size=(80, 24)) as pilot:
        recorder.tell(RUNNING)
        await see(pilot, "+30 s")
        assert {"pause", "skip", "back", "end"} <= footer(app)
        assert {"note", "pacer", "start"}.isdisjoint(footer(app))
        assert "? help" in shown(app).splitlines()[-1]
        recorder.tell(statuses.guided(WELL, statuses.guide(6, 20.0, state="paused")))
        await see(pilot, "go on")
        recorder.tell(WELL)
        await see(pilot, "note")
        assert "skip" not in footer(app)


async def test_routine_is_quit_only_after_yes() -> None:
    controls = Live()
    app = still([RUNNING], controls=controls)
    async with app.run_test(size=(100, 30)) as pilot:
        await see(pilot, "Stage 2")
        await pilot.press("x")
        await see(pilot, "End the routine? y ends it")
        await pilot.press("enter", "space", "n")
        await see(pilot, "End the routine?", there=False)
        assert controls.asked == []
        await pilot.press("x", "y")
        await see(pilot, "the routine is over; the recording goes on")
        assert not app._was_stopped
    assert controls.asked == [("mark", "quit", "")]


async def test_felt_stretch_and_notes_are_kept_while_guided() -> None:
    controls = Live()
    app = still([RUNNING], controls=controls)
    async with app.run_test(size=(100, 30)) as pilot:
        await see(pilot, "Stage 2")
        await pilot.press("f", *"left calf", "enter")
        await see(pilot, "felt kept: left calf")
        await pilot.press("n", *"e x", "enter")
        await see(pilot, "note kept: e x")
    assert controls.asked == [("mark", "felt", "left calf"), ("mark", "note", "e x")]


@pytest.mark.parametrize(("key", "answer"), [("n", "no"), ("2", "yes")])
async def test_question_covers_the_session_and_is_answered_by_a_key(key: str, answer: str) -> None:
    controls, recorder = Live(), Recorder()
    app = Dashboard(recorder.statuses(), controls, now=Clock(), options=STILL)
    async with app.run_test(size=(80, 24)) as pilot:
        recorder.tell(ASKING)
        await see(pilot, "2 or y")
        await pilot.press(key)
        await see(pilot, "answered")
        assert controls.asked == [("mark", "answer", f"bladder {answer}")]
        recorder.tell(ASKING)
        await pilot.pause()
        assert not isinstance(app.screen, Asking)
        recorder.tell(RUNNING)
        await see(pilot, "Stage 2")


@pytest.mark.parametrize("key", ["n", "p", "f", "s"])
async def test_question_waits_for_what_is_being_typed(key: str) -> None:
    controls, recorder = Live(), Recorder()
    app = Dashboard(recorder.statuses(), controls, now=Clock(), options=STILL)
    async with app.run_test(size=(80, 24)) as pilot:
        recorder.tell(RUNNING)
        await see(pilot, "Stage 2")
        await pilot.press(key)
        recorder.tell(ASKING)
        await see(pilot, "? a question")
        assert not isinstance(app.screen, Asking)
        await pilot.press("1", "x", "n", "escape")
        recorder.tell(ASKING)
        await see(pilot, "2 or y")
    assert controls.asked == []


async def test_question_that_was_put_off_can_be_shown_again() -> None:
    controls = Live()
    app = still([ASKING], controls=controls)
    async with app.run_test(size=(80, 24)) as pilot:
        await see(pilot, "2 or y")
        await pilot.press("escape")
        await see(pilot, "a answer")
        assert controls.asked == []
        await pilot.press("a")
        await see(pilot, "2 or y")
        await pilot.press("y")
        await see(pilot, "answered")
    assert controls.asked == [("mark", "answer", "bladder yes")]


async def test_question_is_gone_when_another_view_answered_it_and_the_next_one_comes() -> None:
    controls, recorder = Live(), Recorder()
    app = Dashboard(recorder.statuses(), controls, now=Clock(), options=STILL)
    async with app.run_test(size=(80, 24)) as pilot:
        recorder.tell(ASKING)
        await see(pilot, "2 or y")
        where = Question("where", "Where is it?", answers=())
        recorder.tell(statuses.guided(WELL, statuses.guide(0, state="asking", question=where)))
        await see(pilot, "enter sends it")
        assert len(app.screen_stack) == 2
        await pilot.press(*"knee", "enter")
        await see(pilot, "answered")
        recorder.tell(ASKING)
        await see(pilot, "2 or y")
        recorder.tell(RUNNING)
        await see(pilot, "2 or y", there=False)
        assert len(app.screen_stack) == 1
    assert controls.asked == [("mark", "answer", "where knee")]


async def test_answer_that_was_lost_is_asked_for_again() -> None:
    controls, recorder, clock = Live(ConnectionResetError("gone")), Recorder(), Clock()
    app = Dashboard(recorder.statuses(), controls, now=clock, options=STILL)
    async with app.run_test(size=(80, 24)) as pilot:
        recorder.tell(ASKING)
        await see(pilot, "2 or y")
        await pilot.press("y")
        await see(pilot, "could not send the answer: gone")
        clock.now_s += AGAIN_S + 1
        recorder.tell(ASKING)
        await see(pilot, "2 or y")
        assert isinstance(app.screen, Asking)


async def test_session_that_is_over_asks_nothing_any_more() -> None:
    recorder = Recorder()
    app = Dashboard(recorder.statuses(), Live(), now=Clock(), options=STILL)
    async with app.run_test(size=(80, 24)) as pilot:
        recorder.tell(ASKING)
        await see(pilot, "2 or y")
        recorder.tell(statuses.recorded(ASKING, state="finished"))
        await see(pilot, "recording finished")
        assert len(app.screen_stack) == 1


async def test_stop_is_told_across_the_screen_until_it_is_put_away() -> None:
    recorder = Recorder()
    app = Dashboard(recorder.statuses(), Live(), now=Clock(), options=STILL)
    async with app.run_test(size=(80, 24)) as pilot:
        recorder.tell(RUNNING, STOPPED)
        await see(pilot, "enter closes this text")
        assert isinstance(app.screen, Alarm)
        assert app.screen.query_one("#alarm").region.width == 80
        await pilot.press("q", "enter")
        await pilot.pause()
        recorder.tell(STOPPED)
        await see(pilot, "✗ stopped: Do not go on.")
        assert len(app.screen_stack) == 1


async def test_replay_shows_a_stop_and_asks_nothing() -> None:
    asked, stopped = (statuses.recorded(each, state="replay") for each in (ASKING, STOPPED))
    recorder, controls = Recorder(), Replay()
    app = Dashboard(recorder.statuses(), controls, now=Clock(), options=STILL)
    async with app.run_test(size=(80, 24)) as pilot:
        recorder.tell(asked)
        await see(pilot, "Are there new changes of bowel or")
        assert len(app.screen_stack) == 1
        assert {"answer", "start", "skip"}.isdisjoint(footer(app))
        recorder.tell(stopped)
        await see(pilot, "enter closes this text")
    assert controls.asked == []


async def test_waveforms_have_their_room_and_the_step_is_still_told() -> None:
    found = (statuses.finding("past-target", "ease off a little", 600.0),)
    app = still([statuses.guided(WELL, statuses.guide(6, 20.0, findings=found))])
    async with app.run_test(size=(80, 24)) as pilot:
        await see(pilot, "Stage 2")
        assert "ECG" not in shown(app)
        await pilot.press("2")
        await see(pilot, "RR intervals")
        for text in ("Stage 2", "40   Hinge forward", "! ease off a little"):
            assert text in shown(app), text
        assert "██" not in shown(app)
        await pilot.press("1")
        await see(pilot, "██")


async def test_terminal_that_is_too_small_has_the_recording_line_only() -> None:
    app = still([RUNNING])
    async with app.run_test(size=(50, 12)) as pilot:
        await see(pilot, "too small")
        assert "Stage 2" not in shown(app)


async def test_view_can_be_closed_while_statuses_come() -> None:
    recorder = Recorder()
    app = Dashboard(recorder.statuses(), Live(), now=Clock(), options=STILL)
    async with app.run_test(size=(80, 24)) as pilot:
        recorder.tell(RUNNING)
        await see(pilot, "Stage 2")
        stacks, app._screen_stacks[app._current_mode] = app._screen_stacks[app._current_mode], []
        app._hear(ASKING)
        app._screen_stacks[app._current_mode] = stacks
        assert len(app.screen_stack) == 1
        recorder.tell(ASKING)
        await see(pilot, "2 or y")
