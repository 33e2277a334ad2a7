"""Sessions that were never recorded, put together from what is said of them; and short ones that are folded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tidehold.log.told import Told
from tidehold.records import (
    Breath,
    Cue,
    Estimate,
    Gap,
    Hold,
    HoldFigures,
    HostNs,
    Input,
    Link,
    Mark,
    Pacing,
    Pattern,
    Sample,
    Snapshot,
    Stop,
    StreamView,
    Tick,
    UnixNs,
    Values,
)
from tidehold.report.nouns import Section, Table
from tidehold.routine import Bar, Finding, Guide, Measured, Phase, Routine, Scored, Step, Task
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold_simulators.scenario import Scenario, load_scenario
from tidehold_simulators.virtual import virtual_header, virtual_inputs

STARTED = UnixNs(1_790_000_000 * NS)
BOTH = {"strap": {"profile": "polar"}, "phone": {"placement": "breastbone", "profile": "android"}}


def ns(t_s: float) -> HostNs:
    return HostNs(round(t_s * NS))


def routine(*steps: Step, **changes: Any) -> Routine:
    return Routine(
        **({"id": "small", "name": "Small one", "phases": (Phase(id="all", name="All", steps=steps),)} | changes)
    )


def step(id_: str, kind: str, seconds: float = 60, **more: Any) -> Step:
    return Step(id=id_, name=f"{kind.capitalize()} it", kind=kind, seconds=seconds, **more)  # type: ignore[arg-type]


def made(length_s: float = 300, *, stop: bool = True, **header: Any) -> Told:
    """A session with nothing in it yet."""
    plain: dict[str, Any] = {
        "session": "made-1",
        "started": STARTED,
        "sources": BOTH,
        "software": {"tidehold": "0.1.0"},
    }
    told = Told(Path("a.mcap"), Header(**(plain | header)))
    told.take(Stop(ns(length_s), "the person ended it") if stop else Tick(ns(length_s)))
    return told


def snapshot(told: Told, t_s: float, **parts: Any) -> None:
    empty: dict[str, Any] = {name: {} for name in Snapshot.__struct_fields__}
    told.hear(Snapshot(**(empty | {"t": ns(t_s), "gaps": 0, "pacing": None, "guide": None} | parts)))


def guide(told: Told, state: str, bars: Sequence[Bar] = (), **more: Any) -> None:
    given: dict[str, Any] = {
        "routine": "small",
        "name": "Small one",
        "state": state,
        "bars": tuple(bars),
        "at": 0,
    } | more
    snapshot(told, told.length_s, guide=Guide(**given))


def view(rate_hz: float | None, count: int = 100) -> StreamView:
    return StreamView(count=count, rate_hz=rate_hz, age_s=0.1, gaps=0, last=(0.0,))


def beats(told: Told, rr_s: Sequence[float] | Values, start_s: float = 1.0, flags: Sequence[int] = ()) -> None:
    """Cleaned and raw heartbeats, end to end from `start_s` on."""
    intervals = np.asarray(rr_s, float)
    times = np.rint((start_s + np.cumsum(intervals)) * NS).astype(np.int64)
    codes = np.asarray(flags, float) if len(flags) else np.zeros(len(intervals))
    values = np.column_stack((intervals, np.ones(len(intervals)), codes))
    told.hear(Sample(HostNs(int(times[-1])), "strap/rr", times, intervals))
    told.hear(Sample(HostNs(int(times[-1])), "strap/rr_clean", times, values))


def samples(told: Told, stream: str, rate_hz: float, start_s: float, end_s: float) -> None:
    times = np.arange(round(start_s * NS), round(end_s * NS), round(NS / rate_hz), dtype=np.int64)
    told.hear(Sample(HostNs(int(times[-1])), stream, times, np.zeros((len(times), 3))))


def estimate(told: Told, name: str, t_s: float, value: float | None, quality: float = 1.0, why: str = "") -> None:
    told.hear(Estimate(ns(t_s), name, value, quality, why))


def each_second(told: Told, name: str, start_s: int, end_s: int, value: float | None, **more: Any) -> None:
    for t_s in range(start_s, end_s):
        estimate(told, name, t_s, value, **more)


def breath(told: Told, at_s: float, inhale_s: float = 4, exhale_s: float = 6, quality: float = 1.0) -> None:
    out, end = ns(at_s + inhale_s), ns(at_s + inhale_s + exhale_s)
    told.hear(Breath(end, ns(at_s), out, end, quality))


def paced(
    told: Told, start_s: float, end_s: float | None, pattern: Pattern | None = None, **figures: float | None
) -> None:
    """Breathing that was asked for, and what was said of it at its end; with no end nothing is said."""
    told.pacings.append((ns(start_s), Pacing(ns(start_s), pattern or Pattern())))
    if end_s is None:
        return
    told.pacings.append((ns(end_s), None))
    for name in ("score", "plv", "lag_s", "rate_error", "cue_error_s", "jitter_s", "in_out_ratio", "coverage"):
        value = figures.get(name)
        estimate(told, f"pacing/step_{name}", end_s, value, why="" if value is not None else "not known in this step")


def scored(told: Told, of: Step, start_s: float, end_s: float, score: float | None, **more: Any) -> None:
    plain: dict[str, Any] = {
        "scope": "step", "id": of.id, "side": of.side, "state": "done", "start": ns(start_s), "end": ns(end_s),
        "lasted_s": end_s - start_s, "score": score, "coverage": 1.0, "parts": {}, "figures": {},
        "why": "" if score is not None else "nothing to score",
    }  # fmt: skip
    told.hear(Scored(t=ns(end_s), **(plain | more)))


def session_scored(told: Told, score: float | None, coverage: float = 1.0, why: str = "") -> None:
    end = ns(told.length_s)
    told.hear(Scored(end, "session", "small", "", "done", ns(0), end, told.length_s, score, coverage, {}, {}, why))


def figures(**changes: Any) -> HoldFigures:
    plain: dict[str, Any] = {
        "inclination_deg": 70.0, "angle_deg": 40.0, "rms_deg": 0.4, "drift_deg_min": 1.0, "shift_deg": 0.1,
        "ellipse_deg2": 0.2, "path_deg": 9.0, "velocity_deg_s": 0.3, "jerk_m2_s5": 1.0, "tremor_deg_s": 0.05,
        "tremor_hz": None, "in_band": 0.9, "in_wide_band": 1.0, "longest_in_band_s": 20.0, "settling_s": 0.0,
        "corrections": 0, "slips": (), "breathing_removed": True,
    }  # fmt: skip
    return HoldFigures(**(plain | changes))


def hold(told: Told, start_s: float, end_s: float, score: float | None = 80, **more: Any) -> None:
    why = "steady" if score is not None else "too short for figures"
    found = figures(**more) if score is not None else None
    told.hear(Hold(ns(end_s), "phone", "breastbone", ns(start_s), ns(end_s), found, score, {}, why))


def measured(told: Told, task: Task, start_s: float, end_s: float, **known: Any) -> None:
    why = known.pop("why", {})
    told.hear(Measured(ns(end_s), "phone", task, ns(start_s), ns(end_s), known, 0.9, why))


def finding(told: Told, kind: str, step_id: str, since_s: float, until_s: float | None, side: Any = "") -> None:
    until = None if until_s is None else ns(until_s)
    told.hear(Finding(ns(since_s + 1), kind, step_id, side, ns(since_s), until, "Something."))


def mark(told: Told, t_s: float, verb: str, arg: str = "") -> None:
    told.marks.append(Mark(ns(t_s), verb, arg))


def link(told: Told, t_s: float, source: str, state: Any, **detail: str) -> None:
    told.links.append(Link(ns(t_s), source, state, detail))


def gap(told: Told, stream: str, start_s: float, end_s: float, why: str = "link lost", lost: int | None = None) -> None:
    told.hear(Gap(ns(end_s), stream, ns(start_s), ns(end_s), lost, why))


def cue(told: Told, t_s: float, kind: str) -> None:
    told.hear(Cue(ns(t_s), kind, "text"))


def table_of(section: Section, title: str) -> Table:
    """The one whose title begins so."""
    return next(table for table in section.tables if table.title.startswith(title))


def cells(table: Table) -> dict[str, tuple[str, ...]]:
    """The rows by their first cell."""
    return {row[0]: row[1:] for row in table.rows}


def rows(section: Section) -> dict[str, str]:
    """The texts of the rows by name; of one that is not known, why."""
    return {row.name: row.text if row.value is not None else f"- {row.why}" for row in section.rows}


def folded(scenario: str | Scenario, seconds: float, *, phone: bool = False, without: Sequence[str] = ()) -> Told:
    """A short session in virtual time, folded; frames of channels `without` never came."""
    played = load_scenario(scenario) if isinstance(scenario, str) else scenario
    header = virtual_header(played, builtin_profiles(), phone=phone)
    told, fold = Told(Path("a.mcap"), header), Session(header)
    for item in virtual_inputs(played, seconds, phone=phone, acc_hz=50):
        if not _is_of(item, without):
            told.take(item)
            for out in fold.feed(item):
                told.hear(out)
    return told


def _is_of(item: Input, without: Sequence[str]) -> bool:
    return getattr(item, "channel", None) in without or f"{getattr(item, 'source', '')}/*" in without
