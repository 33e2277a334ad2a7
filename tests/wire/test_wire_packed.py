"""Numbers at fixed places: length, order, signs, scale, and that all other bytes are refused."""

from __future__ import annotations

import re
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.errors import WireError
from tidehold.wire.packed import LAYOUT_PATTERN, Packed, count_numbers
from tidehold.wire.profile import Stream

XYZ = ("x", "y", "z")
ACC = Stream("acc", "data", "m/s^2", XYZ, axes=("-2", "0", "-1"), scale=0.5)
HEAT = Stream("heat", "data", "1", axes=("3",))
CODEC = Packed("<hhhB", (ACC, HEAT))


def test_axes_are_places_with_a_sign() -> None:
    acc, heat = CODEC.decode(struct.pack("<hhhB", 2, 4, 6, 8)).readings
    assert (acc.stream, acc.values.tolist()) == ("acc", [[-3.0, 1.0, -2.0]])
    assert (heat.stream, heat.values.tolist()) == ("heat", [8.0])
    assert (acc.device, acc.times, heat.device, heat.times) == (None, None, None, None)


def test_the_order_of_bytes_is_the_layouts() -> None:
    (big,) = Packed(">h", (Stream("a", "data", "1", axes=("0",)),)).decode(b"\x01\x02").readings
    (little,) = Packed("<h", (Stream("a", "data", "1", axes=("0",)),)).decode(b"\x01\x02").readings
    assert (big.values.tolist(), little.values.tolist()) == ([258.0], [513.0])


@given(st.binary(max_size=20))
def test_the_length_must_match_exactly(payload: bytes) -> None:
    if len(payload) == 7:
        acc, _ = CODEC.decode(payload).readings
        assert np.array_equal(acc.values[0], np.array(struct.unpack("<hhhB", payload))[[2, 0, 1]] * [-0.5, 0.5, -0.5])
    else:
        with pytest.raises(WireError, match=f"packed: {len(payload)} bytes instead of 7"):
            CODEC.decode(payload)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_is_refused(number: float) -> None:
    codec = Packed("<ff", (Stream("a", "data", "1", axes=("0",)),))
    with pytest.raises(WireError, match="packed: a number is not finite"):
        codec.decode(struct.pack("<ff", 1.0, number))


@pytest.mark.parametrize(
    ("layout", "numbers"), [("<hhh", 3), (">3h", 3), ("<hxB", 2), ("<q2d", 3), ("<x", 0), ("<0h", 0), (">e", 1)]
)
def test_layouts(layout: str, numbers: int) -> None:
    assert re.fullmatch(LAYOUT_PATTERN, layout)
    assert count_numbers(layout) == numbers


@pytest.mark.parametrize("layout", ["hhh", "@h", "=h", "!h", "<", "<s", "<3s", "<p", "<n", "<P", "<?", "<100h", "<h h"])
def test_layouts_that_are_none(layout: str) -> None:
    assert not re.fullmatch(LAYOUT_PATTERN, layout)
