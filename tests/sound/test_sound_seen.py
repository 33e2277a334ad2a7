"""What is heard of what becomes of a session, each once, at the change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sound.listening import guided, hear, ns, paced, session, status
from tidehold.records import DueHold, Estimate, Hold, HostNs, LinkState, LinkView
from tidehold.routine import Doing, Finding, Guide, Question, Task
from tidehold.sound.seen import Change, changes, seen

QUESTION = Question("numb", "Is anything numb?", stops=("yes",), stop_text="See a clinician.")


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    first, then = status(10, **before).snapshot, status(10.25, **after).snapshot
    was = seen(first, None)
    return list(changes(was, seen(then, was), then))


def steps(before: Guide | None, after: Guide | None) -> list[Change]:
    return changed({"guide": before}, {"guide": after})


def link(state: LinkState) -> dict[str, Any]:
    return {"links": {"strap": LinkView(state, HostNs(0), {})}}


def finding(kind: str = "past-target", until_s: float | None = None, since_s: float = 9.0) -> Finding:
    text = "4 deg past the target"
    return Finding(ns(10), kind, "2.2", "left", ns(since_s), None if until_s is None else ns(until_s), text)


def figures(**values: float | None) -> dict[str, Any]:
    names = {"hold": "phone/hold_s", "held": "breathing/held_s"}
    return {"estimates": {names[key]: Estimate(ns(10), names[key], value, 1.0, "") for key, value in values.items()}}


def held(start_s: float) -> Hold:
    return Hold(ns(10), "phone", "shin", ns(start_s), ns(10), None, None, {}, "too short")


@pytest.mark.parametrize("state", ["ready", "waiting", "running", "paused", "done"])
def test_nothing_new_is_nothing_to_hear(state: Any) -> None:
    guide = guided(state=state, prompt="hold for 20 s", part="press", findings=(finding(),))
    later = guided(state=state, prompt="hold for 19 s", part="press", findings=(finding(),), into_s=6.0)
    assert steps(guide, later) == []


def test_a_step_is_told_with_its_side_and_what_to_do() -> None:
    assert steps(guided(), guided(at=1, prompt="sink into the hip")) == [
        Change("step", "half kneeling, left. sink into the hip", urgent=True)
    ]
    assert steps(guided(at=1), guided(at=0, prompt="lie down")) == [Change("step", "lie down", urgent=True)]


@pytest.mark.parametrize("before", [None, guided(state="ready"), guided(state="asking"), guided(state="paused")])
def test_the_routine_begins_or_goes_on(before: Guide | None) -> None:
    assert steps(before, guided()) == [Change("step", "lie down", urgent=True)]


def test_a_routine_that_only_stands_ready_is_silent() -> None:
    assert steps(None, guided(state="ready")) == []


def test_another_prompt_is_said_without_a_tone() -> None:
    assert steps(guided(prompt="breathe"), guided(prompt="let go")) == [Change(None, "let go", urgent=True)]


def test_parts_of_a_step() -> None:
    assert steps(guided(), guided(part="press")) == [Change("press", "press", urgent=True)]
    assert steps(guided(part="press"), guided(part="deepen")) == [Change("deepen", "deepen", urgent=True)]
    assert steps(guided(part="press"), guided(part="rest")) == [Change(None, "rest", urgent=True)]
    assert steps(guided(part="press"), guided(part="")) == []
    assert steps(guided(part="press"), guided(part="deepen", prompt="Sink in.")) == [
        Change("deepen", "Sink in.", urgent=True)
    ]
    begins = steps(guided(), guided(at=1, part="press", prompt="Press.", into_s=0.1))
    assert begins == [Change("step", "half kneeling, left. Press.", urgent=True), Change("press")]


def test_pause_end_and_stop() -> None:
    assert steps(guided(), guided(state="paused")) == [Change("step", "paused", urgent=True)]
    assert steps(guided(at=2), guided(at=3, state="done")) == [Change("done", "that was all", urgent=True)]
    stopped = guided(state="stopped", ended="See a clinician.")
    assert steps(guided(), stopped) == [Change("stopped", "See a clinician.", urgent=True)]
    assert steps(guided(), guided(state="stopped")) == [Change("stopped", "", urgent=True)]


def test_a_question_is_asked_once_with_its_answers() -> None:
    asking = guided(state="asking", question=QUESTION)
    assert steps(guided(state="ready"), asking) == [
        Change("question", "Is anything numb? Answer no or yes.", urgent=True)
    ]
    assert steps(asking, asking) == []
    free = guided(question=Question("where", "Where do you feel it?", answers=()))
    assert steps(guided(), free) == [Change("question", "Where do you feel it?", urgent=True)]


def test_a_finding_warns_once_and_not_when_it_is_over() -> None:
    assert steps(guided(), guided(findings=(finding(),))) == [Change("warning", "4 deg past the target")]
    assert steps(guided(findings=(finding(),)), guided(findings=(finding(until_s=10.1),))) == []
    assert steps(guided(), guided(findings=(finding(until_s=10.1),))) == []
    again = guided(findings=(finding(since_s=10.2), finding(until_s=9.5)))
    assert [each.kind for each in steps(guided(findings=(finding(until_s=9.5),)), again)] == ["warning"]


def test_a_sensor_is_lost_until_all_its_streams_are_back() -> None:
    states: list[LinkState] = ["connecting", "up", "armed", "down", "searching", "up", "armed", "stalled", "armed"]
    heard = hear(session(len(states), lambda t_s: link(states[min(int(t_s), len(states) - 1)])))
    assert [(kind, round(at_s)) for kind, at_s in heard.tones] == [("lost", 3), ("back", 6), ("lost", 7), ("back", 8)]
    assert heard.words == ["strap lost", "strap is back", "strap lost", "strap is back"]


def test_a_sensor_that_cannot_be_reached_is_told_once() -> None:
    states: list[LinkState] = ["searching", "refused", "searching", "refused", "up", "armed"]
    heard = hear(session(len(states), lambda t_s: link(states[min(int(t_s), len(states) - 1)])))
    assert [(kind, round(at_s)) for kind, at_s in heard.tones] == [("lost", 1), ("back", 5)]
    assert heard.words == ["strap cannot be reached", "strap is back"]


def test_a_sensor_that_was_lost_before_anybody_listened_is_heard_when_it_is_back() -> None:
    assert changed(link("down"), link("down")) == []
    assert changed(link("down"), link("armed")) == [Change("back", "strap is back")]


def test_the_finding_of_a_lost_sensor_has_the_tone_of_its_link() -> None:
    before, after = {"guide": guided()}, {"guide": guided(findings=(finding("sensor-lost"),))}
    told = changed(before | link("armed"), after | link("down"))
    assert [each.kind for each in told] == [None, "lost"]


def test_holds_begin_and_end() -> None:
    still, moving = figures(hold=4.0), figures(hold=None)
    assert changed(moving, still) == [Change("hold-start")]
    assert changed(still, figures(hold=5.0)) == []
    assert changed(still, moving | {"holds": (held(4),)}) == [Change("hold-end")]
    assert changed({"holds": (held(4),)}, {"holds": ()}) == []


def test_in_a_routine_only_holds_that_are_asked_for_are_heard() -> None:
    still, moving = figures(hold=4.0), figures(hold=None)
    free, due = {"guide": guided()}, {"guide": guided(), "due": DueHold(ns(5))}
    assert changed(free | moving, free | still) == []
    assert changed(free | still, free | moving | {"holds": (held(4),)}) == []
    assert changed(due | moving, due | still) == [Change("hold-start")]
    assert changed(due | still, due | moving | {"holds": (held(4),)}) == [Change("hold-end")]
    aimed = {"guide": guided(target_deg=30.0)}  # it is over, and the step with it
    assert [each.kind for each in changed(aimed | still, free | moving | {"holds": (held(4),)})] == ["hold-end"]


def test_a_held_breath_warns_unless_the_pacer_asks_for_it_or_the_coach_looks_after_it() -> None:
    breathing, holding = figures(held=0.0), figures(held=6.0)
    assert changed(breathing, holding) == [Change("warning", "breath held")]
    assert changed(figures(held=None), holding) == [Change("warning", "breath held")]
    assert changed(holding, figures(held=7.0)) == []
    assert changed(breathing, holding | {"pacing": paced("4/20/6/0")}) == []
    assert changed(breathing, holding | {"pacing": paced("4/6")}) == [Change("warning", "breath held")]
    assert changed(breathing | {"guide": guided()}, holding | {"guide": guided()}) == []


def test_what_a_task_asks_is_said_where_no_coach_says_it() -> None:
    def doing(asks: str) -> dict[str, Any]:
        return {"doing": Doing(Task("raise"), ns(5), asks)}

    assert changed(doing(""), doing("lift the leg")) == [Change(None, "lift the leg", urgent=True)]
    assert changed(doing("repetition 3"), doing("repetition 4")) == []
    assert changed(doing("lift"), {}) == []
    assert changed({"guide": guided()}, {"guide": guided()} | doing("lift the leg")) == []
