"""Data quality: of each stream, when it was there, and what is missing of it."""

from __future__ import annotations

from typing import Final

from bokeh.models import ColumnDataSource, FactorRange, Range1d
from bokeh.plotting import figure

from tidehold.log.told import Told
from tidehold.report.drawn import Shade, gap_text
from tidehold.report.figures import BLUE, GREEN, MS, VERMILLION, hover, new_figure, plain, time_axis
from tidehold.report.legends import legend
from tidehold.units import NS

_ROW: Final = 22
_DERIVED: Final = ("rr_clean", "contact", "battery", "energy")
"""Made of another stream, or said once in a while: nothing of them can be missing."""
_ENDED_S: Final = 5.0
"""A stream that has been silent for so long at the end had ended."""


def quality_plots(told: Told, x_range: Range1d) -> list[figure]:
    """One plot, or none where nothing was recorded."""
    links = {f"{source}: connected": spans for source, spans in links_of(told).items()}
    streams = {plain(name): spans for name, spans in streams_of(told).items()}
    rows = [*links, *streams]
    if not rows:
        return []
    fig = new_figure(
        "What was recorded, and what is missing",
        "A bar where a stream was there, hatched red where samples are missing from it, nothing where it had not begun "
        "or was over.",
        height=_ROW * len(rows) + 80,
        x_range=x_range,
        y_range=FactorRange(factors=rows[::-1]),
    )
    time_axis(fig, told.length_s)
    fig.ygrid.grid_line_color = None
    for spans, color, name in ((links, BLUE, "connected"), (streams, GREEN, "recorded")):
        source = _source(spans)
        if len(source.data["row"]):
            bars = fig.hbar(
                y="row",
                left="start",
                right="end",
                height=0.6,
                source=source,
                color=color,
                alpha=0.75,
                legend_label=name,
            )
            hover(fig, [bars], [("", "@row"), ("from", "@start{clock}"), ("to", "@end{clock}")])
    _draw_gaps(fig, told)
    legend(fig)
    return [fig]


def links_of(told: Told) -> dict[str, list[Shade]]:
    """When each source was connected."""
    found: dict[str, list[Shade]] = {}
    since: dict[str, float] = {}
    for link in told.links:
        found.setdefault(link.source, [])
        if link.state == "up":
            since.setdefault(link.source, link.t / NS)
        elif link.state in ("down", "searching", "connecting", "refused") and link.source in since:
            found[link.source].append(Shade(since.pop(link.source), link.t / NS, "connected"))
    for source, start in since.items():
        found[source].append(Shade(start, told.length_s, "connected"))
    return found


def streams_of(told: Told) -> dict[str, list[Shade]]:
    """When samples of each stream came, without its gaps."""
    found: dict[str, list[Shade]] = {}
    for name, series in sorted(told.samples.items()):
        if name.rpartition("/")[2] in _DERIVED or not len(series):
            continue
        at, end = max(0.0, float(series.times[0]) / NS), float(series.times[-1]) / NS
        end = told.length_s if told.length_s - end < _ENDED_S else end
        found[name] = []
        for gap in sorted((each for each in told.gaps if each.stream == name), key=lambda each: each.start):
            if gap.start / NS > at:
                found[name].append(Shade(at, gap.start / NS, name))
            at = max(at, gap.end / NS)
        if end > at:
            found[name].append(Shade(at, end, name))
    return found


def _source(rows: dict[str, list[Shade]]) -> ColumnDataSource:
    spans = [(name, span) for name, own in rows.items() for span in own]
    return ColumnDataSource(
        {
            "row": [name for name, _ in spans],
            "start": [span.start * MS for _, span in spans],
            "end": [span.end * MS for _, span in spans],
        }
    )


def _draw_gaps(fig: figure, told: Told) -> None:
    rows = {plain(name) for name in streams_of(told)}
    gaps = [gap for gap in told.gaps if plain(gap.stream) in rows]
    if not gaps:
        return
    source = ColumnDataSource(
        {
            "row": [plain(gap.stream) for gap in gaps],
            "start": [gap.start / NS * MS for gap in gaps],
            "end": [gap.end / NS * MS for gap in gaps],
            "text": [gap_text(gap) for gap in gaps],
        }
    )
    bars = fig.hbar(
        y="row",
        left="start",
        right="end",
        height=0.75,
        source=source,
        fill_color="white",
        line_color=VERMILLION,
        hatch_pattern="right_diagonal_line",
        hatch_color=VERMILLION,
        hatch_scale=8,
        legend_label="missing",
    )
    hover(fig, [bars], [("", "@row"), ("from", "@start{clock}"), ("to", "@end{clock}"), ("", "@text")])
