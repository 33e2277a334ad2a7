"""Empty figures: their text, their axes, what they say under the pointer."""

from __future__ import annotations

from typing import Any

import pytest
from bokeh.models import HoverTool
from bokeh.plotting import figure

from tests.report.drawable import data, keys
from tidehold.report.figures import (
    HALF,
    WIDTH,
    bands,
    caption_of,
    hover,
    new_figure,
    plain,
    time_axis,
    time_range,
    title_of,
)


@pytest.mark.parametrize("text", ["$$x^2$$", r"\[x\]", r"\(x\)"])
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    assert not any(start in plain(text) for start in ("$$", r"\[", r"\("))


def test_an_ordinary_text_stays_as_it_is() -> None:
    assert plain("3 $ (2 [1])") == "3 $ (2 [1])"


def test_a_figure_has_its_words_and_no_logo() -> None:
    fig = new_figure("Heart", "Thick: rate.", y_label="$$ per minute")
    assert (title_of(fig), caption_of(fig)) == ("Heart", "Thick: rate.")
    assert (fig.max_width, fig.toolbar.logo, fig.output_backend) == (WIDTH, None, "svg")
    assert fig.yaxis.axis_label == "$ $ per minute"
    assert new_figure("a", width=HALF).max_width == HALF


def test_a_figure_made_elsewhere_has_no_words() -> None:
    assert (title_of(figure()), caption_of(figure())) == ("", "")


@pytest.mark.parametrize(("length_s", "minutes", "label"), [(600, "%M:%S", "(m:ss)"), (3600, "%H:%M:%S", "(h:mm:ss)")])
def test_times_are_minutes_and_seconds_until_there_are_hours(length_s: float, minutes: str, label: str) -> None:
    fig = new_figure("a")
    time_axis(fig, length_s, "time")
    formatter: Any = fig.xaxis[0].formatter
    assert (formatter.minutes, formatter.seconds, formatter.strip_leading_zeros) == (minutes, minutes, True)
    assert fig.xaxis.axis_label == f"time {label}"


def test_a_time_range_is_that_of_the_session_in_ms() -> None:
    whole: Any = time_range(60)
    assert (whole.start, whole.end, whole.bounds) == (0, 60_000, (0, 60_000))
    nothing: Any = time_range(0)
    assert nothing.end == 1000


def test_bands_are_drawn_behind_and_named_if_they_have_a_name() -> None:
    fig = new_figure("a")
    bands(fig, [(1, 2, "x"), (3, 4, "y")], name="gap")
    bands(fig, [(1, 2, "x")], name="")
    bands(fig, [], name="nothing")
    assert keys(fig) == ["gap"]
    assert data(fig, "gap") == {"start": [1000, 3000], "end": [2000, 4000], "text": ["x", "y"]}
    assert len(fig.renderers) == 2


@pytest.mark.parametrize(("along", "mode"), [(True, "vline"), (False, "mouse")])
def test_times_under_the_pointer_are_said_as_times(along: bool, mode: str) -> None:
    fig = new_figure("a")
    line: Any = fig.line([0, 1], [0, 1])
    hover(fig, [line], [("at", "@x{clock}")], along=along)
    (tool,) = (each for each in fig.tools if isinstance(each, HoverTool))
    assert (tool.mode, tool.formatters["@x"]) == (mode, "datetime")


@pytest.mark.parametrize(("length_s", "said"), [(3599, "@x{%M:%S}"), (3600, "@x{%H:%M:%S}")])
def test_times_under_the_pointer_are_as_long_as_those_of_the_axis(length_s: float, said: str) -> None:
    fig = new_figure("a", x_range=time_range(length_s))
    hover(fig, [], [("at", "@x{clock}")])
    (tool,) = (each for each in fig.tools if isinstance(each, HoverTool))
    assert tool.tooltips == [("at", said)]
