"""Repetitions of a slow movement: how many, how far, how quickly, how evenly. Pauses anywhere in one are allowed.

Turning points are told from sway by hysteresis, as a share of what the movement usually measures: a drift of the pose,
a tremor and a stop half-way make no repetition. What is counted is a way out and back again, from wherever the limb
was at the start; of a pelvic clock, a whole round.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from tidehold.estimators.imu_grid import CELL_NS
from tidehold.estimators.movement_plane import Direction, Plane
from tidehold.estimators.posture import Moment
from tidehold.records import HostNs, Values
from tidehold.routine import Shape, Side
from tidehold.units import NS

LEAST_DEG: Final[dict[Shape, float]] = {"hinge": 8.0, "clock": 4.0}
"""A smaller movement is a fidget; a clock's is that of the pelvis."""
_HYSTERESIS: Final = 0.4
"""Of the usual movement; a smaller one, or a smaller return, is no turning point."""
_MOVED_SHARE: Final = 2.0
"""A movement larger than this many usual ones changes the pose: it belongs to no repetition."""
_BACK_SHARE: Final = 0.5
"""How far back the last repetition must have come."""
_NEAR: Final = 0.1
"""Share of the way at whose ends the movement begins and stops, and sway is left out."""
_PAUSED: Final = 1.75
"""Times the median: between repetitions so far apart there was a pause."""
_LINE_SHARE: Final = 0.35
"""A clock whose hand is so much narrower than long goes to and fro."""
_WHOLE_SHARE: Final = 0.75
"""Of the usual way to and fro: less of it, at either end, is the way from the middle or back to it."""
_CENTRE_SHARE: Final = 0.4
"""Nearer to the centre of a round its direction says nothing."""
_ROUND_SLACK: Final = 0.15
"""Of a round, which nobody closes exactly."""
_LONGEST_CELLS: Final = 6000
_COLUMNS: Final = 4
_SPEED_CELLS: Final = 3


class Repetition(NamedTuple):
    """One repetition, from leaving the start to being back at it.

    `amplitude_deg`: from turning point to turning point; of a round its diameter. `out_s`, `there_s` and `back_s`:
    on the way out, at the far end, and on the way back (from a tenth to nine tenths of it); None for a round.
    """

    start: HostNs
    end: HostNs
    amplitude_deg: float
    out_s: float | None
    there_s: float | None
    back_s: float | None
    peak_deg_s: float
    """Fastest, over 0.3 s."""


class Repetitions(NamedTuple):
    """Some repetitions of one side and what they are like; None where there are too few for it.

    `tempo_s`: from the start of one to that of the next, median. `tempo_cv` and `amplitude_cv`: standard deviation
    over mean, without the intervals in which there was a pause. `pauses`: how many of those there were.
    """

    side: Side
    each: tuple[Repetition, ...]
    amplitude_deg: float | None
    tempo_s: float | None
    tempo_cv: float | None
    amplitude_cv: float | None
    pauses: int
    quality: float
    """Share of the time that was heard."""
    why: str
    """Why there are none."""

    @property
    def done(self) -> int:
        """How many."""
        return len(self.each)


