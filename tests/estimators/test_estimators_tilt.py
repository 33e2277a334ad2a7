from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.hearts import asked
from tests.estimators.limbs import (
    SOURCE,
    Limb,
    Series,
    angle_deg,
    limb,
    raised,
    said,
    scaled,
    still,
    told,
    waved,
    without,
)
from tidehold.estimators.tilt import TiltEstimator
from tidehold.records import HostNs, Sample, Values
from tidehold.units import NS, STANDARD_GRAVITY

HOLD_STILL = "hold still for 2 s to set zero"


def truth_deg(one: Limb, second: float) -> float:
    """Tilt against the pose at the start."""
    at = one.up_at(np.array([0.0, second]))
    return float(angle_deg(at[:1], at[1:])[0])


@pytest.mark.parametrize("degrees", [10, 45, 90, 150])
@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 1, 0), (2, -1, 0.5)])
def test_tilt_of_a_limb_that_is_raised_and_held(degrees: float, axis: tuple[float, float, float]) -> None:
    one = limb(raised(degrees), 30, axis=axis)
    tilts = said(told(one), range(31), "tilt_deg")
    assert tilts[4].value == pytest.approx(0, abs=0.2)
    for second in range(8, 30):
        assert tilts[second].value == pytest.approx(truth_deg(one, second), abs=0.5)
    assert tilts[29].quality > 0.99


@pytest.mark.parametrize("seed", range(5))
def test_45_degrees_in_2_seconds_from_a_noisy_phone(seed: int) -> None:
    one = limb(raised(45), 20, seed, acc_noise=0.1, gyr_noise_deg_s=0.5, bias_deg_s=(0.5, -0.5, 0.3), jitter=0.4)
    values = [each.value for each in said(told(one), range(8, 20), "tilt_deg")]
    assert values == pytest.approx([45.0] * 12, abs=0.5)


@pytest.mark.parametrize(
    ("hz", "gyr_hz"), [(10, 10), (20, 20), (20, 400), (50, 200), (100, 100), (400, 400), (400, 50)]
)
def test_any_rate_will_do(hz: float, gyr_hz: float) -> None:
    one = limb(raised(45), 20, hz=hz, gyr_hz=gyr_hz, gyr_late_s=0.003, jitter=0.3)
    values = [each.value for each in said(told(one), range(8, 20), "tilt_deg")]
    assert values == pytest.approx([45.0] * 12, abs=0.5)


def test_tilt_is_right_while_the_limb_moves() -> None:
    """Messages each 0.1 s, so that at a whole second the newest whole cell ends there."""
    one = limb(waved(40, 0.25, 3), 40)
    for second, estimate in enumerate(said(told(one, every_s=0.1), range(40), "tilt_deg")):
        if second > 4:
            assert estimate.value == pytest.approx(truth_deg(one, second - 0.01), abs=0.6)


def test_turning_about_the_vertical_is_no_tilt() -> None:
    one = limb(raised(90), 20, axis=(0, 0, 1))
    values = [each.value for each in said(told(one), range(3, 20), "tilt_deg")]
    assert values == pytest.approx([0.0] * 17, abs=0.3)


def test_a_constant_rate_error_is_removed_in_half_a_minute_of_rest() -> None:
    """Shaken from the raise on, so that acceleration puts nothing right at once."""
    one = limb(raised(90, 30, 2), 45, bias_deg_s=(0.5, 0.5, -0.5), shake=1.0)
    one.acc.values[: 30 * 100, 0] = limb(still, 30).acc.values[:, 0]
    values = [each.value for each in said(told(one), range(33, 45), "tilt_deg")]
    assert values == pytest.approx([90.0] * 12, abs=1.0)


def test_the_first_stillness_is_zero_wherever_the_limb_is_then() -> None:
    one = limb(waved(30, 1.0, 0, 6), 16)
    tilts = said(told(one), range(16), "tilt_deg")
    assert tilts[0].why == "collecting samples"
    assert {each.why for each in tilts[1:7]} == {HOLD_STILL}
    assert [each.value for each in tilts[9:]] == pytest.approx([0.0] * 7, abs=0.5)


def test_zero_is_set_within_two_seconds() -> None:
    tilts = said(told(limb(still, 5)), [1.0, 1.4, 1.6, 2.0], "tilt_deg")
    assert [each.why for each in tilts] == [HOLD_STILL, HOLD_STILL, "", ""]


