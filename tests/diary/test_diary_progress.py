"""A change is told where the truth has one, and none where it has none."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from tests.diary.people import DAY_NS, FIRST, entry, person, said
from tidehold.diary.nouns import CheckIn, Entry
from tidehold.diary.progress import LEAST, MEASURES, PAIN, Measure, Point, progress, scatter, trend
from tidehold.records import UnixNs


def states(people: tuple[list[Entry], list[CheckIn]]) -> dict[str, str]:
    return {each.measure.name: each.state for each in progress(*people).trends}


@pytest.mark.parametrize("seed", range(10))
def test_who_improves_in_three_figures_is_told_of_three(seed: int) -> None:
    found = states(person(seed, pain=3.5, reached=12, hold=20))
    better = {"pain", "reached_left_deg", "hold_score"}
    assert {name for name, state in found.items() if state == "better"} == better
    assert {state for name, state in found.items() if name not in better} == {"no change"}


def test_who_does_not_change_is_told_of_none() -> None:
    found = [state for seed in range(100, 150) for state in states(person(seed)).values()]
    assert len(found) == 50 * 12
    assert found.count("no change") >= 0.99 * len(found)


@pytest.mark.parametrize(("better", "rising"), [(1, "better"), (-1, "worse"), (0, "higher")])
def test_which_way_is_better_is_the_measures_own(better: int, rising: str) -> None:
    measure = Measure("x", "x", "", better)
    up = [Point(UnixNs(k), float(k)) for k in range(20)]
    falling = {"better": "worse", "worse": "better", "higher": "lower"}[rising]
    assert trend(measure, up).state == rising
    assert trend(measure, [Point(point.at, -point.value) for point in up]).state == falling


def test_medians_of_both_ends_and_how_they_vary() -> None:
    found = trend(MEASURES[0], [Point(UnixNs(k), value) for k, value in enumerate([1.0, 2, 3, 50, 51, 52])])
    assert (found.then, found.now) == (2, 51)
    assert found.why == "median of the first 3 and of the last 3, error by how it varies from session to session"


@pytest.mark.parametrize("count", [1, 2, LEAST - 1])
def test_few_values_are_too_few_without_a_published_error(count: int) -> None:
    points = [Point(UnixNs(k * DAY_NS), 10.0 * k) for k in range(count)]
    found = trend(MEASURES[0], points)
    assert (found.state, found.then, found.error) == ("too few", None, None)
    assert str(LEAST) in found.why
    assert trend(PAIN, points).state == ("too few" if count == 1 else "worse")


def test_what_changes_within_a_day_is_no_change() -> None:
    points = [Point(UnixNs(0), 7.0), Point(UnixNs(DAY_NS // 2), 3.0)]
    found = trend(PAIN, points)
    assert (found.state, found.then, found.why) == ("too few", None, "2 values, all within a day")
    assert trend(PAIN, [*points, Point(UnixNs(DAY_NS), 3.0)]).state == "better"


def test_a_raise_is_held_against_the_published_error() -> None:
    phone = [entry(day, "monthly-assessment", raise_left_deg=deg) for day, deg in ((0, 50.0), (28, 53.2), (56, 53.4))]
    (found,) = progress(phone, []).trends
    assert (found.state, found.error, found.why) == ("better", 3.3, "the first and the last, error of the test")
    (found,) = progress(phone[:2], []).trends
    assert found.state == "no change"
    by_hand = [said(60, raise_left_deg=59.0)]
    (found,) = progress(phone, by_hand).trends
    assert (found.state, found.error) == ("no change", 10.2)


def test_pain_right_after_a_session_is_no_day_of_its_own() -> None:
    check_ins = [said(0, pain=5), said(1, pain=4)]
    after = [each.__class__(at=each.at, when="after", pain=1) for each in check_ins]
    (found,) = progress([entry(2, pain_before=3.0)], [*check_ins, *after]).trends
    assert [point.value for point in found.points] == [5, 4, 3]


def test_only_what_is_wanted_is_looked_at() -> None:
    entries, check_ins = person(1)
    since = UnixNs(FIRST + 80 * DAY_NS)
    seen = progress(entries, check_ins, since)
    assert seen.first is not None
    assert seen.first >= since
    assert seen.sessions == 11  # ten days, and a monthly assessment


def test_weeks_are_the_persons_own_and_empty_ones_are_there() -> None:
    entries = [
        entry(0),
        entry(0.2),
        entry(6.27),
        entry(15),
        entry(15.5, ended="cut"),
    ]  # 6.27: past midnight where they are
    weeks = progress(entries, []).weeks
    assert [(each.sessions, each.days) for each in weeks] == [(2, 1), (1, 1), (1, 1)]
    assert weeks[0].monday == dt.date(2026, 1, 5)
    later = progress(entries, [], now=UnixNs(entries[-1].started + 14 * DAY_NS)).weeks
    assert later[: len(weeks)] == weeks
    assert [each.sessions for each in later[len(weeks) :]] == [0, 0]
    assert [(each.sessions, each.days) for each in progress([entry(0), entry(15)], []).weeks] == [
        (1, 1),
        (0, 0),
        (1, 1),
    ]


def test_flare_ups_are_kept_and_nothing_is_nothing() -> None:
    assert len(progress(*person(2)).flare_ups) == 13
    empty = progress([], [])
    assert (empty.sessions, empty.first, empty.trends, empty.weeks) == (0, None, (), ())


def test_scatter_is_that_of_normal_values_whatever_their_course() -> None:
    dice = random.Random(5)
    values = [0.02 * k + dice.gauss(0, 2.0) for k in range(4000)]
    assert scatter(values) == pytest.approx(2.0, rel=0.05)
