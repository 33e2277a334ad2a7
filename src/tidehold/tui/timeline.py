"""Session time between statuses: they come four times a second, a picture moves more often."""

from __future__ import annotations

import math
from collections import deque
from typing import Final

from tidehold.records import HostNs
from tidehold.units import NS

AHEAD_S: Final = 1.0
"""Without news, session time goes on for so long at most."""
JUMP_S: Final = 1.0
"""A status that is so far off is a seek, not jitter."""
FOLLOW: Final = 0.1
"""Share of a status's jitter that is taken in."""
LEAST_DELAY_S: Final = 0.5
MOST_DELAY_S: Final = 2.0
DELAY_STEP_S: Final = 0.25
LAGS: Final = 40
"""Lags remembered: 10 s of statuses."""


class Timeline:
    """Session time as a function of the viewer's clock. All in s."""

    def __init__(self) -> None:
        self._offset_s = 0.0
        self._speed = 0.0
        self._newest_s: float | None = None

    def hear(self, t: HostNs, speed: float, now_s: float) -> None:
        """A status of session time `t` came at `now_s` of the viewer's clock."""
        t_s, speed = t / NS, speed if math.isfinite(speed) else 1.0
        off_s = t_s - speed * now_s - self._offset_s
        if self._newest_s is None or speed != self._speed or abs(off_s) > JUMP_S * max(speed, 1.0):
            self._offset_s += off_s
        else:
            self._offset_s += FOLLOW * off_s
        self._speed, self._newest_s = speed, t_s

    def at(self, now_s: float) -> float:
        """Session time at `now_s`; 0 before the first status."""
        if self._newest_s is None:
            return 0.0
        return min(self._offset_s + self._speed * now_s, self._newest_s + AHEAD_S * self._speed)


class Delay:
    """How far behind the session a trace is drawn, so that what is new comes in at the edge and never pops up, s."""

    def __init__(self) -> None:
        self._lags: deque[float] = deque(maxlen=LAGS)
        self.seconds = LEAST_DELAY_S

    def hear(self, lag_s: float) -> None:
        """The newest sample was `lag_s` old when the next one came."""
        if not 0 <= lag_s <= MOST_DELAY_S:
            return  # a stream that stopped does not hold the picture back
        self._lags.append(lag_s)
        wanted = math.ceil(max(self._lags) / DELAY_STEP_S) * DELAY_STEP_S
        self.seconds = min(max(wanted, LEAST_DELAY_S), MOST_DELAY_S)
