"""What goes wrong meanwhile: a table of what to look at, how much of it, for how long, and how often to say so."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from tidehold.coach.seen import SETTLE_NS, Seen
from tidehold.estimators.articulation import SLOW_DEG_S
from tidehold.records import Cue, HostNs, Output
from tidehold.routine import BAND_DEG, Finding, Side, StepKind
from tidehold.units import NS

LOST: Final = "sensor-lost"
NEWEST: Final = 3
"""Findings that are over and still shown."""
APART_NS: Final = 5 * NS
"""Between two things that are said, of whatever kind."""
_PULSE_NS: Final = 3 * NS
"""For so long something sudden counts as going on."""
_UNKNOWN_NS: Final = 10 * NS
"""Of which nothing has been known for so long is over."""
_FOLLOW_NS: Final = 45 * NS
"""From a pacer's start until somebody follows it and that is known: the rate that is known is that of the last half
minute. From 30 s on, one in 20 who follow was told that they do not."""
_PLAIN_NS: Final = 25 * NS
_PLAINLY_OFF: Final = 0.5
"""So soon, of who breathes half as fast again as the pacer, or more."""
_PLAINLY: Final = 0.4
"""Confidence with which that must be known: of real people's rates that sure, none was so far off."""
_UNSHAKEN: Final = 0.8
"""Of the highest since the pacer began: of who falls into step, even 15 s late, it has by then fallen below that."""
_UNSETTLED_NS: Final = 30 * NS
"""From a pacer's start on a rhythm fades because it changes."""
_RATE_OFF: Final = 0.2
_UNLOCKED: Final = 0.6
"""A breathing rate that is off may be a wrong guess if the phase keeps with the pacer all the same."""
_ASTRAY: Final = 0.35
"""Phase locking that is met by chance."""
_SAME_RATE: Final = 0.05
"""Who breathes at the pacer's rate drifts from it by less than a sixth of a breath in half a minute, at 6 a minute: a
phase that says more is still that of the breathing before the rate was found."""
_LET_GO_LEFT_NS: Final = 5 * NS
"""Who lets go so shortly before the end has held for the step's time."""

Look = Callable[[Seen, HostNs, HostNs], float | None]
"""What there is to see of it in a step, at `now`, while the step will last until `end`; None: not known."""


class Rule(NamedTuple):
    """A finding begins when the look has been `on` or more for `on_s`, and is over when it was below `off` for `off_s`.

    It is looked for in `steps`, and said at most every `again_s`; `text` may show the `{level:.0f}` at its onset.
    """

    kind: str
    steps: tuple[StepKind, ...]
    look: Look
    on: float
    on_s: float
    off: float
    off_s: float
    again_s: float
    text: str


def _held(seen: Seen, now: HostNs, _: HostNs) -> float | None:
    """For how long the breath has been held, s; what the pacer asks for is not said to be held."""
    if seen.paced_since is not None and now - seen.paced_since < _UNSETTLED_NS:
        return 0.0
    return seen.body("breathing/held_s", now) if seen.breath.is_held else seen.breath.gone_s(now)


def _off_pace(seen: Seen, now: HostNs, _: HostNs) -> float | None:
    if seen.paced_since is None or now - seen.paced_since < _PLAIN_NS:
        return None
    off, locked = seen.body("pacing/rate_error", now), seen.body("pacing/plv", now)
    is_locked = locked is not None and locked >= _UNLOCKED
    if now - seen.paced_since < _FOLLOW_NS:
        least = max(_PLAINLY, _UNSHAKEN * seen.surest)
        is_sure = seen.body("breathing/rate_bpm", now, least=least) is not None
        return float(off >= _PLAINLY_OFF and not is_locked) if off is not None and is_sure else None
    if locked is not None and locked < _ASTRAY and (off is None or abs(off) >= _SAME_RATE):
        return 1.0
    if off is None:
        return None if locked is None else 0.0
    return float(abs(off) >= _RATE_OFF and not is_locked)


def _short(seen: Seen, now: HostNs, _: HostNs) -> float | None:
    best = seen.best
    if best is None or best.let_go or (now - seen.since < SETTLE_NS and not best.begun):
        return None
    off = best.off_deg(now)
    return None if off is None else -off


def _past(seen: Seen, now: HostNs, _: HostNs) -> float | None:
    off = seen.best.off_deg(now) if seen.best else None
    return None if off is None else off - BAND_DEG


