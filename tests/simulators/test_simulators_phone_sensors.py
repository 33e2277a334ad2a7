"""The phone's sensors and clocks: when they measure, what they make of it, which time it gets."""

import math

import msgspec
import numpy as np
import pytest

from tidehold_simulators.body import SeededBody
from tidehold_simulators.phone_sensors import MotionSensor, PhoneClock, extra_sensors, hits
from tidehold_simulators.scenario import BodySpec, Fault, PhoneSpec
from tidehold_simulators.signals import Noise

EPOCH = 1_767_225_600_000_000_000
BODY = SeededBody(BodySpec(), 1)


def sensor(spec: PhoneSpec, kind: str = "acc", from_s: float = 0.0) -> MotionSensor:
    return MotionSensor(kind, spec, BODY, np.random.default_rng(1), from_s)  # type: ignore[arg-type]  # one of three


def test_wall_clock_is_off_drifts_and_is_set() -> None:
    spec = PhoneSpec(clock_offset_s=0.35, drift_ppm=20)
    t = np.array([-1.0, 0.0, 1000.0, 1000.1, 1500.0])
    plain = PhoneClock(spec, (), EPOCH, 0.0).wall_ns(t)
    assert (plain - EPOCH).tolist() == [
        -650_020_000,
        350_000_000,
        1_000_370_000_000,
        1_000_470_002_000,
        1_500_380_000_000,
    ]
    once = Fault(kind="phone-clock-step", at_s=1000.05, step_s=-2.5)
    again = Fault(kind="phone-clock-step", at_s=1000.05, step_s=-2.5, every_s=400)
    assert (PhoneClock(spec, (once,), EPOCH, 0.0).wall_ns(t) - plain).tolist() == [
        0,
        0,
        0,
        -2_500_000_000,
        -2_500_000_000,
    ]
    assert (PhoneClock(spec, (again,), EPOCH, 0.0).wall_ns(t) - plain).tolist()[-1] == -5_000_000_000
    elapsed = PhoneClock(spec, (once,), EPOCH, 10.0).elapsed_ns(np.array([10.0, 1510.0]))
    assert elapsed.tolist() == [0, 1_500_030_000_000], "nobody sets the experiment's clock"


def test_iphone_measures_evenly_and_others_a_little_unevenly() -> None:
    even = np.diff(sensor(PhoneSpec(app="sensor-logger-ios")).take(60))
    assert even == pytest.approx(1 / 100.1)
    for spec in (PhoneSpec(app="sensor-logger-android"), PhoneSpec(app="phyphox"), PhoneSpec(jitter_share=0.01)):
        uneven = np.diff(sensor(spec).take(60))
        assert uneven.std() == pytest.approx(0.01 / 100.1, rel=0.1)
        assert uneven.mean() == pytest.approx(1 / 100.1, rel=1e-4)
    assert np.diff(sensor(PhoneSpec(jitter_share=0.2, rate_hz=20)).take(60)).min() > 0


def test_samples_reach_the_app_after_their_latency_in_any_steps() -> None:
    spec = PhoneSpec(latency_s=0.05, duplicate_share=0.1)
    whole, steps = sensor(spec, from_s=5.0), sensor(spec, from_s=5.0)
    t = whole.take(25.0)
    assert 5 <= t[0] < 5.01
    assert 24.94 <= t[-1] <= 24.95
    assert len(t) == pytest.approx(1.1 * 19.95 * 100.1, rel=0.03)
    pieces = [steps.take(until) for until in (5.0, 5.049, 5.07, 12.3, 12.3, 25.0)]
    np.testing.assert_array_equal(np.concatenate(pieces), t)


def test_sensors_are_biased_and_noisy_by_so_much() -> None:
    spec = PhoneSpec(gyr_bias_deg_s=0.3, gyr_noise_deg_s=0.1, acc_noise_m_s2=0.05)
    t = np.arange(0, 100, 0.01)
    clock = PhoneClock(spec, (), EPOCH, 0.0)
    truth = BODY.motion("shin", t)
    wrong = np.degrees(sensor(spec, "gyr").samples(t, clock).values - truth.gyr)
    assert np.linalg.norm(wrong.mean(axis=0)) == pytest.approx(0.3, abs=0.01)
    assert wrong.std(axis=0) == pytest.approx([0.1] * 3, rel=0.05)
    wrong = sensor(spec, "acc").samples(t, clock).values - truth.acc
    assert wrong.std(axis=0) == pytest.approx([0.05] * 3, rel=0.05)
    said = sensor(spec, "gravity").samples(t, clock)
    assert np.abs(said.values - BODY.gravity("shin", t)).max() < 0.05
    np.testing.assert_array_equal(said.times, clock.wall_ns(t) // 1000 * 1000)
    other = msgspec.structs.replace(spec, app="phyphox")
    assert sensor(other, "gyr").samples(t, clock).times[-1] == pytest.approx(99.99 * (1e9 + 20e3), rel=1e-7)


def test_what_else_an_app_sends_is_not_about_motion() -> None:
    extras = extra_sensors(np.random.default_rng(1), 2.0)
    clock = PhoneClock(PhoneSpec(), (), EPOCH, 0.0)
    said = [(each, each.take(62.0)) for each in extras]
    counts = {each.entries(t[:1], clock)[0].name: len(t) for each, t in said}
    assert counts == {"orientation": 601, "microphone": 601, "location": 61, "battery": 2}
    assert [len(each.take(62.0)) for each in extras] == [0] * 4
    battery = next(each.entries(t, clock) for each, t in said if each.entries(t[:1], clock)[0].name == "battery")
    assert battery[0].values == {"batteryLevel": 0.9, "batteryState": "unplugged", "lowPowerMode": False}
    turn = next(each.entries(t, clock) for each, t in said if each.entries(t[:1], clock)[0].name == "orientation")
    assert math.hypot(turn[9].values["qz"], turn[9].values["qw"]) == pytest.approx(1)


def test_a_share_is_drawn_by_lot() -> None:
    t, noise = np.arange(0, 100, 0.01), Noise(np.random.default_rng(1))
    assert hits(noise, t, 0.02).mean() == pytest.approx(0.02, abs=0.005)
    assert not hits(noise, t, 0.0).any()
    assert hits(noise, t, 1.0).all()
