"""When a limb is being held: MOVE, SETTLE and HOLD, as a table.

A hold is known 1.5 s after it began and is said to have begun when the limb came to rest; its end is known 0.4 s late
and is said to have been when the limb last was at rest in its place.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple

from tidehold.estimators.imu_grid import CELL_NS
from tidehold.estimators.posture import Moment
from tidehold.records import HostNs
from tidehold.units import NS

_CELL_S: Final = CELL_NS / NS
_MEAN_SHARE: Final = 1 - math.exp(-_CELL_S / 0.5)
"""Of a cell in the mean that follows with a time constant of 0.5 s;"""
_PLACE_SHARE: Final = 1 - math.exp(-_CELL_S / 20.0)
"""and with one of 20 s: the place of a hold follows a drift of a few degrees a minute, not a limb that is let down."""


class State(Enum):
    """What the limb is doing."""

    MOVE = "moving"
    SETTLE = "settling"
    HOLD = "holding"


class Limits(NamedTuple):
    """Where one state ends: angular rates in deg/s, angles from the mean of 0.5 s and from the hold's place in deg."""

    calm_deg_s: float
    quiet_deg_s: float
    near_deg: float
    away_deg_s: float
    away_deg: float
    settling_s: float


_LIKELY: Final = Limits(12.0, 16.0, 6.0, 25.0, 9.0, 1.0)
_USUAL: Final = Limits(8.0, 10.0, 3.0, 25.0, 9.0, 1.5)
_UNLIKELY: Final = _USUAL._replace(settling_s=3.0)
_GUESSED: Final = Limits(4.0, 6.0, 3.0, 6.0, 9.0, 1.5)

LIMITS: Final = {
    (True, True): _LIKELY,
    (True, None): _USUAL,
    (True, False): _UNLIKELY,
    (False, True): _GUESSED._replace(near_deg=6.0, settling_s=1.0),
    (False, None): _GUESSED,
    (False, False): _GUESSED._replace(settling_s=3.0),
}
"""By whether there is a gyroscope, and whether a hold is due (None: nobody says).

A person who is asked to hold may tremble; a pause that nobody asked for must be longer. On BROAD's rests anything from
8 to 15 deg/s, 2 to 6 deg and 1 to 1.5 s finds them all; above 8 deg/s slow articulations pause too. Without a gyroscope
these are for the rate that `Stillness` guesses: beyond 6 deg/s a movement passes for gravity.
"""


class Look(NamedTuple):
    """What the table decides on: how fast, and how far from the mean of 0.5 s and from the hold's place."""

    rate_deg_s: float
    near_deg: float
    away_deg: float


class Row(NamedTuple):
    """A way out of `state`: to `then`, once `when` has held for `for_s`; None: as long as settling takes."""

    state: State
    when: Callable[[Look, Limits], bool]
    for_s: float | None
    then: State


def _calm(look: Look, limits: Limits) -> bool:
    return look.rate_deg_s < limits.calm_deg_s


def _quiet(look: Look, limits: Limits) -> bool:
    return look.rate_deg_s < limits.quiet_deg_s and look.near_deg < limits.near_deg


def _restless(look: Look, limits: Limits) -> bool:
    return not _quiet(look, limits)


def _away(look: Look, limits: Limits) -> bool:
    return look.rate_deg_s > limits.away_deg_s or look.away_deg > limits.away_deg


TABLE: Final = (
    Row(State.MOVE, _calm, 0.1, State.SETTLE),
    Row(State.SETTLE, _restless, 0.1, State.MOVE),
    Row(State.SETTLE, _quiet, None, State.HOLD),
    Row(State.HOLD, _away, 0.4, State.MOVE),
)
"""The first row of a state whose condition has held long enough is taken."""
_ROWS: Final = {state: [(number, row) for number, row in enumerate(TABLE) if row.state is state] for state in State}


class HoldDetector:
    """Tells holds from movements; `reset` it after each break of the stream."""

    def __init__(self) -> None:
        self.due: bool | None = None
        """Whether a routine asks for a hold now; None without one."""
        self.reset()

    def reset(self) -> None:
        """Begin anew, moving."""
        self.state = State.MOVE
        self.start: HostNs | None = None
        """When the limb came to rest, while it settles or is held."""
        self.end: HostNs | None = None
        """When the last hold ended."""
        self._held = [0] * len(TABLE)  # for how many cells each row's condition has
        self._mean: tuple[float, float, float] | None = None
        self._place = (0.0, 0.0, 1.0)
        self.at_rest: HostNs | None = None
        """Until when the limb that is held, or was, was at rest in its place."""

    def replace(self, up: tuple[float, float, float]) -> None:
        """Let the hold go on in another place: the limb has slipped there."""
        self._place = self._mean = up
        self._held = [0] * len(TABLE)

    def add(self, moment: Moment, *, gyroscope: bool = True) -> State:
        """The state after the next cell."""
        cell, limits = moment.cell, LIMITS[gyroscope, self.due]
        self._mean = cell.up if self._mean is None else _follow(self._mean, cell.up, _MEAN_SHARE)
        rate = math.inf if moment.rate_deg_s is None else moment.rate_deg_s
        near_deg = angle_deg(cell.up, self._mean) if self.state is State.SETTLE else 0.0  # only then does a row look
        away_deg = 0.0
        if self.state is State.HOLD:
            self._place = _follow(self._place, cell.up, _PLACE_SHARE)
            away_deg = angle_deg(cell.up, self._place)
        look = Look(rate, near_deg, away_deg)
        if self.state is State.HOLD and _calm(look, limits) and away_deg < limits.away_deg / 3:
            self.at_rest = HostNs(cell.start + CELL_NS)
        for number, row in _ROWS[self.state]:
            self._held[number] = self._held[number] + 1 if row.when(look, limits) else 0
            for_s = limits.settling_s if row.for_s is None else row.for_s
            if self._held[number] * _CELL_S >= for_s - _CELL_S / 2:
                self._enter(row.then, moment)
                break
        return self.state

    def _enter(self, state: State, moment: Moment) -> None:
        self._held = [0] * len(TABLE)
        up, start = moment.cell.up, moment.cell.start
        match state:
            case State.SETTLE:
                self.start, self._mean = start, up
            case State.HOLD:
                self._place = self._mean or up
                self.at_rest = HostNs(start + CELL_NS)
            case State.MOVE:
                self.end = self.at_rest if self.state is State.HOLD else self.end
                self.start = None
        self.state = state


def angle_deg(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """Angle between two directions of any length, exact for small and large ones (Kahan)."""
    (a, b, c), (x, y, z) = one, other
    cross = math.hypot(b * z - c * y, c * x - a * z, a * y - b * x)
    return math.degrees(math.atan2(cross, a * x + b * y + c * z))


def _follow(
    mean: tuple[float, float, float], up: tuple[float, float, float], share: float
) -> tuple[float, float, float]:
    """A direction that follows another: by this share of the way in a cell."""
    (a, b, c), (x, y, z) = mean, up
    return a + share * (x - a), b + share * (y - b), c + share * (z - c)
