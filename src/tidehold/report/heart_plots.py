"""The heart: beat by beat with what was no sound beat marked, and RMSSD, over the session."""

from __future__ import annotations

from typing import Final

import numpy as np
from bokeh.models import ColumnDataSource, Range1d
from bokeh.plotting import figure

from tidehold.estimators.rr_cleaning import Flag
from tidehold.log.told import Told
from tidehold.report.breathing_plots import BINS, gap_bands
from tidehold.report.drawn import Line, broken, gaps_of, is_known, known, least_and_most
from tidehold.report.figures import BLUE, FAINT, GREEN, MS, VERMILLION, hover, new_figure, time_axis
from tidehold.report.legends import legend
from tidehold.report.timeline_plots import step_bands
from tidehold.units import NS

_CLEAN: Final = "strap/rr_clean"
_RAW: Final = "strap/rr"
_HR: Final = "heart/hr_bpm"
_RMSSD: Final = "heart/rmssd_ms"
_SILENT_S: Final = 2.5
_LEAST_S: Final = 0.2
"""A shorter interval is none: it is drawn as if it were so long."""
_BEAT_S: Final = 2.5
"""Two heartbeats further apart than this have others between them that were not seen."""


def heart_plots(told: Told, x_range: Range1d) -> list[figure]:
    """Those of them for which anything is known."""
    plots = []
    if is_known(told, _HR) or _CLEAN in told.samples:
        plots.append(_rate(told, x_range))
    if is_known(told, _RMSSD):
        plots.append(_rmssd(told, x_range))
    return plots


def _rate(told: Told, x_range: Range1d) -> figure:
    fig = new_figure(
        "Heart rate",
        "Thin: from each interval between two beats. Thick: the rate as it was known each second. Crosses are "
        "artefacts: intervals with a beat missed, a false or an early one, put right; RMSSD leaves them out.",
        height=240,
        x_range=x_range,
        y_label="beats per minute",
    )
    time_axis(fig, told.length_s)
    step_bands(fig, told)
    gap_bands(fig, gaps_of(told, _RAW))
    beats, odd, flags = _beats(told)
    if len(beats.times):
        drawn = least_and_most(broken(beats, _BEAT_S), BINS)
        fig.line(
            drawn.times * MS, drawn.values.astype(np.float32), color=FAINT, line_width=0.7, legend_label="beat by beat"
        )
    line = known(told.estimates.get(_HR, []), _SILENT_S)
    if len(line.times):
        drawn = least_and_most(line, BINS)
        rate = fig.line(drawn.times * MS, drawn.values, color=BLUE, line_width=2.2, legend_label="heart rate")
        hover(fig, [rate], [("at", "@x{clock}"), ("heart rate", "@y{0} per minute")], along=True)
    if len(odd.times):
        source = ColumnDataSource({"x": odd.times * MS, "y": odd.values, "flag": flags})
        crosses = fig.scatter(
            "x", "y", source=source, marker="x", size=9, color=VERMILLION, line_width=2, legend_label="artefact"
        )
        hover(
            fig,
            [crosses],
            [("at", "@x{clock}"), ("taken for", "@flag"), ("as it was put right", "@y{0} per minute")],
        )
    legend(fig)
    return fig


def _beats(told: Told) -> tuple[Line, Line, list[str]]:
    """Rate of each sound interval, and of each that is not, 1/min, with what it was taken for."""
    series = told.samples.get(_CLEAN)
    if series is None or not len(series):
        return Line(np.empty(0), np.empty(0)), Line(np.empty(0), np.empty(0)), []
    times, rows = series.times / NS, series.values
    rates = 60.0 / np.maximum(rows[:, 0], _LEAST_S)
    is_odd = rows[:, 2] != 0
    flags = [str(tuple(Flag)[int(flag)]) for flag in rows[is_odd, 2]]
    return Line(times[~is_odd], rates[~is_odd]), Line(times[is_odd], rates[is_odd]), flags


def _rmssd(told: Told, x_range: Range1d) -> figure:
    fig = new_figure(
        "RMSSD",
        "How much successive intervals differ, over the last 60 s at each moment; blank where too few sound beats were "
        "known. It goes with slow breathing: compare it with the same kind of step only.",
        height=200,
        x_range=x_range,
        y_label="RMSSD (ms)",
    )
    time_axis(fig, told.length_s)
    step_bands(fig, told)
    gap_bands(fig, gaps_of(told, _RAW))
    drawn = least_and_most(known(told.estimates[_RMSSD], _SILENT_S), BINS)
    line = fig.line(drawn.times * MS, drawn.values, color=GREEN, line_width=2, legend_label="RMSSD of the last 60 s")
    hover(fig, [line], [("at", "@x{clock}"), ("RMSSD", "@y{0} ms")], along=True)
    fig.y_range.start = 0  # type: ignore[attr-defined]  # a DataRange1d
    legend(fig)
    return fig
