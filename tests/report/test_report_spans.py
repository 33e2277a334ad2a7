"""The stretches a session is looked at in."""

from __future__ import annotations

import pytest

from tests.report.made import estimate, made, mark, measured, ns, paced, routine, scored, step
from tidehold.records import Pacing, Pattern
from tidehold.report.spans import done_steps, parts, steps_of, whole
from tidehold.report.spans import paced as paced_of
from tidehold.routine import Task

BREATHE, HOLD, REST = step("1", "breathe", pattern="4/6"), step("2", "hold", side="left"), step("3", "free")


def times(told_parts: tuple[object, ...]) -> list[tuple[float, float]]:
    return [(each.start / 1e9, each.end / 1e9) for each in told_parts]  # type: ignore[attr-defined]


def test_all_of_it() -> None:
    assert (whole(made(90)).length_s, whole(made(90)).start) == (90, 0)


def test_before_is_until_the_first_led_step_and_after_is_from_the_end_of_the_last() -> None:
    told = made(300, routine=routine(REST, BREATHE, HOLD, step("4", "free")))
    for each, start in ((REST, 10), (BREATHE, 70), (HOLD, 130)):
        scored(told, each, start, start + 60, None)
    led, spans = parts(told)
    assert led
    assert times(spans) == [(0, 70), (70, 190), (190, 300)]
    assert "first led step" in spans[0].what


def test_a_paced_step_in_which_the_recording_ends_is_a_part_of_what_was_led() -> None:
    told = made(100, stop=False, routine=routine(BREATHE))
    paced(told, 40, None)
    assert times(parts(told)[1]) == [(0, 40), (40, 100), (100, 100)]


def test_without_a_routine_it_is_what_marks_asked_for() -> None:
    told = made(300)
    measured(told, Task("walk"), 50, 90, cadence_spm=100.0)
    paced(told, 100, 160, plv=0.9)
    mark(told, 170, "hold", "due 45")
    mark(told, 200, "hold")
    led, spans = parts(told)
    assert led
    assert times(spans) == [(0, 50), (50, 200), (200, 300)]
    mark(told, 250, "hold", "due")
    assert times(parts(told)[1])[2] == (300, 300)


def test_where_nothing_was_asked_for_the_parts_are_thirds() -> None:
    led, spans = parts(made(90))
    assert not led
    assert times(spans) == [(0, 30), (30, 60), (60, 90)]
    assert "nothing was asked for" in spans[0].what


def test_each_stretch_of_paced_breathing_goes_with_its_step() -> None:
    told = made(300, routine=routine(BREATHE, HOLD))
    scored(told, BREATHE, 20, 80, 90)
    paced(told, 20, 80, plv=0.9)
    paced(told, 200, None, Pattern(5, 0, 5, 0))
    first, second = paced_of(told)
    assert (first.length_s, first.closed, first.step and first.step.id) == (60, True, "1")
    assert (second.length_s, second.closed, second.step) == (100, False, None)
    assert second.patterns[0].text == "5/5"


def test_a_breathing_that_changes_is_one_stretch() -> None:
    told = made(100)
    for start, inhale_s in ((10, 3), (30, 4), (50, 5), (70, 5)):
        told.pacings.append((ns(start), Pacing(ns(start), Pattern(inhale_s, 0, 5, 0))))
    told.pacings.append((ns(90), None))
    estimate(told, "pacing/step_score", 90, 80)
    (only,) = paced_of(told)
    assert (only.start, only.end) == (ns(10), ns(90))
    assert [pattern.text for pattern in only.patterns] == ["3/5", "4/5", "5/5"]


def test_a_stretch_that_was_turned_off_unsaid_ends_there() -> None:
    told = made(100)
    told.pacings += [(ns(10), Pacing(ns(10), Pattern())), (ns(40), None)]
    (only,) = paced_of(told)
    assert (only.end, only.closed) == (ns(40), False)


def test_a_pacer_that_comes_after_the_end_is_none() -> None:
    told = made(100)
    told.pacings.append((ns(101), Pacing(ns(101), Pattern())))
    assert paced_of(told) == []


def test_steps_that_never_began_are_none() -> None:
    told = made(300, routine=routine(BREATHE, HOLD))
    scored(told, HOLD, 50, 100, 80)
    scored(told, BREATHE, 300, 300, None, state="todo")
    assert [each.id for each in done_steps(told)] == ["2"]
    assert set(steps_of(told)) == {("1", ""), ("2", "left")}
    assert steps_of(made()) == {}


@pytest.mark.parametrize("length_s", [0.0, 1e-9])
def test_an_empty_session_has_empty_parts(length_s: float) -> None:
    assert all(each.length_s <= 1e-9 for each in parts(made(length_s))[1])
