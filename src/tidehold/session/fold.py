"""The fold: inputs in, outputs out, and nothing else. Live and replay run this same code.

No await, no clock, no files, no dice: the same header and the same inputs give
the same outputs, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from tidehold.align.clock_map import ClockMap
from tidehold.coach.adherence import Adherence
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
from tidehold.session.header import Header
from tidehold.session.holds import Holds
from tidehold.session.intake import Intake
from tidehold.session.phone import PhoneIntake
from tidehold.session.view import View
from tidehold.units import NS
from tidehold.wire.profile import Profile


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
        self._view = View()
        self._second = -1

    def feed(self, item: Input) -> list[Output]:
        """What one input leads to, in order. Inputs come in order of their time `t`."""
        outputs = self._heard(self._react(item))
        if not isinstance(item, Tick | Stop):
            return outputs
        is_second = isinstance(item, Stop) or item.t // NS > self._second
        if is_second:
            self._second = item.t // NS
            outputs += self._heard(self._estimates(item.t))
        outputs += self._heard(self._breathing.live(item.t))
        outputs += self._heard(self._holds.live(item.t))
        if is_second:
            outputs += self._heard(self._adherence.estimates(item.t))
        if isinstance(item, Stop):
            outputs += self._heard(self._holds.close(item.t))
            outputs += self._heard(self._adherence.close(item.t))
        outputs.append(self._view.snapshot(item.t, self._intakes, self._pacing, self._holds.due))
        return outputs

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
                self._alignment.mark(item)
                return self._pace(item) if item.verb == PACE else self._holds.mark(item)

    def _pace(self, mark: Mark) -> list[Output]:
        """Another breathing is asked for from now on; none if the mark names no pattern."""
        try:
            self._pacing = Pacing(mark.t, pattern_of(mark.arg)) if mark.arg else None
        except ConfigError as error:
            return [Rejected(mark.t, "person", PACE, str(error))]
        self._breathing.pace(self._pacing)
        return self._adherence.pace(mark.t, self._pacing)

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
                self._estimators.append(self._holds.watch(link.source))
            if known is None or known.profile.id != profile.id:
                self._intakes[link.source] = (PhoneIntake if profile.kind == "phone" else Intake)(link.source, profile)
        intake = self._intakes.get(link.source)
        if intake is not None:
            outputs += intake.link(link)
        silent = link.state == "stalled" and intake is not None and intake.profile.kind == "phone"
        was_lost = self._view.link(link, loses=silent or link.state == "down")
        if link.state == "down":
            outputs.append(Cue(link.t, "sensor-lost", f"{link.source}: {link.detail.get('reason', 'link lost')}"))
        elif silent and not was_lost:
            silent_s = link.detail.get("silent_s", "").removesuffix(".0") or "some"
            outputs.append(Cue(link.t, "sensor-lost", f"{link.source}: nothing for {silent_s} s"))
        elif link.state == "armed" and was_lost:
            outputs.append(Cue(link.t, "sensor-back", f"{link.source} is back"))
        return outputs

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
                corrected = self._correction.update(out)
                said += self._heard(() if corrected is None else (corrected,))
            elif isinstance(out, Gap):
                self._correction.gap(out)
                for estimator in self._estimators:
                    estimator.gap(out)
            elif isinstance(out, Estimate | Breath):
                if isinstance(out, Estimate):
                    self._holds.hear(out)
                said += self._heard(self._adherence.hear(out))
        return said


def chest_sources(header: Header) -> tuple[str, ...]:
    """Sources whose motion is the chest's: the strap, and a phone that is worn there."""
    worn = [source for source, asked in header.sources.items() if asked.get("placement") in ON_CHEST]
    return ("strap", *worn)
