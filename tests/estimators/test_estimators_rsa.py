from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.hearts import Heart, asked, by_name, from_intervals, person, told
from tidehold.estimators.breathing import BreathingEstimator
from tidehold.estimators.rate_tracker import RATES_BPM, RateTracker
from tidehold.estimators.rr_cleaning import Beat, Flag, RrCleaner
from tidehold.estimators.rsa import RSA_MS, RsaChannel
from tidehold.records import Estimate, HostNs, Values
from tidehold.units import NS


def channel_of(heart: Heart) -> RsaChannel:
    channel, cleaner = RsaChannel(), RrCleaner()
    for t, rr_s in zip(heart.times.tolist(), heart.rr_s.tolist(), strict=True):
        for beat in cleaner.push(HostNs(t), rr_s):
            channel.add(beat)
    return channel


def looked(heart: Heart) -> Values:
    """The evidence at the heart's last beat."""
    evidence = channel_of(heart).evidence(HostNs(int(heart.times[-1])))
    assert evidence is not None
    return evidence.log_likelihood


def steady(rate_bpm: float, rr_s: float = 0.8, rsa_s: float = 0.02, seconds: float = 40) -> Heart:
    """A sinusoid in RR and hardly anything else."""
    dice = np.random.default_rng(0)
    n = int(seconds / rr_s)
    wave = np.sin(np.arange(n) * rr_s * rate_bpm * 2 * np.pi / 60)
    return from_intervals(rr_s + rsa_s * wave + dice.normal(0, 0.002, n))


@pytest.mark.parametrize("rate_bpm", [5, 6, 9, 14, 20, 27, 33])
def test_the_evidence_peaks_at_the_rate(rate_bpm: float) -> None:
    evidence = looked(steady(rate_bpm))
    assert RATES_BPM[evidence.argmax()] == pytest.approx(rate_bpm, abs=0.4 if rate_bpm < 10 else 0.5)
    assert evidence.max() > 3


FITTED_BPM = RATES_BPM[::2]
"""The others lie between."""


def ordinary(heart: Heart, rates_bpm: Values) -> Values:
    """Log evidence of each rate by numpy's own fits: line taken out, one sinusoid put in."""
    t = (heart.times - heart.times[-1]) / NS
    changes, at = np.diff(heart.rr_s), t[1:]
    changes, at = changes[at >= -22], at[at >= -22]
    trend = np.polynomial.Polynomial.fit(at, changes, 1, w=np.sqrt(np.exp(at / 5)))
    residual = changes - trend(at)
    reach = 3 * np.median(np.abs(residual - np.median(residual)))
    residual = np.clip(residual, np.median(residual) - reach, np.median(residual) + reach)
    evidence = []
    for rate in rates_bpm:
        weights = np.exp(at / max(5, 0.6 * 60 / rate))
        phase, root = at * rate * 2 * np.pi / 60, np.sqrt(weights)
        basis = np.stack((np.cos(phase), np.sin(phase)), axis=1) * root[:, None]
        fitted = basis @ np.linalg.lstsq(basis, residual * root)[0]
        explained = (fitted**2).sum() / (weights * residual**2).sum()
        free = weights.sum() ** 2 / (weights**2).sum() - 4
        evidence.append(-0.5 * free * np.log(1 - explained))
    return np.array(evidence)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_evidence_is_that_of_an_ordinary_weighted_fit(seed: int) -> None:
    heart = person(15, 60, seed)
    whole, expected = looked(heart), ordinary(heart, FITTED_BPM)
    said, between = whole[::2], whole[1:-1:2]
    seen = (FITTED_BPM > 8.5) & (0.94 * 30 / heart.rr_s[-12:].mean() > FITTED_BPM)
    assert said[seen] == pytest.approx(expected[seen], abs=1e-6)
    assert np.all(said[FITTED_BPM <= 8.5] >= expected[FITTED_BPM <= 8.5] - 1e-6)
    assert between[seen[1:] & seen[:-1]] == pytest.approx(((said[1:] + said[:-1]) / 2)[seen[1:] & seen[:-1]])


