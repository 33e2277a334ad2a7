"""How fast somebody may go."""

from __future__ import annotations

from collections.abc import Callable


class Pace:
    """A bucket that fills at `per_s` up to `burst`; what is taken beyond must be waited for.

    Args:
        per_s: Units per second, in the long run.
        burst: Units at once.
        now_s: A steady clock, s.
    """

    def __init__(self, per_s: float, burst: float, now_s: Callable[[], float]) -> None:
        self._per_s = per_s
        self._burst = burst
        self._now_s = now_s
        self._left = burst
        self._at_s = now_s()

    def take(self, units: float = 1.0) -> float:
        """Take units; how long to wait before using them, s."""
        now_s = self._now_s()
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._per_s) - units
        self._at_s = now_s
        return max(0.0, -self._left / self._per_s)

    def give_back(self, units: float = 1.0) -> None:
        """Units were taken and are not used after all."""
        self._left += units
