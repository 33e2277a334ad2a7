"""What is measured besides holds: the task that is asked for by a mark or by the coach, at every motion sensor.

What a task came to is said when it ends, of the cells that are known by then. Samples that come later are left out:
how long they are is said, and they count as not heard.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import chain
from typing import Final

import msgspec

from tidehold.errors import ConfigError
from tidehold.estimators.hold import HoldEstimator
from tidehold.estimators.imu_grid import CELL_NS
from tidehold.estimators.posture import Posed
from tidehold.records import Cue, Estimate, HostNs, Output
from tidehold.routine import Doing, Measured, Side, Task, TaskKind
from tidehold.session.stretch_tasks import CycleTask, HingeTask, StretchTask
from tidehold.session.task_kinds import Found, RaiseTask, RepetitionTask, Runner, Seen, SlowTask, WalkTask
from tidehold.units import NS

DO: Final = "do"
"""Verb of the mark that begins a task ("repetitions left", "raise right", "walk", ...), or ends it ("")."""
RUNNERS: Final[dict[TaskKind, Callable[[Seen], Runner]]] = {
    "repetitions": RepetitionTask,
    "raise": RaiseTask,
    "walk": WalkTask,
    "slow": SlowTask,
    "stretch": StretchTask,
    "cycles": CycleTask,
    "hinge": HingeTask,
}
LIVE: Final[dict[TaskKind, tuple[str, ...]]] = {
    "repetitions": ("repetitions", "repetition_deg", "repetition_tempo_s"),
    "raise": ("raise_deg", "raise_attempts"),
    "walk": ("cadence_spm", "stride_cv", "step_cv", "step_asymmetry", "stride_length_m"),
    "slow": ("speed_deg_s", "over_share", "stops"),
    "stretch": ("reached_deg", "past_target_deg", "turned_deg", "tremor_rise_percent_min", "past_hinge_deg"),
    "cycles": ("cycles_done", "gain_deg"),
    "hinge": ("hinge_deg",),
}
"""What is said every second; the source's name stands before each."""
WORN: Final[dict[TaskKind, tuple[str, ...]]] = {
    "raise": ("shin", "thigh"),
    "walk": ("thigh",),
    "hinge": ("breastbone", "belly"),
}
"""Where the sensor must be, if it is known where it is; for other kinds anywhere."""
MOST_MEASURED: Final = 6
"""Tasks that are over and still shown, each with what every sensor made of it."""
_BEFORE_NS: Final = 10 * NS
_LATE_NS: Final = NS
"""A message of a phone may lie so far back; more is said."""
_MISSING_S: Final = 0.5
_OVER: Final = "no task is on"
_UNHEARD: Final = "nothing has been heard yet"
_NO_SENSOR: Final = "there is no motion sensor: nothing is measured"
_NUMBERS: Final[dict[TaskKind, str]] = {
    "repetitions": "count",
    "raise": "count",
    "cycles": "count",
    "slow": "limit_deg_s",
    "stretch": "target_deg",
}
"""What a number means."""
_EXPECTED: Final = (
    'expected a task: "repetitions", "raise", "walk", "slow", "stretch", "cycles" or "hinge", '
    'with a side, "clock" and a number where they mean something, as in "repetitions left 10" or "stretch right 45"'
)


def task_of(text: str) -> Task | None:
    """The task that is written as `text`; None if it is empty.

    A kind; then, in any order, "left" or "right", "clock" (of repetitions), and a
    number: how many, or of a slow movement deg/s at most, or of a stretch its angle.

    Raises:
        ConfigError: It is none; says what is expected.
    """
    words = text.split()
    if not words:
        return None
    kind, *rest = words
    asked: dict[str, object] = {"kind": kind}
    for word in rest:
        name, value = _word(word, kind)
        if name is None or name in asked:
            raise ConfigError(f"do: {_EXPECTED}, found {text[:40]!r}")
        asked[name] = value
    try:
        return msgspec.convert(asked, Task, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"do: {_EXPECTED}, found {text[:40]!r} ({error})") from error


def _word(word: str, kind: str) -> tuple[str | None, object]:
    """What a word after the kind says: the field of `Task` and its value; no field if it says nothing."""
    if word in ("left", "right"):
        return "side", word
    if word == "clock" and kind == "repetitions":
        return "shape", word
    numbered = next((name for known, name in _NUMBERS.items() if known == kind), None)
    return numbered, word


