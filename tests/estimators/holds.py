"""Holds for the tests of this room: cells and limbs that are held in a known way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from tests.estimators.hearts import Item
from tests.estimators.limbs import Angle, raised
from tidehold.estimators.hold import HoldEstimator
from tidehold.estimators.hold_metrics import HoldLog
from tidehold.estimators.imu_grid import CELL_NS
from tidehold.estimators.posture import Moment
from tidehold.estimators.stillness import Cell
from tidehold.records import Cue, Estimate, Gap, Hold, HostNs, Output, Values
from tidehold.units import NS, STANDARD_GRAVITY

Up = tuple[float, float, float]


def leaning(degrees: float, across_deg: float = 0.0) -> Up:
    """ "Up" of a sensor that was face up and was turned about its x axis, and a little about its y axis."""
    lean, across = math.radians(degrees), math.radians(across_deg)
    return (-math.sin(across), math.cos(across) * math.sin(lean), math.cos(across) * math.cos(lean))


def cell(number: int, up: Up = (0.0, 0.0, 1.0), rate_deg_s: float = 0.0, heard: float = 1.0) -> Cell:
    """The cell of that number; the force is that of gravity."""
    x, y, z = up
    acc = (x * STANDARD_GRAVITY, y * STANDARD_GRAVITY, z * STANDARD_GRAVITY)
    square = STANDARD_GRAVITY**2
    return Cell(HostNs(number * CELL_NS), acc, up, heard, STANDARD_GRAVITY, square, math.radians(rate_deg_s) ** 2)


def moment(number: int, up: Up = (0.0, 0.0, 1.0), rate_deg_s: float | None = 0.0) -> Moment:
    """The same with what it makes of stillness."""
    rate = rate_deg_s or 0.0
    return Moment(cell(number, up, rate), rate_deg_s, rate < 3, rate > 25)


def logged(ups: Sequence[Up], rate_deg_s: float = 0.0, heard: Iterable[float] = ()) -> HoldLog:
    """A hold of these directions, one each 0.1 s."""
    log = HoldLog(HostNs(0))
    shares = [*heard] or [1.0] * len(ups)
    for number, (up, share) in enumerate(zip(ups, shares, strict=True)):
        log.add(cell(number, up, rate_deg_s, share))
    return log


def held(degrees: float, until_s: float, then: Angle | None = None) -> Angle:
    """Raised at 5 s within 2 s, `then` moving besides, and let down at `until_s`."""
    up, down = raised(degrees), raised(-degrees, until_s, 1.5)

    def angle(seconds: Values) -> Values:
        moved = np.zeros_like(seconds) if then is None else then(seconds)
        return np.asarray(up(seconds) + down(seconds) + moved)

    return angle


def followed(
    estimator: HoldEstimator, items: Iterable[Item], until_s: float
) -> tuple[list[Output], dict[int, dict[str, Estimate]]]:
    """What is said live, four times a second, and by second what is estimated."""
    waiting = sorted(items, key=lambda item: item.t)
    live: list[Output] = []
    said: dict[int, dict[str, Estimate]] = {}
    place = 0
    for tick in range(1, round(4 * until_s) + 1):
        now = HostNs(tick * NS // 4)
        while place < len(waiting) and waiting[place].t <= now:
            item = waiting[place]
            place += 1
            if isinstance(item, Gap):
                estimator.gap(item)
            else:
                estimator.update(item)
        live += estimator.live(now)
        if tick % 4 == 0:
            said[tick // 4] = {each.name.partition("/")[2]: each for each in estimator.estimate(now)}
    return live, said


def finished(live: Iterable[Output]) -> list[Hold]:
    return [each for each in live if isinstance(each, Hold)]


def cues(live: Iterable[Output], kind: str) -> list[Cue]:
    return [each for each in live if isinstance(each, Cue) and each.kind == kind]
