"""Respiratory sinus arrhythmia: what the changes between RR intervals say about the breathing rate.

RR shortens with every inhalation. The channel fits a sinusoid of every rate of
the grid to the changes of RR at the beat times themselves (weighted least
squares, no resampling). Changes, not intervals: blood pressure waves at 4 to 7
per minute are often larger than RSA, and differencing puts them in their place.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from tidehold.estimators.rate_tracker import LN_RATES, OCTAVE, RATES_BPM, Evidence
from tidehold.estimators.rr_cleaning import Beat, Flag
from tidehold.records import HostNs, Values
from tidehold.units import NS

_WINDOW_S: Final = 22.0
_FADE_S: Final = 5.0
_FADE_BREATHS: Final = 0.6
_LEAST_CHANGES: Final = 8
_MOST_SPAN: Final = 4.0
"""Beats that may lie between two intervals whose change is still used."""
_CLIP: Final = 3.0
"""Changes are clipped at so many median absolute deviations: an ectopic beat that got through is no breath."""
_SPAN_S: Final = 23.0
"""Over which the tracker counts a look once: a little less weight than the window's length alone would give."""
_WEAK_S: Final = 0.006
"""Below this median change RSA fades out; 12 ms is the lowest seen in a healthy person, 3 ms in a ventilated one."""
_NYQUIST: Final = 0.95
"""Of half the heart rate: faster breathing folds to heart rate minus breathing rate (Gersten 1999)."""
_HEART_BEATS: Final = 12
_SLOW_BPM: Final = 8.5
"""Below, breathing is uneven (4 s in, 6 s out; pauses) and the second harmonic belongs to it."""
_LEAST_FIRST: Final = 0.5
_HARMONIC_PENALTY: Final = 4.0
_COUNT_S: Final = 30.0
_COUNT_STEP_S: Final = 2.0
_COUNT_BREATHS: Final = 0.7
_COUNT_REACH: Final = 0.5
_COUNT_STRIDE: Final = 4
_COUNT_SHARPEN: Final = 3
_KEPT: Final = 256
"""Changes kept; twice what 32 s hold at 240 beats/min."""


class Change(NamedTuple):
    """A change of RR: `t` its beat, `rr_s` the new interval, `change_s` from the one before, `span` beats apart."""

    t: HostNs
    rr_s: float
    change_s: float
    span: float


class RsaChannel:
    """Evidence on the breathing rate from cleaned heartbeats.

    Cosine and sine of every rate are worked out once per beat, relative to the
    channel's first beat: a fit does not care about a common phase.
    """

    def __init__(self) -> None:
        self.strength_s = 0.0
        """Median absolute change of RR at the last look."""
        self.limit_bpm = float(RATES_BPM[-1])
        """Fastest breathing that the heart rate lets through, at the last look."""
        self._origin: HostNs | None = None
        self._before: tuple[float, float] | None = None
        self._kept = 0
        self._times = np.zeros(_KEPT, np.int64)
        self._figures = np.zeros((_KEPT, 3))  # rr_s, change_s, span
        self._waves = np.zeros((2, _KEPT, len(RATES_BPM)))  # cos, sin

    def reset(self) -> None:
        """Break the series: no change across this point."""
        self._before = None

    def add(self, beat: Beat) -> None:
        """Take a settled beat; several joined ones are their mean, in their middle."""
        if beat.flag is Flag.STRAY:
            return
        if self._origin is None:
            self._origin = beat.t
        at_s = (beat.t - self._origin) / NS - (beat.beats - 1) / 2 * beat.rr_s
        if self._before is not None:
            before_s, before_rr_s = self._before
            span = 2 * (at_s - before_s) / (beat.rr_s + before_rr_s)
            if span <= _MOST_SPAN:
                self._keep(beat.t, at_s, (beat.rr_s, beat.rr_s - before_rr_s, span))
        self._before = (at_s, beat.rr_s)
