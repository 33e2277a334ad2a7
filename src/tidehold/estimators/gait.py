"""A walk with the phone on one thigh: cadence, how much steps vary, and how unlike the two are.

A thigh swings once for each stride, so strides are counted by its swing, and there are two steps to each. The other
leg's steps show only as the jolt of its heel, which reaches this thigh through the pelvis: where that jolt stands out
in the mean stride, its place parts the stride into the two steps; where it does not, nothing is said of them. The jolt
comes a little later than the heel, which is not corrected for: each millisecond adds about 0.004 to the asymmetry.
Both figures of steps are experimental.
"""

from __future__ import annotations

import math
from collections import deque
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from tidehold.estimators.imu_grid import CELL, CELL_NS, RATE_HZ, STEP_NS, Stretch
from tidehold.estimators.repetitions import turning_points
from tidehold.records import HostNs, Values
from tidehold.units import NS

STRIDE_LENGTH_WHY: Final = "not measured: a phone on one thigh does not see where the feet land"
LIVE_S: Final = 20.0
"""Seconds whose figures are worth telling live, and cheap."""
_LEAST_SWING_DEG_S: Final = 60.0
"""Peak to peak; walkers' thighs swing by 40 degrees at 200 deg/s and more."""
_HYSTERESIS: Final = 0.5
_STRIDE_S: Final = (0.7, 2.0)
"""Cadences from 60 to 171 steps/min; outside is standing, turning or running."""
_LIKE: Final = 0.25
"""A stride that differs by more from the median is a turn or a stumble."""
_LEAST_STRIDES: Final = 10
_LEAST_HZ: Final = 45.0
"""A slower sensor does not feel when a heel lands."""
_SMOOTH: Final = 7
"""Samples of each of three means, 0.07 s: what is slower than 4 Hz passes."""
_STEADY: Final = 5
"""Samples: a jolt of 12 to 25 Hz is quicker, what the swing and the lift of the body do is slower."""
_RISEN: Final = 0.7
"""Share of its height at which a jolt begins: its top depends on how it rings, its foot on what was before it."""
_PHASES: Final = 100
_APART: Final = 0.25
"""Of a stride: nearer to each other two jolts are not of two feet."""
_AROUND: Final = 0.08
"""Of a stride: how far from its usual place a jolt is looked for."""
_STANDS_OUT: Final = 2.0
"""Over the median of the mean stride."""
_LONGEST_CELLS: Final = 600 * NS // CELL_NS
_ROUNDS: Final = 50


class Walk(NamedTuple):
    """What a walk was like; None where it cannot be known.

    `cadence_spm`: steps per minute of walking, twice the strides. `stride_cv`, `step_cv`: standard deviation over
    mean of the strides' times, and of the steps' times, of either foot by itself. `step_asymmetry`: the
    difference of the mean step times of the two feet over the mean of both (Robinson et al. 1987), 0..2;
    `why_no_steps` why the last two are unknown. `walked_s` of `heard_s`: in strides that count.
    """

    strides: int
    walked_s: float
    heard_s: float
    cadence_spm: float | None
    stride_cv: float | None
    step_cv: float | None
    step_asymmetry: float | None
    why: str
    why_no_steps: str


class _Cell(NamedTuple):
    """A cell of the grid; `goes_on`: it continues the one before."""

    start: HostNs
    acc: Values
    gyr: Values
    goes_on: bool


class GaitCheck:
    """Collects one walk; a new one for each. Of a very long one the last ten minutes are kept."""

    def __init__(self) -> None:
        self._cells: deque[_Cell] = deque(maxlen=_LONGEST_CELLS)
        self._end = HostNs(0)  # of the newest cell that is kept
        self._blind = False
        self.is_cut = False
        """Whether the beginning is no longer kept."""

    def add(self, stretch: Stretch) -> None:
        """Take whole cells; those without a gyroscope tell nothing."""
        self._blind = stretch.gyr is None
        if stretch.gyr is None:
            return
        for first in range(0, len(stretch.acc), CELL):
            start, part = HostNs(stretch.start + first * STEP_NS), slice(first, first + CELL)
            goes_on = start == self._end and not (stretch.fresh and not first)
            self.is_cut = self.is_cut or len(self._cells) == _LONGEST_CELLS
            self._cells.append(_Cell(start, stretch.acc[part], stretch.gyr[part], goes_on))
            self._end = HostNs(start + CELL_NS)

    def found(self, acc_hz: float, last_s: float | None = None) -> Walk:
        """The walk so far, of which two minutes take 10 ms to work out, or what the last seconds of it were like.

        Args:
            acc_hz: Samples of acceleration per second that the sensor gave: a slow one does not feel a heel's jolt.
            last_s: Those; None: all of it.
        """
        since = None if last_s is None else self._end - round(last_s * NS)
        parts: list[list[_Cell]] = []
        for cell in self._cells:
            if since is not None and cell.start < since:
                continue
            if not parts or not cell.goes_on:
                parts.append([])
            parts[-1].append(cell)
        found = walk(
            [
                (np.concatenate([each.acc for each in part]), np.concatenate([each.gyr for each in part]))
                for part in parts
            ],
            blind=self._blind,
        )
        if found.why or acc_hz >= _LEAST_HZ:
            return found
        why = f"not observable: {acc_hz:.0f} samples a second are too few to tell the steps"
        return found._replace(step_cv=None, step_asymmetry=None, why_no_steps=why)


