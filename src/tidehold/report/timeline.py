"""What happened when: the steps of the routine, what went wrong in them, and what the person said."""

from __future__ import annotations

from typing import Final

import msgspec

from tidehold.coach.questions import pain_of
from tidehold.log.told import Told
from tidehold.records import Gap, HostNs, Mark
from tidehold.report.nouns import Section, Table
from tidehold.report.spans import steps_of
from tidehold.report.wording import UNKNOWN, at, clock, count, lasting, number, percent
from tidehold.routine import Finding, Scored, StepState
from tidehold.units import NS

STATES: Final[dict[StepState, str]] = {
    "todo": "not reached",
    "now": "begun",
    "done": "done",
    "skipped": "skipped",
    "cut": "ended early",
}
_LONG_NS: Final = 5 * NS
_VERBS: Final = {
    "start": "routine begun",
    "pause": "pause",
    "resume": "goes on",
    "skip": "step skipped",
    "back": "back one step",
    "extend": "step made longer",
    "end": "step ended early",
    "quit": "routine ended by the person",
    "zero": "neutral pose set",
    "align": "taps to align the clocks",
}
_ASKED: Final = {
    "pace": ("pacer on", "pacer off"),
    "hold": ("hold asked for", "hold over"),
    "do": ("task begun", "task over"),
}
"""What begins with something after the verb, and ends with nothing after it."""
FOUND: Final = {
    "breath-held": "breath held",
    "pace-off": "off the pacer",
    "let-go": "hold ended early",
    "past-target": "past the target",
    "short-of-target": "short of the target",
    "slipping": "slipped",
    "tremor-rising": "tremor rising",
    "cycle-skipped": "cycle without a press",
    "too-fast": "too fast",
    "past-hinge": "past the calibrated hinge",
    "sensor-lost": "sensor lost",
}
"""Kinds of findings, as a person says them."""


class Noticed(msgspec.Struct, frozen=True, kw_only=True):
    """A finding: `until_s` None if it went on when the recording ended."""

    kind: str
    name: str
    step: str
    side: str
    since_s: float
    until_s: float | None
    lasted_s: float
    text: str


class StepDone(msgspec.Struct, frozen=True, kw_only=True):
    """A step and what became of it."""

    id: str
    side: str
    name: str
    phase: str
    kind: str
    state: StepState
    planned_s: float
    start_s: float | None
    lasted_s: float | None
    score: float | None
    coverage: float
    why: str


class Pain(msgspec.Struct, frozen=True, kw_only=True):
    """A mark of pain: 0 to 10, and where."""

    t_s: float
    level: int
    where: str


def noticed(told: Told) -> tuple[Noticed, ...]:
    """The findings by onset."""
    return tuple(_noticed(told, each) for each in sorted(told.findings, key=lambda each: each.since))


def _noticed(told: Told, each: Finding) -> Noticed:
    until_s = None if each.until is None else each.until / NS
    return Noticed(
        kind=each.kind,
        name=FOUND.get(each.kind, each.kind.replace("-", " ")),
        step=each.step,
        side=each.side,
        since_s=each.since / NS,
        until_s=until_s,
        lasted_s=max(0.0, (told.length_s if until_s is None else until_s) - each.since / NS),
        text=each.text,
    )


def steps_done(told: Told) -> tuple[StepDone, ...]:
    """All steps of the routine in their order, also those that were not reached."""
    routine = told.header.routine
    if routine is None:
        return ()
    scored = {(each.id, each.side): each for each in told.scored if each.scope == "step"}
    guide = told.last.guide if told.last else None
    bars = {(bar.id, bar.side): bar.state for bar in guide.bars} if guide else {}
    found = []
    for phase in routine.phases:
        for step in phase.steps:
            one: Scored | None = scored.get((step.id, step.side))
            state: StepState = one.state if one else bars.get((step.id, step.side), "todo")
            begun = one is not None and one.state != "todo" and one.lasted_s > 0
            found.append(
                StepDone(
                    id=step.id,
                    side=step.side,
                    name=step.name,
                    phase=phase.name,
                    kind=step.kind,
                    state=state,
                    planned_s=step.seconds,
                    start_s=one.start / NS if one and begun else None,
                    lasted_s=one.lasted_s if one and begun else None,
                    score=one.score if one else None,
                    coverage=one.coverage if one else 0.0,
                    why=one.why if one else "",
                )
            )
    return tuple(found)


def pains(told: Told) -> tuple[Pain, ...]:
    """What was said of pain; a mark that says no level is none."""
    found = []
    for mark in told.marks:
        pain = pain_of(mark.arg) if mark.verb == "pain" else None
        if pain is not None:
            found.append(Pain(t_s=mark.t / NS, level=pain.level, where=_where(mark)))
    return tuple(found)


