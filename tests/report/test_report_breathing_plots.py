"""Breathing: the chest against the pacer, rate against what was asked, gaps shaded, unknown blank."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.report.drawable import BLANK, GAP, bare, data, estimates, keys, t, told
from tidehold.records import Pacing, Pattern
from tidehold.report.breathing_plots import breathing_plots, strips_of
from tidehold.report.drawn import Asked
from tidehold.report.figures import caption_of, time_range, title_of

X = time_range(120)


def pacing(start: float, end: float) -> Asked:
    return Asked(start, end, Pacing(t(start), Pattern()))


def test_motion_pacer_and_rate_have_a_plot_each() -> None:
    figs = breathing_plots(told(), X)
    assert [title_of(fig) for fig in figs] == ["Chest motion", "Chest motion and the pacer", "Breathing rate"]
    assert [fig.x_range is X for fig in figs] == [True, False, True]
    assert keys(figs[1]) == ["pacer", "your chest"]
    assert "least and the greatest" in caption_of(figs[0])


def test_unknown_and_missing_stretches_of_motion_stay_blank() -> None:
    chest = data(breathing_plots(told(), X)[0], "your chest")
    times, values = np.array(chest["x"]) / 1000, np.array(chest["y"])
    for start, end in (BLANK, GAP):
        inside = (times > start + 0.6) & (times < end - 0.6)
        assert np.isnan(values[inside]).all()
        assert np.isnan(values[(times > start - 0.3) & (times < end + 0.3)]).any()  # a break, if nothing is inside


def test_gaps_are_shaded() -> None:
    for fig in (breathing_plots(told(), X)[0], breathing_plots(told(), X)[2]):
        gap = data(fig, "no data")
        assert (gap["start"], gap["end"]) == ([GAP[0] * 1000], [GAP[1] * 1000])


def test_the_axis_of_motion_is_that_of_breaths() -> None:
    y_range: Any = breathing_plots(told(), X)[0].y_range
    assert y_range.start == -y_range.end
    assert 15 < y_range.end < 50  # cm/s^2; the chest moves by 11


def test_the_strip_is_as_long_as_what_was_paced() -> None:
    x_range: Any = breathing_plots(told(), X)[1].x_range
    assert (x_range.start, x_range.end) == (5_000, 65_000)


def test_the_rate_is_shown_with_what_was_asked_and_each_breath() -> None:
    fig = breathing_plots(told(), X)[2]
    asked = data(fig, "asked for")
    assert (asked["start"], asked["end"], asked["rate"]) == ([5_000], [65_000], [6.0])
    assert np.isnan(np.array(data(fig, "your rate")["y"])[:10]).all()
    assert set(np.round(data(fig, "one breath")["y"], 6)) == {6.0}


def test_without_chest_motion_there_is_the_rate() -> None:
    one = told()
    del one.samples["strap/acc"]
    one.pacings = [(t(0), None)]
    (fig,) = breathing_plots(one, X)
    assert "asked for" not in keys(fig)


def test_breaths_alone_are_drawn_too() -> None:
    one = bare()
    one.breaths = told().breaths
    (fig,) = breathing_plots(one, X)
    assert keys(fig) == ["one breath"]


def test_nothing_known_is_nothing_drawn() -> None:
    one = bare()
    estimates(one, "breathing/rate_bpm", range(60), lambda at: None)
    assert breathing_plots(one, X) == []


@pytest.mark.parametrize(
    ("asked", "strips"),
    [
        ([], []),
        ([pacing(0, 100)], [(0, 100)]),
        ([pacing(0, 360)], [(0, 180), (180, 360)]),
        ([pacing(0, 10), pacing(10, 20), pacing(60, 90)], [(0, 20), (60, 90)]),
        ([pacing(0, 3600)], [(450.0 * at, 450.0 * (at + 1)) for at in range(8)]),
    ],
)
def test_strips_of_three_minutes_and_no_more_than_eight(asked: list[Asked], strips: list[tuple[float, float]]) -> None:
    assert strips_of(asked) == strips


def test_a_movement_leaves_the_frame_and_no_more() -> None:
    one = told()
    values = one.samples["strap/acc"].values
    values[5000:5100] += 50.0
    fig = breathing_plots(one, X)[0]
    y_range: Any = fig.y_range
    assert y_range.end < 50
    heights = np.array(data(fig, "your chest")["y"])
    assert np.nanmax(np.abs(heights)) <= 1.5 * y_range.end
    assert np.nanmax(np.abs(heights)) > y_range.end
