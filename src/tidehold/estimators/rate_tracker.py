"""One posterior over a breathing rate, fed by any number of channels.

A hidden Markov model on a logarithmic grid of rates: the rate wanders, now and
then jumps, and every channel adds what it has seen as a row of log evidence.
A channel that knows nothing gives a flat row and so drops out by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from tidehold.records import Values

OCTAVE: Final = 48
"""Grid steps from a rate to twice that rate: the second harmonic is a shift."""
_STEP: Final = float(np.log(2)) / OCTAVE
_LOWEST_BPM: Final = 4.0
_HIGHEST_BPM: Final = 40.0

LN_RATES: Final[Values] = np.arange(np.log(_LOWEST_BPM), np.log(_HIGHEST_BPM), _STEP)
RATES_BPM: Final[Values] = np.exp(LN_RATES)
"""Breaths per minute, (K,), 1.5 % apart."""

_WANDER: Final = 0.0225
"""SD of ln rate after one second."""
_JUMP_PER_S: Final = 0.008
_FORGET_PER_S: Final = 0.001
_DOUBT: Final = 0.02
"""Share of every row that says nothing: no channel can rule a rate out for good."""
_PRIOR_BPM: Final = 14.0
_PRIOR_SD: Final = 0.45
_PACED_SHARE: Final = 0.7
_PACED_SD: Final = 0.15
"""So much of the prior moves to a rate that is asked for, and how well people keep to it, in ln rate."""
_PEAK: Final = 4
"""Grid steps to both sides in which the most probable rate has most of the posterior."""
_REACH: Final = 8
"""Grid steps to both sides of it that its mean is taken over."""
_TOLERANCE_BPM: Final = 1.0
_TOLERANCE: Final = 0.07


class Evidence(NamedTuple):
    """What a channel has seen: `log_likelihood` (K,) of each rate of the grid, gathered over `span_s`.

    A channel looks at the same seconds again and again as they pass; a look
    counts for the share of the span that is new.
    """

    log_likelihood: Values
    span_s: float


class RateTracker:
    """Filters the rows of its channels into a posterior, `posterior` (K,), which sums to 1; so does `prior` (K,)."""

    def __init__(self) -> None:
        self.prior = _normal(_PRIOR_BPM, _PRIOR_SD)
        self.posterior = self.prior

    def expect(self, rate_bpm: float | None) -> None:
        """Let the prior know of the rate that a person is asked to breathe at; None for none.

        What was believed stays. The prior is what belief returns to, over many
        minutes and never wholly (it may jump anywhere): a tenth of it is the
        prior's when nothing is seen, so that no prior is an answer.
        """
        self.prior = _normal(_PRIOR_BPM, _PRIOR_SD)
        if rate_bpm is not None:
            self.prior = (1 - _PACED_SHARE) * self.prior + _PACED_SHARE * _normal(rate_bpm, _PACED_SD)

    def step(self, dt_s: float, rows: Sequence[Evidence]) -> None:
        """Let `dt_s` seconds pass (any number), then weigh what the channels have seen."""
        if dt_s <= 0:
            return
        moved = _blur(self.posterior, _WANDER * dt_s**0.5)
        jumped = 1 - (1 - _JUMP_PER_S) ** dt_s
        forgot = 1 - (1 - _FORGET_PER_S) ** dt_s
        belief = (1 - jumped) * (1 - forgot) * moved + jumped / len(LN_RATES) + (1 - jumped) * forgot * self.prior
        if rows:
            seen = np.array([row.log_likelihood for row in rows])
            seen -= np.maximum.reduce(seen, axis=1, keepdims=True)
            seen *= np.array([[min(1.0, dt_s / row.span_s)] for row in rows])
            likelihood = np.exp(seen, out=seen)
            doubt = np.add.reduce(likelihood, axis=1, keepdims=True) * (_DOUBT / len(LN_RATES))
            belief = belief * np.multiply.reduce((1 - _DOUBT) * likelihood + doubt, axis=0)
        self.posterior = belief / np.add.reduce(belief)

    def rate_bpm(self) -> float:
        """The rate around which most of the posterior lies: its mean there, of ln rate."""
        mass = np.zeros(len(LN_RATES) + 2 * _PEAK + 1)
        self.posterior.cumsum(out=mass[_PEAK + 1 : -_PEAK])
        mass[-_PEAK:] = mass[-_PEAK - 1]
        peak = int((mass[2 * _PEAK + 1 :] - mass[: -2 * _PEAK - 1]).argmax())
        near = slice(max(0, peak - _REACH), peak + _REACH + 1)
        belief = self.posterior[near]
        return float(np.exp((belief * LN_RATES[near]).sum() / belief.sum()))

    def confidence(self, rate_bpm: float) -> float:
        """Probability that the rate is within 1/min, or 7 %, of `rate_bpm`."""
        off_bpm = max(_TOLERANCE_BPM, _TOLERANCE * rate_bpm)
        first, end = (
            int(RATES_BPM.searchsorted(rate_bpm - off_bpm)),
            int(RATES_BPM.searchsorted(rate_bpm + off_bpm, "right")),
        )
        return float(np.add.reduce(self.posterior[first:end]))


def _normal(rate_bpm: float, sd: float) -> Values:
    """A log-normal curve over the grid, of sum 1; a rate beyond the grid counts as its end."""
    ln_rate = min(max(float(np.log(rate_bpm)), float(LN_RATES[0])), float(LN_RATES[-1]))
    curve = np.exp(-0.5 * ((LN_RATES - ln_rate) / sd) ** 2)
    normal: Values = curve / curve.sum()
    return normal


def _blur(values: Values, sd: float) -> Values:
    """Convolution with a normal curve of `sd` (in ln rate), mirrored at the ends so that no mass is lost.

    A sum of shifted copies, not `np.convolve`: that may call BLAS, whose order of summation is not ours.
    """
    n = len(values)
    kernel = _kernel(sd)
    reach = len(kernel) - 1
    mirrored = np.concatenate((values[reach - 1 :: -1], values, values[: -reach - 1 : -1]))
    shifted: Values = np.ndarray((2 * reach + 1, n), buffer=mirrored, strides=(mirrored.itemsize, mirrored.itemsize))
    blurred: Values = np.einsum("r,rk->k", kernel, shifted[reach::-1] + shifted[reach:])
    return blurred


@lru_cache(maxsize=8)
def _kernel(sd: float) -> Values:
    """Half of a normal curve of `sd` (in ln rate), (reach + 1,), from its middle (halved, it is met twice) on."""
    reach = min(len(LN_RATES), int(4 * sd / _STEP) + 1)
    kernel = np.exp(-0.5 * (np.arange(reach + 1) * (_STEP / sd)) ** 2)
    kernel /= kernel[0] + 2 * kernel[1:].sum()
    kernel[0] /= 2
    half: Values = kernel
    return half
