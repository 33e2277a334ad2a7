"""What one hold was like: how steady, how still, how much in its place. Pure figures of what was recorded of it.

Definitions: RMS, ellipse, path and velocity of the sway as in posturography, of the tilt in the tangent plane of its
mean direction; jerk of the horizontal acceleration after Mancini et al. 2012 (J NeuroEng Rehabil 9:59), of means of
0.1 s, which pass what that paper's low-pass of 3.5 Hz passes.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tidehold.estimators.hold_detector import angle_deg
from tidehold.estimators.imu_grid import CELL_NS
from tidehold.estimators.movement_plane import Plane
from tidehold.estimators.slips import Slip
from tidehold.estimators.stillness import Cell
from tidehold.records import HoldFigures, HostNs, Values
from tidehold.routine import BAND_DEG
from tidehold.units import NS

CELL_S: Final = CELL_NS / NS
TRIM_START: Final = round(1.0 / CELL_S)
TRIM_END: Final = round(0.5 / CELL_S)
"""Cells at both ends of a hold that still, or already, belong to the movement."""
_LEAST_CELLS: Final = round(2.0 / CELL_S)
_LEAST_DRIFT_CELLS: Final = round(8.0 / CELL_S)
"""The slope of a shorter time is that of a single sway."""
_ENDS_CELLS: Final = round(2.0 / CELL_S)
_SMOOTH_CELLS: Final = round(1.0 / CELL_S)
_STEP_CELLS: Final = round(0.5 / CELL_S)
_LONGEST_CELLS: Final = round(600.0 / CELL_S)
_UNHEARD_S: Final = 0.5
_NOT_STILL_DEG_S: Final = 5.0
_NOT_STILL_DEG: Final = 5.0
"""Nine of ten who sit for 30 s sway less (RMS)."""
_SHAKEN_M_S2: Final = 0.5
"""Of acceleration that is not gravity: a limb that is held has a twentieth of it."""
_TREMBLING_M_S: Final = 9.5
"""Acceleration of a tremor, in means of 0.1 s, over its angular rate in rad/s: of 4 Hz, half a metre from the joint."""
_TREMOR_SLACK: Final = 0.3
"""Share of a tremor that may lie outside 4 to 12 Hz, or be missed there."""
_COLUMNS: Final = 8
_CHI2_95: Final = 5.991
"""95 % quantile of chi-squared with 2 degrees of freedom."""
_WIDE_DEG: Final = 5.0
_SETTLED_DEG: Final = 1.0
_SETTLED_CELLS: Final = round(2.0 / CELL_S)
_BREATHING_HZ: Final = (0.1, 0.5)
_AROUND_BREATH: Final = (0.7, 1.4)
"""Breaths differ in length; this much of the rate on each side is theirs."""


class HoldLog:
    """The cells of one hold from its start on; of a very long one the last ten minutes."""

    def __init__(self, start: HostNs) -> None:
        self.start = start
        self.dropped = 0
        """Cells that are no longer kept."""
        self.slips: list[Slip] = []
        """Those that were seen."""
        self._rows = array("d")

    def __len__(self) -> int:
        return len(self._rows) // _COLUMNS

    def add(self, cell: Cell) -> None:
        """Take the next cell."""
        self._rows.extend((*cell.up, *cell.acc, cell.heard, cell.turning))
        if len(self) > _LONGEST_CELLS:
            del self._rows[:_COLUMNS]
            self.dropped += 1

    def cells(self, end: HostNs | None = None) -> Values:
        """Rows (n, 8) of the cells until `end`: up (3), acceleration (3) m/s^2, share heard, (rad/s)^2."""
        rows: Values = np.frombuffer(self._rows.tobytes()).reshape(-1, _COLUMNS)
        if end is not None:
            rows = rows[: max(0, (end - self.start) // CELL_NS - self.dropped)]
        return rows


def trimmed(log: HoldLog, end: HostNs | None = None) -> Values:
    """Rows (n, 8) of the cells that count: without the first second, and with `end` without the last half one."""
    whole = log.cells(end)
    return whole[max(0, TRIM_START - log.dropped) : max(0, len(whole) - (0 if end is None else TRIM_END))]


class Sway:
    """The tilt of some cells in the tangent plane of their mean direction.

    What is quicker than 2 s is taken from "up", which the gyroscope knows while
    the limb is shaken; what is slower from the acceleration: to a filter that
    learns the gyroscope's bias at rest, slow sway looks like one.

    Args:
        cells: Rows (n, 8) of `HoldLog`, at least one.
        breath_bpm: Of the breathing that is to be removed; 0: whatever is in its band; None: nothing.
    """

    def __init__(self, cells: Values, breath_bpm: float | None) -> None:
        ups, self._acc = cells[:, :3], cells[:, 3:6]
        x, y, z = (float(axis.sum()) for axis in ups.T)
        length = max(1e-12, math.hypot(x, y, z))
        self.mean = (x / length, y / length, z / length)
        self._axes = _tangents(self.mean)
        force = np.sqrt(_dot(self._acc, self._acc.T))
        slow = _across(self._acc, self._axes) / np.maximum(force, 1e-9)
        quick = _across(ups, self._axes)
        tilts = np.degrees(quick + _smooth(slow - quick))
        if breath_bpm is not None:
            tilts = without_breathing(tilts, breath_bpm)
        self._mean_tilt = tilts.sum(axis=1, keepdims=True) / len(cells)
        self.tilt_deg: Values = tilts - self._mean_tilt
        """Tilt (2, n) from its mean."""

    def rms_deg(self) -> float:
        """RMS distance from the mean."""
        return math.sqrt(float((self.tilt_deg**2).sum()) / self.tilt_deg.shape[1])

    def drift_deg_min(self, slips: Sequence[tuple[int, int]] = ()) -> float | None:
        """Length of the slope, by least squares under a window that fades towards both ends.

        A sway of more than two periods hardly tilts it, wherever the hold
        begins and ends. What the limb slipped by, from cell to cell, is no drift.
        """
        n = self.tilt_deg.shape[1]
        if n < _LEAST_DRIFT_CELLS:
            return None
        place = (np.arange(n) - (n - 1) / 2) * CELL_S
        lever = place * (1 - (2 * place / (n * CELL_S)) ** 2)
        slope = (lever * _without_steps(self.tilt_deg, slips)).sum(axis=1) / float((lever * place).sum())
        return 60 * math.hypot(*slope.tolist())

    def shift_deg(self) -> float:
        """Distance between the means of the first and of the last 2 s."""
        n = min(_ENDS_CELLS, self.tilt_deg.shape[1])
        first, last = self.tilt_deg[:, :n].sum(axis=1), self.tilt_deg[:, -n:].sum(axis=1)
        return math.hypot(*((last - first) / n).tolist())

    def ellipse_deg2(self) -> float:
        """Area of the ellipse that holds 95 % of a normal distribution as wide as this one."""
        x, y = self.tilt_deg
        xx, yy, xy = (float(product.sum()) / len(x) for product in (x * x, y * y, x * y))
        return math.pi * _CHI2_95 * math.sqrt(max(0.0, xx * yy - xy * xy))

    def path_deg(self) -> float:
        """Length of the way from cell to cell."""
        x, y = self.tilt_deg[:, 1:] - self.tilt_deg[:, :-1]
        return float(np.sqrt(x * x + y * y).sum())

    def jerk_m2_s5(self) -> float:
        """Half the integral of the squared change of the horizontal acceleration."""
        horizontal = _across(self._acc, self._axes)
        steps = (horizontal[:, 1:] - horizontal[:, :-1]) / CELL_S
        return 0.5 * float((steps * steps).sum()) * CELL_S

    def off_deg(self) -> Values:
        """Distance (n,) of each cell from the median direction."""
        x, y = self.tilt_deg - np.sort(self.tilt_deg, axis=1)[:, self.tilt_deg.shape[1] // 2, None]
        distance: Values = np.sqrt(x * x + y * y)
        return distance

    def settling_s(self, whole: Values) -> float | None:
        """When, from the first of all the hold's cells (n, 8) on, it had come near its mean for 2 s."""
        x, y = np.degrees(_across(whole[:, :3], self._axes)) - self._mean_tilt
        near = x * x + y * y <= max(_SETTLED_DEG, 2 * self.rms_deg()) ** 2
        run = 0
        for number, inside in enumerate(near.tolist()):
            run = run + 1 if inside else 0
            if run == _SETTLED_CELLS:
                return (number + 1 - run) * CELL_S
        return None


