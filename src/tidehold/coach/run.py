"""One run of one step: its clock, what it asks for at each moment, what it says, and what was seen of it."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from tidehold.coach.aims import Aim
from tidehold.coach.asked import Asked
from tidehold.coach.pacing import pattern_of
from tidehold.coach.questions import Questions
from tidehold.coach.seen import Seen
from tidehold.coach.step_clock import Breaths, StepClock
from tidehold.records import Cue, DueHold, HostNs, Output, Pattern
from tidehold.routine import Step, StepKind, Task, TaskKind
from tidehold.units import NS

Part = Literal["press", "deepen", ""]

_TASKS: Final[dict[StepKind, TaskKind]] = {
    "hold": "stretch",
    "cycles": "cycles",
    "repetitions": "repetitions",
    "raise": "raise",
    "walk": "walk",
    "slow": "slow",
}
_ZERO_SHARE: Final = 0.25
"""Of a calibration's time, after which the person has settled: the next stillness becomes zero."""
_HINGE_SHARE: Final = 0.4
"""After which the bend is asked for: 12 s of the 30 in the routine that comes with Tidehold."""
_CHECK_NS: Final = 3 * NS // 2
"""Before a cycle's end: figures come each second, and the task ends with the last cycle."""


class Cycle(NamedTuple):
    """A contract-relax cycle, from 0, which part of it is on, and when that began and will end in the step, ns."""

    number: int
    part: Part
    start_ns: int
    end_ns: int | None


