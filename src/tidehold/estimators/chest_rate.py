"""What the motion of chest or belly says about the breathing rate.

Breathing tilts the sensor to and fro. The channel looks at the velocity of tilt
(the difference of low-passed acceleration) along the sensor's three axes, and
fits a sinusoid of every rate of the grid to each of them. Velocity, not tilt:
posture drifts by more than a breath moves. No axis need be chosen: one along
which nothing breathes gives a flat row. Axes share a part of their noise, so
that the quietest one, which may hold nothing but rounding, is not believed on
its own.

The figures below are the middle of a flat optimum on recordings of ten people
who sat and stood (`python -m benchmarks.breathing`).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from tidehold.estimators.chest import CHEST_RATE_HZ, ChestStretch
from tidehold.estimators.periodogram import clipped, detrended, turned_bpm
from tidehold.estimators.rate_tracker import LN_RATES, OCTAVE, RATES_BPM, Evidence
from tidehold.records import HostNs, Values
from tidehold.units import NS

_STRIDE: Final = 2
_RATE_HZ: Final = CHEST_RATE_HZ // _STRIDE
"""Velocities a second: enough for what is low-passed at 1 Hz."""
_LAG: Final = 3
"""Tilt is compared with that of 0.6 s before: less, and slow breathing drowns in the sensor's noise."""
_WINDOW: Final = 24 * _RATE_HZ
_LEAST: Final = 8 * _RATE_HZ
"""Velocities that are looked at, and the fewest that say anything."""
_FADE_S: Final = 6.0
"""Weights fade by 1/e over this."""
_SPAN_S: Final = 24.0
"""Looks overlap: only after so many seconds have they said all of one look's evidence."""
_STALE_S: Final = 5.0
"""A newest point older than this has been looked at enough."""
_CLIP: Final = 4.0
"""In median absolute deviations: a fidget is no breath."""
_INDEPENDENT_HZ: Final = 0.85
"""Independent velocities a second that noise counts for."""
_PARAMETERS: Final = 4
"""Mean, trend, cosine, sine."""
_SLOW: Final = int(np.searchsorted(RATES_BPM, 8.5))
"""Rates below 8.5/min: such breathing is uneven (4 s in, 6 s out; pauses), much of it may be a second harmonic."""
_LEAST_OF_HARMONIC: Final = 0.6
_HARMONIC_PENALTY: Final = 4.0
_SWAY_BPM: Final = 8.0
_SWAY_PENALTY: Final = 2.0
"""Per octave below `_SWAY_BPM`: a body that stands sways at such rates, and one sway or two fill the window."""
_SWAY: Final[Values] = _SWAY_PENALTY * np.maximum(0, np.log(_SWAY_BPM) - LN_RATES) / np.log(2)
_ROUGH_S: Final = 15.0
_MOST_ROUGH_MG: Final = 10.0
"""RMS above 1 Hz over `_ROUGH_S`: 0.5 to 4 sitting and standing, 15 and more walking, which looks like breathing."""
_TINY: Final = 1e-12

_COUNT_S: Final = 30
_COUNT_EVERY_S: Final = 3
_COUNT_STRIDE: Final = 2
_COUNT_BREATHS: Final = 0.6
"""SD of the stretch in which one phase is read."""
_COUNT_REACH: Final = 0.25
"""In ln rate, to both sides."""
_COUNT_REACHES: Final[Values] = np.array([-_COUNT_REACH, _COUNT_REACH])
_COUNT_RATES: Final = 6
"""Of so many rates within reach one is followed."""
_COUNT_AT: Final[Values] = np.arange(_COUNT_EVERY_S - 1 - _COUNT_S, 0, _COUNT_EVERY_S)[:, None].astype(np.float64)

_KEPT: Final = (_COUNT_S * _RATE_HZ + _LAG) * _STRIDE
"""Points kept, at 10 Hz."""
_AGE: Final[Values] = np.arange(1 - _COUNT_S * _RATE_HZ, 1) / _RATE_HZ
_PHASE: Final[Values] = _AGE[:, None] * RATES_BPM * (2 * np.pi / 60)
_WAVES: Final[Values] = np.stack((np.cos(_PHASE), np.sin(_PHASE)), axis=1)
"""(n, 2, K): cosine and sine of each rate at each age, the newest last."""
_COUNT_WAVES: Final[Values] = _WAVES[::-_COUNT_STRIDE][::-1].transpose(1, 2, 0).copy()
_COUNT_AGE: Final[Values] = _AGE[::-_COUNT_STRIDE][::-1]
"""(2, K, n) and (n,): every other age, laid out for sums over them."""
_WEIGHT: Final[Values] = np.exp(_AGE / _FADE_S)
_TOTAL: Final[Values] = _WEIGHT[::-1].cumsum()[:, None]
_COS_COS: Final[Values] = (_WEIGHT[:, None] * _WAVES[:, 0] ** 2)[::-1].cumsum(axis=0)
_COS_SIN: Final[Values] = (_WEIGHT[:, None] * _WAVES[:, 0] * _WAVES[:, 1])[::-1].cumsum(axis=0)
_DETERMINANT: Final[Values] = np.maximum(_COS_COS * (_TOTAL - _COS_COS) - _COS_SIN**2, _TINY)
_FIT: Final[Values] = np.stack((_TOTAL - _COS_COS, -2 * _COS_SIN, _COS_COS), axis=1) / _DETERMINANT[:, None]
"""(n, 3, K): by what squares and product of the sums with cosine and sine count, over the last 1, 2, ... ages."""


