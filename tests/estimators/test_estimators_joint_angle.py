from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.holds import moment
from tests.estimators.limbs import Angle, limb, raised
from tests.estimators.moves import moments, mounted
from tests.estimators.test_estimators_movement_plane import slant
from tidehold.estimators.imu_grid import CELL_NS
from tidehold.estimators.joint_angle import Joint, show_the_same
from tidehold.estimators.movement_plane import Direction, Plane, PlaneFinder
from tidehold.estimators.posture import Moment
from tidehold.records import HostNs, Values
from tidehold.units import NS


def whole_limb(seconds: Values) -> Values:
    """Raised by 50 degrees and put down again, which shows both phones the plane."""
    return np.asarray(raised(50, 4, 3)(seconds) + raised(-50, 8, 3)(seconds))


def bent(seconds: Values) -> Values:
    return np.asarray(raised(60, 14, 2)(seconds) + raised(-90, 18, 2)(seconds))


def segment(angle: Angle, put_on: int, source: str, start_s: float = 0.0) -> tuple[list[Moment], Plane]:
    listed = moments(mounted(limb(angle, 24, put_on, start_s=start_s), slant(put_on)), source)
    finder = PlaneFinder(listed[20].cell.up)
    for each in listed[20:]:
        finder.add(each.cell.up, each.rate_deg_s)
    assert finder.plane is not None
    return listed, finder.plane


@pytest.mark.parametrize("seed", range(4))
def test_the_knee_is_what_the_shin_turned_more_than_the_thigh(seed: int) -> None:
    thigh, upper = segment(lambda t: whole_limb(t) + raised(20, 14, 2)(t), seed, "one")
    shin, lower = segment(lambda t: whole_limb(t) + bent(t), seed + 10, "other", 0.137)
    joint, said = Joint(), {}
    for number in range(240):
        joint.add("proximal", thigh[number : number + 1])
        joint.add("distal", shin[number : number + 1])
        said[number] = joint.angle(HostNs(number * CELL_NS + 2 * CELL_NS), upper, lower)
    angles = {number: each.angle_deg for number, each in said.items() if each.angle_deg is not None}
    assert angles[30] == pytest.approx(0, abs=1.5)
    assert angles[75] == pytest.approx(0, abs=1.5)
    assert angles[170] == pytest.approx(40, abs=1.5)
    assert angles[230] == pytest.approx(-50, abs=1.5)
    assert said[170].quality > 0.9
    assert said[170].t / NS == pytest.approx(17, abs=0.2)
    known = [each for each in said.values() if each.angle_deg is not None]
    t = np.array([each.t / NS for each in known])
    error = np.array([each.angle_deg for each in known]) - (bent(t) - raised(20, 14, 2)(t))
    assert np.abs(error[t > 3]).max() < 2.5


PLANE = Plane((0.0, 0.0, 1.0), (1.0, 0.0, 0.0))
UP: Direction = (0.0, 0.0, 1.0)


def test_without_samples_there_is_no_angle_and_a_reason() -> None:
    joint, now = Joint(), HostNs(NS)
    assert joint.angle(now, PLANE, PLANE).why == "nothing from the upper phone"
    joint.add("proximal", [moment(10, UP)])
    assert joint.angle(now, PLANE, PLANE).why == "nothing from the lower phone"
    joint.add("distal", [moment(10, UP)])
    assert joint.angle(now, PLANE, PLANE).angle_deg == 0


def test_a_phone_that_falls_silent_ends_it_within_a_second() -> None:
    joint = Joint()
    joint.add("proximal", [moment(number, UP) for number in range(40)])
    joint.add("distal", [moment(number, UP) for number in range(20)])
    assert joint.angle(HostNs(25 * CELL_NS), PLANE, PLANE).angle_deg == 0
    assert joint.angle(HostNs(40 * CELL_NS), PLANE, PLANE).why == "nothing from the lower phone"


def test_cells_that_do_not_meet_are_not_joined() -> None:
    joint = Joint()
    joint.add("proximal", [moment(10, UP)])
    joint.add("distal", [moment(12, UP)])
    found = joint.angle(HostNs(13 * CELL_NS), PLANE, PLANE)
    assert found.angle_deg is None
    assert "not been heard at the same time" in found.why
    joint.add("proximal", [moment(30, UP)])
    joint.add("distal", [moment(20, UP)])
    assert joint.angle(HostNs(30 * CELL_NS), PLANE, PLANE).angle_deg is None


def test_a_limb_that_was_not_straight_shows_two_planes() -> None:
    lean = np.radians([40.0, 55.0])
    upper, lower = ((0.0, float(np.sin(angle)), float(np.cos(angle))) for angle in lean)
    assert show_the_same(PLANE, PLANE, upper, upper)
    assert not show_the_same(PLANE, PLANE, upper, lower)
