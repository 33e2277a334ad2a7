"""The front end of chest motion: acceleration of any rate as tilt at 10 Hz, and how much it shakes.

Breathing turns a sensor on chest or belly by 0.1 to 0.7 degrees, so it is seen
as a slow change of the direction of gravity, 2 to 12 mg. What is faster than a
breath (steps, heartbeats, speech) is not followed, but its size is told.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from tidehold.records import Gap, HostNs, Sample, Times, Values
from tidehold.units import NS, STANDARD_GRAVITY

ON_CHEST: Final = ("breastbone", "belly")
"""Places of a phone that moves with the breath."""
CHEST_RATE_HZ: Final = 10
CHEST_STEP_NS: Final = NS // CHEST_RATE_HZ
CHEST_DELAY_S: Final = 0.218
"""By which `ChestStretch.acc` comes after the motion: sqrt(2) / `_WARPED`, the low-pass's group delay."""
_BLOCK: Final = 5
"""Points that are worked out together: half a second is soon enough, and costs half of what a quarter does."""
_BLOCK_NS: Final = _BLOCK * CHEST_STEP_NS
_BREAK_NS: Final = 2 * NS
"""A hole longer than this breaks a stretch; a shorter one (a lost frame: 1.44 s at 25 Hz) is bridged."""
_LIMIT: Final = 1e3
"""m/s^2, far above any sensor's range."""

_WARPED: Final = 2 * CHEST_RATE_HZ * float(np.tan(np.pi / CHEST_RATE_HZ))
"""1 Hz in rad/s, as the bilinear transform at 10 Hz needs it, for Butterworth filters of 2nd order."""
_X: Final = _WARPED / (2 * CHEST_RATE_HZ)
_A0: Final = 1 + 2**0.5 * _X + _X**2
_A1: Final = 2 * (_X**2 - 1) / _A0
_A2: Final = (1 - 2**0.5 * _X + _X**2) / _A0
_LOW: Final = _X**2 / _A0
_HIGH: Final = 1e3 / STANDARD_GRAVITY / _A0
"""Gain of the high-pass, in mg."""


class ChestStretch(NamedTuple):
    """Chest motion without a break, at 10 Hz.

    `start`: time of the first point, and each next one is `step_ns` later. `acc`
    (n, 3): m/s^2, low-passed at 1 Hz, `CHEST_DELAY_S` late. `rough` (n,): mg,
    length of what is above 1 Hz (and below 5) at that point; its RMS over some
    seconds says how much the chest shakes. `fresh`: it does not continue the
    stretch before.
    """

    start: HostNs
    step_ns: int
    acc: Values
    rough: Values
    fresh: bool