@pytest.mark.parametrize(("beats", "turn"), [(54, 0.0), (50, np.pi / 2), (62, np.pi / 2)])
def test_slow_breathing_may_have_a_second_harmonic(beats: int, turn: float) -> None:
    """As strong as the first in the changes, as of a quick inhalation: without it the rate loses to its double."""
    phase = 2 * np.pi * 6 / 60 * 0.8 * np.arange(beats)
    heart = from_intervals(0.8 + 0.03 * np.sin(phase) + 0.015 * np.sin(2 * phase + turn))
    said, plain = looked(heart), ordinary(heart, RATES_BPM)
    assert RATES_BPM[plain.argmax()] == pytest.approx(12, abs=0.5)
    assert RATES_BPM[said.argmax()] == pytest.approx(6, abs=0.2)
    six = int(np.argmin(np.abs(RATES_BPM - 6)))
    assert said[six] > plain[six] + 1


@pytest.mark.parametrize(("rr_s", "limit_bpm"), [(0.6, 47.5), (1.0, 28.5), (1.4, 20.36)])
def test_nothing_speaks_for_breathing_above_half_the_heart_rate(rr_s: float, limit_bpm: float) -> None:
    heart = steady(14, rr_s)
    channel = channel_of(heart)
    evidence = channel.evidence(HostNs(int(heart.times[-1])))
    assert evidence is not None
    assert channel.limit_bpm == pytest.approx(limit_bpm, rel=0.02)
    assert np.all(evidence.log_likelihood[channel.limit_bpm < RATES_BPM] <= -1)


def test_the_weaker_rsa_is_the_less_it_counts() -> None:
    strong, weak = looked(steady(12, rsa_s=0.04)), looked(steady(12, rsa_s=0.004))
    assert weak.max() < 0.25 * strong.max()
    assert not channel_of(steady(12, rsa_s=0.04)).strength_s
    heart = steady(12, rsa_s=0.004)
    channel = channel_of(heart)
    channel.evidence(HostNs(int(heart.times[-1])))
    assert channel.is_weak
    assert 0.001 < channel.strength_s < 0.006


def test_constant_rr_says_nothing() -> None:
    assert looked(from_intervals([0.8] * 60)) == pytest.approx(np.zeros(len(RATES_BPM)))


def test_eight_changes_are_the_least_and_old_ones_are_not_looked_at_again() -> None:
    heart = steady(14)
    newest = int(heart.times[8])
    assert channel_of(Heart(heart.times[:8], heart.rr_s[:8])).evidence(HostNs(int(heart.times[7]))) is None
    channel = channel_of(Heart(heart.times[:9], heart.rr_s[:9]))
    assert channel.evidence(HostNs(newest)) is not None
    assert channel.evidence(HostNs(newest + 5 * NS)) is not None
    assert channel.evidence(HostNs(newest + 5 * NS + 1)) is None
    assert RsaChannel().evidence(HostNs(0)) is None


def test_stray_beats_and_pauses_give_no_change() -> None:
    heart = steady(14)
    channel = channel_of(heart)
    before = channel.evidence(HostNs(int(heart.times[-1])))
    channel.add(Beat(HostNs(int(heart.times[-1]) + NS), 0.3, 1, Flag.STRAY, follows=False))
    channel.add(Beat(HostNs(int(heart.times[-1]) + 5 * NS), 0.9, 1, Flag.CLEAN, follows=False))
    after = channel.evidence(HostNs(int(heart.times[-1])))
    assert before is not None
    assert after is not None
    assert np.array_equal(before.log_likelihood, after.log_likelihood)


def test_a_split_interval_changes_the_evidence_little() -> None:
    """The mean of two beats, in their middle, is nearly what the two would have said."""
    heart = person(12, 60, seed=4)
    rr = heart.rr_s.tolist()
    rr[-15:-13] = [rr[-15] + rr[-14]]
    whole, split = looked(heart), looked(from_intervals(rr))
    assert abs(RATES_BPM[whole.argmax()] - RATES_BPM[split.argmax()]) < 0.5
    assert np.corrcoef(whole, split)[0, 1] > 0.97


