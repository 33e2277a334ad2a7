"""A coach that is led by hand: marks, ticks, and whatever the estimators would say each second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from tidehold.coach.coach import Coach
from tidehold.records import Cue, Estimate, HostNs, Mark, Output, Rejected
from tidehold.routine import Finding, Guide, Phase, Question, Routine, Scored, Step
from tidehold.units import NS

T = TypeVar("T")
Figures = Callable[[float], Mapping[str, float | tuple[float | None, str | float] | None]]
"""What is known at a time, s: values by name, or a pair with its quality; None, or a pair with the reason."""

ALARM = Question(id="numb", text="Is anything numb?", stops=("yes",), stop_text="See a clinician today.")
TIRED = Question(id="tired", text="How tired are you?", answers=(), most=10)


def step(kind: Any = "free", seconds: float = 10.0, **more: Any) -> Step:
    more = {"id": "1", "name": f"a {kind}"} | more
    if kind == "breathe":
        more = {"pattern": "4/6"} | more
    return Step(kind=kind, seconds=seconds, **more)


def routine(*steps: Step, phases: tuple[int, ...] = (), **more: Any) -> Routine:
    """These steps with ids "1", "2", ...; `phases`: how many steps each has, or all are one."""
    counts = phases or (len(steps),)
    made, first = [], 0
    for number, n in enumerate(counts):
        made.append(Phase(id=f"p{number}", name=f"Phase {number}", steps=steps[first : first + n]))
        first += n
    return Routine(**({"id": "r", "name": "R", "phases": tuple(made)} | more))


def plain(*seconds: float, **more: Any) -> Routine:
    """Free steps of these lengths."""
    return routine(*(step(seconds=each, id=str(n)) for n, each in enumerate(seconds, 1)), **more)


def ns(t_s: float) -> HostNs:
    return HostNs(round(t_s * NS))


class Led:
    """Does what the fold does around a coach.

    Args:
        worn: The session's sources.
        figures: What the estimators say each second.
        offset_s: Of the ticks against whole quarters of a second.
    """

    def __init__(
        self,
        followed: Routine,
        worn: Mapping[str, str] | None = None,
        figures: Figures | None = None,
        *,
        ask_first: bool = False,
        offset_s: float = 0.0,
    ) -> None:
        self.coach = Coach(followed, worn or {}, ask_first=ask_first)
        self.figures = figures or (lambda _: {})
        self.said: list[Output] = []
        self.asked = [(0.0, self.coach.asked)]
        """What was asked for, and from when on, s."""
        self.guides: list[tuple[float, Guide]] = []
        self.now_s = 0.0
        self._ticks = 0
        self._offset_s = offset_s

    def mark(self, verb: str, arg: str = "", at_s: float | None = None) -> list[Output]:
        t = self.now_s if at_s is None else at_s
        self.to(t)
        self.now_s = t
        before = len(self.said)
        self._settle(t)
        self._take(t, self.coach.mark(Mark(ns(t), verb, arg)))
        if self.coach.unsettled:
            self._settle(t)
        return self.said[before:]

    def hear(self, *outputs: Output) -> None:
        for out in outputs:
            self.coach.hear(out)

    def to(self, t_s: float) -> Guide:
        """Tick until then."""
        while (self._ticks + 1) / 4 + self._offset_s <= t_s:
            self._ticks += 1
            self.tick(self._ticks / 4 + self._offset_s, is_second=self._ticks % 4 == 0)
        return self.coach.guide(ns(self.now_s))

    def tick(self, t_s: float, *, is_second: bool = True) -> None:
        self.now_s = t_s
        if is_second:
            for name, known in self.figures(t_s).items():
                value, more = known if isinstance(known, tuple) else (known, "" if known is not None else "unknown")
                quality, why = (more, "") if isinstance(more, float) else (0.0 if value is None else 0.9, more)
                self.hear(Estimate(ns(t_s), name, value, quality, why))
        self._settle(t_s)
        self.guides.append((t_s, self.coach.guide(ns(t_s))))

    def close(self) -> None:
        self._take(self.now_s, self.coach.close(ns(self.now_s)))

    def of(self, kind: type[T]) -> list[T]:
        return [out for out in self.said if isinstance(out, kind)]

    def scored(self, scope: str = "step") -> list[Scored]:
        return [each for each in self.of(Scored) if each.scope == scope]

    def cues(self, kind: str) -> list[str]:
        return [cue.text for cue in self.of(Cue) if cue.kind == kind]

    def refused(self) -> list[str]:
        return [each.why for each in self.of(Rejected)]

    def found(self) -> list[tuple[str, float, float]]:
        """Findings that are over: kind, since when, until when, s."""
        return [(each.kind, each.since / NS, each.until / NS) for each in self.of(Finding) if each.until is not None]

    def kinds(self) -> list[str]:
        """Of all findings, as they began."""
        return [each.kind for each in self.of(Finding) if each.until is None]

    def _settle(self, t_s: float) -> None:
        while True:
            self._take(t_s, self.coach.tick(ns(t_s)))
            if not self.coach.unsettled:
                return

    def _take(self, t_s: float, outputs: list[Output]) -> None:
        for out in outputs:
            self.said.append(out)
            self.coach.hear(out)
        if self.coach.asked != self.asked[-1][1]:
            self.asked.append((t_s, self.coach.asked))