def _where(mark: Mark) -> str:
    """What a mark of pain says besides its level."""
    return " ".join(mark.arg.split()[1:])


def timeline_section(
    told: Told,
    steps: tuple[StepDone, ...],
    found: tuple[Noticed, ...],
    held: tuple[tuple[float, float], ...] = (),
) -> Section:
    """The steps, and everything else that happened; `held`: breaths held where no coach led, start and length, s."""
    tables = []
    text = []
    if steps:
        done = sum(step.state == "done" for step in steps)
        text.append(f"{done} of {count(len(steps), 'step')} were done.")
        tables.append(_steps_table(steps))
    else:
        text.append("This session had no routine.")
    rows = sorted(
        [*_of_findings(found), *_of_marks(told), *_of_links(told), *_of_gaps(told), *_of_held(held)],
        key=lambda row: row[0],
    )
    if rows:
        said = tuple((at(t), what, more) for t, what, more in rows)
        tables.append(Table(title="What happened", columns=("at", "what", "more"), rows=said))
    else:
        text.append("Nothing was noticed, and nothing was noted.")
    return Section(id="timeline", title="Timeline", text=tuple(text), tables=tuple(tables))


def _steps_table(steps: tuple[StepDone, ...]) -> Table:
    rows = tuple(
        (
            UNKNOWN if step.start_s is None else clock(step.start_s),
            f"{step.id} {step.name}",
            step.side or UNKNOWN,
            lasting(step.planned_s),
            UNKNOWN if step.lasted_s is None else lasting(step.lasted_s),
            STATES[step.state],
            number(step.score),
            percent(step.coverage) if step.state != "todo" and step.coverage > 0 else UNKNOWN,
        )
        for step in steps
    )
    columns = ("at", "step", "side", "planned", "lasted", "state", "score", "measured")
    note = "Why a step has no score is said under what was not measured; what lasts is without pauses and waits."
    return Table(title="Steps", columns=columns, rows=rows, notes=(note,))


_Happened = tuple[HostNs, str, str]


def _of_findings(found: tuple[Noticed, ...]) -> list[_Happened]:
    rows = []
    for each in found:
        where = f" in {each.step}{' ' + each.side if each.side else ''}" if each.step else ""
        lasted = f"for {lasting(each.lasted_s)}" + ("" if each.until_s is not None else ", to the end")
        rows.append((HostNs(round(each.since_s * NS)), f"{each.name}{where}", lasted))
    return rows


def long_gaps(told: Told) -> list[Gap]:
    """Gaps that a person would notice, but for those of a lost link, of which the loss tells."""
    return [gap for gap in told.gaps if gap.end - gap.start >= _LONG_NS and not gap.why.startswith("link lost")]


def _of_gaps(told: Told) -> list[_Happened]:
    return [
        (gap.start, f"{gap.stream} missing", f"for {lasting((gap.end - gap.start) / NS)}: {gap.why}")
        for gap in long_gaps(told)
    ]


def _of_held(held: tuple[tuple[float, float], ...]) -> list[_Happened]:
    return [(HostNs(round(t_s * NS)), "breath held", f"for {lasting(lasted_s)}") for t_s, lasted_s in held]


def _of_marks(told: Told) -> list[_Happened]:
    return [(mark.t, *_marked(told, mark)) for mark in told.marks]


def _marked(told: Told, mark: Mark) -> tuple[str, str]:
    """A mark in words."""
    if mark.verb == "answer":
        return _answered(told, mark.arg)
    if mark.verb == "pain":
        pain = pain_of(mark.arg)
        return ("pain, not taken", mark.arg) if pain is None else (f"pain {pain.level} of 10", _where(mark))
    if mark.verb in _ASKED:
        begins, ends = _ASKED[mark.verb]
        return (begins, mark.arg) if mark.arg else (ends, "")
    return _VERBS.get(mark.verb, mark.verb), mark.arg


def _answered(told: Told, arg: str) -> tuple[str, str]:
    """What the person answered, and the question."""
    name, _, answer = arg.partition(" ")
    routine = told.header.routine
    questions = {each.id: each.text for each in routine.questions} if routine else {}
    questions |= {step.question.id: step.question.text for step in steps_of(told).values() if step.question}
    return f'answered "{answer}"', questions.get(name, name)


def _of_links(told: Told) -> list[_Happened]:
    """Connections that were lost while the recording went on."""
    end = told.stop.t if told.stop else None
    return [
        (link.t, f"{link.source} lost" if link.state == "down" else f"{link.source} silent",
         link.detail.get("reason", link.detail.get("stream", "")))
        for link in told.links
        if link.state in ("down", "stalled") and (end is None or link.t < end)
    ]  # fmt: skip
