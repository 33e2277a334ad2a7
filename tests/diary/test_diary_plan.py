"""What is due, and when."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.diary.people import entry
from tidehold.diary.nouns import Entry
from tidehold.diary.plan import USUAL, due
from tidehold.sources.routines import find_routine

TODAY = dt.date(2026, 1, 15)  # day 10


def told(*entries: Entry) -> dict[str, tuple[int, int]]:
    """In how many days each routine is due, and how late it is."""
    return {each.planned.routine: ((each.on - TODAY).days, each.late_days) for each in due(entries, TODAY)}


def test_who_has_done_nothing_is_due_for_all_and_late_for_none() -> None:
    assert told() == dict.fromkeys(("monthly-assessment", "weekly-strength", "daily-5-min"), (0, 0))


@pytest.mark.parametrize(
    ("day", "routine", "wanted", "expected"),
    [
        (10, "daily-5-min", "daily-5-min", (1, 0)),
        (9, "daily-5-min", "daily-5-min", (0, 0)),
        (7, "daily-5-min", "daily-5-min", (0, 2)),
        (10, "psoas-relief", "daily-5-min", (1, 0)),
        (8, "weekly-strength", "weekly-strength", (5, 0)),
        (0, "weekly-strength", "weekly-strength", (0, 3)),
        (0, "monthly-assessment", "monthly-assessment", (18, 0)),
    ],
)
def test_each_in_its_time(day: int, routine: str, wanted: str, expected: tuple[int, int]) -> None:
    assert told(entry(day, routine))[wanted] == expected


def test_what_was_broken_off_was_not_done() -> None:
    assert told(entry(10, ended="cut"))["daily-5-min"] == (0, 0)
    assert told(entry(10, done_share=0.5))["daily-5-min"] == (0, 0)


def test_the_most_urgent_is_first() -> None:
    assert [each.planned.routine for each in due([entry(10)], TODAY)][-1] == "daily-5-min"


@pytest.mark.parametrize("planned", USUAL, ids=lambda planned: planned.routine)
def test_every_planned_routine_is_there(planned: object) -> None:
    for name in (planned.routine, *planned.instead):  # type: ignore[attr-defined]
        assert find_routine(name).id == name
