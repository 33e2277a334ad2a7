"""Small steps of a phone's clock, which lateness alone does not tell from a slow network.

A clock that is set back by some tenths of a second makes every later message
look late, for as long as the envelope remembers. So would a network that
became slow. But samples of a clock set back also overlap those before them,
which no network can do; and a phone that sends samples again makes them
overlap, but does not become late. Both together are a step.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from tidehold.align.clock_map import JUMP_NS, ClockMap
from tidehold.records import DeviceNs, HostNs
from tidehold.units import NS

OVERLAP_NS: Final = 60 * NS // 1000
"""The least overlap that is looked into: samples of two batches may lie in each other by less."""
SHARE: Final = 0.6
"""All messages after a step are late by its size: at least by this share of the overlap."""
AHEAD_NS: Final = NS // 4
"""A sample that is mapped so much later than it arrived shows that the map is wrong."""
WITNESSES: Final = 4
PERSIST_NS: Final = NS
"""So many messages, and for so long."""


class Order(NamedTuple):
    """How the device times of one stream follow each other in a message, as it was sent, ns."""

    stream: str
    first: int
    last: int
    back: int
    """By how much a sample is before the one before it, at most; 0 or less if none is."""


class ClockWatch:
    """Watches the messages of one phone for a step back by less than 2 s; restarts the clock's map after one.

    Also if the map puts two messages one after the other 0.25 s or more after
    their arrival: the first of all were late by that much, and to slew it away
    would take long. Longer steps are for `ClockMap` alone.
    """

    __slots__ = ("_ahead", "_best", "_clock", "_count", "_ends", "_overlap", "_since")

    def __init__(self, clock: ClockMap) -> None:
        self._clock = clock
        self._ends: dict[str, int] = {}
        self._ahead = False
        self._overlap = 0
        self._count = 0
        self._since = HostNs(0)
        self._best: tuple[float, DeviceNs, HostNs] = (0.0, DeviceNs(0), HostNs(0))

    def stepped(self, order: Iterable[Order] | None, newest: DeviceNs, arrival: HostNs) -> bool:
        """Look at a message that the clock has observed.

        Args:
            order: Of its streams; None for a message that was not the next in turn, which may overlap others.
            newest: Device time of its newest sample.
            arrival: When it came.

        Returns:
            True if the clock has been set back: its map begins anew.
        """
        if order is not None:
            overlap = max(map(self._overlap_of, order), default=0)
            if OVERLAP_NS < overlap < JUMP_NS and not self._overlap:
                self._overlap, self._since, self._count = overlap, arrival, 0
        before, self._ahead = self._ahead, self._clock.to_host(newest) - arrival >= AHEAD_NS
        if before and self._ahead:
            self._ahead = False
            self._clock.restart(newest, arrival)
            return True
        if not self._overlap:
            return False
        lateness = self._clock.lateness_ns(newest, arrival)
        if self._count == 0 or lateness < self._best[0]:
            self._best = (lateness, newest, arrival)
        self._count += 1
        if lateness < SHARE * self._overlap or self._clock.in_doubt:
            self._overlap = 0
            return False
        if self._count < WITNESSES or arrival - self._since < PERSIST_NS:
            return False
        self._overlap = 0
        self._clock.restart(*self._best[1:])
        return True

    def _overlap_of(self, order: Order) -> int:
        """By how much samples go back in time, in the message or behind the one before, ns."""
        end = self._ends.get(order.stream)
        self._ends[order.stream] = order.last
        return order.back if end is None else max(order.back, end - order.first)
