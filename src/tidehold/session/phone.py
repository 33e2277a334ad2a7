"""What becomes of a phone's messages: put in order, put on the session clock, missing parts said."""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from tidehold.align.clock_map import ClockMap
from tidehold.align.clock_watch import ClockWatch, Order
from tidehold.align.hold_back import HoldBack, Merged, Message, Part, Ready, StreamOrder
from tidehold.align.moved import Moved
from tidehold.align.rate_meter import RateMeter
from tidehold.records import Cue, DeviceNs, Frame, Gap, HostNs, Link, Output, Rejected, Sample, Times, Values
from tidehold.session.intake import RESET, ClockReport
from tidehold.units import NS
from tidehold.wire.decoder import Decoded, Decoder
from tidehold.wire.profile import Profile

EARLY_NS: Final = NS // 2
"""A phone's message that comes earlier than this by its stamps tells of a clock that was set."""
SPREAD_NS: Final = 300 * NS
"""Samples of one message lie within this of each other; one that does not has a wrong stamp."""
BEYOND_NS: Final = 1 << 62
"""Stamps from here on are none (in ns since 1970 this is 2116), and would overflow."""
FUTURE_NS: Final = NS
"""A sample is never this much later than its message."""
PAST_NS: Final = 600 * NS
"""A sample is never this much older than its message."""
BEFORE_NS: Final = 5 * NS
"""Nor from longer than this before the session."""
TOO_NEW: Final = "time stamp in the future"
TOO_OLD: Final = "time stamp too old"
DUPLICATE: Final = "duplicate"
LATE: Final = "came too late: newer samples had been used already"
TWICE: Final = "delivered twice"
MISSING: Final = "messages lost between the phone and here"
SILENT: Final = "the phone sent nothing"
NO_MOTION: Final = (
    "messages come, but no acceleration in them: is it {app} that sends? "
    "Record again with the profile that fits, or switch the accelerometer on in the app"
)
NO_MOTION_NS: Final = 5 * NS
"""A phone whose messages span so long a time and told nothing of motion never will."""
NO_MOTION_COUNT: Final = 5
"""Messages that there must have been: an app's button to try the connection sends one at a time."""
_MOTION: Final = frozenset({"acc", "gravity"})
DROPPED: Final = "dropped: the queue was full"
APART_NS: Final = 100
"""Samples this far apart by the phone's clock still are on the session clock, which a slew of 5 % makes no closer."""
HOLE_NS: Final = NS // 4
HOLE_INTERVALS: Final = 4
"""Samples farther apart than 0.25 s and than 4 median intervals have a hole between them,"""
SLOW_NS: Final = NS // 2
"""if they are closer than this otherwise: what a phone says now and then has no holes."""


class _Timed(NamedTuple):
    """The samples of one stream in one message, in order: device times (n,) ns, n > 0, and values."""

    stream: str
    device: Times
    values: Values
    first: int
    last: int
    increasing: bool
    sent: Order
    """In which order they were sent."""


class _Placed(NamedTuple):
    """The samples of one stream in one message, on the session clock."""

    stream: str
    part: Part


class _Stream:
    """One stream as far as it is let go."""

    __slots__ = ("cause", "meter", "missing", "name", "order")

    def __init__(self, name: str) -> None:
        self.name = name
        self.order = StreamOrder()
        self.meter = RateMeter()
        self.cause: tuple[HostNs, str] | None = None
        """Why samples up to some time may be missing."""
        self.missing = False
        """Whether a message is, since the stream's last sample."""


