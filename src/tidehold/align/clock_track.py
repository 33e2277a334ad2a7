"""One run of a device clock, from its start or reset to the next, mapped onto the session clock."""

from __future__ import annotations

from typing import Final

import numpy as np

from tidehold.align.envelope import Envelope
from tidehold.records import DeviceNs, HostNs, Times, Values
from tidehold.units import NS

SLEW_NS: Final = 5 * NS
"""The map reaches a line that has moved in this time,"""
MAX_SLEW: Final = 0.05
"""or at this rate if the way is long. Below 1, so that the map never runs backwards."""
KNOTS: Final = 64
"""Bends of the map that are remembered: at two per 5 s, more than two minutes of them."""


class ClockTrack:
    """The map of one segment: session time = device time + offset, the offset bent in knots.

    The envelope says where the map should be, from the frame that moved it on;
    what was mapped before stays. So the map is continuous, and the same device
    time gives the same session time however often and from whichever stream it
    is asked (within the last two minutes or so of knots).

    All arithmetic is relative to the first frame, in ints or in floats small
    enough to hold ns exactly: device times near 8e17 ns lose nothing, and a
    shift of the session clock shifts the results exactly.
    """

    __slots__ = ("_arrival", "_count", "_device", "_offsets", "_slopes", "_xs", "envelope", "lateness_ns", "newest")

    def __init__(self, device: DeviceNs, arrival: HostNs, envelope: Envelope) -> None:
        self._device: int = device
        self._arrival: int = arrival
        self.newest: int = device
        """The latest device time of this run."""
        self.envelope = envelope
        self.lateness_ns = 0.0
        """Mean height of arrivals above the line, over the last 256 frames or so."""
        self._count = 1
        self._xs: Times = np.zeros(1, np.int64)
        self._offsets: Values = np.zeros(1)
        self._slopes: Values = np.array([envelope.slope])
        envelope.add(0, 0)

    def shift(self, device: int, arrival: int) -> int:
        """How much later than the first frame this one arrived, by its device time, ns."""
        return arrival - self._arrival - (device - self._device)

    def lateness(self, device: int, arrival: int) -> float:
        """How much later than the line a frame arrived, ns; negative when earlier."""
        return self.shift(device, arrival) - self.envelope.at(device - self._device)

    def learn(self, device: int, arrival: int) -> None:
        """Take a frame in.

        One that is not newer than all before teaches nothing: what was sent
        earlier and arrives later than another frame cannot be the earlier by the line.
        """
        if device <= self.newest:
            return
        self.newest = device
        self._count = min(self._count + 1, 256)
        self.lateness_ns += (max(0.0, self.lateness(device, arrival)) - self.lateness_ns) / self._count
        x = device - self._device
        if self.envelope.add(x, self.shift(device, arrival)):
            self._bend(x)

    def pass_over(self, device: int) -> None:
        """Take note of a frame that arrived too late to teach anything."""
        self.newest = max(self.newest, device)

    def to_host(self, device: Times) -> Times:
        """Session times (n,) of device times (n,), ns."""
        x = device - self._device
        times: Times = x + self._arrival + np.rint(self._offset(x)).astype(np.int64)
        return times

    def error_ns(self) -> float:
        """What the envelope leaves open, and how far the map still is from it."""
        x = self.newest - self._device
        return self.envelope.error_ns + abs(float(self._offset(np.int64(x))) - self.envelope.at(x))

    def _offset(self, x: Times | np.int64) -> Values:
        """Offset of the map at x, ns."""
        knot = np.maximum(0, np.searchsorted(self._xs, x, side="right") - 1)
        offset: Values = self._offsets[knot] + (x - self._xs[knot]) * self._slopes[knot]
        return offset

    def _bend(self, x: int) -> None:
        """From x on, lead the map to the line, then along it."""
        offset = float(self._offset(np.int64(x)))
        over = max(SLEW_NS, round(abs(self.envelope.at(x) - offset) / MAX_SLEW))
        goal = self.envelope.at(x + over)
        keep = slice(-KNOTS, np.searchsorted(self._xs, x))
        self._xs = np.append(self._xs[keep], (x, x + over))
        self._offsets = np.append(self._offsets[keep], (offset, goal))
        self._slopes = np.append(self._slopes[keep], ((goal - offset) / over, self.envelope.slope))
