"""Two uneven streams on one even grid: acceleration and angular rate at 100 Hz, as far as both have come."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tidehold.records import HostNs, Times, Values
from tidehold.units import NS

RATE_HZ: Final = 100
STEP_NS: Final = NS // RATE_HZ
CELL: Final = 10
"""Grid points that are given out together, always whole: all that is summed is summed over the same points."""
CELL_NS: Final = CELL * STEP_NS
BREAK_NS: Final = 2 * NS
"""A hole longer than this breaks a stream; a shorter one is bridged."""
_HEARD_NS: Final = NS // 2
"""A grid point between samples farther apart than this is bridged, not heard."""
_ABSENT_NS: Final = NS
"""This much of one stream without any of another, ever, and the other one does not exist."""
_KEPT_NS: Final = 60 * NS
"""Of a stream that waits for another."""
_LIMITS: Final = {"acc": 1e4, "gravity": 1e4, "gyr": 1e3}
"""In m/s^2 and rad/s: far above any sensor's range, and small enough to be squared."""


class Stretch(NamedTuple):
    """Whole cells without a break: `start` of the first, `acc` (n, 3) m/s^2, `gyr` (n, 3) rad/s or None, `heard` (n,).

    `fresh`: it does not continue the stretch before.
    """

    start: HostNs
    acc: Values
    gyr: Values | None
    heard: NDArray[np.bool_]
    fresh: bool


class _Run(NamedTuple):
    """Samples without a break: times of the first and the last; `closed` if there are some after the break."""

    start: int
    end: int
    closed: bool


class _Track:
    """The samples of one stream that the grid may still need."""

    def __init__(self) -> None:
        self.oldest: HostNs | None = None
        self.newest: HostNs | None = None
        self._times: Times = np.empty(0, np.int64)
        self._values: Values = np.empty((0, 3))
        self._pending: list[tuple[Times, Values]] = []
        self._runs: list[tuple[int, int]] = []  # times of the first and the last sample of each
        self._hole: int = -NS  # where the last one ended that is not heard across

    def push(self, times: Times, values: Values) -> None:
        self._pending.append((times, values))

    def settle(self, limit: float) -> None:
        """Join what has come: times rise, values are finite and within the limit."""
        if not self._pending:
            return
        known = len(self._times)
        times = np.concatenate([self._times, *[times for times, _ in self._pending]])
        values = np.concatenate([self._values, *[values for _, values in self._pending]])
        self._pending.clear()
        if len(times) == known:
            return
        steps = times[1:] - times[:-1]
        largest = float(np.maximum.reduce(np.abs(values), axis=None))
        if (len(steps) and int(np.minimum.reduce(steps)) <= 0) or not math.isfinite(largest):
            good = np.isfinite(values).all(axis=1)
            good[1:] &= times[1:] > np.maximum.accumulate(times)[:-1]
            times, values = times[good], values[good]
            if len(times) == known:
                return
            steps = times[1:] - times[:-1]
        if not largest <= limit:
            values = np.minimum(np.maximum(values, -limit), limit)
        self._times, self._values = times, values
        self._extend(known, steps)

    def _extend(self, known: int, steps: Times) -> None:
        """Note what the samples behind the first `known` do to runs and holes; `steps` between all of them."""
        times = self._times
        self.newest = HostNs(int(times[-1]))
        if self.oldest is None:
            self.oldest = HostNs(int(times[0]))
        start = self._runs.pop()[0] if self._runs else int(times[0])
        if len(steps) and int(np.maximum.reduce(steps)) > _HEARD_NS:
            after = np.flatnonzero(steps > _HEARD_NS) + 1
            self._hole = int(times[after[-1]])
            for number in after[(after >= known) & (steps[after - 1] > BREAK_NS)].tolist():
                self._runs.append((start, int(times[number - 1])))
                start = int(times[number])
        self._runs.append((start, self.newest))

    def run(self, t: int) -> _Run | None:
        """The run that `t` lies in, or else the next one."""
        for place, (start, end) in enumerate(self._runs):
            if end >= t:
                return _Run(start, end, place + 1 < len(self._runs))
        return None

    def at(self, grid: Times) -> tuple[Values, NDArray[np.bool_] | None]:
        """Values at the grid's times by linear interpolation, and whether they were heard (None: all); of one run."""
        right = self._times.searchsorted(grid)
        left = right - 1  # -1 on the first sample: any other has no share in it
        end = self._times.take(right)
        span = end - self._times.take(left)
        back = (end - grid) / np.maximum(span, 1)
        values = self._values.take(left, axis=0)
        after = self._values.take(right, axis=0)
        values -= after
        values *= back[:, None]
        values += after
        return values, None if int(grid[0]) > self._hole else (span <= _HEARD_NS) | (back == 0)

    def forget(self, before: int) -> None:
        """Let go of what no grid time from `before` on needs."""
        if not self._runs or self._runs[0][0] >= before:
            return
        needless = int(self._times.searchsorted(before)) - 1
        if needless > 0:
            self._times, self._values = self._times[needless:], self._values[needless:]
            oldest = int(self._times[0])
            self._runs = [(max(start, oldest), end) for start, end in self._runs if end >= oldest]


