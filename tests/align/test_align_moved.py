import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tidehold.align.moved import Moved
from tidehold.units import NS


def test_nothing_moves_before_it_is_told_to() -> None:
    times = np.arange(10)
    assert Moved().apply(times) is times


@given(st.lists(st.integers(-NS, NS), min_size=1, max_size=3))
def test_times_stay_in_order_and_arrive_at_the_sum(shifts: list[int]) -> None:
    moved, start = Moved(), 10 * NS
    before = -1
    for k, shift in enumerate(shifts):
        moved.move(shift, start)
        assert moved.apply(np.array([start])).tolist() == [start + sum(shifts[:k])]
        times = np.arange(start + 1, start + 40 * NS, NS // 7)
        at_once = moved.apply(times)
        assert at_once[0] > before
        assert (np.diff(at_once) > 0).all()
        assert np.array_equal(np.concatenate([moved.apply(each) for each in np.array_split(times, 11)]), at_once)
        start += 40 * NS
        before = int(at_once[-1])
        assert at_once[-1] - times[-1] == sum(shifts[: k + 1]) == moved.total_ns


def test_a_small_shift_is_complete_after_a_second() -> None:
    moved = Moved()
    moved.move(30_000_000, 5 * NS)
    assert moved.apply(np.array([4 * NS, 6 * NS])).tolist() == [4 * NS, 6 * NS + 30_000_000]
