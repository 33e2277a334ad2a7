"""Tasks that are about an angle: one stretch, contract-relax cycles, and how far the trunk hinges.

Angles are those of `HoldEstimator`: from the neutral pose, in the plane of the movement. They are looked at anew with
every answer, for the plane may become known while a task goes on.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np

from tidehold.estimators.held_shake import Contraction, TremorTrend, TremorWatch, contraction
from tidehold.estimators.hold import HoldEstimator
from tidehold.estimators.hold_detector import HoldDetector, State
from tidehold.estimators.imu_grid import CELL, CELL_NS, STEP_NS
from tidehold.estimators.leg_raise import SAME_RATER_DEG
from tidehold.estimators.posture import Moment, Posed
from tidehold.estimators.stretch_range import Past, Rotation, RotationMeter, creep, gains, hinge_range_deg, past_hinge
from tidehold.records import HostNs, Values
from tidehold.routine import BAND_DEG
from tidehold.session.task_kinds import Figure, Figures, Found, Seen, seldom
from tidehold.units import NS

_NO_POSE: Final = "where the limb was is not known"
_NO_HOLD: Final = "no hold yet"
_DONE: Final = "done"
_UPRIGHT: Final = "keep upright and still for 2 s"
_BEND: Final = "bend forward once with a straight back, and come back"
_ENOUGH: Final = "that was the bend: sit tall"
_SHORT: Final = "the hold is too short to tell"
_TRUNK: Final = ("", "breastbone", "belly")
_TREND_CELLS: Final = 100
"""A trend is worked out anew every 10 s: it compares each part of the hold with all others."""
_LONGEST_NS: Final = 600 * NS
"""Angular rates are kept for so long."""
_BEFORE_NS: Final = 8 * NS
"""Of the hold before a press, that is compared with it."""
_AFTER_NS: Final = 6 * NS
"""Within this after a press a stretch is deepened by who does so at all."""
_EDGE_NS: Final = NS
"""At the beginning of a press and after it the limb is on its way."""
_MOVED_DEG: Final = 1.0
"""As far a limb eases back in a press, or goes deeper after it, at least."""
_SAME_POSE_DEG: Final = 6.0
"""No press eases a limb back by so much, nor does it go so much deeper in one: it is in another pose."""
_LATE_PRESS_NS: Final = 3 * NS // 2
_LEAST_NS: Final = NS
_REACHED_NS: Final = 10 * NS
"""At the end of a cycle: what it reached."""
_BACK: Final = 0.3
"""Of the hinge's range: so near to zero again one is back."""


