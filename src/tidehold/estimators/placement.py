"""Whether an IMU is where the person said: on the trunk it turns as the strap does, on a leg it does not.

Both know only which way is up in their own axes, but how far "up" turns from one rest to the next is the same for all
that is fixed to the same part of the body, however it is put on. What does not come back to where it was is no
evidence: somebody may have taken the phone off, or be putting it on. What cannot be told apart (shin from thigh,
breastbone from belly) is never a reason to ask.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final, NamedTuple

from tidehold.estimators.chest import ON_CHEST
from tidehold.estimators.hold_detector import angle_deg
from tidehold.estimators.imu_grid import CELL_NS
from tidehold.estimators.movement_plane import Direction
from tidehold.estimators.posture import Posed, Posture
from tidehold.records import Cue, Estimate, Gap, HostNs, Output, Sample, Times, Values
from tidehold.units import NS, STANDARD_GRAVITY

STRAP: Final = "strap"
"""The source that is on the chest for certain."""
_EVERY: Final = 5
"""Cells from one look at both to the next: 0.5 s."""
_REST_LOOKS: Final = 4
"""Looks, 2 s, in which both keep their direction: a rest."""
_REST: Final = math.cos(math.radians(4.0))
"""By which they may stray in it: breath, heartbeats and sway."""
_MOVED_DEG: Final = 20.0
"""One has moved, by more than people fidget;"""
_TURNED_DEG: Final = 15.0
"""both have, from rest to rest;"""
_STAYED_DEG: Final = 8.0
"""and the other has not: a deep breath and a strap that creeps are less."""
_ALIKE_DEG: Final = 6.0
_ALIKE_SHARE: Final = 0.15
"""By which breastbone and strap, a hand's breadth apart on a spine that bends, may differ."""
_BACK_DEG: Final = 12.0
"""Nearer to a rest before, it has come back."""
_RESTS: Final = 4
"""Rests before that are remembered."""
_SURE_ON_TRUNK: Final = 2
_SURE_ON_LEG: Final = 3
"""Movements that do not fit before a person is asked. Who turns over in one piece moves legs and trunk alike."""
_OUTWEIGHED: Final = 2
"""So many times as many must not fit as do."""
_SWING_EVERY: Final = 2
"""Cells: 0.2 s."""
_SWING: Final = math.cos(math.radians(30.0))
"""A leg that walks turns by more than this within 0.4 s;"""
_SWUNG: Final = math.cos(math.radians(12.0))
"""and between two swings by less."""
_SWINGS: Final = 8
"""Within `_SWINGING_NS`: four strides, and no trunk does that."""
_SWINGING_NS: Final = 8 * NS
_SWAYED_DEG: Final = 30.0
"""A strap that turns by this in `_SWINGING_NS` goes along: that is no walking."""
_MOST_G: Final = 0.15
"""Farther from 1 g acceleration does not tell which way is up."""
_AWAY_NS: Final = 5 * NS
"""A strap that was silent for so long is waited for no longer."""
_KEPT_NS: Final = 10 * NS
"""A phone that tells later than this where it was is not compared."""
_UNSEEN: Final = 4
"""Looks, 2 s, without the strap: what moved meanwhile is not known."""
_HOW: Final = "is it in the right place? (placement in tidehold.toml, or --placement)"


class _Look(NamedTuple):
    """Both at one time; `strap` is None where it did not tell which way is up."""

    t: HostNs
    phone: Direction
    strap: Direction | None


class _Rest(NamedTuple):
    phone: Direction
    strap: Direction


