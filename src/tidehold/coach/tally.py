"""The routine's steps on a timeline, what each came to, and from that its phases and the session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from tidehold.coach.fit import unmeasured
from tidehold.coach.run import Run
from tidehold.coach.scores import Judged, Share, is_scored, judged, whole
from tidehold.records import HostNs, Output
from tidehold.routine import Bar, Routine, Scored, StepState
from tidehold.units import NS

_NOT_REACHED: Final = "not reached"
_NOT_ANSWERED: Final = "not answered"
_UNJUDGED: Final[dict[StepState, str]] = {"skipped": "skipped", "todo": _NOT_REACHED}


class _Span(NamedTuple):
    """When a step was on, and for how long without pauses and waits."""

    start: HostNs
    end: HostNs
    lasted_s: float


class Tally:
    """What has become of the steps; a step that was done again counts as it was the last time.

    Args:
        routine: As it is followed.
        worn: The session's sources, and where each is worn.
    """

    def __init__(self, routine: Routine, worn: Mapping[str, str]) -> None:
        self._routine = routine
        self._steps = routine.steps
        self._phases = [number for number, phase in enumerate(routine.phases) for _ in phase.steps]
        self._unmeasured = [unmeasured(step, worn) for step in self._steps]
        self._scored: dict[int, Scored] = {}
        self._said: dict[int, bool] = {}  # whether a phase's score is the last word on it
        self.score: float | None = None
        """Of the session so far."""
        self.bars = tuple(
            Bar(step.id, step.side, step.name, phase.name, step.seconds, "todo")
            for phase in routine.phases
            for step in phase.steps
        )

    def begin(self, number: int) -> None:
        """A step is on, for the first time or once more."""
        self._bar(number, "now", None)
        self._said[self._phases[number]] = False

    def wait(self, number: int) -> None:
        """A step that was left is to come again."""
        self._bar(number, "todo", None)

    def step(self, now: HostNs, number: int, run: Run, state: StepState, end: HostNs) -> list[Output]:
        """A step is over, in this state."""
        lasted_s = run.clock.into_ns(end) / NS
        found = judged(run.seen, now, lasted_s, run.unmeasured)
        if run.questions.now is not None:
            found = Judged(None, 0.0, {}, {}, _NOT_ANSWERED)
        elif state in _UNJUDGED:
            found = Judged(None, 0.0, {}, found.figures, _UNJUDGED[state])
        elif run.aim.why:
            found = found._replace(why=f"{found.why}; {run.aim.why}")
        scored = self._of(now, number, state, found, _Span(run.clock.start, end, lasted_s))
        self._scored[number] = scored
        self._bar(number, state, found.score)
        self.score = self._whole("session", range(len(self._steps)), over=True).score
        return [scored]

    def phase(self, now: HostNs, number: int) -> list[Output]:
        """The phase of this step is over."""
        place = self._phases[number]
        self._said[place] = True
        phase = self._routine.phases[place]
        numbers = [each for each, of in enumerate(self._phases) if of == place]
        return [self._summed(now, "phase", phase.id, numbers)]

    def ends_phase(self, number: int, after: int) -> bool:
        """Whether a step that is followed by the step `after` ends its phase."""
        return self._phases[after] > self._phases[number]

    def close(self, now: HostNs) -> list[Output]:
        """All is over: the steps that were not reached, the phases that have not been said, and the session."""
        said: list[Output] = []
        for number, why in enumerate(self._unmeasured):
            if number not in self._scored:
                found = Judged(None, 0.0, {}, {}, why or _NOT_REACHED)
                self._scored[number] = self._of(now, number, "todo", found, _Span(now, now, 0.0))
                said.append(self._scored[number])
        for place, phase in enumerate(self._routine.phases):
            if phase.steps and not self._said.get(place):
                said += self.phase(now, self._phases.index(place))
        summed = self._summed(now, "session", self._routine.id, range(len(self._steps)))
        self.score = summed.score
        return [*said, summed]

    def _of(self, now: HostNs, number: int, state: StepState, found: Judged, span: _Span) -> Scored:
        step = self._steps[number]
        return _scored(Scored(now, "step", step.id, step.side, state, *span, None, 0.0, {}, {}, ""), found)

    def _whole(self, scope: Literal["phase", "session"], numbers: Sequence[int], *, over: bool = False) -> Judged:
        """What these steps came to together, or those of them that are `over`."""
        shares = []
        for number in numbers:
            scored, step = self._scored.get(number), self._steps[number]
            if is_scored(step) and (scored is not None or not over):
                score, coverage = (scored.score, scored.coverage) if scored else (None, 0.0)
                shares.append(Share(step.weight, score, coverage))
        return whole(shares, scope)

    def _summed(self, now: HostNs, scope: Literal["phase", "session"], name: str, numbers: Sequence[int]) -> Scored:
        scored = [self._scored[number] for number in numbers if number in self._scored]
        begun = [each for each in scored if each.state != "todo"]
        state: StepState = "done" if len(begun) == len(numbers) else "cut" if begun else "todo"
        start = min((each.start for each in begun), default=now)
        end = max((each.end for each in begun), default=now)
        span = _Span(start, end, sum(each.lasted_s for each in begun))
        return _scored(Scored(now, scope, name, "", state, *span, None, 0.0, {}, {}, ""), self._whole(scope, numbers))

    def _bar(self, number: int, state: StepState, score: float | None) -> None:
        bars = [*self.bars]
        bars[number] = msgspec.structs.replace(bars[number], state=state, score=score)
        self.bars = tuple(bars)


def _scored(span: Scored, found: Judged) -> Scored:
    return msgspec.structs.replace(span, **found._asdict())
