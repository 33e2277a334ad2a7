"""What becomes of one source's frames: decoded, put on the session clock, missing parts said."""

from __future__ import annotations

from typing import Final

import numpy as np

from tidehold.align.beat_clock import BeatClock
from tidehold.align.clock_map import ClockMap
from tidehold.align.coverage import RrCoverage
from tidehold.align.rate_meter import RateMeter
from tidehold.align.sample_timer import SampleTimer
from tidehold.records import DeviceNs, Estimate, Frame, Gap, HostNs, Link, Output, Rejected, Sample, Times, Values
from tidehold.units import NS
from tidehold.wire.decoder import Decoder, Reading
from tidehold.wire.profile import Profile

NO_CONTACT: Final = 1.0
"""Value of the "contact" stream when the strap says that it lost the skin."""
RESET: Final = "device clock was reset"
ECHO_NS: Final = 50_000_000
"""The same notification twice within this, after a reconnect, is one delivered twice (bleak #2002)."""


class ClockReport:
    """Says once a minute how well a source's clock is known."""

    def __init__(self, source: str, clock: ClockMap) -> None:
        self._source = source
        self._clock = clock
        self._minute = 0

    def estimates(self, now: HostNs) -> list[Output]:
        """To be asked every second."""
        if now // (60 * NS) <= self._minute:
            return []
        self._minute = now // (60 * NS)
        outputs: list[Output] = []
        for name, value, scale in (
            ("clock_drift_ppm", self._clock.drift_ppm, 1.0),
            ("clock_residual_ms", self._clock.residual_s, 1e3),
        ):
            said = (None, 0.0, "too few frames with a device time") if value is None else (value * scale, 1.0, "")
            outputs.append(Estimate(now, f"{self._source}/{name}", *said))
        return outputs