def _let_go(seen: Seen, now: HostNs, end: HostNs) -> float | None:
    best = seen.best
    if best is None or best.let_go is None or now + _LET_GO_LEFT_NS > end + _PULSE_NS:
        return None
    return float(best.let_go)


def _slipped(seen: Seen, now: HostNs, _: HostNs) -> float | None:
    return _pulse(seen.best.slipped if seen.best else None, now)


def _skipped(seen: Seen, now: HostNs, _: HostNs) -> float | None:
    return _pulse(seen.skipped, now)


def _tremor(seen: Seen, now: HostNs, _: HostNs) -> float | None:
    return seen.best.value("tremor_rise_percent_min", now, least=0.3) if seen.best else None


def _too_fast(seen: Seen, now: HostNs, _: HostNs) -> float | None:
    """Speed over its limit: that of just now, or the mean of the last second, whatever is more.

    Both come once a second: what is over within one may be slow at either end of it.
    """
    limit = seen.step.limit_deg_s or (SLOW_DEG_S if seen.step.kind == "slow" else math.inf)
    if seen.best is None or math.isinf(limit):
        return None
    mean = seen.best.speed_deg_s if seen.best.value("angle_deg", now) is not None else None
    speeds = [speed for speed in (seen.best.value("speed_deg_s", now), mean) if speed is not None]
    return max(speeds) / limit if speeds else None


def _past_hinge(seen: Seen, now: HostNs, _: HostNs) -> float | None:
    return seen.best.value("past_hinge_deg", now) if seen.best else None


def _pulse(at: HostNs | None, now: HostNs) -> float:
    return float(at is not None and now - at < _PULSE_NS)


_STRETCHES: Final[tuple[StepKind, ...]] = ("hold", "cycles")
LIMITED: Final[tuple[StepKind, ...]] = ("slow", *_STRETCHES, "repetitions")
"""Where a limit of the speed can be watched; of a slow movement there always is one."""
RULES: Final = (
    Rule("breath-held", ("hold", "breathe"), _held, 5.0, 0.5, 0.5, 0.5, 20.0, "Let your breath flow."),
    Rule("pace-off", ("breathe",), _off_pace, 1.0, 8.0, 0.5, 8.0, 30.0, "In and out with the pacer."),
    Rule("let-go", ("hold",), _let_go, 1.0, 3.0, 0.5, 1.0, 20.0, "The hold is over before its time: go back into it."),
    Rule("past-target", ("hold",), _past, 1.0, 2.5, 0.0, 2.0, 20.0, "Past the target: ease back a little."),
    Rule("short-of-target", ("hold",), _short, 5.0, 6.0, 3.0, 2.0, 30.0, "{level:.0f} degrees short of the target."),
    Rule("slipping", _STRETCHES, _slipped, 1.0, 0.0, 0.5, 0.0, 20.0, "You slipped: settle again."),
    Rule("tremor-rising", ("hold",), _tremor, 50.0, 11.0, 25.0, 6.0, 30.0, "The tremor is rising: ease back a little."),
    Rule("cycle-skipped", ("cycles",), _skipped, 1.0, 0.0, 0.5, 0.0, 20.0, "No press was seen in this cycle."),
    Rule("too-fast", LIMITED, _too_fast, 1.1, 0.5, 0.9, 2.0, 20.0, "Too fast: more slowly."),
    Rule("past-hinge", ("hold",), _past_hinge, 1.0, 3.0, 0.5, 3.0, 30.0, "Past the calibrated hinge."),
)  # fmt: skip
"""By kind. Looks come each second or each tick; a level that is not known neither begins nor ends anything.

A held breath is said by the estimators after 4 to 5 s. A tremor's trend is worked out every
10 s: two of them must agree. Where two could be found at once, the one that says more comes
first, and silences the other in its look.
"""