def test_hours_of_beats_are_looked_at_like_the_last_minute_alone() -> None:
    heart = person(15, 3600, seed=5)
    late = Heart(heart.times[-80:], heart.rr_s[-80:])
    assert looked(heart) == pytest.approx(looked(late), abs=1e-6)


@pytest.mark.parametrize("rate_bpm", [6, 11, 17, 24])
def test_breaths_are_counted_though_the_tracker_is_off(rate_bpm: float) -> None:
    heart = steady(rate_bpm, seconds=60)
    channel, tracker = channel_of(heart), RateTracker()
    for off in (0.92, 1.0, 1.08):
        near = np.exp(-0.5 * ((np.log(RATES_BPM) - np.log(rate_bpm * off)) / 0.03) ** 2)
        tracker.posterior = near / near.sum()
        counted = channel.counted_bpm(tracker.posterior, rate_bpm * off)
        assert counted == pytest.approx(rate_bpm, abs=0.35)


def test_a_mean_of_unequal_breaths_is_counted_not_the_rate_of_most() -> None:
    """Four breaths of 4 s and one of 8 s in turn: 12.5 a minute in all, though most are of 15."""
    place, cycle = np.arange(0, 90, 0.7), 24.0
    within = place % cycle
    breaths = np.where(within < 16, within / 4, 4 + (within - 16) / 8) + 5 * (place // cycle)
    heart = from_intervals(0.7 + 0.03 * np.sin(2 * np.pi * breaths))
    channel = channel_of(heart)
    posterior = np.exp(-0.5 * ((np.log(RATES_BPM) - np.log(15)) / 0.08) ** 2)
    counted = channel.counted_bpm(posterior / posterior.sum(), 15.0)
    assert 12 < counted < 14.75


def test_without_beats_the_count_is_the_tracker_s_rate() -> None:
    assert RsaChannel().counted_bpm(RateTracker().posterior, 13.5) == 13.5


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("rate_bpm", "rsa_s"), [(6, 0.1), (9, 0.04), (14, 0.02), (14, 0.1), (18, 0.04), (22, 0.04)])
def test_the_amplitude_of_rsa_is_from_peak_to_trough(rate_bpm: float, rsa_s: float, seed: int) -> None:
    """Beside blood pressure waves of 30 ms, which at 6 a minute are in the same place."""
    swing_s = channel_of(person(rate_bpm, 80, seed, rsa_s=rsa_s)).swing_s(rate_bpm)
    assert swing_s == pytest.approx(2 * rsa_s, rel=0.2)


def test_an_amplitude_has_the_rate_s_confidence_or_a_reason() -> None:
    heart = steady(12, rsa_s=0.04)
    channel, now = channel_of(heart), HostNs(int(heart.times[-1]))
    channel.evidence(now)

    def at(rate_bpm: float | None, why: str = "") -> Estimate:
        return Estimate(now, "breathing/rate_bpm", rate_bpm, 0.8, why)

    said = channel.amplitude(now, at(12.0))
    assert (said.name, said.quality, said.why) == (RSA_MS, 0.8, "")
    assert said.value == pytest.approx(80, rel=0.05)
    assert channel.amplitude(now, at(None, "no ECG")) == Estimate(now, RSA_MS, None, 0.8, "no ECG")
    assert channel.amplitude(now, at(12.0), "no skin contact").why == "no skin contact"
    assert channel.amplitude(now, at(39.0)).why == "breathing above half the heart rate cannot be seen in RR"
    assert RsaChannel().amplitude(now, at(12.0)).why == "too few clean heartbeats"


def test_it_is_said_with_the_breathing_rate() -> None:
    said = by_name(asked(BreathingEstimator(), told(person(14, 70, seed=1, rsa_s=0.03)), range(70)), RSA_MS)
    assert said[0].why.startswith("collecting heartbeats: ")
    assert said[-1].value == pytest.approx(60, rel=0.15)
    assert said[-1].quality > 0.5