class PhoneIntake:
    """One phone: its decoder, its clock, what waits for its turn, and where each stream ends.

    Every message teaches the clock when it arrives, and its samples get their
    session times then; they are let go in order, see `align.hold_back`.

    Args:
        source: Name of the source, the first part of its streams' names.
        profile: Facts about the phone's app.
    """

    def __init__(self, source: str, profile: Profile) -> None:
        self.profile = profile
        self.said: dict[str, str] = {}
        """What the phone said in words, by channel."""
        self.clock = ClockMap(EARLY_NS)
        self._source = source
        self._decoder = Decoder(profile)
        self._channel = profile.channel[0].id
        self._report = ClockReport(source, self.clock)
        self._watch = ClockWatch(self.clock)
        self._hold: HoldBack[list[_Placed]] = HoldBack()
        self._streams: dict[str, _Stream] = {}
        self._moved = Moved()
        self._newest = 0
        self._motionless: tuple[HostNs, HostNs, int] | None = None  # first, last, and how many
        """When the first and the newest message came that tells of sensors, since the link is up."""
        self._is_judged = False
        """Whether it is known if they tell of motion."""
        self._dropped = 0
        # By reason, since it was last said: an app may send for hours what nobody wants.
        self._skipped: dict[str, int] = {}

    def rate_hz(self, stream: str) -> float | None:
        """Rate of a stream over the last 30 s, Hz, by the phone's clock; None in the first 2 s."""
        known = self._streams.get(stream)
        return known.meter.rate_hz if known else None

    def move(self, by_ns: int) -> None:
        """Move all later samples by this: gradually, so that none steps back."""
        self._moved.move(by_ns, self._newest)

    def link(self, link: Link) -> list[Output]:
        """The link's state changed: remember why samples may be missing."""
        if link.state == "up":
            self._decoder = Decoder(self.profile)
            self._motionless, self._is_judged = None, False  # it may send something else now
        elif link.state == "down":
            self._blame(link.t, "link lost: " + link.detail.get("reason", "no reason given"))
        elif link.state == "stalled":
            self._blame(link.t, f"stalled for {link.detail.get('silent_s', '?')} s")
        return self._count_dropped(link)

    def frame(self, frame: Frame) -> list[Output]:
        """Samples, gaps and refusals that one message leads to."""
        decoded = self._decoder.decode(frame.channel, frame.payload)
        if not self._is_judged:
            self._look_for_motion(frame.t, decoded)
        if decoded.text:
            self.said[frame.channel] = decoded.text
        outputs: list[Output] = self._let_go(frame.t, self._hold.due(frame.t))
        outputs += [self._rejected(frame.t, why) for why in decoded.refused]
        for why, count in decoded.skipped.items():
            self._skipped[why] = self._skipped.get(why, 0) + count
        readings: list[_Timed] = []
        for reading in decoded.readings:
            if reading.times is not None:
                readings.append(_timed(reading.stream, reading.times, reading.values))
            else:
                at = np.full(len(reading.values), frame.t, np.int64)
                outputs.append(Sample(frame.t, f"{self._source}/{reading.stream}", at, reading.values))
        if readings or decoded.message:
            outputs += self._message(frame, decoded.message, readings)
        return outputs

    def tick(self, now: HostNs) -> list[Output]:
        """What has been held back for long enough at `now`."""
        return self._let_go(now, self._hold.due(now))

    def estimates(self, now: HostNs) -> list[Output]:
        """What was left out of messages, and once a minute how well the clock is known; to be asked every second."""
        return [*self._say_skipped(now), *self._say_motionless(now), *self._report.estimates(now)]

    def close(self, t: HostNs) -> list[Output]:
        """The session ends: nothing waits any longer, and gaps that are still open end with it."""
        outputs = [*self._let_go(t, self._hold.all()), *self._say_skipped(t)]
        gaps = (
            Gap(t, stream.name, HostNs(stream.order.last), t, None, stream.cause[1])
            for stream in self._streams.values()
            if stream.cause and stream.order.last is not None and stream.order.last < t and _flow_ns(stream.order)
        )
        return [*outputs, *gaps]

    def _message(self, frame: Frame, number: Message | None, readings: list[_Timed]) -> list[Output]:
        """Place a message's samples and let it take its turn."""
        outputs: list[Output] = []
        span = _span(readings)
        newest = None if span is None else DeviceNs(span[1])
        if span is None and readings:
            outputs.append(self._rejected(frame.t, TOO_NEW, sum(len(each.device) for each in readings)))
            readings = []
        standing = self._hold.standing(number, newest)
        if standing == "twice":
            return [*outputs, self._rejected(frame.t, TWICE)]
        if newest is not None and standing != "old":
            watched = [each.sent for each in readings] if standing == "next" else None
            if self.clock.observe(newest, frame.t) or self._watch.stepped(watched, newest, frame.t):
                self._blame(frame.t, RESET)
        placed = []
        if span is not None:
            placed = [part for each in readings if (part := self._place(frame, each, span, outputs)) is not None]
        ready = self._hold.take(placed, frame.t, number, newest)
        return outputs + self._let_go(frame.t, ready)

    def _place(self, frame: Frame, timed: _Timed, span: tuple[int, int], outputs: list[Output]) -> _Placed | None:
        """Session times of the samples of one stream, in order; those that cannot be true are refused."""
        name, device, values, first, last, increasing, _ = timed
        if first < span[0] or last > span[1]:
            kept = self._plausible(frame, device, span[0], span[1], outputs)
            device, values = device[kept], values[kept]
            if not len(device):
                return None
        stream = self._streams.get(name)
        if stream is None:
            stream = self._streams[name] = _Stream(f"{self._source}/{name}")
        _measure(stream.meter, device)
        times = self._moved.apply(self.clock.to_host_times(device))
        oldest, newest = max(frame.t - PAST_NS, -BEFORE_NS), frame.t + FUTURE_NS
        if times[0] < oldest or times[-1] > newest:
            kept = self._plausible(frame, times, oldest, newest, outputs)
            times, values = times[kept], values[kept]
            if not len(times):
                return None
        self._newest = max(self._newest, int(times[-1]))
        return _Placed(name, Part(times, values, increasing))

    def _plausible(self, frame: Frame, times: Times, oldest: int, newest: int, outputs: list[Output]) -> slice:
        """Which of the times (n,), not decreasing, lie within the limits; the others are counted."""
        start, end = int(times.searchsorted(oldest)), int(times.searchsorted(newest, side="right"))
        for why, count in ((TOO_OLD, start), (TOO_NEW, len(times) - end)):
            if count:
                outputs.append(self._rejected(frame.t, why, count))
        return slice(start, end)

    def _let_go(self, now: HostNs, ready: list[Ready[list[_Placed]]]) -> list[Output]:
        """The samples of messages whose turn has come, by stream and in order."""
        if not ready:
            return []
        parts: dict[str, list[Part]] = {}
        for placed, hole in ready:
            if hole:
                for stream in self._streams.values():
                    stream.missing = True
            for name, part in placed:
                parts.setdefault(name, []).append(part)
        outputs: list[Output] = []
        duplicates = late = 0
        for name, several in parts.items():
            stream = self._streams[name]
            before = stream.order.last
            merged = stream.order.merge(several)
            duplicates, late = duplicates + merged.duplicates, late + merged.late
            if len(merged.times):
                outputs += _say(now, stream, before, merged)
        if duplicates or late:
            outputs += [self._rejected(now, why, n) for why, n in ((DUPLICATE, duplicates), (LATE, late)) if n]
        return outputs

    def _blame(self, t: HostNs, why: str) -> None:
        for stream in self._streams.values():
            stream.cause = (t, why)

    def _count_dropped(self, link: Link) -> list[Output]:
        said = link.detail.get("dropped", "")
        if not said.isdecimal():
            return []
        total = int(said)
        count = total - self._dropped if total >= self._dropped else total  # a source that began anew counts anew
        self._dropped = total
        return [self._rejected(link.t, DROPPED, count)] if count else []

    def _say_skipped(self, t: HostNs) -> list[Output]:
        said: list[Output] = [self._rejected(t, why, count) for why, count in self._skipped.items()]
        self._skipped.clear()
        return said

    def _look_for_motion(self, t: HostNs, decoded: Decoded) -> None:
        """Take note of a message."""
        self._is_judged = any(reading.stream in _MOTION for reading in decoded.readings)
        first, _, count = self._motionless or (t, t, 0)
        self._motionless = first, t, count + 1

    def _say_motionless(self, now: HostNs) -> list[Output]:
        """Once while the link is up: messages come, and nothing in them tells of motion."""
        if self._is_judged or self._motionless is None:
            return []
        first, last, count = self._motionless
        if last - first < NO_MOTION_NS or count < NO_MOTION_COUNT:
            return []
        self._is_judged = True
        return [Cue(now, "profile", f"{self._source}: {NO_MOTION.format(app=self.profile.name)}")]

    def _rejected(self, t: HostNs, why: str, count: int = 1) -> Rejected:
        return Rejected(t, self._source, self._channel, why, count)


