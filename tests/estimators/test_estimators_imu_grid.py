from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.estimators.limbs import Limb, Series, limb, raised, without
from tidehold.estimators.imu_grid import CELL, CELL_NS, STEP_NS, ImuGrid, Stretch
from tidehold.records import Times, Values
from tidehold.units import NS


def seconds(*values: float) -> Times:
    return np.array(np.rint(np.array(values) * NS), np.int64)


def ramp(start_s: float, end_s: float, hz: float = 50.0) -> Series:
    """Values that say their own time in s, its double and its negative."""
    t = start_s + np.arange(round((end_s - start_s) * hz) + 1) / hz
    return Series(np.rint(t * NS).astype(np.int64), np.stack((t, 2 * t, -t), axis=1))


def grid_of(**streams: Series) -> ImuGrid:
    grid = ImuGrid()
    for kind, series in streams.items():
        grid.push(kind, *series)
    return grid


def spans(stretches: list[Stretch]) -> list[tuple[float, float, bool, bool]]:
    """From when to when, whether with angular rate, whether fresh."""
    return [(s.start / NS, (s.start + len(s.acc) * STEP_NS) / NS, s.gyr is not None, s.fresh) for s in stretches]


def test_both_streams_are_interpolated_to_100_hz_from_the_first_sample_on() -> None:
    (stretch,) = grid_of(acc=ramp(1.003, 4.003), gyr=ramp(0.99, 4.02, 31.0)).take()
    t = 1.003 + np.arange(len(stretch.acc)) / 100
    assert stretch.start == 1_003_000_000
    assert len(t) == 300
    assert stretch.gyr is not None
    for values in (stretch.acc, stretch.gyr):
        assert values == pytest.approx(np.stack((t, 2 * t, -t), axis=1), abs=1e-9)
    assert stretch.heard.all()
    assert stretch.fresh


def test_a_grid_point_on_a_sample_is_that_sample() -> None:
    one = limb(raised(45), 3)
    (stretch,) = grid_of(acc=one.acc, gyr=one.gyr).take()
    assert stretch.gyr is not None
    assert np.array_equal(stretch.acc, one.acc.values)
    assert np.array_equal(stretch.gyr, one.gyr.values)


def test_the_grid_goes_only_as_far_as_both_streams() -> None:
    grid = grid_of(acc=ramp(0, 3), gyr=ramp(0, 1.5))
    assert spans(grid.take()) == [(0, 1.5, True, True)]
    assert grid.take() == []
    grid.push("gyr", *ramp(1.52, 4))
    assert spans(grid.take()) == [(1.5, 3, True, False)]
    assert grid.newest == 3 * NS


def test_angular_rate_that_comes_too_late_is_done_without() -> None:
    grid = grid_of(acc=ramp(0, 4), gyr=ramp(0, 1.5))
    assert spans(grid.take()) == [(0, 1.5, True, True), (1.5, 4, False, True)]
    grid.push("gyr", *ramp(1.52, 6))
    grid.push("acc", *ramp(4.02, 6))
    assert spans(grid.take()) == [(4, 6, True, True)]


@pytest.mark.parametrize("kind", ["acc", "gravity"])
def test_without_any_angular_rate_it_starts_after_a_second(kind: str) -> None:
    grid = grid_of(**{kind: ramp(0, 0.98)})
    assert grid.take() == []
    grid.push(kind, *ramp(1, 1.5))
    assert spans(grid.take()) == [(0, 1.5, False, True)]
    grid.push(kind, *ramp(1.52, 2))
    assert spans(grid.take()) == [(1.5, 2, False, False)]


def test_a_gyroscope_that_starts_a_little_later_is_waited_for() -> None:
    assert spans(grid_of(acc=ramp(0, 3), gyr=ramp(0.73, 3)).take()) == [(0.8, 3, True, True)]


def test_a_gyroscope_that_starts_much_later_is_not() -> None:
    stretches = grid_of(acc=ramp(0, 9), gyr=ramp(4.93, 9)).take()
    assert spans(stretches) == [(0, 4.9, False, True), (5, 9, True, True)]


