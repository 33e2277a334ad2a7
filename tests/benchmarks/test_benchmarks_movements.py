"""The people who move are what they are said to be, and their lines tell what was seen of them."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("imufusion", reason="not run: imufusion missing")

from benchmarks import movements
from tidehold.units import NS, STANDARD_GRAVITY


def test_a_rotation_turns_and_keeps_lengths() -> None:
    quarter = movements.turn(np.array([0.0, 0.0, 2.0]), 90.0)
    assert quarter @ np.array([1.0, 0.0, 0.0]) == pytest.approx([0.0, 1.0, 0.0])
    slant = movements.turn(np.array([1.0, -2.0, 0.5]), 40.0)
    assert slant @ slant.T == pytest.approx(np.eye(3))


def test_a_set_is_counted_and_is_as_drawn() -> None:
    one = movements.repetition_set(3)
    assert 5 <= one.done <= 12
    assert movements.counted(one) == one.done
    again, other = movements.repetition_set(3), movements.repetition_set(4)
    assert np.array_equal(one.moved.acc, again.moved.acc)
    assert len(one.moved.acc) != len(other.moved.acc)
    start = one.moved.acc[one.moved.times < 2 * NS]
    assert np.linalg.norm(start, axis=1) == pytest.approx(STANDARD_GRAVITY, abs=0.2)


def test_a_leg_is_raised_to_its_best_however_the_phone_lies() -> None:
    for slant_deg in (0.0, 90.0):
        one = movements.raises(5, slant_deg)
        assert movements.measured(one) == pytest.approx(one.best_deg, abs=1.0)


def test_eulers_pitch_is_no_angle_of_a_leg_on_a_turned_phone() -> None:
    one = movements.raises(5, 90.0)
    assert abs(movements.pitch_deg(one) - one.best_deg) > 5


def test_a_walk_has_its_cadence() -> None:
    one = movements.walked(6)
    assert one.moved.times[-1] / NS == pytest.approx(128, abs=1)
    cadence_spm, asymmetry = movements.strode(one)
    assert cadence_spm == pytest.approx(one.cadence_spm, abs=1.0)
    assert asymmetry == pytest.approx(one.asymmetry, abs=0.02)
    assert movements.crossings_of_magnitude(one) == pytest.approx(one.cadence_spm, abs=10)


def test_two_levels_are_crossed_once_by_each_wave() -> None:
    wave = np.sin(np.arange(0, 40, 0.1)) + 0.1 * np.sin(np.arange(0, 40, 0.1) * 31)
    assert len(movements.crossings(wave, -0.5, 0.5)) == 7
    assert movements.crossings(np.zeros(5), -1, 1) == []


def test_lines_of_one_person() -> None:
    lines = list(movements.lines(1, 3))
    assert len(lines) == 1 + len(movements.SLANTS_DEG) + 2
    assert all(line.ok for line in lines)
    assert movements.errors([None, 3.0], [1.0, 2.5]) == [0.5]