def test_zero_can_be_set_anew() -> None:
    one = limb(raised(30, 5, 1), 30)
    estimator, items = TiltEstimator(SOURCE), told(one)
    first = asked(estimator, [each for each in items if each.t <= 10 * NS], range(11))
    assert first[10][0].value == pytest.approx(30, abs=0.5)
    estimator.set_zero(HostNs(10 * NS))
    assert estimator.estimate(HostNs(10 * NS))[0].why == HOLD_STILL
    later = asked(estimator, [each for each in items if each.t > 10 * NS], range(11, 30))
    assert later[0][0].why == HOLD_STILL
    assert [answer[0].value for answer in later[1:]] == pytest.approx([0.0] * 18, abs=0.3)


def test_samples_from_before_do_not_count_for_a_new_zero() -> None:
    one = limb(raised(30, 5, 1), 30)
    estimator = TiltEstimator(SOURCE)
    estimator.set_zero(HostNs(20 * NS))
    answers = asked(estimator, told(one), range(30))
    assert {answer[0].why for answer in answers[1:21]} == {HOLD_STILL}
    assert answers[23][0].value == pytest.approx(0, abs=0.3)


def test_zero_is_looked_for_in_its_time_only() -> None:
    one = limb(waved(20, 0.5, 5, 14), 30)
    estimator = TiltEstimator(SOURCE)
    asked(estimator, [each for each in told(one) if each.t <= 5 * NS], range(6))
    estimator.set_zero(HostNs(5 * NS))
    estimator.seek_zero(HostNs(14 * NS), None)
    late = asked(estimator, [each for each in told(one) if 5 * NS < each.t <= 20 * NS], range(6, 21))
    assert {answer[0].why for answer in late} == {"no neutral pose: it was not held still in time"}
    assert (estimator.zero, estimator.no_zero) == (None, "no neutral pose: it was not held still in time")
    estimator.seek_zero(HostNs(20 * NS), HostNs(22 * NS))
    again = asked(estimator, [each for each in told(one) if each.t > 20 * NS], range(21, 30))
    assert [answer[0].why for answer in again[:2]] == [HOLD_STILL] * 2
    assert [answer[0].value for answer in again[4:]] == pytest.approx([0.0] * 5, abs=0.3)
    estimator.seek_zero(HostNs(30 * NS), HostNs(31 * NS))
    assert estimator.no_zero == "", "one that is known stays"


def test_stillness_in_time_counts_though_its_samples_come_late() -> None:
    estimator = TiltEstimator(SOURCE)
    estimator.seek_zero(HostNs(0), HostNs(NS))
    estimator.seek_zero(HostNs(4 * NS), None)
    assert asked(estimator, told(limb(still, 10)), range(10))[9][0].value == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize(("degrees", "hertz"), [(0.5, 0.3), (2, 0.1), (4, 0.25)])
def test_rms_of_a_swaying_limb(degrees: float, hertz: float) -> None:
    """Whole periods in 10 s, or nearly: the RMS of a sinusoid is its amplitude over the square root of 2."""
    estimates = said(told(limb(waved(degrees, hertz), 30)), range(30), "rms_deg")
    for second in (15, 20, 25, 29):
        assert estimates[second].value == pytest.approx(degrees / np.sqrt(2), rel=0.12)
        assert estimates[second].quality > 0.99


def test_rms_is_what_its_definition_says() -> None:
    one = limb(waved(6, 0.13), 16, acc_noise=0, gyr_noise_deg_s=0)
    estimate = said(told(one, every_s=0.1), [15], "rms_deg")[0]
    up = one.up_at(np.arange(500, 1500) / 100)
    mean = up.mean(axis=0) / np.linalg.norm(up.mean(axis=0))
    expected = np.degrees(np.sqrt(np.mean(np.arccos(np.clip(up @ mean, -1, 1)) ** 2)))
    assert estimate.value == pytest.approx(expected, rel=0.01)


def test_rms_of_a_resting_sensor_is_its_noise() -> None:
    estimates = said(told(limb(still, 30)), range(6, 30), "rms_deg")
    assert max(each.value or 0 for each in estimates) < 0.05


def test_rms_needs_five_seconds_and_starts_anew_after_a_movement() -> None:
    whys = [each.why for each in said(told(limb(raised(45, 12, 1), 24)), range(24), "rms_deg")]
    assert whys[0] == "collecting samples"
    assert whys[3] == "collecting: 3 of 5 s"
    assert whys[6:12] == [""] * 6
    assert whys[13] == "moving"
    assert whys[16] == "collecting: 3 of 5 s"
    assert whys[19:] == [""] * 5
    rms = said(told(limb(raised(45, 12, 1), 24)), range(24), "rms_deg")
    assert (rms[23].value or 9) < 0.6