class Intake:
    """One source: its decoder, its clocks, and the gap that each stream has open.

    Args:
        source: Name of the source, the first part of its streams' names.
        profile: Facts about the device.
    """

    def __init__(self, source: str, profile: Profile) -> None:
        self.profile = profile
        self.said: dict[str, str] = {}
        """What the device said in words, by channel: firmware, model, answers to commands."""
        self.clock = ClockMap()
        self._report = ClockReport(source, self.clock)
        self._beats = BeatClock()
        self._coverage = RrCoverage()
        self._source = source
        self._decoder = Decoder(profile)
        steady = {stream.id: stream.rate_hz for stream in profile.stream if stream.rate_hz is not None}
        timed = profile.clock.kind != "none"
        self._timers: dict[str, SampleTimer] = {each: SampleTimer(rate) for each, rate in steady.items() if timed}
        self._meters: dict[str, RateMeter] = {each: RateMeter() for each in steady if not timed}
        self._ends: dict[str, HostNs] = {}  # session time of each stream's last sample
        self._causes: dict[str, str] = {}  # why the next sample of a stream may come after a gap
        self._last_payload: dict[str, tuple[HostNs, bytes]] = {}
        self._drops = 0
        self._contact = True

    def rate_hz(self, stream: str) -> float | None:
        """True rate of a stream in Hz, None until it is known: by the device's clock, by arrival if it has none."""
        if stream in self._meters:
            return self._meters[stream].rate_hz
        timer = self._timers.get(stream)
        return timer.rate_hz if timer and timer.measured else None

    def link(self, link: Link) -> list[Output]:
        """The link's state changed: remember why samples may be missing."""
        if link.state == "up":
            self._decoder = Decoder(self.profile)  # a device says anew how it encodes
        elif link.state == "down":
            self._drops += 1
            self._break("link lost: " + link.detail.get("reason", "no reason given"))
        elif link.state == "stalled":
            for stream in self._silent_with(link.detail.get("stream", "")):
                self._causes[stream] = f"stalled for {link.detail.get('silent_s', '?')} s"
        return []

    def _silent_with(self, silent: str) -> list[str]:
        """Streams that fall silent together: one with its own start does so alone, the others with their channel."""
        facts = {stream.id: stream for stream in self.profile.stream}
        one = facts.get(silent)
        if one is None or one.start is not None:
            return [silent]
        return [stream.id for stream in facts.values() if stream.channel == one.channel]

    def frame(self, frame: Frame) -> list[Output]:
        """Samples, gaps and refusals that one frame leads to."""
        echoed = self._last_payload.get(frame.channel)
        self._last_payload[frame.channel] = (frame.t, frame.payload)
        if self._drops and echoed and echoed[1] == frame.payload and frame.t - echoed[0] < ECHO_NS:
            return [Rejected(frame.t, self._source, frame.channel, "delivered twice")]
        decoded = self._decoder.decode(frame.channel, frame.payload)
        if decoded.text:
            self.said[frame.channel] = decoded.text
        outputs: list[Output] = [Rejected(frame.t, self._source, frame.channel, why) for why in decoded.refused]
        if any(why.startswith("rr: ") for why in decoded.refused):
            self._lose_beats("implausible RR intervals were refused")
        for reading in decoded.readings:
            outputs += self._place(frame, reading)
        return outputs

    def tick(self, _: HostNs) -> list[Output]:
        """Nothing: a link delivers in order, so that nothing waits."""
        return []

    def estimates(self, now: HostNs) -> list[Output]:
        """How well heartbeats and clock are known, once a minute; to be asked every second."""
        outputs: list[Output] = []
        for minute in self._coverage.completed(now):
            quality = 0.0 if minute.why else 1.0
            outputs.append(Estimate(now, f"{self._source}/rr_coverage", minute.value, quality, minute.why))
        return outputs + self._report.estimates(now)

    def close(self, t: HostNs) -> list[Output]:
        """The session ends: gaps that are still open end with it."""
        return [
            Gap(t, f"{self._source}/{stream}", end, t, None, self._causes[stream])
            for stream, end in self._ends.items()
            if stream in self._causes
        ]

    def _place(self, frame: Frame, reading: Reading) -> list[Output]:
        timer = self._timers.get(reading.stream)
        if reading.stream == "rr":
            return self._place_beats(frame, reading.values)
        if timer is not None and reading.device is not None:
            return self._place_samples(frame, reading, timer, reading.device)
        if reading.stream == "contact":
            self._touch(reading.values)
        outputs: list[Output] = []
        n = len(reading.values)
        if reading.stream in self._meters:
            self._meters[reading.stream].count(n, frame.t)
            before = self._ends.get(reading.stream)
            cause = self._causes.pop(reading.stream, None)
            if before is not None and cause is not None:
                outputs.append(Gap(frame.t, f"{self._source}/{reading.stream}", before, frame.t, None, cause))
            self._ends[reading.stream] = frame.t
        outputs.append(self._sample(frame.t, reading.stream, np.full(n, frame.t, np.int64), reading.values))
        return outputs

    def _place_samples(self, frame: Frame, reading: Reading, timer: SampleTimer, last: DeviceNs) -> list[Output]:
        """Samples with a device time: by count within the frame, by the clock map on the session clock."""
        if self.clock.observe(last, frame.t):
            for stream, each in self._timers.items():
                each.reset()
                self._causes[stream] = RESET
        placed = timer.place(len(reading.values), last)
        if placed.duplicate:
            return [
                Rejected(frame.t, self._source, frame.channel, f"{reading.stream} frame is a repeat or out of order")
            ]
        times = self.clock.to_host_times(placed.device)
        outputs: list[Output] = []
        before = self._ends.get(reading.stream)
        cause = self._causes.pop(reading.stream, None)
        start = HostNs(int(times[0]))
        if before is not None:
            # Across a reset the frames' own count says nothing, and neither does the device's clock.
            uncounted = cause == RESET or (cause is not None and start - before > 1.5 * NS / timer.rate_hz)
            lost = 0 if self.clock.in_doubt else placed.lost  # a clock that leaps counts nothing
            if lost or uncounted:
                why = cause or "frames lost between the device and here"
                outputs.append(Gap(frame.t, f"{self._source}/{reading.stream}", before, start, lost or None, why))
        self._ends[reading.stream] = HostNs(int(times[-1]))
        outputs.append(self._sample(frame.t, reading.stream, times, reading.values))
        return outputs

    def _place_beats(self, frame: Frame, rr_s: Values) -> list[Output]:
        """RR intervals have no time of their own: their running sum is the clock."""
        if not self._contact:
            return []
        beats = self._beats.feed(frame.t, rr_s)
        outputs: list[Output] = []
        before = self._ends.get("rr")
        cause = self._causes.pop("rr", None)
        if beats.anchored and before is not None:
            # No hole means that beats came twice or far too late: what is before them is no series with them either.
            start = HostNs(max(before, int(beats.times[0]) - round(float(rr_s[0]) * NS)))
            why = cause or (
                "beats lost between the device and here" if start > before else "beats placed anew by arrival"
            )
            outputs.append(Gap(frame.t, f"{self._source}/rr", before, start, None, why))
        self._ends["rr"] = HostNs(int(beats.times[-1]))
        self._coverage.add(beats.times, rr_s)
        outputs.append(self._sample(frame.t, "rr", beats.times, rr_s))
        return outputs

    def _touch(self, contact: Values) -> None:
        """Without skin contact a strap goes on sending numbers; they are not heartbeats."""
        self._contact = bool(contact[-1] != NO_CONTACT)
        if not self._contact:
            self._lose_beats("no skin contact")

    def _lose_beats(self, why: str) -> None:
        self._beats.broken()
        self._causes["rr"] = why

    def _break(self, why: str) -> None:
        self._beats.broken()
        for stream in self._ends:
            self._causes[stream] = why

    def _sample(self, t: HostNs, stream: str, times: Times, values: Values) -> Sample:
        return Sample(t, f"{self._source}/{stream}", times, values)
