"""The angle of a joint from two phones, one on each of its segments: how much farther one has turned than the other.

Each phone knows the direction of "up" only in its own axes, so what they say is compared by how far each has turned
from the neutral pose about its own axis of the movement. Both axes are shown at once, by raising the whole limb
straight: then they point the same way, and the joint's angle is the difference, 0 in the neutral pose.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from tidehold.estimators.imu_grid import CELL_NS
from tidehold.estimators.movement_plane import Direction, Plane
from tidehold.estimators.posture import Moment
from tidehold.records import HostNs
from tidehold.units import NS

Segment = Literal["proximal", "distal"]

STALE_NS: Final = NS
"""Farther apart than this, what the two phones say belongs to different poses."""
_KEPT_CELLS: Final = 100
_ALIKE_DEG: Final = 10.0
"""By how much the two may differ while the whole limb is raised straight."""


class JointAngle(NamedTuple):
    """The joint's angle at `t`, deg: positive where the distal segment has turned farther; None and why.

    `quality`: share of both that was heard, times the share of their turning that lay in their planes.
    """

    t: HostNs
    angle_deg: float | None
    quality: float
    why: str


class Joint:
    """Joins the cells of two sensors, whose grids need not be the same."""

    def __init__(self) -> None:
        self._cells: dict[Segment, deque[Moment]] = {
            "proximal": deque(maxlen=_KEPT_CELLS),
            "distal": deque(maxlen=_KEPT_CELLS),
        }

    def add(self, segment: Segment, moments: Iterable[Moment]) -> None:
        """Take the next cells of one of the two."""
        self._cells[segment].extend(moments)

    def angle(self, now: HostNs, proximal: Plane, distal: Plane) -> JointAngle:
        """The newest angle that both know.

        Args:
            now: No older than `STALE_NS` it must be.
            proximal: Plane of the movement as the upper sensor sees it.
            distal: The same of the lower one.
        """
        newest = {name: cells[-1].cell.start if cells else None for name, cells in self._cells.items()}
        one, other = newest["proximal"], newest["distal"]
        if one is None or other is None or now - min(one, other) > STALE_NS + CELL_NS:
            silent = "upper" if one is None or (other is not None and one < other) else "lower"
            return JointAngle(now, None, 0.0, f"nothing from the {silent} phone")
        t = HostNs(min(one, other))
        upper, lower = _at(self._cells["proximal"], t), _at(self._cells["distal"], t)
        if upper is None or lower is None:
            return JointAngle(now, None, 0.0, "the two phones have not been heard at the same time yet")
        quality = upper[1] * lower[1] * _inside(proximal, upper[0]) * _inside(distal, lower[0])
        turned = distal.angle_deg(lower[0]) - proximal.angle_deg(upper[0])
        return JointAngle(HostNs(t + CELL_NS // 2), (turned + 180) % 360 - 180, quality, "")


def show_the_same(proximal: Plane, distal: Plane, upper: Direction, lower: Direction) -> bool:
    """Whether two planes may be of the same movement, from where both phones are at its far end.

    A knee that bends while the whole limb is to be raised straight makes the two differ.
    """
    return abs(distal.angle_deg(lower) - proximal.angle_deg(upper)) <= _ALIKE_DEG


def _inside(plane: Plane, up: Direction) -> float:
    """Share of the way that lies in the plane; near zero nothing can be said of it."""
    return 1.0 if abs(plane.angle_deg(up)) < 5.0 else 1.0 - plane.off_share(up)


def _at(cells: deque[Moment], t: HostNs) -> tuple[Direction, float] | None:
    """Direction of "up" at the time of a cell that starts at `t`, between two cells, and the share heard."""
    after: Moment | None = None
    for moment in reversed(cells):
        if moment.cell.start <= t:
            before = moment.cell
            if before.start == t:
                return before.up, before.heard
            if after is None or after.cell.start - before.start > STALE_NS:
                return None
            share = (t - before.start) / (after.cell.start - before.start)
            x, y, z = (a + share * (b - a) for a, b in zip(before.up, after.cell.up, strict=True))
            return (x, y, z), min(before.heard, after.cell.heard)
        after = moment
    return None
