"""Signals are functions of time: asked in any blocks, they are the same."""

import numpy as np
import pytest

from tidehold_simulators.signals import Noise, Waves

T = np.arange(200_000) / 130


def test_noise_does_not_know_blocks() -> None:
    noise = Noise(np.random.default_rng(1))
    whole = noise(T)
    parts = [noise(part) for part in np.array_split(T, 977)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_noise_is_white_and_of_unit_variance() -> None:
    noise = Noise(np.random.default_rng(2))(T)
    assert noise.mean() == pytest.approx(0, abs=0.01)
    assert noise.std() == pytest.approx(1, abs=0.01)
    spectrum = np.abs(np.fft.rfft(noise, 2 * len(noise))) ** 2
    correlation = np.fft.irfft(spectrum)[: len(noise) // 2] / len(noise)
    assert np.abs(correlation[1:]).max() < 0.03  # at no lag does it repeat itself


def test_waves_have_their_deviation_and_stay_in_their_band() -> None:
    t = np.arange(0, 4000, 0.5)
    waves = Waves(np.random.default_rng(3), sd=1.5, low_hz=0.085, high_hz=0.115)(t)
    assert waves.std() == pytest.approx(1.5, rel=0.1)
    power = np.abs(np.fft.rfft(waves * np.hanning(len(t)))) ** 2
    hz = np.fft.rfftfreq(len(t), 0.5)
    assert power[(hz > 0.08) & (hz < 0.12)].sum() > 0.999 * power.sum()
