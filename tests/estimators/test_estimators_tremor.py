from __future__ import annotations

import numpy as np
import pytest

from tidehold.estimators.tremor import Tremor, TremorMeter, blind
from tidehold.records import Values

SKIP = 100


def rates(seconds: float, rms_deg_s: float, hertz: float, noise_deg_s: float = 0.05, seed: int = 1) -> Values:
    """A tremor about a slanted axis, and noise, rad/s (n, 3)."""
    t = np.arange(round(100 * seconds)) / 100
    swing = np.sqrt(2) * rms_deg_s * np.sin(2 * np.pi * hertz * t + seed)
    axis = np.array([0.6, -0.48, 0.64])
    return np.asarray(
        np.radians(np.outer(swing, axis) + noise_deg_s * np.random.default_rng(seed).standard_normal((len(t), 3)))
    )


def measured(turning: Values, block: int = 10) -> Tremor | None:
    meter = TremorMeter(SKIP)
    for start in range(0, len(turning), block):
        meter.add(turning[start : start + block])
    return meter.tremor(len(turning) - SKIP)


@pytest.mark.parametrize("hertz", [4.6, 6.1, 8.0, 9.87, 11.4])
@pytest.mark.parametrize("rms_deg_s", [0.3, 5.0])
def test_size_and_frequency_of_a_tremor(hertz: float, rms_deg_s: float) -> None:
    tremor = measured(rates(30, rms_deg_s, hertz))
    assert tremor is not None
    assert tremor.rms_deg_s == pytest.approx(rms_deg_s, rel=0.05)
    assert tremor.peak_hz == pytest.approx(hertz, abs=0.1)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("seconds", [9, 30])
def test_noise_has_no_frequency(seed: int, seconds: float) -> None:
    tremor = measured(rates(seconds, 0, 8, seed=seed))
    assert tremor is not None
    assert tremor.peak_hz is None
    assert tremor.rms_deg_s == pytest.approx(0.05 * np.sqrt(3 * 8 / 50), rel=0.3)


def test_what_is_slower_or_faster_than_4_to_12_hz_is_no_tremor() -> None:
    for hertz in (2.5, 3.2, 14.0):
        tremor = measured(rates(30, 3.0, hertz))
        assert tremor is not None
        assert tremor.peak_hz is None
        assert tremor.rms_deg_s < 0.1


def test_a_constant_rate_is_no_tremor() -> None:
    tremor = measured(rates(30, 0, 8) + 0.5)
    assert tremor is not None
    assert tremor.rms_deg_s < 0.04


def test_it_takes_4_s_for_the_size_and_8_for_the_frequency() -> None:
    assert measured(rates(4.9, 0.3, 8)) is None
    short, longer = measured(rates(5, 0.3, 8)), measured(rates(9, 0.3, 8))
    assert short is not None
    assert longer is not None
    assert short.rms_deg_s == pytest.approx(0.3, rel=0.2)
    assert short.peak_hz is None
    assert longer.peak_hz == pytest.approx(8, abs=0.1)


def test_the_first_samples_and_those_after_the_hold_do_not_count() -> None:
    turning = rates(30, 0.3, 8)
    turning[:SKIP] *= 1000
    meter = TremorMeter(SKIP)
    meter.add(np.concatenate((turning, 100 * turning)))
    tremor = meter.tremor(len(turning) - SKIP)
    assert tremor is not None
    assert tremor.rms_deg_s == pytest.approx(0.3, rel=0.05)


@pytest.mark.parametrize("block", [1, 37, 250, 3000])
def test_how_samples_are_cut_does_not_matter(block: int) -> None:
    turning = rates(30, 0.3, 8)
    assert measured(turning, block) == measured(turning)


def test_of_a_very_long_hold_the_last_ten_minutes_count() -> None:
    turning = np.concatenate((rates(60, 3.0, 6), rates(605, 0.3, 8)))
    tremor = measured(turning)
    assert tremor is not None
    assert tremor.rms_deg_s == pytest.approx(0.3, rel=0.05)
    assert tremor.peak_hz == pytest.approx(8, abs=0.1)


def test_stillness_without_any_noise_has_no_frequency() -> None:
    assert measured(np.zeros((3000, 3))) == (0.0, None)


def test_a_slow_sensor_is_blind() -> None:
    assert blind(None) == "no gyroscope"
    assert blind(20.04) == "20 samples a second are too few for tremor: set the app to 50 or more"
    assert blind(50) == ""
