"""ECG-derived respiration: what the size of the heartbeats in the ECG says about the breathing rate.

Breathing turns the heart under the electrodes and fills the chest with air, so
that with each breath the QRS grows and shrinks (Moody 1985). Three figures of
each beat are looked at: the size of the whole QRS, which noise spares, as it is
a mean over 120 ms; its swing from R to S; and the level just before it, which
the chest itself moves. Each gives a row of log evidence, one without breathing
in it a flat one; the rows are added up, weighed. Unlike changes of RR, sizes
are taken as they are: differences would be mostly noise.

Noise makes a beat larger, and bursts of it come and go like breaths. So a beat
that does not look like the others, or lies in more noise than they do, does
not count, and all count for less where there is much noise.

How to fuse it with RSA: the rows of both go into one `RateTracker.step`. Each
channel then counts the breaths of the last half minute, `counted_bpm(posterior,
rate_bpm)`; the answer is the mean of the two, weighed by how much each says
now.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from tidehold.estimators.contract import stream_kind
from tidehold.estimators.periodogram import (
    NYQUIST,
    SPAN_S,
    WINDOW_S,
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
from tidehold.estimators.r_peaks import REACH, RPeak, RPeaks
from tidehold.estimators.rate_tracker import RATES_BPM, Evidence
from tidehold.records import Gap, HostNs, Sample, Values
from tidehold.units import NS

_STALE_S: Final = 6.0
"""A newest beat older than this has been looked at enough; beats are found up to 1.5 s late."""
_FADE: Final = fade(7.0)
_COUNT_S: Final = 26.0
_COUNT_AT: Final = count_times(_COUNT_S)
_WEAK: Final = 0.003
"""Of the swing. Below this median deviation EDR counts for less; 0.004 is the least of the people on record."""
_NOISIER: Final = 2.0
_QUIET: Final = 0.1
"""A beat with more noise than that, and than twice the noise of the median beat, does not count."""
_LEAST_QUIET: Final = 8
_ROUGH: Final = 0.1
"""Share of the beat that noise has: above, EDR counts for less."""
_NOISY: Final = 0.3
"""Share of the beat that noise may have: above, one beat in ten is not found."""
_QRS: Final = slice(REACH - 31, REACH + 32)
"""60 ms to both sides of the R peak."""
_TIP: Final = slice(REACH - 4, REACH + 5)
_AFTER: Final = slice(REACH, REACH + 36)
"""70 ms, in which S lies."""
_LEVEL: Final = slice(0, 16)
"""Between P and Q: 92 to 62 ms before the R peak."""
_SERIES: Final = 3
_SAYS: Final[Values] = np.array([[0.7], [0.7], [0.3]])
"""How much of their evidence counts: size and swing say much the same, the level tells of every movement."""
_LEARN: Final = 0.1
"""Share of a beat in what beats usually look like."""
_LEAST_ALIKE: Final = 0.85
"""Correlation with that, below which a beat is another kind of beat, or something moved."""
_TINY: Final = 1e-30


class EdrChannel:
    """Evidence on the breathing rate from the samples of an ECG of 130 Hz.

    `heard`: there has been ECG; `why`: the reason for which there was no evidence at the last look, "" if there was
    some; `strength`: median deviation of a beat's size at the last look, in swings of the QRS;
    `limit_bpm`: fastest breathing that the heart rate lets through.
    """

    def __init__(self) -> None:
        self.heard = False
        self.why = "no ECG"
        self.strength = 0.0
        self.limit_bpm = float(RATES_BPM[-1])
        self._peaks = RPeaks()
        self._clearest = 0
        self._usual: Values | None = None
        self._series = BeatSeries(_SERIES + 1)
        self._origin: HostNs | None = None
        self._newest = HostNs(0)

    @property
    def is_weak(self) -> bool:
        """Whether breathing moved the QRS so little at the last look that the evidence counted for less."""
        return self.strength < _WEAK

    def update(self, sample: Sample) -> None:
        """Take the samples of one frame of "ecg", in V; others are ignored."""
        if stream_kind(sample.stream) != "ecg" or not len(sample.times):
            return
        self.heard = True
        for peak in self._peaks.update(sample.times, sample.values.reshape(len(sample.times), -1)[:, 0]):
            self._add(peak)

    def gap(self, gap: Gap) -> None:
        """Break the series of samples where some are missing."""
        if stream_kind(gap.stream) == "ecg":
            self._peaks.reset()

    def _add(self, peak: RPeak) -> None:
        if self._origin is None:
            self._origin = self._newest = peak.time
        elif peak.time <= self._newest:
            return
        self._newest = peak.time
        shape = peak.shape[_QRS]
        shape = shape - np.add.reduce(shape) / len(shape)
        if self._usual is None:
            self._usual = shape
        usual = self._usual
        power, usual_power, alike = _product(shape, shape), _product(usual, usual), _product(shape, usual)
        self._usual = (1 - _LEARN) * usual + (_LEARN * min(1.0, (usual_power / max(power, _TINY)) ** 0.5)) * shape
        if alike < _LEAST_ALIKE * (power * usual_power) ** 0.5:
            return
        size = (power / len(shape)) ** 0.5
        swing = float(np.maximum.reduce(peak.shape[_TIP]) - np.minimum.reduce(peak.shape[_AFTER]))
        level = float(np.add.reduce(peak.shape[_LEVEL])) / (_LEVEL.stop - _LEVEL.start)
        self._series.add((peak.time - self._origin) / NS, (size, swing, level, peak.noise))

    def evidence(self, now: HostNs) -> Evidence | None:
        """Log evidence for a sinusoid of each rate in what breathing does to the QRS.

        None, with the reason in `why`, where nothing can be said: too few beats in 22 s, none of late, or noise.
        """
        stretch = self._series.last(WINDOW_S)
        self.why = self.silence(now)
        if self.why:
            return None
        if stretch is None:
            self.why = "too few clean heartbeats in the ECG"
            return None
        age, figures, waves = stretch
        _, swing, _, noise = medians(figures)[:, 0].tolist()
        if noise > _NOISY or swing <= 0:
            self.why = f"ECG too noisy ({100 * noise:.0f} %)"
            return None
        self.limit_bpm = NYQUIST * 30 / float(medians(age[1:] - age[:-1])[0])
        quiet = (figures[-1] <= max(_NOISIER * noise, _QUIET)).astype(np.float64)
        if quiet.sum() < _LEAST_QUIET:
            self.why = "ECG too noisy of late"
            return None
        weights = faded(_FADE, age, quiet)
        series, deviations = clipped(detrended(age, figures[:_SERIES] / swing, weights[:, -1]))
        self.strength = float(deviations[0, 0])
        trust = _SAYS * min(1.0, _ROUGH / max(noise, _ROUGH)) * np.minimum(deviations / _WEAK, 1) ** 2
        rows = trust * log_likelihoods(_FADE, weights, series, waves)
        self._clearest = int((rows.max(axis=1) - rows.mean(axis=1)).argmax())
        log_likelihood: Values = rows.sum(axis=0)
        hide(log_likelihood, self.limit_bpm)
        return Evidence(log_likelihood, SPAN_S)

    def silence(self, now: HostNs) -> str:
        """Why nothing can be said now, whatever was seen before; "" if something can."""
        if not self.heard:
            return "no ECG"
        if self._origin is None:
            return "no heartbeats in the ECG yet"
        silent_s = (now - self._newest) / NS
        return f"no heartbeats in the ECG for {silent_s:.0f} s" if silent_s > _STALE_S else ""

    def counted_bpm(self, posterior: Values, rate_bpm: float) -> float:
        """Mean rate of the last 26 s, as a breath counter gives it (see `periodogram.counted_bpm`)."""
        stretch = self._series.last(_COUNT_S)
        if stretch is None:
            return rate_bpm
        age, figures, waves = stretch
        figures = np.array([figures[self._clearest], np.ones(len(age))])
        return counted_bpm(_COUNT_AT, Stretch(age, figures, waves), posterior, rate_bpm)


def _product(one: Values, other: Values) -> float:
    """Sum of products of two series (n,); einsum, not "@": that is BLAS, whose order of summation is not ours."""
    return float(np.einsum("n,n->", one, other))