class ImuGrid:
    """Puts the samples of an IMU on a grid of 100 Hz that is anchored at the first of them.

    The grid goes only as far as every stream has come, and never looks ahead of
    a sample. Where samples lie in time is all that matters, not how they were
    cut into frames. Without "acc", "gravity" stands in for it. Where there is
    no angular rate (none ever, or none for long), the grid goes on without.
    """

    def __init__(self) -> None:
        self._tracks = {kind: _Track() for kind in _LIMITS}
        self._acc = ""  # the stream that acceleration is taken from
        self._anchor: int | None = None
        self._cell = 0
        self._alone = False  # the last stretch had no angular rate
        self._broken = True

    @property
    def newest(self) -> HostNs | None:
        """Time of the last sample of acceleration that `take` has seen."""
        return self._tracks[self._acc].newest if self._acc else None

    def push(self, kind: str, times: Times, values: Values) -> None:
        """Take samples of a stream ("acc", "gyr" or "gravity"); others are ignored, as is gravity beside "acc"."""
        if kind == "gravity" and self._acc == "acc":
            return
        if kind in self._tracks and values.ndim == 2 and values.shape[1] == 3:
            self._tracks[kind].push(times, values)

    def take(self) -> list[Stretch]:
        """The stretches that can be said by now and have not been."""
        for kind, track in self._tracks.items():
            track.settle(_LIMITS[kind])
            if track.newest is not None:
                track.forget(track.newest - _KEPT_NS)
        self._choose()
        if not self._acc:
            return []
        stretches: list[Stretch] = []
        while (stretch := self._next()) is not None:
            stretches.append(stretch)
        for kind in (self._acc, "gyr"):
            self._tracks[kind].forget(self._now)
        return stretches

    @property
    def _now(self) -> int:
        """Time of the next cell."""
        return (self._anchor or 0) + self._cell * CELL_NS

    def _choose(self) -> None:
        """Acceleration as it is measured, or else the phone's own gravity, once there has been a second of that."""
        before = self._acc
        gravity = self._tracks["gravity"]
        if self._tracks["acc"].newest is not None:
            self._acc = "acc"
        elif (gravity.newest or 0) - (gravity.oldest or 0) >= _ABSENT_NS:
            self._acc = "gravity"
        if self._acc != before:
            self._broken = True
            if self._anchor is None:
                self._anchor = self._tracks[self._acc].oldest

    def _next(self) -> Stretch | None:
        while (acc := self._tracks[self._acc].run(self._now)) is not None:
            if acc.start > self._now:
                self._jump(acc.start)
                continue
            gyr = self._rate_run(acc)
            if gyr is not None:
                cells, beyond = self._cells(min(acc.end, gyr.end)), None
            else:
                beyond = self._rate_returns()
                if not self._may_go_alone(acc, beyond):
                    if beyond is None:
                        return None
                    self._jump(beyond)
                    continue
                cells = self._cells(acc.end if beyond is None else min(acc.end, beyond - 1))
            if cells:
                return self._stretch(cells, alone=gyr is None)
            if acc.closed and acc.end < self._now + CELL_NS - STEP_NS:
                self._jump(acc.end + 1)
            elif beyond is not None and beyond <= acc.end:
                self._jump(beyond)
            else:
                return None
        return None

    def _rate_run(self, acc: _Run) -> _Run | None:
        """The run of angular rate that goes on here, if it covers the next cell or still may."""
        run = self._tracks["gyr"].run(self._now)
        if run is None or run.start > self._now:
            return None
        ends_here = run.end < self._now + CELL_NS - STEP_NS
        return None if ends_here and (run.closed or acc.end - run.end > BREAK_NS) else run

    def _rate_returns(self) -> int | None:
        """Where angular rate, which does not cover the next cell, is known to go on."""
        run = self._tracks["gyr"].run(self._now)
        if run is not None and run.start <= self._now:
            run = self._tracks["gyr"].run(run.end + 1)
        return None if run is None else run.start

    def _may_go_alone(self, acc: _Run, beyond: int | None) -> bool:
        """Whether acceleration need not wait for angular rate, of which the next sample known is at `beyond`."""
        if self._alone:
            return True
        if beyond is not None:
            return beyond - self._now > _ABSENT_NS
        newest = self._tracks["gyr"].newest
        if newest is None:
            return acc.end - self._now >= _ABSENT_NS
        return acc.end - max(newest, self._now) > BREAK_NS

    def _cells(self, end: int) -> int:
        """How many whole cells lie between here and `end`."""
        return max(0, (end - self._now + STEP_NS) // CELL_NS)

    def _jump(self, t: int) -> None:
        """Go on at the first cell that starts at `t` or later."""
        self._cell = -(-(t - (self._anchor or 0)) // CELL_NS)
        self._broken = True

    def _stretch(self, cells: int, *, alone: bool) -> Stretch:
        start = self._now
        grid = np.arange(start, start + cells * CELL_NS, STEP_NS, dtype=np.int64)
        acc, heard = self._tracks[self._acc].at(grid)
        gyr = None
        if not alone:
            gyr, heard_too = self._tracks["gyr"].at(grid)
            heard = heard_too if heard is None else heard if heard_too is None else heard & heard_too
        if heard is None:
            heard = np.ones(len(grid), np.bool_)
        fresh = self._broken or alone != self._alone
        self._cell += cells
        self._alone, self._broken = alone, False
        return Stretch(HostNs(start), acc, gyr, heard, fresh)
