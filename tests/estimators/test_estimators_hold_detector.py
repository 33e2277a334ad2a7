from __future__ import annotations

import math

import pytest

from tests.estimators.holds import Up, leaning, moment
from tidehold.estimators.hold_detector import LIMITS, TABLE, HoldDetector, State, angle_deg
from tidehold.units import NS

Course = list[tuple[float, float | None]]
"""Of each cell: how far the limb is raised, deg, and how fast it turns, deg/s."""

MOVING: Course = [(4.0 * number, 40.0) for number in range(10)]
RESTING: Course = [(40.0, 0.5)] * 60


def states(course: Course, due: bool | None = None, gyroscope: bool = True) -> tuple[HoldDetector, list[State]]:
    detector = HoldDetector()
    detector.due = due
    return detector, [
        detector.add(moment(number, leaning(degrees), rate), gyroscope=gyroscope)
        for number, (degrees, rate) in enumerate(course)
    ]


@pytest.mark.parametrize(("due", "settling_cells"), [(None, 15), (True, 10), (False, 30)])
def test_a_hold_is_known_sooner_where_one_is_due_and_begins_where_the_limb_came_to_rest(
    due: bool | None, settling_cells: int
) -> None:
    detector, said = states([*MOVING, *RESTING], due)
    assert said[:10] == [State.MOVE] * 10
    assert said[10 : 10 + settling_cells] == [State.SETTLE] * settling_cells
    assert set(said[10 + settling_cells :]) == {State.HOLD}
    assert detector.start == 1 * NS


def test_a_hold_ends_when_the_limb_began_to_move_though_it_is_known_later() -> None:
    detector, said = states([*MOVING, *RESTING, *[(40.0 - 3 * number, 30.0) for number in range(1, 6)]])
    assert said[69] is State.HOLD
    assert said[70:74] == [State.HOLD] * 3 + [State.MOVE]
    assert detector.end == 7 * NS
    assert detector.start is None


def test_a_limb_that_is_let_down_slowly_holds_no_more() -> None:
    """7 deg/s is calm, but it is not the same place."""
    detector, said = states([*RESTING, *[(40.0 - 0.7 * number, 7.0) for number in range(1, 30)]])
    assert said[60:].index(State.MOVE) < 20
    assert detector.end is not None
    assert 6.0 * NS < detector.end < 6.6 * NS


def test_a_shiver_of_less_than_four_cells_ends_nothing() -> None:
    _, said = states([*RESTING, *[(40.0, 30.0)] * 3, *RESTING])
    assert set(said[15:]) == {State.HOLD}


def test_a_restless_limb_settles_anew() -> None:
    detector, said = states([*MOVING, *RESTING[:8], (40.0, 11.0), *RESTING])
    assert said[18] is State.MOVE
    assert detector.start == pytest.approx(1.9 * NS)


def test_a_slow_articulation_is_no_hold() -> None:
    """7 deg/s for 12 s: calm, but never near where it was half a second before."""
    _, said = states([(0.7 * number, 7.0) for number in range(120)])
    assert State.HOLD not in said


def test_a_trembling_limb_is_held_only_where_that_is_asked_for() -> None:
    trembling: Course = [(40.0, 10.0)] * 60
    assert State.HOLD not in states(trembling)[1]
    assert states(trembling, due=True)[1][-1] is State.HOLD


def test_a_drift_of_a_few_degrees_a_minute_is_followed() -> None:
    _, said = states([(40 + 0.015 * number, 0.5) for number in range(1200)])
    assert set(said[15:]) == {State.HOLD}


def test_without_a_gyroscope_slower_movements_end_a_hold() -> None:
    _, said = states([*RESTING, *[(40.0, 7.0)] * 4], gyroscope=False)
    assert said[59] is State.HOLD
    assert said[-1] is State.MOVE


def test_while_the_rate_is_not_known_the_limb_moves() -> None:
    assert set(states([(40.0, None)] * 30, gyroscope=False)[1]) == {State.MOVE}


def test_a_limb_that_has_slipped_is_held_where_it_has_come_to() -> None:
    detector, _ = states(RESTING)
    detector.replace(leaning(20))
    for number in range(60, 80):
        assert detector.add(moment(number, leaning(20))) is State.HOLD


def test_reset_begins_anew() -> None:
    detector, _ = states([*RESTING, *MOVING, *RESTING])
    assert detector.end is not None
    detector.reset()
    assert detector.state is State.MOVE
    assert [detector.start, detector.end] == [None, None]


def test_from_every_state_the_table_leads_on() -> None:
    assert {row.state for row in TABLE} == set(State)
    assert {row.then for row in TABLE} == set(State)
    assert set(LIMITS) == {(gyroscope, due) for gyroscope in (True, False) for due in (None, True, False)}


@pytest.mark.parametrize(
    ("one", "other", "degrees"),
    [
        ((0, 0, 1), (0, 0, 5), 0),
        ((0, 0, 2), (0, 3, 0), 90),
        ((1, 0, 0), (-1, 0, 0), 180),
        ((0, 0, 1), leaning(1e-6), 1e-6),
        ((0, 0, 1), leaning(0, 33), 33),
    ],
)
def test_angles_are_exact_small_and_large(one: Up, other: Up, degrees: float) -> None:
    assert angle_deg(one, other) == pytest.approx(degrees, rel=1e-9)
    assert math.isfinite(angle_deg((0, 0, 0), other))
