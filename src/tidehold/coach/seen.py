"""What the sensors have said of one step: the numbers that findings and scores go by."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from tidehold.coach.adherence import LEAST_CONFIDENCE, PREFIX
from tidehold.coach.breath_seen import BreathSeen
from tidehold.records import Cue, Estimate, Hold, HostNs
from tidehold.routine import BAND_DEG, Measured, Step
from tidehold.units import NS

STEP_SCORE: Final = PREFIX + "step_score"
STEP_COVERAGE: Final = PREFIX + "step_coverage"
SETTLE_NS: Final = 12 * NS
"""From a step's start until its angle ought to have been reached."""
_FRESH_NS: Final = 5 * NS // 2
"""Figures come each second: an older one tells nothing of now."""
_BEGUN_S: Final = 5
"""A shorter stillness is a stop on the way, such as between two sides."""
_NEAR_DEG: Final = 10.0
"""A hold that is farther from its target has not begun."""
_FALLEN_DEG: Final = 6.0
_FALLEN_SHARE: Final = 0.2
"""Who has come back toward neutral by more than both has let go; a wobble or a breath is less."""
_NOT_HELD: Final = ("moving", "settling")
"""Why an estimate of a hold is unknown although the sensor is heard; see `HoldDetector`."""


class Held(NamedTuple):
    """A hold within the step: how steady it was, or why that is not known, and for how long."""

    score: float | None
    seconds: float
    why: str