class _Watch:
    """Follows one rule through one step."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.finding: Finding | None = None
        """The one that goes on."""
        self.on: HostNs | None = None  # since when the look has been on, or, of a finding that goes on, off
        self._known: HostNs | None = None

    def look(self, now: HostNs, level: float | None, step: str, side: Side) -> Finding | None:
        """What begins or ends now."""
        rule, finding = self.rule, self.finding
        if level is not None:
            self._known = now
        unknown_ns = now - (self._known or now)
        if finding is None:
            if level is None or level < rule.on:
                self.on = None
                return None
            self.on = now if self.on is None else self.on
            if now - self.on < rule.on_s * NS:
                return None
            text = rule.text.format(level=level)
            self.finding = Finding(now, rule.kind, step, side, self.on, None, text)
            self.on = None
            return self.finding
        if unknown_ns >= _UNKNOWN_NS:
            return self.end(now, HostNs(now - unknown_ns))
        if level is None or level >= rule.off:
            self.on = None
            return None
        self.on = now if self.on is None else self.on
        return self.end(now, self.on) if now - self.on >= rule.off_s * NS else None

    def end(self, now: HostNs, until: HostNs) -> Finding | None:
        """It is over, if it goes on."""
        finding, self.finding, self.on = self.finding, None, None
        return _over(finding, now, until) if finding else None


class Findings:
    """Those of a session.

    Args:
        sources: Sensors whose loss is one.
    """

    def __init__(self, sources: tuple[str, ...]) -> None:
        self._sources = sources
        self._watches: list[_Watch] = []
        self._seen: Seen | None = None
        self._gone: dict[str, HostNs] = {}  # sensors that are lost, since when
        self._lost: dict[str, Finding] = {}  # and those of which it was said
        self._said: dict[str, HostNs] = {}
        self._last_said: HostNs | None = None
        self.recent: tuple[Finding, ...] = ()
        """Those that are over, the newest first."""

    @property
    def open(self) -> tuple[Finding, ...]:
        """Those that go on."""
        watched = [watch.finding for watch in self._watches if watch.finding is not None]
        return (*watched, *self._lost.values())

    def begin(self, seen: Seen) -> None:
        """Another step is on, or goes on after it was stopped."""
        self._seen = seen
        self._watches = [_Watch(rule) for rule in RULES if seen.step.kind in rule.steps]

    def stop(self, now: HostNs, at: HostNs) -> list[Output]:
        """The step was over, or stopped, `at` a time, and what was wrong in it; a sensor that is lost stays lost."""
        said = self._ended([watch.end(now, at) for watch in self._watches])
        self._seen, self._watches = None, []
        return said

    def hear_cue(self, cue: Cue) -> None:
        """A sensor is lost, or back: the cue's first word says which."""
        source = cue.text.partition(" ")[0].rstrip(":")
        if source not in self._sources:
            return
        if cue.kind == LOST:
            self._gone.setdefault(source, cue.t)
        elif cue.kind == "sensor-back":
            self._gone.pop(source, None)

    def tick(self, now: HostNs, end: HostNs | None) -> list[Output]:
        """What begins and what is over, and what is to be said of it; the step's time lasts until `end`."""
        said = self._sensors(now)
        seen = self._seen
        if seen is not None and end is not None:
            step = seen.step
            for watch in self._watches:
                found = watch.look(now, watch.rule.look(seen, now, end), step.id, step.side)
                if found is not None and found.until is None:
                    said.append(found)
                elif found is not None:
                    said += self._ended([found])
        return said + self._say(now)

    def close(self, now: HostNs) -> list[Output]:
        """The routine is over: so is all that goes on."""
        said = self.stop(now, now) + self._ended([_over(finding, now, now) for finding in self._lost.values()])
        self._lost = {}
        return said

    def _sensors(self, now: HostNs) -> list[Output]:
        said: list[Output] = []
        step = "" if self._seen is None else self._seen.step.id
        side: Side = "" if self._seen is None else self._seen.step.side
        for source in self._sources:
            since, found = self._gone.get(source), self._lost.get(source)
            if since is not None and found is None:
                found = Finding(now, LOST, step, side, since, None, f"The {source} is lost.")
                self._lost[source] = found
                said.append(found)
            elif since is None and found is not None:
                said += self._ended([_over(self._lost.pop(source), now, now)])
        return said

    def _ended(self, found: list[Finding | None]) -> list[Output]:
        over = [each for each in found if each is not None]
        self.recent = (*over[::-1], *self.recent)[:NEWEST]
        return [*over]

    def _say(self, now: HostNs) -> list[Output]:
        """One of those that go on, if it may be said again, and nothing else was said just now."""
        if self._last_said is not None and now - self._last_said < APART_NS:
            return []
        for finding in self.open:
            before = self._said.get(finding.kind)
            if before is None or now - before >= AGAIN_S[finding.kind] * NS:
                self._said[finding.kind] = self._last_said = now
                return [Cue(now, "finding", finding.text)]
        return []


AGAIN_S: Final[Mapping[str, float]] = {rule.kind: rule.again_s for rule in RULES} | {LOST: 60.0}


def _over(finding: Finding, now: HostNs, until: HostNs) -> Finding:
    return Finding(now, finding.kind, finding.step, finding.side, finding.since, until, finding.text)