def _say(now: HostNs, stream: _Stream, before: int | None, merged: Merged) -> list[Output]:
    """Samples, and gaps where the stream has holes."""
    outputs: list[Output] = []
    times, values, start = merged.times, merged.values, 0
    for hole in _holes(stream.order, before, times):
        if hole > start:
            outputs.append(Sample(now, stream.name, times[start:hole], values[start:hole]))
        end_before = before if hole == 0 and before is not None else int(times[hole - 1])
        outputs.append(_gap(now, stream, end_before, int(times[hole])))
        start = hole
    outputs.append(Sample(now, stream.name, times[start:], values[start:]))
    stream.missing = False
    if stream.cause and times[-1] > stream.cause[0]:
        stream.cause = None
    return outputs


def _gap(now: HostNs, stream: _Stream, start: int, end: int) -> Gap:
    """A hole with its cause, and how many samples it would hold."""
    why = MISSING if stream.missing else SILENT
    rate_hz = stream.meter.rate_hz
    lost = None if rate_hz is None else max(1, round((end - start) / NS * rate_hz) - 1)
    return Gap(now, stream.name, HostNs(start), HostNs(end), lost, stream.cause[1] if stream.cause else why)


def _timed(stream: str, device: Times, values: Values) -> _Timed:
    """A reading's samples in order of their times; those of the same time stay as they were sent."""
    least = int((device[1:] - device[:-1]).min()) if len(device) > 1 else APART_NS
    first, last = int(device[0]), int(device[-1])
    sent = Order(stream, first, last, -least)
    if least < 0:
        order = np.argsort(device, kind="stable")
        device, values = device[order], values[order]
        first, last = int(device[0]), int(device[-1])
    return _Timed(stream, device, values, first, last, least >= APART_NS, sent)


