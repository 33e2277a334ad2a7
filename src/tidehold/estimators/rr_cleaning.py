"""Artefacts in RR intervals found as they arrive: missed, extra, ectopic beats.

After Lipponen & Tarvainen, "A robust algorithm for heart rate variability time
series artefact correction using novel beat classification", J Med Eng Technol
2019;43:173: a beat is suspect when its change from the beat before exceeds 5.2
quartile deviations of the recent changes, and the shape of the beats around it
says what it is. Streaming: an ordinary beat passes at once, a suspect one waits
for the single beat after it. So a large swing of RR that goes on (560 to
1180 ms at 6 breaths/min) is kept as physiology; only a spike is taken out.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from enum import StrEnum
from itertools import islice
from typing import Final, NamedTuple

from tidehold.records import HostNs
from tidehold.units import NS

_HISTORY: Final = 91
"""Beats whose changes set the threshold (Lipponen & Tarvainen 2019, 2.2)."""
_WARM_UP: Final = 10
_ALPHA: Final = 5.2
_FLOOR_S: Final = 0.070
_FIRST_S: Final = 0.250
"""Threshold until `_WARM_UP` changes have been seen."""
_LEVEL: Final = 11
"""Accepted beats whose median is the present level."""
_PLAUSIBLE_S: Final = (0.25, 2.5)
_IMPLAUSIBLE_STEP: Final = 1.6
"""A ratio between neighbours beyond which one more like it is no proof."""
_RELOCK: Final = 4
"""Refused beats in a row that agree with each other: a new level."""


class Flag(StrEnum):
    """What became of a beat."""

    CLEAN = "clean"
    MISSED = "missed"
    """Stands for a beat the strap did not see: an equal share of a long interval."""
    EXTRA = "extra"
    """Two short intervals joined: the beat between them was none."""
    ECTOPIC = "ectopic"
    """Premature or late; the interval is as it came and no measure of rhythm."""
    STRAY = "stray"
    """Fits nothing; the interval is as it came."""


class Beat(NamedTuple):
    """One beat after cleaning, `rr_s` the interval that it ends.

    `follows`: this and the interval before it are both as measured, and no
    beat is missing between them, so that their difference means something.
    """

    t: HostNs
    rr_s: float
    flag: Flag
    follows: bool


class _Quartiles:
    """Half the distance between the quartiles of the last values, kept sorted."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._order: deque[float] = deque()
        self._sorted: list[float] = []

    def add(self, value: float) -> None:
        if len(self._order) == self._size:
            del self._sorted[bisect_left(self._sorted, self._order.popleft())]
        self._order.append(value)
        insort(self._sorted, value)

    def __len__(self) -> int:
        return len(self._order)

    def deviation(self) -> float:
        return (self._quantile(0.75) - self._quantile(0.25)) / 2

    def _quantile(self, share: float) -> float:
        place = (len(self._sorted) - 1) * share
        low = int(place)
        high = min(low + 1, len(self._sorted) - 1)
        return self._sorted[low] + (place - low) * (self._sorted[high] - self._sorted[low])


class RrCleaner:
    """Takes RR intervals one by one and says which of them to believe.

    About 10 us per beat. Every interval that goes in comes out, at most one
    beat later: as itself, as a share of a split one, or joined with the next.
    """

    def __init__(self) -> None:
        self._changes = _Quartiles(_HISTORY)
        # Signed changes of every raw beat: a history of accepted ones could never widen.
        self.reset()

    def reset(self) -> None:
        """Break the series: the next beat follows none. What is usual for the person is kept."""
        self._level: deque[float] = deque(maxlen=_LEVEL)
        self._suspect: tuple[HostNs, float] | None = None
        self._refused: list[float] = []
        self._joined = False

    def push(self, t: HostNs, rr_s: float) -> list[Beat]:
        """Take the next beat; the beats about which all is now known, oldest first."""
        if not _PLAUSIBLE_S[0] <= rr_s <= _PLAUSIBLE_S[1] and not self._is_whole_multiple(rr_s):
            return [*self._give_up_suspect(), self._refuse(t, rr_s)]
        if not self._level:
            return [self._accept(t, rr_s)]
        last = self._level[-1]
        self._changes.add(rr_s - last)
        limit = self._limit()
        if self._suspect is None:
            if abs(rr_s - last) <= limit:
                return [self._accept(t, rr_s)]
            self._suspect = (t, rr_s)
            return []
        return self._judge(self._suspect, (t, rr_s), limit)
