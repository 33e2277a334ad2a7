"""The fold: inputs in, outputs out, and nothing else. Live and replay run this same code.

No await, no clock, no files, no dice: the same header and the same inputs give
the same outputs, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from tidehold.align.clock_map import ClockMap
from tidehold.coach.adherence import Adherence
from tidehold.coach.asked import NOTHING, Asked
from tidehold.coach.coach import Coach
from tidehold.coach.pacing import VERB as PACE
from tidehold.coach.pacing import pattern_of
from tidehold.errors import ConfigError
from tidehold.estimators.breathing import BreathingEstimator
from tidehold.estimators.chest import ON_CHEST
from tidehold.estimators.contract import Estimator
from tidehold.estimators.heart import HeartEstimator
from tidehold.estimators.heart_stream import RrCorrection
from tidehold.records import (
    Breath,
    Cue,
    Estimate,
    Frame,
    Gap,
    HostNs,
    Input,
    Link,
    Mark,
    Output,
    Pacing,
    Rejected,
    Sample,
    Stop,
    Tick,
)
from tidehold.session.alignment import Alignment
from tidehold.session.file_intake import FileIntake
from tidehold.session.header import Header, worn_of
from tidehold.session.holds import Holds
from tidehold.session.intake import Intake
from tidehold.session.phone import PhoneIntake
from tidehold.session.tasks import DO, Tasks, task_of
from tidehold.session.view import Shown, View
from tidehold.units import NS
from tidehold.wire.profile import Profile

WAKE: Final = "wake it, and keep its app in front"
"""What to do about a phone that says nothing."""


class Taker(Protocol):
    """What becomes of one source's frames; see `Intake` and `PhoneIntake`."""

    profile: Profile
    said: dict[str, str]
    clock: ClockMap

    def rate_hz(self, stream: str) -> float | None:
        """True rate of a stream, Hz."""
        ...

    def link(self, link: Link) -> list[Output]:
        """The link's state changed."""
        ...

    def frame(self, frame: Frame) -> list[Output]:
        """What a frame leads to."""
        ...

    def tick(self, now: HostNs, /) -> list[Output]:
        """What has waited long enough."""
        ...

    def estimates(self, now: HostNs) -> list[Output]:
        """How well the source is known; to be asked every second."""
        ...

    def close(self, t: HostNs) -> list[Output]:
        """The session ends."""
        ...


