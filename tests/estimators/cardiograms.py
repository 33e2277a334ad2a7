"""ECG for the tests of this room: seeded beats made of humps, whose size, level and rate breathing changes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tidehold.records import HostNs, Sample, Times, Values
from tidehold.units import NS

STREAM = "strap/ecg"
FRAME = 73

_HUMPS = ((-0.16, 0.1, 0.025), (-0.03, -0.1, 0.008), (0.0, 1.0, 0.011), (0.032, -0.25, 0.011), (0.24, 0.3, 0.045))
"""P, Q, R, S and T: s after the R peak, mV, SD in s."""


class Ecg(NamedTuple):
    """ECG `volts` (n,) at `times` (n,) ns, and its R peaks `beats` (m,) s."""

    times: Times
    volts: Values
    beats: Values


def ecg(
    seconds: float,
    seed: int = 1,
    *,
    rate_bpm: float = 12,
    rr_s: float = 0.85,
    size: float = 0.1,
    level: float = 0.0,
    noise: float = 0.01,
    hz: float = 130.0,
) -> Ecg:
    """A heart that beats every `rr_s`, a bit unevenly; breathing changes the QRS by `size` and the level by `level`."""
    dice = np.random.default_rng(seed)
    gaps = rr_s * (1 + dice.normal(0, 0.03, int(seconds / rr_s / 0.8) + 2))
    beats = (0.4 + gaps.cumsum())[: int(np.searchsorted(0.4 + gaps.cumsum(), seconds - 0.5))]
    times = np.rint(np.arange(int(seconds * hz)) * NS / hz).astype(np.int64)
    t = times / NS
    start = dice.uniform(0, 2 * np.pi)
    breath = np.sin(2 * np.pi * rate_bpm / 60 * t + start)
    volts = level * breath + dice.normal(0, noise, len(t))
    for beat in beats:
        near = slice(int(np.searchsorted(t, beat - 0.4)), int(np.searchsorted(t, beat + 0.5)))
        grown = 1 + size * np.sin(2 * np.pi * rate_bpm / 60 * beat + start)
        for after, height, sd in _HUMPS:
            share = grown if sd < 0.02 else 1.0
            volts[near] += share * height * np.exp(-0.5 * ((t[near] - beat - after) / sd) ** 2)
    return Ecg(times, volts * 1e-3, beats)


def told(series: Ecg, *, every: int = FRAME) -> list[Sample]:
    """What a strap tells: frames of so many samples, sent with the last of them."""
    cuts = range(0, len(series.times), every)
    return [
        Sample(HostNs(int(part[-1])), STREAM, part, series.volts[i : i + every])
        for i in cuts
        for part in (series.times[i : i + every],)
    ]
