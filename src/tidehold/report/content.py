"""A finished session as a report: sections of sentences, figures and tables, and every figure by its name."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from tidehold import __version__
from tidehold.log.told import Told
from tidehold.records import HostNs
from tidehold.report.breathing import breathing, breathing_section
from tidehold.report.heart import heart, heart_section
from tidehold.report.holds import holds, holds_section
from tidehold.report.how import how_section
from tidehold.report.nouns import Report
from tidehold.report.quality import quality
from tidehold.report.quality_section import quality_section
from tidehold.report.summary import Found, summary_section
from tidehold.report.tasks import tasks, tasks_section
from tidehold.report.timeline import noticed, pains, steps_done, timeline_section
from tidehold.report.unmeasured import unmeasured, unmeasured_section
from tidehold.report.wording import lasting
from tidehold.units import NS

SECTIONS: Final = ("summary", "timeline", "breathing", "heart", "holds", "tasks", "quality", "unmeasured", "how")
"""Ids, in their order; each report has all of them."""


def report_of(told: Told) -> Report:
    """The report of a session.

    Args:
        told: Folded `again`: what was asked for, true rates and waveforms are in no file.
    """
    found = look(told)
    middle = (
        timeline_section(told, found.steps, found.noticed, found.breathing.held),
        breathing_section(found.breathing),
        heart_section(found.heart),
        holds_section(found.holds),
        tasks_section(found.tasks),
        quality_section(found.quality),
    )
    missed = unmeasured(told, found.steps, middle)
    sections = (summary_section(told, found), *middle, unmeasured_section(missed))
    return Report(
        title=_title(told),
        about=_about(told),
        sections=(*sections, how_section(told, sections)),
        facts=_facts(told, found) | {"unmeasured": msgspec.to_builtins(missed)},
    )


def look(told: Told) -> Found:
    """All figures of a session."""
    breaths, beats = breathing(told), heart(told)
    routine = told.header.routine
    session = next((each for each in told.scored if each.scope == "session"), None)
    guide = told.last.guide if told.last else None
    score = session.score if session else guide.score if guide else None
    why = session.why if session else "the recording ends before the routine does" if routine else ""
    return Found(
        breathing=breaths,
        heart=beats,
        holds=holds(told),
        tasks=tasks(told),
        steps=steps_done(told),
        noticed=noticed(told),
        pains=pains(told),
        quality=quality(told, breaths, beats.whole),
        score=score,
        coverage=session.coverage if session else None,
        why_score="" if score is not None else why,
        ended=guide.ended if guide and guide.state == "stopped" else "",
    )


def _title(told: Told) -> str:
    routine = told.header.routine
    return f"{routine.name if routine else 'Session'}, {told.when(HostNs(0)):%Y-%m-%d %H:%M}"


def _about(told: Told) -> dict[str, str]:
    header = told.header
    routine = header.routine
    about = {
        "date": f"{told.when(HostNs(0)):%Y-%m-%d %H:%M:%S} (UTC{told.when(HostNs(0)):%z})",
        "length": lasting(told.length_s),
        "routine": "none" if routine is None else f"{routine.name}{f', {routine.variant}' if routine.variant else ''}",
        "devices": "; ".join(_device(told, source) for source in header.sources) or "none",
        "ended": "not: the recording has no end" if told.stop is None else told.stop.reason,
        "session": header.session,
        "recorded with": " ".join(f"{key} {header.software[key]}" for key in ("tidehold",) if key in header.software)
        or "unknown software",
        "report by": f"tidehold {__version__}",
    }
    if told.recovered is not None:
        about["recovered from"] = told.recovered.source
    return about


def _device(told: Told, source: str) -> str:
    """A source: its profile, where it is worn, and its firmware."""
    asked = told.header.sources[source]
    link = next((link for link in told.links[::-1] if link.source == source and "profile" in link.detail), None)
    profile = asked.get("profile") or (link.detail["profile"] if link else "")
    parts = [profile, f"on the {asked['placement']}" if asked.get("placement") else ""]
    told_of = told.last.said if told.last else {}
    for key, label in (("model", ""), ("firmware", "firmware ")):
        if told_of.get(f"{source}/{key}"):
            parts.append(label + told_of[f"{source}/{key}"])
    return f"{source} ({', '.join(part for part in parts if part)})" if any(parts) else source


def _facts(told: Told, found: Found) -> dict[str, Any]:
    """Every figure by its name; an unknown one is None, with its reason beside it."""
    routine = told.header.routine
    tree: dict[str, Any] = msgspec.to_builtins(found)
    return {
        "session": told.header.session,
        "started": told.when(HostNs(0)).isoformat(),
        "length_s": told.length_s,
        "routine": routine.id if routine else None,
        "variant": routine.variant if routine else "",
        "stopped": told.stop.reason if told.stop else None,
        "recovered": told.recovered is not None,
        "marks": [{"t_s": mark.t / NS, "verb": mark.verb, "arg": mark.arg} for mark in told.marks],
        **tree,
    }
