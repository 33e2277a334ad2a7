"""Device time to session time, through drift, jitter, bursts and resets.

A device stamps its frames with a clock of its own: any epoch, off by tens of
ppm, set back to 2019 when a Polar strap was without power (wire-formats 4.2).
`ClockMap` follows the earliest arrivals (`envelope`), slews along with them
(`clock_track`), and tells a clock that was reset from frames that are late.
"""

from __future__ import annotations

import math
from typing import Final

from tidehold.align.clock_track import ClockTrack
from tidehold.align.envelope import Envelope
from tidehold.records import DeviceNs, HostNs, Times
from tidehold.units import NS

JUMP_NS: Final = 2 * NS
"""A frame farther than this from the line is not believed: it is late, an outlier, or the first of a reset clock."""
PACE_NS: Final = NS // 2
"""Frames of a reset clock come at the pace of their stamps, within this; queued frames come faster."""
QUEUE_NS: Final = 30 * NS
"""Longer than any queue in a strap or a radio; 15 s have been seen (polar-ble-sdk #387)."""
PATIENCE_NS: Final = 2 * NS
"""How long stamps that cannot be late frames must keep pace before the clock counts as reset."""
WITNESSES: Final = 3
"""And how many frames that takes at least."""


class ClockMap:
    """Maps the clock of one device onto the session clock.

    Feed it every frame with `observe`, then ask. Within a segment the map is
    continuous, never decreases, and does not change for device times up to the
    newest observed. It moves towards the envelope by at most 5 %; after the
    first minute seldom by more than 0.02 %.

    Args:
        early_ns: A frame earlier than this is not believed either; below 2 s where the clock is set now and then,
            as a phone's is.

    Frames may come in any order. Duplicates and frames older than the newest
    teach nothing and change nothing.

    A frame more than 2 s off opens a doubt (`in_doubt`); the map stays until
    it is settled. The clock counts as reset when the doubtful frames come one
    after the other at the pace of their own stamps, 3 at least and

    - for 2 s, if they are early or step back in device time;
    - for 30 s, if they merely go on late: that may be a queue.

    One frame that fits ends the doubt, so neither a single outlier nor a burst
    of queued packets is a reset. While in doubt, frames that no queue explains
    (early, or more than 30 s back) are mapped as if by a clock that started
    with them, that is, to their arrival; if the reset is confirmed, this map
    becomes the new segment's. Late frames are mapped as ever.
    """

    __slots__ = ("_doubt", "_early_ns", "_track", "segment")

    def __init__(self, early_ns: int = JUMP_NS) -> None:
        self._early_ns = early_ns
        self.segment: int = 0
        """Number of the current segment; grows by one at each reset of the device clock."""
        self._track: ClockTrack | None = None
        self._doubt: _Doubt | None = None

    def observe(self, device: DeviceNs, arrival: HostNs) -> bool:
        """Learn from a frame.

        Args:
            device: Device time of the frame's last sample.
            arrival: When the frame came, on the session clock.

        Returns:
            True if the device clock turns out to have been reset: a new segment begins, the map has jumped.
        """
        track = self._track
        if track is None:
            self._track = ClockTrack(device, arrival, Envelope())
            return False
        lateness = track.lateness(device, arrival)
        if -self._early_ns <= lateness <= JUMP_NS:
            self._doubt = None
            track.learn(device, arrival, lateness)
            return False
        doubt = self._doubt
        if doubt is None or not doubt.goes_on(device, arrival):
            self._doubt = doubt = _Doubt(track, device, arrival, early=lateness < 0)
        if not doubt.confirmed(arrival):
            return False
        self._track, self._doubt = doubt.track, None
        self.segment += 1
        return True

    def lateness_ns(self, device: DeviceNs, arrival: HostNs) -> float:
        """How much later than the earliest a frame arrived, ns; 0 before the first, negative when earlier."""
        return 0.0 if self._track is None else self._track.lateness(device, arrival)

    def restart(self, device: DeviceNs, arrival: HostNs) -> None:
        """Begin a new segment with this frame: its samples tell that the clock was set."""
        envelope = self._track.envelope if self._track else Envelope()
        self._track = ClockTrack(device, arrival, Envelope(envelope.slope, known=envelope.known))
        self._doubt = None
        self.segment += 1

    def to_host(self, device: DeviceNs) -> HostNs:
        """Session time of a device time.

        Raises:
            ValueError: No frame was observed yet.
        """
        return HostNs(self._track_of(device).to_host_one(device))

    def to_host_times(self, device: Times) -> Times:
        """Session times (n,) of the device times (n,) of one frame's samples, ns, increasing; the figures of `to_host`.

        Raises:
            ValueError: No frame was observed yet.
        """
        if not len(device):
            return device
        return self._track_of(int(device[-1])).to_host(device)

    @property
    def in_doubt(self) -> bool:
        """The newest frame was more than 2 s off: late in a queue, an outlier, or the first of a reset clock."""
        return self._doubt is not None

    @property
    def drift_ppm(self) -> float | None:
        """How much the device clock runs fast (positive) or slow; None in the first three minutes.

        Kept through a reset: the quartz is the same.
        """
        if self._track is None or not self._track.envelope.known:
            return None
        slope = self._track.envelope.slope
        return -slope / (1.0 + slope) * 1e6

    @property
    def residual_s(self) -> float | None:
        """How late frames arrive on average, above the earliest, over the last 256 or so; None before the first."""
        return None if self._track is None else self._track.lateness_ns / NS

    @property
    def error_s(self) -> float:
        """Bound of the error of the times mapped now, s; infinite before the first frame.

        Six standard errors of the envelope, estimated from how far its points
        scatter, and what the map still has to slew. Two things cannot be seen
        from one side and are not in it: the least delay of the radio, the same
        for all frames, and a queue that has let no frame through in time so far.
        """
        return math.inf if self._track is None else self._track.error_ns() / NS

    def _track_of(self, device: int) -> ClockTrack:
        track, doubt = self._track, self._doubt
        if track is None:
            raise ValueError("no frame was observed yet, so there is no map")
        if doubt is None or not doubt.apart or abs(device - track.newest) < abs(device - doubt.track.newest):
            return track
        return doubt.track


class _Doubt:
    """Frames that do not fit the map, one after the other, and what the map would be if they are right."""

    __slots__ = ("_count", "_patience", "_since", "apart", "track")

    def __init__(self, track: ClockTrack, device: DeviceNs, arrival: HostNs, *, early: bool) -> None:
        back = track.newest - device
        self.apart = early or back > QUEUE_NS
        self._patience = PATIENCE_NS if early or back > JUMP_NS else QUEUE_NS
        self._since = arrival
        self._count = 0
        # The same quartz: its drift is known already.
        self.track = ClockTrack(device, arrival, Envelope(track.envelope.slope, known=track.envelope.known))

    def goes_on(self, device: DeviceNs, arrival: HostNs) -> bool:
        """Whether a frame follows those before at the pace of its stamp; if so it is one of them."""
        if abs(self.track.shift(device, arrival)) > PACE_NS:
            return False
        self.track.learn(device, arrival, self.track.lateness(device, arrival))
        return True

    def confirmed(self, arrival: HostNs) -> bool:
        """Count the frame that came now; whether they are enough for a reset."""
        self._count += 1
        return self._count >= WITNESSES and arrival - self._since >= self._patience
