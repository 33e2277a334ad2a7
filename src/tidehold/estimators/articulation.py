"""How slowly a movement was made: rolling up segment by segment, or letting a stretch go. Angular speed, and stops.

The speed is that of the sensor's inclination over 0.4 s, in whatever direction, so that it needs neither a plane nor a
gyroscope, and a tremor does not count.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from tidehold.estimators.hold_detector import angle_deg
from tidehold.estimators.imu_grid import CELL_NS
from tidehold.estimators.movement_plane import Direction
from tidehold.estimators.posture import Moment
from tidehold.records import HostNs
from tidehold.units import NS

SLOW_DEG_S: Final = 10.0
"""Limit unless a routine sets one: upright from a forward bend of 90 degrees takes 9 s at least, without a stop."""
_STOPPED_DEG_S: Final = 2.0
"""As slow as the sway of people who keep still."""
_STOP_CELLS: Final = 10
"""A shorter stop is a hesitation."""
_SPEED_CELLS: Final = 4
_CELL_S: Final = CELL_NS / NS


class Articulated(NamedTuple):
    """How slowly it went so far; None before anything has moved.

    `over_share`: of the time in which it moved, what was faster than the limit. `pauses`: stops of a second and more
    between two movements; `paused_s`: how long they were, together.
    """

    peak_deg_s: float | None
    over_share: float | None
    over_s: float
    moving_s: float
    pauses: int
    paused_s: float
    quality: float
    """Share of the time that was heard."""
    why: str


class Articulation:
    """Watches one slow movement; a new one for each.

    Args:
        limit_deg_s: Faster than this is too fast.
    """

    def __init__(self, limit_deg_s: float = SLOW_DEG_S) -> None:
        self.limit_deg_s = limit_deg_s
        self.speed_deg_s: float | None = None
        """Now; None until 0.4 s have been heard without a break."""
        self._recent: deque[tuple[HostNs, Direction]] = deque(maxlen=_SPEED_CELLS + 1)
        self._first: HostNs | None = None
        self._end = HostNs(0)
        self._heard = 0.0
        self._peak = 0.0
        self._moving = self._over = self._stopped = self._pauses = self._paused = 0  # cells

    @property
    def too_fast(self) -> bool:
        """Whether it goes faster than the limit now."""
        return self.speed_deg_s is not None and self.speed_deg_s > self.limit_deg_s

    def add(self, moments: Iterable[Moment]) -> None:
        """Take the next cells."""
        for moment in moments:
            self._add(moment)

    def found(self) -> Articulated:
        """What has been seen so far."""
        cells = 0 if self._first is None else (self._end - self._first) // CELL_NS
        quality = self._heard / cells if cells else 0.0
        moved = self._moving > 0
        return Articulated(
            peak_deg_s=self._peak if moved else None,
            over_share=self._over / self._moving if moved else None,
            over_s=self._over * _CELL_S,
            moving_s=self._moving * _CELL_S,
            pauses=self._pauses,
            paused_s=self._paused * _CELL_S,
            quality=quality,
            why="" if moved else "nothing has moved yet" if cells else "nothing has been heard yet",
        )

    def _add(self, moment: Moment) -> None:
        cell = moment.cell
        if self._first is None:
            self._first = cell.start
        elif cell.start != self._end:  # a break: what happened in it is not known
            self._recent.clear()
            self._stopped = 0
        self._end = HostNs(cell.start + CELL_NS)
        self._heard += cell.heard
        self._recent.append((cell.start, cell.up))
        if len(self._recent) <= _SPEED_CELLS:
            self.speed_deg_s = None
            return
        self.speed_deg_s = angle_deg(self._recent[0][1], cell.up) / (_SPEED_CELLS * _CELL_S)
        if self.speed_deg_s < _STOPPED_DEG_S:
            self._stopped += 1
            return
        if self._moving and self._stopped >= _STOP_CELLS:
            self._pauses += 1
            self._paused += self._stopped
        self._stopped = 0
        self._moving += 1
        self._over += self.too_fast
        self._peak = max(self._peak, self.speed_deg_s)
