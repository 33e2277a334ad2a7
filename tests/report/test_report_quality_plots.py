"""Data quality: what was there, what is missing."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.report.drawable import GAP, bare, data, keys, series, told
from tidehold.report.drawn import Shade
from tidehold.report.figures import time_range
from tidehold.report.quality_plots import links_of, quality_plots, streams_of

X = time_range(120)


def test_each_source_and_stream_has_a_row() -> None:
    (fig,) = quality_plots(told(), X)
    y_range: Any = fig.y_range
    assert y_range.factors[::-1] == ["strap: connected", "strap/acc", "strap/rr"]
    assert keys(fig) == ["connected", "recorded", "missing"]


def test_connections_begin_when_they_are_up() -> None:
    assert links_of(told()) == {"strap": [Shade(1, 70, "connected"), Shade(73, 120, "connected")]}


def test_streams_have_holes_where_they_have_gaps() -> None:
    assert streams_of(told())["strap/rr"] == [Shade(1, GAP[0], "strap/rr"), Shade(GAP[1], 120, "strap/rr")]


def test_a_stream_that_ended_is_not_drawn_on() -> None:
    one = told()
    series(one, "phone/acc", np.array([-1.0, 50.0]), np.zeros((2, 3)))
    assert streams_of(one)["phone/acc"] == [Shade(0, 50, "phone/acc")]


def test_gaps_say_why() -> None:
    missing = data(quality_plots(told(), X)[0], "missing")
    assert missing["row"] == ["strap/acc", "strap/rr"]
    assert missing["text"] == ["4.0 s missing, 200 samples: link lost", "4.0 s missing: link lost"]


def test_a_stream_of_nothing_but_gaps_is_no_stream() -> None:
    one = told()
    one.samples.clear()
    (fig,) = quality_plots(one, X)
    assert keys(fig) == ["connected"]


def test_nothing_recorded_is_no_plot() -> None:
    assert quality_plots(bare(), X) == []
