"""How far a stretch went: what was asked for, what was reached, what each cycle gained, and what went too far.

All angles are of one segment, from its neutral pose, in the plane of its movement. One phone on the trunk sees hip and
spine together: that it is pitched farther than the hinge was when it was calibrated does not say which of them it was.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from tidehold.estimators.hold_detector import angle_deg
from tidehold.estimators.imu_grid import CELL, CELL_NS, RATE_HZ
from tidehold.estimators.leg_raise import SAME_RATER_DEG
from tidehold.estimators.movement_plane import Direction
from tidehold.records import Values
from tidehold.routine import BAND_DEG
from tidehold.units import NS

_CREEP_CELLS: Final = 20
"""An angle that is past its target for so long is neither a sway nor a breath."""
_HINGE_MARGIN_DEG: Final = 3.0
_LEAST_CALIBRATION_DEG: Final = 15.0
_BIAS_DEG_S: Final = 0.05
"""By which the gyroscope's bias about the vertical may still be off: VQF's estimate at rest, of a phone's sensor."""
_UNSEEN_DEG_S: Final = 2.0
"""A slower rotation passes for the gyroscope's bias while the limb is held (VQF's limit of rest)."""
_LEANT_DEG: Final = 20.0
"""A segment that tips by more meanwhile turns about more than the vertical."""
_CELL_S: Final = CELL_NS / NS


def target_deg(reference_deg: float, *, growth: float = 1.0, intensity: float = 1.0, raised_deg: float = 0.0) -> float:
    """The angle to be held.

    Args:
        reference_deg: Angle that stage 1 reached, or that a routine names.
        growth: 1.10 for stage 2.
        intensity: 0.6 for hypermobile people.
        raised_deg: By how much the torso is supported higher than where `reference_deg` is measured from: zero moves
            by that, and so does the target.
    """
    return reference_deg * growth * intensity + raised_deg


class Gains(NamedTuple):
    """What contract-relax cycles gained, deg: `each` against the one before, `whole` the last against the first.

    `more_than_error`: the whole is more than the published error of an angle that
    the same person measures with the phone in its place. None and why with fewer than two.
    """

    each: tuple[float | None, ...]
    whole_deg: float | None
    more_than_error: bool | None
    why: str


def gains(reached_deg: Sequence[float | None]) -> Gains:
    """Gains of holds in their order; None where a hold reached no angle that is known."""
    each = tuple(None if a is None or b is None else b - a for a, b in pairwise(reached_deg))
    known = [angle for angle in reached_deg if angle is not None]
    if len(known) < 2:
        return Gains(each, None, None, "fewer than two holds have an angle")
    whole = known[-1] - known[0]
    return Gains(each, whole, abs(whole) > SAME_RATER_DEG, "")


class Past(NamedTuple):
    """How an angle went past a limit: for `past_s` in all, at most by `most_deg`, first after `after_s`.

    `crept`: it was within the limit at first, and went past it slowly. None and why where there is nothing to judge.
    """

    past_s: float
    most_deg: float
    after_s: float | None
    crept: bool | None
    why: str


def creep(angles_deg: Sequence[float], target: float, band_deg: float = BAND_DEG) -> Past:
    """How the angles (n,) of a hold's cells of 0.1 s crept past the target.

    Of each the mean of 2 s up to it counts, so that neither a sway nor a breath is one.

    Args:
        angles_deg: From the hold's start on.
        target: What was asked for, deg.
        band_deg: So far past the target is still in its band.
    """
    if len(angles_deg) < _CREEP_CELLS:
        return Past(0.0, 0.0, None, None, "the hold is shorter than 2 s")
    sums = np.concatenate((np.zeros(1), np.cumsum(np.asarray(angles_deg, np.float64))))
    over = ((sums[_CREEP_CELLS:] - sums[:-_CREEP_CELLS]) / _CREEP_CELLS - (target + band_deg)).tolist()
    past = [number for number, by in enumerate(over) if by > 0]
    if not past:
        return Past(0.0, 0.0, None, crept=False, why="")
    after = past[0] + _CREEP_CELLS
    return Past(len(past) * _CELL_S, max(over) + band_deg, after * _CELL_S, past[0] > 0, "")


