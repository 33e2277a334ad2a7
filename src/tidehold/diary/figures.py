"""The figures of one session for the catalogue, from what the live run wrote: nothing is folded again. Pure.

One that is not known is not there. What each of them is, is said in docs/diary.md too.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from tidehold.coach.questions import pain_of
from tidehold.diary.nouns import CATALOGUED
from tidehold.log.told import Told
from tidehold.records import Hold, HoldFigures, HostNs, Mark
from tidehold.routine import Routine, Scored, Side, StepKind, TaskKind
from tidehold.units import NS

PAIN_QUESTION: Final = "pain-now"
"""Of the monthly assessment: asked before anything else is done."""
_HELD: Final[tuple[StepKind, ...]] = ("hold", "cycles")
_FLAGS: Final = 2
"""Column of "rr_clean" with what became of an interval; 0 is clean."""
_MEDIANS: Final = {
    "rate_bpm": "breathing/rate_bpm",
    "hr_bpm": "heart/hr_bpm",
    "rmssd_ms": "heart/rmssd_ms",
    "rsa_ms": "heart/rsa_ms",
}
"""Figures that are the median of what was said each second."""
_TASK_OF: Final[dict[StepKind, TaskKind]] = {"hold": "stretch", "cycles": "cycles", "raise": "raise", "walk": "walk"}


class _Figure(NamedTuple):
    """One figure of one step or task, and how long that was, s."""

    task: TaskKind
    side: Side
    value: float
    seconds: float


def figures_of(told: Told) -> dict[str, float]:
    """All figures of `CATALOGUED` that are known of a session, in that order."""
    found: dict[str, float | None] = _routine(told) | _breath_and_heart(told) | _holds(told) | _moves(told)
    found |= pains_of(told)
    return {
        name: float(value)
        for name in CATALOGUED
        if (value := found.get(name)) is not None and math.isfinite(value)
    }  # fmt: skip


def answers_of(told: Told) -> dict[str, str]:
    """The person's last answer to each question of the routine, as the question has it."""
    routine = told.header.routine
    if routine is None:
        return {}
    steps = (step.question for step in routine.steps if step.question is not None)
    asked = {question.id: question for question in (*routine.questions, *steps)}
    found: dict[str, str] = {}
    for mark in told.marks:
        name, _, answer = mark.arg.strip().partition(" ")
        if mark.verb != "answer" or name not in asked or not answer.strip():
            continue
        choices = {each.casefold(): each for each in asked[name].answers}
        said = choices.get(answer.strip().casefold(), "") if choices else answer.strip()
        if said:
            found[name] = said
    return found


def pains_of(told: Told) -> dict[str, float | None]:
    """Pain, 0 to 10: the last mark before the first step began, and the last one after the last step was over.

    A mark in between is of a moment of the routine, and neither. Where nothing was marked before, the answer to the
    monthly question counts.
    """
    begun = _begun(told)
    start = min((each.start for each in begun), default=None)
    end = max((each.end for each in begun), default=None)
    found: dict[str, float | None] = {}
    for mark in told.marks:
        pain = pain_of(mark.arg) if mark.verb == "pain" else None
        if pain is None:
            continue
        if start is None or mark.t < start:
            found["pain_before"] = pain.level
        elif end is not None and mark.t >= end and _is_over(told, mark):
            found["pain_after"] = pain.level
    if "pain_before" not in found:
        answer = answers_of(told).get(PAIN_QUESTION, "")
        found["pain_before"] = float(answer) if answer.replace(".", "", 1).isdecimal() else None
    return found


def _is_over(told: Told, mark: Mark) -> bool:
    """Whether the routine had come to its end: a recording that just ends ends its last step too."""
    return any(cue.kind in ("done", "stopped") and cue.t <= mark.t for cue in told.cues)


def _begun(told: Told) -> list[Scored]:
    return [each for each in told.scored if each.scope == "step" and each.state != "todo"]


def _routine(told: Told) -> dict[str, float | None]:
    routine = told.header.routine
    if routine is None:
        return {}
    seconds = {(step.id, step.side): step.seconds for step in routine.steps}
    begun = _begun(told)
    spent_s = sum(min(each.lasted_s, seconds.get((each.id, each.side), 0.0)) for each in begun)
    found: dict[str, float | None] = {"done_share": spent_s / routine.seconds if routine.seconds else None}
    if begun:
        found["findings"] = len(told.findings)
    for each in told.scored:
        if each.scope == "session":
            found |= {"score": each.score, "coverage": each.coverage}
    return found