def cycle_at(step: Step, into_ns: int) -> Cycle:
    """The cycle that is on; after the last one nothing is asked for any more."""
    press_ns, deepen_ns = round(step.press_s * NS), round(step.deepen_s * NS)
    whole_ns = press_ns + deepen_ns
    number = min(into_ns // whole_ns, step.cycles) if whole_ns else step.cycles
    start = number * whole_ns
    if number == step.cycles:
        return Cycle(number, "", start, None)
    if into_ns < start + press_ns:
        return Cycle(number, "press", start, start + press_ns)
    return Cycle(number, "deepen", start + press_ns, start + whole_ns)


def breaths_of(step: Step) -> Breaths | None:
    """The breaths that a step asks for.

    Raises:
        ConfigError: Its pattern is none.
    """
    if not step.pattern:
        return None
    first = pattern_of(step.pattern)
    last = pattern_of(step.to_pattern) if step.to_pattern else first
    return Breaths(first, last, round(step.seconds * NS))


class Run:
    """A step that is on.

    Args:
        step: Which.
        start: When it began.
        sources: Motion sensors that can measure it.
        aimed: The angle that it is to be held at.
        unmeasured: Why nothing of it can be measured, "" if something can.
    """

    def __init__(self, step: Step, start: HostNs, sources: tuple[str, ...], aimed: Aim, unmeasured: str = "") -> None:
        self.step = step
        self.aim = aimed
        self.unmeasured = unmeasured
        self.clock = StepClock(start, round(step.seconds * NS), round(step.wait_s * NS) if step.waits else 0)
        self.seen = Seen(step, start, sources, aimed.deg)
        self.questions = Questions()
        self.questions.ask([step.question] if step.question else [])
        self.words = ""
        """What the step or its task has told the person last."""
        self._says = sorted(step.says, key=lambda say: say.at_s)
        self._breaths = breaths_of(step)
        self._breath_since: HostNs | None = None
        self._due_since = start
        self._zero_from: HostNs | None = None
        self._task_from: int | None = None  # since when in the step its task is on, ns
        self._missed = 0  # cycles of this task
        self._checked = 0  # cycles
        self._part: Part = ""
        if self.clock.begun is not None:
            self.begin(start)

    @property
    def is_on(self) -> bool:
        """Whether its time goes on."""
        return self.clock.begun is not None and not self.clock.is_stopped

    def begin(self, t: HostNs) -> None:
        """Its time begins at `t`."""
        if self.clock.begun is None:
            self.clock.begin(t)
        self._begin_parts(t, 0)

    def stop(self, t: HostNs) -> None:
        """A pause or a question stops it: nothing is asked for meanwhile."""
        self.clock.stop(t)
        self._task_from, self._zero_from, self._part = None, None, ""

    def go_on(self, t: HostNs) -> None:
        """It goes on, with a new breath; a cycle that was stopped is not measured any more."""
        self.clock.go_on(t)
        self.seen.go_on(t)
        self._due_since = t
        if self.clock.begun is not None:
            self._begin_parts(t, self.clock.into_ns(t))

    def hear_task(self, text: str) -> None:
        """Its task wants the person to do this now; contract-relax cycles go by the step's own clock."""
        if self.step.kind != "cycles":
            self.words = text

    def cycle(self, now: HostNs) -> Cycle | None:
        """Of a step of contract-relax cycles: the one that is on while its time goes on."""
        return cycle_at(self.step, self.clock.into_ns(now)) if self.step.kind == "cycles" and self.is_on else None

    def tick(self, now: HostNs) -> list[Output]:
        """What is to be said now, while its time goes on."""
        if not self.is_on:
            return []
        said: list[Output] = []
        into_ns = self.clock.into_ns(now)
        while self._says and self._says[0].at_s * NS <= into_ns:
            self.words = self._says.pop(0).text
            said.append(Cue(now, "say", self.words))
        if self._breaths is not None and self._breath_since is not None:
            before = self._breaths.into_ns
            self._breaths.advance(into_ns)
            if self._breaths.into_ns != before:
                self._breath_since = HostNs(now - (into_ns - self._breaths.into_ns))
        cycle = self.cycle(now)
        if cycle is not None:
            if cycle.part and cycle.part != self._part:
                said.append(Cue(now, "part", cycle.part))
            self._part = cycle.part
            self._look_for_presses(now, into_ns)
        return said

    def asked(self, now: HostNs, zeros: int) -> Asked:
        """What is asked for now."""
        if self.clock.is_stopped:
            return Asked(zeros=zeros)
        since, ramp = self._breath_since, self._breaths is not None and self._breaths.is_ramp
        pattern, due, task = self._pattern(), self._due(now), self._task(now)
        return Asked(pattern, due, task, zeros, self._zero_from, since or HostNs(0), ramp)

    def wants_hinge(self, now: HostNs) -> bool:
        """Whether the person is to bend forward once, straight-backed."""
        into_ns = self.clock.into_ns(now)
        return self.step.kind == "calibrate" and self.step.hinge and into_ns >= self.step.seconds * _HINGE_SHARE * NS

    def _begin_parts(self, t: HostNs, into_ns: int) -> None:
        if self._breaths is not None:
            self._breaths.restart(into_ns)
            self._breath_since = self.seen.paced_since = t
        self._task_from = into_ns
        if self.step.kind == "calibrate":
            self._zero_from = HostNs(t + max(0, round(self.step.seconds * _ZERO_SHARE * NS) - into_ns))
        if self.step.kind == "cycles":  # the task counts from a press on
            cycle = cycle_at(self.step, into_ns)
            whole_ns = round((self.step.press_s + self.step.deepen_s) * NS)
            self._task_from = cycle.number * whole_ns if into_ns == 0 else (cycle.number + 1) * whole_ns
            self._missed, self._checked = 0, self._task_from // whole_ns if whole_ns else 0

    def _pattern(self) -> Pattern | None:
        return self._breaths.pattern if self._breaths is not None and self._breath_since is not None else None

    def _due(self, now: HostNs) -> DueHold | None:
        if not self.seen.sources:
            return None
        if self.step.kind == "hold":
            return DueHold(self._due_since, self.aim.deg)
        cycle = self.cycle(now)
        if cycle is None or cycle.part != "deepen":
            return None
        return DueHold(HostNs(now - (self.clock.into_ns(now) - cycle.start_ns)))

    def _task(self, now: HostNs) -> Task | None:
        step, into_ns = self.step, self.clock.into_ns(now)
        if not self.seen.sources or self._task_from is None or into_ns < self._task_from:
            return None
        if step.kind == "calibrate":
            return Task("hinge") if self.wants_hinge(now) else None
        kind = _TASKS.get(step.kind)
        if kind is None:
            return None
        count = step.count
        if step.kind == "cycles":
            count = step.cycles - cycle_at(step, self._task_from).number
            if count <= 0:
                return None
        return Task(
            kind,
            step.side,
            shape=step.shape,
            count=count,
            limit_deg_s=step.limit_deg_s,
            target_deg=self.aim.deg,
            press_s=step.press_s,
            deepen_s=step.deepen_s,
        )

    def _look_for_presses(self, now: HostNs, into_ns: int) -> None:
        """Whether the cycle that is about to end was done."""
        whole_ns = round((self.step.press_s + self.step.deepen_s) * NS)
        if self._task_from is None or not whole_ns or self._checked >= self.step.cycles:
            return
        if into_ns < (self._checked + 1) * whole_ns - _CHECK_NS:
            return
        self._checked += 1
        done = self.seen.best.value("cycles_done", now) if self.seen.best else None
        if done is None:
            return
        missed = self._checked - self._task_from // whole_ns - round(done)
        if missed > self._missed:
            self.seen.skipped = now
        self._missed = missed
