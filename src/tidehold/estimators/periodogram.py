"""A series with one value per heartbeat: how well a sinusoid of each rate fits it, and how many breaths it counts.

What breathing does to a heartbeat (its distance from the one before, the size
of its QRS) is known at beat times only. The sinusoids are fitted right there,
by weighted least squares, without resampling (Lomb 1976); the share that they
explain gives the log evidence of each rate, for unknown amplitude, phase and
noise.

The figures below are the middle of a flat optimum on recordings of 14 people
(`python -m benchmarks.breathing`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tidehold.estimators.rate_tracker import LN_RATES, OCTAVE, RATES_BPM
from tidehold.records import Values

WINDOW_S: Final = 22.0
SPAN_S: Final = 18.5
"""Looks overlap: only after so many seconds have they said all of one look's evidence."""
NYQUIST: Final = 0.95
"""Of half the heart rate: faster breathing f shows as heart rate - f (Gersten 1999, arXiv physics/9911017)."""

_STRIDE: Final = 2
"""Waves are fitted at every second rate of the grid: half a minute cannot tell the one between from its neighbours."""
_RATES_BPM: Final[Values] = RATES_BPM[::_STRIDE]
_LN_RATES: Final[Values] = LN_RATES[::_STRIDE]
_OCTAVE: Final = OCTAVE // _STRIDE

_FADE_BREATHS: Final = 0.6
"""Weights fade by 1/e over so many breaths where that is longer than the fade of a channel."""
_LEAST_VALUES: Final = 8
_CLIP: Final = 3.0
"""In median absolute deviations: an ectopic beat that got through is no breath."""
_SLOW: Final = int(np.searchsorted(_RATES_BPM, 8.5))
"""Rates below 8.5/min: such breathing is uneven (4 s in, 6 s out; pauses), much of it may be a second harmonic."""
_LEAST_OF_HARMONIC: Final = 0.33
_HARMONIC_PENALTY: Final = 2.0
_PARAMETERS: Final = 4
"""Mean, trend, cosine, sine."""
_MOST_SHARE: Final = 0.999
_TINY: Final = 1e-12

_COUNT_EVERY_S: Final = 2.0
_COUNT_BREATHS: Final = 0.6
"""SD of the stretch in which one phase is read."""
_COUNT_REACH: Final = 0.6
"""In ln rate, to both sides."""
_COUNT_STRIDE: Final = 2
_COUNT_SHARPEN: Final = 2
"""Power of the posterior: overlapping looks leave it flatter than it is."""

_KEPT: Final = 256
"""Values kept: what 30 s hold at 240 beats/min, twice over."""

_sum: Final = np.add.reduce
"""As `np.sum`, which takes half as long again for so few."""

_RADIANS_PER_S: Final[Values] = _RATES_BPM * (2 * np.pi / 60)


class Fade(NamedTuple):
    """How long a channel remembers, which depends on the rate."""

    lengths: Values
    """(fades,) s in which weights fade by 1/e: those of slow rates, and then the one of all others."""
    of_rate: NDArray[np.intp]
    """(K,) which of them is that of a rate."""


class Stretch(NamedTuple):
    """The last heartbeats, oldest first."""

    age: Values
    """(n,) s, relative to the newest: -22..0."""
    figures: Values
    """(columns, n)."""
    waves: Values
    """(n, 4, k): cosine and sine of every second rate of the grid, cosine squared, twice cosine times sine."""


class BeatSeries:
    """Keeps `columns` figures of each heartbeat, and the cosine and sine of every rate there.

    These are worked out once per beat, against any one time: a fit does not
    care about a common phase.
    """

    def __init__(self, columns: int) -> None:
        self._count = 0
        self._at_s = np.zeros(_KEPT)
        self._figures = np.zeros((_KEPT, columns))
        self._waves = np.zeros((_KEPT, 4, len(_RATES_BPM)))

    def add(self, at_s: float, figures: Sequence[float]) -> None:
        """Take a heartbeat, later than those before."""
        if self._count == _KEPT:
            self._count = _KEPT // 2
            for rows in (self._at_s, self._figures, self._waves):
                rows[: self._count] = rows[_KEPT - self._count :]
        self._at_s[self._count] = at_s
        self._figures[self._count] = figures
        phase = at_s * _RADIANS_PER_S
        waves = self._waves[self._count]
        np.cos(phase, out=waves[0])
        np.sin(phase, out=waves[1])
        np.multiply(waves[0], waves[:2], out=waves[2:])
        waves[3] *= 2
        self._count += 1

    def last(self, window_s: float) -> Stretch | None:
        """The last heartbeats; None if they are too few (fewer than 8) to say anything."""
        at_s = self._at_s[: self._count]
        first = int(at_s.searchsorted(at_s[-1] - window_s)) if self._count else 0
        if self._count - first < _LEAST_VALUES:
            return None
        rows = slice(first, self._count)
        return Stretch(at_s[rows] - at_s[-1], self._figures[rows].T, self._waves[rows])


