"""How much an IMU moves, judged in cells of 0.1 s: still, steady or moving."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tidehold.estimators.imu_grid import CELL, CELL_NS
from tidehold.records import HostNs, Values

_STILL_DEG_S: Final = 3.0
_MOVING_DEG_S: Final = 25.0
"""Above this a hold ends (hold detector of the BROAD rests)."""
_GUESSED_MOVING_DEG_S: Final = 6.0
"""Without a gyroscope: beyond this the acceleration of the movement passes for gravity."""
_STEADY_SHARE: Final = 0.03
"""By which the magnitude of acceleration of a still sensor varies at most: noise, heartbeats, tremor."""
_RATE_CELLS: Final = 3
_GUESS_CELLS: Final = 10
_UNIFORM: Final = math.sqrt(12)
"""A length over its standard deviation where it is passed evenly."""


class Cell(NamedTuple):
    """Ten samples, as means: `acc` (3,) m/s^2, unit vectors `up` (3,), share `heard`, `magnitude` of acc.

    `square` is that magnitude squared, `turning` the angular rate squared, (rad/s)^2.
    """

    start: HostNs
    acc: tuple[float, float, float]
    up: tuple[float, float, float]
    heard: float
    magnitude: float
    square: float
    turning: float


def cells(start: HostNs, heard: NDArray[np.bool_], acc: Values, turning: Values, up: Values) -> Iterator[Cell]:
    """Cells of samples (n, ...) at the grid's rate, the first one from `start`; `turning` (n, 3) rad/s."""
    square = (acc * acc).sum(axis=1)
    columns = np.empty((len(acc), 10))
    columns[:, :3], columns[:, 3:6], columns[:, 6], columns[:, 8] = acc, up, heard, square
    np.sqrt(square, out=columns[:, 7])
    (turning * turning).sum(axis=1, out=columns[:, 9])
    sums = columns.reshape(-1, CELL, 10).sum(axis=1)
    for number, (x, y, z, up_x, up_y, up_z, share, *rest) in enumerate((sums / CELL).tolist()):
        yield Cell(HostNs(start + number * CELL_NS), (x, y, z), (up_x, up_y, up_z), share, *rest)


class Stillness:
    """What the last cells say of movement; one for each stretch without a break.

    - `rate_deg_s`: RMS angular rate over 0.3 s. Without a gyroscope the steady
      rotation over 1 s that would spread the acceleration as much; None until
      there is a second of it.
    - `still`: so slow, and the magnitude of acceleration so steady, that the
      sensor rests (or a person holds it as still as a person can).
    - `moving`: so fast that nobody is holding anything.

    Args:
        gyroscope: Whether there is one.
    """

    def __init__(self, *, gyroscope: bool = True) -> None:
        self._limit_deg_s = _MOVING_DEG_S if gyroscope else _GUESSED_MOVING_DEG_S
        self._gyroscope = gyroscope
        cells = _RATE_CELLS if gyroscope else _GUESS_CELLS
        self._turning, self._magnitude, self._square, *self._acc = (deque[float](maxlen=cells) for _ in range(6))
        self.rate_deg_s: float | None = None
        self.still = False
        self.moving = False

    def add(self, cell: Cell) -> None:
        """Judge anew with the next cell."""
        self._magnitude.append(cell.magnitude)
        self._square.append(cell.square)
        if self._gyroscope:
            self._turning.append(cell.turning)
        else:
            for axis, value in zip(self._acc, cell.acc, strict=True):
                axis.append(value)
        self.rate_deg_s = self._measured() if self._gyroscope else self._guessed()
        self.moving = self.rate_deg_s is not None and self.rate_deg_s > self._limit_deg_s
        slow = self.rate_deg_s is not None and self.rate_deg_s < _STILL_DEG_S
        self.still = slow and cell.heard == 1 and self._is_steady()

    def _measured(self) -> float:
        return math.degrees(math.sqrt(sum(self._turning) / len(self._turning)))

    def _guessed(self) -> float | None:
        if len(self._square) < _GUESS_CELLS:
            return None
        mean = [sum(axis) / _GUESS_CELLS for axis in self._acc]
        of_mean = sum(axis * axis for axis in mean)
        spread = max(0.0, sum(self._square) / _GUESS_CELLS - of_mean)
        if of_mean <= spread:  # no direction stands out
            return 0.0 if spread == 0 else 180.0
        return math.degrees(_UNIFORM * math.sqrt(spread / of_mean))

    def _is_steady(self) -> bool:
        mean = sum(self._magnitude) / len(self._magnitude)
        square = sum(self._square) / len(self._square)
        return square - mean * mean <= (_STEADY_SHARE * mean) ** 2
