"""The heart follows breathing as Hirsch & Bishop measured, and its ECG shows the beats it made."""

import numpy as np
import pytest

from tidehold_simulators.heart import Heart
from tidehold_simulators.lungs import Lungs
from tidehold_simulators.scenario import BodySpec, Breathing
from tidehold_simulators.signals import Floats


def breathing(rate_bpm: float, depth: float = 1.0) -> Lungs:
    """Lungs that move as a pure sinusoid."""
    return Lungs((Breathing(rate_bpm=rate_bpm, depth=depth, inhale_share=0.5),), 0.0, np.random.default_rng(1))


def heart(rate_bpm: float = 6.0, depth: float = 1.0, **spec: float) -> Heart:
    """A heart that nothing but breathing and `spec` moves."""
    quiet = {"rsa_bpm": 0.0, "mayer_bpm": 0.0, "drift_bpm": 0.0, "beat_noise_ms": 0.0}
    return Heart(BodySpec(**(quiet | spec)), breathing(rate_bpm, depth), np.random.default_rng(2))  # type: ignore[arg-type]  # floats all


def swing_bpm(beats: Floats) -> float:
    """Highest minus lowest heart rate."""
    rate = 60 / np.diff(beats)
    return float(rate.max() - rate.min())


def test_undisturbed_heart_keeps_time() -> None:
    rr = np.diff(heart(heart_rate_bpm=65).beats(600))
    np.testing.assert_allclose(rr, 60 / 65, rtol=1e-9)


def test_rsa_falls_above_its_corner_and_grows_with_depth() -> None:
    # a first-order low-pass with a corner of 7.2/min: 0.95 at 2.4/min, 0.71 at 7.2/min, 0.33 at 20.6/min;
    # fast beats (150/min) sample it finely
    swings = {rate: swing_bpm(heart(rate, rsa_bpm=20, heart_rate_bpm=150).beats(300)) for rate in (2.4, 7.2, 20.6)}
    assert swings[2.4] == pytest.approx(20 * 0.95, rel=0.08)
    assert swings[7.2] == pytest.approx(20 * 0.71, rel=0.08)
    assert swings[20.6] == pytest.approx(20 * 0.33, rel=0.12)
    half = swing_bpm(heart(7.2, depth=0.5, rsa_bpm=20, heart_rate_bpm=150).beats(300))
    assert half == pytest.approx(swings[7.2] / 2, rel=0.03)


def test_heart_is_faster_while_the_lungs_fill() -> None:
    made = heart(6, rsa_bpm=18)
    t = np.arange(20.0, 400.0, 0.1)
    beats = made.beats(410)
    rate = np.interp(t, beats[1:], 60 / np.diff(beats))
    drive = breathing(6).drive(t)
    assert np.corrcoef(rate, drive)[0, 1] > 0.5  # it lags by less than a quarter of a breath


def test_slow_waves_have_their_deviation() -> None:
    for name in ("mayer_bpm", "drift_bpm"):
        beats = heart(**{name: 2.0}).beats(3600)
        assert (60 / np.diff(beats)).std() == pytest.approx(2.0, rel=0.15), name


def test_beats_are_as_noisy_as_asked() -> None:
    rr = np.diff(heart(beat_noise_ms=12).beats(3600))
    assert rr.std() * 1000 == pytest.approx(12, rel=0.05)
    assert np.corrcoef(rr[1:], rr[:-1])[0, 1] == pytest.approx(0, abs=0.08)


def test_premature_beats_are_followed_by_a_full_pause() -> None:
    regular = 60 / 65
    rr = np.diff(heart(ectopic_share=0.1).beats(3600))
    early = np.flatnonzero(rr < 0.9 * regular)
    assert len(early) / len(rr) == pytest.approx(0.1 / 1.1, rel=0.15)  # never two in a row
    assert rr[early].min() >= 0.6 * regular - 1e-9
    assert rr[early].max() <= 0.75 * regular + 1e-9
    whole = early[early + 1 < len(rr)]
    np.testing.assert_allclose(rr[whole] + rr[whole + 1], 2 * regular, rtol=1e-9)


def test_heart_never_stops() -> None:
    rr = np.diff(heart(1.0, depth=3, heart_rate_bpm=35, rsa_bpm=60).beats(600))
    assert rr.max() <= 2.0 + 1e-6


def test_ecg_peaks_at_the_beats() -> None:
    made = heart(6, rsa_bpm=18, mayer_bpm=1.5, beat_noise_ms=5)
    t = np.arange(130 * 120) / 130
    uv = made.ecg_uv(t)
    beats = made.beats(130)
    beats = beats[(beats > 0.5) & (beats < 119)]
    for beat in beats:
        near = np.abs(t - beat) < 0.3
        peak = t[near][uv[near].argmax()]
        assert abs(peak - beat) <= 0.6 / 130  # the nearest sample, or its neighbour if noise says so
    assert np.percentile(uv, 99.9) == pytest.approx(1000, rel=0.15)
    far = np.min(np.abs(t[:, None] - made.beats(130)[None, :]), axis=1) > 0.05
    assert uv[far].max() < 500  # P and T stay far below R


def test_ecg_amplitude_follows_breathing() -> None:
    made = heart(6)
    t = np.arange(1000 * 60) / 1000
    uv = made.ecg_uv(t)
    beats = made.beats(60)
    beats = beats[(beats > 1) & (beats < 59)]
    height = np.array([uv[np.abs(t - beat) < 0.01].max() for beat in beats])
    volume = breathing(6).volume(beats)
    assert np.corrcoef(height, volume)[0, 1] < -0.8
