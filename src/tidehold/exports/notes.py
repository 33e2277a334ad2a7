"""What happened in a session, as annotations: an onset, a length, a text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from tidehold.exports.tables import wall_times
from tidehold.log.told import Told
from tidehold.records import HostNs
from tidehold.routine import Scored
from tidehold.units import NS

LONGEST: Final = 500
"""Characters of a text; EDFlib, which most programs read with, cuts at 512."""

Kind = Literal["session", "step", "mark", "cue", "finding", "hold", "gap", "link", "grid"]
"""What is said: "grid" of how samples lie in an EDF+ file, everything else of what happened."""


class Note(NamedTuple):
    """One annotation: session time, ns; `until` None for a moment."""

    kind: Kind
    t: int
    until: int | None
    text: str


def notes(told: Told) -> Iterator[Note]:
    """Start and end, steps, marks, cues, findings, holds, gaps and connections, each kind in its order."""
    yield Note("session", 0, None, f"session starts {wall_times(told.header, [0])[0]}")
    end = HostNs(round(told.length_s * NS))
    yield Note("session", end, None, _said("session ends", told.stop.reason if told.stop else "interrupted"))
    for scored in told.scored:
        if scored.scope == "step" and scored.state != "todo":
            score = "" if scored.score is None else f", score {scored.score:.0f}"
            text = f"step {step_name(told, scored)} ({scored.state}{score})"
            yield Note("step", scored.start, scored.end, text)
    for mark in told.marks:
        yield Note("mark", mark.t, None, _said(f"mark {mark.verb}", mark.arg))
    for cue in told.cues:
        yield Note("cue", cue.t, None, _said(f"cue {cue.kind}", cue.text))
    for finding in told.findings:
        until = end if finding.until is None else finding.until
        yield Note("finding", finding.since, until, _said(f"finding {finding.kind}", finding.text))
    for hold in told.holds:
        score = "" if hold.score is None else f", score {hold.score:.0f}"
        yield Note("hold", hold.start, hold.end, f"hold {hold.source}{score}")
    for gap in told.gaps:
        yield Note("gap", gap.start, gap.end, _said(f"gap {gap.stream}", gap.why))
    for link in told.links:
        yield Note("link", link.t, None, _said(f"link {link.source} {link.state}", link.detail.get("reason", "")))


def step_name(told: Told, scored: Scored) -> str:
    """Of a step: its id, its name and its side."""
    steps = told.header.routine.steps if told.header.routine else ()
    names = {(step.id, step.side): step.name for step in steps}
    return " ".join(word for word in (scored.id, names.get((scored.id, scored.side), ""), scored.side) if word)


def plain(text: str) -> str:
    """A text without the control characters that separate annotations, and not too long."""
    text = "".join(each if each.isprintable() else " " for each in text)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def _said(what: str, more: str) -> str:
    return f"{what}: {more}" if more else what