class PlacementCheck:
    """Compares how one IMU moves with where it is said to be; see `tidehold.estimators.contract.Estimator`.

    It takes what `Posture` takes, and "strap/acc"; `<source>/` stands before the name.

    - `placement_fit`: which share, 0..1, of the movements that tell anything is as it should be there. Quality: how
      many there were, n / (n + 2). Its `why` is the question, once there is enough against the placement.

    `live` gives the question as a cue "placement", once.

    Args:
        source: Name of the source, the first part of its streams' names.
        placement: Where it is said to be.
        posture: The source's, where others follow it too; then whoever has it feeds it.
    """

    def __init__(self, source: str, placement: str, posture: Posture | None = None) -> None:
        self._source = source
        self._placement = placement
        self._on_trunk = placement in ON_CHEST
        self._fed = posture is not None
        self._posture = posture or Posture(source)
        self._posture.follow(self._digest)
        self._strap = f"{STRAP}/acc"
        # Of the strap, for looks that are still to come: time of the last sample, times, values.
        self._heard: deque[tuple[int, Times, Values]] = deque()
        self._came: list[Sample] = []  # of the strap, since it was last looked at
        self._strap_newest: HostNs | None = None
        self._cells = 0
        self._pending: deque[tuple[HostNs, Direction | None]] = deque()  # None: a break
        self._from: _Rest | None = None  # since which both keep their direction,
        self._kept = 0  # and for how many looks
        self._rests: deque[_Rest] = deque(maxlen=_RESTS)
        self._out = [0.0, 0.0]  # farthest from the last rest: phone, strap
        self._near = [0.0, 0.0]  # at the last look: what is far at two looks is far
        self._unseen = 0
        self._ups: deque[Direction] = deque(maxlen=2)
        self._swings: deque[HostNs] = deque(maxlen=_SWINGS)
        self._is_out = False
        self._walks: deque[HostNs] = deque()
        self._straps: deque[Direction] = deque(maxlen=_SWINGING_NS // (_EVERY * CELL_NS))
        self.alike = self.alone = self.left = self.walked = 0
        """How often both turned alike, the phone alone, the strap alone; and how often the phone swung as a leg."""
        self._question = ""  # once there was a reason for it
        self._news: list[str] = []

    def update(self, sample: Sample) -> None:
        """Take the samples of one frame; streams it has no use for are ignored."""
        if sample.stream == self._strap and sample.values.ndim == 2:
            self._came.append(sample)
        elif not self._fed:
            self._posture.update(sample)

    def gap(self, gap: Gap) -> None:
        """Nothing to do: the times of the samples show it too."""

    def estimate(self, now: HostNs) -> tuple[Estimate, ...]:
        """How well what was seen fits the placement."""
        if not self._fed:
            self._posture.advance()
        self._look(now)
        fits, not_fits = self._judged
        name, n = f"{self._source}/placement_fit", fits + not_fits
        if n == 0:
            return (Estimate(now, name, None, 0.0, self._why),)
        return (Estimate(now, name, fits / n, n / (n + 2), self._question),)

    def live(self, now: HostNs) -> list[Output]:
        """The question, once."""
        news: list[Output] = [Cue(now, "placement", text) for text in self._news]
        self._news.clear()
        return news

    @property
    def _judged(self) -> tuple[int, int]:
        """How many movements fit the placement, and how many do not."""
        if self._on_trunk:
            return self.alike, self.alone + self.left + self.walked
        return self.alone + self.left + self.walked, self.alike

    @property
    def _why(self) -> str:
        if self._strap_newest is None:
            return "no strap that measures acceleration, to compare with"
        return "no leg was moved and no posture changed there and back yet"

    def _digest(self, posed: Posed) -> None:
        if posed.fresh:
            self._pending.append((posed.moments[0].cell.start, None))
            self._cells = 0
            self._ups.clear()
            self._swings.clear()
        for moment in posed.moments:
            self._cells += 1
            if self._on_trunk and self._cells % _SWING_EVERY == 0:
                self._swing(moment.cell.start, moment.cell.up)
            if self._cells % _EVERY == 0:
                self._pending.append((moment.cell.start, moment.cell.up))

    def _forget(self) -> None:
        """What moved is not known: the next rest is the first."""
        self._from = None
        self._rests.clear()
        self._out, self._near, self._unseen = [0.0, 0.0], [0.0, 0.0], 0

    def _look(self, now: HostNs) -> None:
        """Look at both as far as both are known."""
        for sample in self._came:
            if len(sample.times):
                self._strap_newest = HostNs(sample.times.item(-1))
                self._heard.append((self._strap_newest, sample.times, sample.values))
        self._came.clear()
        newest = self._strap_newest
        is_away = newest is None or now - newest > _AWAY_NS
        last = HostNs(-_KEPT_NS)
        while self._pending:
            t, phone = self._pending[0]
            strap: Direction | None = None
            if newest is not None and newest - _KEPT_NS <= t <= newest:
                strap = self._strap_at(t)
            elif not is_away and newest is not None and t > newest:
                break
            self._pending.popleft()
            last = t
            if phone is None:
                self._forget()
            else:
                self._take(_Look(t, phone, strap))
        while self._heard and (self._heard[0][0] < last or self._heard[0][0] < (newest or 0) - _KEPT_NS):
            self._heard.popleft()

    def _strap_at(self, t: HostNs) -> Direction | None:
        """Which way is up for the strap at the first sample not before `t`."""
        while self._heard[0][0] < t:
            self._heard.popleft()
        _, times, values = self._heard[0]
        index = int(times.searchsorted(t))
        if times.item(index) - t > NS // 2:
            return None
        return _up(*values[index].tolist())

    def _take(self, look: _Look) -> None:
        if self._on_trunk:
            self._walk(look)
        strap = look.strap
        if strap is None:
            self._unseen += 1
            self._from = None
            if self._unseen > _UNSEEN:
                self._forget()
            return
        self._unseen = 0
        rest, start = self._rests[-1] if self._rests else None, self._from
        if rest is not None:
            self._stray(look.phone, strap, rest)
        if start is None or not (_is_near(look.phone, start.phone) and _is_near(strap, start.strap)):
            self._from, self._kept = _Rest(look.phone, strap), 1
            return
        self._kept += 1
        if self._kept == _REST_LOOKS or (self._kept > _REST_LOOKS and any(self._near)):
            self._rest(_Rest(look.phone, strap))

    def _stray(self, phone: Direction, strap: Direction, rest: _Rest) -> None:
        """How far both have gone from the last rest."""
        for number, (one, other) in enumerate(((phone, rest.phone), (strap, rest.strap))):
            away = 0.0 if _is_near(one, other) else angle_deg(one, other)
            self._out[number] = max(self._out[number], min(away, self._near[number]))
            self._near[number] = away

    def _rest(self, rest: _Rest) -> None:
        """Both rest; what happened since the last one that was elsewhere."""
        before = self._rests[-1] if self._rests else None
        if before is None:
            self._rests.append(rest)
            return
        phone, strap = angle_deg(rest.phone, before.phone), angle_deg(rest.strap, before.strap)
        phone_out, strap_out = max(phone, self._out[0]), max(strap, self._out[1])
        has_left = max(phone, strap) >= _TURNED_DEG
        if not has_left and max(phone_out, strap_out) < _MOVED_DEG:
            self._out = [0.0, 0.0]  # a fidget is over
            return
        known = list(self._rests)[:-1] if has_left else [before]
        if any(_is_back(rest, each) for each in known):
            self._score(phone, strap, phone_out, strap_out)
            self._rests.clear()  # there and back is one movement
        self._rests.append(rest)
        self._out, self._near = [0.0, 0.0], [0.0, 0.0]

    def _score(self, phone: float, strap: float, phone_out: float, strap_out: float) -> None:
        """A movement that came back: whose was it?"""
        if phone_out >= _MOVED_DEG and strap_out <= _STAYED_DEG:
            self.alone += 1
        elif strap_out >= _MOVED_DEG and phone_out <= _STAYED_DEG:
            self.left += 1
        elif min(phone, strap) >= _TURNED_DEG and abs(phone - strap) <= max(_ALIKE_DEG, _ALIKE_SHARE * strap):
            self.alike += 1
        else:
            return
        self._ask()

    def _swing(self, t: HostNs, up: Direction) -> None:
        """Whether it swings to and fro as quickly as a leg that walks."""
        (a, b, c), (x, y, z) = up, self._ups[0] if self._ups else up
        turned = a * x + b * y + c * z
        self._ups.append(up)
        if turned > _SWUNG:
            self._is_out = False
        if turned > _SWING or self._is_out:
            return
        self._is_out = True
        self._swings.append(t)
        if len(self._swings) == _SWINGS and t - self._swings[0] <= _SWINGING_NS:
            self._swings.clear()
            self._walks.append(t)

    def _walk(self, look: _Look) -> None:
        """Whether the chest went along with what looked like walking."""
        if look.strap is not None:
            self._straps.append(look.strap)
        if not self._walks or self._walks[0] > look.t:
            return
        self._walks.popleft()
        if all(angle_deg(each, self._straps[-1]) < _SWAYED_DEG for each in self._straps):
            self.walked += 1
            self._ask()

    def _ask(self) -> None:
        fits, not_fits = self._judged
        sure = _SURE_ON_TRUNK if self._on_trunk else _SURE_ON_LEG
        if self._question or not_fits < sure or not_fits <= _OUTWEIGHED * fits:
            return
        if not self._on_trunk:
            how = "it moves with the chest"
        elif self.alone + self.walked >= self.left:
            how = "it moves as a leg does, and the chest does not" if self.alone else "it swings as a leg does"
        else:
            how = "it stays where it is when the chest moves"
        self._question = f"{self._source} is set as worn on the {self._placement}, but {how}: {_HOW}"
        self._news.append(self._question)


def _is_near(one: Direction, other: Direction) -> bool:
    """Whether two unit vectors are as near as at rest; without the cost of an angle."""
    (a, b, c), (x, y, z) = one, other
    return a * x + b * y + c * z >= _REST


def _is_back(rest: _Rest, before: _Rest) -> bool:
    return angle_deg(rest.phone, before.phone) <= _BACK_DEG and angle_deg(rest.strap, before.strap) <= _BACK_DEG


def _up(x: float, y: float, z: float) -> Direction | None:
    """Direction of an acceleration that can be gravity; None if it cannot."""
    length = (x * x + y * y + z * z) ** 0.5
    if not abs(length / STANDARD_GRAVITY - 1) <= _MOST_G:  # no number is not within it, either
        return None
    return (x / length, y / length, z / length)
