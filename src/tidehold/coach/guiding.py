"""What a view is told of the routine at each tick: where the person is, and what is to be done now."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import Final, NamedTuple

from tidehold.coach.fit import missing
from tidehold.coach.prompts import part_left_s, prompt, ready, title
from tidehold.coach.run import Run
from tidehold.coach.tally import Tally
from tidehold.records import HostNs
from tidehold.routine import Finding, Guide, GuideState, Question, Routine
from tidehold.units import NS

THE_END: Final = "the end"
_ANSWER_FIRST: Final = "A question comes first."
_PAUSED: Final = "Paused."
_OVER: Final = "The routine is over."


class Place(NamedTuple):
    """Where the person is: in which state, at which step, and with which question."""

    state: GuideState
    at: int
    question: Question | None = None
    ended: str = ""


class Teller:
    """Makes what is told.

    Args:
        routine: As it is followed.
        worn: The session's sources, and where each is worn.
    """

    def __init__(self, routine: Routine, worn: Mapping[str, str]) -> None:
        self._routine = routine
        self._missing = missing(routine, worn)
        self._ready = ready(routine)
        self._titles = [*map(title, routine.steps), THE_END]
        lengths = [step.seconds for step in routine.steps]
        self._left_s = [0.0, *accumulate(lengths[::-1])][::-1]  # from the start of each step on

    def guide(self, place: Place, run: Run | None, tally: Tally, findings: tuple[Finding, ...], now: HostNs) -> Guide:
        """All of it."""
        if run is None or place.state in ("ready", "done", "stopped"):
            return self._apart(place, tally, findings)
        into_ns = run.clock.into_ns(now)
        left_s = (run.clock.length_ns - into_ns) / NS
        cycle = run.cycle(now)
        return Guide(
            routine=self._routine.id,
            name=self._routine.name,
            state=place.state,
            bars=tally.bars,
            at=place.at,
            into_s=into_ns / NS,
            left_s=left_s,
            session_left_s=left_s + self._left_s[place.at + 1],
            prompt=_prompt(place, run, now),
            text=run.step.text,
            part=cycle.part if cycle else "",
            part_left_s=part_left_s(run, now),
            then=self._titles[place.at + 1],
            target_deg=run.aim.deg,
            question=place.question,
            findings=findings,
            unmeasured=run.unmeasured or run.aim.why,
            score=tally.score,
        )

    def _apart(self, place: Place, tally: Tally, findings: tuple[Finding, ...]) -> Guide:
        """Before the first step, and after the last one."""
        is_ahead = not place.at and not place.ended
        told = {"ready": self._ready, "stopped": place.ended}
        asked = place.question.text if place.question else _ANSWER_FIRST
        return Guide(
            routine=self._routine.id,
            name=self._routine.name,
            state=place.state,
            bars=tally.bars,
            at=place.at,
            session_left_s=self._left_s[place.at] if is_ahead else 0.0,
            prompt=asked if place.state == "asking" else told.get(place.state, _OVER),
            text=self._routine.about if place.state == "ready" else "",
            then=self._titles[place.at] if is_ahead else "",
            question=place.question,
            findings=findings,
            unmeasured=self._missing if is_ahead else "",
            notes=self._routine.notes if is_ahead else (),
            score=tally.score,
            ended=place.ended,
        )


def _prompt(place: Place, run: Run, now: HostNs) -> str:
    if place.state == "asking":
        return place.question.text if place.question else _ANSWER_FIRST
    return _PAUSED if place.state == "paused" else prompt(run, now)
