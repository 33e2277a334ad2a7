"""The line under the arrivals: found, followed down at once, not fooled by one frame."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.align.envelope import BUCKETS, Envelope, Point, _likeliest_slope, _lower_hull
from tidehold.units import NS

MS = NS // 1000

points = st.lists(
    st.tuples(st.integers(0, 10**12), st.integers(0, 10**8)), min_size=1, max_size=30, unique_by=lambda point: point[0]
).map(sorted)


def fed(*given_points: Point, slope: float = 0.0) -> Envelope:
    envelope = Envelope(slope)
    for x, y in given_points:
        envelope.add(x, y)
    return envelope


@given(points)
def test_hull_is_convex_below_all_points_and_made_of_them(given_points: list[Point]) -> None:
    hull = _lower_hull(given_points)
    assert set(hull) <= set(given_points)
    assert hull[0] == given_points[0]
    assert hull[-1] == given_points[-1]
    edges = [(y1 - y0, x1 - x0) for (x0, y0), (x1, y1) in pairwise(hull)]
    for (rise, run), (next_rise, next_run) in pairwise(edges):
        assert rise * next_run < next_rise * run
    for x, y in given_points:
        for (x0, y0), (rise, run) in zip(hull, edges, strict=False):
            if x0 <= x <= x0 + run:
                assert (y - y0) * run >= rise * (x - x0)


@given(points, st.floats(-1e-4, 1e-4), st.floats(1e13, 1e17))
def test_slope_is_the_one_that_makes_the_frames_likeliest(
    given_points: list[Point], prior: float, stiffness: float
) -> None:
    # The log likelihood, over the mean delay: what the line gains in height at the middle, less the cost of its slope.
    x, y = np.array(given_points, dtype=float).T
    middle = float(np.mean(x))

    def likelihood(slope: float) -> float:
        return float(np.min(y - slope * (x - middle))) - stiffness * (slope - prior) ** 2 / 2.0

    best = _likeliest_slope(_lower_hull(given_points), middle, prior, stiffness)
    for step in (1e-3, 1e-5, 1e-7):
        assert likelihood(best) >= max(likelihood(best - step), likelihood(best + step)) - 1e-3


def test_a_stiff_prior_keeps_the_slope_and_a_loose_one_takes_the_edge_over_the_middle() -> None:
    hull = [(0, 0), (10, 0), (20, 10), (30, 40)]
    assert _likeliest_slope(hull, 15.0, 0.25, 1e9) == pytest.approx(0.25, abs=1e-7)
    assert _likeliest_slope(hull, 15.0, 0.25, 1e-9) == 1.0
    assert _likeliest_slope(hull, 5.0, 0.25, 1e-9) == 0.0
    assert _likeliest_slope(hull, 29.0, 0.25, 1e-9) == 3.0
    assert _likeliest_slope([(7, 3)], 7.0, 0.25, 1.0) == 0.25


@pytest.mark.parametrize("ppm", [-100.0, -60.0, 0.0, 60.0, 100.0])
def test_line_lies_on_the_arrivals_that_were_not_delayed(ppm: float) -> None:
    delays = [0, 30, 70, 15, 50, 5, 40]
    frames = [(x := i * 7 * NS // 10, round(x * ppm * 1e-6) + delays[i * i % 7] * MS) for i in range(300)]
    envelope = fed(*frames)
    assert envelope.slope == pytest.approx(ppm * 1e-6, abs=1e-6)
    assert envelope.at(frames[-1][0]) == pytest.approx(frames[-1][0] * ppm * 1e-6, abs=0.2 * MS)
    assert all(envelope.at(x) <= y + 1.0 for x, y in frames)


def test_a_drift_seen_for_seconds_only_is_hardly_believed() -> None:
    # Floors at 0 and 6 s, 100 ppm apart; a mean height of 25 ms / 3, two buckets, 60 ppm expected.
    envelope = fed(*((x * NS, x * 100_000) for x in range(11)))
    assert envelope.slope == pytest.approx(3.0 / (0.025 / 3 / 2 / 60e-6**2), rel=1e-6)


def test_points_in_a_row_are_one_edge() -> None:
    assert _lower_hull([(0, 0), (1, 2), (2, 4), (3, 6), (5, 10), (9, 19)]) == [(0, 0), (5, 10), (9, 19)]


def test_slope_stays_within_what_a_quartz_can_do() -> None:
    assert fed(*((x * NS, x * 10**6) for x in range(300))).slope == 150e-6
    assert fed(*((x * NS, -x * 10**6) for x in range(300))).slope == -150e-6


def test_an_earlier_frame_moves_the_line_at_once_and_a_later_one_does_not() -> None:
    envelope = Envelope()
    assert not envelope.add(0, 0)
    assert not envelope.add(NS, 50 * MS)
    assert envelope.level == 0.0
    assert envelope.add(2 * NS, -40 * MS)
    assert envelope.level == -40 * MS
    assert not envelope.add(3 * NS, -40 * MS)


def test_one_frame_much_too_early_is_passed_over_and_two_are_believed() -> None:
    envelope = fed((0, 0), (NS, 30 * MS))
    assert not envelope.add(2 * NS, -101 * MS)
    assert envelope.level == 0.0
    assert envelope.add(3 * NS, -90 * MS)
    assert envelope.level == -101 * MS
    # 0.1 s is still within what a radio does from one frame to the next.
    assert fed((0, 0), (NS, 30 * MS), (2 * NS, -100 * MS)).level == -100 * MS


def test_a_glitch_does_not_enter_the_floor_of_its_bucket() -> None:
    envelope = fed((0, 0), (NS, -900 * MS), (2 * NS, 3 * MS), (3 * NS, 1 * MS), (5 * NS, 2 * MS))
    assert envelope.level == 0.0
    # Nor if it is the only one of its bucket for a while: the bucket waits for a second frame.
    assert not envelope.add(20 * NS, -900 * MS)
    assert envelope.add(21 * NS, 1 * MS)
    assert envelope.level == pytest.approx(0.0, abs=1 * MS)


def test_floors_are_taken_every_five_seconds_and_the_line_then_may_rise() -> None:
    envelope = fed((0, 0), (NS, -50 * MS))
    assert not envelope.add(4_999 * MS, 10 * MS)
    assert envelope.add(5_000 * MS, 10 * MS)
    for second in range(6, 60 * 5 + 8):
        envelope.add(second * NS, 10 * MS)
    # The low of the first bucket has left the window of five minutes.
    assert envelope.at(300 * NS) == pytest.approx(10 * MS, abs=0.5 * MS)


def test_memory_is_bounded() -> None:
    envelope = fed(*((x * NS, 0) for x in range(5 * BUCKETS + 100)))
    assert len(envelope._floors) == BUCKETS == 60


def test_drift_is_known_after_three_minutes_of_frames() -> None:
    assert [fed(*((x * NS, 0) for x in range(n))).known for n in (100, 170, 181, 300)] == [False, False, True, True]
    assert Envelope(20e-6, known=True).known
    # Counted from the first floor, here at 100 s.
    late = [(0, 0), (100 * NS, -1 * MS), *((x * NS, 0) for x in range(101, 250))]
    assert not fed(*late).known
    assert fed(*late, *((x * NS, 0) for x in range(250, 290))).known


def test_the_slope_given_at_the_start_holds_until_frames_say_otherwise() -> None:
    envelope = Envelope(50e-6)
    assert envelope.at(10**6) == pytest.approx(50.0)
    for x in range(10):
        envelope.add(x * NS, x * 50_000)
    assert envelope.slope == pytest.approx(50e-6, rel=1e-6)


def test_error_is_six_standard_errors_of_the_floors() -> None:
    assert Envelope().error_ns == pytest.approx(6 * 25 * MS)
    flat = fed((0, 0), (5 * NS, 0))
    assert flat.error_ns == pytest.approx(6 * 12.5 * MS / math.sqrt(2))
    # Floors at 0 and 10 ms, the line at 0 below both: mean height (10 + 25)/3.
    envelope = fed((0, 0), (4 * NS, 0), (5 * NS, 0), (9 * NS, 10 * MS), (10 * NS, 10 * MS))
    assert envelope.error_ns == pytest.approx(6 * (10 + 25) / 3 * MS / math.sqrt(3), rel=0.05)
