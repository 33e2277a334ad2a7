from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from tests.estimators.holds import cell, leaning, logged
from tidehold.estimators.hold_metrics import HoldLog, figures, trimmed, unfit, without_breathing
from tidehold.estimators.imu_grid import CELL_NS
from tidehold.estimators.movement_plane import Plane
from tidehold.estimators.slips import Slip
from tidehold.records import HoldFigures, HostNs, Values
from tidehold.units import NS, STANDARD_GRAVITY

SECONDS = np.arange(600) / 10


def sway(degrees: float, hertz: float, phase: float = 0.0) -> Values:
    return np.asarray(degrees * np.sin(2 * np.pi * hertz * SECONDS + phase))


def of(lean: Values, across: Values | float = 0.0, **how: float | None) -> HoldFigures:
    """Figures of a hold at 40 degrees that moves like this besides."""
    asides = np.broadcast_to(across, lean.shape)
    log = logged([leaning(40 + a, b) for a, b in zip(lean.tolist(), asides.tolist(), strict=True)])
    found = figures(log, **how)  # type: ignore[arg-type]
    assert found is not None
    return found


STILL = np.zeros(600)


def test_a_perfect_hold_has_no_sway_at_all() -> None:
    found = of(STILL)
    for figure in ("rms_deg", "drift_deg_min", "shift_deg", "ellipse_deg2", "path_deg", "velocity_deg_s", "jerk_m2_s5"):
        assert getattr(found, figure) == pytest.approx(0, abs=1e-9), figure
    assert (found.in_band, found.in_wide_band) == (1, 1)
    assert found.longest_in_band_s == pytest.approx(59)
    assert found.settling_s == 0


@pytest.mark.parametrize("lean", [-80, 0, 40, 90])
def test_inclination_is_that_of_the_phones_long_axis(lean: float) -> None:
    assert of(STILL + lean - 40).inclination_deg == pytest.approx(lean, abs=1e-6)


def test_rms_ellipse_path_and_velocity_of_a_circle() -> None:
    """1 degree, ten times round in the 59 s that count, all but the ends."""
    found = of(sway(1, 0.2), sway(1, 0.2, np.pi / 2))
    assert found.rms_deg == pytest.approx(1, rel=0.02)
    assert found.ellipse_deg2 == pytest.approx(math.pi * 5.991 / 2, rel=0.02)
    assert found.velocity_deg_s == pytest.approx(2 * math.pi * 0.2, rel=0.03)
    assert found.path_deg == pytest.approx(59 * found.velocity_deg_s)


def test_jerk_is_half_the_integral_of_the_squared_horizontal_jerk() -> None:
    """The force of gravity that a tilt brings along is of the horizontal acceleration."""
    found = of(sway(1, 0.2))
    amplitude = STANDARD_GRAVITY * math.radians(1) * 2 * math.pi * 0.2
    assert found.jerk_m2_s5 == pytest.approx(0.5 * 59 * amplitude**2 / 2, rel=0.03)


@pytest.mark.parametrize("deg_min", [-3.0, 0.5, 3.0, 25.0])
def test_drift_whichever_way_it_goes(deg_min: float) -> None:
    for found in (of(deg_min * SECONDS / 60), of(STILL, deg_min * SECONDS / 60)):
        assert found.drift_deg_min == pytest.approx(abs(deg_min), rel=0.03)
        assert found.shift_deg == pytest.approx(abs(deg_min) * 57 / 60, rel=0.03)


@pytest.mark.parametrize("phase", np.linspace(0, 6, 7))
def test_sway_is_hardly_taken_for_drift(phase: float) -> None:
    found = of(sway(0.5, 0.06, phase) + 3 * SECONDS / 60)
    assert found.drift_deg_min == pytest.approx(3, abs=0.3)


def test_a_slip_is_no_drift_and_hides_none() -> None:
    slip = Slip(HostNs(30 * NS), HostNs(30 * NS + 2 * CELL_NS), 5.0)
    lean = 2 * SECONDS / 60 + np.where(SECONDS < 30.1, 0, 5)
    log = logged([leaning(40 + degrees) for degrees in lean.tolist()])
    plain = figures(log)
    log.slips.append(slip)
    for end, slips in ((HostNs(60 * NS), (5.0,)), (None, (5.0,)), (HostNs(30 * NS), ())):
        found = figures(log, end=end)
        assert found is not None
        assert found.slips == slips
        assert found.drift_deg_min == pytest.approx(2, abs=0.3)
    assert plain is not None
    assert plain.drift_deg_min is not None
    assert plain.drift_deg_min > 5


def test_drift_is_that_of_the_acceleration_and_sway_that_of_up() -> None:
    log = HoldLog(HostNs(0))
    for number in range(600):
        one = cell(number, leaning(40 + number / 600))
        log.add(one._replace(up=leaning(40 + math.sin(number))))
    found = figures(log)
    assert found is not None
    assert found.drift_deg_min == pytest.approx(1, rel=0.03)
    assert found.rms_deg == pytest.approx(math.hypot(math.sqrt(0.5), math.sqrt(1 / 12)), rel=0.1)


def test_drift_needs_9_s_and_the_rest_3() -> None:
    assert figures(logged([leaning(40)] * 29)) is None
    short = figures(logged([leaning(40)] * 80))
    assert short is not None
    assert short.drift_deg_min is None
    assert of(STILL[:90]).drift_deg_min is not None


