"""Artefacts in RR intervals found as they arrive: missed, extra and ectopic beats.

After Lipponen & Tarvainen, "A robust algorithm for heart rate variability time
series artefact correction using novel beat classification", J Med Eng Technol
2019;43:173. A beat is suspect when its interval differs from the last accepted
one by more than 5.2 quartile deviations of the recent changes; the beats around
it then say what it is. Streaming: an ordinary beat passes at once, a suspect one
waits for the single beat after it. A change that the next beat confirms is
physiology, however large (560 to 1180 ms within a breath at 6/min); only a
spike is taken out. A premature beat may lie within the usual changes of someone
with large RSA, but with its pause it bends the series as breathing does not:
from two quartile deviations on a beat waits, and a spike against the usual
second differences is looked at as well.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from enum import StrEnum
from math import isfinite
from typing import Final, NamedTuple

from tidehold.records import HostNs
from tidehold.units import NS

_ALPHA: Final = 5.2
_HISTORY: Final = 91
"""Changes that set the limit; with `_ALPHA` from Lipponen & Tarvainen 2019, 2.2."""
_WARM_UP: Final = 10
_FIRST_LIMIT_S: Final = 0.250
"""Limit until `_WARM_UP` changes have been seen."""
_LEAST_LIMIT_S: Final = 0.070
_MOST_LIMIT: Final = 0.45
"""Of the last interval: half an interval is suspect whatever the history says."""
_WARY: Final = 2.0
"""Quartile deviations of change from which on a beat waits for the next, though it may be as usual."""
_SPIKE: Final = 4.0
"""Quartile deviations of the second differences beyond which a usual change may be an artefact."""
_LEAST_SPIKE_S: Final = 2 * _LEAST_LIMIT_S
_CREDIBLE_STEP: Final = 1.85
"""Ratio of neighbours beyond which a second one like it is no confirmation."""
_NEAR: Final = 0.2
"""Of the level: how well the intervals of a missed, extra or ectopic beat must add up."""
_LEAST_PAUSE: Final = 1 / 3
"""Of what a beat came too early, that the pause after it makes up for."""
_MOST_BEATS: Final = 4
"""The longest interval that is still understood, in beats."""
_RELOCK: Final = 4
"""Intervals in a row not taken as they came, and alike within `_RELOCK_SPREAD`: a new level."""
_RELOCK_SPREAD: Final = 0.3
_PLAUSIBLE_S: Final = (0.25, 2.5)


class Flag(StrEnum):
    """What became of an interval."""

    CLEAN = "clean"
    """As it was measured."""
    MISSED = "missed"
    """A long interval that holds beats the strap did not see."""
    EXTRA = "extra"
    """Two short intervals joined: the beat between them was none."""
    ECTOPIC = "ectopic"
    """A premature (or late) beat and the pause that makes up for it, joined."""
    STRAY = "stray"
    """Fits nothing around it, and nothing can be put in its place."""


class Beat(NamedTuple):
    """Beats after cleaning: `beats` intervals of `rr_s` each, the last one ending at `t`.

    `follows`: this interval and the one before it are both clean and no beat is
    missing between them, so that their difference is a measured one.
    """

    t: HostNs
    rr_s: float
    beats: int
    flag: Flag
    follows: bool

    def middle_s(self, origin: HostNs) -> float:
        """Where it lies, s after `origin`: joined beats count as their mean, in their middle."""
        return (self.t - origin) / NS - (self.beats - 1) / 2 * self.rr_s


class _Changes:
    """Quartile deviation of the last `_HISTORY` changes.

    Changes are signed, and those of refused beats are among them: absolute ones
    are twice too tight, and a history of accepted ones could never widen.
    """

    def __init__(self) -> None:
        self._order: deque[float] = deque()
        self._sorted: list[float] = []

    def __len__(self) -> int:
        return len(self._order)

    def add(self, value: float) -> None:
        if len(self._order) == _HISTORY:
            del self._sorted[bisect_left(self._sorted, self._order.popleft())]
        self._order.append(value)
        insort(self._sorted, value)

    def deviation(self) -> float:
        return (self._quantile(0.75) - self._quantile(0.25)) / 2

    def _quantile(self, share: float) -> float:
        place = (len(self._sorted) - 1) * share
        low = int(place)
        high = min(low + 1, len(self._sorted) - 1)
        return self._sorted[low] + (place - low) * (self._sorted[high] - self._sorted[low])


class RrCleaner:
    """Takes RR intervals one by one and says which of them to believe.

    Every interval that goes in comes out, at most one beat later: as itself,
    or joined with its neighbour. About 5 us per beat.
    """

    def __init__(self) -> None:
        self._changes = _Changes()
        self._bends = _Changes()
        self.reset()

    def reset(self) -> None:
        """Break the series: the next beat follows none, one still in doubt is let go.

        What changes are usual for the person is kept.
        """
        self._raw: float | None = None
        self._change: float | None = None
        self._last: float | None = None
        self._suspect: tuple[HostNs, float] | None = None
        self._refused: list[float] = []
        self._follows = False

    def push(self, t: HostNs, rr_s: float) -> list[Beat]:
        """Take the next beat: `t` its time, `rr_s` the interval it ends.

        Returns:
            What is now settled, oldest first. An interval that is no number breaks the series.
        """
        if not isfinite(rr_s):
            self.reset()
            return [Beat(t, 0.0, 1, Flag.STRAY, follows=False)]
        self._remember(rr_s)
        if self._suspect is None:
            return self._consider(t, rr_s)
        suspect, self._suspect = self._suspect, None
        return self._settle(*suspect, t, rr_s)

    def _consider(self, t: HostNs, rr_s: float) -> list[Beat]:
        """A beat with nothing in doubt before it."""
        if self._last is None:
            return [self._accept(t, rr_s) if _plausible(rr_s) else Beat(t, rr_s, 1, Flag.STRAY, follows=False)]
        if _plausible(rr_s) and abs(rr_s - self._last) <= self._limit(self._last, _WARY):
            return [self._accept(t, rr_s)]
        self._suspect = (t, rr_s)
        return []

    def _settle(self, t: HostNs, rr_s: float, next_t: HostNs, next_rr_s: float) -> list[Beat]:
        """A suspect beat, now that the next one is known."""
        assert self._last is not None  # noqa: S101  # nothing is suspect without a level
        last, limit = self._last, self._limit(self._last, _ALPHA)
        near = min(limit, _NEAR * last)
        match self._kind(last, rr_s, next_rr_s):
            case Flag.CLEAN:
                return [self._accept(t, rr_s), *self._consider(next_t, next_rr_s)]
            case Flag.EXTRA:
                self._refuse(rr_s, next_rr_s)
                return [Beat(next_t, rr_s + next_rr_s, 1, Flag.EXTRA, follows=False)]
            case Flag.ECTOPIC:
                self._refuse(rr_s, next_rr_s)
                return [Beat(next_t, (rr_s + next_rr_s) / 2, 2, Flag.ECTOPIC, follows=False)]
        self._refuse(rr_s)
        level = (last + next_rr_s) / 2 if abs(next_rr_s - last) <= limit else last
        count = round(rr_s / level)
        beat = Beat(t, rr_s, 1, Flag.STRAY, follows=False)
        if 2 <= count <= _MOST_BEATS and abs(rr_s / count - level) <= near:
            beat = Beat(t, rr_s / count, count, Flag.MISSED, follows=False)
        return [beat, *self._consider(next_t, next_rr_s)]

    def _kind(self, last: float, rr_s: float, next_rr_s: float) -> Flag:
        """What an interval between two others is; `STRAY` stands for a missed beat, too."""
        limit = self._limit(last, _ALPHA)
        near = min(limit, _NEAR * last)
        both = rr_s + next_rr_s
        usual = _plausible(rr_s) and abs(rr_s - last) <= limit
        if usual and abs(last - 2 * rr_s + next_rr_s) <= self._spike():
            return Flag.CLEAN
        if max(rr_s, next_rr_s) < last and abs(both - last) <= near:
            return Flag.EXTRA
        if not usual and _confirms(last, rr_s, next_rr_s, limit):
            return Flag.CLEAN
        if (next_rr_s - last) / (last - rr_s) >= _LEAST_PAUSE and abs(both / 2 - last) <= near:
            return Flag.ECTOPIC
        return Flag.CLEAN if usual else Flag.STRAY

    def _remember(self, rr_s: float) -> None:
        """Learn what first and second differences are usual."""
        if self._raw is not None:
            change = rr_s - self._raw
            self._changes.add(change)
            if self._change is not None:
                self._bends.add(change - self._change)
            self._change = change
        self._raw = rr_s

    def _limit(self, last: float, alpha: float) -> float:
        if len(self._changes) < _WARM_UP:
            limit = _FIRST_LIMIT_S
        else:
            limit = max(_LEAST_LIMIT_S, alpha * self._changes.deviation())
        return min(limit, _MOST_LIMIT * last)

    def _spike(self) -> float:
        if len(self._bends) < _WARM_UP:
            return 2 * _FIRST_LIMIT_S
        return max(_LEAST_SPIKE_S, _SPIKE * self._bends.deviation())

    def _accept(self, t: HostNs, rr_s: float) -> Beat:
        follows, self._follows = self._follows, True
        self._last = rr_s
        self._refused.clear()
        return Beat(t, rr_s, 1, Flag.CLEAN, follows)

    def _refuse(self, *raw: float) -> None:
        """Remember intervals that were not taken as they came; enough alike are the new level."""
        self._follows = False
        self._refused = [*self._refused, *raw][-_RELOCK:]
        spread = max(self._refused) - min(self._refused)
        alike = len(self._refused) == _RELOCK and spread <= _RELOCK_SPREAD * max(self._refused)
        if alike and _plausible(self._refused[-1]):
            self._last = self._refused[-1]
            self._refused.clear()


def _plausible(rr_s: float) -> bool:
    return _PLAUSIBLE_S[0] <= rr_s <= _PLAUSIBLE_S[1]


def _confirms(last: float, rr_s: float, next_rr_s: float, limit: float) -> bool:
    """Whether the next interval shows that a step was physiology: it stays on that side."""
    step, next_step = rr_s - last, next_rr_s - last
    stays = abs(next_rr_s - rr_s) <= limit or 2 * next_step * step >= step**2
    credible = last / _CREDIBLE_STEP <= rr_s <= last * _CREDIBLE_STEP
    return stays and credible and _plausible(rr_s) and _plausible(next_rr_s)
