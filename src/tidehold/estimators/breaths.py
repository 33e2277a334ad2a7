"""Single breaths from motion along the breathing axis: where it turns."""

from __future__ import annotations

import math
from collections import deque
from typing import Final, NamedTuple

_STEP_S: Final = 0.1
_LEAK: Final = math.exp(-_STEP_S / 8.0)
"""Position is velocity summed up, forgetting over 8 s: sway is slower than a breath. It shows that there was a turn,
but turns early by what it forgets (0.3 to 0.5 s at 6 breaths/min): when the turn was, the mere sum says."""
_HYSTERESIS: Final = 0.3
"""Of the median swing: by which a turn must be passed to be one. Confirms a turn 0.5 to 0.8 s after it."""
_SWINGS: Final = 9
_LEAST_S: Final = 0.5
"""Of a swing: a shorter one is a heartbeat."""


class Turn(NamedTuple):
    """A turning point: when, and whether an inhalation starts there (else an exhalation)."""

    at_s: float
    inhale: bool


class Turns:
    """Finds turning points in velocity (10 Hz), one cell after another.

    Times are those of the cells; a turn is known when the motion has come back
    from it by 0.3 of the median of the last nine swings.
    """

    def __init__(self) -> None:
        self._position = self._sum = 0.0
        self._rising = True
        self._top = (0.0, 0.0)  # time and sum, the furthest since the last turn
        self._extreme = (0.0, 0.0)  # time, position
        self._from = (0.0, 0.0)
        self._swings: deque[float] = deque(maxlen=_SWINGS)
        self._square = 0.0
        self._cells = 0

    def add(self, at_s: float, velocity: float) -> Turn | None:
        """The turn that this cell confirms, if any; `velocity` is positive inward."""
        self._position = self._position * _LEAK + velocity * _STEP_S
        self._sum += velocity * _STEP_S
        self._cells += 1
        # Until there are swings to go by, that of a sinusoid as large as the position has been.
        self._square += (self._position**2 - self._square) / min(self._cells, 200)
        if self._cells == 1:
            self._extreme = self._from = (at_s, self._position)
            self._top = (at_s, self._sum)
        if self._sum > self._top[1] if self._rising else self._sum < self._top[1]:
            self._top = (at_s, self._sum)
        further = self._position > self._extreme[1] if self._rising else self._position < self._extreme[1]
        if further:
            self._extreme = (at_s, self._position)
            return None
        if abs(self._position - self._extreme[1]) <= _HYSTERESIS * self._swing():
            return None
        turn, before, (turned_s, _) = self._extreme, self._from, self._top
        if self._cells > 1 and turn[0] - before[0] >= _LEAST_S:
            self._swings.append(abs(turn[1] - before[1]))
        self._rising = not self._rising
        self._from, self._extreme, self._top = turn, (at_s, self._position), (at_s, self._sum)
        return Turn(turned_s, inhale=self._rising)

    def _swing(self) -> float:
        if len(self._swings) < 3:
            return 2.0 * math.sqrt(2 * self._square)
        ordered = sorted(self._swings)
        return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
