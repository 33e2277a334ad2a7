"""Heartbeats in the ECG of a strap: where each R peak lies, and what the ECG looks like around it.

A wavelet of the width of a QRS complex (a band of about 8 to 25 Hz) takes away
baseline and T waves; the energy of what is left has one hump per beat, of
either polarity. The tallest humps within 0.2 s are candidates; those that are
as tall as the beats before are beats. Around each, the ECG is interpolated to
520 Hz: at 130 Hz the tip of a QRS falls between two samples, and how far it
does would be read as amplitude.

Everything is done in blocks of a fixed number of samples, counted from the
first one after a break, so that it does not matter how samples come in frames.
"""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import Final, NamedTuple

import numpy as np

from tidehold.records import HostNs, Times, Values
from tidehold.units import NS

RATE_HZ: Final = 130
"""Nominal; what samples are apart is taken from their times."""
FINER: Final = 4
"""Points of the interpolated ECG to one sample."""
REACH: Final = 48
"""Points of it to both sides of an R peak: 92 ms."""

_BREAK_NS: Final = NS // 20
"""Samples farther apart than this do not belong together: six of them are missing."""
_LIMIT_V: Final = 1e6
"""Far above any strap's range, and small enough to be squared."""
_FLOOR_V: Final = 1e-9
"""Below this there is no ECG."""
_BLOCK: Final = 65
_KEPT: Final = 8 * RATE_HZ
"""Samples that are kept: a beat may be found to be one long after it."""
_WAVELET_S: Final = 0.015
_WAVELET_HALF: Final = 8
_ENERGY_HALF: Final = 6
"""The energy is that of 100 ms: one hump per beat."""
_ALONE_HALF: Final = 26
"""A candidate is the tallest within 0.2 s to both sides."""
_LATE: Final = _ALONE_HALF + _ENERGY_HALF + _WAVELET_HALF
"""Samples after a candidate that must be known to call it one."""
_SEARCH: Final = 26
"""In points, to both sides of a hump: the R peak lies there (50 ms)."""
_SINC: Final = 6
"""Samples to both sides that a point is interpolated from."""
_PIECE: Final = -(-(REACH + _SEARCH) // FINER) + _SINC
"""Samples to both sides of a hump that its interpolation needs; fewer than `_LATE`."""

_LEARN: Final = 5 * RATE_HZ
"""Samples from which the height of beats is learnt: in each half there is a beat, and rarely in both an artefact."""
_LOST: Final = 3 * RATE_HZ
"""After so long without a beat it is learnt anew."""
_MEMORY: Final = 8
"""Beats that tell how tall and how far apart beats are."""
_LEAST: Final = 0.45
"""Height of a beat, in that of the beats before it."""
_LEAST_OVERDUE: Final = 0.2
"""The same, of the tallest hump since the last beat, once the next one is overdue."""
_OVERDUE: Final = 1.6
"""In intervals."""
_MOST: Final = 3.0
"""Height above which something moved, or what were taken for beats were none."""
_TALL: Final = 2.0
"""So many tall humps of late, and the height of beats is learnt anew: three with a beat between each."""
_TALL_FADE: Final = 0.8
"""Per hump that is tall or a beat."""
_T_WAVE: Final = 0.36 * RATE_HZ
_LEAST_SOON: Final = 0.6
"""Height of a beat, in that of the one before it, within the time of its T wave."""
_QUIET: Final = 4
"""One part of so many of a block is surely between beats."""
_FADE: Final = 0.95
"""Per beat, of what is known about its polarity."""
_TURN: Final = 2.0
"""Beats of the other polarity until it is believed to have changed."""


def _wavelet() -> Values:
    """Ricker wavelet (17,): blind to level and slope."""
    x = np.arange(-_WAVELET_HALF, _WAVELET_HALF + 1) / (RATE_HZ * _WAVELET_S)
    taps = (1 - x**2) * np.exp(-0.5 * x**2)
    taps -= taps.mean()
    scaled: Values = taps / np.abs(taps).sum()
    return scaled


def _interpolation() -> Values:
    """Windowed sinc (points, samples): the ECG at `FINER` points a sample around a sample."""
    points = np.arange(-REACH - _SEARCH, REACH + _SEARCH + 1) / FINER
    apart = points[:, None] - np.arange(-_PIECE, _PIECE + 1)
    window = np.where(np.abs(apart) < _SINC, np.cos(apart * (np.pi / 2 / _SINC)) ** 2, 0)
    weights = np.sinc(apart) * window
    scaled: Values = weights / weights.sum(axis=1, keepdims=True)
    return scaled


_WAVELET_TAPS: Final = _wavelet()
_INTERPOLATION: Final = _interpolation()


class RPeak(NamedTuple):
    """A heartbeat in the ECG: the `time` of its R peak, and the ECG around it.

    `shape` (97,) in the unit of the ECG, at 520 Hz, the R peak in the middle (to half a point), turned to point up.
    `noise`: the ECG between beats as a share of that of the beat, both in the band of the QRS.
    """

    time: HostNs
    shape: Values
    noise: float


class _Hump(NamedTuple):
    """A hump of energy: `place` counts samples from the start of the series, `height` is its root."""

    place: int
    height: float
    noise: float
    tilt: float
    """-1..1: whether what makes it points down or up."""


class RPeaks:
    """Finds the R peaks of an ECG of 130 Hz as its samples come."""

    def __init__(self) -> None:
        self._newest: int | None = None
        self._level = 0.0
        self._tall = 0.0
        self._heights: deque[float] = deque(maxlen=_MEMORY)
        self._intervals: deque[int] = deque(maxlen=_MEMORY)
        self._polarity = 0.0
        self._upright = True
        self.reset()

    def reset(self) -> None:
        """Break the series: samples after this do not continue those before. What beats look like is remembered."""
        self._pending: list[tuple[Times, Values]] = []
        self._waiting = 0
        self._times: Times = np.empty(_KEPT, np.int64)
        self._values: Values = np.empty(_KEPT)
        self._end = 0  # of the last block, in samples from the start of the series
        self._since = 0  # where learning began
        self._learnt: list[_Hump] = []
        self._passed: _Hump | None = None
        self._last: _Hump | None = None

    def update(self, times: Times, values: Values) -> list[RPeak]:
        """The R peaks that samples settle: `times` (n,) ns, `values` (n,) in any unit of voltage."""
        peaks: list[RPeak] = []
        for run_times, run_values, broken in self._runs(times, values):
            if broken:
                self.reset()
            self._pending.append((run_times, run_values))
            self._waiting += len(run_times)
            while self._waiting >= _BLOCK:
                peaks += self._block()
        return peaks

    def _runs(self, times: Times, values: Values) -> list[tuple[Times, Values, bool]]:
        """Samples with rising times and finite values, cut where some are missing; and whether they follow a cut."""
        if not len(times):
            return []
        steps = times.copy()
        steps[1:] -= times[:-1]
        steps[0] = 1 if self._newest is None else times[0] - self._newest
        if steps.min() <= 0 or not np.isfinite(values).all():
            return self._runs(*self._usable(times, values))
        self._newest = int(times[-1])
        if steps.max() <= _BREAK_NS:
            return [(times, values, False)]
        cuts = np.flatnonzero(steps > _BREAK_NS)
        parts = zip(np.split(times, cuts), np.split(values, cuts), strict=True)
        return [(*part, i > 0) for i, part in enumerate(parts) if len(part[0])]

    def _usable(self, times: Times, values: Values) -> tuple[Times, Values]:
        """The samples that are numbers and later than those before."""
        finite = np.isfinite(values)
        times, values = times[finite], values[finite]
        later = np.ones(len(times), np.bool_)
        later[1:] = times[1:] > np.maximum.accumulate(times)[:-1]
        if self._newest is not None:
            later &= times > self._newest
        return times[later], values[later]

    def _block(self) -> list[RPeak]:
        """Take the next block of samples and look at the humps that can be told now."""
        times, values = self._pending[0]
        if len(self._pending) > 1:
            times = np.concatenate([part for part, _ in self._pending])
            values = np.concatenate([part for _, part in self._pending])
        self._pending = [(times[_BLOCK:], values[_BLOCK:])]
        self._waiting -= _BLOCK
        if not self._end:  # as if it had been like the first sample for ever
            self._times[:], self._values[:] = times[0], min(max(float(values[0]), -_LIMIT_V), _LIMIT_V)
        self._times[:-_BLOCK] = self._times[_BLOCK:]
        self._values[:-_BLOCK] = self._values[_BLOCK:]
        self._times[-_BLOCK:] = times[:_BLOCK]
        self._values[-_BLOCK:] = np.minimum(np.maximum(values[:_BLOCK], -_LIMIT_V), _LIMIT_V)
        self._end += _BLOCK
        peaks: list[RPeak] = []
        for hump in self._humps():
            oldest = self._end - _KEPT + _PIECE
            peaks += [self._peak(beat) for beat in self._judged(hump) if beat.place >= oldest]
        return peaks

    def _humps(self) -> list[_Hump]:
        """Humps of energy that are the tallest around, of the block that ended `_LATE` samples ago."""
        looked = self._values[-_BLOCK - 2 * _LATE :]
        band = np.einsum("k,kn->n", _WAVELET_TAPS, _shifted(looked, len(_WAVELET_TAPS)))
        energy = _shifted(band * band, 2 * _ENERGY_HALF + 1).sum(axis=0) / (2 * _ENERGY_HALF + 1)
        around = _shifted(energy, 2 * _ALONE_HALF + 1)
        middle = energy[_ALONE_HALF:-_ALONE_HALF]
        tops = np.flatnonzero((middle >= around.max(axis=0)) & (middle > _FLOOR_V**2))
        if not len(tops):
            return []
        noise = sorted(middle.tolist())[_BLOCK // _QUIET] ** 0.5
        humps: list[_Hump] = []
        for top in tops.tolist():
            height = float(middle[top]) ** 0.5
            here = band[top + _ALONE_HALF : top + _ALONE_HALF + 2 * _ENERGY_HALF + 1]
            high, low = float(here.max()), float(here.min())
            place = self._end - _BLOCK - _LATE + top
            humps.append(_Hump(place, height, noise / height, (high + low) / (high - low)))
        return humps

    def _judged(self, hump: _Hump) -> list[_Hump]:
        """The beats that are known with this hump: it, humps before it, or none."""
        heard = max(self._since, self._last.place) if self._last else self._since
        if self._level and (hump.place - heard > _LOST or self._tall > _TALL):
            self._level, self._tall, self._since, self._passed, self._last = 0.0, 0.0, hump.place, None, None
        if self._level:
            return self._beats(hump)
        self._learnt.append(hump)
        if hump.place - self._since < _LEARN:
            return []
        half = self._since + _LEARN // 2
        halves = [[each.height for each in self._learnt if (each.place < half) is early] for early in (True, False)]
        self._level = min(max(heights, default=0.0) for heights in halves)
        self._heights.clear()
        self._intervals.clear()
        learnt, self._learnt, self._since = self._learnt, [], hump.place
        if not self._level:
            return []
        return [beat for each in learnt for beat in self._beats(each)]

    def _beats(self, hump: _Hump) -> list[_Hump]:
        """The beats that are known with this hump, by the height and distance of those before."""
        level = median(self._heights) if self._heights else self._level
        beats: list[_Hump] = []
        if self._last:
            overdue = _OVERDUE * (median(self._intervals) if self._intervals else RATE_HZ)
            passed = self._passed
            if passed and hump.place - self._last.place > overdue and passed.height >= _LEAST_OVERDUE * level:
                beats.append(self._beat(passed))
            if hump.place - self._last.place < _T_WAVE and hump.height < _LEAST_SOON * self._last.height:
                return beats
        if hump.height > _MOST * level:
            self._tall = _TALL_FADE * self._tall + 1
        elif hump.height >= _LEAST * level:
            beats.append(self._beat(hump))
        elif self._passed is None or hump.height > self._passed.height:
            self._passed = hump
        return beats

    def _beat(self, hump: _Hump) -> _Hump:
        if self._last:
            self._intervals.append(hump.place - self._last.place)
        self._heights.append(hump.height)
        self._last, self._passed = hump, None
        self._tall *= _TALL_FADE
        self._polarity = _FADE * self._polarity + hump.tilt
        if len(self._heights) == 1 or abs(self._polarity) > _TURN:
            self._upright = self._polarity >= 0
        return hump

    def _peak(self, beat: _Hump) -> RPeak:
        """The R peak of a beat."""
        centre = beat.place - self._end + _KEPT
        piece = self._values[centre - _PIECE : centre + _PIECE + 1]
        fine = np.einsum("ps,s->p", _INTERPOLATION, piece if self._upright else -piece)
        tips = fine[REACH:-REACH]
        tip = min(max(int(tips.argmax()), 1), 2 * _SEARCH - 1)
        before, at, after = tips[tip - 1 : tip + 2].tolist()
        bend = before - 2 * at + after
        points = tip - _SEARCH + (min(max(0.5 * (before - after) / bend, -1.0), 1.0) if bend < 0 else 0.0)
        samples, rest = divmod(points / FINER, 1)
        left, right = self._times[centre + int(samples) : centre + int(samples) + 2].tolist()
        return RPeak(HostNs(left + round(rest * (right - left))), fine[tip : tip + 2 * REACH + 1], beat.noise)


def _shifted(values: Values, width: int) -> Values:
    """View (width, n - width + 1) of `values` (n,), each row one later than the row before."""
    step = values.itemsize
    view: Values = np.ndarray((width, len(values) - width + 1), buffer=values, strides=(step, step))
    return view
