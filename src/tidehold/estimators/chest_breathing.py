"""What chest motion says of each breath, live: its phase, its turning points, and whether it is held."""

from __future__ import annotations

import cmath
import math
from collections import deque
from typing import Final, NamedTuple

from tidehold.estimators.breaths import Turn, Turns
from tidehold.estimators.chest import CHEST_DELAY_S, ChestStretch
from tidehold.estimators.chest_axis import ChestAxis
from tidehold.estimators.held_breath import HeldBreath
from tidehold.estimators.phase import Phase, wrapped
from tidehold.records import Breath, Cue, HostNs, Pacing
from tidehold.units import NS

_DELAY_S: Final = CHEST_DELAY_S + 0.05
"""Velocity is the difference of two cells: half a cell later than they are."""
_OFFSET: Final = math.radians(85)
"""Velocity is greatest so far into a breath, in phase: a bit before its quarter, inhaling being the shorter part."""
_WARM_UP: Final = 100
_STALE_S: Final = 5.0
_ROUGH_MG: Final = 8.0
"""RMS above 1 Hz beyond which what is seen is movement, not breathing."""
_JOLT_MG: Final = 24.0
"""In one cell: who bends or turns moves the chest more than any breath; that is no history of breathing."""
_ROUGH_CELLS: Final = 150
_FIRM: Final = 0.4
_LEAST: Final = 0.25
_BREATH_S: Final = (1.5, 20.0)
_MEANS: Final = 5
_MEANS_S: Final = 90.0
_SURE_S: Final = 30.0
"""For how long the confidence that a breath was seen with lasts while it is held."""
_USUAL: Final = 1 / 300
"""Per cell: the usual rate is that of the last 30 s, as history of motion is that of the last minute."""
_GRACE_S: Final = 1.0
_UNASKED_S: Final = 3.0
"""Of holding on when the pacer no longer asks for it: the motion of the last 3 s tells of the pause itself."""
_NEAR: Final = 0.07
"""By which the rate may differ from the pacer's, so that the pacer may say which way is in."""


class Held(NamedTuple):
    """For how long the breath has been held, `seconds` (0 while breathing), or None and `why`; `quality` 0..1."""

    seconds: float | None
    quality: float
    why: str = ""


class ChestSaid(NamedTuple):
    """What there is to say at a tick: `breaths` and `cues` are those not said before."""

    phase: Phase
    held: Held
    breaths: list[Breath]
    cues: list[Cue]


class BreathMeans(NamedTuple):
    """Means over the last five breaths at confidence >= 0.4; all None, with `why`, where there are none of late."""

    inhale_s: float | None
    exhale_s: float | None
    inhale_share: float | None
    quality: float
    why: str = ""


class _Seen(NamedTuple):
    """A breath whose end was just found, s from the origin, and the confidence then."""

    inhale_s: float
    exhale_s: float
    end_s: float
    confidence: float