class Chest:
    """One source's chest motion, put on a grid of 10 Hz that is anchored at the first sample of each stretch.

    A point is the mean of 0.1 s of the line through the samples: where samples
    lie in time is all that matters, not how many there are, so that shaking
    reads the same at 25 and at 200 Hz and a sensor's noise is averaged away.

    Args:
        source: Whose "<source>/acc" is taken, or "<source>/gravity" as long as there is no "acc".
    """

    def __init__(self, source: str) -> None:
        self._acc, self._gravity = f"{source}/acc", f"{source}/gravity"
        self.streams = (self._acc, self._gravity)
        """Those that have a use here."""
        self._stream = ""
        self._pending: list[Sample] = []
        self._heard = 0  # time of the newest sample
        self._times: Times = np.empty(0, np.int64)
        self._values: Values = np.empty((0, 3))
        self._edge: int | None = None  # where the next cell starts; None: at the next sample
        self._fresh = True
        self._states = [(0.0, 0.0)] * 3

    @property
    def newest(self) -> HostNs | None:
        """Time of the newest sample, None if there never was one."""
        return HostNs(self._heard) if self._stream else None

    def update(self, sample: Sample) -> None:
        """Take the samples of one frame; streams that are not this chest's are ignored."""
        if sample.stream not in self.streams or sample.values.shape[1:] != (3,):
            return
        if not len(sample.times):
            return
        if sample.stream != self._stream:
            if self._stream == self._acc:
                return
            self._stream = sample.stream
            self._pending.clear()
            self._times, self._values, self._edge = self._times[:0], self._values[:0], None
        self._pending.append(sample)
        self._heard = max(self._heard, int(sample.times[-1]))

    def gap(self, gap: Gap) -> None:
        """Nothing to do: a hole is seen in the times of the samples around it."""

    def take(self) -> list[ChestStretch]:
        """What can be said by now and has not been, oldest first; always whole half seconds."""
        if not self._pending or (self._edge is not None and self._heard < self._edge + _BLOCK_NS):
            return []
        steps = self._settle()
        if not len(self._times):
            return []
        stretches: list[ChestStretch] = []
        longest = np.maximum.reduce(steps) if len(steps) else 0
        breaks = np.flatnonzero(steps > _BREAK_NS).tolist() if longest > _BREAK_NS else []
        first = 0
        for last in (*breaks, len(self._times) - 1):
            if first:
                self._edge = None
            if self._edge is None:
                self._edge, self._fresh = int(self._times[first]), True
            blocks = (int(self._times[last]) - self._edge) // _BLOCK_NS
            if blocks > 0:
                stretches.append(self._stretch(self._edge, blocks * _BLOCK, slice(first, last + 1)))
                self._edge += blocks * _BLOCK_NS
            first = last + 1
        self._forget()
        return stretches

    def _settle(self) -> Times:
        """Join what has come, with times that rise and values within the limit; gives the steps of time."""
        times = np.concatenate([self._times, *[sample.times for sample in self._pending]])
        values = np.concatenate([self._values, *[sample.values for sample in self._pending]])
        self._pending.clear()
        steps: Times = times[1:] - times[:-1]
        orderly = not len(steps) or np.minimum.reduce(steps) > 0
        if not (orderly and np.maximum.reduce(np.abs(values), axis=None, initial=0) <= _LIMIT):
            finite = np.isfinite(values).all(axis=1)
            times, values = times[finite], np.clip(values[finite], -_LIMIT, _LIMIT)
            rising = np.ones(len(times), bool)
            rising[1:] = times[1:] > np.maximum.accumulate(times)[:-1]
            times, values = times[rising], values[rising]
            steps = times[1:] - times[:-1]
        self._times, self._values = times, values
        return steps

    def _forget(self) -> None:
        """Let go of the samples that the next cell does not need."""
        if self._edge is not None:
            needless = int(self._times.searchsorted(self._edge)) - 1
            if needless > 0:
                self._times, self._values = self._times[needless:], self._values[needless:]

    def _stretch(self, start: int, cells: int, rows: slice) -> ChestStretch:
        means = _cell_means(self._times[rows], self._values[rows], start, cells).tolist()
        if self._fresh:
            self._states = [(x / (1 + _A1 + _A2),) * 2 for x in means[0]]
        acc: list[list[float]] = []
        rough: list[float] = []
        for mean in means:
            low: list[float] = []
            square = 0.0
            for axis, x in enumerate(mean):
                before, long_before = self._states[axis]
                state = x - _A1 * before - _A2 * long_before
                self._states[axis] = state, before
                low.append(_LOW * (state + 2 * before + long_before))
                square += (state - 2 * before + long_before) ** 2
            acc.append(low)
            rough.append(_HIGH * square**0.5)
        fresh, self._fresh = self._fresh, False
        middle = HostNs(start + CHEST_STEP_NS // 2)
        return ChestStretch(middle, CHEST_STEP_NS, np.array(acc), np.array(rough), fresh)


def _cell_means(times: Times, values: Values, start: int, cells: int) -> Values:
    """Mean (cells, 3) over each cell from `start` on of the line through the samples, which reach to both ends.

    Summed cell by cell over what lies in it, so that it is the same to the last bit however samples were cut.
    """
    edges = start + CHEST_STEP_NS * np.arange(cells + 1, dtype=np.int64)
    right = np.maximum(times.searchsorted(edges), 1)
    left = right - 1
    before, after = times.take(left), times.take(right)
    share = (edges - before) / (after - before)
    at_left = values.take(left, axis=0)
    at_edges = at_left + share[:, None] * (values.take(right, axis=0) - at_left)
    inside = slice(int(right[0]), int(right[-1]))
    all_times = np.concatenate((edges, times[inside]))
    order = all_times.argsort(kind="stable")
    all_times = all_times.take(order)
    line = np.concatenate((at_edges, values[inside])).take(order, axis=0)
    areas = (line[1:] + line[:-1]) * (all_times[1:] - all_times[:-1])[:, None]
    firsts = all_times.searchsorted(edges)
    sums: Values = np.add.reduceat(areas[: firsts[-1]], firsts[:-1], axis=0)
    return sums * (0.5 / CHEST_STEP_NS)
