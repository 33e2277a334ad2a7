"""What each kind of task measures at one sensor: repetitions, straight-leg raises, a walk, a slow movement.

A runner is made when its task begins and gets the cells from then on; stretches have runners of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from tidehold.estimators.articulation import SLOW_DEG_S, Articulation
from tidehold.estimators.gait import LIVE_S, STRIDE_LENGTH_WHY, GaitCheck
from tidehold.estimators.hold import HoldEstimator
from tidehold.estimators.leg_raise import ATTEMPTS, BETWEEN_RATERS_DEG, SAME_RATER_DEG, LegRaise
from tidehold.estimators.posture import Posed
from tidehold.estimators.repetitions import RepetitionCounter
from tidehold.estimators.stretch_range import Rotation
from tidehold.records import HostNs
from tidehold.routine import Task
from tidehold.units import NS

_SLOWER_NS: Final = 2 * NS
"""So long "slower" is said after it was too fast: words that flicker are of no use."""
_WALK_CELLS: Final = 100
"""Each 10 s; the figures of a walk take 2 ms."""
_LEAST_CELLS: Final = 20
_GROWN: Final = 20
"""What is dear to work out is so again when 2 s have come, or this part of what there is."""


class Figure(NamedTuple):
    """A figure and its reason: why it is not known, or what to know about it."""

    value: float | None
    why: str = ""


Figures = dict[str, Figure]
"""By name, which ends in the unit."""


class Found(NamedTuple):
    """What a task has come to so far; `quality` 0..1 is how far it can be trusted where all of it was heard.

    `turned`: how far the segment is turned now, where a later task builds on it.
    """

    figures: Figures
    quality: float = 1.0
    turned: Rotation | None = None


class Seen(NamedTuple):
    """The task, the sensor, when it began, and what is known from before.

    `before`: the last 10 s. `hinge_deg`: how far the trunk hinges. `reached_deg`: what the last stretch of this side
    reached. `turned`: how far the segment is turned where the stretch has just ended, and by how much that may be off,
    deg.
    """

    task: Task
    source: str
    placement: str
    estimator: HoldEstimator
    since: HostNs
    before: tuple[Posed, ...] = ()
    hinge_deg: float | None = None
    reached_deg: float | None = None
    turned: tuple[float, float] = (0.0, 0.0)


class Runner(Protocol):
    """Measures one task at one sensor."""

    def take(self, posed: Posed) -> None:
        """Take the next cells of the task."""
        ...

    @property
    def pause(self) -> Callable[[int], int]:
        """So many cells more are worth working out the figures again, of so many that there are."""
        ...

    def asks(self, now: HostNs, /) -> str:
        """What the person is to do at `now`; "" if the task does not lead through it."""
        ...

    def found(self, end: HostNs | None, /) -> Found:
        """What it came to so far, or with `end` in all; of the figures that are said live none is left out."""
        ...


def always(_cells: int, /) -> int:
    """The pause of what is cheap to work out."""
    return 1


def seldom(cells: int, /) -> int:
    """The pause of what is dear, for all that came is looked at."""
    return max(_LEAST_CELLS, cells // _GROWN)


def rarely(_cells: int, /) -> int:
    """The pause of what is very dear and slow to change."""
    return _WALK_CELLS


class RepetitionTask:
    """Counts the repetitions of one side."""

    pause = staticmethod(seldom)

    def __init__(self, seen: Seen) -> None:
        self._task = seen.task
        self._counter = RepetitionCounter(seen.task.side, seen.task.shape)
        self._done = 0

    def take(self, posed: Posed) -> None:
        """Take the next cells."""
        self._counter.add(posed.moments)

    def asks(self, _now: HostNs, /) -> str:
        """How many are asked for."""
        count = self._task.count
        if not count:
            return ""
        side = f", {self._task.side}" if self._task.side else ""
        return "done" if self._done >= count else f"{count} repetitions{side}"

    def found(self, _end: HostNs | None, /) -> Found:
        """How many, how far, how quickly, how evenly."""
        found = self._counter.found()
        self._done = found.done
        few = found.why or "fewer than three"
        return Found(
            {
                "repetitions": Figure(float(found.done), found.why),
                "repetition_deg": Figure(found.amplitude_deg, found.why),
                "repetition_tempo_s": Figure(found.tempo_s, found.why),
                "tempo_cv": _known(found.tempo_cv, few),
                "amplitude_cv": _known(found.amplitude_cv, few),
                "pauses": Figure(float(found.pauses)),
            }
        )


class RaiseTask:
    """Guides and measures the straight-leg-raise test of one side."""

    pause = staticmethod(always)

    def __init__(self, seen: Seen) -> None:
        self._test = LegRaise(seen.task.side, seen.task.count or ATTEMPTS)

    def take(self, posed: Posed) -> None:
        """Take the next cells."""
        self._test.add(posed.moments, gyroscope=posed.gyroscope)

    def asks(self, _now: HostNs, /) -> str:
        """The next move."""
        return self._test.asks

    def found(self, _end: HostNs | None, /) -> Found:
        """The best angle, with the test's published error beside it."""
        found = self._test.found()
        counted = sum(attempt.angle_deg is not None for attempt in found.attempts)
        return Found(
            {
                "raise_deg": Figure(found.angle_deg, found.why or found.error_text),
                "raise_attempts": Figure(float(counted), found.attempts[-1].why if found.attempts else ""),
                "raise_spread_deg": Figure(found.spread_deg, found.why),
                "mdc95_same_rater_deg": Figure(SAME_RATER_DEG),
                "mdc95_between_raters_deg": Figure(BETWEEN_RATERS_DEG),
            },
            found.quality,
        )