def figures(  # noqa: PLR0913 - each of them can be told apart
    log: HoldLog,
    *,
    end: HostNs | None = None,
    breath_bpm: float | None = None,
    plane: Plane | None = None,
    target_deg: float | None = None,
    zero: tuple[float, float, float] | None = None,
) -> HoldFigures | None:
    """Figures of a hold so far, or with `end` of one that is over; tremor and corrections are left open.

    Args:
        log: Its cells and slips.
        end: When it was over.
        breath_bpm: See `Sway`.
        plane: That of the movement.
        target_deg: Angle in that plane at which the hold was asked for.
        zero: "Up" in the neutral pose: without a plane the angle is the tilt from there.

    Returns:
        None with less than 2 s of it left.
    """
    whole = log.cells(end)
    cells = trimmed(log, end)
    if len(cells) < _LEAST_CELLS:
        return None
    sway = Sway(cells, breath_bpm)
    first = log.start + max(TRIM_START, log.dropped) * CELL_NS
    last = first + len(cells) * CELL_NS
    inside = [slip for slip in log.slips if slip.start > first and slip.end < last]
    angles = None if plane is None else plane.angles_deg(cells[:, :3])
    off = sway.off_deg()
    if angles is not None and target_deg is not None:
        off = np.abs(angles - target_deg)
    tilt = None if zero is None else angle_deg(sway.mean, zero)
    path_deg = sway.path_deg()
    return HoldFigures(
        inclination_deg=math.degrees(math.asin(min(1.0, max(-1.0, sway.mean[1])))),
        angle_deg=tilt if plane is None else plane.angle_deg(sway.mean),
        rms_deg=sway.rms_deg(),
        drift_deg_min=sway.drift_deg_min([((a - first) // CELL_NS, (b - first) // CELL_NS) for a, b, _ in inside]),
        shift_deg=sway.shift_deg(),
        ellipse_deg2=sway.ellipse_deg2(),
        path_deg=path_deg,
        velocity_deg_s=path_deg / (len(cells) * CELL_S),
        jerk_m2_s5=sway.jerk_m2_s5(),
        tremor_deg_s=None,
        tremor_hz=None,
        in_band=float((off <= BAND_DEG).sum()) / len(off),
        in_wide_band=float((off <= _WIDE_DEG).sum()) / len(off),
        longest_in_band_s=_longest(off <= BAND_DEG) * CELL_S,
        settling_s=None if log.dropped else sway.settling_s(whole),
        corrections=None,
        slips=tuple(slip.angle_deg for slip in inside),
        breathing_removed=breath_bpm is not None,
    )


def unfit(cells: Values, found: HoldFigures) -> str:
    """Why a hold of these cells (n, 8) deserves no score; "" if it does.

    A tremor that is measured is no movement: who trembles holds all the same.
    """
    tremor = found.tremor_deg_s or 0.0
    unheard_s = float((1 - cells[:, 6]).sum()) * CELL_S
    if unheard_s > _UNHEARD_S:
        return f"{unheard_s:.1f} s without samples"
    rate = math.degrees(math.sqrt(float(cells[:, 7].sum()) / len(cells)))
    rate = math.sqrt(max(0.0, rate * rate - tremor * tremor))
    if rate > math.hypot(_NOT_STILL_DEG_S, _TREMOR_SLACK * tremor):
        return f"not still: {rate:.0f} deg/s on average"
    if found.rms_deg > _NOT_STILL_DEG:
        return f"not still: {found.rms_deg:.0f} deg RMS"
    up, acc = cells[:, :3], cells[:, 3:6]
    across = acc.T - _dot(acc, up.T) * up.T
    shaken = math.sqrt(float((across * across).sum()) / len(cells))
    most = math.hypot(_SHAKEN_M_S2, _TREMBLING_M_S * math.radians(tremor))
    return f"not still: shaken by {shaken:.1f} m/s^2" if shaken > most else ""


def without_breathing(tilts_deg: Values, breath_bpm: float) -> Values:
    """Tilts (axes, n) of cells without what lies around the breathing rate; their means and slopes stay.

    Args:
        tilts_deg: At 10 Hz.
        breath_bpm: Breaths/min; 0 if it is not known: then all from 0.1 to 0.5 Hz goes.
    """
    n = tilts_deg.shape[1]
    place = np.arange(n) - (n - 1) / 2
    slope = (place * tilts_deg).sum(axis=1, keepdims=True) / max(1.0, float((place**2).sum()))
    line = tilts_deg.sum(axis=1, keepdims=True) / n + place * slope
    low, high = _BREATHING_HZ
    if breath_bpm > 0:
        low, high = (share * breath_bpm / 60 for share in _AROUND_BREATH)
    spectrum = np.fft.rfft(tilts_deg - line, axis=1)
    hertz = np.arange(spectrum.shape[1]) / (n * CELL_S)
    spectrum[:, (hertz >= low) & (hertz <= high)] = 0
    left: Values = line + np.fft.irfft(spectrum, n, axis=1)
    return left


def _without_steps(rows: Values, steps: Sequence[tuple[int, int]]) -> Values:
    """Rows (axes, n) without what they jump by from one place to another, seen in the 0.5 s before and after."""
    left = rows.copy()
    for start, end in steps:
        before, after = left[:, max(0, start - _STEP_CELLS) : start], left[:, end : end + _STEP_CELLS]
        level = before.sum(axis=1, keepdims=True) / max(1, before.shape[1])
        left[:, end:] -= after.sum(axis=1, keepdims=True) / max(1, after.shape[1]) - level
        left[:, start:end] = level
    return left


def _smooth(rows: Values) -> Values:
    """Means (axes, n) over 2 s about each cell, fewer at the ends."""
    n = rows.shape[1]
    sums = np.concatenate((np.zeros((len(rows), 1)), rows.cumsum(axis=1)), axis=1)
    first = np.maximum(np.arange(n) - _SMOOTH_CELLS, 0)
    after = np.minimum(np.arange(n) + _SMOOTH_CELLS, n - 1) + 1
    means: Values = (sums[:, after] - sums[:, first]) / (after - first)
    return means


def _dot(vectors: Values, others: Values | tuple[float, float, float]) -> Values:
    """Scalar products (n,) of vectors (n, 3) with one, or with those of the columns (3, n)."""
    x, y, z = others
    product: Values = vectors[:, 0] * x + vectors[:, 1] * y + vectors[:, 2] * z
    return product


def _across(vectors: Values, axes: tuple[tuple[float, float, float], ...]) -> Values:
    """Components (axes, n) of vectors (n, 3)."""
    return np.stack([_dot(vectors, axis) for axis in axes])


def _longest(inside: NDArray[np.bool_]) -> int:
    """The longest run of True."""
    edges = np.flatnonzero(np.concatenate(([True], ~inside, [True])))
    return int((edges[1:] - edges[:-1]).max()) - 1


def _tangents(
    up: tuple[float, float, float],
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Two unit vectors at right angles to a third and to each other (Duff et al. 2017, without a singular place)."""
    x, y, z = up
    sign = math.copysign(1.0, z)
    a = -1 / (sign + z)
    b = x * y * a
    return (1 + sign * x * x * a, sign * b, -sign * x), (b, sign + y * y * a, -y)
