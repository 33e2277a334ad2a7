"""Session time on the hearer's clock: a tone is to sound at its moment, not when the news of it happens to come."""

from __future__ import annotations

from collections import deque
from typing import Final

LAGS: Final = 40
"""Statuses that are looked back on: 10 s of a live session."""
JUMP_S: Final = 1.0
"""A status that is so far off is a seek, or a suspended machine, not a late one."""
ENOUGH: Final = 3
"""Statuses after which the moment is known: the first one may have waited for its hearer."""


class Moments:
    """Session time as a function of the hearer's clock, both running at the same rate. All in s.

    Statuses come late, and never early: the earliest of the last ones is the nearest to the truth.
    """

    def __init__(self) -> None:
        self._offsets: deque[float] = deque(maxlen=LAGS)
        self._offset_s = 0.0
        self._newest_s: float | None = None

    @property
    def is_sure(self) -> bool:
        """Whether there were enough statuses."""
        return len(self._offsets) >= ENOUGH

    def forget(self) -> None:
        """Begin anew."""
        self._offsets.clear()
        self._newest_s = None

    def hear(self, t_s: float, now_s: float) -> bool:
        """A status of session time `t_s` came at `now_s`; False if it cannot be on the same run of time."""
        if t_s == self._newest_s:
            return True  # told again: says nothing new about when it was
        offset_s = t_s - now_s
        follows = self._newest_s is None or (t_s > self._newest_s and abs(offset_s - self._offset_s) <= JUMP_S)
        if not follows:
            self._offsets.clear()
        self._offsets.append(offset_s)
        self._offset_s, self._newest_s = max(self._offsets), t_s
        return follows

    def session_s(self, now_s: float) -> float:
        """Session time at `now_s`."""
        return now_s + self._offset_s

    def hearer_s(self, t_s: float) -> float:
        """When session time `t_s` is."""
        return t_s - self._offset_s
