"""Sudden movements within a hold: corrections, and slips, after which the limb stays where it has come to."""

from __future__ import annotations

import math
from collections import deque
from typing import Final, NamedTuple

from tidehold.estimators.hold_detector import angle_deg
from tidehold.estimators.stillness import Cell
from tidehold.records import HostNs

_BURST_DEG_S: Final = 6.0
_CORRECTION_DEG_S: Final = 10.0
_LEAST_SLIP_DEG: Final = 1.2
"""More than people sway within half a second while they hold still,"""
_SLIP_DEG_S: Final = 8.0
"""and faster: 2 deg within 0.2 s reach 12 deg/s in a cell of 0.1 s."""
_OVER_USUAL: Final = 2.5
"""A burst stands out by this much from the last 3 s: a tremor, however strong, is none."""
_SUDDEN: Final = 3.0
"""By which a slip does: who sways a lot does not slip each time."""
_USUAL_CELLS: Final = 30
_BEFORE_CELLS: Final = 3
_LONGEST_CELLS: Final = 8
"""A longer movement is not sudden."""


class Slip(NamedTuple):
    """The limb gave way by `angle_deg`, from `start` to `end`; known 0.1 to 0.2 s after `end`."""

    start: HostNs
    end: HostNs
    angle_deg: float


class SlipWatch:
    """Watches one hold, in cells of 0.1 s."""

    def __init__(self) -> None:
        self.corrections: list[HostNs] = []
        """When bursts of more than 10 deg/s began after which the limb came back."""
        self._usual: deque[float] = deque(maxlen=_USUAL_CELLS)  # angular rates outside bursts, deg/s
        self._before: deque[tuple[float, float, float]] = deque(maxlen=_BEFORE_CELLS)
        self._burst: list[float] = []  # the rates of the one that goes on
        self._start = HostNs(0)

    def add(self, cell: Cell) -> Slip | None:
        """The slip that is known with the next cell."""
        rate = math.degrees(math.sqrt(cell.turning))
        usual = sorted(self._usual)[len(self._usual) // 2] if self._usual else 0.0
        if rate > max(_BURST_DEG_S, _OVER_USUAL * usual):
            if not self._burst:
                self._start = cell.start
            self._burst.append(rate)
            if len(self._burst) > _LONGEST_CELLS:  # then it is a tremor, or a movement
                self._usual.extend(self._burst)
                self._burst = []
                self._before.clear()
            return None
        slip = self._over(cell, usual) if self._burst else None
        self._usual.append(rate)
        self._before.append(cell.up)
        return slip

    def _over(self, cell: Cell, usual: float) -> Slip | None:
        """What the burst was that ended before this cell."""
        burst, before = self._burst, [*self._before]
        self._burst = []
        self._before.clear()
        x, y, z = (sum(axis) for axis in zip(*before, strict=True)) if before else cell.up
        moved = angle_deg((x, y, z), cell.up)
        sudden = max(burst) >= max(_SLIP_DEG_S, _SUDDEN * usual)
        if moved >= _LEAST_SLIP_DEG and sudden and before:
            return Slip(self._start, cell.start, moved)
        if max(burst) > _CORRECTION_DEG_S:
            self.corrections.append(self._start)
        return None
