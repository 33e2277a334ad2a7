"""How fast a stream runs, from the spans between its samples."""

from __future__ import annotations

from collections import deque
from typing import Final

from tidehold.units import NS

KEEP_NS: Final = 30 * NS
"""The rate is that of this much of the past."""
ENOUGH_NS: Final = 2 * NS
"""The least span that a rate is told from."""
GRAIN_NS: Final = NS // 4
"""Spans are remembered in pieces no finer than this: memory does not grow with the rate."""
HOLES: Final = 4.0
"""A step longer than so many mean intervals is a hole, and no measure of the rate."""
SLOWEST_NS: Final = 2 * NS
"""The longest step that counts while no rate is known."""


class RateMeter:
    """Measures one stream's rate by the clock that its sample times are of; holes do not count."""

    __slots__ = ("_intervals", "_last", "_pieces", "_span_ns")

    def __init__(self) -> None:
        self._intervals = 0
        self._span_ns = 0
        self._pieces: deque[tuple[int, int]] = deque([(0, 0)])
        self._last: int | None = None

    @property
    def rate_hz(self) -> float | None:
        """Rate over the last 30 s or so, Hz; None before there are 2 s."""
        intervals, span_ns = self._recent()
        return intervals / span_ns * NS if span_ns >= ENOUGH_NS else None

    def add(self, n: int, first: int, last: int) -> None:
        """Count `n` samples from `first` to `last`, ns, evenly spread; those that come out of order are passed over."""
        before, self._last = self._last, last
        if before is not None and 0 < first - before <= self._longest_ns():
            self._count(1, first - before)
        if n > 1 and last > first:
            self._count(n - 1, last - first)

    def count(self, n: int, t: int) -> None:
        """Count `n` samples that came together at `t`, ns."""
        before, self._last = self._last, t
        if before is not None and 0 < t - before <= n * self._longest_ns():
            self._count(n, t - before)

    def _count(self, intervals: int, span_ns: int) -> None:
        self._intervals += intervals
        self._span_ns += span_ns
        if self._span_ns - self._pieces[-1][1] < GRAIN_NS:
            return
        self._pieces.append((self._intervals, self._span_ns))
        while self._span_ns - self._pieces[1][1] >= KEEP_NS:
            self._pieces.popleft()

    def _recent(self) -> tuple[int, int]:
        intervals, span_ns = self._pieces[0]
        return self._intervals - intervals, self._span_ns - span_ns

    def _longest_ns(self) -> float:
        intervals, span_ns = self._recent()
        return HOLES * span_ns / intervals if span_ns >= ENOUGH_NS else SLOWEST_NS
