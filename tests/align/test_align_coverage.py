"""Sum of RR per minute, with a floor and a ceiling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.align.devices import heart
from tidehold.align.beat_clock import BeatClock
from tidehold.align.coverage import Coverage, RrCoverage
from tidehold.records import HostNs, Values
from tidehold.units import NS


def add(coverage: RrCoverage, *beats: tuple[float, float]) -> None:
    """Beats by time and RR interval, s."""
    times, rr_s = np.array(beats).T
    coverage.add(np.rint(times * NS).astype(np.int64), rr_s)


def at(coverage: RrCoverage, now_s: float) -> tuple[Coverage, ...]:
    return coverage.completed(HostNs(round(now_s * NS)))


def every_second(first: int, last: int) -> list[tuple[float, float]]:
    return [(float(second), 1.0) for second in range(first, last)]


def test_nothing_is_said_before_the_first_interval() -> None:
    coverage = RrCoverage()
    assert at(coverage, 1000.0) == ()
    assert coverage.last is None


def test_a_full_minute_is_one_and_has_nothing_to_say() -> None:
    coverage = RrCoverage()
    add(coverage, *every_second(1, 70))
    assert at(coverage, 65.999) == ()
    minutes = at(coverage, 66.0)
    assert minutes == (Coverage(HostNs(0), 1.0, ""),)
    assert coverage.last == minutes[0]
    assert at(coverage, 67.0) == ()
    assert coverage.last == minutes[0]


def test_an_interval_across_the_minute_counts_in_both_by_its_parts() -> None:
    coverage = RrCoverage()
    add(coverage, *every_second(1, 60), (60.75, 1.75), *[(61.75 + i, 1.0) for i in range(100)])
    first, second = at(coverage, 126.0)
    assert first.value == second.value == 1.0
    coverage = RrCoverage()
    add(coverage, (30.0, 30.0), (170.0, 100.0))  # 70..170: 50 s of the second minute, 50 s of the third
    assert [minute.value for minute in at(coverage, 200.0)] == pytest.approx([0.5, 50 / 60, 50 / 60])


@pytest.mark.parametrize(
    ("missing", "why"),
    [
        (0, ""),
        (3, ""),
        (4, "RR cover 0.93 of the minute: beats are missing"),
        (60, "RR cover 0.00 of the minute: beats are missing"),
    ],
)
def test_the_floor_is_at_95_percent(missing: int, why: str) -> None:
    coverage = RrCoverage()
    add(coverage, *every_second(1, 61 + 60 - missing))
    minute = at(coverage, 126.0)[1]
    assert minute == Coverage(HostNs(60 * NS), (60 - missing) / 60, why)


@pytest.mark.parametrize(
    ("extra_s", "why"),
    [(1.2, ""), (1.3, "RR cover 1.02 of the minute: beats are delivered more than once")],
)
def test_the_ceiling_is_at_102_percent(extra_s: float, why: str) -> None:
    coverage = RrCoverage()
    add(coverage, *every_second(1, 61), (30.0, extra_s))
    (minute,) = at(coverage, 66.0)
    assert minute.value == pytest.approx(1 + extra_s / 60)
    assert minute.why == why


def test_the_first_minute_is_judged_from_its_first_interval_on() -> None:
    coverage = RrCoverage()
    add(coverage, *every_second(31, 70))
    assert at(coverage, 66.0) == (Coverage(HostNs(0), 1.0, ""),)
    coverage = RrCoverage()
    add(coverage, *every_second(33, 130))
    first, second = at(coverage, 126.0)
    assert first == Coverage(HostNs(0), None, "RR intervals were seen for 28 s of the minute only")
    assert second == Coverage(HostNs(60 * NS), 1.0, "")


def test_an_interval_that_began_before_the_session_counts_from_its_start() -> None:
    coverage = RrCoverage()
    add(coverage, (0.25, 1.0), *[(1.25 + i, 1.0) for i in range(80)])
    assert at(coverage, 66.0) == (Coverage(HostNs(0), 1.0, ""),)


def test_minutes_missed_by_a_late_call_all_come_at_once() -> None:
    coverage = RrCoverage()
    add(coverage, *every_second(1, 61))
    minutes = at(coverage, 400.0)
    assert [minute.start for minute in minutes] == [i * 60 * NS for i in range(6)]
    assert [minute.value for minute in minutes] == [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]


def test_beats_after_their_minute_was_completed_are_not_counted() -> None:
    coverage = RrCoverage()
    add(coverage, *every_second(1, 61))
    at(coverage, 66.0)
    add(coverage, (59.0, 1.0), *every_second(61, 121))
    assert [minute.value for minute in at(coverage, 126.0)] == [1.0]
    assert coverage._sums == {}


def test_missing_blocks_and_repeated_delivery_of_a_strap_are_said() -> None:
    notes = heart(5, seconds=400.0)
    cases: dict[str, list[tuple[int, Values]]] = {
        "": [(note.arrival, note.rr_s) for note in notes],
        "missing": [(note.arrival, note.rr_s) for note in notes if not 130 < note.arrival / NS < 165],
        "more than once": [(note.arrival + late, note.rr_s) for note in notes for late in (0, 10**5)],
    }
    for why, sent in cases.items():
        clock, coverage = BeatClock(), RrCoverage()
        for arrival, rr_s in sent:
            coverage.add(clock.feed(HostNs(arrival), rr_s).times, rr_s)
        third = at(coverage, 400.0)[2]
        assert why in third.why
        assert third.value is not None
        expected = {"": 1.0, "missing": 25 / 60, "more than once": 2.0}[why]
        assert third.value == pytest.approx(expected, abs=0.05)


@given(st.lists(st.tuples(st.integers(1, 3 * NS), st.integers(0, 3000)), max_size=60))
def test_no_interval_is_counted_twice_or_forgotten(beats: list[tuple[int, int]]) -> None:
    coverage = RrCoverage()
    now = 3 * NS
    total = 0.0
    for step, count in beats:
        now += step
        rr_s = min(count, 3072) / 1024.0
        coverage.add(np.array([now]), np.array([rr_s]))
        total += rr_s
    first = coverage._first
    minutes = coverage.completed(HostNs(now + 70 * NS))
    assert len(minutes) >= (1 if beats else 0)
    if first is not None and 60 - first / NS >= 30.0:
        covered = sum((minute.value or 0.0) * (60.0 - (first / NS if minute.start == 0 else 0.0)) for minute in minutes)
        assert covered == pytest.approx(total, abs=1e-6)
