"""The straight-leg-raise test: how far a leg that lies can be lifted with the knee straight, one side at a time.

The angle is that of the shin (or thigh) from where it lay, in the plane of the movement, so that a phone put on at a
slant reads true. The pelvis tilts along, as in the clinical test; whether the knee bends a single phone cannot tell.
The published error is of a phone on 72 legs (J Bodyw Mov Ther 2024, PMID 39593664).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np

from tidehold.estimators.hold_detector import angle_deg
from tidehold.estimators.imu_grid import CELL_NS
from tidehold.estimators.movement_plane import Direction, Plane, PlaneFinder
from tidehold.estimators.posture import Moment
from tidehold.records import HostNs, Values
from tidehold.routine import Side

SAME_RATER_DEG: Final = 3.3
BETWEEN_RATERS_DEG: Final = 10.2
"""MDC95: the smallest difference between two tests that is more than the test's error, 95 times of 100."""
ATTEMPTS: Final = 3
_ZERO_CELLS: Final = 15
_LIFTED_DEG: Final = 10.0
_LEAST_DEG: Final = 15.0
"""A smaller raise shows no plane: it is a fidget."""
_DOWN_SHARE: Final = 0.3
_STEADY_CELLS: Final = 5
"""The angle is a mean over 0.5 s: a twitch at the top is not reached."""
_FLUNG_DEG_S: Final = 120.0
"""Faster than twice a leg's length a second it is swung, not raised."""
_ASIDE_SHARE: Final = 0.35
"""Share of the way that leads out of the plane, of a leg 20 degrees aside."""
_NOT_BACK_DEG: Final = 5.0


class Attempt(NamedTuple):
    """One raise; `why` it does not count, where `angle_deg` is None."""

    start: HostNs
    end: HostNs
    angle_deg: float | None
    why: str


class LegRaised(NamedTuple):
    """The test of one side so far.

    `angle_deg`: the best attempt; `spread_deg`: from the worst to the best. None
    as long as there is none. `quality`: share of the attempts asked for that
    count, halved where they differ by more than the test's error.
    """

    side: Side
    angle_deg: float | None
    spread_deg: float | None
    attempts: tuple[Attempt, ...]
    quality: float
    why: str

    @property
    def error_text(self) -> str:
        """The published error, to be shown next to the angle."""
        return (
            f"differences below {SAME_RATER_DEG} deg (measured by the same person, phone in the same place) "
            f"or {BETWEEN_RATERS_DEG} deg (by another, or put on anew) are within the test's error"
        )


