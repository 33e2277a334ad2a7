"""Holds: the angle with targets, and left over right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.report.drawable import bare, data, estimates, keys, told
from tidehold.report.figures import HALF, caption_of, time_range, title_of
from tidehold.report.hold_plots import hold_plots

X = time_range(120)


def test_the_angle_is_drawn_with_targets_and_holds() -> None:
    fig = hold_plots(told(), X)[0]
    assert fig.x_range is X
    assert keys(fig) == ["held", "target", "angle at phone (breastbone)"]
    held = data(fig, "held")
    assert (held["start"], held["end"]) == ([68_000, 91_000], [89_000, 100_000])  # not the stillness of step 1
    assert held["text"] == ["held for 21 s, score 88", "held for 9 s, score 70"]
    target = data(fig, "target")
    assert (target["bottom"], target["top"]) == ([37, 35], [43, 41])
    assert np.isnan(data(fig, "angle at phone (breastbone)")["y"][:4]).all()


def test_a_tremble_looks_like_one() -> None:
    one = told(routine=None)
    estimates(one, "phone/angle_deg", range(100), lambda at: 40.0 + at % 2)
    y_range: Any = hold_plots(one, X)[0].y_range
    assert (y_range.start, y_range.end) == (30.5, 50.5)
    y_range = hold_plots(told(), X)[0].y_range
    assert (y_range.start, y_range.end) == pytest.approx((-2.8, 42.8))


def test_the_caption_says_what_is_green() -> None:
    assert "in steps that ask for one" in caption_of(hold_plots(told(), X)[0])
    one = told(routine=None)
    estimates(one, "phone/angle_deg", range(100), lambda at: 10.0)
    assert "every stillness" in caption_of(hold_plots(one, X)[0])
    assert "Hatched" not in caption_of(hold_plots(one, X)[0])


def test_left_is_over_right_in_the_time_of_the_step() -> None:
    fig = hold_plots(told(), X)[1]
    assert (title_of(fig), fig.max_width) == ("2 a hold", HALF)
    left, right = data(fig, "left"), data(fig, "right")
    assert (left["x"][0], left["x"][-1]) == (0, 25_000)
    assert (right["x"][0], right["x"][-1]) == (0, 20_000)
    assert data(fig, "target")["y"] == [40, 40, 38, 38]
    x_range: Any = fig.x_range
    assert (x_range.start, x_range.end) == (0, 25_000)


def test_without_a_routine_all_holds_are_shown() -> None:
    one = told(routine=None)
    one.holds = told().holds
    estimates(one, "phone/angle_deg", range(100), lambda at: 10.0)
    (fig,) = hold_plots(one, X)
    assert len(data(fig, "held")["start"]) == 3
    assert data(fig, "held")["text"][0] == "held for 50 s, not scored"


def test_a_step_of_one_side_is_laid_over_nothing() -> None:
    one = told()
    one._scored = {key: each for key, each in one._scored.items() if each.side != "right"}
    assert len(hold_plots(one, X)) == 1


def test_an_angle_that_is_unknown_on_one_side_leaves_the_other() -> None:
    one = told()
    one.estimates["phone/angle_deg"] = one.estimates["phone/angle_deg"][:88]
    assert "right" not in keys(hold_plots(one, X)[1])
    one.estimates["phone/angle_deg"] = one.estimates["phone/angle_deg"][:60]
    assert len(hold_plots(one, X)) == 1


def test_two_phones_have_two_lines() -> None:
    one = told()
    estimates(one, "thigh/angle_deg", range(100), lambda at: 10.0)
    assert keys(hold_plots(one, X)[0])[2:] == ["angle at phone (breastbone)", "angle at thigh"]


def test_no_angle_is_no_plot() -> None:
    assert hold_plots(bare(), X) == []
    assert hold_plots(told(routine=None), X) == []