def _span(readings: list[_Timed]) -> tuple[int, int] | None:
    """Oldest and newest device time of a message that may be true; None if none is."""
    if not readings:
        return None
    oldest, newest = min([each.first for each in readings]), max([each.last for each in readings])
    if newest - oldest <= SPREAD_NS and oldest > -BEYOND_NS and newest < BEYOND_NS:
        return oldest, newest
    every = np.sort(np.concatenate([each.device for each in readings]))
    every = every[(every > -BEYOND_NS) & (every < BEYOND_NS)]
    if not len(every):
        return None
    middle = int(every[len(every) // 2])
    near = every[np.abs(every - middle) <= SPREAD_NS]
    return int(near[0]), int(near[-1])


def _measure(meter: RateMeter, device: Times) -> None:
    """Let a message's samples tell of their rate, but for the holes between them."""
    first, last = int(device[0]), int(device[-1])
    if last - first <= HOLE_NS or int((steps := device[1:] - device[:-1]).max()) <= HOLE_NS:
        meter.add(len(device), first, last)
        return
    rate_hz = meter.rate_hz
    interval = float(np.median(steps)) if rate_hz is None else NS / rate_hz
    ends = (np.flatnonzero(steps > max(HOLE_NS, HOLE_INTERVALS * interval)) + 1).tolist()
    for start, end in pairwise([0, *ends, len(device)]):
        if end == len(device) or device[end - 1] > device[start]:  # what lies alone is no measure of a rate
            meter.add(end - start, int(device[start]), int(device[end - 1]))


def _flow_ns(order: StreamOrder) -> int | None:
    """Median distance of a stream's samples, ns; None where it has none that could be missing."""
    interval = order.interval_ns()
    return None if interval is None or interval > SLOW_NS else interval


def _holes(order: StreamOrder, before: int | None, times: Times) -> list[int]:
    """Before which of the times (n,) samples are missing, as indices."""
    start = int(times[0]) if before is None else before
    if int(times[-1]) - start <= HOLE_NS:
        return []
    steps = times.copy()
    steps[0] -= start
    steps[1:] -= times[:-1]
    if int(steps.max()) <= HOLE_NS:
        return []
    found: list[int] = np.flatnonzero(steps > HOLE_NS).tolist()
    interval = _flow_ns(order)
    if interval is None:
        return []
    # An app begins with what lay in its buffers, from before it was started: that alone is no stream with a hole.
    return [hole for hole in found if steps[hole] > HOLE_INTERVALS * interval and not (before is None and hole == 1)]
