import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.tui.scale import Scale, label, liveliest, nice_step


def curve(*values: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array(values), np.array(values)


def test_axis_goes_round_the_curve_in_round_numbers() -> None:
    scale = Scale(0.5)
    scale.fit(*curve(-0.21, 1.13))
    assert scale.bottom < -0.21
    assert scale.top > 1.13
    assert scale.labels == ("-0.4", "1.2")


def test_axis_stays_while_the_curve_fills_it_and_is_inside() -> None:
    scale = Scale(0.1)
    scale.fit(*curve(0, 10))
    before = scale.bottom, scale.top
    scale.fit(*curve(3, 9))
    assert (scale.bottom, scale.top) == before
    scale.fit(*curve(0, 13))
    assert scale.top > before[1]


def test_axis_shrinks_when_the_curve_fills_too_little_of_it() -> None:
    scale = Scale(0.1)
    scale.fit(*curve(0, 10))
    scale.fit(*curve(4, 5))
    assert scale.top - scale.bottom < 2


def test_noise_is_not_blown_up() -> None:
    scale = Scale(0.5)
    scale.fit(*curve(1.0, 1.0001))
    assert scale.top - scale.bottom >= 0.5


def test_nothing_to_fit_changes_nothing() -> None:
    scale = Scale(1.0)
    scale.fit(*curve(float("nan"), float("inf"), 1e12))
    assert scale.labels == ("0.0", "1.0")


@pytest.mark.parametrize(("value", "step", "text"), [(0.25, 0.25, "0.25"), (-0.0, 1, "0"), (1000, 20, "1000")])
def test_label_has_the_digits_that_its_step_needs(value: float, step: float, text: str) -> None:
    assert label(value, step) == text


@given(st.floats(1e-6, 1e9))
def test_step_is_a_round_share_of_the_span(span: float) -> None:
    assert 4 <= span / nice_step(span) <= 8.001


@given(st.lists(st.floats(-1e8, 1e8), min_size=1), st.floats(1e-3, 10))
def test_axis_holds_every_curve(values: list[float], least: float) -> None:
    scale = Scale(least)
    scale.fit(*curve(*values))
    assert scale.bottom <= min(values)
    assert scale.top >= max(values)
    assert all(float(text) or True for text in scale.labels)


def test_axis_that_moves_most_is_drawn_until_another_moves_much_more() -> None:
    moves = np.array([[0.0, 0.0, 0.0], [1.0, 1.2, 0.1]])
    assert liveliest(moves, 0) == 0
    assert liveliest(moves, 2) == 1


def test_axis_without_numbers_is_not_drawn() -> None:
    values = np.array([[np.nan, 0.0], [np.nan, 1.0]])
    assert liveliest(values, 0) == 1
    assert liveliest(np.empty((0, 2)), 5) == 0
    assert liveliest(np.empty((0, 2)), 1) == 1
    assert liveliest(values, 7) == 1