class LegRaise:
    """Guides and measures the test of one side; a new one for the other.

    Args:
        side: Which leg.
        attempts: How many raises are asked for.
    """

    def __init__(self, side: Side = "", attempts: int = ATTEMPTS) -> None:
        self.side: Side = side
        self._wanted = attempts
        self._lying: list[Direction] = []
        self._zero: Direction | None = None
        self._finder: PlaneFinder | None = None
        self._raise: list[tuple[Moment, bool]] = []  # with whether there is a gyroscope
        self._farthest = 0.0
        self._down = True
        self._at_rest = 0  # cells of stillness since the last raise
        self._attempts: list[Attempt] = []
        self._end: HostNs | None = None

    @property
    def done(self) -> bool:
        """Whether enough attempts count."""
        return sum(attempt.angle_deg is not None for attempt in self._attempts) >= self._wanted

    @property
    def asks(self) -> str:
        """What to do now."""
        if self._zero is None:
            return "lie flat, leg straight and still, for 2 s"
        if self._raise:
            return "raise the straight leg slowly as far as it goes, stay a second, then lower it"
        if self.done:
            return "done"
        last = self._attempts[-1] if self._attempts else None
        count = sum(attempt.angle_deg is not None for attempt in self._attempts)
        again = f"does not count: {last.why}; " if last is not None and last.why else ""
        return f"{again}raise the straight leg slowly ({count + 1} of {self._wanted})"

    def add(self, moments: Iterable[Moment], *, gyroscope: bool = True) -> None:
        """Take the next cells; what comes when the test is done does not count."""
        for moment in moments:
            if not self.done:
                self._add(moment, gyroscope=gyroscope)

    def found(self) -> LegRaised:
        """What has been measured so far."""
        angles = [attempt.angle_deg for attempt in self._attempts if attempt.angle_deg is not None]
        if not angles:
            why = self._attempts[-1].why if self._attempts else self.asks
            return LegRaised(self.side, None, None, tuple(self._attempts), 0.0, why)
        spread = max(angles) - min(angles)
        quality = min(1.0, len(angles) / self._wanted) * (0.5 if spread > SAME_RATER_DEG else 1.0)
        return LegRaised(self.side, max(angles), spread, tuple(self._attempts), quality, "")

    def _add(self, moment: Moment, *, gyroscope: bool) -> None:
        cell = moment.cell
        if self._end is not None and cell.start != self._end and self._raise:
            self._finish("samples are missing")
        self._end = HostNs(cell.start + CELL_NS)
        if self._zero is None or self._finder is None:
            self._lie(moment)
            return
        self._finder.add(cell.up, moment.rate_deg_s)
        tilt = angle_deg(self._zero, cell.up)
        self._down = self._down or tilt < _LIFTED_DEG
        if not self._raise and (tilt < _LIFTED_DEG or not self._down):
            self._check(moment, tilt)
            return
        self._raise.append((moment, gyroscope))
        self._farthest = max(self._farthest, tilt)
        if tilt < max(_LIFTED_DEG, _DOWN_SHARE * self._farthest):
            self._finish("")

    def _lie(self, moment: Moment) -> None:
        """The first 1.5 s of stillness are zero."""
        if not moment.still:
            self._lying.clear()
            return
        self._lying.append(moment.cell.up)
        if len(self._lying) == _ZERO_CELLS:
            x, y, z = (sum(axis) for axis in zip(*self._lying, strict=True))
            length = (x * x + y * y + z * z) ** 0.5
            self._zero = (x / length, y / length, z / length)
            self._finder = PlaneFinder(self._zero)

    def _check(self, moment: Moment, tilt_deg: float) -> None:
        """A leg that rests elsewhere than before tells that the phone has slipped: then zero is asked for anew."""
        self._at_rest = self._at_rest + 1 if moment.still else 0
        if self._at_rest != _ZERO_CELLS or not self._attempts or tilt_deg <= _NOT_BACK_DEG:
            return
        why = f"the leg came to rest {tilt_deg:.0f} deg from where it lay: has the phone slipped?"
        if self._attempts[-1].angle_deg is not None:
            self._attempts[-1] = self._attempts[-1]._replace(angle_deg=None, why=why)
        self._zero = self._finder = None
        self._lying.clear()

    def _finish(self, broken: str) -> None:
        """The raise is over."""
        listed, farthest = self._raise, self._farthest
        self._raise, self._farthest, self._at_rest, self._down = [], 0.0, 0, False
        if farthest < _LEAST_DEG and not broken:
            return
        plane = None if self._finder is None else self._finder.plane
        angle, why = (None, broken) if broken else self._measured(listed, plane)
        start, end = listed[0][0].cell.start, HostNs(listed[-1][0].cell.start + CELL_NS)
        self._attempts.append(Attempt(start, end, angle, why))

    def _measured(self, listed: list[tuple[Moment, bool]], plane: Plane | None) -> tuple[float | None, str]:
        """The angle that was reached, or why it does not count."""
        if plane is None:
            return None, "the leg was not raised in one plane" if self._finder is None else self._finder.why
        if any(moment.cell.heard < 1 for moment, _ in listed):
            return None, "samples are missing"
        if max(moment.rate_deg_s or 0.0 for moment, _ in listed) > _FLUNG_DEG_S:
            return None, "the leg was swung: raise it slowly"
        ups = np.array([moment.cell.up for moment, _ in listed])
        top = _top(plane.angles_deg(ups), [gyroscope or moment.still for moment, gyroscope in listed])
        if top is None:
            return None, "without a gyroscope the leg must be held still at the top for a second"
        angle, place = top
        x, y, z = ups[place].tolist()
        if plane.off_share((x, y, z)) > _ASIDE_SHARE:
            return None, "the leg was led aside"
        return angle, ""


def _top(angles_deg: Values, sure: list[bool]) -> tuple[float, int] | None:
    """The largest mean over 0.5 s of which all is sure, and where."""
    best: tuple[float, int] | None = None
    listed = angles_deg.tolist()
    for place in range(len(listed) - _STEADY_CELLS + 1):
        if not all(sure[place : place + _STEADY_CELLS]):
            continue
        mean = sum(listed[place : place + _STEADY_CELLS]) / _STEADY_CELLS
        if best is None or mean > best[0]:
            best = mean, place + _STEADY_CELLS // 2
    return best
