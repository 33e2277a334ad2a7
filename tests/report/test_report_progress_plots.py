"""A figure over many sessions as a plot."""

from __future__ import annotations

from typing import Any

from bokeh.models.glyphs import HSpan, HStrip, Line, Scatter, VSpan
from bokeh.plotting import figure

from tests.diary.people import person
from tidehold.diary.progress import Point, Trend, progress, trend
from tidehold.records import UnixNs
from tidehold.report.figures import caption_of, title_of
from tidehold.report.progress_plots import trend_plot
from tidehold.units import NS


def glyphs(fig: figure) -> dict[str, Any]:
    drawn: list[Any] = list(fig.renderers)
    return {type(each.glyph).__name__: each for each in drawn}


def of(trends: tuple[Trend, ...], name: str) -> Trend:
    return next(each for each in trends if each.measure.name == name)


def test_values_error_and_flare_ups_are_where_they_belong() -> None:
    seen = progress(*person(1, pain=3.5))
    pain = of(seen.trends, "pain")
    fig = trend_plot(pain, seen.flare_ups)
    found = glyphs(fig)
    assert set(found) == {each.__name__ for each in (HSpan, HStrip, Line, Scatter, VSpan)}
    dots = found["Scatter"].data_source.data
    assert list(dots["y"]) == [point.value for point in pain.points]
    assert dots["x"][0] == pain.points[0].at / NS * 1000
    assert pain.then is not None
    assert pain.error is not None
    strip = found["HStrip"].data_source.data
    assert (list(strip["y0"]), list(strip["y1"])) == ([pain.then - pain.error], [pain.then + pain.error])
    assert len(found["VSpan"].data_source.data["x"]) == 13
    assert title_of(fig) == "Pain before"
    assert caption_of(fig).startswith("better; shaded:")


def test_what_is_not_known_is_not_drawn() -> None:
    few = trend(of(progress(*person(1)).trends, "score").measure, [Point(UnixNs(k), 1.0) for k in range(3)])
    fig = trend_plot(few)
    assert set(glyphs(fig)) == {"Line", "Scatter"}
    assert caption_of(fig) == "too few; 3 values; 6 are needed"
