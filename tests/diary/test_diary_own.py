"""A demo tells nothing of a person: not how they do, and least of all that a warning is over."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from tests.diary.finished import told
from tests.diary.people import FIRST, entry, figured, said
from tidehold.diary.catalogue import entry_of
from tidehold.diary.improvement import improvement
from tidehold.diary.nouns import Entry
from tidehold.diary.own import is_simulated, own
from tidehold.diary.plan import due
from tidehold.diary.progress import progress
from tidehold.diary.stop_rules import warnings


def simulated(day: float, answers: dict[str, str] | None = None, **figures: float) -> Entry:
    return msgspec.structs.replace(figured(day, figures), notes=("simulated",), answers=answers or {})


def test_the_own_sessions_are_those_that_are_not_simulated() -> None:
    mine, demo = entry(0), simulated(1)
    assert own([mine, demo]) == [mine]
    assert own([demo]) == [demo]
    assert own([]) == []
    assert not is_simulated(mine)
    assert is_simulated(entry_of(told(sources={"strap": {"kind": "virtual"}})))


def test_a_demo_is_no_session_of_a_person() -> None:
    mine = [entry(day, score=80.0) for day in range(3)]
    demos = [simulated(3 + day, score=20.0) for day in range(20)]
    seen = progress([*mine, *demos], [])
    assert seen.sessions == 3
    assert [len(each.points) for each in seen.trends if each.measure.name == "score"] == [3]
    found = improvement([*mine, *demos], [])
    assert found is not None
    assert found.sessions == 3
    today = dt.datetime.fromtimestamp(FIRST / 1e9, dt.UTC).date() + dt.timedelta(days=22)
    daily = next(each for each in due([*mine, *demos], today) if each.planned.routine == "daily-5-min")
    assert daily.late_days == 19


@pytest.mark.parametrize("others", [[], [entry(0)]])
def test_a_demo_neither_raises_a_warning_nor_ends_one(others: list[Entry]) -> None:
    yes = said(1, bladder="yes")
    demo = simulated(2, {"bowel-bladder": "no"})
    assert [each.rule for each in warnings([*others, demo], [yes])] == ["bladder"]
    assert warnings([*others, simulated(2, {"bowel-bladder": "yes"})], []) == []
