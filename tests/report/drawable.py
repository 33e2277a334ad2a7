"""A session that has something of everything that is drawn, made by hand; and what a figure has of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from bokeh.plotting import figure

from tidehold.log.told import Told
from tidehold.records import (
    Breath,
    Estimate,
    Gap,
    Hold,
    HostNs,
    Link,
    LinkState,
    Mark,
    Pacing,
    Pattern,
    Sample,
    UnixNs,
    Values,
)
from tidehold.report.nouns import Report, Row, Section, Table
from tidehold.routine import Finding, Phase, Routine, Scored, Side, Step, StepState
from tidehold.session.header import Header
from tidehold.units import NS

LENGTH_S = 120.0
PERIOD_S = 10.0
"""Of a breath: it starts at 0, 10, 20 s ..."""
BLANK = (40.0, 45.0)
"""When the phase was not known."""
GAP = (70.0, 74.0)
PACED = (5.0, 65.0)


def t(seconds: float) -> HostNs:
    return HostNs(round(seconds * NS))


def step(kind: Any, name: str, side: Side = "", **more: Any) -> Step:
    return Step(id=name, name=f"a {kind}", kind=kind, seconds=20, side=side, **more)


ROUTINE = Routine(
    id="r",
    name="R",
    phases=(
        Phase(id="a", name="Arrive", steps=(step("breathe", "1", pattern="4/6"),)),
        Phase(id="b", name="Bend", steps=(step("hold", "2", "left"), step("hold", "2", "right"))),
    ),
)


def scored(name: str, start: float, end: float, side: Side = "", state: StepState = "done", **figures: float) -> Scored:
    score = None if state == "skipped" else 90.0
    return Scored(t(end), "step", name, side, state, t(start), t(end), end - start, score, 1.0, {}, {**figures}, "")


def told(routine: Routine | None = ROUTINE, length_s: float = LENGTH_S) -> Told:
    """Breathing 6 times a minute, 60 s of it paced; a hold on each side; a gap; one artefact."""
    sources = {"strap": {}, "phone": {"placement": "breastbone"}}
    all_of_it = Told(Path("s.mcap"), Header(session="s", started=UnixNs(0), routine=routine, sources=sources))
    all_of_it.length_s = length_s
    _links(all_of_it)
    _breath(all_of_it)
    _heart(all_of_it)
    if routine is not None:
        _guided(all_of_it)
    return all_of_it


def bare() -> Told:
    """A session in which nothing came."""
    return Told(Path("s.mcap"), Header(session="s", started=UnixNs(0)))


def chest_wave(times: Values) -> Values:
    """Of that breathing: least where an inhalation starts."""
    return np.asarray(-np.cos(2 * np.pi * times / PERIOD_S))


def series(all_of_it: Told, stream: str, seconds: Values, values: Values) -> None:
    times = (seconds * NS).astype(np.int64)
    all_of_it.hear(Sample(t(0), stream, times, values))


def estimates(all_of_it: Told, name: str, seconds: Any, value: Any) -> None:
    for at in seconds:
        all_of_it.hear(Estimate(t(at), name, value(at), 0.9))


def _links(all_of_it: Told) -> None:
    states: list[tuple[float, LinkState]] = [(0, "searching"), (1, "up"), (70, "down"), (73, "up")]
    for at, state in states:
        all_of_it.take(Link(t(at), "strap", state))
    all_of_it.hear(Gap(t(74), "strap/acc", t(GAP[0]), t(GAP[1]), 200, "link lost"))
    all_of_it.hear(Gap(t(74), "strap/rr", t(GAP[0]), t(GAP[1]), None, "link lost"))


def _breath(all_of_it: Told) -> None:
    seconds = np.arange(1.0, all_of_it.length_s, 0.02)
    seconds = seconds[(seconds < GAP[0]) | (seconds > GAP[1])]
    breath = 0.1 * chest_wave(seconds)
    series(
        all_of_it, "strap/acc", seconds, np.column_stack([9.8 + 0 * seconds, -breath, 0.5 * breath + 0.02 * seconds])
    )
    estimates(
        all_of_it,
        "breathing/phase_rad",
        np.arange(5.0, all_of_it.length_s, 0.25),
        lambda at: None if BLANK[0] <= at <= BLANK[1] else 2 * np.pi * (at % PERIOD_S) / PERIOD_S,
    )
    estimates(all_of_it, "breathing/rate_bpm", range(int(all_of_it.length_s)), lambda at: None if at < 10 else 6.0)
    for at in range(10, int(all_of_it.length_s) - 10, 10):
        all_of_it.hear(Breath(t(at + 11), t(at), t(at + 4), t(at + 10), 0.9))
    all_of_it.pacings += [(t(PACED[0]), Pacing(t(PACED[0]), Pattern())), (t(PACED[1]), None)]


def _heart(all_of_it: Told) -> None:
    seconds = np.arange(1.0, all_of_it.length_s)
    flags = np.where(seconds == 30, 2.0, 0.0)
    rows = np.column_stack([np.full(len(seconds), 1.0), np.ones(len(seconds)), flags])
    series(all_of_it, "strap/rr", seconds, np.full(len(seconds), 1.0))
    series(all_of_it, "strap/rr_clean", seconds, rows)
    estimates(all_of_it, "heart/hr_bpm", range(int(all_of_it.length_s)), lambda at: None if at < 3 else 60.0)
    estimates(all_of_it, "heart/rmssd_ms", range(int(all_of_it.length_s)), lambda at: None if at < 60 else 31.0)


def _guided(all_of_it: Told) -> None:
    all_of_it.hear(scored("1", 5, 65))
    all_of_it.hear(scored("2", 65, 90, "left", target_deg=40.0))
    all_of_it.hear(scored("2", 90, 110, "right", "cut", target_deg=38.0))
    all_of_it.hear(Finding(t(80), "breath-held", "2", "left", t(75), t(79), "Let your breath flow."))
    all_of_it.hear(Finding(t(100), "let-go", "2", "right", t(100), None, "Go back into it."))
    all_of_it.take(Mark(t(95), "pain", "3 left hip"))
    estimates(
        all_of_it, "phone/angle_deg", range(int(all_of_it.length_s)), lambda at: None if at < 4 else 40.0 * (at > 67)
    )
    for start, end, score in ((10, 60, None), (68, 89, 88.0), (91, 100, 70.0)):
        all_of_it.hear(Hold(t(end), "phone", "breastbone", t(start), t(end), None, score, {}, ""))


def report(text: str = "All is well.") -> Report:
    """A small report with the sections that plots are for."""
    sections = (
        Section(
            id="summary",
            title="In short",
            text=(text,),
            rows=(
                Row(name="score", value=94.0, text="94 of 100", tone="good", how="By its weight."),
                Row(name="steps apart", value=None, tone="unknown", why="nobody walked"),
            ),
        ),
        Section(id="timeline", title="Timeline", rows=(Row(name="rate", value=6.0, unit="/min", how="A median."),)),
        Section(
            id="breathing",
            title="Breathing",
            tables=(Table(title="Sides", columns=("what", "left"), rows=(("angle", "44.1"),), notes=("One side.",)),),
        ),
        *(Section(id=name, title=name) for name in ("heart", "holds", "quality")),
    )
    return Report(title="A session", about={"Date": "today"}, sections=sections)


def keys(fig: figure) -> list[str]:
    """Names in the legend."""
    return [item.label.value for item in _items(fig)]


def _items(fig: figure) -> list[Any]:
    return [item for legend in fig.legend for item in legend.items]


def data(fig: figure, name: str) -> dict[str, Any]:
    """What is drawn under a name of the legend, of all that have it."""
    items = [item for item in _items(fig) if item.label.value == name]
    assert items, f"{name} is not among {keys(fig)}"
    columns: dict[str, list[Any]] = {}
    for renderer in items[0].renderers:
        for column, values in renderer.data_source.data.items():
            columns.setdefault(column, []).extend(values)
    return columns
