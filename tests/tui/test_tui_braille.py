import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tidehold.tui.braille import cells, clean, curve, disc, spans

T = np.arange(0.0, 10.0, 0.5)


def test_each_dot_has_its_place_in_a_character() -> None:
    mask = np.zeros((4, 4), bool)
    mask[0, 0] = mask[3, 1] = mask[1, 3] = True
    assert cells(mask) == [chr(0x2800 | 0x01 | 0x80) + chr(0x2800 | 0x10)]


def test_all_dots_fill_the_rows() -> None:
    assert cells(np.ones((8, 6), bool)) == ["⣿⣿⣿", "⣿⣿⣿"]


def test_samples_and_the_line_between_them_are_in_the_spans() -> None:
    low, high = spans(np.array([0.5, 2.5]), np.array([0.0, 4.0]), 0.0, 1.0, 4)
    assert low.tolist()[:3] == [0.0, 1.0, 3.0]
    assert high.tolist()[:3] == [1.0, 3.0, 4.0]
    assert np.isnan([low[3], high[3]]).all()


def test_many_samples_in_a_step_give_their_extremes() -> None:
    low, high = spans(np.array([0.1, 0.2, 0.3, 0.4]), np.array([3.0, -1.0, 7.0, 2.0]), 0.0, 1.0, 1)
    assert (low[0], high[0]) == (-1.0, 7.0)


def test_gap_longer_than_four_times_the_usual_distance_is_left_blank() -> None:
    keep = (T < 3) | (T > 5.6)
    low, _ = spans(T[keep], T[keep], 0.0, 0.5, 20)
    blank = np.flatnonzero(np.isnan(low)) * 0.5
    assert (blank.min(), blank.max()) == (3.0, 5.0)


def test_gap_of_a_lost_sample_or_two_is_joined() -> None:
    keep = (T < 3) | (T > 3.9)
    low, _ = spans(T[keep], T[keep], 0.0, 0.5, 19)
    assert not np.isnan(low).any()


def test_value_that_is_no_number_interrupts_the_line() -> None:
    values = np.where((T > 3) & (T < 6), np.nan, T)
    low, _ = spans(T, values, 0.0, 0.5, 19)
    assert np.isnan(low[8:11]).all()
    assert not np.isnan(low[:6]).any()


def test_one_sample_is_one_dot_and_none_is_nothing() -> None:
    low, _ = spans(np.array([1.2]), np.array([5.0]), 0.0, 1.0, 3)
    assert np.isnan(low).tolist() == [True, False, True]
    assert np.isnan(spans(np.empty(0), np.empty(0), 0.0, 1.0, 3)[0]).all()


def test_samples_out_of_order_are_put_in_order_and_lengths_made_equal() -> None:
    times, values = clean(np.array([2.0, 1.0, 3.0]), np.array([20.0, 10.0]))
    assert times.tolist() == [1.0, 2.0]
    assert values.tolist() == [10.0, 20.0]


def test_curve_is_drawn_from_its_low_to_its_high_end() -> None:
    mask = curve(np.array([0.0, np.nan]), np.array([7.0, np.nan]), 0.0, 7.0, 2)
    assert mask[:, 0].all()
    assert not mask[:, 1].any()


def test_what_leaves_the_axis_is_drawn_at_its_edge() -> None:
    mask = curve(np.array([50.0, -50.0]), np.array([60.0, -40.0]), 0.0, 7.0, 1)
    assert np.argwhere(mask).tolist() == [[0, 0], [3, 1]]


def test_disc_grows_with_its_fullness_in_a_ring_that_stays() -> None:
    dots = [int(disc(fullness, 6, 12).sum()) for fullness in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert dots == sorted(set(dots))
    assert (disc(1.0, 6, 12) >= disc(0.0, 6, 12)).all()


@given(
    arrays(np.float64, st.integers(0, 40), elements=st.floats(0, 100)),
    arrays(np.float64, st.integers(0, 40), elements=st.floats(-1e6, 1e6) | st.just(float("nan"))),
)
def test_any_trace_can_be_drawn(times: np.ndarray, values: np.ndarray) -> None:
    low, high = spans(*clean(times, values), 0.0, 1.0, 60)
    known = ~np.isnan(low)
    assert (known == ~np.isnan(high)).all()
    assert (low[known] <= high[known]).all()
    rows = cells(curve(low, high, -1.0, 1.0, 3))
    assert [len(row) for row in rows] == [30, 30, 30]


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_curve_has_as_many_rows_as_asked_for(rows: int) -> None:
    assert len(cells(curve(np.zeros(4), np.ones(4), 0.0, 1.0, rows))) == rows
