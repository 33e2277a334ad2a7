"""What was not measured, and why: sensors that were not there, steps, and figures that are not known."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tidehold.coach.fit import NOT_MEASURED, STRAP
from tidehold.coach.measures import not_measured
from tidehold.coach.scores import is_scored
from tidehold.log.told import Told
from tidehold.report.nouns import Section, Table
from tidehold.report.spans import steps_of
from tidehold.report.timeline import StepDone
from tidehold.report.wording import listed, sentence


class Unmeasured(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was not measured: `of` the session, a step, a stream or a figure."""

    of: str
    what: str
    why: str


def unmeasured(told: Told, steps: Iterable[StepDone], sections: Iterable[Section]) -> tuple[Unmeasured, ...]:
    """All of it: sensors first, then streams, steps and figures."""
    return (*_sensors(told), *_streams(told), *_steps(told, steps), *_figures(sections))


def worn(told: Told) -> dict[str, str]:
    """The session's sources, and where each is worn ("" where nobody said)."""
    return {source: asked.get("placement", "") for source, asked in told.header.sources.items()}


def _sensors(told: Told) -> list[Unmeasured]:
    sources = worn(told)
    heard = {name.partition("/")[0] for name in told.samples}
    found = []
    if STRAP not in sources and not any(name.endswith("/rr") for name in told.samples):
        what = "heart rate, variability, breathing by heart and strap"
        found.append(Unmeasured(of="session", what=what, why="no strap was asked for"))
    if not [source for source in sources if source != STRAP]:
        what = "angles, holds and movements"
        found.append(Unmeasured(of="session", what=what, why="no phone or motion sensor was asked for"))
    return found + [
        Unmeasured(of="session", what=f"all of the {source}", why=_why_silent(told, source))
        for source in sources
        if source not in heard
    ]


def _why_silent(told: Told, source: str) -> str:
    states = [link for link in told.links if link.source == source]
    if not states:
        return f"the {source} was never found"
    last = states[-1]
    reason = last.detail.get("reason", "")
    return f"nothing came from it; its link was last {last.state}" + (f": {reason}" if reason else "")


def _streams(told: Told) -> list[Unmeasured]:
    """Streams that a device could not give, as its link said; the last word on each counts."""
    found: dict[tuple[str, str], Unmeasured] = {}
    for link in told.links:
        if link.state != "armed":
            continue
        found = {key: each for key, each in found.items() if key[0] != link.source}
        missing = link.detail.get("missing", "")
        if missing:
            of = f"{link.source}"
            found[link.source, missing] = Unmeasured(of=of, what="streams", why=missing)
    return list(found.values())


def _steps(told: Told, steps: Iterable[StepDone]) -> list[Unmeasured]:
    facts = steps_of(told)
    sources = worn(told)
    found = []
    for step in steps:
        of = f"{step.id} {step.name}{' ' + step.side if step.side else ''}"
        if step.state in ("todo", "skipped"):
            why = "skipped" if step.state == "skipped" else "not reached"
            found.append(Unmeasured(of=of, what="all of it", why=why))
            continue
        missed = not_measured(facts[step.id, step.side], sources)
        for why in dict.fromkeys(missed.values()):
            what = listed(measure for measure, each in missed.items() if each == why)
            found.append(Unmeasured(of=of, what=what, why=why))
        if step.score is None and is_scored(facts[step.id, step.side]) and not missed and step.why:
            found.append(Unmeasured(of=of, what="score", why=step.why.removeprefix(NOT_MEASURED)))
    return found


def _figures(sections: Iterable[Section]) -> list[Unmeasured]:
    """Rows of which no value is known."""
    return [
        Unmeasured(of=section.title, what=row.name, why=row.why)
        for section in sections
        for row in section.rows
        if row.value is None
    ]


def unmeasured_section(found: Iterable[Unmeasured]) -> Section:
    """In one table; what has one reason is one line."""
    lines: dict[tuple[str, str], list[str]] = {}
    for each in found:
        whats = lines.setdefault((each.of, each.why), [])
        if each.what not in whats:
            whats.append(each.what)
    if not lines:
        text = ("Everything that this session set out to measure was measured.",)
        return Section(id="unmeasured", title="What was not measured", text=text)
    rows = tuple((of, listed(whats), sentence(why)) for (of, why), whats in lines.items())
    table = Table(title="Not measured", columns=("where", "what", "why"), rows=rows)
    return Section(id="unmeasured", title="What was not measured", tables=(table,))