@pytest.mark.parametrize(
    ("measured", "quality"), [(1.0, 1), (0.975, 1), (1.025, 1), (0.935, 0.5), (1.065, 0.5), (0.905, 0.07)]
)
def test_gravity_and_how_well_it_fits(measured: float, quality: float) -> None:
    one = limb(raised(30, 8, 1), 16)
    answers = asked(TiltEstimator(SOURCE), told({"acc": scaled(one.acc, measured), "gyr": one.gyr}), range(16))
    tilt, rms, gravity = answers[15]
    assert gravity.value == pytest.approx(measured, abs=0.002)
    for each in (tilt, rms, gravity):
        assert each.quality == pytest.approx(quality, abs=0.05)
        assert each.value is not None


@pytest.mark.parametrize(
    ("factor", "said_g", "advice"),
    [
        (
            1 / STANDARD_GRAVITY,
            "0.10 g",
            "the profile does not fit this phone (values look like g; try sensor-logger-ios)",
        ),
        (STANDARD_GRAVITY, "9.81 g", "try sensor-logger-standardised or sensor-logger-android"),
        (0.5, "0.50 g", "does the profile fit?"),
        (0.0, "0.00 g", "does the profile fit?"),
    ],
)
@pytest.mark.parametrize("gyroscope", [True, False])
def test_values_in_the_wrong_unit_are_noticed(factor: float, said_g: str, advice: str, gyroscope: bool) -> None:
    one = limb(raised(30, 8, 1), 20)
    streams = {"acc": scaled(one.acc, factor), "gyr": one.gyr}
    if not gyroscope:
        del streams["gyr"]
    answers = asked(TiltEstimator(SOURCE), told(streams), range(20))
    for tilt, rms, gravity in [answers[4], answers[7]]:
        assert tilt.value is rms.value is None
        assert tilt.why == rms.why == gravity.why
        assert tilt.why.startswith(f"gravity measures {said_g}: ")
        assert advice in tilt.why
        assert gravity.value == pytest.approx(factor, rel=1e-3, abs=1e-3)
        assert gravity.quality == 0
    for tilt, _, _ in answers[4:]:
        assert tilt.value is None  # while it moves too


def test_the_right_profile_after_the_wrong_one() -> None:
    one = limb(still, 40)
    mended = np.where(one.acc.times < 20 * NS, 1 / STANDARD_GRAVITY, 1.0)[:, None]
    acc = without(Series(one.acc.times, one.acc.values * mended), 20, 25)
    tilts = said(told({"acc": acc, "gyr": without(one.gyr, 20, 25)}), range(40), "tilt_deg")
    assert "0.10 g" in tilts[19].why
    assert tilts[36].value == pytest.approx(0, abs=0.2)
    assert tilts[36].quality > 0.99


def test_without_a_gyroscope_it_answers_while_still() -> None:
    one = limb(raised(45, 10, 2), 30)
    answers = asked(TiltEstimator(SOURCE), told({"acc": one.acc}), range(30))
    tilts, gravities = ([answer[place] for answer in answers] for place in (0, 2))
    assert tilts[1].why == HOLD_STILL
    assert tilts[9].value == pytest.approx(0, abs=0.3)
    assert {each.why for each in tilts[11:13]} == {"moving, and there is no gyroscope"}
    assert answers[12][1].why == "moving, and there is no gyroscope"
    assert [each.value for each in tilts[14:]] == pytest.approx([45.0] * 16, abs=0.5)
    assert gravities[20].value == pytest.approx(1, abs=0.005)
    assert (answers[25][1].value or 9) < 0.2


def test_without_a_gyroscope_it_has_to_listen_for_a_second_after_a_gap() -> None:
    one = limb(still, 20)
    tilts = said(told({"acc": without(one.acc, 10, 15)}), [9, 15.5, 16.5], "tilt_deg")
    assert [each.value is None for each in tilts] == [False, True, False]
    assert tilts[1].why == "collecting: less than 1 s, and there is no gyroscope"


def test_shaken_without_a_gyroscope_it_does_not_answer() -> None:
    one = limb(still, 20, shake=3.0)
    whys = {each.why for each in said(told({"acc": one.acc}), range(3, 20), "tilt_deg")}
    assert whys == {"moving, and there is no gyroscope"}


def test_gravity_stands_in_for_acceleration() -> None:
    one = limb(raised(45), 20)
    tilts = said(told({"gravity": one.acc, "gyr": one.gyr}), range(20), "tilt_deg")
    assert [each.value for each in tilts[8:]] == pytest.approx([45.0] * 12, abs=0.5)


def test_a_gyroscope_alone_tells_nothing() -> None:
    one = limb(still, 10)
    assert {each.why for each in said(told({"gyr": one.gyr}), range(10), "tilt_deg")} == {"no samples yet"}


