"""What becomes of a file's slices: their samples lie where the file says, and what is missing in it is said.

Nothing was under way here, so no clock is mapped and nothing waits: the session's time is the file's own.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np

from tidehold.align.clock_map import ClockMap
from tidehold.align.coverage import RrCoverage
from tidehold.align.hold_back import Merged, Part, StreamOrder
from tidehold.align.rate_meter import RateMeter
from tidehold.records import Estimate, Frame, Gap, HostNs, Link, Output, Rejected, Sample, Times, UnixNs, Values
from tidehold.session.phone import DUPLICATE, HOLE_INTERVALS, HOLE_NS, LATE, PAST_NS, SLOW_NS, TOO_NEW, TOO_OLD
from tidehold.units import DAY_NS, NS
from tidehold.wire.decoder import Decoder
from tidehold.wire.profile import Profile
from tidehold.wire.reading import Reading

RR: Final = "rr"
APART_NS: Final = NS // 20
"""A beat this much farther from the one before it than its interval has others missing in between; times that are
written in ms, and those of a strap's beats (1 % of an interval at most), differ by less."""
HOLE: Final = "nothing in the file"
BROKEN: Final = "a part of the file cannot be used"
OVERLAP: Final = "intervals overlap in the file"


class _Stream:
    """One stream as far as it is read."""

    __slots__ = ("meter", "order")

    def __init__(self) -> None:
        self.order = StreamOrder()
        self.meter = RateMeter()


