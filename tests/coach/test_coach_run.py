"""A step asks for what its kind needs, at the time at which it does, and says what it says."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.coach.led import Led, ns, routine, step
from tidehold.coach.asked import Asked
from tidehold.coach.run import Cycle, cycle_at
from tidehold.records import Cue, DueHold, Pattern
from tidehold.routine import Say, Target, Task
from tidehold.units import NS

PHONE = {"phone": "shin"}
CYCLES = step("cycles", 80, cycles=3, side="left")


def led(kind: str, seconds: float = 30.0, **more: Any) -> Led:
    one = Led(routine(step(kind, seconds, **more)), PHONE)
    one.mark("start", at_s=1)
    return one


@pytest.mark.parametrize(
    ("kind", "more", "asked"),
    [
        ("breathe", {"pattern": "4/2/6/0"}, Asked(Pattern(4, 2, 6, 0), since=ns(1))),
        ("breathe", {"pattern": ""}, Asked()),
        ("free", {}, Asked()),
        ("question", {}, Asked()),
        ("calibrate", {}, Asked(zeros=1, zero_from=ns(8.5))),
        ("walk", {}, Asked(task=Task("walk"))),
        ("raise", {"side": "right", "count": 3}, Asked(task=Task("raise", "right", count=3))),
        (
            "repetitions",
            {"side": "left", "count": 10, "shape": "clock"},
            Asked(task=Task("repetitions", "left", shape="clock", count=10)),
        ),
        ("slow", {"limit_deg_s": 8.0}, Asked(task=Task("slow", limit_deg_s=8.0))),
        (
            "hold",
            {"side": "left", "target": Target(deg=45)},
            Asked(due=DueHold(ns(1), 45.0), task=Task("stretch", "left", target_deg=45.0)),
        ),
        (
            "cycles",
            {"cycles": 2, "press_s": 4.0, "deepen_s": 9.0},
            Asked(task=Task("cycles", count=2, press_s=4.0, deepen_s=9.0)),
        ),
    ],
)
def test_what_each_kind_asks_for(kind: str, more: dict[str, Any], asked: Asked) -> None:
    assert led(kind, **more).coach.asked == asked


def test_nothing_is_asked_of_sensors_that_are_not_there() -> None:
    for kind in ("hold", "cycles", "walk"):
        one = Led(routine(step(kind, 60)), {"strap": ""})
        one.mark("start")
        one.to(50)
        assert [asked for _, asked in one.asked] == [Asked()]


@pytest.mark.parametrize(
    ("into_s", "cycle"),
    [
        (0, Cycle(0, "press", 0, 5 * NS)),
        (4.99, Cycle(0, "press", 0, 5 * NS)),
        (5, Cycle(0, "deepen", 5 * NS, 25 * NS)),
        (52, Cycle(2, "press", 50 * NS, 55 * NS)),
        (75, Cycle(3, "", 75 * NS, None)),
        (79, Cycle(3, "", 75 * NS, None)),
    ],
)
def test_cycles_press_and_deepen_by_the_clock(into_s: float, cycle: Cycle) -> None:
    assert cycle_at(CYCLES, round(into_s * NS)) == cycle


def test_cycles_of_no_length_are_over() -> None:
    assert cycle_at(step("cycles", press_s=0, deepen_s=0), NS).part == ""


def test_each_part_is_announced_and_a_hold_is_due_while_it_is_deepened() -> None:
    one = Led(routine(CYCLES), PHONE)
    one.mark("start")
    one.to(79)
    parts = [(cue.t / NS, cue.text) for cue in one.of(Cue) if cue.kind == "part"]
    assert parts == [(0.25, "press"), (5, "deepen"), (25, "press"), (30, "deepen"), (50, "press"), (55, "deepen")]
    dues = [(t, asked.due.since if asked.due else None) for t, asked in one.asked]
    assert dues == [(0, None), (0, None), (5, ns(5)), (25, None), (30, ns(30)), (50, None), (55, ns(55)), (75, None)]


def test_texts_are_said_at_their_times_once() -> None:
    one = led("free", says=(Say(5, "second"), Say(0, "first"), Say(5.1, "third")))
    one.to(4)
    one.mark("pause", at_s=4)
    one.mark("resume", at_s=14)
    one.to(30)
    said = [(cue.t / NS, cue.text) for cue in one.of(Cue) if cue.kind == "say"]
    assert said == [(1.25, "first"), (16, "second"), (16.25, "third")]


def test_a_ramp_is_asked_for_breath_by_breath_without_a_gap() -> None:
    one = led("breathe", 60, pattern="3/3", to_pattern="5/5")
    one.to(60.5)
    asked = [each for _, each in one.asked if each.pattern]
    for before, after in pairwise(asked):
        assert before.pattern is not None
        assert after.since == before.since + round(before.pattern.length_s * NS)
    assert all(each.is_ramp for each in asked)
    lengths = [each.pattern.length_s for each in asked if each.pattern]
    assert (lengths[0], lengths == sorted(lengths)) == (6, True)
    assert 9.3 < lengths[-1] <= 10


def test_the_neutral_pose_waits_for_the_person_to_settle() -> None:
    one = led("calibrate", 30)
    one.to(20)
    since = one.coach.asked.zero_from
    assert since is not None
    assert since / NS == pytest.approx(1 + 7.5)


def test_a_pause_puts_the_neutral_pose_off() -> None:
    one = led("calibrate", 30)
    marks = [(3, "pause"), (10, "resume"), (20, "pause"), (22, "resume")]
    since = []
    for at_s, verb in marks:
        one.mark(verb, at_s=at_s)
        since.append(one.coach.asked.zero_from)
    assert since == [None, ns(1 + 7.5 + 7), None, ns(22)], "the last at once, if there is none yet"
