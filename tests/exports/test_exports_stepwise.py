"""What holds at a moment."""

from __future__ import annotations

import numpy as np

from tidehold.exports.stepwise import covering, newest


def test_the_newest_value_holds_for_a_while() -> None:
    times = np.array([10, 20, 30], np.int64)
    values = np.array([1.0, np.nan, 3.0])
    at = np.array([9, 10, 14, 15, 20, 29, 30, 34, 35], np.int64)
    found = newest(times, values, at, 5)
    expected = [np.nan, 1, 1, np.nan, np.nan, np.nan, 3, 3, np.nan]
    assert np.array_equal(found, expected, equal_nan=True)


def test_of_two_values_at_once_the_later_one_holds() -> None:
    found = newest(np.array([10, 10], np.int64), np.array([1.0, 2.0]), np.array([10], np.int64), 5)
    assert found.tolist() == [2.0]


def test_a_moment_lies_in_the_interval_that_ends_at_or_after_it() -> None:
    ends = np.array([1_000, 2_000, 5_000], np.int64)
    lengths_s = np.array([0.5e-6, 1e-6, 1e-6])
    at = np.array([500, 501, 1_000, 1_001, 2_000, 2_001, 4_000, 4_001, 5_000, 5_001], np.int64)
    assert covering(ends, lengths_s, at).tolist() == [-1, 0, 0, 1, 1, -1, -1, 2, 2, -1]
