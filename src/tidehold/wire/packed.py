"""Numbers at fixed places: the payloads of devices that need no grammar, only a layout."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

import numpy as np

from tidehold.errors import WireError
from tidehold.wire.profile import Stream
from tidehold.wire.reading import Decoded, Reading, axis_of, factors_of, scaled

LAYOUT_PATTERN: Final = r"^[<>](\d{0,2}[bBhHiIlLqQefdx])+$"
"""What `struct` reads alike on every machine: an order of bytes, and numbers of fixed size."""


class Packed:
    """The codec `packed` for the streams of one channel."""

    def __init__(self, layout: str, streams: Sequence[Stream]) -> None:
        self._layout = struct.Struct(layout)
        self._streams = [
            (stream, [int(axis_of(axis)[0]) for axis in stream.axes], factors_of(stream)) for stream in streams
        ]

    def decode(self, payload: bytes) -> Decoded:
        """One sample of each stream.

        Raises:
            WireError: Not as long as the layout, or a number is not finite.
        """
        if len(payload) != self._layout.size:
            raise WireError(f"packed: {len(payload)} bytes instead of {self._layout.size}")
        numbers = np.array(self._layout.unpack(payload), np.float64)
        if not np.isfinite(numbers).all():
            raise WireError("packed: a number is not finite")
        readings = []
        for stream, places, factors in self._streams:
            row = scaled(numbers[places], factors)
            readings.append(Reading(stream.id, row.reshape(1, -1) if stream.columns else row))
        return Decoded(tuple(readings))


def count_numbers(layout: str) -> int:
    """How many numbers a layout has."""
    shape = struct.Struct(layout)
    return len(shape.unpack(bytes(shape.size)))
