"""Which signals a session has for an EDF+ file, and their values on even grids; NaN where there is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from tidehold.estimators.rr_cleaning import Flag
from tidehold.exports.edf_grid import Laid
from tidehold.exports.stepwise import covering, newest
from tidehold.exports.streams import FLAGS, Kept, streams
from tidehold.log.told import Told
from tidehold.records import Estimate, Times, Values
from tidehold.units import NS

WAVES: Final = {
    "ecg": "ECG",
    "acc": "Acc",
    "gyr": "Gyr",
    "gravity": "Grav",
    "user-acc": "UAcc",
    "orientation": "Ori",
}
"""Streams that are signals on grids of their own, and what their labels begin with."""
_ESTIMATES: Final = (
    (re.compile(r"heart/hr_bpm"), "Heart rate", "bpm"),
    (re.compile(r"breathing/rate_bpm"), "Breath rate", "bpm"),
    (re.compile(r"breathing/phase_rad"), "Breath phase", "rad"),
    (re.compile(r"(\w+)/tilt_deg"), "Tilt", "deg"),
    (re.compile(r"(\w+)/angle_deg"), "Angle", "deg"),
)
_BESIDE_NS: Final = 60 * NS
"""How far before the session's start, or after its end, samples still belong to it."""
_HOLDS_NS: Final = 5 * NS // 4
"""How long an estimate holds: they are said every second."""
_HR_HOLDS_NS: Final = 5 * NS // 2
"""How long a device's heart rate holds: it comes every second or so."""


class Signal(NamedTuple):
    """One signal: its label, dimension, what it is of, and its values (n,), NaN where there is none."""

    label: str
    dimension: str
    of: str
    values: Values


Slow = Callable[[Times], Signal]
"""Makes a signal of what was said last at given moments, ns."""


class Placed(NamedTuple):
    """A stream, and where its samples are on the grid of its signals."""

    kept: Kept
    laid: Laid
    rate_hz: float
    true_hz: float

    @property
    def text(self) -> str:
        """What is said of it at the file's start."""
        return (
            f"{self.kept.name}: {self.true_hz:.4f} Hz, on a grid of {self.rate_hz:.4f} Hz, "
            f"times within {self.laid.error_s * 1e3:.1f} ms, {len(self.laid.filled)} slots filled"
        )


def waves(told: Told) -> list[Kept]:
    """Streams that are signals on grids of their own, without samples that are far from the session.

    Times that a device's clock made of nothing would make a file of as many years.
    """
    first, last = -_BESIDE_NS, round(told.length_s * NS) + _BESIDE_NS
    some: list[Kept] = []
    for kept in streams(told):
        inside = (kept.times >= first) & (kept.times <= last)
        if kept.kind in WAVES and inside.any():
            some.append(kept._replace(times=kept.times[inside], values=kept.values[inside]))
    return some


def wave_signals(placed: Placed, slots: int) -> Iterator[Signal]:
    """The signals of a stream, each on a grid of `slots`."""
    kept, laid = placed.kept, placed.laid
    dimension, scale = ("uV", 1e6) if kept.unit == "V" else ("" if kept.unit == "1" else kept.unit, 1.0)
    several = len(kept.columns) > 1
    for k, column in enumerate(kept.columns):
        values = np.full(slots, np.nan)
        values[laid.slots] = kept.values[:, k] * scale
        values[laid.filled] = (values[laid.filled - 1] + values[laid.filled + 1]) / 2
        axis = f" {column.partition('_')[0].upper()}" if several else ""
        of = f"{kept.name}, true rate {placed.true_hz:.4f} Hz"
        yield Signal(f"{WAVES[kept.kind]}{axis} {kept.source}", dimension, of, values)


def slow_signals(told: Told) -> list[Slow]:
    """The signals of what changes once a second or less, and is known at any time."""
    found: list[Slow] = []
    for kept in streams(told):
        if kept.kind == "hr":
            found.append(partial(_rate, kept))
        elif kept.kind in ("rr", "rr_clean"):
            found.append(partial(_tachogram, kept))
    for name, said in sorted(told.estimates.items()):
        for pattern, label, dimension in _ESTIMATES:
            match = pattern.fullmatch(name)
            if match and any(each.value is not None for each in said):
                whole = " ".join((label, *match.groups()))
                found.append(partial(_estimated, said, whole, dimension, name))
    return found


def _rate(kept: Kept, at: Times) -> Signal:
    values = newest(kept.times, kept.values[:, 0], at, _HR_HOLDS_NS)
    return Signal(f"HR {kept.source}", "bpm", f"{kept.name}, as the device says it", values)


def _tachogram(kept: Kept, at: Times) -> Signal:
    """The RR interval that each moment lies in; of cleaned ones without those that fit nothing."""
    is_clean = kept.kind == "rr_clean"
    intervals = kept.values[:, 0].copy()
    lengths_s = intervals * kept.values[:, 1] if is_clean else intervals
    if is_clean:
        intervals[kept.values[:, 2] == FLAGS.index(Flag.STRAY)] = np.nan
    inside = covering(kept.times, lengths_s, at)
    values = np.where(inside >= 0, intervals[inside], np.nan)
    return Signal(f"RR{' clean' if is_clean else ''} {kept.source}", "s", kept.name, values)


def _estimated(said: list[Estimate], label: str, dimension: str, of: str, at: Times) -> Signal:
    times = np.array([each.t for each in said], np.int64)
    values = np.array([np.nan if each.value is None else each.value for each in said])
    return Signal(label, dimension, of, newest(times, values, at, _HOLDS_NS))