def hinge_range_deg(angles_deg: Sequence[float]) -> float | None:
    """How far the trunk hinges with a straight back, from the angles (n,) of a calibration; None if it hardly moved.

    The mean of the farthest second of it, whichever sign is forward.
    """
    farthest = sorted(map(abs, angles_deg))[-round(1 / _CELL_S) :]
    if not farthest:
        return None
    mean = sum(farthest) / len(farthest)
    return mean if mean >= _LEAST_CALIBRATION_DEG else None


def past_hinge(angles_deg: Sequence[float], range_deg: float | None) -> Past:
    """How the trunk's pitch, angles (n,) of cells of 0.1 s, went past its calibrated hinge range; experimental.

    Forward is the sign of either: it comes from the first movement after zero, and zero may have been set anew. One
    phone cannot tell a rounded back from a deeper hinge: that is said in `why` whenever it went past.
    """
    if range_deg is None:
        return Past(0.0, 0.0, None, None, "the hinge has not been calibrated: bend forward once with a straight back")
    found = creep([abs(angle) for angle in angles_deg], range_deg, _HINGE_MARGIN_DEG)
    if found.past_s == 0:
        return found
    return found._replace(why="past the calibrated hinge; one phone cannot tell a rounded back from a deeper hinge")


class Rotation(NamedTuple):
    """How far a segment is turned about the vertical, deg, left positive; experimental.

    `may_be_off_deg`: what the gyroscope's bias may have made of the time; there
    is no compass, so it grows. None and why.
    """

    angle_deg: float | None
    may_be_off_deg: float
    why: str


class RotationMeter:
    """Adds up the turning about the vertical.

    Args:
        from_deg: How far the segment is turned at the first sample.
        from_off_deg: By how much that may be off.
    """

    def __init__(self, from_deg: float = 0.0, from_off_deg: float = 0.0) -> None:
        self._from_deg, self._from_off_deg = from_deg, from_off_deg
        self._turned = 0.0  # rad
        self._samples = 0
        self._why = ""
        self._first: Direction | None = None
        self._last: Direction = (0.0, 0.0, 1.0)

    def add(self, turning: Values, up: Values, *, fresh: bool = False, gyroscope: bool = True) -> None:
        """Take the next whole cells: angular rates (n, 3) rad/s and directions of "up" (n, 3); see `Posed`."""
        if not gyroscope:
            self._why = "not observable without a gyroscope"
        elif fresh and self._samples:
            self._why = "samples are missing: where it turned meanwhile is not known"
        if not len(up):
            return
        for rate in (
            (turning * up).sum(axis=1).reshape(-1, CELL).sum(axis=1).tolist()
        ):  # whole cells: however it was cut
            self._turned += rate / RATE_HZ
        self._samples += len(turning)
        x, y, z = up[0].tolist()
        a, b, c = up[-1].tolist()
        self._first, self._last = self._first or (x, y, z), (a, b, c)

    def rotation(self) -> Rotation:
        """With what it began with."""
        off = self._from_off_deg + _BIAS_DEG_S * self._samples / RATE_HZ
        if self._why or self._first is None:
            return Rotation(None, off, self._why or "nothing has been heard yet")
        leant = angle_deg(self._first, self._last)
        if leant > _LEANT_DEG:
            return Rotation(None, off, f"the segment tipped by {leant:.0f} deg besides: its turning is not told apart")
        slow = f"experimental: relative, without a compass; slower than {_UNSEEN_DEG_S:.0f} deg/s it is not seen"
        return Rotation(self._from_deg + math.degrees(self._turned), off, slow)
