"""Breathing: chest motion against the pacer's wave, and the rate against the one that was asked for."""

from __future__ import annotations

import itertools
from typing import Any, Final

import numpy as np
from bokeh.models import ColumnDataSource, Range1d
from bokeh.plotting import figure

from tidehold.log.told import Told
from tidehold.report.drawn import (
    Asked,
    Chest,
    Line,
    Shade,
    asked_of,
    broken,
    chest_motion,
    gaps_of,
    is_known,
    known,
    least_and_most,
    wave_of,
)
from tidehold.report.figures import BLACK, BLUE, GREY, MS, ORANGE, SKY, bands, hover, new_figure, time_axis
from tidehold.report.legends import legend
from tidehold.report.timeline_plots import step_bands
from tidehold.units import NS

BINS: Final = 1500
"""Of a line over a session: each is less than a pixel wide."""
_STRIP_S: Final = 180.0
_STRIPS: Final = 8
_JOINED_S: Final = 5.0
"""Two stretches of paced breathing that are no further apart are one."""
_TALL: Final = 4.0
"""Half of the axis, in medians of the chest's deviation: a sine is 1.4 of them high, and breaths differ."""
_OUT: Final = 1.5
"""In halves of the axis, beyond which nothing is drawn."""
_CM: Final = 100.0
_RATE: Final = "breathing/rate_bpm"
_SILENT_S: Final = 2.5
"""An estimate that comes each second, and has not come for so long, is not known."""
_HATCH: Final[dict[str, Any]] = {"hatch_pattern": "right_diagonal_line", "hatch_color": GREY, "hatch_alpha": 0.5}


def breathing_plots(told: Told, x_range: Range1d) -> list[figure]:
    """Those of them for which anything is known."""
    asked = asked_of(told)
    chest = chest_motion(told)
    plots: list[figure] = []
    if chest is not None:
        most = _most(chest, asked)
        plots += [_motion(told, x_range, chest, most), *_strips(told, chest, asked, most)]
    if is_known(told, _RATE) or told.breaths:
        plots.append(_rate(told, x_range, asked))
    return plots


def gap_bands(fig: figure, spans: list[Shade]) -> None:
    """Gaps, grey and hatched."""
    bands(fig, spans, name="no data", color="#DDDDDD", **_HATCH)


def _motion(told: Told, x_range: Range1d, chest: Chest, most: float) -> figure:
    fig = new_figure(
        "Chest motion",
        f"Movement of {chest.stream} along the direction of breathing, upwards is in. For drawing only: averaged over "
        "0.7 s and without slow sway; blank where the breath could not be told; what leaves the frame is another "
        "movement. Of each 1/1500 of the session the least and the greatest value are drawn.",
        height=200,
        x_range=x_range,
        y_range=Range1d(start=-most, end=most),
        y_label="cm/s²",
    )
    time_axis(fig, told.length_s)
    step_bands(fig, told)
    gap_bands(fig, gaps_of(told, chest.stream))
    _draw_chest(fig, chest.line, most, 0.9)
    legend(fig)
    return fig


def _strips(told: Told, chest: Chest, asked: list[Asked], most: float) -> list[figure]:
    """Chest motion and the pacer, some minutes in a plot, so that each breath is seen."""
    wave = wave_of(asked)
    starts = strips_of(asked)
    figs = []
    for at, (start, end) in enumerate(starts):
        fig = new_figure(
            "Chest motion and the pacer" + (f", {at + 1} of {len(starts)}" if len(starts) > 1 else ""),
            "The pacer's wave shows when to breathe in (upwards) and out, not how deep."
            if at == len(starts) - 1
            else "",
            height=170,
            x_range=Range1d(start=start * MS, end=end * MS),
            y_range=Range1d(start=-most, end=most),
            y_label="cm/s²",
        )
        time_axis(fig, told.length_s)
        gap_bands(fig, [each for each in gaps_of(told, chest.stream) if each.end > start and each.start < end])
        _draw_wave(fig, _cut(wave, start, end), 0.8 * most)
        _draw_chest(fig, _cut(chest.line, start, end), most, 1.3)
        legend(fig)
        figs.append(fig)
    return figs