class Session:
    """One session's fold.

    Args:
        header: What the session was recorded with; its profiles decode the frames.
    """

    def __init__(self, header: Header) -> None:
        self._header = header
        self._intakes: dict[str, Taker] = {}
        self._alignment = Alignment()
        self._correction = RrCorrection()
        self._breathing = BreathingEstimator(chest_sources=chest_sources(header))
        self._estimators: list[Estimator] = [HeartEstimator(), self._breathing]
        self._adherence = Adherence()
        self._pacing: Pacing | None = None
        self._holds = Holds(header)
        self._tasks = Tasks()
        self._coach = _coach_of(header)
        self._asked = NOTHING
        self._view = View()
        self._second = -1

    def feed(self, item: Input) -> list[Output]:
        """What one input leads to, in order. Inputs come in order of their time `t`."""
        outputs = self._heard(self._react(item))
        if isinstance(item, Mark) and self._coach is not None:
            outputs += self._led(item.t, self._coach)
            outputs += self._heard(self._coach.mark(item))
            outputs += self._heard(self._carry_out(item.t, self._coach.asked))
            outputs += self._led(item.t, self._coach) if self._coach.unsettled else []
        if not isinstance(item, Tick | Stop):
            return outputs
        is_second = isinstance(item, Stop) or item.t // NS > self._second
        if is_second:
            self._second = item.t // NS
            outputs += self._heard(self._estimates(item.t))
        outputs += self._heard(self._breathing.live(item.t))
        outputs += self._heard(self._holds.live(item.t))
        outputs += self._heard(self._tasks.live(item.t))
        if is_second:
            outputs += self._heard(self._tasks.estimates(item.t))
            outputs += self._heard(self._adherence.estimates(item.t))
        if self._coach is not None:
            outputs += self._led(item.t, self._coach)
        if isinstance(item, Stop):
            outputs += self._close(item.t)
        outputs.append(self._view.snapshot(item.t, self._intakes, self._shown(item.t)))
        return outputs

    def _close(self, now: HostNs) -> list[Output]:
        """The session ends: what all that goes on came to, the coach last."""
        outputs = self._heard(self._holds.close(now))
        outputs += self._heard(self._tasks.close(now))
        outputs += self._heard(self._adherence.close(now))
        return outputs + (self._heard(self._coach.close(now)) if self._coach else [])

    def _led(self, now: HostNs, coach: Coach) -> list[Output]:
        """What the coach says and asks for, until the steps that are over by now have been settled."""
        outputs: list[Output] = []
        while True:
            outputs += self._heard(coach.tick(now))
            outputs += self._heard(self._carry_out(now, coach.asked))
            if not coach.unsettled:
                return outputs

    def _carry_out(self, now: HostNs, asked: Asked) -> list[Output]:
        """Do what the coach asks for now and did not before."""
        before, self._asked = self._asked, asked
        outputs: list[Output] = []
        if asked.zeros != before.zeros:
            self._holds.set_zero(now)
        if asked.zero_from != before.zero_from:
            self._holds.seek_zero(now, asked.zero_from)
        if asked.task != before.task:
            outputs += self._tasks.ask(now, asked.task)
        if asked.due != before.due:
            self._holds.ask(asked.due)
        if (asked.pattern, asked.since) != (before.pattern, before.since):
            goes_on = asked.is_ramp and before.is_ramp
            pacing = None if asked.pattern is None else Pacing(asked.since, asked.pattern)
            outputs += self._pace(now, pacing, goes_on=goes_on)
        return outputs

    def _shown(self, now: HostNs) -> Shown:
        guide = self._coach.guide(now) if self._coach else None
        return Shown(self._pacing, self._holds.due, self._tasks.doing, self._tasks.measured, guide)

    def _react(self, item: Input) -> Iterable[Output]:
        match item:
            case Frame():
                return self._frame(item)
            case Link():
                return self._link(item)
            case Stop():
                return [gap for intake in self._intakes.values() for gap in intake.close(item.t)]
            case Tick():
                return [out for intake in self._intakes.values() for out in intake.tick(item.t)]
            case Mark():
                return self._mark(item)

    def _mark(self, mark: Mark) -> list[Output]:
        self._alignment.mark(mark)
        try:
            if mark.verb == PACE:
                return self._pace(mark.t, Pacing(mark.t, pattern_of(mark.arg)) if mark.arg else None)
            if mark.verb == DO:
                return self._tasks.ask(mark.t, task_of(mark.arg))
            self._holds.mark(mark)
        except ConfigError as error:
            return [Rejected(mark.t, "person", mark.verb, str(error))]
        return []

    def _pace(self, now: HostNs, pacing: Pacing | None, *, goes_on: bool = False) -> list[Output]:
        """Another breathing is asked for from now on, or none; or the same one `goes_on`, with longer breaths, say."""
        self._pacing = pacing
        self._breathing.pace(pacing)
        return self._adherence.pace(now, pacing, goes_on=goes_on)

    def _frame(self, frame: Frame) -> list[Output]:
        self._view.arrived(frame)
        intake = self._intakes.get(frame.source)
        if intake is None:
            return [Rejected(frame.t, frame.source, frame.channel, "came before its device was known")]
        return intake.frame(frame)

    def _link(self, link: Link) -> list[Output]:
        """The device that came up says which profile decodes from here on."""
        outputs: list[Output] = []
        if link.state == "up" and "profile" in link.detail:  # a broker has none
            wanted = link.detail["profile"]
            profile = self._header.profiles.get(wanted)
            if profile is None:
                self._view.link(link, loses=False)
                return [Rejected(link.t, link.source, "link", f"no profile {wanted!r} in the header")]
            known = self._intakes.get(link.source)
            if known is None and profile.kind != "strap":
                watched = self._holds.watch(link.source)
                self._estimators += filter(None, (watched, self._holds.check(link.source), self._holds.joint()))
                self._tasks.watch(link.source, self._header.worn(link.source), watched)
            if known is None or known.profile.id != profile.id:
                self._intakes[link.source] = self._taker(link.source, profile)
        intake = self._intakes.get(link.source)
        if intake is not None:
            outputs += intake.link(link)
        silent = link.state == "stalled" and intake is not None and intake.profile.kind == "phone"
        was_lost = self._view.link(link, loses=silent or link.state == "down")
        if link.state == "down":
            outputs.append(Cue(link.t, "sensor-lost", f"{link.source}: {link.detail.get('reason', 'link lost')}"))
        elif silent and not was_lost:
            silent_s = link.detail.get("silent_s", "").removesuffix(".0") or "some"
            outputs.append(Cue(link.t, "sensor-lost", f"{link.source}: nothing for {silent_s} s: {WAKE}"))
        elif link.state == "armed" and was_lost:
            outputs.append(Cue(link.t, "sensor-back", f"{link.source} is back"))
        return outputs

    def _taker(self, source: str, profile: Profile) -> Taker:
        """What a source's frames go to."""
        if profile.source == "file" and profile.clock.kind != "none":
            return FileIntake(source, profile, self._header.started)
        return PhoneIntake(source, profile) if profile.kind == "phone" else Intake(source, profile)

    def _estimates(self, now: HostNs) -> list[Output]:
        said: list[Output] = [estimate for estimator in self._estimators for estimate in estimator.estimate(now)]
        for intake in self._intakes.values():
            said += intake.estimates(now)
        return said + self._alignment.estimates(now, self._intakes)

    def _heard(self, outputs: Iterable[Output]) -> list[Output]:
        """Let all who listen know what is being said; what that leads to is said right after it."""
        said: list[Output] = []
        for out in outputs:
            said.append(out)
            self._view.add(out)
            if isinstance(out, Sample):
                self._alignment.update(out)
                for estimator in self._estimators:
                    estimator.update(out)
                if (corrected := self._correction.update(out)) is not None:
                    said += self._heard((corrected,))
            elif isinstance(out, Gap):
                self._correction.gap(out)
                for estimator in self._estimators:
                    estimator.gap(out)
            else:
                if isinstance(out, Estimate | Breath):
                    if isinstance(out, Estimate):
                        self._holds.hear(out)
                    if more := self._adherence.hear(out):
                        said += self._heard(more)
                if self._coach is not None:
                    self._coach.hear(out)
        return said


def _coach_of(header: Header) -> Coach | None:
    if header.routine is None:
        return None
    return Coach(header.routine, worn_of(header.sources), ask_first=header.ask_first)


def chest_sources(header: Header) -> tuple[str, ...]:
    """Sources whose motion is the chest's: the strap, and a phone that is worn there."""
    return ("strap", *(source for source, place in worn_of(header.sources).items() if place in ON_CHEST))
