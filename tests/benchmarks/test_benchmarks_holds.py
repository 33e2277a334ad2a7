"""The simulated people of the benchmark are what they are said to be, and its table is made of what came of them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
pytest.importorskip("imufusion")

from benchmarks import holds
from tests.estimators.limbs import Limb, angle_deg, limb, raised
from tidehold.units import NS


def test_a_person_raises_the_leg_and_holds_it() -> None:
    one = holds.person(holds.KINDS["early release"], 3)
    seconds = one.times / NS
    tilt = angle_deg(one.up, one.up[:1])
    assert tilt[seconds < holds.RAISED_S].max() < 3
    held = (seconds > holds.SETTLED_S) & (seconds < holds.SETTLED_S + 11)
    assert np.abs(tilt[held] - 40).max() < 3
    assert tilt[-1] < 3
    again = holds.person(holds.KINDS["early release"], 3)
    assert np.array_equal(one.acc, again.acc)
    assert not np.array_equal(one.acc, holds.person(holds.KINDS["early release"], 4).acc)


def test_what_is_lost_of_a_person_is_not_there() -> None:
    seconds = holds.person(holds.KINDS["stream broken"], 3).times / NS
    assert not ((seconds > 20.1) & (seconds < 24.9)).any()


def test_the_course_of_a_person_has_the_hold() -> None:
    one = holds.person(holds.KINDS["slip 5 deg"], 3)
    course = holds.course(one)
    (hold,) = course.holds
    assert hold.held_s == pytest.approx(30, abs=1)
    assert holds.slips([course]) == 1
    assert holds.slip_delays([course, course]).endswith("(2)")
    assert holds.reasons([course]) == "1 of 1"
    assert holds.only([course]) == [hold.figures]
    assert holds.trembling([course]) == "0"
    assert course.estimates[-1][0].name == "phone/tilt_deg"


def test_imufusion_takes_the_filters_place() -> None:
    one = limb(raised(30), 20)
    ups, rates = holds.Fusion().update(one.acc.values, one.gyr.values)
    assert rates is one.gyr.values
    assert angle_deg(ups[-1:], one.up_at(one.acc.times / NS)[-1:])[0] < 1


def test_magnitude_alone_sees_rest_and_shaking() -> None:
    def found(one: Limb) -> list[tuple[float, float]]:
        return holds.by_magnitude(one.acc.times, one.acc.values)

    assert found(limb(raised(60), 20)) == [(0.0, 19.99)]
    shaken = limb(raised(60), 20)
    shaken.acc.values[500:1000] *= 1 + 0.2 * np.sin(np.arange(500))[:, None]
    assert [round(end - start) for start, end in found(shaken)] == [5, 10]


def test_errors_and_spans_say_median_and_worst() -> None:
    assert holds.spans([[(1.0, 9.0)], [(2.0, 9.5)], []], [(1.5, 9.0)] * 3) == "+0.0  +0.2 / -0.5  +0.5 (2 of 3)"
    assert holds.spans([[]], [(0.0, 1.0)]) == "none of 1"
    assert holds.overlapping([(0, 5), (6, 9)], 4.5, 9) == [(6, 9)]
    assert holds.beyond([1.0, 3.0], [2.0]) == "1 of 2"
    assert holds.errors([], "rms_deg", []) == "none"


def test_rests_of_a_trial_are_found(tmp_path: Path) -> None:
    def up_and_down(seconds: np.ndarray) -> np.ndarray:
        return np.asarray(raised(60, 8, 2)(seconds) + raised(-60, 20, 2)(seconds))

    one = limb(up_and_down, 30)
    seconds = np.arange(3000) / 100
    moving = ((seconds >= 8) & (seconds < 10)) | ((seconds >= 20) & (seconds < 22))
    np.savez(tmp_path / "broad_01.npz", acc=one.acc.values, gyr=one.gyr.values, movement=moving)
    rests, invented = holds.recorded(tmp_path)
    assert rests[1].endswith("(1 of 1)")
    assert invented[1:3] == ("0", "0")