class ChestRate:
    """Evidence on the breathing rate from the motion of one source.

    `why`: the reason for which there was no evidence at the last look, "" if
    there was some.
    """

    def __init__(self) -> None:
        self.why = "no chest motion sensor"
        self._newest: HostNs | None = None
        self._acc: Values = np.empty((0, 3))
        self._rough: Values = np.empty(0)
        self._velocity: Values = np.empty((3, 0))
        """At the last look, (3, n)."""

    def add(self, stretch: ChestStretch) -> None:
        """Take the next stretch."""
        if stretch.fresh:
            self._acc, self._rough = self._acc[:0], self._rough[:0]
        self._acc = np.concatenate((self._acc, stretch.acc))[-_KEPT:]
        self._rough = np.concatenate((self._rough, stretch.rough))[-_KEPT:]
        self._newest = HostNs(stretch.start + (len(stretch.rough) - 1) * stretch.step_ns)

    def evidence(self, now: HostNs) -> Evidence | None:
        """Log evidence for a sinusoid of each rate along each axis; None, with the reason in `why`, without any."""
        self.why = self.silence(now)
        if self.why:
            return None
        velocity = self._differences()
        n = velocity.shape[1]
        self._velocity, _ = clipped(detrended(_AGE[-n:], velocity, _WEIGHT[-n:]), _CLIP)
        return Evidence(_log_likelihood(self._velocity[:, -_WINDOW:]), _SPAN_S)

    def _differences(self) -> Values:
        """(3, n) differences over `_LAG`, five a second, the newest last."""
        acc = self._acc[::-_STRIDE][: _COUNT_S * _RATE_HZ + _LAG].T
        return (acc[:, :-_LAG] - acc[:, _LAG:])[:, ::-1]

    def silence(self, now: HostNs) -> str:
        """Why nothing can be said now, whatever was seen before; "" if something can."""
        if self._newest is None:
            return "no chest motion sensor"
        silent_s = (now - self._newest) / NS
        if silent_s > _STALE_S:
            return f"no chest motion for {silent_s:.0f} s"
        seconds = len(self._acc) / CHEST_RATE_HZ
        if len(self._acc) < (_LEAST + _LAG) * _STRIDE:
            return f"collecting chest motion: {seconds:.0f} s of {_LEAST / _RATE_HZ:.0f} s"
        rough = self._rough[-round(_ROUGH_S * CHEST_RATE_HZ) :]
        rough_mg = (float((rough * rough).sum()) / len(rough)) ** 0.5
        return f"moving: {rough_mg:.0f} mg above 1 Hz" if rough_mg > _MOST_ROUGH_MG else ""

    def counted_bpm(self, posterior: Values, rate_bpm: float) -> float:
        """Mean rate of the last 30 s, as a breath counter gives it; see `RsaChannel.counted_bpm`.

        The phase of the breath is followed through the window along all axes at
        once, at every rate around `rate_bpm`; what they say is weighed by
        `posterior` (K,). `rate_bpm` itself, if nothing was seen at the last look.
        """
        if self.why:
            return rate_bpm
        velocity = self._velocity[:, ::-_COUNT_STRIDE][:, ::-1]
        n = velocity.shape[1]
        first, end = LN_RATES.searchsorted(float(np.log(rate_bpm)) + _COUNT_REACHES).tolist()
        rates = slice(first, end, _COUNT_RATES)
        part = np.exp(-0.5 * ((_COUNT_AT - _COUNT_AGE[-n:]) * (rate_bpm / 60 / _COUNT_BREATHS)) ** 2) + _TINY
        part = (part / part.sum(axis=1, keepdims=True))[:, None]
        local = part * (velocity - (part * velocity).sum(axis=2, keepdims=True))
        # einsum as it is, not "@": that is BLAS, whose order of summation is not ours.
        real, imaginary = np.einsum("gan,wcn->wgac", local, _COUNT_WAVES[:, rates, -n:].copy())
        phasor = real - 1j * imaginary
        turn = (phasor[1:] * phasor[:-1].conj()).sum(axis=1)
        return turned_bpm(turn, _COUNT_EVERY_S, RATES_BPM[rates], posterior[rates])


def _log_likelihood(velocity: Values) -> Values:
    """Log evidence (K,) of each rate in `velocity` (3, n)."""
    n = velocity.shape[1]
    weight = _WEIGHT[-n:]
    total = float(weight.sum())
    free = max(0.0, total**2 / float((weight**2).sum()) * _INDEPENDENT_HZ / _RATE_HZ - _PARAMETERS)
    weighted = weight * velocity
    noise = (weighted * velocity).sum(axis=1)
    weighted /= (noise + noise.sum() / 3 + _TINY)[:, None] ** 0.5
    # einsum as it is, not "@": that is BLAS, whose order of summation is not ours.
    with_cos, with_sin = np.einsum("an,nwk->awk", weighted, _WAVES[-n:]).transpose(1, 0, 2)
    of_cos, of_both, of_sin = _FIT[n - 1]
    share = with_cos * (with_cos * of_cos + with_sin * of_both) + with_sin**2 * of_sin
    log_likelihood: Values = -free * np.log1p(-share).sum(axis=0)
    slow, harmonic = slice(_SLOW), slice(OCTAVE, OCTAVE + _SLOW)
    left = np.maximum(1 - share[:, slow] - share[:, harmonic], _TINY)
    uneven = -max(0.0, free - 2) * np.log(left).sum(axis=0) - _HARMONIC_PENALTY
    allowed = share[:, slow].sum(axis=0) >= _LEAST_OF_HARMONIC * share[:, harmonic].sum(axis=0)
    np.logaddexp(log_likelihood[slow], uneven, out=log_likelihood[slow], where=allowed)
    return log_likelihood - _SWAY
