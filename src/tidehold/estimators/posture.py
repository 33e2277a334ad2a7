"""How a sensor lies and turns, cell by cell: the front end that all estimators of posture share.

Grid, attitude and stillness are the dear part of an IMU's estimators; whoever follows a `Posture` gets what they say
once it is known, and nothing is worked out twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tidehold.estimators.attitude import Attitude
from tidehold.estimators.contract import stream_kind
from tidehold.estimators.imu_grid import BREAK_NS, CELL, CELL_NS, ImuGrid, Stretch
from tidehold.estimators.stillness import Cell, Stillness, cells
from tidehold.records import HostNs, Sample, Times, Values
from tidehold.units import NS


class Moment(NamedTuple):
    """A cell of 0.1 s and what it makes of the ones before; see `Stillness`."""

    cell: Cell
    rate_deg_s: float | None
    still: bool
    moving: bool


class Posed(NamedTuple):
    """Some whole cells: `moments` of them, and of their samples `turning` (n, 3) rad/s and `up` (n, 3).

    `fresh`: they do not continue the ones before. Without `gyroscope`, `turning` is 0. `stretch`: what was measured.
    """

    fresh: bool
    gyroscope: bool
    turning: Values
    up: Values
    moments: list[Moment]
    stretch: Stretch

    def since(self, t: HostNs) -> Posed | None:
        """Those cells that begin at `t` or later; None if none does."""
        skip = sum(moment.cell.start < t for moment in self.moments)
        if not skip:
            return self
        if skip == len(self.moments):
            return None
        start, acc, gyr, heard, fresh = self.stretch
        first = skip * CELL
        left = Stretch(
            HostNs(start + skip * CELL_NS), acc[first:], None if gyr is None else gyr[first:], heard[first:], fresh
        )
        return self._replace(
            turning=self.turning[first:], up=self.up[first:], moments=self.moments[skip:], stretch=left
        )


class Posture:
    """Grid, attitude and stillness of one IMU.

    It takes "acc" (specific force, m/s^2), "gyr" (rad/s), and "gravity" where
    there is no "acc", of 10 to 400 Hz; `<source>/` stands before each name.

    Args:
        source: Name of the source, the first part of its streams' names.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.gyroscope = True
        self.end: HostNs | None = None
        """Of the newest cell."""
        self._grid = ImuGrid()
        self._attitude = Attitude()
        self._stillness = Stillness()
        self._followers: list[Callable[[Posed], None]] = []
        self._told = {"acc": _Told(), "gyr": _Told()}

    @property
    def newest(self) -> HostNs | None:
        """Time of the newest sample of acceleration."""
        return self._grid.newest

    @property
    def rate_deg_s(self) -> float | None:
        """How fast the sensor turned in the newest cell; see `Stillness`."""
        return self._stillness.rate_deg_s

    @property
    def moving(self) -> bool:
        """Whether nobody can have been holding anything in the newest cell."""
        return self._stillness.moving

    @property
    def acc_hz(self) -> float | None:
        """Samples of acceleration per second, on average since it last broke off; None without two of them."""
        return self._told["acc"].hz

    @property
    def gyr_hz(self) -> float | None:
        """The same of angular rate."""
        return self._told["gyr"].hz

    def follow(self, follower: Callable[[Posed], None]) -> None:
        """Let `follower` have all that is known from here on."""
        self._followers.append(follower)

    def update(self, sample: Sample) -> None:
        """Take the samples of one frame ("acc", "gyr" or "gravity" of this source)."""
        kind = stream_kind(sample.stream)
        if sample.stream != f"{self.source}/{kind}":
            return
        self._grid.push(kind, sample.times, sample.values)
        if kind in self._told:
            self._told[kind].add(sample.times)

    def advance(self) -> None:
        """Work out what can be known by now, and let the followers have it."""
        for stretch in self._grid.take():
            if stretch.fresh:
                self.gyroscope = stretch.gyr is not None
                self._attitude = Attitude(gyroscope=self.gyroscope)
                self._stillness = Stillness(gyroscope=self.gyroscope)
            up, turning = self._attitude.update(stretch.acc, stretch.gyr)
            moments: list[Moment] = []
            for cell in cells(stretch.start, stretch.heard, stretch.acc, turning, up):
                state = self._stillness
                state.add(cell)
                moments.append(Moment(cell, state.rate_deg_s, state.still, state.moving))
            self.end = HostNs(moments[-1].cell.start + CELL_NS)
            posed = Posed(stretch.fresh, self.gyroscope, turning, up, moments, stretch)
            for follower in self._followers:
                follower(posed)


class _Told:
    """Samples of a stream without a break."""

    def __init__(self) -> None:
        self._first = self._last = self._count = 0

    @property
    def hz(self) -> float | None:
        return None if self._count < 2 else (self._count - 1) * NS / (self._last - self._first)

    def add(self, times: Times) -> None:
        for t in times.tolist():
            if t <= self._last and self._count:
                continue
            if not self._count or t - self._last > BREAK_NS:
                self._first, self._count = t, 0
            self._last = t
            self._count += 1
