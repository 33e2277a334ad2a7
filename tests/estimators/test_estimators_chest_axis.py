"""The axis of breathing and which way along it is in."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.chests import AXIS, breather
from tidehold.estimators.chest_axis import ChestAxis, Motion
from tidehold.records import Values


def followed(axis: ChestAxis, acc: Values, rate_bpm: float = 12.0) -> list[Motion]:
    return [axis.add((x, y, z), rate_bpm) for x, y, z in acc.tolist()]


def of_breathing(acc: Values, direction: object = AXIS) -> Values:
    """Velocity of the motion along the axis it was made with."""
    along: Values = (np.diff(acc, axis=0, prepend=acc[:1]) * np.asarray(direction)).sum(axis=1) * 10
    return along


def agreement(motions: list[Motion], truth: Values, since: int) -> float:
    return float(np.corrcoef([m.velocity for m in motions[since:]], truth[since:])[0, 1])


@pytest.mark.parametrize("direction", [(1.0, 0.0, 0.0), (0.0, 0.71, -0.71), (-0.5, 0.6, -0.62)])
def test_finds_the_axis_of_breathing_and_that_inhaling_is_faster(direction: tuple[float, float, float]) -> None:
    acc = breather(90, 1, axis=direction, share=0.33).acc
    assert agreement(followed(ChestAxis(), acc), of_breathing(acc, direction), 400) > 0.9


def test_sway_along_another_axis_is_left_out() -> None:
    acc = breather(120, 2).acc
    sway = 0.05 * np.cumsum(np.random.default_rng(3).standard_normal(len(acc))) * 0.1
    swaying = acc + sway[:, None] * np.array([0.96, 0.28, 0.0])
    assert agreement(followed(ChestAxis(), swaying), of_breathing(acc), 500) > 0.7


def test_axis_is_found_anew_when_the_sensor_turns() -> None:
    first, second = breather(60, 4).acc, breather(60, 5, axis=(0.9, 0.3, 0.3), down=(0.6, 0.1, -0.79)).acc
    axis = ChestAxis()
    followed(axis, first)
    motions = followed(axis, second)
    assert any(m.fresh for m in motions[:5])
    assert abs(agreement(motions, of_breathing(second, (0.9, 0.3, 0.3)), 250)) > 0.85


def test_sign_stays_over_a_change_of_posture() -> None:
    axis = ChestAxis()
    before = breather(60, 6).acc
    followed(axis, before)
    after = breather(60, 7, down=(-0.4, 0.6, 0.69)).acc
    assert agreement(followed(axis, after), of_breathing(after), 200) > 0.85


def test_witnesses_turn_the_sign_round_and_that_is_told() -> None:
    acc = breather(90, 8, share=0.33).acc
    axis = ChestAxis()
    followed(axis, acc[:450])
    for _ in range(200):
        axis.vote("rsa", -0.9, 0.25)
    motions = followed(axis, acc[450:])
    assert motions[0].fresh
    assert not any(m.fresh for m in motions[1:])
    assert agreement(motions, -of_breathing(acc)[450:], 10) > 0.85


def test_phase_is_locked_to_breathing_and_not_to_noise() -> None:
    breathing, nothing = ChestAxis(), ChestAxis()
    followed(breathing, breather(60, 9).acc)
    followed(nothing, breather(60, 9, swing_deg=0).acc)
    assert breathing.lock.quality > 0.5
    assert nothing.lock.quality < 0.4


@pytest.mark.parametrize("value", [0.0, 9.81, 1e3])
def test_no_motion_at_all_is_no_trouble(value: float) -> None:
    motions = followed(ChestAxis(), np.full((300, 3), value))
    assert all(m.velocity == 0 for m in motions)


def test_in_a_new_posture_less_is_needed_to_turn_the_sign_and_until_then_it_is_in_doubt() -> None:
    axis = ChestAxis()
    followed(axis, breather(60, 6).acc)
    assert axis.sure == 1.0
    after = breather(60, 7, down=(-0.4, 0.6, 0.69)).acc
    followed(axis, after[:150])
    swapped, doubts = False, []
    for start in range(150, 400, 10):
        axis.vote("rsa", 0.35 if swapped else -0.35, 1.0)
        swapped |= any(motion.fresh for motion in followed(axis, after[start : start + 10]))
        doubts.append(axis.sure)
    assert swapped
    assert min(doubts) < 0.7
    assert doubts[-1] == 1.0
