"""One run of a device clock, from its start or reset to the next, mapped onto the session clock."""

from __future__ import annotations

from typing import Final

import numpy as np

from tidehold.align.envelope import Envelope
from tidehold.records import DeviceNs, HostNs, Times
from tidehold.units import NS

SLEW_NS: Final = 5 * NS
"""The map reaches a line that has moved in this time,"""
MAX_SLEW: Final = 0.05
"""or at this rate if the way is long. Below 1, so that the map never runs backwards."""
KNOTS: Final = 64
"""Bends of the map that are remembered: at two per 5 s, more than two minutes of them."""

Knot = tuple[int, float, float]
"""x: device time from the start, offset there, slope of the offset from there on; ns, ns, 1."""


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

    __slots__ = ("_arrival", "_count", "_device", "_knots", "envelope", "lateness_ns", "newest")

    def __init__(self, device: DeviceNs, arrival: HostNs, envelope: Envelope) -> None:
        self._device: int = device
        self._arrival: int = arrival
        self.newest: int = device
        """The latest device time learned from."""
        self.envelope = envelope
        self.lateness_ns = 0.0
        """Mean height of arrivals above the line, over the last 256 frames or so."""
        self._count = 1
        self._knots: list[Knot] = [(0, 0.0, envelope.slope)]
        envelope.add(0, 0)

    def shift(self, device: int, arrival: int) -> int:
        """How much later than the first frame this one arrived, by its device time, ns."""
        return arrival - self._arrival - (device - self._device)

    def lateness(self, device: int, arrival: int) -> float:
        """How much later than the line a frame arrived, ns; negative when earlier."""
        return self.shift(device, arrival) - self.envelope.at(device - self._device)

    def learn(self, device: int, arrival: int, lateness: float) -> None:
        """Take a frame in, `lateness` being that of the frame.

        One that is not newer than all before teaches nothing: what was sent
        earlier and arrives later than another frame cannot be the earlier by the line.
        """
        if device <= self.newest:
            return
        self.newest = device
        self._count = min(self._count + 1, 256)
        self.lateness_ns += (max(0.0, lateness) - self.lateness_ns) / self._count
        x = device - self._device
        if self.envelope.add(x, self.shift(device, arrival)):
            self._bend(x)

    def to_host(self, device: Times) -> Times:
        """Session times (n,) of increasing device times (n,), n > 0; ns."""
        at, offset, slope = knot = self._knot(int(device[-1]) - self._device)
        start = self._device + at
        if knot is not self._knots[0] and device[0] < start:
            cut = np.searchsorted(device, start)
            return np.concatenate((self.to_host(device[:cut]), self.to_host(device[cut:])))
        bent = np.rint(offset + (device - start) * slope).astype(np.int64)
        times: Times = device + (self._arrival - self._device) + bent
        return times

    def to_host_one(self, device: int) -> int:
        """Session time of one device time, ns: the figure of `to_host`, without the cost of an array."""
        return device + (self._arrival - self._device) + round(self._offset(device - self._device))

    def error_ns(self) -> float:
        """What the envelope leaves open, and how far the map still is from it."""
        x = self.newest - self._device
        return self.envelope.error_ns + abs(self._offset(x) - self.envelope.at(x))

    def _knot(self, x: int) -> Knot:
        """The knot that the map follows at x: the last one before it, or the first of all."""
        for knot in reversed(self._knots):
            if knot[0] <= x:
                return knot
        return self._knots[0]

    def _offset(self, x: int) -> float:
        """Offset of the map at x, ns."""
        at, offset, slope = self._knot(x)
        return offset + (x - at) * slope

    def _bend(self, x: int) -> None:
        """From x on, lead the map to the line, then along it."""
        offset = self._offset(x)
        over = max(SLEW_NS, round(abs(self.envelope.at(x) - offset) / MAX_SLEW))
        goal = self.envelope.at(x + over)
        while self._knots[-1][0] >= x:
            self._knots.pop()
        self._knots += (x, offset, (goal - offset) / over), (x + over, goal, self.envelope.slope)
        del self._knots[:-KNOTS]
