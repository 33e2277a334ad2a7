"""Beats by the running sum of RR: never in the future, never backwards, gaps said."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.align.devices import Note, heart
from tidehold.align.beat_clock import BeatClock, Beats
from tidehold.records import HostNs, Times, Values
from tidehold.units import NS

MS = NS // 1000

ticks = st.lists(st.integers(0, 2**16 - 1), max_size=9).map(lambda counts: np.array(counts, dtype=float) / 1024.0)
ordinary = st.lists(st.integers(300, 2000), max_size=3).map(lambda counts: np.array(counts, dtype=float) / 1024.0)


def feed(clock: BeatClock, arrival_s: float, *rr_s: float) -> Beats:
    return clock.feed(HostNs(round(arrival_s * NS)), np.array(rr_s))


def in_ms(beats: Beats) -> list[float]:
    return [float(time) / MS for time in beats.times]


def played(notes: list[Note], clock: BeatClock) -> tuple[list[Beats], Values]:
    """What the clock says, and the errors in s of all beats."""
    said = [clock.feed(note.arrival, note.rr_s) for note in notes]
    errors = [beats.times / NS - note.beats_s for beats, note in zip(said, notes, strict=True)]
    return said, np.concatenate(errors)


def test_the_first_notification_is_anchored_before_its_arrival() -> None:
    beats = feed(BeatClock(), 10.25, 0.75, 1.0)
    assert in_ms(beats) == [8000, 9000]
    assert (beats.anchored, beats.lag_s) == (True, 1.25)
    assert beats.times.dtype == np.int64


def test_beats_then_follow_by_their_intervals_whenever_they_arrive() -> None:
    clock = BeatClock()
    feed(clock, 10.25, 1.0)
    beats = feed(clock, 10.9, 0.75, 0.8125)
    assert in_ms(beats) == [9750, 10562.5]
    assert not beats.anchored
    assert beats.lag_s == pytest.approx(0.3375)
    assert in_ms(feed(clock, 13.0, 1.0)) == [11562.5]  # 1.4 s late: in the band


def test_a_notification_without_intervals_says_the_lag_only() -> None:
    clock = BeatClock()
    nothing = feed(clock, 5.0)
    assert (len(nothing.times), nothing.anchored, nothing.lag_s) == (0, False, None)
    feed(clock, 10.25, 1.0)
    nothing = feed(clock, 11.5)
    assert (len(nothing.times), nothing.anchored, nothing.lag_s) == (0, False, 2.5)
    assert nothing.times.dtype == np.int64


@given(st.lists(st.tuples(st.integers(0, 5 * NS), ticks, st.booleans()), max_size=30))
def test_whatever_arrives_beats_increase_and_none_lies_in_the_future(
    notes: list[tuple[int, Values, bool]],
) -> None:
    clock = BeatClock()
    now, newest = 0, -(10**15)
    crowded = 0  # beats that arrive at the same ns have no room but 1 ns each
    for wait, rr_s, broken in notes:
        now += wait
        crowded = len(rr_s) + (0 if wait else crowded)
        if broken:
            clock.broken()
        beats = clock.feed(HostNs(now), rr_s)
        assert len(beats.times) == len(rr_s)
        assert np.all(np.diff(beats.times) > 0)
        if len(rr_s):
            assert beats.times[0] > newest
            newest = int(beats.times[-1])
            assert newest <= now + crowded
            assert beats.lag_s == (now - newest) / NS
            assert beats.anchored or not broken


@given(st.lists(st.tuples(st.integers(MS, 4 * NS), ordinary), max_size=40))
def test_between_anchors_distances_are_the_intervals_within_one_percent(notes: list[tuple[int, Values]]) -> None:
    clock = BeatClock()
    now, before = 0, None
    for wait, rr_s in notes:
        now += wait
        beats = clock.feed(HostNs(now), rr_s)
        if not len(rr_s):
            continue
        assert beats.times[-1] <= now
        if not beats.anchored:
            assert before is not None
            apart = np.diff(np.concatenate(([before], beats.times)))
            assert np.all(np.abs(apart - rr_s * NS) <= 0.01 * rr_s * NS + 1)
        before = int(beats.times[-1])


@given(st.lists(ordinary, min_size=2, max_size=100), st.integers(0, 2**32))
def test_sum_is_preserved_exactly_while_the_lag_is_in_its_band(rr_lists: list[Values], seed: int) -> None:
    clock = BeatClock()
    delays = np.random.default_rng(seed).integers(0, NS, len(rr_lists))
    true = 10 * NS
    times: list[int] = []
    for rr_s, delay in zip(rr_lists, delays.tolist(), strict=True):
        true += round(float(np.sum(rr_s)) * NS)
        beats = clock.feed(HostNs(true + (delay if times else 0)), rr_s)
        assert beats.anchored == (not times and len(rr_s) > 0)
        times += beats.times.tolist()
    together = np.concatenate(rr_lists)
    if len(times) > 1:
        assert times[-1] - times[0] == pytest.approx(float(np.sum(together[1:])) * NS, abs=1)


@given(st.integers(-(10**17), 10**17), st.integers(0, 2**32))
def test_a_shift_of_the_session_clock_shifts_the_beats_exactly(shift: int, seed: int) -> None:
    one, other = BeatClock(), BeatClock()
    for arrival, rr_s, _ in heart(seed, seconds=60.0, held=((20.0, 23.0), (40.0, 49.0))):
        here, there = one.feed(arrival, rr_s), other.feed(HostNs(arrival + shift), rr_s)
        assert np.array_equal(here.times + shift, there.times)
        assert (here.anchored, here.lag_s) == (there.anchored, there.lag_s)


@pytest.mark.parametrize("seed", range(4))
def test_half_an_hour_with_late_bursts_needs_one_anchor(seed: int) -> None:
    held = tuple((float(at), at + 2.0 + at % 3) for at in range(100, 1800, 130))
    notes = heart(seed, seconds=1800.0, held=held)
    said, errors = played(notes, BeatClock())
    assert [beats.anchored for beats in said].count(True) == 1
    # Put 1.25 s before the arrival, the first beat was up to 1.3 s old; steady from there.
    assert np.all((errors > -1.25) & (errors < 0.0))
    assert np.ptp(errors) < 0.15  # 60 ppm in half an hour


def test_blocks_of_missing_intervals_are_said_and_cost_nothing_else() -> None:
    # As in a real recording: 14 % missing in blocks of 30 to 45 s.
    blocks = [(at, at + length) for at, length in zip(range(60, 1200, 270), (30, 45, 38, 42, 33), strict=True)]
    notes = [
        note for note in heart(3, seconds=1300.0) if not any(begin <= note.arrival / NS < end for begin, end in blocks)
    ]
    said, errors = played(notes, BeatClock())
    assert [beats.anchored for beats in said].count(True) == 1 + len(blocks)
    assert np.all((errors > -1.25) & (errors < 0.0))
    for before, after in pairwise(beats for beats in said if len(beats.times)):
        assert after.anchored == (after.times[0] - before.times[-1] > 20 * NS)


def test_beats_delivered_twice_stay_in_the_past_and_say_that_the_series_is_broken() -> None:
    clock = BeatClock()
    said = [
        clock.feed(HostNs(note.arrival + late), note.rr_s)
        for note in heart(1, seconds=120.0)
        if len(note.rr_s)
        for late in (0, MS // 2)
    ]
    times = np.concatenate([beats.times for beats in said])
    assert np.all(np.diff(times) > 0)
    assert all(beats.lag_s is not None and beats.lag_s >= 0.0 for beats in said)
    # The real pace is kept: twice the intervals in the time that passed.
    assert times[-1] / NS == pytest.approx(119.5, abs=1.5)
    assert np.mean([beats.anchored for beats in said[2:]]) > 0.4


def test_beats_a_little_in_the_future_are_squeezed_by_one_percent_at_most() -> None:
    clock = BeatClock()
    feed(clock, 10.25, 1.0)
    beats = feed(clock, 10.991, 1.0, 1.0)  # due at 11.0: 9 ms in the future of 2 s
    assert in_ms(beats) == [9995.5, 10991.0]
    assert not beats.anchored
    assert in_ms(feed(clock, 12.0, 1.0)) == [11991.0]
    clock = BeatClock()
    feed(clock, 10.25, 1.0)
    assert not feed(clock, 10.98, 1.0, 1.0).anchored
    clock = BeatClock()
    feed(clock, 10.25, 1.0)
    assert feed(clock, 10.979, 1.0, 1.0).anchored


def test_beats_far_in_the_future_are_anchored_anew_at_once() -> None:
    clock = BeatClock()
    feed(clock, 10.25, 1.0)
    beats = feed(clock, 10.5, 1.0, 1.0)
    # Between the beat before (9.0) and now, with half the room left, in the intervals' proportion.
    assert in_ms(beats) == [9375.0, 9750.0]
    assert (beats.anchored, beats.lag_s) == (True, 0.75)
    beats = feed(clock, 12.0, 2.0)
    assert in_ms(beats) == [11750.0]
    assert not beats.anchored


def test_lag_beyond_six_seconds_sets_an_anchor_at_once() -> None:
    clock = BeatClock()
    feed(clock, 10.25, 1.0)
    late = feed(clock, 16.0, 1.0)
    assert (in_ms(late), late.anchored, late.lag_s) == ([10000.0], False, 6.0)
    gap = feed(clock, 17.001, 1.0)
    assert (in_ms(gap), gap.anchored, gap.lag_s) == ([15751.0], True, 1.25)


def test_an_anchor_keeps_the_intervals_of_its_notification() -> None:
    clock = BeatClock()
    feed(clock, 10.25, 1.0)
    gap = feed(clock, 40.25, 0.75, 0.5, 1.25)
    assert in_ms(gap) == [37250.0, 37750.0, 39000.0]


def steady(clock: BeatClock, first: int, last: int, *, offset_s: float = 0.0) -> list[Beats]:
    """One interval of 1 s a second."""
    return [feed(clock, second + offset_s, 1.0) for second in range(first, last)]


def test_a_lag_that_stays_high_is_slewed_away_at_one_percent() -> None:
    clock = BeatClock()
    steady(clock, 10, 20)
    said = steady(clock, 20, 120, offset_s=2.0)  # 2 s of beats are missing
    assert not any(beats.anchored for beats in said)
    lags = [beats.lag_s for beats in said]
    assert lags[:10] == [3.25] * 10
    assert lags[10:50] == pytest.approx([3.24 - 0.01 * i for i in range(40)])
    assert lags[-1] == pytest.approx(2.5, abs=0.011)


def test_slewing_ends_when_the_lag_is_back_in_the_band() -> None:
    clock = BeatClock()
    steady(clock, 10, 20)
    steady(clock, 20, 40, offset_s=2.0)
    assert feed(clock, 42.0, 1.0, 1.0, 1.0).lag_s == pytest.approx(1.15)
    assert steady(clock, 43, 50)[-1].lag_s == pytest.approx(1.15)
    # And it takes ten seconds anew.
    lags = [beats.lag_s for beats in steady(clock, 50, 61, offset_s=2.0)]
    assert lags == pytest.approx([3.15] * 10 + [3.14])


def test_a_lag_that_stays_above_four_seconds_means_missing_intervals() -> None:
    clock = BeatClock()
    steady(clock, 10, 20)
    said = steady(clock, 20, 40, offset_s=3.5)
    assert [beats.anchored for beats in said].index(True) == 10
    assert [beats.anchored for beats in said].count(True) == 1
    assert said[9].lag_s == 4.75
    assert said[10].lag_s == said[-1].lag_s == 1.25


@pytest.mark.parametrize(("late_s", "anchors"), [(2.7, 0), (2.8, 1)])
def test_four_seconds_are_what_missing_intervals_must_exceed(late_s: float, anchors: int) -> None:
    clock = BeatClock()
    steady(clock, 10, 20)
    said = steady(clock, 20, 31, offset_s=late_s)  # the lag was 1.25 s
    assert [beats.anchored for beats in said].count(True) == anchors


def test_a_lag_that_comes_below_four_seconds_at_times_is_slewed() -> None:
    clock = BeatClock()
    steady(clock, 10, 20)
    said = [feed(clock, second + (1.7 if second % 4 else 4.5), 1.0) for second in range(20, 40)]
    assert not any(beats.anchored for beats in said)
    lag = said[-1].lag_s
    assert lag is not None
    assert 2.8 < lag < 2.95


def test_a_late_burst_is_no_reason_to_move() -> None:
    clock = BeatClock()
    steady(clock, 10, 20)
    said = [feed(clock, at, 1.0) for at in (24.5, 24.51, 24.52, 24.53, 24.54)]
    assert [in_ms(beats) for beats in said] == [[18750.0], [19750.0], [20750.0], [21750.0], [22750.0]]
    # A lag that was high only ever and anon is not one that stays.
    for start in range(25, 65, 5):
        said = [feed(clock, start + 3.0, 1.0, 1.0, 1.0, 1.0), feed(clock, start + 4.0, 1.0)]
        assert not any(beats.anchored for beats in said)
        assert said[1].lag_s == pytest.approx(1.25)


def test_broken_sets_an_anchor_at_the_next_beats_and_only_there() -> None:
    clock = BeatClock()
    steady(clock, 10, 20)
    clock.broken()
    assert not feed(clock, 20.5).anchored
    again = feed(clock, 22.0, 1.0)
    assert (in_ms(again), again.anchored) == ([20750.0], True)
    assert not feed(clock, 23.0, 1.0).anchored


def test_an_anchor_never_goes_back_before_beats_already_said() -> None:
    clock = BeatClock()
    feed(clock, 10.25, 1.0)
    clock.broken()
    assert in_ms(feed(clock, 10.2, 1.0, 1.0)) == [9312.5, 9625.0]
    clock.broken()
    assert in_ms(feed(clock, 10.2, 0.0, 0.0)) == [9937.5, 9937.500001]


def test_a_notification_from_before_the_newest_counts_as_of_its_time() -> None:
    clock = BeatClock()
    feed(clock, 10.25, 1.0)
    assert in_ms(feed(clock, 5.0, 0.5)) == [9500.0]
    feed(clock, 12.0)
    assert feed(clock, 11.0, 0.5).lag_s == 2.0


def test_intervals_of_zero_are_a_nanosecond() -> None:
    clock = BeatClock()
    feed(clock, 10.25, 1.0)
    beats: Times = feed(clock, 11.0, 0.0, 0.0, 1.0).times
    assert beats.tolist() == [9 * NS + 1, 9 * NS + 2, 10 * NS]
