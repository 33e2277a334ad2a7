"""A routine in the fold: what the coach asks for is carried out at once, and what comes of it is heard."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec
import numpy as np
import pytest

from tests.estimators.limbs import limb, raised, waved
from tests.session.motions import fold as fold_of
from tidehold.records import (
    Cue,
    DueHold,
    Estimate,
    HostNs,
    Input,
    Mark,
    Output,
    Pacing,
    Pattern,
    Snapshot,
    Stop,
    Tick,
    UnixNs,
    Values,
    encode,
)
from tidehold.routine import Finding, Guide, Measured, Phase, Question, Routine, Scored, Step, Target, Task
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold_simulators.scenario import load_scenario
from tidehold_simulators.virtual import virtual_header, virtual_inputs

T = TypeVar("T")
ALARM = Question(id="numb", text="Is anything numb?", stops=("yes",), stop_text="See a clinician.")


def routine(*steps: Step) -> Routine:
    return Routine(id="r", name="R", phases=(Phase(id="p", name="P", steps=steps),), questions=(ALARM,))


def step(kind: Any, seconds: float, name: str = "1", **more: Any) -> Step:
    return Step(id=name, name=f"a {kind}", kind=kind, seconds=seconds, **more)


BREATHS = routine(
    step("breathe", 20.1, pattern="3/3"),
    step("breathe", 40, "2", pattern="4/4", to_pattern="6/6"),
    step("calibrate", 10, "3"),
    step("hold", 10, "4", target=Target(deg=30)),
)


def of(kind: type[T], outputs: Iterable[Output]) -> list[T]:
    return [out for out in outputs if isinstance(out, kind)]


def mark(t_s: float, verb: str, arg: str = "") -> Mark:
    return Mark(HostNs(round(t_s * NS)), verb, arg)


def ticks(start_s: float, end_s: float) -> list[Input]:
    """Four a second, from after the start to the end."""
    return [Tick(HostNs(k * NS // 4)) for k in range(round(4 * start_s) + 1, round(4 * end_s) + 1)]


def header(followed: Routine = BREATHS, *, ask_first: bool = False, phone: str = "shin") -> Header:
    sources = {"phone": {"placement": phone}}
    return Header(session="test", started=UnixNs(0), routine=followed, ask_first=ask_first, sources=sources)


def fold(items: Iterable[Input], head: Header | None = None) -> list[Output]:
    session = Session(head or header())
    return [out for item in items for out in session.feed(item)]


def guides(outputs: Iterable[Output]) -> list[tuple[float, Guide]]:
    return [(shown.t / NS, shown.guide) for shown in of(Snapshot, outputs) if shown.guide is not None]


WHOLE: list[Input] = [mark(0.05, "start"), *ticks(0, 90), Stop(HostNs(91 * NS), "over")]


def test_without_a_routine_there_is_no_guide() -> None:
    assert {shown.guide for shown in of(Snapshot, fold(ticks(0, 2), Header(session="x", started=UnixNs(0))))} == {None}


def test_what_a_step_asks_for_is_on_from_its_exact_start_in_the_same_tick() -> None:
    outputs = fold(WHOLE)
    shown = {round(each.t / NS, 2): each for each in of(Snapshot, outputs)}
    assert shown[0.25].pacing == Pacing(HostNs(50_000_000), Pattern(3, 0, 3, 0))
    assert shown[20.0].pacing == shown[0.25].pacing
    assert shown[20.25].pacing == Pacing(HostNs(20_150_000_000), Pattern(4, 0, 4, 0))
    assert shown[60.25].pacing is None
    assert (shown[70.0].due, shown[70.25].due) == (None, DueHold(HostNs(70_150_000_000), 30.0))
    doing = shown[70.25].doing
    assert doing is not None
    assert doing.task == Task("stretch", target_deg=30.0)
    assert (shown[80.25].due, shown[80.25].doing) == (None, None)


def test_each_step_is_said_once_and_all_of_it_at_the_end() -> None:
    scored = of(Scored, fold(WHOLE))
    assert [(each.scope, each.id, each.state) for each in scored] == [
        *(("step", number, "done") for number in "1234"),
        ("phase", "p", "done"),
        ("session", "r", "done"),
    ]
    assert [each.start for each in scored[1:4]] == [each.end for each in scored[:3]]


def test_a_ramp_is_one_breathing_for_the_pacer_s_figures() -> None:
    outputs = fold(WHOLE)
    said = [each.t / NS for each in of(Estimate, outputs) if each.name == "pacing/step_score"]
    assert said == [20.25, 60.25]
    patterns = [each.pacing.pattern.length_s for each in of(Snapshot, outputs) if each.pacing and each.t > 21 * NS]
    assert patterns == sorted(patterns)
    assert patterns[-1] > 11


def test_a_mark_takes_effect_at_its_own_time() -> None:
    marks = [mark(0.05, "start"), *ticks(0, 5), mark(5.1, "pause"), *ticks(5.1, 7), mark(7.1, "resume"), *ticks(7.1, 9)]
    outputs = fold(marks)
    paced = {each.t / NS: each.pacing for each in of(Snapshot, outputs)}
    assert (paced[5.0] is None, paced[5.25], paced[7.0]) == (False, None, None)
    assert paced[7.25] == Pacing(HostNs(7_100_000_000), Pattern(3, 0, 3, 0))
    assert [(each.kind, each.t) for each in of(Cue, outputs) if each.kind in ("paused", "resumed")] == [
        ("paused", 5_100_000_000),
        ("resumed", 7_100_000_000),
    ]


def test_the_person_may_pace_otherwise_until_the_next_step() -> None:
    items = [mark(0.05, "start"), *ticks(0, 5), mark(5.1, "pace", "5/5"), *ticks(5.1, 25)]
    paced = {each.t / NS: each.pacing for each in of(Snapshot, fold(items))}
    assert paced[10.0] == Pacing(HostNs(5_100_000_000), Pattern(5, 0, 5, 0))
    assert paced[20.25] == Pacing(HostNs(20_150_000_000), Pattern(4, 0, 4, 0))


LED = routine(
    step("calibrate", 10),
    step("hold", 10, "2", worn=("breastbone",)),
    step("hold", 10, "3", target=Target(of="2", growth=1.1)),
)
NO_POSE = "no neutral pose: it was not held still in time"


def stirring(t: Values) -> Values:
    """Upright and still, never still from 5 to 15 s, and then bent by 40 deg."""
    return np.asarray(waved(12, 0.4, 5, 15)(t) + raised(40, 15, 2)(t))


def test_a_pose_that_is_held_too_late_is_not_zero() -> None:
    outputs = fold_of(limb(stirring, 40), "breastbone", {5.0: ("start", "")}, 39, LED)
    angles = {round(each.t / NS): each for each in of(Estimate, outputs) if each.name == "phone/angle_deg"}
    assert angles[5].value == pytest.approx(0, abs=1)
    assert [(angles[t].value, angles[t].why) for t in (17, 20, 30)] == [(None, NO_POSE)] * 3
    calibration, first, second = (each for each in of(Scored, outputs) if each.scope == "step")
    assert calibration.why == "no neutral pose was set: hold still for 2 s to set zero"
    assert first.score is not None
    assert first.score > 80, "how steady it is needs no zero"
    assert (first.figures["reached_deg"], "target" in second.parts) == (None, False)
    assert first.why == f"how steady, for how long; 10 s are free for getting there; {NO_POSE}"
    assert f"no target: what 2 reached is not known: {NO_POSE}" in second.why
    aimed = [guide.unmeasured for t, guide in guides(outputs) if 26 < t < 34]
    assert set(aimed) == {f"no target: what 2 reached is not known: {NO_POSE}"}


def test_a_calibration_that_is_skipped_leaves_no_zero_from_before() -> None:
    outputs = fold_of(limb(raised(40, 8, 2), 30), "breastbone", {5.0: ("start", ""), 6.0: ("skip", "")}, 25, LED)
    angles = {round(each.t / NS): each for each in of(Estimate, outputs) if each.name == "phone/angle_deg"}
    assert angles[4].value == pytest.approx(0, abs=1)
    assert [angles[t].why for t in (7, 12, 20)] == [NO_POSE] * 3


def test_a_calibration_in_time_is_zero_and_a_key_sets_another() -> None:
    marks = {5.0: ("start", ""), 30.0: ("zero", "")}
    outputs = fold_of(limb(raised(40, 16, 2), 40), "breastbone", marks, 39, LED)
    angles = {round(each.t / NS): each.value for each in of(Estimate, outputs) if each.name == "phone/angle_deg"}
    assert [angles[t] for t in (14, 20, 29)] == pytest.approx([0, 40, 40], abs=1)
    assert angles[31] is None
    assert angles[35] == pytest.approx(0, abs=1)
    assert next(each.why for each in of(Scored, outputs)) == "nothing to score: it sets the neutral pose"


def test_a_warning_answer_ends_the_flow_and_the_recording_goes_on() -> None:
    items = [mark(0.05, "start"), *ticks(0, 1), mark(1.1, "answer", "numb yes"), *ticks(1.1, 5)]
    outputs = fold(items, header(ask_first=True))
    told = guides(outputs)
    assert (told[0][1].question, told[0][1].state) == (ALARM, "asking")
    assert {(guide.state, guide.ended) for t, guide in told if t > 1.1} == {("stopped", "See a clinician.")}
    assert [each.text for each in of(Cue, outputs) if each.kind == "stopped"] == ["See a clinician."]
    assert len(of(Snapshot, outputs)) == 20


def test_the_stop_ends_the_step_and_says_what_it_came_to() -> None:
    outputs = fold([mark(0.05, "start"), *ticks(0, 5), Stop(HostNs(5_100_000_000), "over")])
    scored = of(Scored, outputs)
    assert [(each.id, each.state) for each in scored if each.scope == "step"][:2] == [("1", "cut"), ("2", "todo")]
    assert isinstance(outputs[-1], Snapshot)


def test_the_same_inputs_lead_to_the_same_bytes() -> None:
    assert [encode(out) for out in fold(WHOLE)] == [encode(out) for out in fold(WHOLE)]


@pytest.fixture(scope="module")
def stretched() -> list[Output]:
    """A stretch of 45 degrees that is held for 30 s from 16.5 s on, while 38 are asked for."""
    scenario = load_scenario("stretch-hold")
    followed = routine(
        step("free", 8), step("hold", 36, "2", side="left", target=Target(deg=38), worn=("shin",)), step("free", 4, "3")
    )
    head = virtual_header(scenario, builtin_profiles(), phone=True)
    sources = {**head.sources, "phone": {**head.sources["phone"], "placement": "shin"}}
    head = msgspec.structs.replace(head, sources=sources, routine=followed, ask_first=False)
    session = Session(head)
    items = [each for each in virtual_inputs(scenario, 54, phone=True) if getattr(each, "source", "phone") == "phone"]
    begun = mark(5.6, "start")
    return [out for item in sorted([*items, begun], key=lambda item: item.t) for out in session.feed(item)]


def test_a_hold_is_measured_and_scored_while_its_step_is_on(stretched: list[Output]) -> None:
    (measured,) = of(Measured, stretched)
    scored = next(each for each in of(Scored, stretched) if each.scope == "step" and each.id == "2")
    assert (measured.task.kind, measured.task.side) == ("stretch", "left")
    assert measured.figures["reached_deg"] == pytest.approx(45, abs=1.5)
    assert scored.figures["reached_deg"] == measured.figures["reached_deg"]
    assert scored.coverage > 0.9
    assert scored.parts["held"] > 90
    assert scored.parts["target"] < 10
    assert stretched.index(measured) < stretched.index(scored)


def test_past_the_target_is_found_and_nothing_else(stretched: list[Output]) -> None:
    found = of(Finding, stretched)
    assert {each.kind for each in found} == {"past-target"}
    assert [each.until is None for each in found] == [True, False]
    assert 16 < found[0].since / NS < 22
    assert next(cue.text for cue in of(Cue, stretched) if cue.kind == "finding") == found[0].text
