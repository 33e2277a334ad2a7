"""A figure over many sessions as a plot. Needs bokeh; see `figures`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bokeh.models import ColumnDataSource, DatetimeTickFormatter
from bokeh.plotting import figure

from tidehold.diary.progress import Trend
from tidehold.records import UnixNs
from tidehold.report.figures import BLUE, FAINT, HALF, PALE, VERMILLION, hover, new_figure

_MS: float = 1e-6
"""From ns to the ms of bokeh's dates."""


def trend_plot(trend: Trend, flare_ups: Sequence[UnixNs] = ()) -> figure:
    """Values against time; what lies in the shaded band is no change."""
    measure = trend.measure
    is_known = trend.then is not None and trend.error is not None
    meaning = "shaded: no change from the first ones" if is_known else trend.why
    meaning += "; dotted: flare-ups" if flare_ups else ""
    title = measure.label[0].upper() + measure.label[1:]
    fig = new_figure(title, f"{trend.state}; {meaning}", height=200, width=HALF, y_label=measure.unit)
    if trend.then is not None and trend.error is not None:
        low, high = trend.then - trend.error, trend.then + trend.error
        fig.hstrip(y0=[low], y1=[high], fill_color=PALE, line_color=None, level="underlay")
        fig.hspan(y=[trend.then], line_color=FAINT, line_dash="dashed", level="underlay")
    if flare_ups:
        marks = [at * _MS for at in flare_ups]
        fig.vspan(x=marks, line_color=VERMILLION, line_dash="dotted")
    source = ColumnDataSource(
        {"x": [point.at * _MS for point in trend.points], "y": [point.value for point in trend.points]}
    )
    fig.line("x", "y", source=source, line_color=BLUE, line_alpha=0.4)
    dots = fig.scatter("x", "y", source=source, size=5, color=BLUE)
    scales = ("hours", "days", "months", "years", "hourmin", "minutes")
    formats: dict[str, Any] = dict.fromkeys(scales, "%d %b")
    fig.xaxis.formatter = DatetimeTickFormatter(**formats)
    hover(fig, [dots], [("", "@x{%F}"), (measure.unit, f"@y{{0.{'0' * max(1, measure.digits)}}}")])
    return fig