def _breath_and_heart(told: Told) -> dict[str, float | None]:
    found = {name: _median(told, of) for name, of in _MEDIANS.items()}
    weights = {each.t: each.value or 0.0 for each in told.estimates.get("pacing/step_coverage", ())}
    for name, of in (("pacing_score", "score"), ("pacing_plv", "plv")):
        steps = [
            (each.value, weights.get(each.t, 0.0))
            for each in told.estimates.get(f"pacing/step_{of}", ())
            if each.value is not None
        ]
        found[name] = _mean(steps) if steps else _median(told, f"pacing/{of}")
    flags = [series.values[:, _FLAGS] for name, series in told.samples.items() if name.endswith("/rr_clean")]
    count = sum(len(each) for each in flags)
    found["artefact_share"] = sum(int((each != 0).sum()) for each in flags) / count if count else None
    return found


def _median(told: Told, name: str) -> float | None:
    known = [each.value for each in told.estimates.get(name, ()) if each.value is not None]
    return statistics.median(known) if known else None


def _mean(weighed: Iterable[tuple[float, float]]) -> float | None:
    weighed = list(weighed)
    total = sum(weight for _, weight in weighed)
    return sum(value * weight for value, weight in weighed) / total if total > 0 else None


def _holds(told: Told) -> dict[str, float | None]:
    """Of the sensor that saw most of the holds; with a routine, those that lie mostly in its steps of holding."""
    spans = _held_spans(told)
    best: list[tuple[Hold, float]] = []
    for source in sorted({hold.source for hold in told.holds}):
        inside = [(hold, _inside_s(hold, spans)) for hold in told.holds if hold.source == source]
        counted = [(hold, s) for hold, s in inside if hold.figures is not None and s >= hold.held_s / 2]
        if sum(s for _, s in counted) > sum(s for _, s in best):
            best = counted
    if not best:
        return {}
    figures = [(hold.figures, s) for hold, s in best if hold.figures is not None]
    return {
        "holds": len(best),
        "hold_s": sum(s for _, s in best),
        "hold_score": _mean((hold.score, s) for hold, s in best if hold.score is not None),
        "hold_rms_deg": _mean((each.rms_deg, s) for each, s in figures),
        "hold_drift_deg_min": _mean(_drifts(figures)),
    }


def _drifts(figures: Iterable[tuple[HoldFigures, float]]) -> Iterator[tuple[float, float]]:
    for each, s in figures:
        if each.drift_deg_min is not None:
            yield abs(each.drift_deg_min), s


def _held_spans(told: Told) -> list[tuple[HostNs, HostNs]] | None:
    """When the routine had something held; None without a routine: then any time will do."""
    kinds = _kinds(told.header.routine)
    if not kinds:
        return None
    return [(each.start, each.end) for each in _begun(told) if kinds.get((each.id, each.side)) in _HELD]


def _kinds(routine: Routine | None) -> dict[tuple[str, Side], StepKind]:
    return {(step.id, step.side): step.kind for step in routine.steps} if routine else {}


def _inside_s(hold: Hold, spans: Sequence[tuple[HostNs, HostNs]] | None) -> float:
    if spans is None:
        return hold.held_s
    return sum(max(0, min(hold.end, end) - max(hold.start, start)) for start, end in spans) / NS


def _moves(told: Told) -> dict[str, float | None]:
    """Farthest stretches and highest raises of each side, mean gain, and how the longest walk was."""
    found: dict[str, float | None] = {}
    sides: tuple[Side, ...] = ("left", "right")
    for side in sides:
        for name, figure, task in (("reached", "reached_deg", "stretch"), ("raise", "raise_deg", "raise")):
            # an angle's sign is that of the first movement after the neutral pose, whichever way that was
            values = [abs(each.value) for each in _figures(told, figure) if (each.task, each.side) == (task, side)]
            found[f"{name}_{side}_deg"] = max(values, default=None)
    gains = [each.value for each in _figures(told, "gain_deg") if each.task == "cycles"]
    found["gain_deg"] = statistics.fmean(gains) if gains else None
    for name in ("cadence_spm", "step_asymmetry"):
        walks = [each for each in _figures(told, name) if each.task == "walk"]
        found[name] = max(walks, key=lambda each: each.seconds).value if walks else None
    return found


def _figures(told: Told, name: str) -> Iterator[_Figure]:
    """A figure wherever it is known: of the routine's steps, or of the tasks of a session without one."""
    kinds = _kinds(told.header.routine)
    for scored in _begun(told) if kinds else ():
        kind, value = kinds.get((scored.id, scored.side)), scored.figures.get(name)
        if kind in _TASK_OF and value is not None:
            yield _Figure(_TASK_OF[kind], scored.side, value, scored.lasted_s)
    for measured in () if kinds else told.measured:
        value = measured.figures.get(name)
        if value is not None:
            yield _Figure(measured.task.kind, measured.task.side, value, (measured.end - measured.start) / NS)