class RepetitionCounter:
    """Collects one set of repetitions of one side; a new one for each.

    Args:
        side: Which the routine asks for.
        shape: Whether the limb turns about a hinge, or the pelvis goes round like a clock's hand.
    """

    def __init__(self, side: Side = "", shape: Shape = "hinge") -> None:
        self.side: Side = side
        self.shape: Shape = shape
        self._rows = array("d")
        self._starts: list[HostNs] = []
        self._over: list[Repetition] = []  # whose cells are no longer kept

    def add(self, moments: Iterable[Moment]) -> None:
        """Take the next cells; of a very long set those of the last five to ten minutes are kept."""
        for moment in moments:
            self._rows.extend((*moment.cell.up, moment.cell.heard))
            self._starts.append(moment.cell.start)
            if len(self._starts) > _LONGEST_CELLS:
                self._settle()

    def found(self) -> Repetitions:
        """What has been done so far, in the plane in which there was the most of it."""
        if not self._starts:
            return summary([], self.side, 0.0, "nothing has been heard yet")
        heard = float(self._table()[:, 3].sum()) / ((self._starts[-1] - self._starts[0]) // CELL_NS + 1)
        why = f"no movement of {LEAST_DEG[self.shape]:.0f} deg and back yet"
        return summary([*self._over, *self._each()], self.side, min(1.0, heard), why)

    def _table(self) -> Values:
        """Rows (n, 4) of the cells that are kept: up (3), share heard."""
        rows: Values = np.frombuffer(self._rows.tobytes()).reshape(-1, _COLUMNS)
        return rows

    def _each(self) -> list[Repetition]:
        """Those in the cells that are kept."""
        ups, least_deg = self._table()[:, :3], LEAST_DEG[self.shape]
        if self.shape == "clock":
            return rounds(self._starts, ups, least_deg)
        return repetitions(self._starts, unwrapped(likely_plane(ups).angles_deg(ups)), least_deg)

    def _settle(self) -> None:
        """Count what is over in the older half of the cells, and let go of them: up to the end of a repetition."""
        middle = len(self._starts) // 2
        over = [each for each in self._each() if each.end < self._starts[middle]]
        cut = bisect_left(self._starts, over[-1].end) if over else middle
        self._over += over
        del self._starts[:cut]
        del self._rows[: cut * _COLUMNS]


def repetitions(starts: Sequence[HostNs], angles_deg: Sequence[float], least_deg: float) -> list[Repetition]:
    """Repetitions in angles (n,), one for each cell of 0.1 s that starts at `starts` (n,)."""
    points, usual_deg = _turns(angles_deg, least_deg)
    found: list[Repetition] = []
    for run in _runs(points, angles_deg, _MOVED_SHARE * usual_deg):
        for place in range(0, len(run) - 2, 2):
            a, b, c = run[place : place + 3]
            out, back = angles_deg[b] - angles_deg[a], angles_deg[b] - angles_deg[c]
            if abs(back) >= _BACK_SHARE * abs(out):
                found.append(_repetition(starts, angles_deg, (a, b, c)))
    return found


def to_and_fro(starts: Sequence[HostNs], angles_deg: Sequence[float], least_deg: float) -> list[Repetition]:
    """Swings about the middle, from where they begin and where they end; see `repetitions`."""
    points, usual_deg = _turns(angles_deg, least_deg)
    way = [abs(angles_deg[b] - angles_deg[a]) for a, b in pairwise(points)]
    first = 1 if way and way[0] < _WHOLE_SHARE * usual_deg else 0
    last = len(points) - (1 if way and way[-1] < _WHOLE_SHARE * usual_deg else 0)
    one, other = range(first, last, 2), range(first + 1, last, 2)
    rarer = one if len(one) == len(other) and first else other
    return [
        _repetition(starts, angles_deg, (points[place - 1], points[place], points[place + 1]))
        for place in rarer
        if 0 < place < len(points) - 1
    ]


def turning_points(values: Sequence[float], hysteresis: float) -> list[int]:
    """Where values (n,) turn: places of highest and lowest ones in turn, each at least `hysteresis` from the next.

    The first one is where they first were farthest, the last one where they are
    farthest so far. None if they never went that far.
    """
    points: list[int] = []
    low = high = 0
    lowest, highest = math.inf, -math.inf
    rising: bool | None = None
    for place, value in enumerate(values):
        if value > highest:
            high, highest = place, value
        if value < lowest:
            low, lowest = place, value
        if rising is not False and highest - value >= hysteresis:
            points.append(high)
            rising, low, lowest = False, place, value
        elif rising is not True and value - lowest >= hysteresis:
            points.append(low)
            rising, high, highest = True, place, value
    if rising is not None:
        points.append(high if rising else low)
    return points


def rounds(starts: Sequence[HostNs], ups: Values, least_deg: float) -> list[Repetition]:
    """Rounds of "up" (n, 3) about its own middle; to and fro where it goes along a line."""
    x, y = likely_plane_tilts(ups)
    (x_middle, x_half), (y_middle, y_half) = _extent(x), _extent(y)
    if y_half < _LINE_SHARE * x_half:
        return to_and_fro(starts, x.tolist(), least_deg)
    if x_half + y_half < least_deg:
        return []
    across, along = ((x - x_middle) / x_half).tolist(), ((y - y_middle) / y_half).tolist()
    phase = _turned(across, along)
    diameter, hand = x_half + y_half, (x.tolist(), y.tolist())
    found: list[Repetition] = []
    for a, b in pairwise(turning_points(phase, 0.6)):
        ends, whole = [a], abs(phase[b] - phase[a])
        for number in range(1, math.floor(whole + _ROUND_SLACK) + 1):
            least = min(number, whole)
            ends.append(next(place for place in range(ends[-1], b + 1) if abs(phase[place] - phase[a]) >= least))
        found += [
            Repetition(starts[c], starts[d], diameter, None, None, None, _peak(hand, c, d)) for c, d in pairwise(ends)
        ]
    return found


def summary(each: Sequence[Repetition], side: Side, quality: float, why: str) -> Repetitions:
    """What these repetitions have in common; `why` there are none."""
    if not each:
        return Repetitions(side, (), None, None, None, None, 0, quality, why)
    sizes = [one.amplitude_deg for one in each]
    apart = [(after.start - one.start) / NS for one, after in pairwise(each)]
    middle = _median(apart) if apart else (each[0].end - each[0].start) / NS
    even = [one for one in apart if one <= _PAUSED * middle]
    return Repetitions(
        side=side,
        each=tuple(each),
        amplitude_deg=_median(sizes),
        tempo_s=_median(even) if even else middle,
        tempo_cv=_cv(even),
        amplitude_cv=_cv(sizes),
        pauses=len(apart) - len(even),
        quality=quality,
        why="",
    )


def likely_plane(ups: Values) -> Plane:
    """The plane through the first of the directions (n, 3), about the axis across which they differ the most."""
    (x, y, z), (one, other), turn = _principal(ups)
    p, q, r = (math.cos(turn) * a + math.sin(turn) * b for a, b in zip(one, other, strict=True))
    first_x, first_y, first_z = (float(part) for part in ups[0])
    return Plane((first_x, first_y, first_z), (y * r - z * q, z * p - x * r, x * q - y * p))


def likely_plane_tilts(ups: Values) -> tuple[Values, Values]:
    """Tilts of directions (n, 3) from their mean, deg: where they differ the most, and across (n,), (n,)."""
    _, (one, other), turn = _principal(ups)
    a, b = _along(ups, one), _along(ups, other)
    x = np.arcsin(np.clip(math.cos(turn) * a + math.sin(turn) * b, -1, 1))
    y = np.arcsin(np.clip(math.cos(turn) * b - math.sin(turn) * a, -1, 1))
    return np.degrees(x), np.degrees(y)


def unwrapped(angles_deg: Values) -> list[float]:
    """Angles (n,) that do not jump by a whole turn."""
    turns = np.concatenate((np.zeros(1), np.cumsum(np.rint((angles_deg[:-1] - angles_deg[1:]) / 360))))
    whole: list[float] = (angles_deg + 360 * turns).tolist()
    return whole


def _turns(angles_deg: Sequence[float], least_deg: float) -> tuple[list[int], float]:
    """Turning points, and what usually lies between two of them."""
    fine = turning_points(angles_deg, least_deg)
    usual_deg = _usual([abs(angles_deg[b] - angles_deg[a]) for a, b in pairwise(fine)])
    among = turning_points([angles_deg[place] for place in fine], max(least_deg, _HYSTERESIS * usual_deg))
    return [fine[place] for place in among], usual_deg


def _repetition(starts: Sequence[HostNs], angles: Sequence[float], points: tuple[int, int, int]) -> Repetition:
    """Out from the first of three turning points to the second, and back to the third."""
    a, b, c = points
    low, top, back = angles[a], angles[b], angles[c]
    out = [(angle - low) / (top - low) for angle in angles[a : b + 1]]
    home = [(angle - top) / (back - top) for angle in angles[b : c + 1]]
    left, came = a + _last(out, _NEAR), a + _first(out, 1 - _NEAR)
    went, there = b + _last(home, _NEAR), b + _first(home, 1 - _NEAR)
    amplitude = abs(top - 0.5 * (low + back))

    def between_s(one: int, other: int) -> float:
        return (starts[other] - starts[one]) / NS

    start, end = _at(starts, angles, left, low + _NEAR * (top - low)), starts[there]
    peak = _peak([angles], left, there)
    return Repetition(start, end, amplitude, between_s(left, came), between_s(came, went), between_s(went, there), peak)


def _at(starts: Sequence[HostNs], angles: Sequence[float], place: int, level: float) -> HostNs:
    """When the middle of the cells passed a level between this cell and the next."""
    step = angles[place + 1] - angles[place]
    share = min(1.0, max(0.0, (level - angles[place]) / step)) if step else 0.0
    return HostNs(starts[place] + CELL_NS // 2 + round(share * (starts[place + 1] - starts[place])))


def _last(shares: Sequence[float], limit: float) -> int:
    """The last place whose share of the way is within the limit, before the end."""
    return max(place for place, share in enumerate(shares[:-1]) if share <= limit)


def _first(shares: Sequence[float], limit: float) -> int:
    """The first place whose share of the way has come to the limit."""
    return next(place for place, share in enumerate(shares) if share >= limit)


def _peak(hands: Sequence[Sequence[float]], start: int, end: int) -> float:
    """The fastest change over 0.3 s between two places, all axes together, deg/s."""
    span = min(_SPEED_CELLS, end - start)
    steps = [
        [there - here for here, there in zip(hand[start : end - span + 1], hand[start + span : end + 1], strict=True)]
        for hand in hands
    ]
    return max(map(math.hypot, *steps)) / (_SPEED_CELLS * CELL_NS / NS)


def _runs(points: Sequence[int], angles: Sequence[float], most: float) -> list[list[int]]:
    """Turning points, parted where the pose was changed."""
    runs: list[list[int]] = [[]]
    for point in points:
        if runs[-1] and abs(angles[point] - angles[runs[-1][-1]]) > most:
            runs.append([])
        runs[-1].append(point)
    return runs


def _usual(sizes: Sequence[float]) -> float:
    """The size that half of all the way is made of movements up to: many fidgets weigh little, one outlier not much."""
    half, way = sum(sizes) / 2, 0.0
    for size in sorted(sizes):
        way += size
        if way >= half:
            return size
    return 0.0


def _turned(across: Sequence[float], along: Sequence[float]) -> list[float]:
    """How many turns about the middle, without those that are too near to it to tell."""
    total: list[float] = []
    before: float | None = None
    for a, b in zip(across, along, strict=True):
        turned = total[-1] if total else 0.0
        if math.hypot(a, b) >= _CENTRE_SHARE:
            angle = math.atan2(b, a) / (2 * math.pi)
            turned += 0.0 if before is None else (angle - before + 0.5) % 1.0 - 0.5
            before = angle
        total.append(turned)
    return total


def _extent(values: Values) -> tuple[float, float]:
    """Middle and half width of values (n,), without the outermost twentieths."""
    ordered = np.sort(values)
    low, high = float(ordered[len(ordered) // 20]), float(ordered[-1 - len(ordered) // 20])
    return (low + high) / 2, max(1e-9, (high - low) / 2)


def _principal(ups: Values) -> tuple[Direction, tuple[Direction, Direction], float]:
    """Mean direction, two axes at right angles to it, and the angle from the first to where they differ the most."""
    x, y, z = (float(axis.sum()) for axis in ups.T)
    length = math.hypot(x, y, z)
    mean = (x / length, y / length, z / length) if length > 0 else (0.0, 0.0, 1.0)
    one, other = tangents(mean)
    a, b = _along(ups, one), _along(ups, other)
    a, b = a - float(a.sum()) / len(a), b - float(b.sum()) / len(b)
    turn = 0.5 * math.atan2(2 * float((a * b).sum()), float((a * a).sum()) - float((b * b).sum()))
    return mean, (one, other), turn


def tangents(up: Direction) -> tuple[Direction, Direction]:
    """Two unit vectors at right angles to a third and to each other (Duff et al. 2017, J Comput Graph Tech 6:1)."""
    x, y, z = up
    sign = math.copysign(1.0, z)
    a = -1 / (sign + z)
    b = x * y * a
    return (1 + sign * x * x * a, sign * b, -sign * x), (b, sign + y * y * a, -y)


def _along(vectors: Values, axis: Direction) -> Values:
    """Components (n,) of vectors (n, 3)."""
    x, y, z = axis
    along: Values = vectors[:, 0] * x + vectors[:, 1] * y + vectors[:, 2] * z
    return along


def _median(values: Sequence[float]) -> float:
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _cv(values: Sequence[float]) -> float | None:
    """Standard deviation over mean; None of fewer than three."""
    if len(values) < 3:
        return None
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1)) / mean
