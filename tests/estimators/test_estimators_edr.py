"""The EDR channel: what it says of breathing that shows in the ECG, and when it says nothing."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.cardiograms import STREAM, Ecg, ecg, told
from tidehold.estimators.edr import EdrChannel
from tidehold.estimators.rate_tracker import RATES_BPM, Evidence, RateTracker
from tidehold.records import Gap, HostNs, Sample, Values
from tidehold.units import NS

DAYS = 9 * 86_400 * NS + 12_345_678_901


def heard(series: Ecg, *, every: int = 73, shift: int = 0) -> EdrChannel:
    channel = EdrChannel()
    for sample in told(series, every=every):
        channel.update(Sample(HostNs(sample.t + shift), sample.stream, sample.times + shift, sample.values))
    return channel


def at(seconds: float, shift: int = 0) -> HostNs:
    return HostNs(round(seconds * NS) + shift)


def evidence(series: Ecg, seconds: float) -> Evidence:
    said = heard(series).evidence(at(seconds))
    assert said is not None
    return said


def best_bpm(said: Evidence) -> float:
    return float(RATES_BPM[said.log_likelihood.argmax()])


def clear(said: Evidence) -> float:
    """How far the best rate stands out."""
    return float(said.log_likelihood.max() - np.median(said.log_likelihood))


@pytest.mark.parametrize("rate_bpm", [6, 9, 15, 22, 30])
def test_breathing_that_changes_the_qrs_is_found(rate_bpm: float) -> None:
    said = evidence(ecg(40, rate_bpm=rate_bpm, noise=0.02), 40)
    assert best_bpm(said) == pytest.approx(rate_bpm, rel=0.08)
    assert clear(said) > 5


def test_breathing_that_moves_the_level_alone_is_found() -> None:
    said = evidence(ecg(40, rate_bpm=15, size=0, level=0.1), 40)
    assert best_bpm(said) == pytest.approx(15, rel=0.06)


@pytest.mark.parametrize("scale", [-1.0, 1e3])
def test_polarity_and_unit_do_not_matter(scale: float) -> None:
    series = ecg(40, rate_bpm=15, noise=0.02)
    other = Ecg(series.times, series.volts * scale, series.beats)
    assert np.allclose(evidence(series, 40).log_likelihood, evidence(other, 40).log_likelihood, rtol=1e-6, atol=1e-6)


def test_a_heart_that_breathing_does_not_change_says_next_to_nothing() -> None:
    series = ecg(40, size=0, noise=0.0005)
    channel = heard(series)
    said = channel.evidence(at(40))
    assert said is not None
    assert channel.is_weak
    assert clear(said) < 2


def test_breathing_above_half_the_heart_rate_is_not_claimed() -> None:
    channel = heard(ecg(40, rate_bpm=35, rr_s=1.0, noise=0.005))
    said = channel.evidence(at(40))
    assert said is not None
    assert channel.limit_bpm == pytest.approx(28.5, rel=0.05)
    beyond = channel.limit_bpm < RATES_BPM
    assert (said.log_likelihood[beyond] < 0).all()


def test_one_blow_does_not_move_the_answer() -> None:
    series = ecg(40, rate_bpm=15, noise=0.02)
    volts = series.volts.copy()
    volts[(series.times > 33 * NS) & (series.times < 33.3 * NS)] *= 5
    assert best_bpm(evidence(Ecg(series.times, volts, series.beats), 40)) == pytest.approx(15, rel=0.06)


def test_bursts_of_noise_are_not_taken_for_slow_breathing() -> None:
    series = ecg(60, rate_bpm=15, noise=0.02)
    t = series.times / NS
    noise = np.random.default_rng(5).normal(0, 4e-4, len(t))
    rough = Ecg(series.times, series.volts + np.where(np.sin(2 * np.pi * t / 11) > 0.8, noise, 0), series.beats)
    assert best_bpm(evidence(rough, 60)) == pytest.approx(15, rel=0.06)


def test_beats_of_another_kind_do_not_count() -> None:
    series = ecg(60, rate_bpm=15, noise=0.01)
    t, volts = series.times / NS, series.volts.copy()
    for at_s in series.beats[4::7]:
        near = np.abs(t - at_s) < 0.12
        volts[near] = 1.5e-3 * np.sin(2 * np.pi * 8 * (t[near] - at_s))
    said = evidence(Ecg(series.times, volts, series.beats), 60)
    assert best_bpm(said) == pytest.approx(15, rel=0.06)
    assert clear(said) > 5


def test_breaths_are_counted() -> None:
    series = ecg(60, rate_bpm=15, noise=0.02)
    channel, tracker = EdrChannel(), RateTracker()
    frames = told(series)
    for second in range(61):
        while frames and frames[0].t <= second * NS:
            channel.update(frames.pop(0))
        said = channel.evidence(at(second))
        tracker.step(1.0, [said] if said else [])
    assert tracker.rate_bpm() == pytest.approx(15, abs=0.4)
    assert channel.counted_bpm(tracker.posterior, tracker.rate_bpm()) == pytest.approx(15, abs=0.3)


def test_without_beats_nothing_is_counted() -> None:
    assert EdrChannel().counted_bpm(RateTracker().posterior, 13.0) == 13.0


class TestSilence:
    """Why there is no evidence."""

    def why(self, channel: EdrChannel, seconds: float) -> str:
        assert channel.evidence(at(seconds)) is None
        return channel.why

    def test_no_ecg(self) -> None:
        channel = EdrChannel()
        assert self.why(channel, 10) == "no ECG"
        assert not channel.heard

    def test_other_streams_are_no_ecg(self) -> None:
        channel = EdrChannel()
        channel.update(Sample(HostNs(0), "strap/rr", np.array([0], np.int64), np.array([0.8])))
        assert self.why(channel, 10) == "no ECG"

    def test_a_flat_line(self) -> None:
        series = ecg(20)
        channel = heard(Ecg(series.times, series.volts * 0, series.beats))
        assert channel.heard
        assert self.why(channel, 20) == "no heartbeats in the ECG yet"

    def test_too_few_beats(self) -> None:
        assert self.why(heard(ecg(7)), 7) == "too few clean heartbeats in the ECG"

    def test_beats_of_long_ago(self) -> None:
        assert self.why(heard(ecg(40)), 50).startswith("no heartbeats in the ECG for 1")

    def test_noise(self) -> None:
        series = ecg(40)
        volts: Values = np.random.default_rng(3).normal(0, 1e-3, len(series.volts))
        assert self.why(heard(Ecg(series.times, volts, series.beats)), 40) == "too few clean heartbeats in the ECG"

    def test_noise_between_beats(self) -> None:
        series = ecg(40)
        dice, beat = np.random.default_rng(4), np.zeros(len(series.times), bool)
        for at_s in series.beats:
            beat |= np.abs(series.times / NS - at_s) < 0.1
        volts = series.volts + np.where(beat, 0.0, dice.normal(0, 4e-4, len(beat)))
        assert self.why(heard(Ecg(series.times, volts, series.beats)), 40).startswith("ECG too noisy (")

    def test_none_once_there_is_evidence(self) -> None:
        channel = heard(ecg(40))
        assert channel.evidence(at(40)) is not None
        assert channel.why == ""


def test_evidence_comes_back_after_a_gap() -> None:
    series = ecg(120, rate_bpm=15, noise=0.02)
    channel = EdrChannel()
    for sample in told(series):
        if sample.t < 40 * NS or sample.t > 70 * NS:
            channel.update(sample)
        elif sample.t < 41 * NS:
            assert channel.evidence(at(60)) is None
            channel.gap(Gap(HostNs(70 * NS), STREAM, at(40), at(70), None, "link lost"))
    said = channel.evidence(at(120))
    assert said is not None
    assert best_bpm(said) == pytest.approx(15, rel=0.06)


@pytest.mark.parametrize("every", [1, 50, 1000])
def test_how_samples_are_cut_into_frames_does_not_matter(every: int) -> None:
    series = ecg(26)
    other = heard(series, every=every).evidence(at(26))
    assert other is not None
    assert (evidence(series, 26).log_likelihood == other.log_likelihood).all()


def test_shifting_every_time_changes_nothing() -> None:
    series = ecg(26)
    later = heard(series, shift=DAYS).evidence(at(26, DAYS))
    assert later is not None
    assert (evidence(series, 26).log_likelihood == later.log_likelihood).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300, 0.0])
def test_what_is_no_voltage_does_no_harm(value: float) -> None:
    series = ecg(40, rate_bpm=15, noise=0.02)
    volts = series.volts.copy()
    volts[1500:1530] = value
    said = evidence(Ecg(series.times, volts, series.beats), 40)
    assert np.isfinite(said.log_likelihood).all()
    assert best_bpm(said) == pytest.approx(15, rel=0.06)
