"""Empty figures in the house's style, and what all plots are made of: colours, time axes, bands, hover.

This and all `*_plots` files need bokeh (extra `report`): whoever calls them imports them where they are used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from bokeh.models import (
    AdaptiveTicker,
    ColumnDataSource,
    CompositeTicker,
    DatetimeTickFormatter,
    FactorRange,
    HoverTool,
    Range1d,
    WheelZoomTool,
)
from bokeh.models.renderers import GlyphRenderer
from bokeh.plotting import figure

BLACK: Final = "#000000"
ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
"""Okabe and Ito (2008): told apart by the colour-blind. Their yellow is left out: it is too pale for lines."""
GREY: Final = "#666666"
FAINT: Final = "#9A9A9A"
PALE: Final = "#EFEFEF"
PHASES: Final = (SKY, ORANGE, GREEN, PURPLE, BLUE)
"""Of one phase after the other."""
LEFT: Final = BLUE
RIGHT: Final = VERMILLION

WIDTH: Final = 960
"""Of a plot at most, CSS pixels: the page's style shrinks that onto paper."""
HALF: Final = 470
"""Of two plots side by side."""
_FONT: Final = "system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
MS: Final = 1000.0
"""Time axes are in milliseconds: so bokeh says and divides them as times."""
_TEX: Final = {"$$": "$ $", r"\[": "[", r"\(": "("}
"""Bokeh takes these for the start of a formula, which needs another library."""


def plain(text: str) -> str:
    """A text that bokeh does not take for a formula."""
    for start, instead in _TEX.items():
        text = text.replace(start, instead)
    return text


def new_figure(  # noqa: PLR0913 - what a figure is
    title: str,
    caption: str = "",
    *,
    height: int = 240,
    width: int = WIDTH,
    x_range: Range1d | None = None,
    y_range: Range1d | FactorRange | None = None,
    x_label: str = "",
    y_label: str = "",
) -> figure:
    """A figure without anything in it.

    Args:
        title: Stands above it, in the page's own type.
        caption: Says what is to be seen, and how it was drawn.
        height: CSS pixels.
        width: CSS pixels at most; in a narrower window it shrinks.
        x_range: Shared with other figures: what one zooms, all do.
        y_range: By default what is in it.
        x_label: With its unit.
        y_label: With its unit.
    """
    ranges: dict[str, Any] = {name: each for name, each in (("x_range", x_range), ("y_range", y_range)) if each}
    fig = figure(
        width=width,
        max_width=width,
        min_width=200,
        height=height,
        sizing_mode="stretch_width",
        output_backend="svg",
        tools="xpan,xbox_zoom,reset,save",
        active_drag="xbox_zoom",
        toolbar_location="right",
        outline_line_color=None,
        background_fill_color=None,
        border_fill_color=None,
        x_axis_label=plain(x_label) or None,
        y_axis_label=plain(y_label) or None,
        **ranges,
    )
    fig.tags = [title, caption]
    fig.toolbar.logo = None
    fig.toolbar.autohide = True
    fig.add_tools(WheelZoomTool(dimensions="width", modifiers={"shift": True}))  # alone, the wheel scrolls the page
    for axis in fig.axis:
        axis.axis_label_text_font = axis.major_label_text_font = _FONT
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_font_size = axis.major_label_text_font_size = "12px"
        axis.axis_label_text_color = axis.major_label_text_color = "#333333"
        axis.axis_line_color = axis.major_tick_line_color = "#999999"
        axis.minor_tick_line_color = None
    fig.grid.grid_line_color = "#E3E3E3"
    fig.xgrid.grid_line_color = None
    return fig


def title_of(fig: figure) -> str:
    """What stands above a figure; empty for one that was made elsewhere and has none."""
    return str(fig.tags[0]) if fig.tags else ""


def caption_of(fig: figure) -> str:
    """What stands below it."""
    return str(fig.tags[1]) if len(fig.tags) > 1 else ""


def time_range(length_s: float) -> Range1d:
    """Of all plots of a session that go by its time."""
    end = max(length_s, 1.0) * MS
    return Range1d(start=0, end=end, bounds=(0, end), min_interval=2 * MS)


def time_axis(fig: figure, length_s: float, label: str = "time in the session", ticks: int = 8) -> None:
    """Say times as m:ss, or h:mm:ss past an hour, at about so many `ticks`."""
    words = "%H:%M:%S" if length_s >= 3600 else "%M:%S"
    scales = ("milliseconds", "seconds", "minsec", "minutes", "hourmin", "hours", "days")
    formats: dict[str, Any] = dict.fromkeys(scales, words)
    fig.xaxis.formatter = DatetimeTickFormatter(**formats, microseconds="%M:%S.%3N", strip_leading_zeros=True)
    fig.xaxis.ticker = _time_ticker(ticks)
    fig.xaxis.axis_label = f"{label} ({'h:mm:ss' if length_s >= 3600 else 'm:ss'})"


def _time_ticker(ticks: int) -> Any:
    """Ticks at round seconds and minutes."""
    seconds = AdaptiveTicker(mantissas=[1, 2, 5, 10, 15, 20, 30], base=60, min_interval=MS, max_interval=30 * MS)
    minutes = AdaptiveTicker(mantissas=[1, 2, 5, 10, 15, 30], base=60, min_interval=60 * MS, max_interval=None)
    return CompositeTicker(tickers=[seconds, minutes], num_minor_ticks=0, desired_num_ticks=ticks)


def hover(
    fig: figure, renderers: Iterable[GlyphRenderer[Any]], tips: Sequence[tuple[str, str]], *, along: bool = False
) -> None:
    """Say figures of what is under the pointer; `along` a line, of the place nearest in time.

    `tips` are names and bokeh's fields; "@x", "@start" and "@end" are times, said as the axis does by "@x{clock}".
    """
    words = "{%H:%M:%S}" if (getattr(fig.x_range, "end", 0) or 0) >= 3600 * MS else "{%M:%S}"
    said = [(name, field.replace("{clock}", words)) for name, field in tips]
    times: dict[str, Any] = {f"@{name}": "datetime" for name in ("x", "start", "end")}
    policy: dict[str, Any] = {"mode": "mouse", "point_policy": "follow_mouse"}
    if along:
        policy = {"mode": "vline", "point_policy": "snap_to_data"}
    fig.add_tools(HoverTool(renderers=list(renderers), tooltips=said, formatters=times, **policy))


def bands(
    fig: figure, spans: Sequence[tuple[float, float, str]], *, name: str, color: str = PALE, **style: Any
) -> None:
    """Shade stretches of time from top to bottom, behind everything.

    Args:
        fig: Where.
        spans: Start and end, s, and what is said of each.
        name: In the legend; empty: not there.
        color: Of the shade.
        style: More of bokeh's properties of fill and hatch.
    """
    if not spans:
        return
    source = ColumnDataSource(
        {
            "start": [start * MS for start, _, _ in spans],
            "end": [end * MS for _, end, _ in spans],
            "text": [text for _, _, text in spans],
        }
    )
    words: dict[str, Any] = {"fill_color": color, "line_color": None, "level": "underlay", **style}
    if name:
        words["legend_label"] = name
    fig.vstrip("start", "end", source=source, **words)
