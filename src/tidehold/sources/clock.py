"""Session time: the one clock that every input is stamped with."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from tidehold.records import HostNs, UnixNs

_CLOCK: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux's CLOCK_MONOTONIC stands still in suspend and CLOCK_BOOTTIME does not; macOS has no BOOTTIME and needs none."""


def boot_ns() -> int:
    """Nanoseconds since the machine was started, counted through suspend."""
    return time.clock_gettime_ns(_CLOCK)


class SessionClock:
    """Nanoseconds since the session began, counted through suspend, never set back.

    `started` is the wall clock at zero, read once: the session never looks at it again,
    so that a wall clock that is set in mid-session moves nothing.

    Args:
        steady_ns: A clock that only ever goes forward, ns from any origin.
        wall_ns: Wall clock, ns since 1970-01-01Z.
    """

    def __init__(self, steady_ns: Callable[[], int] = boot_ns, wall_ns: Callable[[], int] = time.time_ns) -> None:
        self._steady_ns = steady_ns
        self._zero = steady_ns()
        self.started: Final = UnixNs(wall_ns())

    def now(self) -> HostNs:
        """Session time, ns."""
        return HostNs(self._steady_ns() - self._zero)