@pytest.mark.parametrize("kind", ["acc", "gyr"])
def test_a_hole_of_less_than_two_seconds_is_bridged_and_not_heard(kind: str) -> None:
    streams = {"acc": ramp(0, 6), "gyr": ramp(0, 6)}
    streams[kind] = without(streams[kind], 2.01, 3.99)
    (stretch,) = grid_of(**streams).take()
    t = np.arange(600) / 100
    assert stretch.acc[:, 0] == pytest.approx(t, abs=1e-9)
    assert np.array_equal(stretch.heard, (t <= 2) | (t >= 4))


def test_a_short_hole_is_heard() -> None:
    (stretch,) = grid_of(acc=without(ramp(0, 6), 2.01, 2.45), gyr=ramp(0, 6)).take()
    assert stretch.heard.all()


def test_a_longer_hole_breaks() -> None:
    holed = without(ramp(0, 9), 3.01, 5.54)
    assert spans(grid_of(acc=holed, gyr=ramp(0, 9)).take()) == [(0, 3, True, True), (5.6, 9, True, True)]
    both = grid_of(acc=holed, gyr=holed)
    assert spans(both.take()) == [(0, 3, True, True), (5.6, 9, True, True)]
    stretches = grid_of(acc=ramp(0, 9), gyr=holed).take()
    assert spans(stretches) == [(0, 3, True, True), (3, 5.5, False, True), (5.6, 9, True, True)]


def test_after_a_break_the_gyroscope_is_waited_for_again() -> None:
    grid = grid_of(acc=ramp(0, 3), gyr=ramp(0, 3))
    grid.take()
    grid.push("acc", *ramp(10, 11.5))
    assert grid.take() == []
    grid.push("gyr", *ramp(10, 11.5))
    assert spans(grid.take()) == [(10, 11.5, True, True)]


def test_acceleration_that_breaks_off_within_a_cell_goes_on_after_the_hole() -> None:
    """The gyroscope is behind at first, so that it has to be asked for twice."""
    grid = grid_of(acc=ramp(0, 1.04), gyr=ramp(0, 1.06))
    assert spans(grid.take()) == [(0, 1, True, True)]
    grid.push("acc", *ramp(4.04, 6))
    grid.push("gyr", *ramp(1.08, 6))
    assert spans(grid.take()) == [(4.1, 6, True, True)]
    alone = grid_of(acc=ramp(0, 1.54))
    assert spans(alone.take()) == [(0, 1.5, False, True)]
    alone.push("acc", *ramp(4.04, 6))
    assert spans(alone.take()) == [(4.1, 6, False, True)]


def test_gravity_stands_in_until_there_is_acceleration() -> None:
    grid = grid_of(gravity=ramp(0, 2), gyr=ramp(0, 5))
    assert spans(grid.take()) == [(0, 2, True, True)]
    grid.push("acc", *ramp(2.5, 5))
    grid.push("gravity", *ramp(2.02, 5))
    assert spans(grid.take()) == [(2.5, 5, True, True)]
    assert grid.newest == 5 * NS


def test_samples_that_are_no_numbers_or_out_of_order_are_passed_over() -> None:
    t, values = ramp(0, 3)
    spoiled = values.copy()
    spoiled[50] = np.nan
    grid = ImuGrid()
    grid.push("acc", t, spoiled)
    grid.push("acc", t[40:60], spoiled[40:60] + 7)
    grid.push("gyr", t, values)
    (stretch,) = grid.take()
    assert stretch.acc[:, 0] == pytest.approx(np.arange(300) / 100, abs=1e-9)


def test_what_is_no_vector_is_ignored() -> None:
    grid = ImuGrid()
    grid.push("battery", seconds(0, 1), np.array([88.0, 88.0]))
    grid.push("acc", seconds(0, 1), np.array([1.0, 2.0]))
    grid.push("acc", seconds(0, 1), np.ones((2, 2)))
    assert grid.take() == []
    assert grid.newest is None


def test_values_beyond_any_sensor_are_held_at_a_limit() -> None:
    t = ramp(0, 2).times
    (stretch,) = grid_of(acc=Series(t, np.full((101, 3), 1e300)), gyr=Series(t, np.full((101, 3), -1e300))).take()
    assert stretch.gyr is not None
    assert (stretch.acc == 1e4).all()
    assert (stretch.gyr == -1e3).all()


