"""Whether the breath is held: motion along the breathing axis that has all but ceased.

Natural lulls set the limit: how still the chest is in the stillest fifth of the
last minute. A held breath is stiller than that by half.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final

_STEP_S: Final = 0.1
_SMOOTH: Final = 8
"""Cells averaged: heartbeats (1 Hz and up) go on in a held breath."""
_WINDOW: Final = 25
"""Cells over which motion is judged (2.5 s)."""
_EVERY: Final = 5
_HISTORY: Final = 120
"""Looks, one in 0.5 s, of the last minute; `_LEAST_LOOKS` (35 s) before anything is told."""
_LEAST_LOOKS: Final = 70
_QUANTILE: Final = 0.2
_ON: Final = 0.53
"""Of that stillness: a breath is held when motion is less, and no longer when it is more than `_OFF`."""
_OFF: Final = 1.2
_DWELL: Final = 6
"""Cells for which motion must have been that small."""
_PACED_SHARE: Final = 0.6
"""Of the longest part of a breath that is asked for: so long must motion have ceased; a slow breath has long lulls."""
_LAG: Final = _WINDOW // _EVERY
"""Looks that may lie in the hold itself are not history yet."""
_SEEN_CELLS: Final = 600
"""Breathing must have been seen within the last minute: who was not seen to breathe cannot be seen not to."""
_BACK_DATE_S: Final = _WINDOW * _STEP_S + (_SMOOTH + _DWELL) * _STEP_S / 2
_GIVE_UP_S: Final = 180.0


class HeldBreath:
    """Follows velocity along the axis (10 Hz), one cell after another.

    Attributes:
        since_s: Time at which the breath was first held, None while breathing.
        known: Whether there is enough history to know.
        ratio: Motion now over that of the stillest fifth of the last minute.
    """

    def __init__(self) -> None:
        self.since_s: float | None = None
        self.ratio: float | None = None
        self._raw: deque[float] = deque(maxlen=_SMOOTH)
        self._squares: deque[float] = deque(maxlen=_WINDOW)
        self._looks: deque[float] = deque(maxlen=_HISTORY + _LAG)
        self._limit: float | None = None
        self._back = 0.0
        self._count = 0
        self._small = 0
        self._unseen = _SEEN_CELLS
        self._slower = 1.0
        self._dwell = _DWELL

    @property
    def known(self) -> bool:
        """Whether it can be told: enough history, and breathing was seen in the last minute."""
        return self.ratio is not None and (self.since_s is not None or self._unseen < _SEEN_CELLS)

    def hole(self) -> None:
        """Motion is missing: judge by what comes now; how still breathing was is still known."""
        self.since_s, self.ratio = None, None
        self._small = 0
        self._raw.clear()
        self._squares.clear()

    def expect(self, slower: float, longest_s: float) -> None:
        """Breathing of `slower` times the usual rate (at most 1) is asked for, whose longest part takes `longest_s`.

        The same breath in twice the time moves the chest half as fast.
        """
        self._slower = min(1.0, slower)
        self._dwell = max(_DWELL, round((_PACED_SHARE * longest_s - _WINDOW * _STEP_S) / _STEP_S))

    def add(self, at_s: float, velocity: float, *, seen: bool) -> None:
        """Take the next cell; `seen`: the breathing rate is known."""
        self._count += 1
        self._unseen = 0 if seen else self._unseen + 1
        self._raw.append(velocity)
        if len(self._raw) < _SMOOTH:
            return
        self._squares.append((sum(self._raw) / _SMOOTH) ** 2)
        if len(self._squares) < _WINDOW:
            return
        motion = math.sqrt(sum(self._squares) / _WINDOW)
        if self._count % _EVERY == 0:
            self._look(motion)
        if self._limit is None:
            return
        limit = self._limit * self._slower
        self.ratio = motion / (limit + 1e-12)
        if self.since_s is not None:
            if motion > self._back or at_s - self.since_s > _GIVE_UP_S:
                self.since_s, self._small = None, 0
            return
        self._small = self._small + 1 if self.ratio < _ON else 0
        if self._small > self._dwell and self._unseen < _SEEN_CELLS:
            self.since_s = at_s - _BACK_DATE_S - (self._dwell - _DWELL) * _STEP_S
            self._back = _OFF * limit

    def _look(self, motion: float) -> None:
        """One more for the history. Holds are history too: for a minute after one, only what is as still is another."""
        self._looks.append(motion)
        past = sorted(list(self._looks)[:-_LAG])
        if len(past) >= _LEAST_LOOKS:
            self._limit = past[int(_QUANTILE * (len(past) - 1))]
