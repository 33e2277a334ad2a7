"""Sinusoids on heartbeats: what fits, and how breaths are counted."""

from __future__ import annotations

import numpy as np
import pytest

from tidehold.estimators.periodogram import (
    BeatSeries,
    Stretch,
    clipped,
    count_times,
    counted_bpm,
    detrended,
    fade,
    faded,
    hide,
    log_likelihoods,
    medians,
)
from tidehold.estimators.rate_tracker import RATES_BPM
from tidehold.records import Values

FADE = fade(5.0)


def breathing(rate_bpm: float, seconds: float = 22, *, noise: float = 0.1, seed: int = 0) -> Stretch:
    """Uneven beats, about 1.2 a second, whose one figure breathes."""
    dice = np.random.default_rng(seed)
    series = BeatSeries(1)
    at = np.cumsum(dice.uniform(0.7, 0.95, int(seconds / 0.8)))
    for t in at:
        series.add(float(t), (np.sin(2 * np.pi * rate_bpm / 60 * t) + dice.normal(0, noise),))
    stretch = series.last(seconds)
    assert stretch is not None
    return stretch


def rows(stretch: Stretch) -> Values:
    weights = faded(FADE, stretch.age, np.ones(len(stretch.age)))
    residual, _ = clipped(detrended(stretch.age, stretch.figures, weights[:, -1]))
    return log_likelihoods(FADE, weights, residual, stretch.waves)


@pytest.mark.parametrize("rate_bpm", [6, 10, 17, 28])
def test_the_rate_that_fits_has_the_evidence(rate_bpm: float) -> None:
    row = rows(breathing(rate_bpm))[0]
    assert RATES_BPM[row.argmax()] == pytest.approx(rate_bpm, rel=0.08)
    assert row.max() > 5


def test_noise_fits_nothing() -> None:
    row = rows(breathing(10, noise=30.0))[0]
    assert row.max() < 5


def test_each_series_has_its_row_as_if_alone() -> None:
    stretch, other = breathing(10), breathing(10, noise=2.0)
    both = Stretch(stretch.age, np.vstack((stretch.figures, other.figures)), stretch.waves)
    assert np.allclose(rows(both)[0], rows(stretch)[0])
    assert np.allclose(rows(both)[1], rows(Stretch(stretch.age, other.figures, stretch.waves))[0])


def test_too_few_beats_are_none() -> None:
    series = BeatSeries(1)
    assert series.last(22) is None
    for t in range(7):
        series.add(t, (0.0,))
    assert series.last(22) is None
    series.add(7, (0.0,))
    assert series.last(22) is not None
    assert series.last(3) is None


def test_old_beats_are_forgotten_and_the_last_ones_kept() -> None:
    series = BeatSeries(2)
    for t in range(1000):
        series.add(t, (t, -t))
    stretch = series.last(20)
    assert stretch is not None
    assert stretch.figures.tolist() == [list(range(979, 1000)), list(range(-979, -1000, -1))]
    assert stretch.age.tolist() == list(range(-20, 1))


def test_hidden_rates_have_nothing_for_them() -> None:
    row = np.full(len(RATES_BPM), 3.0)
    hide(row, 20.0)
    assert (row[RATES_BPM <= 20] == 3).all()
    assert (row[RATES_BPM > 20] == -1).all()


def test_slow_rates_fade_slower() -> None:
    assert FADE.lengths[FADE.of_rate[0]] == pytest.approx(0.6 * 60 / RATES_BPM[0])
    assert FADE.lengths[FADE.of_rate[-1]] == 5.0


@pytest.mark.parametrize("n", [1, 2, 7, 8])
def test_medians(n: int) -> None:
    values = np.random.default_rng(n).normal(size=(3, n))
    assert np.allclose(medians(values)[:, 0], np.median(values, axis=1))


def test_clipping_spares_what_is_near() -> None:
    values, deviation = clipped(np.array([0.0, 1.0, 2.0, 3.0, 100.0]))
    assert values.tolist() == [0.0, 1.0, 2.0, 3.0, 5.0]
    assert deviation.tolist() == [1.0]


def test_a_trend_is_taken_away() -> None:
    age = np.linspace(-20, 0, 30)
    assert np.allclose(detrended(age, 3 + 2 * age, np.exp(age)), 0, atol=1e-9)


def test_breaths_are_counted_from_a_rate_that_is_off() -> None:
    stretch = breathing(14, 30, noise=0.2)
    posterior = np.exp(-0.5 * (np.log(RATES_BPM / 15) / 0.08) ** 2)
    two = Stretch(stretch.age, np.vstack((stretch.figures, np.ones(len(stretch.age)))), stretch.waves)
    assert counted_bpm(count_times(26), two, posterior / posterior.sum(), 15.0) == pytest.approx(14, abs=0.3)
