"""Legends as HTML: every kind of glyph has its little picture."""

from __future__ import annotations

from typing import Any

import pytest
from bokeh.plotting import figure

from tidehold.report.legends import legend, legend_html


def html(draw: Any) -> str:
    fig = figure()
    draw(fig)
    legend(fig)
    return legend_html(fig)


def test_a_legend_is_shown_once() -> None:
    fig = figure()
    fig.line([0, 1], [0, 1], legend_label="rate", color="#123456", line_dash="dashed", line_width=2)
    assert legend_html(fig) == ""
    legend(fig)
    assert not fig.legend[0].visible
    found = legend_html(fig)
    assert found.startswith('<ul class="legend"><li><svg')
    assert 'stroke="#123456"' in found
    assert 'stroke-width="2"' in found
    assert "> rate</li>" in found


def test_nothing_without_a_legend() -> None:
    assert html(lambda fig: fig.line([0, 1], [0, 1])) == ""


@pytest.mark.parametrize(
    ("dash", "picture"), [("dashed", 'dasharray="6"'), ("solid", 'dasharray=""'), ("dotted", 'dasharray="2')]
)
def test_dashes_are_seen(dash: str, picture: str) -> None:
    assert picture in html(lambda fig: fig.line([0], [0], line_dash=dash, legend_label="a"))


@pytest.mark.parametrize(
    ("marker", "picture"),
    [("circle", "<circle"), ("x", "M10 3"), ("diamond", "M14 1"), ("inverted_triangle", "14 12 Z"), ("star", "<rect")],
)
def test_markers_have_their_shape(marker: str, picture: str) -> None:
    assert picture in html(lambda fig: fig.scatter([0], [0], marker=marker, legend_label="a"))


def test_areas_have_their_fill_and_their_hatch() -> None:
    found = html(
        lambda fig: fig.quad(
            0, 1, 0, 1, fill_color="#abcdef", fill_alpha=0.5, hatch_pattern="left_diagonal_line", legend_label="a"
        )
    )
    assert 'fill="#abcdef" fill-opacity="0.5"' in found
    assert "M2 2 10 12" in found


def test_a_property_of_each_point_is_left_out() -> None:
    def draw(fig: Any) -> None:
        fig.hbar(y=[1], left=[0], right=[1], height=1, fill_color=None, hatch_pattern=[" "], legend_label="a")

    found = html(draw)
    assert 'fill="none"' in found
    assert "M2 2" not in found


def test_a_name_is_no_html() -> None:
    found = html(lambda fig: fig.line([0], [0], legend_label="<b>&"))
    assert "&lt;b&gt;&amp;" in found
    assert "<b>" not in found