def test_a_stream_that_waits_for_ever_is_let_go() -> None:
    grid = ImuGrid()
    for start in range(0, 400, 10):
        grid.push("gyr", *ramp(start, start + 9.98))
        assert grid.take() == []
    assert len(grid._tracks["gyr"]._times) < 62 * 50


def frames(one: Limb, sizes: Iterator[int]) -> list[tuple[str, Times, Values]]:
    """Both streams cut anyhow (and where they break), in the order of the last sample of each frame."""
    out: list[tuple[str, Times, Values]] = []
    for kind, series in (("acc", one.acc), ("gyr", one.gyr)):
        breaks = [0, *(np.flatnonzero(np.diff(series.times) > NS) + 1).tolist(), len(series.times)]
        for start, end in pairwise(breaks):
            place = start
            while place < end:
                part = slice(place, min(end, place + next(sizes)))
                out.append((kind, series.times[part], series.values[part]))
                place = part.stop
    return sorted(out, key=lambda frame: int(frame[1][-1]))


def joined(stretches: list[Stretch]) -> list[tuple[int, bytes, bytes, bytes]]:
    """Cell by cell, to compare bit by bit."""
    return [
        (
            s.start + i // CELL * CELL_NS,
            s.acc[i : i + CELL].tobytes(),
            b"" if s.gyr is None else s.gyr[i : i + CELL].tobytes(),
            s.heard[i : i + CELL].tobytes(),
        )
        for s in stretches
        for i in range(0, len(s.acc), CELL)
    ]


RATES = {"acc_hz": st.sampled_from([20.0, 57.0, 100.0, 210.0]), "gyr_hz": st.sampled_from([25.0, 99.0, 400.0])}
SHIFTS = st.integers(-(10**15), 10**15)


def fed(one: Limb, sizes: list[int], shift: int, *, often: bool) -> list[tuple[int, bytes, bytes, bytes]]:
    """The grid's cells, asked after each frame or at the end, shifted back."""
    grid, stretches = ImuGrid(), list[Stretch]()
    for kind, times, values in frames(one, cycle(sizes)):
        grid.push(kind, times + shift, values)
        if often:
            stretches += grid.take()
    return [(cell[0] - shift, *cell[1:]) for cell in joined(stretches + grid.take())]


@settings(max_examples=12)
@given(sizes=st.lists(st.integers(1, 90), min_size=1, max_size=9), shift=SHIFTS, **RATES)
def test_neither_framing_nor_a_shift_changes_a_bit(sizes: list[int], shift: int, acc_hz: float, gyr_hz: float) -> None:
    one = limb(raised(60, 2), 8.5, hz=acc_hz, gyr_hz=gyr_hz, gyr_late_s=0.004, jitter=0.5)
    one = Limb(without(one.acc, 3, 4.1), without(one.gyr, 5, 7.3), one.up_at)
    cells = fed(one, sizes, shift, often=False)
    assert cells == joined(grid_of(acc=one.acc, gyr=one.gyr).take())
    assert {len(cell[2]) > 0 for cell in cells} == {True, False}


@settings(max_examples=12)
@given(sizes=st.lists(st.integers(2, 20), min_size=1, max_size=9), shift=SHIFTS, **RATES)
def test_how_often_it_is_asked_changes_no_bit(sizes: list[int], shift: int, acc_hz: float, gyr_hz: float) -> None:
    """Frames of up to 0.8 s, so that no stream is so late that it is done without."""
    one = limb(raised(60, 2), 8.5, hz=acc_hz, gyr_hz=gyr_hz, gyr_late_s=0.004, jitter=0.5)
    one = Limb(without(one.acc, 3, 5.4), without(one.gyr, 3.1, 5.3), one.up_at)
    one = Limb(one.acc, without(one.gyr, 6.5, 7.2), one.up_at)
    cells = fed(one, sizes, shift, often=True)
    assert cells == joined(grid_of(acc=one.acc, gyr=one.gyr).take())
    assert all(len(cell[2]) > 0 for cell in cells)
