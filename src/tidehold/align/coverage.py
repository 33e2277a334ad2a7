"""RR coverage: how much of each minute the RR intervals account for.

Intervals lie end to end, so their sum should be the time that has passed. Less
means that beats are missing (a recording with 14 % missing in blocks looked
fine to a check without a floor), more that beats are delivered more than once
(1.78 to 2.77 have been seen); field-problems 3.2.
"""

from __future__ import annotations

from typing import Final

import msgspec

from tidehold.records import HostNs, Times, Values
from tidehold.units import NS

FLOOR: Final = 0.95
"""Least sound coverage (wire-formats 4.3)."""
CEILING: Final = 1.02
"""Largest sound coverage (wire-formats 4.3)."""
MINUTE_NS: Final = 60 * NS
SETTLE_NS: Final = 6 * NS
"""How long after its end a minute waits for its last beats."""
ENOUGH_NS: Final = 30 * NS
"""Of the minute with the first beat, the part after it is judged, if it is at least this long."""


class Coverage(msgspec.Struct, frozen=True):
    """One minute of session time, from `start`.

    `value`: sum of RR / wall clock, None if too little of the minute was seen;
    `why` says what is wrong, "" if nothing is.
    """

    start: HostNs
    value: float | None
    why: str


class RrCoverage:
    """Sums RR intervals by the minutes of session time that they lie in.

    Counting begins with the first interval. From then on every minute is
    judged, also one without any beat: that one is 0.
    """

    __slots__ = ("_first", "_minute", "_sums", "last")

    def __init__(self) -> None:
        self.last: Coverage | None = None
        """The newest completed minute."""
        self._first: int | None = None
        self._minute = 0
        self._sums: dict[int, int] = {}

    def add(self, times: Times, rr_s: Values) -> None:
        """Count the beats at `times` (n,) ns that end the RR intervals `rr_s` (n,) s.

        What lies in a minute that is completed already is not counted.
        """
        for end, rr in zip(times.tolist(), rr_s.tolist(), strict=True):
            start = end - round(rr * NS)
            if self._first is None:
                self._first = max(0, start)
                self._minute = self._first // MINUTE_NS
            for minute in range(max(self._minute, start // MINUTE_NS), (end - 1) // MINUTE_NS + 1):
                inside = min(end, (minute + 1) * MINUTE_NS) - max(start, minute * MINUTE_NS)
                self._sums[minute] = self._sums.get(minute, 0) + inside

    def completed(self, now: HostNs) -> tuple[Coverage, ...]:
        """Minutes completed since the last call, oldest first: call once a second, or later.

        A minute is completed 6 s after its end, when its last beats have come.
        """
        done: list[Coverage] = []
        while self._first is not None and (self._minute + 1) * MINUTE_NS + SETTLE_NS <= now:
            done.append(self._judge(self._minute, self._first))
            self._minute += 1
        if done:
            self.last = done[-1]
        return tuple(done)

    def _judge(self, minute: int, first: int) -> Coverage:
        start = HostNs(minute * MINUTE_NS)
        seen = start + MINUTE_NS - max(start, first)
        total = self._sums.pop(minute, 0)
        if seen < ENOUGH_NS:
            return Coverage(start, None, f"RR intervals were seen for {seen / NS:.0f} s of the minute only")
        value = total / seen
        if value < FLOOR:
            return Coverage(start, value, f"RR cover {value:.2f} of the minute: beats are missing")
        if value > CEILING:
            return Coverage(start, value, f"RR cover {value:.2f} of the minute: beats are delivered more than once")
        return Coverage(start, value, "")