class Tasks:
    """Carries out one task at a time."""

    def __init__(self) -> None:
        self.doing: Doing | None = None
        """What is being measured now."""
        self._over: deque[tuple[Measured, ...]] = deque(maxlen=MOST_MEASURED)
        self._sensors: list[_Sensor] = []

    @property
    def measured(self) -> tuple[Measured, ...]:
        """What the last tasks came to, by every sensor."""
        return tuple(chain.from_iterable(self._over))

    def watch(self, source: str, placement: str, estimator: HoldEstimator) -> None:
        """A motion sensor has come."""
        sensor = _Sensor(source, placement, estimator)
        self._sensors.append(sensor)
        if self.doing is not None:
            sensor.begin(self.doing.task, self.doing.since)

    def ask(self, now: HostNs, task: Task | None) -> list[Output]:
        """Another task, or none, from now on: what the one that ends here came to."""
        said = self._finish(now)
        if task is not None:
            for sensor in self._sensors:
                sensor.begin(task, now)
            self.doing = Doing(task, now)
            said += self._lead(now)
        return said

    def live(self, now: HostNs) -> list[Output]:
        """What has become known, to be asked at every tick, after the holds'."""
        return self._lead(now) if self.doing is not None else []

    def estimates(self, now: HostNs) -> list[Output]:
        """Figures so far, to be asked every second."""
        return [] if self.doing is None else [out for sensor in self._sensors for out in sensor.estimates(now)]

    def close(self, now: HostNs) -> list[Output]:
        """The session ends, and with it the task."""
        return self._finish(now)

    def _finish(self, now: HostNs) -> list[Output]:
        """The task is over, if there is one."""
        doing, self.doing = self.doing, None
        if doing is None:
            return []
        measured = tuple(sensor.finish(doing, now) for sensor in self._sensors)
        self._over.append(measured)
        over = [
            Estimate(now, f"{each.source}/{name}", None, 0.0, _OVER)
            for each in measured
            for name in LIVE[doing.task.kind]
        ]
        return [*measured, *over]

    def _lead(self, now: HostNs) -> list[Output]:
        """Say what the person is to do, when that changes; the first sensor that measures it and is heard leads."""
        if self.doing is None:
            return []
        measuring = [sensor for sensor in self._sensors if sensor.measures]
        leader = min(measuring, key=lambda sensor: bool(sensor.trouble(now)), default=None)
        asks = leader.asks(now) if leader else "" if self._sensors else _NO_SENSOR
        if asks == self.doing.asks:
            return []
        self.doing = Doing(self.doing.task, self.doing.since, asks)
        return [Cue(now, "task", asks)] if asks else []


