"""A shift of a stream's times that comes in gradually, so that time never steps back."""

from __future__ import annotations

from typing import Final

import numpy as np

from tidehold.records import Times
from tidehold.units import NS

MAX_SLEW: Final = 0.05
"""Distances between samples change by this share at most."""
LEAST_NS: Final = NS


class Moved:
    """Adds a shift to session times: none before it began, all of it some time later, in proportion between."""

    __slots__ = ("_before", "_span", "_start", "total_ns")

    def __init__(self) -> None:
        self.total_ns = 0
        """All shifts together, ns."""
        self._before = 0
        self._start = 0
        self._span = 0

    def move(self, by_ns: int, start: int) -> None:
        """Shift by so much more, from the time `start` on, ns; at least 1 s later it is complete."""
        self._before, self.total_ns = self.total_ns, self.total_ns + by_ns
        self._start, self._span = start, max(LEAST_NS, round(abs(by_ns) / MAX_SLEW))

    def apply(self, times: Times) -> Times:
        """The times (n,), not decreasing, shifted; the same time is always shifted alike until the next `move`."""
        if not self._span:
            return times
        if len(times) and times[0] >= self._start + self._span:
            return times + self.total_ns
        share = np.clip((times - self._start) / self._span, 0.0, 1.0)
        moved: Times = times + np.rint(self._before + share * (self.total_ns - self._before)).astype(np.int64)
        return moved
