"""The joint between two motion sensors of a session: which is the upper one, and how far the joint is bent."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple

from tidehold.estimators.hold import HoldEstimator
from tidehold.estimators.hold_detector import angle_deg
from tidehold.estimators.joint_angle import Joint, Segment, show_the_same
from tidehold.estimators.movement_plane import Direction, Plane, PlaneFinder
from tidehold.estimators.posture import Posed
from tidehold.records import Estimate, Gap, HostNs, Sample
from tidehold.units import NS

NAME: Final = "joint/angle_deg"
ORDER: Final = (("breastbone", "belly"), ("thigh",), ("shin",))
"""Places from the trunk down; two in one row have no joint between them."""
_ROWS: Final = {place: row for row, places in enumerate(ORDER) for place in places}
RAISE: Final = "raise the whole limb once, straight"
LEAN: Final = "lean once with trunk and leg in one line"
"""What shows both sensors the plane, where one of them is on the trunk."""
_AT_ZERO_DEG: Final = 5.0
_TOGETHER_NS: Final = 5 * NS
"""One movement shows both planes within this."""


class _Side:
    """One of the two."""

    def __init__(self, estimator: HoldEstimator) -> None:
        self.estimator = estimator
        self.zero: Direction | None = None
        self.up: Direction = (0.0, 0.0, 1.0)
        self.finder: PlaneFinder | None = None
        self.far: Direction = self.up
        self.far_deg = 0.0
        self.found: HostNs | None = None

    @property
    def plane(self) -> Plane | None:
        return self.finder.plane if self.finder else None

    @property
    def is_at_zero(self) -> bool:
        return self.zero is not None and angle_deg(self.zero, self.up) < _AT_ZERO_DEG

    def begin(self) -> None:
        """Look for the plane from zero on."""
        self.finder = PlaneFinder(self.zero) if self.zero else None
        self.far_deg, self.found = 0.0, None

    def take(self, posed: Posed) -> None:
        for moment in posed.moments:
            self.up = moment.cell.up
            if self.finder is None or self.finder.plane is not None or self.zero is None:
                continue
            away_deg = angle_deg(self.zero, self.up)
            if away_deg >= self.far_deg:
                self.far, self.far_deg = self.up, away_deg
            if self.finder.add(self.up, moment.rate_deg_s) is not None:
                self.found = moment.cell.start


class JointEstimator:
    """The angle of the joint between two sensors; see `tidehold.estimators.contract.Estimator`.

    - `joint/angle_deg`: 0 in the neutral pose, positive where the lower sensor has turned farther than the upper one,
      in the way in which the whole limb was raised. Quality: that of `Joint.angle` times how well gravity fits.

    Args:
        upper: The holds of the sensor nearer to the head, whose posture is followed.
        lower: Of the other.
        how: What the person is to do once, so that both see the plane of the movement.
    """

    def __init__(self, upper: HoldEstimator, lower: HoldEstimator, how: str = RAISE) -> None:
        self._sides: dict[Segment, _Side] = {"proximal": _Side(upper), "distal": _Side(lower)}
        self._how = how
        self._joint = Joint()
        self._why = ""  # of the last movement that showed no plane; both are to be at zero again first
        for segment, side in self._sides.items():
            side.estimator.posture.follow(partial(self._take, segment))

    def update(self, sample: Sample) -> None:
        """Nothing to do: the postures are fed by whoever has them."""

    def gap(self, gap: Gap) -> None:
        """Nothing to do: the times of the samples show it too."""

    def estimate(self, now: HostNs) -> tuple[Estimate, ...]:
        """The joint's angle; to be asked after the holds of both."""
        upper, lower = self._sides.values()
        if trouble := self._trouble(now):
            return (Estimate(now, NAME, None, 0.0, trouble),)
        zeros = upper.estimator.zero, lower.estimator.zero
        if zeros != (upper.zero, lower.zero):
            upper.zero, lower.zero = zeros
            self._begin()
        elif self._why and upper.is_at_zero and lower.is_at_zero:
            self._begin()
        if None in zeros:
            return (Estimate(now, NAME, None, 0.0, upper.estimator.no_zero or lower.estimator.no_zero),)
        if upper.plane is None or lower.plane is None or self._why:
            self._look(now)
        if upper.plane is None or lower.plane is None or self._why:
            return (Estimate(now, NAME, None, 0.0, self._why or f"{self._how}, to show the joint's plane"),)
        found = self._joint.angle(now, upper.plane, lower.plane)
        if found.angle_deg is None:
            return (Estimate(now, NAME, None, 0.0, found.why),)
        quality = found.quality * min(upper.estimator.fit, lower.estimator.fit)
        return (Estimate(now, NAME, found.angle_deg, quality, ""),)

    def _take(self, segment: Segment, posed: Posed) -> None:
        self._joint.add(segment, posed.moments)
        side = self._sides[segment]
        looked_for = side.plane is None
        side.take(posed)
        if looked_for and side.plane is not None:
            self._compare()

    def _begin(self) -> None:
        self._why = ""
        for side in self._sides.values():
            side.begin()

    def _compare(self) -> None:
        """Whether one movement has shown both planes."""
        upper, lower = self._sides.values()
        if self._why or upper.plane is None or lower.plane is None or upper.found is None or lower.found is None:
            return
        if abs(upper.found - lower.found) > _TOGETHER_NS:
            self._why = f"the two phones did not move together: {self._how}"
        elif not show_the_same(upper.plane, lower.plane, upper.far, lower.far):
            differ = abs(upper.far_deg - lower.far_deg)
            self._why = f"the two phones turned by angles that differ by {differ:.0f} deg: go back, and {self._how}"

    def _look(self, now: HostNs) -> None:
        """One has seen a movement that the other has not."""
        upper, lower = self._sides.values()
        for one, other, name in ((upper, lower, "upper"), (lower, upper, "lower")):
            if one.found is not None and other.found is None and now - one.found > _TOGETHER_NS:
                self._why = f"only the {name} phone moved: go back, and {self._how}"

    def _trouble(self, now: HostNs) -> str:
        """Why nothing can be said of the joint now: what is wrong with either."""
        troubles = ((each.estimator.posture.source, each.estimator.trouble(now)) for each in self._sides.values())
        return "; ".join(f"{source}: {why}" for source, why in troubles if why)


class _Worn(NamedTuple):
    row: int
    estimator: HoldEstimator


def has_joint(one: str, other: str) -> bool:
    """Whether there is a joint between two places."""
    return one in _ROWS and other in _ROWS and _ROWS[one] != _ROWS[other]


def joint_of(worn: Sequence[tuple[str, HoldEstimator]]) -> JointEstimator | None:
    """The joint between two sensors, from where each of them is worn; None where there is none between them."""
    known = sorted((_Worn(_ROWS[place], each) for place, each in worn if place in _ROWS), key=lambda each: each.row)
    if len(known) != 2 or known[0].row == known[1].row:
        return None
    return JointEstimator(known[0].estimator, known[1].estimator, RAISE if known[0].row else LEAN)
