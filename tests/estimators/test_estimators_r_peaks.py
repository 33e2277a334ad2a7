"""R peaks: which beats are found, how well they are placed, and that nothing else matters."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.cardiograms import Ecg, ecg
from tidehold.estimators.r_peaks import REACH, RPeak, RPeaks
from tidehold.records import Values
from tidehold.units import NS

DAYS = 9 * 86_400 * NS + 12_345_678_901


def found(series: Ecg, *, every: int = 73, shift: int = 0, scale: float = 1.0) -> list[RPeak]:
    peaks = RPeaks()
    return [
        peak
        for i in range(0, len(series.times), every)
        for peak in peaks.update(series.times[i : i + every] + shift, series.volts[i : i + every] * scale)
    ]


def seconds(peaks: list[RPeak]) -> Values:
    return np.array([peak.time / NS for peak in peaks])


def missed_and_extra(peaks: list[RPeak], beats: Values, end_s: float) -> tuple[int, int]:
    """Of the beats before `end_s`, within 50 ms."""
    at, real = seconds(peaks), beats[beats < end_s]
    apart = np.abs(at[:, None] - beats[None])
    return int((apart[:, : len(real)].min(axis=0) > 0.05).sum()), int((apart.min(axis=1) > 0.05).sum())


def changed(series: Ecg, volts: Values) -> Ecg:
    return Ecg(series.times, volts, series.beats)


@pytest.mark.parametrize("rr_s", [0.34, 0.6, 0.85, 1.5, 1.9])
def test_every_beat_is_found_and_nothing_else(rr_s: float) -> None:
    series = ecg(60, rr_s=rr_s)
    assert missed_and_extra(found(series), series.beats, 58) == (0, 0)


@pytest.mark.parametrize("hz", [129.0, 130.0, 131.0])
def test_a_beat_is_placed_to_the_millisecond(hz: float) -> None:
    series = ecg(60, noise=0.002, hz=hz)
    at = seconds(found(series))
    off = at - series.beats[np.abs(at[:, None] - series.beats[None]).argmin(axis=1)]
    assert np.abs(off).max() < 0.0015


@pytest.mark.parametrize("scale", [-1.0, 1e3, -1e-2])
def test_polarity_and_unit_do_not_matter(scale: float) -> None:
    series = ecg(30)
    one, other = found(series), found(series, scale=scale)
    assert np.abs(seconds(one) - seconds(other)).max() < 1e-6
    assert all(np.allclose(a.shape * abs(scale), b.shape) for a, b in zip(one, other, strict=True))


def test_where_samples_lie_between_beats_is_not_read_as_amplitude() -> None:
    series = ecg(60, size=0, noise=0)
    tips = np.array([peak.shape[REACH - 2 : REACH + 3].max() for peak in found(series)])
    raw = np.array([series.volts[np.abs(series.times / NS - beat) < 0.01].max() for beat in series.beats])
    assert tips.std() < raw.std() / 4


def test_wander_tall_t_waves_and_noise_are_no_beats() -> None:
    series = ecg(60, noise=0.06)
    t = series.times / NS
    t_waves = sum(0.8 * np.exp(-0.5 * ((t - beat - 0.24) / 0.045) ** 2) for beat in series.beats)
    rough = changed(series, series.volts + 1e-3 * (t_waves + 2 * np.sin(2 * np.pi * 0.2 * t)))
    assert missed_and_extra(found(rough), series.beats, 58) == (0, 0)


def test_a_small_beat_is_found_once_the_next_is_overdue() -> None:
    series = ecg(40, size=0)
    t = series.times / NS
    small = changed(series, np.where(np.abs(t - series.beats[30]) < 0.3, 0.35, 1.0) * series.volts)
    assert missed_and_extra(found(small), series.beats, 38) == (0, 0)


def test_a_blow_costs_few_beats_and_a_new_size_is_learnt() -> None:
    series = ecg(60)
    t = series.times / NS
    factor = np.where(t < 20, 1.0, 6.0)
    factor[np.abs(t - 40) < 0.05] = 300.0
    peaks = found(changed(series, factor * series.volts))
    missed, extra = missed_and_extra(peaks, series.beats, 58)
    assert missed <= 6
    assert extra <= 1


def test_noise_is_told() -> None:
    quiet, rough = found(ecg(30, noise=0.005)), found(ecg(30, noise=0.15))
    assert np.median([peak.noise for peak in quiet]) < 0.05
    assert np.median([peak.noise for peak in rough]) > 0.15


@pytest.mark.parametrize("every", [1, 7, 64, 65, 1000])
def test_how_samples_are_cut_into_frames_does_not_matter(every: int) -> None:
    series = ecg(20)
    for one, other in zip(found(series), found(series, every=every), strict=True):
        assert one.time == other.time
        assert one.noise == other.noise
        assert (one.shape == other.shape).all()


def test_shifting_every_time_shifts_the_beats() -> None:
    series = ecg(20)
    assert [peak.time + DAYS for peak in found(series)] == [peak.time for peak in found(series, shift=DAYS)]


def test_beats_come_back_after_a_hole_and_none_spans_it() -> None:
    series = ecg(60)
    kept = (series.times < 30 * NS) | (series.times > 31.2 * NS)
    holed = Ecg(series.times[kept], series.volts[kept], series.beats)
    peaks = found(holed)
    assert peaks == [] or not ((seconds(peaks) > 30) & (seconds(peaks) < 31.2)).any()
    outside = series.beats[(series.beats < 29) | (series.beats > 32)]
    assert missed_and_extra(peaks, outside[outside < 58], 58)[0] == 0
    for one, other in zip(peaks, found(holed, every=11), strict=True):
        assert one.time == other.time


def test_what_is_no_number_or_comes_twice_is_left_out() -> None:
    series = ecg(20)
    volts = series.volts.copy()
    volts[1000:1003] = np.nan, np.inf, -np.inf
    times = np.concatenate((series.times[:500], series.times[490:]))
    twice = Ecg(times, np.concatenate((volts[:500], volts[490:])), series.beats)
    assert missed_and_extra(found(twice), series.beats, 18) == (0, 0)
    assert [peak.time for peak in found(twice)] == [peak.time for peak in found(twice, every=1)]


@pytest.mark.parametrize("value", [0.0, 1.0, np.nan, 1e300])
def test_a_constant_has_no_beats(value: float) -> None:
    series = ecg(20)
    assert found(changed(series, np.full_like(series.volts, value))) == []