class WalkTask:
    """The gait check; while it lasts its figures are those of the last 20 s."""

    pause = staticmethod(rarely)

    def __init__(self, seen: Seen) -> None:
        self._posture = seen.estimator.posture
        self._gait = GaitCheck()

    def take(self, posed: Posed) -> None:
        """Take the next cells."""
        self._gait.add(posed.stretch)

    def asks(self, _now: HostNs, /) -> str:
        """To walk."""
        return "walk as you usually do"

    def found(self, end: HostNs | None, /) -> Found:
        """Cadence, variability and asymmetry."""
        found = self._gait.found(self._posture.acc_hz or 0.0, LIVE_S if end is None else None)
        steps = found.why or found.why_no_steps
        part = "of its last ten minutes" if end is not None and self._gait.is_cut else ""
        return Found(
            {
                "cadence_spm": Figure(found.cadence_spm, found.why),
                "stride_cv": Figure(found.stride_cv, found.why),
                "step_cv": Figure(found.step_cv, steps),
                "step_asymmetry": Figure(found.step_asymmetry, steps),
                "stride_length_m": Figure(None, f"stride length is {STRIDE_LENGTH_WHY}"),
                "strides": Figure(float(found.strides), part),
                "walked_s": Figure(found.walked_s, part),
            },
            min(1.0, found.walked_s / (LIVE_S if end is None else max(found.heard_s, 1.0))),
        )


class SlowTask:
    """Watches how slowly a movement is made."""

    pause = staticmethod(always)

    def __init__(self, seen: Seen) -> None:
        self._watch = Articulation(seen.task.limit_deg_s or SLOW_DEG_S)
        self._slower_until = HostNs(0)
        self._end = HostNs(0)

    def take(self, posed: Posed) -> None:
        """Take the next cells."""
        for moment in posed.moments:
            self._watch.add((moment,))
            self._end = moment.cell.start
            if self._watch.too_fast:
                self._slower_until = HostNs(self._end + _SLOWER_NS)

    def asks(self, _now: HostNs, /) -> str:
        """To go slowly, or more slowly."""
        return "slower" if self._end < self._slower_until else "move slowly, part by part"

    def found(self, end: HostNs | None, /) -> Found:
        """The speed now, or in all the highest; the share of the moving time that was too fast; stops."""
        found = self._watch.found()
        speed = Figure(found.peak_deg_s, found.why)
        if end is None:
            speed = _known(self._watch.speed_deg_s, found.why or "less than 0.4 s without a break")
        return Found(
            {
                "speed_deg_s": speed,
                "over_share": Figure(found.over_share, found.why),
                "stops": Figure(float(found.pauses)),
                "over_s": Figure(found.over_s),
                "moving_s": Figure(found.moving_s),
                "stopped_s": Figure(found.paused_s),
            }
        )


def _known(value: float | None, why: str) -> Figure:
    """A figure that needs no words if it is known."""
    return Figure(value, why if value is None else "")
