"""Samples with times of their own on the even grids that EDF asks for. Pure.

EDF knows no time of a sample: a signal has a whole number of samples in every record, and all records have one length.
True rates are none of that (130.01 Hz, 204.02 Hz, another clock each). Nothing is resampled here: every sample keeps
its value and goes to one slot of a grid that is as fast as its stream, or faster by a little; where the grid has run
ahead by half a slot, one slot stays over and is filled between its neighbours. The record length is chosen so that
this is rare.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tidehold.records import Times
from tidehold.units import NS

SLOW_HZ: Final = 4
"""Of signals that change once a second or less: the session's ticks. Records are multiples of its period."""
MOST_S: Final = 16
"""Longest record: the last one is filled up with nothing."""
MOST_BYTES: Final = 48_000
"""Samples in a record: with annotations it then stays below the 61440 bytes that EDF recommends at most."""
EXACT_S: Final = 4_000
"""Longest recording for which any record length can be told in double precision to 12 decimals, as edfio compares."""
_POWERS: Final = (1.0, 2.0, 4.0, 8.0, 16.0)
_HOLE: Final = 1.5
"""Periods between two samples from which on samples are missing between them."""
_LATE: Final = 1e-3
"""Slots by which a grid may be too slow in each record: nothing, after an hour."""
_FASTEST_HZ: Final = 10_000.0
"""No sensor of ours is faster: times that are closer tell of no rate, and would make a file of empty slots."""
_JITTERS: Final = 3.0
"""Deviations from an even spacing that are no reason to leave a slot."""


class Records(NamedTuple):
    """The records of a file: `length_s` of each, and in one of them how many slots each stream has."""

    length_s: float
    counts: tuple[int, ...]


class Laid(NamedTuple):
    """Samples on a grid.

    Args:
        slots: (n,) slot of each sample, strictly ascending.
        filled: Slots that stayed over between two samples that follow each other.
        error_s: Largest distance of a sample's slot from its time.
    """

    slots: NDArray[np.int64]
    filled: NDArray[np.int64]
    error_s: float


def true_rate_hz(times: Times, nominal_hz: float | None) -> float:
    """Mean rate of a stream where nothing is missing.

    Args:
        times: (n,) ns, ascending.
        nominal_hz: For a stream that is too short to tell, or whose times are no times of samples.
    """
    steps = np.diff(times)
    usual = np.median(steps) if len(steps) else 0
    steps = steps[steps < _HOLE * usual]
    span_ns = int(steps.sum())
    rate_hz = len(steps) * NS / span_ns if span_ns else 0.0
    return rate_hz if 0 < rate_hz <= _FASTEST_HZ else nominal_hz or 1.0


def records(rates_hz: Sequence[float], columns: Sequence[int], slow: int, length_s: float) -> Records:
    """The record length with which the fewest slots stay over.

    Args:
        rates_hz: True rate of each stream.
        columns: How many signals each of them is.
        slow: How many signals of `SLOW_HZ` there are besides.
        length_s: Of the recording.
    """
    rates = np.array(rates_hz)
    bytes_s = 2.0 * (float(rates @ np.array(columns)) + slow * SLOW_HZ)
    most_s = max(1.0, min(MOST_S, length_s, MOST_BYTES / bytes_s if bytes_s else MOST_S))
    quarters = [quarter / SLOW_HZ for quarter in range(SLOW_HZ, int(most_s * SLOW_HZ) + 1)]
    if length_s > EXACT_S:
        quarters = [each for each in quarters if each in _POWERS]

    def counts(length: float) -> NDArray[np.int64]:
        return np.maximum(1, np.ceil(rates * length - _LATE)).astype(np.int64)

    best = min(quarters, key=lambda length: float((counts(length) / length - rates).sum()))
    return Records(best, tuple(counts(best).tolist()))


def lay(times: Times, origin_ns: int, rate_hz: float) -> Laid:
    """Give every sample a slot: the next one, or, where its time is more than half a slot later, the nearest.

    Times that jitter by more (of a device without a clock, times are those of arrival) may be that much off. A slot
    that is taken cannot be gone back to: what is late stays late, until the slots that stay over make up for it; so all
    are put where the middle one is right.

    Args:
        times: (n,) ns, ascending.
        origin_ns: Time of slot 0.
        rate_hz: Of the grid.
    """
    places = (times - origin_ns) * (rate_hz / NS)
    steps = np.diff(places)
    jitter = float(np.quantile(np.abs(steps - np.median(steps)), 0.95)) if len(steps) else 0.0
    most = max(0.5, _JITTERS * jitter)
    slots: list[int] = []
    last = -1
    for place in places.tolist():
        last += 1
        if place - last > most:
            last = max(last, round(place))
        slots.append(last)
    laid = np.array(slots, np.int64)
    if len(laid):
        # where a clock is found to be late, samples come closer than the grid's slots for a while, and stay behind
        laid += max(round(float(np.median(places - laid))), -int(laid[0]))
    error_s = float(np.abs(places - laid).max()) / rate_hz if len(places) else 0.0
    over = np.flatnonzero((np.diff(laid) == 2) & (steps < _HOLE + 0.25))
    return Laid(laid, laid[over] + 1, error_s)