def strips_of(asked: list[Asked]) -> list[tuple[float, float]]:
    """Start and end, s, of plots of paced breathing: of 3 min, or longer where that would be more than 8 of them."""
    stretches: list[tuple[float, float]] = []
    for each in asked:
        if stretches and each.start - stretches[-1][1] < _JOINED_S:
            stretches[-1] = (stretches[-1][0], each.end)
        else:
            stretches.append((each.start, each.end))
    length = max(_STRIP_S, sum(end - start for start, end in stretches) / _STRIPS)
    strips = []
    for start, end in stretches:
        parts = max(1, round((end - start) / length))
        edges = np.linspace(start, end, parts + 1)
        strips += [(float(one), float(two)) for one, two in itertools.pairwise(edges)]
    return strips


def _most(chest: Chest, asked: list[Asked]) -> float:
    """Where the axis of chest motion ends, cm/s^2: by the breaths, not by larger movements; first by paced ones."""
    values = chest.line.values * _CM
    paced = np.zeros(len(values), bool)
    for each in asked:
        paced |= (chest.line.times > each.start) & (chest.line.times < each.end)
    seen = values[paced & np.isfinite(values)]
    seen = seen if len(seen) else values[np.isfinite(values)]
    return max(float(_TALL * np.median(np.abs(seen))), 0.1)


def _draw_chest(fig: figure, line: Line, most: float, line_width: float) -> None:
    drawn = least_and_most(broken(line, 1.0), BINS)
    heights = (drawn.values * _CM).astype(np.float32)
    heights[np.abs(heights) > _OUT * most] = np.nan  # a movement: its way out of the frame is seen, and is enough
    fig.line(drawn.times * MS, heights, color=BLACK, line_width=line_width, legend_label="your chest")


def _draw_wave(fig: figure, wave: Line, half: float) -> None:
    for start, end in _pieces(wave):
        top = (2 * wave.values[start:end] - 1) * half
        fig.varea(
            x=wave.times[start:end] * MS,
            y1=np.full(end - start, -half),
            y2=top,
            fill_color=SKY,
            fill_alpha=0.45,
            legend_label="pacer",
        )


def _cut(line: Line, start: float, end: float) -> Line:
    """The part of a line in a stretch of time, and the points beside it."""
    first = max(0, int(np.searchsorted(line.times, start)) - 1)
    last = int(np.searchsorted(line.times, end)) + 1
    return Line(line.times[first:last], line.values[first:last])


def _pieces(line: Line) -> list[tuple[int, int]]:
    """The stretches of a line between its breaks, as places of their first and past their last point."""
    breaks = np.flatnonzero(np.isnan(line.values))
    return [
        (int(start), int(end))
        for start, end in zip((0, *(breaks + 1)), (*breaks, len(line.values)), strict=True)
        if end > start
    ]


def _rate(told: Told, x_range: Range1d, asked: list[Asked]) -> figure:
    fig = new_figure(
        "Breathing rate",
        "The line is the rate as it was known each second, blank where it was not; dots are single breaths.",
        height=220,
        x_range=x_range,
        y_label="breaths per minute",
    )
    time_axis(fig, told.length_s)
    step_bands(fig, told)
    gap_bands(fig, gaps_of(told, "strap/rr", "strap/acc"))
    if asked:
        source = ColumnDataSource(
            {
                "start": [each.start * MS for each in asked],
                "end": [each.end * MS for each in asked],
                "rate": [each.pacing.pattern.rate_bpm for each in asked],
                "text": [each.pacing.pattern.text for each in asked],
            }
        )
        goal = fig.segment(
            "start",
            "rate",
            "end",
            "rate",
            source=source,
            color=ORANGE,
            line_width=5,
            alpha=0.9,
            legend_label="asked for",
        )
        hover(fig, [goal], [("asked for", "@rate{0.0} per minute"), ("in/out, s", "@text")])
    if told.breaths:
        whole = [each for each in told.breaths if each.end > each.inhale]
        dots = fig.scatter(
            [(each.inhale + each.end) / 2 / NS * MS for each in whole],
            [60 * NS / (each.end - each.inhale) for each in whole],
            size=5,
            color=SKY,
            line_color=BLACK,
            line_width=0.4,
            legend_label="one breath",
        )
        hover(fig, [dots], [("at", "@x{clock}"), ("this breath", "@y{0.0} per minute")])
    line = known(told.estimates.get(_RATE, []), _SILENT_S)
    if len(line.times):
        drawn = least_and_most(line, BINS)
        rate = fig.line(drawn.times * MS, drawn.values, color=BLUE, line_width=2, legend_label="your rate")
        hover(fig, [rate], [("at", "@x{clock}"), ("rate", "@y{0.0} per minute")], along=True)
    fig.y_range.start = 0  # type: ignore[attr-defined]  # a DataRange1d
    legend(fig)
    return fig
