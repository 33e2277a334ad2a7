"""A step's clock counts what was not stopped, to the nanosecond; breaths that change do so in a straight line."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.coach.led import ns
from tidehold.coach.step_clock import Breaths, StepClock
from tidehold.records import HostNs, Pattern
from tidehold.units import NS

TIMES = st.lists(st.integers(1, 100 * NS), min_size=1, max_size=12)


@given(st.integers(0, 10**15), TIMES)
def test_stops_move_the_end_and_nothing_else(start: int, passed: list[int]) -> None:
    length = 10**15
    clock, now, counted = StepClock(HostNs(start), length), start, 0
    for number, each in enumerate(passed):
        if number % 2:
            clock.stop(HostNs(now))
            assert clock.due is None
        else:
            counted += each
        now += each
        assert clock.into_ns(HostNs(now)) == counted
        clock.go_on(HostNs(now))
    assert clock.due == start + length + sum(passed) - counted


def test_its_time_ends_with_it_and_does_not_begin_before_it() -> None:
    clock = StepClock(ns(5), 10 * NS)
    assert (clock.into_ns(ns(4)), clock.into_ns(ns(15)), clock.into_ns(ns(20))) == (0, 10 * NS, 10 * NS)
    clock.extend(2 * NS)
    assert clock.due == ns(17)


def test_waiting_counts_for_nothing_and_a_stop_is_no_waiting() -> None:
    clock = StepClock(ns(1), 10 * NS, waits_ns=4 * NS)
    clock.stop(ns(2))
    assert clock.is_stopped
    clock.go_on(ns(7))
    assert (clock.due, clock.into_ns(ns(8)), clock.is_stopped) == (ns(10), 0, False)
    clock.begin(ns(8))
    assert (clock.due, clock.into_ns(ns(9))) == (ns(18), NS)
    clock.go_on(ns(9))  # it was not stopped
    assert clock.due == ns(18)


def test_a_pattern_that_does_not_change_goes_on_by_itself() -> None:
    breaths = Breaths(Pattern(4, 0, 6, 0), Pattern(4, 0, 6, 0), 60 * NS)
    breaths.advance(35 * NS)
    assert (breaths.is_ramp, breaths.into_ns, breaths.pattern) == (False, 0, Pattern(4, 0, 6, 0))


def test_a_ramp_changes_breath_by_breath_each_from_the_end_of_the_one_before() -> None:
    breaths = Breaths(Pattern(3, 0, 3, 0), Pattern(5, 1, 5, 1), 60 * NS)
    seen: list[tuple[int, Pattern]] = []
    for quarter in range(4 * 90):
        breaths.advance(quarter * NS // 4)
        if not seen or seen[-1][0] != breaths.into_ns:
            seen.append((breaths.into_ns, breaths.pattern))
    assert breaths.is_ramp
    for (start, pattern), (following, _) in pairwise(seen):
        assert following == start + round(pattern.length_s * NS)
    for start, pattern in seen:
        share = min(1, start / (60 * NS))
        assert pattern.inhale_s == pytest.approx(3 + 2 * share, abs=1e-3)
        assert pattern.full_s == pytest.approx(share, abs=1e-3)
    assert seen[-1][1] == Pattern(5, 1, 5, 1)


def test_a_breath_that_was_stopped_begins_anew() -> None:
    breaths = Breaths(Pattern(3, 0, 3, 0), Pattern(5, 0, 5, 0), 60 * NS)
    breaths.restart(30 * NS)
    assert (breaths.into_ns, breaths.pattern) == (30 * NS, Pattern(4, 0, 4, 0))
    breaths.advance(37 * NS)
    assert breaths.into_ns == 30 * NS
