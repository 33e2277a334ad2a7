"""The plane in which a limb moves, found from its first movement: a phone strapped on at a slant reads true.

All is done with the direction of "up" in the sensor's frame, which a limb on a hinge turns about the hinge's axis.
There are no Euler angles, so no attitude is special.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from tidehold.estimators.hold_detector import angle_deg
from tidehold.records import Values

Direction = tuple[float, float, float]

_FROM_DEG: Final = 5.0
"""Nearer to zero, sway and noise tell of no plane."""
_ENOUGH_DEG: Final = 15.0
"""A smaller movement may be a fidget."""
_BACK_SHARE: Final = 0.9
"""The first movement is over when the limb has come back by a tenth of it, or has stopped."""
_STOPPED_DEG_S: Final = 5.0
_ROUND_DEG: Final = 150.0
"""Farther from zero the cross product fades again."""
_LEAST_AGREEMENT: Final = 0.95
"""Of the parts of the first movement; one that bends by 35 degrees on its way has this."""


class Plane(NamedTuple):
    """`zero`: "up" in the neutral pose; `axis`: about which "up" turns in the movement; unit vectors (3,)."""

    zero: Direction
    axis: Direction

    def angle_deg(self, up: Direction) -> float:
        """Signed angle in the plane from zero, -180 to 180; positive the way the first movement went."""
        (p, q, r), (a, b, c) = self.zero, up
        along_zero, along_up = _dot(self.axis, self.zero), _dot(self.axis, up)
        sine = _dot(self.axis, (q * c - r * b, r * a - p * c, p * b - q * a))
        return math.degrees(math.atan2(sine, _dot(self.zero, up) - along_zero * along_up))

    def angles_deg(self, ups: Values) -> Values:
        """The same of many (n, 3)."""
        (p, q, r), (h, i, j) = self.zero, self.axis
        a, b, c = ups[:, 0], ups[:, 1], ups[:, 2]
        sine = h * (q * c - r * b) + i * (r * a - p * c) + j * (p * b - q * a)
        cosine = p * a + q * b + r * c - _dot(self.axis, self.zero) * (h * a + i * b + j * c)
        angles: Values = np.degrees(np.arctan2(sine, cosine))
        return angles

    def off_share(self, up: Direction) -> float:
        """Which share, 0..1, of the way from zero leads out of the plane."""
        a, b, c = (here - there for here, there in zip(up, self.zero, strict=True))
        length = math.hypot(a, b, c)
        return 0.0 if length < 1e-9 else min(1.0, abs(_dot(self.axis, (a, b, c))) / length)


class PlaneFinder:
    """Finds the plane from the neutral pose and the first movement away from it.

    Args:
        zero: Direction of "up" in the neutral pose.
    """

    def __init__(self, zero: Direction) -> None:
        self._zero = zero
        self._sum = (0.0, 0.0, 0.0)
        self._weight = 0.0
        self._farthest = 0.0
        self._refused = False  # until the limb is back at zero
        self.plane: Plane | None = None
        self.why = "raise the limb once, straight, to show its plane"

    def add(self, up: Direction, rate_deg_s: float | None) -> Plane | None:
        """The plane, once it is known, with the next mean "up" of 0.1 s; then it stays."""
        if self.plane is not None:
            return self.plane
        (p, q, r), (a, b, c) = self._zero, up
        tilt = angle_deg(self._zero, up)
        if self._refused:
            self._refused = tilt >= _FROM_DEG
            return None
        if _FROM_DEG <= tilt <= _ROUND_DEG and tilt >= self._farthest:
            across = (q * c - r * b, r * a - p * c, p * b - q * a)
            x, y, z = (whole + part for whole, part in zip(self._sum, across, strict=True))
            self._sum = (x, y, z)
            self._weight += math.hypot(*across)
        self._farthest = max(self._farthest, tilt)
        stopped = rate_deg_s is not None and rate_deg_s < _STOPPED_DEG_S
        if self._farthest < _ENOUGH_DEG:
            if tilt < _FROM_DEG:  # a fidget is over
                self._again()
        elif stopped or tilt < _BACK_SHARE * self._farthest:
            self._settle()
        return self.plane

    def _settle(self) -> None:
        length = math.hypot(*self._sum)
        if length < _LEAST_AGREEMENT * self._weight or length == 0:
            self.why = "the movement was not in one plane: go back, and raise the limb straight once more"
            self._refused = True
            self._again()
            return
        x, y, z = (part / length for part in self._sum)
        self.plane, self.why = Plane(self._zero, (x, y, z)), ""

    def _again(self) -> None:
        self._sum, self._weight, self._farthest = (0.0, 0.0, 0.0), 0.0, 0.0


def _dot(one: Direction, other: Direction) -> float:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]