def fade(length_s: float) -> Fade:
    """The fade of a channel that remembers so long, or 0.6 breaths where they are longer."""
    slow = int(_RATES_BPM.searchsorted(_FADE_BREATHS * 60 / length_s))
    lengths: Values = np.maximum(length_s, _FADE_BREATHS * 60 / _RATES_BPM[: slow + 1])
    return Fade(lengths, np.minimum(np.arange(len(_RATES_BPM)), slow))


def faded(fade: Fade, age: Values, weight: Values) -> Values:
    """Weights (n, fades) of values that are `age` (n,) old, of own `weight` (n,): the last one is of fast rates."""
    weights: Values = np.exp(age[:, None] / fade.lengths) * weight[:, None]
    return weights


def detrended(age: Values, series: Values, weights: Values) -> Values:
    """Series (..., n) without their weighted mean and slope."""
    share = weights / _sum(weights)
    age = age - _sum(share * age)
    series = series - _sum(share * series, axis=-1, keepdims=True)
    leaning = share * age
    slope = _sum(leaning * series, axis=-1, keepdims=True) / _sum(leaning * age)
    without: Values = series - age * slope
    return without


def clipped(series: Values, reach: float = _CLIP) -> tuple[Values, Values]:
    """Series (..., n) within `reach` median absolute deviations of their medians, and those deviations (..., 1)."""
    centre = medians(series)
    deviation = medians(np.abs(series - centre))
    return np.minimum(np.maximum(series, centre - reach * deviation), centre + reach * deviation), deviation


