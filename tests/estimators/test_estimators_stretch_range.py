from __future__ import annotations

import math

import numpy as np
import pytest

from tidehold.estimators.stretch_range import (
    Gains,
    Past,
    Rotation,
    RotationMeter,
    creep,
    gains,
    hinge_range_deg,
    past_hinge,
    target_deg,
)
from tidehold.records import Values


def test_targets_of_the_stages_and_variants() -> None:
    assert target_deg(40) == 40
    assert target_deg(40, growth=1.1) == pytest.approx(44)
    assert target_deg(40, intensity=0.6) == pytest.approx(24)
    assert target_deg(40, growth=1.1, raised_deg=30.0) == pytest.approx(74)


def test_each_cycle_has_its_gain_and_the_whole_is_compared_with_the_error() -> None:
    found = gains([40.0, 42.0, 45.0])
    assert found == Gains((2.0, 3.0), 5.0, True, "")
    assert gains([40.0, 41.0, 42.0]).more_than_error is False


def test_a_hold_without_an_angle_leaves_its_gains_open() -> None:
    assert gains([40.0, None, 45.0]) == Gains((None, None), 5.0, True, "")
    assert gains([None, 45.0]) == Gains((None,), None, None, "fewer than two holds have an angle")
    assert gains([]).whole_deg is None


def test_an_angle_that_creeps_past_its_target() -> None:
    angles = [*[40.0] * 100, *np.linspace(40, 50, 200).tolist()]
    found = creep(angles, 40.0)
    assert found.crept is True
    assert found.after_s == pytest.approx(10 + 20 * 0.3 + 1, abs=0.3)
    assert found.past_s == pytest.approx(30 - 17, abs=0.5)
    assert found.most_deg == pytest.approx(10, abs=0.6)
    assert found.why == ""


def test_sway_breath_and_band_are_no_creep() -> None:
    t = np.arange(600) / 10
    angles = (40 + 2.5 * np.sin(2 * np.pi * 0.2 * t) + 4 * np.sin(2 * np.pi * 1.5 * t)).tolist()
    assert creep(angles, 40.0) == Past(0.0, 0.0, None, crept=False, why="")


def test_one_who_is_past_the_target_from_the_start_did_not_creep() -> None:
    found = creep([50.0] * 100, 40.0)
    assert found.crept is False
    assert found.past_s == pytest.approx(8.1)
    assert found.after_s == pytest.approx(2.0)


def test_a_hold_too_short_for_creep_says_so() -> None:
    assert creep([50.0] * 19, 40.0) == Past(0.0, 0.0, None, None, "the hold is shorter than 2 s")


def test_the_trunk_past_its_calibrated_hinge() -> None:
    hinge = hinge_range_deg([0.0] * 20 + np.linspace(0, 45, 30).tolist() + [45.0] * 20 + [0.0] * 20)
    assert hinge == pytest.approx(45)
    within, past = past_hinge([46.0] * 60, hinge), past_hinge([40.0] * 60 + [52.0] * 60, hinge)
    assert within.past_s == 0
    assert within.why == ""
    assert past.past_s == pytest.approx(5, abs=1.5)
    assert past.most_deg == pytest.approx(7)
    assert past.crept is True
    assert "one phone cannot tell a rounded back from a deeper hinge" in past.why


@pytest.mark.parametrize("bend", [1.0, -1.0])
@pytest.mark.parametrize("stretch", [1.0, -1.0])
def test_whichever_sign_is_forward_the_hinge_is_judged(bend: float, stretch: float) -> None:
    """A first movement backwards makes forward negative; a zero that is set anew may turn it round."""
    hinge = hinge_range_deg([0.0] * 20 + [bend * 60.0] * 20)
    assert hinge == 60
    assert past_hinge([stretch * 75.0] * 100, hinge).most_deg == 15


def test_without_a_calibration_the_hinge_is_not_judged() -> None:
    assert hinge_range_deg([5.0] * 50) is None
    assert hinge_range_deg([]) is None
    found = past_hinge([60.0] * 60, None)
    assert found.crept is None
    assert "not been calibrated" in found.why


def turned(rate_deg_s: float, seconds: float, lean_deg: float = 40.0) -> tuple[Values, Values]:
    """Of a segment that leans and turns about the vertical."""
    n = round(100 * seconds)
    up = np.array([0.0, math.sin(math.radians(lean_deg)), math.cos(math.radians(lean_deg))])
    return np.tile(math.radians(rate_deg_s) * up, (n, 1)), np.tile(up, (n, 1))


@pytest.mark.parametrize("lean_deg", [0, 40, 90])
def test_rotation_about_the_vertical_whatever_the_lean(lean_deg: float) -> None:
    meter = RotationMeter()
    meter.add(*turned(15, 2, lean_deg))
    meter.add(*turned(0, 10, lean_deg))
    found = meter.rotation()
    assert found.angle_deg == pytest.approx(30)
    assert found.may_be_off_deg == pytest.approx(0.6)
    assert "experimental" in found.why


def test_a_rotation_goes_on_from_where_the_one_before_has_left_off() -> None:
    meter = RotationMeter(-30.0, 1.0)
    meter.add(*turned(15, 2))
    found = meter.rotation()
    assert found.angle_deg == pytest.approx(0, abs=1e-9)
    assert found.may_be_off_deg == pytest.approx(1.1)


def test_nodding_is_no_rotation_about_the_vertical() -> None:
    n = 400
    lean = np.radians(40 + 10 * np.sin(2 * np.pi * np.arange(n) / 200))
    up = np.column_stack((np.zeros(n), np.sin(lean), np.cos(lean)))
    rate = np.column_stack((-np.gradient(lean, 0.01), np.zeros((n, 2))))
    meter = RotationMeter()
    meter.add(rate, up)
    assert meter.rotation().angle_deg == pytest.approx(0, abs=1e-6)


def test_how_cells_are_cut_does_not_matter() -> None:
    turning, up = turned(7, 3)
    whole, cut = RotationMeter(), RotationMeter()
    whole.add(turning, up)
    for start in range(0, len(up), 10):
        cut.add(turning[start : start + 10], up[start : start + 10])
    assert whole.rotation() == cut.rotation()


def test_a_rotation_that_cannot_be_known_has_its_reason() -> None:
    meter = RotationMeter()
    assert meter.rotation() == Rotation(None, 0.0, "nothing has been heard yet")
    meter.add(np.zeros((0, 3)), np.zeros((0, 3)))
    meter.add(*turned(5, 1), fresh=True)
    assert meter.rotation().angle_deg is not None
    meter.add(*turned(5, 1), fresh=True)
    assert "samples are missing" in meter.rotation().why
    tipped = RotationMeter()
    tipped.add(*turned(5, 1, 10))
    tipped.add(*turned(5, 1, 50))
    assert "tipped by 40 deg" in tipped.rotation().why
    alone = RotationMeter()
    alone.add(*turned(0, 1), gyroscope=False)
    assert alone.rotation().why == "not observable without a gyroscope"
