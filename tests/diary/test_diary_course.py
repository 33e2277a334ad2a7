"""The source's course is told as its expectation, beside one's own figures."""

from __future__ import annotations

from tests.diary.people import entry, figured, person
from tidehold.diary.course import ABOUT, course
from tidehold.diary.progress import progress


def test_every_milestone_is_there_and_due_in_its_time() -> None:
    found = course(progress(*person(3, days=30)))
    assert [each.days for each in found] == [(0, 3), (7, 14), (21, 28), (42, None)]
    assert [each.is_due for each in found] == [True, True, True, False]
    assert "promise" in ABOUT


def test_ones_own_raise_is_beside_it_and_no_change_is_said_to_be_none() -> None:
    raised = {"raise_left_deg": (50.0, 66.0), "raise_right_deg": (60.0, 62.0)}
    entries = [
        figured(day, {name: values[k] for name, values in raised.items()}, "monthly-assessment")
        for k, day in enumerate((0, 28))
    ]
    own = course(progress(entries, []))[2].own
    assert own == "left +32 %; right no change beyond the error (+3 %)"


def test_what_is_not_measured_is_said() -> None:
    assert course(progress([], [])) == []
    found = course(progress([entry(0)], []))
    assert all("not measured" in each.own for each in (found[0], found[1], found[3]))
    assert found[2].own == "no straight-leg raise was measured at two times"