def walk(stretches: list[tuple[Values, Values]], *, blind: bool = False) -> Walk:
    """What is known of a walk from stretches of acceleration (n, 3) m/s^2 and angular rate (n, 3) rad/s at 100 Hz.

    Args:
        stretches: Each without a break.
        blind: There is no gyroscope now.
    """
    heard_s = sum(len(acc) for acc, _ in stretches) / RATE_HZ
    if not stretches:
        return _nothing(heard_s, "no gyroscope" if blind else "nothing has been heard yet")
    swings = _swings([gyr for _, gyr in stretches])
    together = np.sort(np.concatenate(swings))
    size = float(together[len(together) * 19 // 20] - together[len(together) // 20])
    if size < _LEAST_SWING_DEG_S:
        return _nothing(heard_s, f"no walking seen: the thigh swings by {size:.0f} deg/s only")
    marks = [_marks(swing.tolist(), _HYSTERESIS * size) for swing in swings]
    lengths = [(b - a) / RATE_HZ for one in marks for a, b in pairwise(one)]
    likely = sorted(length for length in lengths if _STRIDE_S[0] <= length <= _STRIDE_S[1])
    if len(likely) < _LEAST_STRIDES:
        return _nothing(heard_s, f"{len(likely)} strides seen, {_LEAST_STRIDES} needed")
    usual_s = likely[len(likely) // 2]
    kept = [length for length in likely if abs(length - usual_s) <= _LIKE * usual_s]
    mean_s = sum(kept) / len(kept)
    steps, why = _steps([acc for acc, _ in stretches], marks, usual_s)
    step_cv = asymmetry = None
    if steps is not None:
        (one, one_var), (other, other_var) = (_mean_and_variance(side) for side in steps)
        asymmetry = abs(one - other) / (0.5 * (one + other))
        step_cv = math.sqrt((one_var + other_var) / 2) / (0.5 * (one + other))
    return Walk(
        strides=len(kept),
        walked_s=sum(kept),
        heard_s=heard_s,
        cadence_spm=120 / mean_s,
        stride_cv=math.sqrt(_mean_and_variance(kept)[1]) / mean_s,
        step_cv=step_cv,
        step_asymmetry=asymmetry,
        why="",
        why_no_steps=why,
    )


def _nothing(heard_s: float, why: str) -> Walk:
    return Walk(0, 0.0, heard_s, None, None, None, None, why, why)


def _swings(rates: list[Values]) -> list[Values]:
    """Angular rate (n,) deg/s of each stretch about the axis of the swing, positive forwards, which is the faster."""
    axis = _main_axis(np.concatenate(rates))
    swings = [_smooth(np.degrees(_dot(gyr, axis)), _SMOOTH, 3) for gyr in rates]
    third = sum(float((swing**3).sum()) for swing in swings)
    return [-swing for swing in swings] if third < 0 else swings


def _marks(swing: list[float], hysteresis: float) -> list[float]:
    """One place in each stride: where the rate rises through the middle between two turning points."""
    points = turning_points(swing, hysteresis)
    marks: list[float] = []
    for low, high in pairwise(points):
        if swing[high] < swing[low]:
            continue
        level = 0.5 * (swing[low] + swing[high])
        place = next(place for place in range(low, high) if swing[place + 1] >= level)
        marks.append(place + (level - swing[place]) / (swing[place + 1] - swing[place]))
    return marks


def _steps(
    accs: list[Values], marks: list[list[float]], usual_s: float
) -> tuple[tuple[list[float], list[float]] | None, str]:
    """Times of the steps of either foot, s; None and why, where the jolt of one of them does not stand out."""
    jolts = [_jolts(acc) for acc in accs]
    strides = [
        (number, a, b)
        for number, one in enumerate(marks)
        for a, b in pairwise(one)
        if abs((b - a) / RATE_HZ - usual_s) <= _LIKE * usual_s
    ]
    share = np.arange(_PHASES) / _PHASES
    mean = np.zeros(_PHASES)
    for number, a, b in strides:
        mean += jolts[number][np.rint(a + share * (b - a)).astype(np.intp)]
    first = int(mean.argmax())
    apart = np.abs((np.arange(_PHASES) - first + _PHASES // 2) % _PHASES - _PHASES // 2)
    second = int(np.where(apart >= _APART * _PHASES, mean, -1.0).argmax())
    least = _STANDS_OUT * float(np.sort(mean)[_PHASES // 2])
    if mean[second] < max(least, mean[second - 1], mean[(second + 1) % _PHASES]):
        return None, "not observable: the jolt of the other foot does not stand out at this thigh"
    early, late = sorted((first, second))
    found = [
        (number, b, _jolt(jolts[number], a, b, early), _jolt(jolts[number], a, b, late)) for number, a, b in strides
    ]
    one = [(late_at - early_at) / RATE_HZ for _, _, early_at, late_at in found]
    other = [
        (following[2] - before[3]) / RATE_HZ
        for before, following in pairwise(found)
        if before[0] == following[0] and abs(following[1] - before[1]) <= (1 + _LIKE) * usual_s * RATE_HZ
    ]
    if len(other) < _LEAST_STRIDES // 2:
        return None, "too few strides in a row"
    return (one, other), ""


def _jolts(acc: Values) -> Values:
    """How strongly (n,) the sensor is jolted, m/s^2: what is quicker than 0.05 s."""
    quick = acc - np.stack([_smooth(axis, _STEADY, 1) for axis in acc.T], axis=1)
    size: Values = np.sqrt((quick * quick).sum(axis=1))
    return size


def _jolt(jolts: Values, start: float, end: float, phase: int) -> float:
    """Where the jolt begins that usually is in this hundredth of a stride: where it has risen."""
    around = _AROUND * (end - start)
    middle = start + phase / _PHASES * (end - start)
    low, high = max(0, math.ceil(middle - around)), min(len(jolts) - 1, math.floor(middle + around))
    top = low + int(jolts[low : high + 1].argmax())
    risen = _RISEN * float(jolts[top])
    while top > low and jolts[top - 1] > risen:
        top -= 1
    if top == low:
        return float(top)
    return top - (float(jolts[top]) - risen) / (float(jolts[top]) - float(jolts[top - 1]))


def _smooth(values: Values, width: int, times: int) -> Values:
    """Means (n,) over an odd number of samples about each, again and again; fewer at the ends."""
    n, half = len(values), width // 2
    first, after = np.maximum(np.arange(n) - half, 0), np.minimum(np.arange(n) + half, n - 1) + 1
    for _ in range(times):
        sums = np.concatenate((np.zeros(1), values.cumsum()))
        values = (sums[after] - sums[first]) / (after - first)
    return values


def _main_axis(vectors: Values) -> tuple[float, float, float]:
    """The axis along which vectors (n, 3) are largest, by the power method."""
    rows = [[float((one * other).sum()) for other in vectors.T] for one in vectors.T]
    largest = max(range(3), key=lambda place: rows[place][place])
    axis = rows[largest]
    for _ in range(_ROUNDS):
        axis = [sum(part * along for part, along in zip(row, axis, strict=True)) for row in rows]
        length = math.sqrt(sum(part * part for part in axis))
        if length == 0:
            return 1.0, 0.0, 0.0
        axis = [part / length for part in axis]
    x, y, z = axis
    return x, y, z


def _dot(vectors: Values, axis: tuple[float, float, float]) -> Values:
    x, y, z = axis
    product: Values = vectors[:, 0] * x + vectors[:, 1] * y + vectors[:, 2] * z
    return product


def _mean_and_variance(values: list[float]) -> tuple[float, float]:
    mean = sum(values) / len(values)
    return mean, sum((value - mean) ** 2 for value in values) / max(1, len(values) - 1)