def medians(series: Values) -> Values:
    """Medians (..., 1) of series (..., n), in a fifth of the time that `np.median` takes for so few."""
    ordered = series.copy()
    ordered.sort(axis=-1)
    n = series.shape[-1]
    middle: Values = (ordered[..., (n - 1) // 2, None] + ordered[..., n // 2, None]) / 2
    return middle


def log_likelihoods(fade: Fade, weights: Values, series: Values, waves: Values) -> Values:
    """Log evidence (series, K) of each rate, for each of the series (series, n); `weights` from `faded`."""
    of_rate = fade.of_rate
    total = _sum(weights)
    half_free = np.minimum((0.5 * _PARAMETERS) - 0.5 * total * total / _sum(weights * weights), 0).take(of_rate)
    each = weights.take(of_rate, axis=1)
    # einsum as it is, not "@": that is BLAS, whose order of summation is not ours.
    cos_cos, both = np.einsum("nk,nwk->wk", each, waves[:, 2:])
    sin_sin = total.take(of_rate) - cos_cos
    possible = np.maximum(cos_cos * sin_sin - 0.25 * both * both, _TINY) * (
        np.einsum("sn,nk->sk", series * series, each) + _TINY
    )
    with_cos, with_sin = np.einsum("sn,nwk->wsk", series, each[:, None] * waves[:, :2])
    explained = with_cos * (with_cos * sin_sin - with_sin * both) + with_sin * with_sin * cos_cos
    share = np.minimum(np.maximum(explained / possible, 0), _MOST_SHARE)
    left = np.log1p(-share)
    rows: Values = half_free * left
    slow, harmonic = slice(_SLOW), slice(_OCTAVE, _OCTAVE + _SLOW)
    uneven = np.minimum(half_free[slow] + 1, 0) * (left[:, slow] + left[:, harmonic]) - _HARMONIC_PENALTY
    allowed = share[:, slow] >= _LEAST_OF_HARMONIC * share[:, harmonic]
    np.logaddexp(rows[:, slow], uneven, out=rows[:, slow], where=allowed)
    return _between(rows)


def _between(rows: Values) -> Values:
    """Rows (..., K) over the whole grid from those at every second rate."""
    whole = np.empty((*rows.shape[:-1], len(RATES_BPM)))
    whole[..., -1] = rows[..., -1]
    whole[..., ::_STRIDE] = rows
    whole[..., 1:-1:_STRIDE] = 0.5 * (rows[..., :-1] + rows[..., 1:])
    return whole


def hide(log_likelihood: Values, limit_bpm: float) -> None:
    """Take from the rates (K,) that are too fast to show, in place, all that speaks for them."""
    unseen = log_likelihood[RATES_BPM.searchsorted(limit_bpm, "right") :]
    unseen[:] = np.minimum(unseen, 0) - 1


def count_times(window_s: float) -> Values:
    """(g, 1) s, relative to the newest beat: where the phase is read to count the breaths of a window."""
    return np.arange(1 - window_s, 0, _COUNT_EVERY_S)[:, None]


def waves_near(stretch: Stretch, rate_bpm: float) -> Values:
    """The cosine and sine (n, 2, 1) of the rate of the grid next to `rate_bpm`."""
    nearest = min(int(_LN_RATES.searchsorted(math.log(rate_bpm))), len(_LN_RATES) - 1)
    return stretch.waves[:, :2, nearest, None]


def phasors(at: Values, stretch: Stretch, rate_bpm: float) -> NDArray[np.complex128]:
    """Mean of a series against each of the k waves, in a stretch of a breath around each of `at` (g, 1): (g, k).

    Args:
        at: s, relative to the newest beat.
        stretch: `figures` are the series itself and the weight of its values; `waves` only cosine and sine.
        rate_bpm: Tells how long a breath is.
    """
    age, (series, weight), waves = stretch
    away = (at - age) * (rate_bpm * (0.5**0.5 / 60 / _COUNT_BREATHS))
    window = weight * np.exp(-away * away) + _TINY
    window /= _sum(window, axis=1, keepdims=True)
    local = window * (series - _sum(window * series, axis=1, keepdims=True))
    # einsum as it is, not "@": that is BLAS, whose order of summation is not ours.
    real, imaginary = np.einsum("gn,nwc->wgc", local, waves.copy())
    phasor: NDArray[np.complex128] = real - 1j * imaginary
    return phasor


def counted_bpm(at: Values, stretch: Stretch, posterior: Values, rate_bpm: float) -> float:
    """Mean rate of a window, as a breath counter gives it.

    The tracker finds the rate at which most breaths come; a few long ones are
    not of that rate, but lower the mean. So the phase of the series is followed
    through the window: its advance is the breaths, weighed by how clearly they
    show. It is followed at every rate around `rate_bpm`, and what they say is
    weighed by `posterior` (K,).

    Args:
        at: From `count_times`.
        stretch: `figures` are the series itself and the weight of its values.
        posterior: Probability of each rate.
        rate_bpm: The most probable one.
    """
    age, (series, weight), waves = stretch
    ln_rate = math.log(rate_bpm)
    first, end = _LN_RATES.searchsorted((ln_rate - _COUNT_REACH, ln_rate + _COUNT_REACH)).tolist()
    rates = slice(first, end, _COUNT_STRIDE)
    values, _ = clipped(series)
    phasor = phasors(at, Stretch(age, np.array((values, weight)), waves[:, :2, rates]), rate_bpm)
    turn = phasor[1:] * phasor[:-1].conj()
    return turned_bpm(turn, _COUNT_EVERY_S, _RATES_BPM[rates], posterior[::_STRIDE][rates])


def turned_bpm(turn: NDArray[np.complex128], every_s: float, rates_bpm: Values, belief: Values) -> float:
    """Breaths per minute that the phase went through.

    Args:
        turn: (g, k), from one reading to the next against the wave of each of the k rates; long where it shows clearly.
        every_s: Between readings.
        rates_bpm: (k,) the rates.
        belief: (k,) what is known of them.
    """
    size = np.sqrt(np.abs(turn)) + _TINY
    advance = _sum(size * np.arctan2(turn.imag, turn.real)) / _sum(size)
    counted = np.maximum(rates_bpm + advance * (60 / (2 * np.pi * every_s)), RATES_BPM[0])
    sharp = belief**_COUNT_SHARPEN
    return float(_sum(sharp * counted) / _sum(sharp))