class ChestBreathing:
    """Follows the breaths of one source of chest motion.

    `rate_bpm` is always the rate at which breaths come now (`RateTracker.rate_bpm` of the posterior, not the mean
    of the last half minute; a number even where it is not known), `confidence` how sure that is (0..1).
    The order of calls is: `add` with every stretch as soon as it is known (at the latest before `live` or
    `means` of that tick), with the rate and confidence of the last second; `live` at every tick.

    Latency: phase is extrapolated to the tick. A breath is known 0.5 to 0.8 s after it ended, and whatever
    frames take to come (up to 1.4 s at 25 Hz). A held breath is known about 5 s after it began.
    """

    def __init__(self) -> None:
        self._origin: HostNs | None = None
        self._at_s = 0.0
        self._axis = ChestAxis()
        self._turns = Turns()
        self._held = HeldBreath()
        self._rough: deque[float] = deque(maxlen=_ROUGH_CELLS)
        self._rough_mg: float | None = None
        self._last: list[Turn] = []
        self._found: list[_Seen] = []
        self._breaths: deque[_Seen] = deque(maxlen=_MEANS)
        self._sure = 0.0
        self._asked: float | None = None  # until when the pacer last asked for a pause, s
        self._cued = False
        self._ticked: HostNs | None = None
        self._usual_bpm: float | None = None

    def add(self, stretch: ChestStretch, rate_bpm: float, confidence: float) -> None:
        """Take the next stretch."""
        if stretch.fresh or self._origin is None:
            self._origin = stretch.start if self._origin is None else self._origin
            self._axis.loosen(hole=True)
            self._held.hole()
        self._rough_mg = None
        step_s = stretch.step_ns / NS
        start_s = (stretch.start - self._origin) / NS
        self._sure = max(confidence, self._sure * math.exp(-len(stretch.acc) * step_s / _SURE_S))
        rows = zip(stretch.acc.tolist(), stretch.rough.tolist(), strict=True)
        for number, ((x, y, z), rough) in enumerate(rows):
            self._at_s = start_s + number * step_s
            velocity, relative, fresh = self._axis.add((x, y, z), rate_bpm)
            self._rough.append(rough * rough)
            if confidence >= _LEAST:
                before = rate_bpm if self._usual_bpm is None else self._usual_bpm
                self._usual_bpm = before + _USUAL * (rate_bpm - before)
            if fresh:
                self._restart()
            if rough > _JOLT_MG:
                self._held.hole()
            else:
                self._held.add(self._at_s - _DELAY_S, relative, seen=confidence >= _LEAST)
            if self._axis.cells > _WARM_UP:
                turn = self._turns.add(self._at_s - _DELAY_S, velocity)
                if turn is not None:
                    self._turned(turn, confidence)

    def _restart(self) -> None:
        """The axis was lost, or in and out were swapped: what is known of this breath holds no longer."""
        self._turns = Turns()
        self._last.clear()

    def _turned(self, turn: Turn, confidence: float) -> None:
        self._last.append(turn)
        if not turn.inhale or len(self._last) < 3:
            return
        inhale, exhale, end = self._last[-3:]
        self._last = self._last[-1:]
        held = self._held.since_s is not None
        if inhale.inhale and not held and _BREATH_S[0] <= end.at_s - inhale.at_s <= _BREATH_S[1]:
            confidence *= self._axis.sure
            seen = _Seen(inhale.at_s, exhale.at_s, end.at_s, confidence)
            self._found.append(seen)
            if confidence >= _FIRM:
                self._breaths.append(seen)

    def live(
        self, now: HostNs, rate_bpm: float, confidence: float, pacing: Pacing | None = None, rsa: Phase | None = None
    ) -> ChestSaid:
        """What to say at this tick.

        Args:
            now: The tick.
            rate_bpm: See above.
            confidence: See above.
            pacing: The breathing that is asked for now: no cue while it asks for a pause.
            rsa: `RrPhase.live` of the same tick where there are RR intervals: it says which way is in.
        """
        unseen = self._unseen(now)
        self._expect(pacing)
        held = self._held_now(now, pacing, unseen)
        phase = self._phase(now, rate_bpm, confidence, held, unseen)
        if phase.radians is not None:
            followed = confidence * self._axis.lock.quality  # whichever way is in
            self._ask_which_way_is_in(now, phase._replace(quality=followed), rate_bpm, pacing, rsa)
        self._ticked = now
        breaths = [
            Breath(now, self._time(seen.inhale_s), self._time(seen.exhale_s), self._time(seen.end_s), seen.confidence)
            for seen in self._found
            if seen.confidence >= _LEAST
        ]
        self._found.clear()
        return ChestSaid(phase, held, breaths, self._cues(now, held, pacing))

    def means(self, now: HostNs) -> BreathMeans:
        """Length of inhalation and exhalation, and Ti/Ttot, over the last five breaths."""
        if self._origin is None:
            return BreathMeans(None, None, None, 0.0, "no chest motion yet")
        oldest_s = (now - self._origin) / NS - _MEANS_S
        breaths = [seen for seen in self._breaths if seen.end_s >= oldest_s]
        if len(breaths) < _MEANS:
            return BreathMeans(None, None, None, 0.0, f"{len(breaths)} of {_MEANS} clear breaths of late")
        inhale_s = sum([seen.exhale_s - seen.inhale_s for seen in breaths]) / _MEANS
        exhale_s = sum([seen.end_s - seen.exhale_s for seen in breaths]) / _MEANS
        quality = sum([seen.confidence for seen in breaths]) / _MEANS
        return BreathMeans(inhale_s, exhale_s, inhale_s / (inhale_s + exhale_s), quality)

    def _time(self, at_s: float) -> HostNs:
        return HostNs((self._origin or 0) + round(at_s * NS))

    def _age_s(self, now: HostNs) -> float:
        """Of the newest motion."""
        return (now - self._time(self._at_s)) / NS

    def _unseen(self, now: HostNs) -> str:
        """Why there is nothing to go by; "" if there is."""
        if self._origin is None:
            return "no chest motion yet"
        age_s = self._age_s(now)
        if age_s > _STALE_S:
            return f"no chest motion for {age_s:.0f} s"
        if self._rough_mg is None:
            self._rough_mg = math.sqrt(sum(self._rough) / max(1, len(self._rough)))
        return f"moving: {self._rough_mg:.0f} mg above 1 Hz" if self._rough_mg > _ROUGH_MG else ""

    def _phase(self, now: HostNs, rate_bpm: float, confidence: float, held: Held, unseen: str) -> Phase:
        if unseen:
            return Phase(None, 0.0, unseen)
        if held.seconds:
            return Phase(None, 0.0, "breath held")
        if self._axis.cells < _WARM_UP:
            return Phase(None, 0.0, "finding the axis of breathing")
        turned = 2 * math.pi * rate_bpm / 60 * (self._age_s(now) + _DELAY_S)
        radians = wrapped(cmath.phase(self._axis.phasor) + turned + _OFFSET)
        return Phase(radians, confidence * self._axis.lock.quality * self._axis.sure)

    def _ask_which_way_is_in(
        self, now: HostNs, phase: Phase, rate_bpm: float, pacing: Pacing | None, rsa: Phase | None
    ) -> None:
        """Let RSA, and the pacer where it is followed, say whether phase is half a breath off."""
        radians = phase.radians
        if radians is None or self._ticked is None or phase.quality < _LEAST:
            return
        step_s = min(1.0, (now - self._ticked) / NS)
        if rsa is not None and rsa.radians is not None:
            self._axis.vote("rsa", math.cos(radians - rsa.radians) * rsa.quality, step_s)
        if pacing is not None and abs(rate_bpm / pacing.pattern.rate_bpm - 1) <= _NEAR:
            asked = 2 * math.pi * pacing.into_s(now) / pacing.pattern.length_s
            self._axis.vote("pacer", math.cos(radians - asked) * phase.quality, step_s)

    def _expect(self, pacing: Pacing | None) -> None:
        """Let the pacer say how slow a breath may be before it counts as held."""
        if pacing is None or self._usual_bpm is None:
            self._held.expect(1.0, 0.0)
            return
        pattern = pacing.pattern
        longest_s = max(pattern.inhale_s, pattern.exhale_s)
        self._held.expect(pattern.rate_bpm / self._usual_bpm, longest_s)

    def _held_now(self, now: HostNs, pacing: Pacing | None, unseen: str) -> Held:
        now_s = (now - (self._origin or 0)) / NS
        if pacing is not None and pacing.has_pause(now, _GRACE_S):
            self._asked = now_s
        if unseen:
            return Held(None, 0.0, unseen)
        if not self._held.known:
            return Held(None, 0.0, "too little breathing seen to tell a held breath")
        since_s = self._held.since_s
        return Held(0.0 if since_s is None else max(0.0, now_s - since_s), self._sure)

    def _cues(self, now: HostNs, held: Held, pacing: Pacing | None) -> list[Cue]:
        if not held.seconds:
            if self._cued and (held.seconds is not None or self._age_s(now) > _STALE_S):
                self._cued = False  # whoever fell silent cannot say it later: the next held breath needs its cue
                return [Cue(now, "breath-back", held.why or "breathing again")]
            return []
        now_s = (now - (self._origin or 0)) / NS
        asked_s = math.inf if self._asked is None or pacing is None else now_s - self._asked
        if self._cued or asked_s < _UNASKED_S:
            return []
        self._cued = True
        return [Cue(now, "breath-held", f"breath held for {held.seconds:.0f} s")]
