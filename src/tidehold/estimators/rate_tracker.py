"""One posterior over a breathing rate, fed by any number of channels.

A hidden Markov model on a logarithmic grid of rates: the rate wanders, now and
then jumps, and every channel adds what it has seen as a row of log evidence.
A channel that knows nothing gives a flat row and so drops out by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from tidehold.records import Values

OCTAVE: Final = 47
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
    """Filters the rows of its channels into a posterior, `posterior` (K,), which sums to 1."""

    def __init__(self) -> None:
        prior = np.exp(-0.5 * ((LN_RATES - np.log(_PRIOR_BPM)) / _PRIOR_SD) ** 2)
        self._prior: Values = prior / prior.sum()
        self.posterior: Values = self._prior

    def step(self, dt_s: float, rows: Sequence[Evidence]) -> None:
        """Let `dt_s` seconds pass (any number), then weigh what the channels have seen."""
        if dt_s <= 0:
            return
        moved = _blur(self.posterior, _WANDER * dt_s**0.5)
        jumped = 1 - (1 - _JUMP_PER_S) ** dt_s
        forgot = 1 - (1 - _FORGET_PER_S) ** dt_s
        belief = (1 - jumped) * (1 - forgot) * moved + jumped / len(LN_RATES) + (1 - jumped) * forgot * self._prior
        for row in rows:
            gain = min(1.0, dt_s / row.span_s)
            likelihood = np.exp(gain * (row.log_likelihood - row.log_likelihood.max()))
            belief = belief * ((1 - _DOUBT) * likelihood + _DOUBT * (likelihood.sum() / len(LN_RATES)))
        self.posterior = belief / belief.sum()

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
        near = np.abs(RATES_BPM - rate_bpm) <= max(_TOLERANCE_BPM, _TOLERANCE * rate_bpm)
        return float(self.posterior[near].sum())


def _blur(values: Values, sd: float) -> Values:
    """Convolution with a normal curve of `sd` (in ln rate), mirrored at the ends so that no mass is lost.

    A sum of shifted copies, not `np.convolve`: that may call BLAS, whose order of summation is not ours.
    """
    n = len(values)
    reach = min(n, int(4 * sd / _STEP) + 1)
    kernel = np.exp(-0.5 * (np.arange(reach + 1) * (_STEP / sd)) ** 2)
    kernel /= kernel[0] + 2 * kernel[1:].sum()
    kernel[0] /= 2  # it is met from both sides
    mirrored = np.concatenate((values[reach - 1 :: -1], values, values[: -reach - 1 : -1]))
    shifted: Values = np.ndarray((2 * reach + 1, n), buffer=mirrored, strides=(mirrored.itemsize, mirrored.itemsize))
    blurred: Values = (kernel[:, None] * (shifted[reach::-1] + shifted[reach:])).sum(axis=0)
    return blurred
