"""Seeded devices with their truth: a clock that drifts, a radio that delays, a strap that counts beats."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tidehold.align.clock_map import ClockMap
from tidehold.records import DeviceNs, HostNs, Times, Values
from tidehold.units import NS

POLAR_2019: Final = 599_616_000 * NS
"""What a Polar strap's clock says after it was without power: 2019-01-01, from 2000-01-01 (wire-formats 4.2)."""
POLAR_2026: Final = 832_000_000 * NS
"""Some day in 2026, from 2000-01-01."""


class Frames(NamedTuple):
    """Frames in order of arrival: session time of the last sample, its device time, arrival; all (n,) ns."""

    true: Times
    device: Times
    arrival: Times

    def __add__(self, after: Frames) -> Frames:  # type: ignore[override]  # one stream after the other, by column
        return Frames(*(np.concatenate(pair) for pair in zip(self, after, strict=True)))

    def pick(self, which: NDArray[np.bool_]) -> Frames:
        return Frames(*(column[which] for column in self))


def frames(
    seed: int,
    *,
    start_s: float = 1.0,
    seconds: float = 180.0,
    per_s: float = 1.4,
    ppm: float = 60.0,
    jitter_s: float = 0.07,
    epoch: int = POLAR_2026,
    held: tuple[tuple[float, float], ...] = (),
) -> Frames:
    """Frames of one run of a device clock.

    `held` are spans of session time, s, in which the radio lets nothing
    through: what is sent in them comes in a burst at their end, 5 ms apart.
    """
    rng = np.random.default_rng(seed)
    true = np.arange(start_s, start_s + seconds, 1.0 / per_s)
    arrival = true + rng.uniform(0.0, jitter_s, len(true))
    for begin, end in held:
        queued = (true >= begin) & (arrival < end)
        arrival[queued] = end + 0.005 * np.arange(np.count_nonzero(queued))
    return Frames(_ns(true), epoch + _ns((true - start_s) * (1.0 + ppm * 1e-6)), _ns(np.maximum.accumulate(arrival)))


def follow(clock: ClockMap, sent: Frames) -> tuple[Values, int]:
    """Errors (n,) in s of the map right after each frame, and how many resets it saw."""
    errors, resets = [], 0
    for true, device, arrival in zip(*(column.tolist() for column in sent), strict=True):
        resets += clock.observe(DeviceNs(device), HostNs(arrival))
        errors.append((clock.to_host(DeviceNs(device)) - true) / NS)
    return np.array(errors), resets


def rms(errors: Values) -> float:
    return float(np.sqrt(np.mean(errors**2)))


class Note(NamedTuple):
    """A notification: its arrival, ns; the RR intervals in it (n,) s; when their beats were (n,) s."""

    arrival: HostNs
    rr_s: Values
    beats_s: Values


def heart(
    seed: int,
    *,
    seconds: float = 600.0,
    bpm: float = 65.0,
    delay_s: float = 0.3,
    held: tuple[tuple[float, float], ...] = (),
) -> list[Note]:
    """A strap on a chest with RSA at 6 breaths/min, one notification a second, 60 ppm fast.

    Each beat is counted in ticks of 1/1024 s from the start, so that rounding
    does not add up. `held` as for `frames`.
    """
    rng = np.random.default_rng(seed)
    n = int(seconds * bpm / 50)
    pace = 60.0 / bpm * (1.0 + 0.08 * np.sin(0.6 * np.arange(n)) + 0.02 * rng.standard_normal(n))
    beats = np.cumsum(pace)
    rr = np.diff(np.floor(beats * (1.0 + 60e-6) * 1024.0), prepend=0.0) / 1024.0
    sent = np.arange(rng.uniform(0.0, 1.0), seconds, 1.0)
    arrival = sent + rng.uniform(0.0, delay_s, len(sent))
    for begin, end in held:
        queued = (sent >= begin) & (arrival < end)
        arrival[queued] = end + 0.005 * np.arange(np.count_nonzero(queued))
    ends = np.searchsorted(beats, sent)
    return [
        Note(HostNs(at), rr[first:last], beats[first:last])
        for at, first, last in zip(_ns(np.maximum.accumulate(arrival)).tolist(), [0, *ends[:-1]], ends, strict=True)
    ]


def _ns(seconds: Values) -> Times:
    return np.rint(seconds * NS).astype(np.int64)