def test_a_gyroscope_that_falls_silent_and_comes_back() -> None:
    one = limb(raised(45, 30, 2), 45)
    tilts = said(told({"acc": one.acc, "gyr": without(one.gyr, 15, 25)}), range(45), "tilt_deg")
    assert all(each.value is not None for each in tilts[3:])
    assert [each.value for each in tilts[33:]] == pytest.approx([45.0] * 12, abs=0.5)


def test_silence_is_said_with_its_length_and_zero_outlives_it() -> None:
    one = limb(raised(45, 12, 2), 40)
    holed = {"acc": without(one.acc, 10.05, 20), "gyr": without(one.gyr, 10.05, 20)}
    answers = asked(TiltEstimator(SOURCE), told(holed), range(40))
    assert answers[13][0].value is not None
    for second, age in ((14, 4), (17, 7), (19, 9)):
        assert [(each.value, each.quality, each.why) for each in answers[second]] == [
            (None, 0.0, f"no samples for {age} s")
        ] * 3
    assert [answer[0].value for answer in answers[22:]] == pytest.approx([45.0] * 18, abs=0.5)
    assert answers[21][0].quality < answers[23][0].quality
    assert answers[23][1].why == "collecting: 3 of 5 s"


def test_after_a_gap_an_old_direction_is_not_told_as_new() -> None:
    """Acceleration is back, but the gyroscope is not yet, and is waited for."""
    one = limb(raised(45, 12, 2), 40)
    holed = {"acc": without(one.acc, 10, 20), "gyr": without(one.gyr, 10, 21.5)}
    tilts = said(told(holed), np.arange(20.5, 24, 0.5), "tilt_deg")
    assert [each.why for each in tilts[:2]] == ["collecting samples"] * 2
    assert tilts[-1].value == pytest.approx(45, abs=0.5)


def test_samples_that_are_a_minute_late_are_no_news_but_count() -> None:
    one = limb(raised(45, 30, 2), 100)
    backlog = [
        Sample(HostNs(61 * NS + i), each.stream, each.times, each.values)
        for i, each in enumerate(told(one))
        if each.t <= 60 * NS
    ]
    fresh = [each for each in told(one) if each.t > 62 * NS]
    answers = asked(TiltEstimator(SOURCE), [*backlog, *fresh], range(100))
    assert {each.why for each in answers[60]} == {"no samples yet"}
    late = asked(TiltEstimator(SOURCE), backlog, [62, 70])
    assert [each[0].why for each in late] == ["", "no samples for 10 s"]
    assert [answer[0].value for answer in answers[63:]] == pytest.approx([45.0] * 37, abs=0.5)
    assert answers[68][1].value is not None


def test_messages_of_some_seconds_give_the_figures_of_their_last_sample() -> None:
    one = limb(raised(45), 21)
    often = said(told(one), range(21), "tilt_deg")
    rarely = said(told(one, every_s=3), range(21), "tilt_deg")
    for second in (9, 12, 15, 18):
        assert rarely[second].value == often[second].value
        assert rarely[second].quality == often[second].quality


def test_half_of_the_samples_make_half_the_quality() -> None:
    """A second heard and a second not, in turn: bridged, and not heard."""
    one = limb(still, 40)
    heard = (one.acc.times < 10 * NS) | (one.acc.times // NS % 2 == 0)
    acc, gyr = (Series(series.times[heard], series.values[heard]) for series in (one.acc, one.gyr))
    answers = asked(TiltEstimator(SOURCE), told({"acc": acc, "gyr": gyr}), range(39))
    assert answers[37][0].quality == pytest.approx(0.5, abs=0.06)
    assert answers[37][1].quality == pytest.approx(0.5, abs=0.06)


def test_another_source_is_not_heard() -> None:
    items = told(limb(still, 10), source="imu")
    assert {each.why for each in said(items, range(10), "tilt_deg")} == {"no samples yet"}
    own = asked(TiltEstimator("imu"), items, range(10))[9]
    assert [each.name for each in own] == ["imu/tilt_deg", "imu/rms_deg", "imu/gravity_g"]
    assert own[0].value == pytest.approx(0, abs=0.2)


def test_a_slow_turn_right_round_has_a_finite_rms() -> None:
    def angle(seconds: Values) -> Values:
        return np.asarray(24.0 * seconds)

    estimates = said(told(limb(angle, 40, gyr_noise_deg_s=0.01)), range(40), "rms_deg")
    assert all(each.value is not None and 50 < each.value < 120 for each in estimates[12:])