class SourceSeen:
    """What one motion sensor has said of a step.

    Args:
        step: What is being done.
        since: When it began.
        target_deg: What is asked for, if an angle is.
    """

    def __init__(self, step: Step, since: HostNs, target_deg: float | None) -> None:
        self._step = step
        self._since = since
        self.target_deg = target_deg
        self.last: dict[str, Estimate] = {}
        self.known_s = 0
        """Seconds in which it knew its angle, or where there is no neutral pose, whether the limb moves."""
        self.has_angle = False
        """Whether it has ever known its angle."""
        self.held_s = 0
        self.in_band_s = 0
        self.angles_deg: list[float] = []
        """Of each second held."""
        self.pieces: list[Held] = []
        """Of the holds that are over."""
        self.measured: list[Measured] = []
        self.let_go: bool | None = None
        """Whether the hold had begun and is over; None if it has not begun, or that is not known now."""
        self.speed_deg_s: float | None = None
        """How fast the angle changed over the last second."""
        self._on_s = 0  # for how long the hold has gone on without a break
        self.begun = False
        self.slipped: HostNs | None = None

    def value(self, figure: str, now: HostNs, *, least: float = 0.0) -> float | None:
        """A figure as it is now, if that is known with at least this quality."""
        said = self.last.get(figure)
        if said is None or now - said.t > _FRESH_NS or said.quality < least:
            return None
        return said.value

    def hear(self, figure: str, said: Estimate, *, counts: bool) -> None:
        """Take a figure; `counts`: the step's time goes on."""
        before = self.last.get(figure)
        self.last[figure] = said
        if figure == "angle_deg":
            self.known_s += counts and said.value is not None
            self.has_angle |= said.value is not None
            known = before is not None and before.value is not None and said.value is not None
            passed_s = (said.t - before.t) / NS if before is not None else 0.0
            self.speed_deg_s = None
            if known and before is not None and 0 < passed_s < 2:
                self.speed_deg_s = abs((said.value or 0.0) - (before.value or 0.0)) / passed_s
        elif figure == "hold_s" and counts:
            angle = self.last.get("angle_deg")
            moves = said.value is not None or said.why.startswith(_NOT_HELD)
            self.known_s += moves and angle is not None and angle.value is None
            self._hold(said)

    def hold(self, hold: Hold) -> None:
        """A hold is over."""
        within_s = (hold.end - max(hold.start, self._since)) / NS
        if within_s >= 1:
            self.pieces.append(Held(hold.score, within_s, hold.why))

    def holding_now(self, now: HostNs) -> list[Held]:
        """The holds so far, with the one that goes on."""
        long_s = self.value("hold_s", now)
        scored = self.last.get("hold_score")
        if long_s is None or scored is None:
            return self.pieces
        return [*self.pieces, Held(scored.value, min(long_s, (now - self._since) / NS), scored.why)]

    def reached_deg(self, now: HostNs) -> float | None:
        """The angle that was reached: as measured, or so far, or the median of what was held."""
        for measured in self.measured[::-1]:
            reached = measured.figures.get("reached_deg")
            if reached is not None:
                return reached
        return self.value("reached_deg", now) or self.middle_deg

    @property
    def middle_deg(self) -> float | None:
        """Median of the angles held."""
        return sorted(self.angles_deg)[len(self.angles_deg) // 2] if self.angles_deg else None

    def reason(self, *figures: str) -> str:
        """Why the first of these figures that has a reason is not known: as its task said, or as was said last."""
        for figure in figures:
            told = [each.why.get(figure) or each.why.get("", "") for each in self.measured]
            said = self.last.get(figure)
            if why := next((why for why in told[::-1] if why), "") or (said.why if said else ""):
                return why
        return ""

    def off_deg(self, now: HostNs) -> float | None:
        """How far past its target the angle is, below 0 if short of it; None without either."""
        angle = self.value("angle_deg", now)
        if angle is None or self.target_deg is None:
            return None
        return math.copysign(1.0, self.target_deg) * (angle - self.target_deg)

    def is_near(self, now: HostNs) -> bool:
        """Whether it is not far short of its target, as far as that is known."""
        off = self.off_deg(now)
        return off is None or off > -_NEAR_DEG

    def _hold(self, said: Estimate) -> None:
        """A second of the step: whether the hold goes on, and at which angle."""
        angle, fallen = self.value("angle_deg", said.t), False
        middle = self.middle_deg
        if angle is not None and middle is not None:
            back_deg = math.copysign(1.0, middle) * (middle - angle)
            fallen = back_deg > max(_FALLEN_DEG, _FALLEN_SHARE * abs(middle))
        is_on = said.value is not None
        self._on_s = self._on_s + 1 if is_on and not (fallen and self.begun) else 0
        if is_on and not (fallen and self.begun):
            self.held_s += 1
            if angle is not None:
                self.angles_deg.append(angle)
                self.in_band_s += self.target_deg is not None and abs(angle - self.target_deg) <= BAND_DEG
        self.begun = self.begun or (self._on_s >= _BEGUN_S and self.is_near(said.t))
        if not self.begun or (not is_on and said.why not in _NOT_HELD):
            self.let_go = None
        else:
            self.let_go = fallen if angle is not None else not is_on


class Seen:
    """What was said of one run of a step, by all sensors.

    Args:
        step: What is being done.
        since: When it began.
        sources: Motion sensors that can measure it, see `fitting`.
        target_deg: What is asked for, if an angle is.
    """

    def __init__(self, step: Step, since: HostNs, sources: tuple[str, ...], target_deg: float | None) -> None:
        self.step = step
        self.since = since
        self.sources = {source: SourceSeen(step, since, target_deg) for source in sources}
        self.paced: list[tuple[float | None, float, str]] = []
        """Of each stretch of paced breathing that is over: its score, for how long its phase was known, s, and why."""
        self.paced_since: HostNs | None = None
        """When the paced breathing that goes on began."""
        self.surest = 0.0
        """Highest confidence in the breathing rate while it was paced."""
        self.breath = BreathSeen()
        """It goes on from step to step."""
        self.hold_began: HostNs | None = None
        """When the first hold since the step's start was known."""
        self.skipped: HostNs | None = None
        """When the newest skipped cycle was known."""
        self._body: dict[str, Estimate] = {}

    @property
    def best(self) -> SourceSeen | None:
        """The motion sensor that has known most of the step, or else the first one."""
        return max(self.sources.values(), key=lambda seen: seen.known_s) if self.sources else None

    def body(self, name: str, now: HostNs, *, least: float = LEAST_CONFIDENCE) -> float | None:
        """A figure of breathing or pacing as it is now, if that is known with at least this quality."""
        said = self._body.get(name)
        if said is None or now - said.t > _FRESH_NS or said.quality < least:
            return None
        return said.value

    def go_on(self, now: HostNs) -> None:
        """The step goes on after it was stopped: of the holds until now only one that is still on counts, from now."""
        holding = (seen.value("hold_s", now) is not None and seen.is_near(now) for seen in self.sources.values())
        self.hold_began = now if any(holding) else None

    def hear(self, said: Estimate, *, counts: bool) -> None:
        """Take a figure; `counts`: the step's time goes on."""
        source, _, figure = said.name.partition("/")
        seen = self.sources.get(source)
        if seen is not None:
            seen.hear(figure, said, counts=counts)
        elif source in ("breathing", "pacing"):
            self._body[said.name] = said
            if said.name == "breathing/rate_bpm":
                self.breath.hear_rate(said, self._stretch_held_s(said.t))
                self.surest = max(self.surest, said.quality) if self.paced_since is not None else 0.0
            if said.name == STEP_COVERAGE and self.paced_since is not None:
                self._paced(said, self.paced_since)

    def _stretch_held_s(self, now: HostNs) -> float | None:
        """For how long a stretch of this step has been held still, s; None where none is."""
        best = self.best
        return best.value("hold_s", now) if best is not None and self.step.kind == "hold" else None

    def _paced(self, coverage: Estimate, since: HostNs) -> None:
        """A stretch of paced breathing is over; the share of it that was known is the last that is said of it."""
        score = self._body.get(STEP_SCORE)
        if score is not None:
            self.paced.append((score.value, (coverage.value or 0.0) * (coverage.t - since) / NS, score.why))
        self.paced_since = None

    def hear_cue(self, cue: Cue) -> None:
        """Take what was said to the person."""
        if cue.kind in ("breath-held", "breath-back"):
            self.breath.hear_cue(cue.kind, cue.t)
        elif cue.kind in ("hold-start", "slip"):
            seen = self.sources.get(cue.text.partition(":")[0])
            if seen is not None and cue.kind == "slip":
                seen.slipped = cue.t if self._is_there(cue.t) else seen.slipped
            elif seen is not None and self.hold_began is None and seen.is_near(cue.t):
                self.hold_began = cue.t

    def _is_there(self, now: HostNs) -> bool:
        """Whether a hold may be this step's: before, who leaves the last one's on purpose does not slip."""
        return self.hold_began is not None or now - self.since >= SETTLE_NS

    def hear_hold(self, hold: Hold) -> None:
        """Take a hold that is over."""
        if hold.source in self.sources and hold.end > self.since:
            self.sources[hold.source].hold(hold)

    def hear_measured(self, measured: Measured) -> None:
        """Take what a task came to."""
        if measured.source in self.sources and measured.task.side == self.step.side:
            self.sources[measured.source].measured.append(measured)