class Course:
    """Where "up" was, cell by cell.

    Args:
        estimator: Knows the neutral pose and the plane.
        held: Only of a limb that is held: then the acceleration tells it. A filter that learns the gyroscope's bias
            at rest takes a slow creep for one, and lags behind it.
    """

    def __init__(self, estimator: HoldEstimator, *, held: bool = False) -> None:
        self._estimator = estimator
        self._is_held = held
        self._ups = array("d")
        self.starts: list[HostNs] = []

    def add(self, moments: Sequence[Moment]) -> None:
        """Take the next cells."""
        for moment in moments:
            self._ups.extend(moment.cell.acc if self._is_held else moment.cell.up)
            self.starts.append(moment.cell.start)

    def angles_deg(self) -> list[float] | None:
        """Of all cells; None while there is no neutral pose."""
        ups: Values = np.frombuffer(self._ups.tobytes()).reshape(-1, 3)
        angles = self._estimator.angles_deg(ups)
        if angles is None:
            return None
        listed: list[float] = angles.tolist()
        return listed

    def median(self, angles: Sequence[float], start: int, end: int) -> float | None:
        """The median angle from one time to another; None of less than a second."""
        part = sorted(angles[bisect_left(self.starts, start) : bisect_left(self.starts, end)])
        return part[len(part) // 2] if len(part) * CELL_NS >= _LEAST_NS else None


@dataclass(slots=True)
class _Run:
    """A hold: its first cell, the one after its last, and how far the segment was turned when it last was at rest."""

    first: int
    after: int
    turned: Rotation | None = None


class StretchTask:
    """One stretch: what was reached, past what it went, how far it turned, and how the tremor went."""

    pause = staticmethod(seldom)

    def __init__(self, seen: Seen) -> None:
        self._task, self._seen = seen.task, seen
        self._course = Course(seen.estimator, held=True)
        self._detector = HoldDetector()
        self._detector.due = True
        self._runs: list[_Run] = []
        self._rotation = RotationMeter(*seen.turned)
        self._watch = TremorWatch()
        self._trend: TremorTrend | None = None
        self._trend_cells = 0  # of the hold whose trend that is

    def take(self, posed: Posed) -> None:
        """Take the next cells."""
        if posed.fresh:
            self._detector.reset()
        first = len(self._course.starts)
        self._course.add(posed.moments)
        is_held: list[bool] = []
        at_rest: dict[int, Rotation] = {}  # by cell
        for number, moment in enumerate(posed.moments):
            part = slice(number * CELL, (number + 1) * CELL)
            is_fresh = posed.fresh and not number
            self._rotation.add(posed.turning[part], posed.up[part], fresh=is_fresh, gyroscope=posed.gyroscope)
            is_held.append(self._detector.add(moment, gyroscope=posed.gyroscope) is State.HOLD)
            if is_held[-1] and self._detector.at_rest == moment.cell.start + CELL_NS:
                at_rest[number] = self._rotation.rotation()
        for held, group in groupby(range(len(is_held)), key=is_held.__getitem__):
            cells = list(group)
            if held:
                self._hold(first, cells, posed)
                self._runs[-1].turned = next((at_rest[n] for n in cells[::-1] if n in at_rest), self._runs[-1].turned)

    def asks(self, _now: HostNs, /) -> str:
        """Nothing: the routine says it."""
        return ""

    def found(self, _end: HostNs | None, /) -> Found:
        """The five figures; angle and turning of its longest hold, the rest from its first hold to its last."""
        angles = self._course.angles_deg()
        reached, held = Figure(None, self._seen.estimator.no_zero), None
        turned = self._rotation.rotation()
        if not self._runs:
            reached = Figure(None, _NO_HOLD)
        else:
            longest = max(self._runs, key=lambda run: run.after - run.first)
            turned = longest.turned or turned
            if angles is not None:
                held = angles[self._runs[0].first : self._runs[-1].after]
                reached = Figure(sorted(angles[longest.first : longest.after])[(longest.after - longest.first) // 2])
        return Found(
            {
                "reached_deg": reached,
                "past_target_deg": self._past_target(held, reached.why),
                "turned_deg": Figure(turned.angle_deg, turned.why),
                "tremor_rise_percent_min": self._tremor(),
                "past_hinge_deg": self._past_hinge(held, reached.why),
                "turned_error_deg": Figure(turned.may_be_off_deg),
            },
            turned=self._rotation.rotation(),
        )

    def _past_target(self, held: list[float] | None, why: str) -> Figure:
        target = self._task.target_deg
        if target is None:
            return Figure(None, "no angle is asked for")
        if held is None:
            return Figure(None, why)
        sign = -1.0 if target < 0 else 1.0
        return _past(creep([sign * angle for angle in held], sign * target), BAND_DEG)

    def _past_hinge(self, held: list[float] | None, why: str) -> Figure:
        if self._seen.placement not in _TRUNK:
            return Figure(None, f"not observable: the phone is on the {self._seen.placement}, not on the trunk")
        if self._seen.hinge_deg is not None and held is None:
            return Figure(None, why)
        return _past(past_hinge(held or [], self._seen.hinge_deg), 0.0)

    def _tremor(self) -> Figure:
        trend = self._trend
        if trend is None or trend.percent_per_min is None:
            return Figure(None, trend.why if trend else _SHORT if self._runs else _NO_HOLD)
        if not trend.rising:
            return Figure(0.0, "experimental: no tremor rises beyond chance")
        return Figure(trend.percent_per_min, trend.why)

    def _hold(self, first: int, cells: list[int], posed: Posed) -> None:
        """Take cells in a row in which the limb is held; the task's first ones are before `first`."""
        start, end = first + cells[0], first + cells[-1] + 1
        if not self._runs or self._runs[-1].after != start or (posed.fresh and not cells[0]):
            self._runs.append(_Run(start, start))
            self._watch = TremorWatch(skip=0)
        before = start - self._runs[-1].first
        self._runs[-1].after = end
        self._watch.add(posed.turning[cells[0] * CELL : (cells[-1] + 1) * CELL])
        length = end - self._runs[-1].first
        if length // _TREND_CELLS > before // _TREND_CELLS and length >= self._trend_cells:
            self._trend = self._watch.trend(self._seen.estimator.posture.gyr_hz)
            self._trend_cells = length


class _Cycle(NamedTuple):
    """One contract-relax cycle: whether it was done, whether the press was felt, the angle that it reached."""

    done: bool | None
    felt: bool | None
    reached_deg: float | None
    why: str


class CycleTask:
    """Contract-relax cycles by the clock: press, then let go and deepen, and again."""

    pause = staticmethod(seldom)

    def __init__(self, seen: Seen) -> None:
        self._task, self._seen = seen.task, seen
        self._course = Course(seen.estimator)
        self._turning: deque[tuple[HostNs, Values]] = deque()
        self._press_ns = round(seen.task.press_s * NS)
        self._deepen_ns = round(seen.task.deepen_s * NS)
        self._length_ns = max(_LEAST_NS, self._press_ns + self._deepen_ns)
        self._end = seen.since
        self._blind = False
        self._felt: dict[int, Contraction] = {}
        for posed in seen.before:
            self.take(posed)

    def take(self, posed: Posed) -> None:
        """Take the next cells."""
        self._course.add(posed.moments)
        self._turning.append((posed.moments[0].cell.start, posed.turning))
        self._end = HostNs(posed.moments[-1].cell.start + CELL_NS)
        while self._end - self._turning[0][0] > _LONGEST_NS:
            self._turning.popleft()
        self._blind = not posed.gyroscope

    def asks(self, now: HostNs, /) -> str:
        """To press, or to deepen."""
        number, into = divmod(now - self._seen.since, self._length_ns)
        if self._task.count and number >= self._task.count:
            return _DONE
        return "press" if into < self._press_ns else "let go, and deepen the stretch"

    def found(self, end: HostNs | None, /) -> Found:
        """How many were done, and what they gained."""
        angles = self._course.angles_deg()
        start_deg = None if angles is None else self._begun(angles)
        cycles = [self._cycle(number, angles) for number in range(self._over(end))]
        unknown = next((cycle.why for cycle in cycles if cycle.done is None), "")
        known = [cycle for cycle in cycles if cycle.done is not None]
        done: float | None = float(sum(cycle.done is True for cycle in cycles))
        if cycles and not known:
            done = None
        felt = [cycle.felt for cycle in cycles if cycle.felt is not None]
        gained = gains([start_deg, *(cycle.reached_deg for cycle in cycles)])
        within = "" if gained.more_than_error else f"a gain below {SAME_RATER_DEG} deg is within the error of an angle"
        figures: Figures = {
            "cycles_done": Figure(done, unknown),
            "gain_deg": Figure(gained.whole_deg, self._seen.estimator.no_zero or gained.why or within),
            "presses_felt": Figure(
                float(sum(felt)) if felt else None, next((each.why for each in cycles), "no press yet")
            ),
        }
        if end is not None:
            why = self._seen.estimator.no_zero or _NO_POSE
            figures["before_deg"] = Figure(start_deg, "" if start_deg is not None else why)
            for number, gain in enumerate(gained.each, 1):
                figures[f"gain_{number}_deg"] = Figure(gain, "" if gain is not None else why)
        return Found(figures)

    def _over(self, end: HostNs | None) -> int:
        """How many cycles can be judged: those whose press is over, and what follows it has been seen."""
        after = min(_AFTER_NS if end is None else 2 * _EDGE_NS, self._deepen_ns)
        over = (self._end - self._seen.since - self._press_ns - after) // self._length_ns + 1
        return max(0, min(over, self._task.count or over))

    def _cycle(self, number: int, angles: list[float] | None) -> _Cycle:
        start = self._seen.since + number * self._length_ns
        release, end = start + self._press_ns, start + self._length_ns
        felt = self._felt.get(number) or self._contraction(start, release)
        self._felt[number] = felt
        reached = None
        if angles is not None:
            reached = self._course.median(angles, max(release, end - _REACHED_NS), end)
        moved = self._moved(start, release, angles)
        done = True if felt.seen or moved else moved
        why = felt.why if done is not None else f"{felt.why}; where the limb was is not known either"
        return _Cycle(done, felt.seen, reached, why)

    def _contraction(self, start: int, release: int) -> Contraction:
        """Whether the press is felt, against the hold before it, or else after it."""
        if not self._seen.placement:
            return Contraction(None, None, "not observable: nobody said where the phone is")
        before = self._between(start - _BEFORE_NS, start)
        if not len(before):
            before = self._between(release + _EDGE_NS, release + _AFTER_NS)
        gyr_hz = None if self._blind else self._seen.estimator.posture.gyr_hz
        return contraction(before, self._between(start, release), self._seen.placement, gyr_hz)

    def _moved(self, start: int, release: int, angles: list[float] | None) -> bool | None:
        """Whether the limb eased back in the press, or went deeper after it."""
        origin = None if angles is None else self._reference(angles, start)
        if angles is None or origin is None:
            return None
        sign = -1.0 if origin < 0 else 1.0
        pressed = self._pressed(angles, start)
        deeper = self._course.median(angles, release + _EDGE_NS, release + min(_AFTER_NS, self._deepen_ns))
        if pressed is not None and sign * (origin - pressed) >= _MOVED_DEG:
            return True
        if deeper is not None and sign * (deeper - origin) >= _MOVED_DEG:
            return True
        return None if pressed is None or deeper is None else False

    def _begun(self, angles: list[float]) -> float | None:
        """The angle before the first press: what this side's last stretch reached, or of the hold just before.

        Neither where the first press is in another pose: then that of this press.
        """
        start = self._seen.since
        pressed = self._pressed(angles, start)
        held = self._course.median(angles, start - _BEFORE_NS // 2, start)
        likely = [known for known in (self._seen.reached_deg, held) if known is not None]
        if pressed is None:
            return likely[0] if likely else None
        return next((known for known in likely if abs(known - pressed) <= _SAME_POSE_DEG), pressed)

    def _pressed(self, angles: list[float], start: int) -> float | None:
        """The angle in a press; of the first one, in which one may still come into the pose, at its end."""
        release = start + self._press_ns
        since = start + _EDGE_NS
        if start == self._seen.since:
            since = max(since, release - _LATE_PRESS_NS)
        return self._course.median(angles, since, release)

    def _reference(self, angles: list[float], start: int) -> float | None:
        """The angle before a press."""
        if start == self._seen.since:
            return self._begun(angles)
        return self._course.median(angles, start - _BEFORE_NS // 2, start)

    def _between(self, start: int, end: int) -> Values:
        """Angular rates (n, 3) rad/s from one time to another."""
        parts = [
            block[max(0, -((first - start) // STEP_NS)) : max(0, (end - first) // STEP_NS)]
            for first, block in self._turning
            if first < end and first + len(block) * STEP_NS > start
        ]
        return np.concatenate(parts) if parts else np.empty((0, 3))


class HingeTask:
    """How far the trunk hinges with a straight back: one bend, and back up."""

    pause = staticmethod(seldom)

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._course = Course(seen.estimator)
        self._text = _UPRIGHT if seen.estimator.zero is None else _BEND

    def take(self, posed: Posed) -> None:
        """Take the next cells."""
        self._course.add(posed.moments)

    def asks(self, _now: HostNs, /) -> str:
        """To keep still, to bend, to come back."""
        return self._text

    def found(self, _end: HostNs | None, /) -> Found:
        """The farthest second of the bend; how the person stood before zero was known is none."""
        angles = self._course.angles_deg()
        if angles is None:
            return Found({"hinge_deg": Figure(None, self._seen.estimator.no_zero)})
        angles = angles[bisect_left(self._course.starts, self._seen.estimator.zero_since or 0) :]
        hinge = hinge_range_deg(angles)
        if hinge is None:
            self._text = _BEND
            return Found({"hinge_deg": Figure(None, "hardly any bend yet: it takes 15 deg")})
        if self._text != _ENOUGH:
            self._text = _ENOUGH if abs(angles[-1]) < _BACK * hinge else "come back up"
        return Found({"hinge_deg": Figure(hinge)})


def _past(found: Past, band_deg: float) -> Figure:
    """How far past the limit and its band; 0 if it never went there."""
    if found.crept is None:
        return Figure(None, found.why)
    return Figure(max(0.0, found.most_deg - band_deg) if found.past_s else 0.0, found.why)
