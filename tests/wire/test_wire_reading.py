"""Readings whose samples have their own times, and the way of values into the unit of a stream."""

from __future__ import annotations

import numpy as np
import pytest

from tidehold.wire.profile import Stream
from tidehold.wire.reading import axis_of, factors_of, scaled, timed


def test_the_time_of_a_reading_is_its_newest_whatever_the_order() -> None:
    times = np.array([3, 2**62 + 1, 1], np.int64)
    reading = timed("acc", np.zeros((3, 3)), times)
    assert (reading.stream, reading.device) == ("acc", 2**62 + 1)
    assert not isinstance(reading.device, np.integer)  # what JSON and comparisons know is an int
    assert reading.times is times


@pytest.mark.parametrize(
    ("axes", "scale", "factors"),
    [
        (("x", "-y"), 2.0, [2.0, -2.0]),
        (("x", "y"), 1.0, None),
        (("-x",), 1.0, [-1.0]),
        (("-0", "-1"), -1.0, None),
    ],
)
def test_signs_and_scale_are_one_factor(axes: tuple[str, ...], scale: float, factors: list[float] | None) -> None:
    found = factors_of(Stream("acc", "push", "1", axes=axes, scale=scale))
    assert (None if found is None else found.tolist()) == factors


def test_an_axis_is_a_name_with_a_sign() -> None:
    assert (axis_of("x"), axis_of("-x"), axis_of("-0")) == (("x", 1.0), ("x", -1.0), ("0", -1.0))


def test_what_no_double_holds_becomes_infinite_without_a_word() -> None:
    values = np.array([[1.0, 1e308]])
    assert scaled(values, None) is values
    assert scaled(values, np.array([-2.0, -9.8])).tolist() == [[-2.0, -np.inf]]
