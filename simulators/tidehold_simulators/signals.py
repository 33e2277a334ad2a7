"""Signals as functions of time, so that it never shows in which blocks they were asked for."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TABLE_BITS: Final = 16
_MIX: Final = tuple(
    (np.uint64(shift), np.uint64(factor))
    for shift, factor in (
        (30, 0xBF58476D1CE4E5B9),
        (27, 0x94D049BB133111EB),
    )
)
"""The finaliser of SplitMix64 (Steele, Lea & Flood 2014, OOPSLA): neighbouring keys end up far apart."""


class Noise:
    """White noise of unit variance: for every tenth of a microsecond a fixed normal number."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._table = rng.standard_normal(1 << _TABLE_BITS)

    def __call__(self, t: Floats) -> Floats:
        """Noise (n,) at times `t` (n,), s."""
        key = np.rint(t * 1e7).astype(np.int64).view(np.uint64)
        for shift, factor in _MIX:
            key = (key ^ (key >> shift)) * factor
        noise: Floats = self._table[key >> np.uint64(64 - _TABLE_BITS)]
        return noise


class Waves:
    """Slow irregular waves of standard deviation `sd`: sinusoids at random frequencies within a band (Hz)."""

    _COUNT: Final = 12

    def __init__(self, rng: np.random.Generator, *, sd: float, low_hz: float, high_hz: float) -> None:
        self._omega = 2 * np.pi * rng.uniform(low_hz, high_hz, self._COUNT)
        self._phase = rng.uniform(0, 2 * np.pi, self._COUNT)
        self._gain = sd * math.sqrt(2 / self._COUNT)

    def __call__(self, t: Floats) -> Floats:
        """Waves (n,) at times `t` (n,), s."""
        total: Floats = np.zeros_like(t)
        for omega, phase in zip(self._omega, self._phase, strict=True):
            total += self._gain * np.sin(omega * t + phase)
        return total
