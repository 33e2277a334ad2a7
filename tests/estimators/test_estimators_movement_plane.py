from __future__ import annotations

import math

import numpy as np
import pytest

from tidehold.estimators.hold_detector import angle_deg
from tidehold.estimators.movement_plane import Direction, Plane, PlaneFinder
from tidehold.records import Values

RAISE = [1.5 * number for number in range(41)]
"""To 60 degrees at 15 deg/s."""


def turn(axis: Values, degrees: float) -> Values:
    """The rotation about an axis (Rodrigues)."""
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = math.radians(degrees)
    return np.asarray(np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross)


def slant(seed: int) -> Values:
    """A phone put on anyhow."""
    dice = np.random.default_rng(seed)
    return turn(dice.standard_normal(3), float(dice.uniform(0, 180)))


def seen(lean_deg: float, mount: Values, abducted_deg: float = 0.0) -> Direction:
    """ "Up" in the phone's axes, of a leg that is raised by so much about its hinge, and then led aside."""
    up = turn(np.array([0.0, 1.0, 0.0]), abducted_deg) @ turn(np.array([1.0, 0.0, 0.0]), lean_deg) @ [0.0, 0.0, 1.0]
    x, y, z = (mount @ up).tolist()
    return x, y, z


def found(mount: Values, lean_deg: list[float], rate_deg_s: float = 15.0) -> PlaneFinder:
    finder = PlaneFinder(seen(0, mount))
    for degrees in lean_deg:
        finder.add(seen(degrees, mount), rate_deg_s)
    finder.add(seen(lean_deg[-1], mount), 0.5)
    return finder


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("down", [1, -1])
def test_a_phone_at_any_slant_reads_the_true_angle(seed: int, down: int) -> None:
    mount = slant(seed)
    plane = found(mount, [down * degrees for degrees in RAISE]).plane
    assert plane is not None
    for degrees in (-170, -90, -30, 0, 30, 89, 90, 91, 135, 179):
        assert down * plane.angle_deg(seen(degrees, mount)) == pytest.approx(degrees, abs=1e-6)


def test_angles_of_many_are_those_of_each() -> None:
    mount = slant(3)
    plane = found(mount, RAISE).plane
    assert plane is not None
    ups = np.array([seen(degrees, mount, 10.0) for degrees in range(-90, 180, 7)])
    each = [plane.angle_deg((x, y, z)) for x, y, z in ups.tolist()]
    np.testing.assert_allclose(plane.angles_deg(ups), each, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_a_leg_led_aside_has_its_angle_in_the_plane_and_a_share_off_it(seed: int) -> None:
    mount = slant(seed)
    plane = found(mount, RAISE).plane
    assert plane is not None
    assert plane.off_share(seen(40, mount)) == pytest.approx(0, abs=1e-6)
    aside = seen(40, mount, 20)
    in_plane = math.atan2(math.tan(math.radians(40)), math.cos(math.radians(20)))
    assert plane.angle_deg(aside) == pytest.approx(math.degrees(in_plane), abs=1e-6)
    assert 0.2 < plane.off_share(aside) < 0.6
    assert plane.off_share(seen(0, mount, 30)) == pytest.approx(1, abs=0.1)
    assert plane.off_share(plane.zero) == 0


def test_noise_and_sway_on_the_way_hardly_move_the_plane() -> None:
    dice, mount = np.random.default_rng(1), slant(1)
    finder = PlaneFinder(seen(0, mount))
    for degrees in RAISE:
        finder.add(seen(degrees + dice.normal(0, 0.3), mount, dice.normal(0, 1.0)), 15.0)
    plane = finder.add(seen(60, mount), 1.0)
    assert plane is not None
    axis = mount @ np.array([1.0, 0.0, 0.0])
    assert angle_deg(plane.axis, (axis[0], axis[1], axis[2])) < 1.5


def test_the_plane_is_known_when_the_first_movement_is_over_and_stays() -> None:
    mount = slant(2)
    finder = PlaneFinder(seen(0, mount))
    assert finder.add(seen(0, mount), 0.2) is None
    assert "raise the limb once" in finder.why
    for degrees in RAISE:
        assert finder.add(seen(degrees, mount), 15.0) is None
    plane = finder.add(seen(60, mount), 1.0)
    assert plane is not None
    assert finder.why == ""
    for aside in range(0, 60, 5):
        assert finder.add(seen(0, mount, aside), 1.0) is plane


def test_a_swing_up_and_back_without_a_stop_shows_it_too() -> None:
    plane = found(slant(4), [*RAISE, *RAISE[::-1]]).plane
    assert plane is not None
    assert plane.angle_deg(seen(30, slant(4))) == pytest.approx(30, abs=1e-6)


def test_a_fidget_shows_nothing() -> None:
    finder = PlaneFinder(seen(0, slant(5)))
    for aside in [*range(12), *range(12, -1, -1)]:
        assert finder.add(seen(0, slant(5), aside), 15.0) is None
    for degrees in RAISE:
        finder.add(seen(degrees, slant(5)), 15.0)
    plane = finder.add(seen(60, slant(5)), 1.0)
    assert plane is not None
    assert plane.angle_deg(seen(45, slant(5))) == pytest.approx(45, abs=1e-6)


def test_a_movement_that_is_not_in_one_plane_is_refused_until_the_limb_was_back() -> None:
    mount = slant(6)
    finder = PlaneFinder(seen(0, mount))
    for degrees in RAISE:
        finder.add(seen(min(20, degrees), mount, 1.5 * max(0, degrees - 20)), 15.0)
    for _ in range(5):
        assert finder.add(seen(20, mount, 60), 0.5) is None
    assert "not in one plane" in finder.why
    assert found_again(finder, mount) is not None
    assert finder.why == ""


def found_again(finder: PlaneFinder, mount: Values) -> Plane | None:
    for degrees in (0.0, *RAISE):
        finder.add(seen(degrees, mount), 15.0)
    return finder.add(seen(60, mount), 1.0)


def test_the_opposite_of_zero_is_no_direction() -> None:
    finder = PlaneFinder((0.0, 0.0, 1.0))
    assert finder.add((0.0, 0.0, -1.0), 0.0) is None
    assert "not in one plane" in finder.why
