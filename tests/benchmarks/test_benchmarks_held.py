"""The people of the benchmark of holds are what they are said to be."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import held
from tests.estimators.limbs import angle_deg
from tidehold.units import NS


def test_a_person_raises_the_leg_and_holds_it() -> None:
    one = held.person(held.KINDS["early release"], 3)
    seconds = one.times / NS
    tilt = angle_deg(one.up, one.up[:1])
    assert tilt[seconds < held.RAISED_S].max() < 3
    holding = (seconds > held.SETTLED_S) & (seconds < held.SETTLED_S + 11)
    assert np.abs(tilt[holding] - 40).max() < 3
    assert tilt[-1] < 3
    again = held.person(held.KINDS["early release"], 3)
    assert np.array_equal(one.acc, again.acc)
    assert not np.array_equal(one.acc, held.person(held.KINDS["early release"], 4).acc)


def test_what_is_lost_of_a_person_is_not_there() -> None:
    seconds = held.person(held.KINDS["stream broken"], 3).times / NS
    assert not ((seconds > 20.1) & (seconds < 24.9)).any()


def test_the_course_of_a_person_has_the_hold() -> None:
    course = held.course(held.person(held.KINDS["slip 5 deg"], 3))
    (hold,) = course.holds
    assert hold.held_s == pytest.approx(30, abs=1)
    assert course.estimates[-1][0].name == "phone/tilt_deg"