class _Sensor:
    """One motion sensor, and what is being measured with it."""

    def __init__(self, source: str, placement: str, estimator: HoldEstimator) -> None:
        self._source, self._placement, self._estimator = source, placement, estimator
        self._recent: deque[Posed] = deque()
        self._hinge_deg: float | None = None
        self._reached_deg: dict[Side, float] = {}
        self._turned = (HostNs(0), 0.0, 0.0)  # when the last stretch ended, and how far that left it turned
        self._task: Task | None = None
        self._runner: Runner | None = None
        self._since = self._end = HostNs(0)  # of the task, and of the newest cell of it
        self._cells = 0
        self._heard = 0.0
        self._found: tuple[int, Found] | None = None  # of how many cells, and what
        estimator.posture.follow(self._digest)

    @property
    def measures(self) -> bool:
        """Whether the task that is on can be measured where the sensor is."""
        return self._runner is not None

    def trouble(self, now: HostNs) -> str:
        """Why it says nothing now; "" if it does."""
        return self._estimator.trouble(now)

    def begin(self, task: Task, since: HostNs) -> None:
        """Measure this from now on."""
        self._task, self._since, self._end = task, since, since
        self._cells, self._heard, self._found = 0, 0.0, None
        ended, turned_deg, error_deg = self._turned
        goes_on = since - ended <= _LATE_NS and abs(turned_deg) > error_deg
        seen = Seen(
            task,
            self._source,
            self._placement,
            self._estimator,
            since,
            before=tuple(self._recent),
            hinge_deg=self._hinge_deg,
            reached_deg=self._reached_deg.get(task.side) if task.side else None,
            turned=(turned_deg, error_deg) if goes_on else (0.0, 0.0),
        )
        self._runner = None if self._misplaced(task) else RUNNERS[task.kind](seen)

    def asks(self, now: HostNs) -> str:
        """What the person is to do."""
        return self._runner.asks(now) if self._runner else ""

    def estimates(self, now: HostNs) -> list[Output]:
        """The figures so far, or why there are none."""
        if self._task is None:
            return []
        names = [(name, f"{self._source}/{name}") for name in LIVE[self._task.kind]]
        why = self._misplaced(self._task) or self._estimator.trouble(now) or ("" if self._cells else _UNHEARD)
        if why or self._runner is None:
            return [Estimate(now, name, None, 0.0, why) for _, name in names]
        found = self._so_far(self._runner)
        quality = found.quality * min(1.0, self._heard * CELL_NS / max(CELL_NS, self._end - self._since))
        said: list[Output] = []
        for short, name in names:
            value, why = found.figures[short]
            said.append(Estimate(now, name, value, 0.0 if value is None else quality, why))
        return said

    def finish(self, doing: Doing, now: HostNs) -> Measured:
        """The task is over: what it came to."""
        self._estimator.posture.advance()
        runner, task = self._runner, doing.task
        self._runner = self._task = None
        why = self._misplaced(task) or self._estimator.misfit
        if not why and not self._cells:
            why = self._estimator.trouble(now) or "no samples of that time have come"
        if why or runner is None:
            unknown: dict[str, float | None] = dict.fromkeys(LIVE[task.kind])
            return Measured(now, self._source, task, doing.since, now, unknown, 0.0, {"": why})
        found = runner.found(now)
        self._remember(task, now, found)
        reasons = {name: figure.why for name, figure in found.figures.items() if figure.why}
        left_out = self._left_out(now)
        return Measured(
            now,
            self._source,
            task,
            doing.since,
            now,
            {name: figure.value for name, figure in found.figures.items()},
            found.quality * min(1.0, self._heard * CELL_NS / max(CELL_NS, now - self._since)),
            ({"": left_out} if left_out else {}) | reasons,
        )

    def _remember(self, task: Task, now: HostNs, found: Found) -> None:
        """Keep what later tasks build on."""
        hinge, reached = found.figures.get("hinge_deg"), found.figures.get("reached_deg")
        if hinge is not None and hinge.value is not None:
            self._hinge_deg = hinge.value
        if reached is not None and reached.value is not None:
            self._reached_deg[task.side] = reached.value
        if found.turned is not None and found.turned.angle_deg is not None:
            self._turned = now, found.turned.angle_deg, found.turned.may_be_off_deg

    def _digest(self, posed: Posed) -> None:
        self._recent.append(posed)
        while posed.moments[0].cell.start - self._recent[0].moments[-1].cell.start > _BEFORE_NS:
            self._recent.popleft()
        if self._runner is None:
            return
        part = posed.since(self._since)
        if part is None:
            return
        self._runner.take(part)
        self._cells += len(part.moments)
        self._heard += sum([moment.cell.heard for moment in part.moments])
        self._end = HostNs(part.moments[-1].cell.start + CELL_NS)

    def _so_far(self, runner: Runner) -> Found:
        """What is known; worked out again when there is enough more of it."""
        if self._found is None or self._cells - self._found[0] >= runner.pause(self._found[0]):
            self._found = self._cells, runner.found(None)
        return self._found[1]

    def _left_out(self, now: HostNs) -> str:
        """What of the task was not heard."""
        late_ns = now - self._end
        missing_s = ((self._end - self._since) / CELL_NS - self._heard) * CELL_NS / NS
        parts = [f"{missing_s:.1f} s without samples"] if missing_s > _MISSING_S else []
        if late_ns > _LATE_NS:
            parts.append(f"nothing has come of the last {late_ns / NS:.1f} s")
        return "; ".join(parts)

    def _misplaced(self, task: Task) -> str:
        """Why a sensor in this place cannot measure it; "" if it can."""
        places = WORN.get(task.kind)
        if not self._placement or places is None or self._placement in places:
            return ""
        return f"not measured: the phone is on the {self._placement}, this takes one on the {' or '.join(places)}"
