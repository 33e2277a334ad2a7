"""Whether the breath is held, by what the estimators say of chest and rhythm together."""

from __future__ import annotations

from collections import deque
from typing import Final

from tidehold.records import Estimate, HostNs
from tidehold.units import NS

_BEFORE_S: Final = 12
"""Seconds that confidence in the breathing rate is compared with: a still chest is told of after 4 to 5 of them."""
_SURE_S: Final = 20
"""Where the rhythm alone tells."""
_FADED: Final = 0.9
"""Of the highest of them: of a breath that is held it falls to that within 5 to 9 s, and goes on falling.

At 0.93 half of those who follow a routine, moving every half minute, are told of a breath they do not hold; from 0.9
down to 0.88 one in 20. In recorded breathing false findings fall by a third, for a second's delay.
"""
_FADED_S: Final = 2
"""Seconds in a row: of one alone a beat that came early may be the cause."""
_CLEAR: Final = 0.97
"""Of what it was before: then the rhythm has not ceased, and the chest was deceived, whatever it still says."""
_FASTER: Final = 1.03
_FASTER_S: Final = 8
"""Who breathes faster than so many seconds ago breathes, and their rhythm fades because it changes; of a breath that is
held the rate that is guessed stays or falls."""
_LULL_S: Final = 10.0
"""After the chest was said to have ceased to move the rhythm fades within 6 s if the breath is held: where it is still
clear after so long, something else has deceived the chest."""
_GONE: Final = 0.75
"""Of the highest of them, where the chest is of no help: soon after a bend it may seem to move on for half a minute."""
_BACK: Final = 0.825
_GONE_S: Final = 3
"""Seconds in a row for which it must be gone."""
_SURE: Final = 0.6
"""Confidence that the highest of them must have had."""
_STEADY: Final = 0.1
"""Who changes to another rate unsettles its estimate too; of a breath that is held the rate that is guessed stays."""
_HELD_S: Final = 8.0
"""For so long the limb must have been still: movement unsettles it as well."""


class BreathSeen:
    """Whether the breath is held: the chest was said to have ceased to move, and the rhythm of breathing fades as well.

    A lull after a movement looks like a held breath to the chest alone; heartbeats and the other sensor know better.
    In a stretch that is held still the rhythm alone tells too, where it fades further: later, but surely.

    Attributes:
        is_held: By chest and rhythm.
        gone_since: From when on it is held by the rhythm alone, if it is.
    """

    def __init__(self) -> None:
        self._was_sure: deque[float] = deque(maxlen=_BEFORE_S)
        self._rates: deque[float | None] = deque(maxlen=_FASTER_S + 1)
        self._in_hold: deque[tuple[float, HostNs, float]] = deque(maxlen=_SURE_S)  # confidence, when, rate
        self._gone_s = 0
        self._faded_s = 0
        self._clear = 0.0  # how sure the rhythm was before it faded
        self._still_since: HostNs | None = None
        self.is_held = False
        self.gone_since: HostNs | None = None

    def hear_cue(self, kind: str, t: HostNs) -> None:
        """The chest's motion has ceased ("breath-held"), or is back."""
        self._still_since = t if kind == "breath-held" else None
        self.is_held = self.is_held and self._still_since is not None

    def hear_rate(self, said: Estimate, held_s: float | None) -> None:
        """How sure the breathing rate is, each second, and for how long a stretch has been held still, s, if one is."""
        self._was_sure.append(said.quality)
        self._rates.append(said.value)
        self._hear_rhythm(said)
        if held_s is None or said.value is None:
            self._in_hold.clear()
            self._gone_s, self.gone_since = 0, None
            return
        self._in_hold.append((said.quality, said.t, said.value))
        best, at, rate = max(self._in_hold)
        is_steady = abs(said.value - rate) <= _STEADY * rate
        is_gone = held_s >= _HELD_S and best > _SURE and is_steady and said.quality <= _GONE * best
        self._gone_s = self._gone_s + 1 if is_gone else 0
        if self.gone_since is None and self._gone_s >= _GONE_S:
            self.gone_since = at
        elif self.gone_since is not None and said.quality >= _BACK * best:
            self.gone_since = None

    def _hear_rhythm(self, said: Estimate) -> None:
        """Whether it fades beside a chest that is still, or is as clear again as it was."""
        if self.is_held:
            self.is_held = said.quality < _CLEAR * self._clear
            return
        best = max(self._was_sure)
        is_lull = self._still_since is not None and (said.t - self._still_since) / NS <= _LULL_S
        before, rate = self._rates[0], said.value
        is_faster = before is not None and rate is not None and rate >= _FASTER * before
        self._faded_s = self._faded_s + 1 if said.quality <= _FADED * best and not is_faster else 0
        if is_lull and self._faded_s >= _FADED_S:
            self.is_held, self._clear = True, best

    def gone_s(self, now: HostNs) -> float:
        """For how long the breath has been held by the rhythm alone, s."""
        return 0.0 if self.gone_since is None else (now - self.gone_since) / NS
