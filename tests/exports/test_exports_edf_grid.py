"""Samples on even grids."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidehold.exports.edf_grid import EXACT_S, MOST_BYTES, MOST_S, lay, records, true_rate_hz
from tidehold.records import Times
from tidehold.units import NS


def even(rate_hz: float, seconds: float, first_ns: int = 0) -> Times:
    times: Times = first_ns + np.rint(np.arange(int(rate_hz * seconds)) * (NS / rate_hz)).astype(np.int64)
    return times


def test_the_true_rate_is_that_between_the_holes() -> None:
    times = even(130.0123, 60)
    assert true_rate_hz(times, 130) == pytest.approx(130.0123, rel=1e-6)
    holed = np.delete(times, np.r_[500:1100, 3000:3001])
    assert true_rate_hz(holed, 130) == pytest.approx(130.0123, rel=1e-6)


@pytest.mark.parametrize("times", [[], [5], [5, 5, 5], [5, 12], [5, 6, 7, 8]])
def test_a_stream_too_short_to_tell_has_its_nominal_rate(times: list[int]) -> None:
    assert true_rate_hz(np.array(times, np.int64), 50.0) == 50.0
    assert true_rate_hz(np.array(times, np.int64), None) == 1.0


def test_records_are_whole_for_every_grid_and_no_grid_is_slower_than_its_stream() -> None:
    rates = [130.0115, 204.0159, 100.1125]
    parts = records(rates, [1, 3, 3], 8, 1400)
    assert (parts.length_s * 4).is_integer()
    for rate, count in zip(rates, parts.counts, strict=True):
        assert rate - 1e-3 <= count / parts.length_s <= rate + 0.11
    assert sum(n * k for n, k in zip(parts.counts, [1, 3, 3], strict=True)) * 2 + 8 * 8 * parts.length_s <= MOST_BYTES


def test_rates_that_fit_a_record_leave_nothing_over() -> None:
    parts = records([100.0, 50.0], [3, 3], 0, 300)
    assert [count / parts.length_s for count in parts.counts] == [100.0, 50.0]
    assert records([7.1, 100.0], [1, 1], 0, 300).length_s == 10.0


def test_a_short_recording_has_short_records() -> None:
    assert records([130.01], [1], 0, 0.4).length_s == 1.0
    assert records([130.01], [1], 0, 3.0).length_s <= 3.0


def test_a_recording_without_streams_has_records_too() -> None:
    assert records([], [], 3, 100).counts == ()
    assert 1.0 <= records([], [], 3, 100).length_s <= MOST_S


def test_very_many_signals_have_short_records() -> None:
    assert records([1000.0], [40], 0, 600).length_s == 1.0


def test_a_very_long_recording_has_records_of_a_power_of_two() -> None:
    assert records([130.0115, 204.0159], [1, 3], 4, EXACT_S + 1).length_s in (1.0, 2.0, 4.0, 8.0, 16.0)


@settings(max_examples=25)
@given(
    rate=st.floats(20.0, 250.0),
    spare=st.floats(0.0, 0.05),
    first=st.integers(0, 3 * NS),
    hole=st.integers(0, 150),
)
def test_every_sample_has_a_slot_of_its_own_within_half_a_slot_of_its_time(
    rate: float, spare: float, first: int, hole: int
) -> None:
    times = np.delete(even(rate, 12, first), slice(60, 60 + hole))
    grid_hz = rate + spare
    laid = lay(times, 0, grid_hz)
    assert len(laid.slots) == len(times)
    assert (np.diff(laid.slots) >= 1).all()
    off_s = np.abs(laid.slots / grid_hz - times / NS)
    assert off_s.max() == pytest.approx(laid.error_s, abs=1e-9)
    assert laid.error_s <= 0.5 / grid_hz + 1e-6
    assert not set(laid.filled) & set(laid.slots)


def test_slots_that_stay_over_between_samples_are_named_and_those_of_a_hole_are_not() -> None:
    times = even(100.0, 30)
    laid = lay(times, 0, 100.1)
    assert len(laid.filled) == 3
    assert laid.slots[-1] == len(times) - 1 + 3
    holed = np.delete(times, np.r_[1000:1001, 2000:2500])
    assert len(lay(holed, 0, 100.1).filled) == 3


def test_times_that_scatter_leave_no_slots_over() -> None:
    dice = np.random.default_rng(1)
    times = even(50.0, 60)
    scattered = np.sort(times + dice.integers(0, 30_000_000, len(times)))
    laid = lay(scattered, 0, 50.0)
    assert laid.slots[-1] - laid.slots[0] + 1 - len(times) <= 10
    assert laid.error_s < 0.2


def test_samples_that_come_closer_at_first_are_put_where_most_of_them_are_right() -> None:
    times = even(100.0, 60, NS)
    learnt = times + np.rint(30e6 * np.exp(-np.arange(len(times)) / 500)).astype(np.int64)  # 30 ms late at first
    laid = lay(learnt, 0, 100.0)
    off_s = learnt / NS - laid.slots / 100.0
    assert np.abs(off_s[1000:]).max() <= 0.006
    assert laid.error_s == pytest.approx(np.abs(off_s).max(), abs=1e-9)
    assert laid.error_s < 0.036
    assert lay(learnt - learnt[0], 0, 100.0).slots[0] == 0  # not before the file


def test_samples_that_come_at_one_time_follow_each_other() -> None:
    times = np.repeat(np.arange(10, dtype=np.int64) * (NS // 10), 5)  # five at once, ten times a second
    laid = lay(times, 0, 50.0)
    assert laid.slots.tolist() == list(range(50))


def test_nothing_lies_nowhere() -> None:
    laid = lay(np.empty(0, np.int64), 0, 50.0)
    assert (len(laid.slots), len(laid.filled), laid.error_s) == (0, 0, 0.0)