def test_the_first_second_and_the_last_half_one_of_a_hold_that_is_over_do_not_count() -> None:
    lean = STILL.copy()
    lean[:10], lean[-5:] = 8, 8
    log = logged([leaning(40 + degrees) for degrees in lean.tolist()])
    over, going_on = figures(log, end=HostNs(60 * NS)), figures(log)
    assert over is not None
    assert going_on is not None
    assert over.rms_deg == pytest.approx(0, abs=1e-9)
    assert going_on.rms_deg > 0.5
    assert over.longest_in_band_s == pytest.approx(58.5)
    earlier = figures(log, end=HostNs(30 * NS))
    assert earlier is not None
    assert earlier.longest_in_band_s == pytest.approx(28.5)


def test_time_in_band_and_its_longest_stretch() -> None:
    lean = STILL.copy()
    lean[210:270], lean[400:430] = 4, -6
    found = of(lean)
    assert found.in_band == pytest.approx(1 - 90 / 590)
    assert found.in_wide_band == pytest.approx(1 - 30 / 590)
    assert found.longest_in_band_s == pytest.approx(20)


def test_with_a_target_the_band_is_about_that() -> None:
    plane = Plane(leaning(0), (-1.0, 0.0, 0.0))
    log = logged([leaning(40)] * 300)
    for target_deg, narrow, wide in ((40.5, 1, 1), (44, 0, 1), (46, 0, 0)):
        found = figures(log, plane=plane, target_deg=target_deg)
        assert found is not None
        assert found.angle_deg == pytest.approx(40)
        assert (found.in_band, found.in_wide_band) == (narrow, wide)
    assert figures(log, target_deg=46) == figures(log)  # without a plane it is not known where that is


def test_settling_is_over_when_the_limb_stays_near_its_mean() -> None:
    found = of(np.where(SECONDS < 3, 5 - 5 * SECONDS / 3, 0))
    assert found.settling_s == pytest.approx(2.2, abs=0.4)


@pytest.mark.parametrize("rate_bpm", [6, 12, 15, 25])
@pytest.mark.parametrize("known", [True, False])
def test_the_breathings_own_movement_is_removed(rate_bpm: float, known: bool) -> None:
    slow = sway(0.3, 0.04)
    breath = sway(0.5, rate_bpm / 60 * 1.05)
    alone, spoiled = of(slow), of(slow + breath)
    found = of(slow + breath, breath_bpm=rate_bpm if known else 0)
    assert found.breathing_removed
    assert not spoiled.breathing_removed
    assert spoiled.rms_deg > 1.3 * alone.rms_deg
    assert found.rms_deg == pytest.approx(alone.rms_deg, rel=0.2)


def test_drift_and_mean_outlive_the_removal() -> None:
    tilts = np.stack((3 + 0.05 * SECONDS, sway(1, 0.25)))
    left = without_breathing(tilts, 15)
    np.testing.assert_allclose(left[0], tilts[0], atol=1e-9)
    assert np.abs(left[1]).max() < 0.2
    others = np.stack((sway(1, 0.04), sway(1, 1.1)))
    np.testing.assert_allclose(without_breathing(others, 15), others, atol=0.2)


def test_of_a_very_long_hold_the_last_ten_minutes_count() -> None:
    log = logged([leaning(10)] * 1000 + [leaning(40)] * 6000)
    assert (len(log), log.dropped) == (6000, 1000)
    found = figures(log, end=HostNs(700 * NS))
    assert found is not None
    assert found.rms_deg == pytest.approx(0, abs=1e-9)
    assert found.settling_s is None
    assert found.longest_in_band_s == pytest.approx(599.5)


def test_a_hold_of_stillness_is_fit_for_a_score() -> None:
    log = logged([leaning(40 + degrees) for degrees in sway(1, 0.1).tolist()])
    assert unfit(trimmed(log), of(sway(1, 0.1))) == ""


def test_no_score_where_samples_are_missing_or_the_phone_was_not_still() -> None:
    holed = logged([leaning(40)] * 600, heard=[1.0] * 300 + [0.0] * 6 + [1.0] * 294)
    assert unfit(trimmed(holed), of(STILL)) == "0.6 s without samples"
    turning = logged([leaning(40)] * 600, rate_deg_s=7)
    assert unfit(trimmed(turning), of(STILL)) == "not still: 7 deg/s on average"
    swaying = logged([leaning(40 + degrees) for degrees in sway(8, 0.05).tolist()])
    assert unfit(trimmed(swaying), of(sway(8, 0.05))) == "not still: 6 deg RMS"
    shaken = HoldLog(HostNs(0))
    for number in range(600):
        one = cell(number, leaning(40))
        x, y, z = one.acc
        shaken.add(one._replace(acc=(x + math.sin(number), y, z)))
    assert unfit(trimmed(shaken), of(STILL)) == "not still: shaken by 0.7 m/s^2"


def test_who_trembles_holds_all_the_same_and_who_moves_besides_does_not() -> None:
    trembling = logged([leaning(40)] * 600, rate_deg_s=12)
    found = msgspec.structs.replace(of(STILL), tremor_deg_s=11.6, tremor_hz=8.0)
    assert unfit(trimmed(trembling), found) == ""
    assert unfit(trimmed(trembling), of(STILL)) == "not still: 12 deg/s on average"
    moving = msgspec.structs.replace(found, tremor_deg_s=6.0)
    assert unfit(trimmed(trembling), moving) == "not still: 10 deg/s on average"
    shaken = HoldLog(HostNs(0))
    for number in range(600):
        one = cell(number, leaning(40), 12)
        x, y, z = one.acc
        shaken.add(one._replace(acc=(x + 2 * math.sin(number), y, z)))
    assert unfit(trimmed(shaken), found) == ""
    walked = HoldLog(HostNs(0))
    for number in range(600):
        one = cell(number, leaning(40), 12)
        x, y, z = one.acc
        walked.add(one._replace(acc=(x + 4 * math.sin(number), y, z)))
    assert unfit(trimmed(walked), found) == "not still: shaken by 2.8 m/s^2"
