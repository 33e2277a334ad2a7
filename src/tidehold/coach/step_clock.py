"""The clock of one step: exact, without pauses and waiting; and the breaths of a pattern that changes meanwhile."""

from __future__ import annotations

from typing import Final

from tidehold.records import HostNs, Pattern
from tidehold.units import NS

_DIGITS: Final = 3
"""Of a changing pattern's seconds: finer than anybody can follow, and short to write."""


class StepClock:
    """Goes from `start` for `length_ns`, while nothing stops it.

    Args:
        start: When the step began.
        length_ns: How long it is to last.
        waits_ns: For how long at most it waits for its hold; 0: its time begins at once.
    """

    def __init__(self, start: HostNs, length_ns: int, waits_ns: int = 0) -> None:
        self.start = start
        self.length_ns = length_ns
        self.begun: HostNs | None = None if waits_ns else start
        """When its time began to count; None while it waits."""
        self._waits_ns = waits_ns
        self._stopped_ns = 0  # in all, since `begun`, or while it waits since `start`
        self._stopped: HostNs | None = None  # since when

    @property
    def is_stopped(self) -> bool:
        """Whether a pause or a question stops it now."""
        return self._stopped is not None

    @property
    def due(self) -> HostNs | None:
        """When its time, or the waiting, will be over; None while it is stopped."""
        if self._stopped is not None:
            return None
        since, length_ns = (self.start, self._waits_ns) if self.begun is None else (self.begun, self.length_ns)
        return HostNs(since + length_ns + self._stopped_ns)

    def begin(self, t: HostNs) -> None:
        """The waiting is over: its time counts from `t` on."""
        self.begun, self._stopped_ns = t, 0

    def stop(self, t: HostNs) -> None:
        """From `t` on no time passes."""
        self._stopped = t

    def go_on(self, t: HostNs) -> None:
        """From `t` on time passes again."""
        if self._stopped is not None:
            self._stopped_ns += t - self._stopped
            self._stopped = None

    def extend(self, by_ns: int) -> None:
        """Let it last longer."""
        self.length_ns += by_ns

    def into_ns(self, t: HostNs) -> int:
        """How much of its time has passed at `t`."""
        if self.begun is None:
            return 0
        until = t if self._stopped is None else self._stopped
        return min(max(0, until - self.begun - self._stopped_ns), self.length_ns)


class Breaths:
    """A pattern that changes breath by breath in a straight line from `first` to `last`, over `length_ns` of a step."""

    def __init__(self, first: Pattern, last: Pattern, length_ns: int) -> None:
        self._first = first
        self._last = last
        self._length_ns = length_ns
        self.into_ns = 0
        """Where in the step the breath that goes on began."""
        self.pattern = first

    @property
    def is_ramp(self) -> bool:
        """Whether it changes at all."""
        return self._first != self._last

    def restart(self, into_ns: int) -> None:
        """A new breath begins here."""
        self.into_ns, self.pattern = into_ns, self._at(into_ns)

    def advance(self, into_ns: int) -> None:
        """Come to the breath that goes on at `into_ns`; what does not change goes on by itself."""
        while self.is_ramp and into_ns >= self.into_ns + round(self.pattern.length_s * NS):
            self.restart(self.into_ns + round(self.pattern.length_s * NS))

    def _at(self, into_ns: int) -> Pattern:
        share = min(1.0, into_ns / self._length_ns)
        one, other = self._first, self._last
        return Pattern(
            round(one.inhale_s + share * (other.inhale_s - one.inhale_s), _DIGITS),
            round(one.full_s + share * (other.full_s - one.full_s), _DIGITS),
            round(one.exhale_s + share * (other.exhale_s - one.exhale_s), _DIGITS),
            round(one.empty_s + share * (other.empty_s - one.empty_s), _DIGITS),
        )