class FileIntake:
    """One file, or the files of one recording.

    Args:
        source: Name of the source, the first part of its streams' names.
        profile: Facts about the file.
        started: What the session's time counts from.
    """

    def __init__(self, source: str, profile: Profile, started: UnixNs) -> None:
        self.profile = profile
        self.said: dict[str, str] = {}
        """What the file says in words: nothing."""
        self.clock = ClockMap()
        """Of no device: it is never taught."""
        self._source = source
        self._decoder = Decoder(profile)
        self._start = started - _epoch_ns(profile)
        self._streams: dict[str, _Stream] = {}
        self._coverage = RrCoverage()
        self._beat: int | None = None
        self._is_broken = False

    def rate_hz(self, stream: str) -> float | None:
        """Rate of a stream over the last 30 s, Hz; None in the first 2 s."""
        known = self._streams.get(stream)
        return known.meter.rate_hz if known else None

    def link(self, link: Link) -> list[Output]:
        """The file begins, or another one of the same source."""
        if link.state == "up":
            self._decoder = Decoder(self.profile)
        return []

    def frame(self, frame: Frame) -> list[Output]:
        """Samples, gaps and refusals that one slice leads to."""
        decoded = self._decoder.decode(frame.channel, frame.payload)
        outputs: list[Output] = [Rejected(frame.t, self._source, frame.channel, why) for why in decoded.refused]
        outputs += [Rejected(frame.t, self._source, frame.channel, *each) for each in decoded.skipped.items()]
        self._is_broken |= bool(decoded.refused)
        for reading in decoded.readings:
            if reading.times is not None:
                outputs += self._place(frame, reading.stream, reading.times - self._start, reading.values)
            elif reading.stream == RR:
                outputs += self._place_beats(frame, reading.values)
            else:
                outputs.append(self._untimed(frame, reading))
        return outputs

    def tick(self, _: HostNs) -> list[Output]:
        """Nothing: nothing waits."""
        return []

    def estimates(self, now: HostNs) -> list[Output]:
        """How much of each minute has heartbeats; to be asked every second."""
        return [
            Estimate(now, f"{self._source}/rr_coverage", minute.value, 0.0 if minute.why else 1.0, minute.why)
            for minute in self._coverage.completed(now)
        ]

    def close(self, _: HostNs) -> list[Output]:
        """Nothing: a file ends where it ends."""
        return []

    def _untimed(self, frame: Frame, reading: Reading) -> Sample:
        """Samples of a line, which are of its time."""
        return self._sample(frame.t, reading.stream, np.full(len(reading.values), frame.t, np.int64), reading.values)

    def _place_beats(self, frame: Frame, rr_s: Values) -> list[Output]:
        """RR intervals end where their lines lie."""
        times: Times = frame.t - np.rint((rr_s.sum() - np.cumsum(rr_s)) * NS).astype(np.int64)
        start = int(times[0]) - round(float(rr_s[0]) * NS)
        before, self._beat = self._beat, int(times[-1])
        is_broken, self._is_broken = self._is_broken, False
        outputs: list[Output] = []
        if before is not None and (is_broken or abs(start - before) > APART_NS):
            why = HOLE if start > before + APART_NS else BROKEN if is_broken else OVERLAP
            gap_end = HostNs(max(before, start))
            outputs.append(Gap(frame.t, f"{self._source}/{RR}", HostNs(before), gap_end, None, why))
        self._coverage.add(times, rr_s)
        return [*outputs, self._sample(frame.t, RR, times, rr_s)]

    def _place(self, frame: Frame, name: str, times: Times, values: Values) -> list[Output]:
        """Samples with times: in order, without those that cannot be true, and with the holes between them."""
        outputs: list[Output] = []
        new, old = times > frame.t, times < frame.t - PAST_NS
        outputs += self._rejected(frame, {TOO_NEW: int(new.sum()), TOO_OLD: int(old.sum())})
        kept = ~(new | old)
        times, values = times[kept], values[kept]
        if not len(times):
            return outputs
        stream = self._streams.setdefault(name, _Stream())
        before = stream.order.last
        merged = stream.order.merge([Part(times, values, bool((np.diff(times) > 0).all()))])
        outputs += self._rejected(frame, {DUPLICATE: merged.duplicates, LATE: merged.late})
        return outputs + self._told(frame.t, name, stream, before, merged)

    def _told(self, t: HostNs, name: str, stream: _Stream, before: int | None, merged: Merged) -> list[Output]:
        """The samples in order, cut where others are missing."""
        outputs: list[Output] = []
        times, values = merged.times, merged.values
        if not len(times):
            return outputs
        start = 0
        for hole in [*_holes(stream.order, before, times), len(times)]:
            if hole > start:
                stream.meter.add(hole - start, int(times[start]), int(times[hole - 1]))
                outputs.append(self._sample(t, name, times[start:hole], values[start:hole]))
            if hole < len(times):
                last = int(times[hole - 1]) if hole else before
                if last is not None:
                    lost = stream.meter.rate_hz
                    missing = None if lost is None else max(1, round((int(times[hole]) - last) / NS * lost) - 1)
                    gap = (HostNs(last), HostNs(int(times[hole])), missing, HOLE)
                    outputs.append(Gap(t, f"{self._source}/{name}", *gap))
            start = hole
        return outputs

    def _rejected(self, frame: Frame, counts: dict[str, int]) -> list[Output]:
        return [Rejected(frame.t, self._source, frame.channel, why, count) for why, count in counts.items() if count]

    def _sample(self, t: HostNs, stream: str, times: Times, values: Values) -> Sample:
        return Sample(t, f"{self._source}/{stream}", times, values)


def _holes(order: StreamOrder, before: int | None, times: Times) -> list[int]:
    """Before which of the times (n,) samples are missing, as indices."""
    interval = order.interval_ns()
    if interval is None or interval > SLOW_NS:
        return []
    steps = np.diff(times, prepend=times[0] if before is None else before)
    found: list[int] = np.flatnonzero(steps > max(HOLE_NS, HOLE_INTERVALS * interval)).tolist()
    return found


def _epoch_ns(profile: Profile) -> int:
    """What the file's own times count from, ns since 1970."""
    epoch = dt.date.fromisoformat(profile.clock.epoch or "1970-01-01")
    return (epoch - dt.date(1970, 1, 1)).days * DAY_NS
