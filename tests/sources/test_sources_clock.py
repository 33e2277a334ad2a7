"""The session clock."""

import time

import pytest

from tidehold.sources.clock import SessionClock, boot_ns


def test_a_session_begins_at_zero_and_remembers_the_wall_clock_of_that_moment() -> None:
    steady = iter([5_000, 5_000, 5_007])
    clock = SessionClock(lambda: next(steady), lambda: 1_746_684_800_000_000_000)
    assert clock.started == 1_746_684_800_000_000_000
    assert [clock.now(), clock.now()] == [0, 7]


def test_the_wall_clock_is_read_once_so_that_setting_it_moves_nothing() -> None:
    wall = iter([100])
    steady = iter([0, 1, 2])
    clock = SessionClock(lambda: next(steady), lambda: next(wall))
    assert [clock.now(), clock.now(), clock.started] == [1, 2, 100]


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="not run: no CLOCK_BOOTTIME on this platform")
def test_it_counts_through_suspend() -> None:
    before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    read = boot_ns()
    assert before <= read <= time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def test_by_itself_it_takes_the_machines_clocks() -> None:
    before, clock, after = time.time_ns(), SessionClock(), time.time_ns()
    assert before <= clock.started <= after
    assert 0 <= clock.now() < 60_000_000_000
