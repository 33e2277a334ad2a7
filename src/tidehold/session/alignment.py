"""How far strap and phone may be apart on the session clock, and three taps that bring them together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

import numpy as np

from tidehold.align.clock_map import ClockMap
from tidehold.align.taps import SCATTER_NS, Match, find_taps, match_taps
from tidehold.records import Estimate, HostNs, Mark, Output, Sample, Times
from tidehold.session.phone import PhoneIntake
from tidehold.units import NS
from tidehold.wire.profile import Profile

UNSEEN_S: Final = 0.03
"""What one side cannot see is the least delay between a sample and its arrival. For a strap it is that of its radio, a
connection interval of 7.5 to 30 ms; for a phone the age of the newest sample when it is sent, a period and the sensor's
delivery, 10 to 20 ms at 100 Hz, and the network's least, 2 to 10 ms. Both are delays, never the other way round, so
strap and phone are apart by no more than the larger of them."""
WANDER: Final = 2e-4
"""How fast a map moves against its clock: seldom by more than 0.02 % (`ClockMap`)."""
LISTEN_NS: Final = 30 * NS
"""How long taps are waited for after a mark."""
SETTLE_NS: Final = 2 * NS
"""How long after the third tap no fourth must come."""
TAPS_S: Final = 0.005
"""What sampling leaves open even if three taps agree: they are found between samples of a strap at 25 Hz or more."""
VERB: Final = "align"
STRAP: Final = "strap/acc"
PHONE: Final = "phone/acc"
NO_STRAP: Final = "no strap on the same clock"
COLLECTING: Final = "collecting"


class Source(Protocol):
    """What is asked of a source: what it is, and its clock."""

    profile: Profile
    clock: ClockMap


class Alignment:
    """Watches over the times of one strap and one phone.

    Says "align/residual_ms" once a second when there is a phone: the bar that the
    distance of their times keeps within. After a mark "align" it listens for three
    taps on both and moves the phone by what they differ: "align/taps_ms".
    """

    def __init__(self) -> None:
        self._until: HostNs | None = None
        self._heard: dict[str, list[Sample]] = {}
        self._taps: _Taps | None = None

    def mark(self, mark: Mark) -> None:
        """A person said something: perhaps that taps follow."""
        if mark.verb == VERB:
            self._until = HostNs(mark.t + LISTEN_NS)
            self._heard = {}

    def update(self, sample: Sample) -> None:
        """Listen to a sample."""
        if self._until is not None and sample.stream in (STRAP, PHONE):
            self._heard.setdefault(sample.stream, []).append(sample)

    def estimates(self, now: HostNs, sources: Mapping[str, Source]) -> list[Output]:
        """To be asked every second."""
        strap = next((each for each in sources.values() if each.profile.kind == "strap"), None)
        named = sources.get(PHONE.partition("/")[0])  # a second phone has nothing to be aligned with
        phone = named if isinstance(named, PhoneIntake) else None
        said: list[Output] = []
        if self._until is not None:
            said += self._listen(now, self._until, strap, phone)
        if phone is not None:
            bar_s, why = self._bar_s(now, strap, phone)
            shown, quality = (None, 0.0) if bar_s is None else (bar_s * 1e3, 1.0)
            said.append(Estimate(now, "align/residual_ms", shown, quality, why))
        return said

    def _bar_s(self, now: HostNs, strap: Source | None, phone: Source) -> tuple[float | None, str]:
        """How far strap and phone may be apart, s; parts that do not depend on each other add by their squares."""
        if strap is None or strap.profile.clock.kind == "none":
            return None, NO_STRAP
        maps = math.hypot(strap.clock.error_s, phone.clock.error_s)
        if math.isinf(maps):
            return None, COLLECTING
        taps = self._taps
        if taps is None or taps.segments != (strap.clock.segment, phone.clock.segment):
            return math.hypot(maps, UNSEEN_S), ""
        wandered = min(maps, WANDER * (now - taps.match.last_ns) / NS)
        return math.hypot(taps.match.scatter_ns / NS, TAPS_S, wandered), ""

    def _listen(self, now: HostNs, until: HostNs, strap: Source | None, phone: PhoneIntake | None) -> list[Output]:
        """Look for the taps; what came of it when they are found, or when the time is over."""
        found = match_taps(self._spikes(STRAP), self._spikes(PHONE))
        match = found if isinstance(found, Match) else None
        if now < until and (match is None or now < match.last_ns + SETTLE_NS):
            return []
        self._until, self._heard = None, {}
        if match is None or strap is None or phone is None:
            return [Estimate(now, "align/taps_ms", None, 0.0, str(found))]
        phone.move(match.shift_ns)
        self._taps = _Taps(match, (strap.clock.segment, phone.clock.segment))
        scatter_ms = match.scatter_ns / 1e6
        quality = 1.0 - 0.5 * match.scatter_ns / SCATTER_NS
        return [Estimate(now, "align/taps_ms", match.shift_ns / 1e6, quality, f"3 taps, scatter {scatter_ms:.1f} ms")]

    def _spikes(self, stream: str) -> Times:
        heard = self._heard.get(stream, [])
        if not heard:
            return np.empty(0, np.int64)
        times = np.concatenate([sample.times for sample in heard])
        return find_taps(times, np.concatenate([sample.values for sample in heard]))


class _Taps(NamedTuple):
    """Taps that were found, and the segments of the clocks of strap and phone that they hold for."""

    match: Match
    segments: tuple[int, int]
