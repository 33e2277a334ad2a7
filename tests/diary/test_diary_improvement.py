"""What "14 consistent sessions without improvement" means, case by case."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.diary.days import days, entry, said
from tidehold.diary.improvement import SESSIONS, Improvement, counts, improvement, improvements
from tidehold.diary.nouns import CheckIn, Entry


def state(entries: list[Entry], *check_ins: CheckIn) -> str:
    found = improvement(entries, check_ins)
    return "none" if found is None else found.state


def test_fourteen_is_the_sources_figure() -> None:
    assert SESSIONS == 14


def test_before_the_first_session_there_is_nothing_to_say() -> None:
    assert improvement([], []) is None
    assert improvement([entry(ended="stopped")], [said(pain=5)]) is None


@pytest.mark.parametrize(
    ("changes", "is_one"),
    [
        ({}, True),
        ({"ended": "stopped"}, False),
        ({"ended": "cut"}, False),
        ({"routine": ""}, False),
        ({"figures": {"done_share": 0.79}}, False),
        ({"figures": {"done_share": 0.8}}, True),
        ({"figures": {}}, False),
    ],
)
def test_a_session_counts_if_its_routine_was_followed_to_its_end(changes: dict[str, Any], is_one: bool) -> None:
    assert counts(entry(**changes)) == is_one


def test_thirteen_sessions_are_too_few_and_fourteen_are_enough() -> None:
    assert state(days(*[6] * 13)) == "too few"
    assert state(days(*[6] * 14)) == "not better"
    found = improvement(days(*[6] * 14), [])
    assert found is not None
    assert (found.sessions, found.why) == (14, "after 14 consistent sessions: pain 6, then 6 (medians)")


@pytest.mark.parametrize(("apart", "wanted"), [(28 / 13, "not better"), (28.5 / 13, "too few"), (1 / 13, "not better")])
def test_fourteen_sessions_are_consistent_within_28_days(apart: float, wanted: str) -> None:
    listed = [entry(k * apart, figures={"done_share": 1.0, "pain_before": 5.0}) for k in range(14)]
    assert state(listed) == wanted


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [
        (6, 5, "not better"),
        (6, 4, "better"),
        (5, 6, "not better"),
        (3, 1, "better"),
        (2, 1, "better"),
        (0, 0, "better"),
    ],
)
def test_pain_is_better_by_more_than_one_or_if_hardly_any_is_left(first: int, last: int, wanted: str) -> None:
    assert state(days(*[first] * 9, *[last] * 5)) == wanted


def test_one_good_day_is_no_improvement_and_one_bad_day_does_not_hide_it() -> None:
    assert state(days(*[6] * 12, 2, 6)) == "not better"
    assert state(days(*[6] * 9, 3, 3, 9, 3, 3)) == "better"


def test_slow_improvement_counts_against_the_beginning() -> None:
    slow = [round(7 - k / 10) for k in range(40)]
    assert state(days(*slow)) == "better"
    assert "at first" in improvements(days(*slow), [])[-1].why


def test_what_was_gained_and_lost_again_is_no_improvement() -> None:
    assert state(days(*[8] * 6, *[3] * 20, *[5] * 14)) == "not better"
    assert state(days(*[8] * 6, *[3] * 20, *[4] * 14)) == "better"


def test_a_long_break_begins_anew() -> None:
    early = days(*[8] * 14)
    late = [entry(43 + day, figures={"done_share": 1.0, "pain_before": 4.0}) for day in range(14)]
    assert state(early + late) == "not better"
    assert improvements(early + late, [])[14].sessions == 1


def test_pain_is_what_was_said_before_sessions_or_else_after_them() -> None:
    nothing = days(*[None] * 14)
    before = [said(day - 0.05, pain=6, when="before") for day in range(14)]
    after = [said(day + 0.05, pain=6 - (day > 8) * 3, when="after") for day in range(14)]
    assert state(nothing, *before, *after) == "not better"
    assert state(nothing, *after) == "better"


def test_pain_that_was_noted_too_rarely_is_unknown_and_says_so() -> None:
    found = improvement(days(6, None, 6, *[None] * 8, 6, 6, 6), [])
    assert isinstance(found, Improvement)
    assert found.state == "unknown"
    assert "pain was noted at too few of the first and of the last 5 sessions, 3 are needed" in found.why
    assert "no left leg raise" in found.why


@pytest.mark.parametrize(("now", "wanted"), [(53.0, "not better"), (53.4, "better")])
def test_a_leg_raise_is_higher_beyond_the_tests_error(now: float, wanted: str) -> None:
    listed = days(*[6] * 14)
    listed.append(entry(-20, routine="monthly-assessment", figures={"raise_left_deg": 50.0}, ended="cut"))
    listed.append(entry(13.5, routine="monthly-assessment", figures={"raise_left_deg": now}, ended="cut"))
    assert state(listed) == wanted


def test_a_leg_raise_by_somebody_else_needs_more() -> None:
    by_phone = entry(-3, ended="cut", figures={"raise_right_deg": 50.0})
    assert state([*days(*[6] * 14), by_phone], said(13, raise_right_deg=60.0)) == "not better"
    assert state([*days(*[6] * 14), by_phone], said(13, raise_right_deg=60.5)) == "better"


def test_an_old_leg_raise_says_nothing() -> None:
    old = entry(-40, ended="cut", figures={"raise_left_deg": 20.0})
    assert state([*days(*[None] * 14), old], said(13, raise_left_deg=80.0)) == "unknown"
    assert state(days(*[None] * 14), said(0, raise_left_deg=20.0), said(7, raise_left_deg=80.0)) == "unknown"


def test_no_score_goes_into_it() -> None:
    good = days(*[6] * 14, score=99.0, hold_score=99.0, pacing_score=99.0, coverage=1.0)
    assert improvement(good, []) == improvement(days(*[6] * 14), [])


def test_what_was_known_at_a_session_does_not_change_with_later_ones() -> None:
    dice = random.Random(4)
    listed = days(*[dice.choice([3, 4, 5, 6, None]) for _ in range(45)])
    words = [said(day + 0.1, raise_left_deg=dice.uniform(40, 80), pain=dice.randint(2, 6)) for day in range(0, 45, 3)]
    whole = improvements(listed, words)
    assert len({each.state for each in whole}) == 3
    for count in (1, 13, 14, 20, 33, 45):
        now = [each for each in words if count == 45 or each.at < listed[count].started - 3 * 3600 * 10**9]
        assert improvements(listed[:count], now) == whole[:count]
    dice.shuffle(listed)
    dice.shuffle(words)
    assert improvements(listed, words) == whole
