"""The streams of one connection: switched on, started again, switched off."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from tidehold.sources.ble_connect import Connection
from tidehold.sources.ble_gatt import Gatt, Hear
from tidehold.sources.ble_measure import Measurements
from tidehold.sources.ble_options import Timing, Transport
from tidehold.sources.ble_step import LinkError, StepError
from tidehold.sources.ble_watch import StallWatch
from tidehold.wire.profile import Channel, Profile

Do = Callable[[], Awaitable[None]]

_NOTIFIED: Final = ("notify", "indicate")


@dataclass(frozen=True, slots=True)
class Feed:
    """What is switched on, watched and started again as one: a notified channel, or one measurement."""

    id: str
    streams: tuple[str, ...]
    stalls_after_s: float | None
    on: Do
    off: Do


class Streams:
    """What one connection delivers.

    Args:
        link: Connected.
        hear: Told of everything that arrives.
        watch: Told of what is on, and of what arrives.
        transport: How to ask for notifications.
        timing: Deadlines.
    """

    def __init__(self, link: Connection, hear: Hear, watch: StallWatch, transport: Transport, timing: Timing) -> None:
        self.missing: dict[str, str] = {}
        """Why a stream is not on, by its id; why a setting was not made, by its channel."""
        self._profile = link.profile
        self._watch = watch
        self._timing = timing
        self._gatt = Gatt(link, hear, transport, timing)
        self._measurements = Measurements(self._gatt, link.profile, watch, timing)
        self._feeds = {feed.id: feed for feed in (*self._notified(), *self._measured())}
        self._on: set[str] = set()

    @property
    def on(self) -> tuple[str, ...]:
        """Ids of the streams that are on, in the order of the profile."""
        return tuple(stream.id for stream in self._profile.stream if stream.id in self._on - self.missing.keys())

    @property
    def rates_hz(self) -> dict[str, str]:
        """Sample rate of each stream that was started, by its id."""
        return self._measurements.rates_hz

    @property
    def is_live(self) -> bool:
        """Whether a stream is on that goes on by itself; a battery level that was read once does not."""
        return any(stream in self.on for feed in self._feeds.values() for stream in feed.streams)

    async def switch_on(self) -> None:
        """Settings, then everything that can be had. What cannot is in `missing`, and stops nothing else.

        What is there but failed counts as silent, and so will be started again.
        """
        for channel in self._profile.channel:
            if channel.codec == "setting":
                await self._set(channel)
        for feed in self._feeds.values():
            try:
                await feed.on()
            except StepError as error:
                self.missing |= dict.fromkeys(feed.streams, str(error))
                self._watch.arm(feed.id, feed.stalls_after_s)
                self._watch.stopped(feed.id)
            except LinkError as error:  # the device said no: asking again would change nothing
                self.missing |= dict.fromkeys(feed.streams, str(error))
            else:
                self._on.update(feed.streams)
                self._watch.arm(feed.id, feed.stalls_after_s)
        for channel in self._profile.channel:
            if channel.mode == "read":
                await self._read(channel)

    async def start_again(self, feed_id: str) -> None:
        """Switch a silent feed off and on.

        Raises:
            LinkError: No answer, or a refusal.
        """
        feed = self._feeds[feed_id]
        await feed.off()
        await feed.on()
        self._watch.arm_again(feed_id)
        self._on.update(feed.streams)
        for stream in feed.streams:
            self.missing.pop(stream, None)

    async def switch_off(self) -> None:
        """Streams first, then notifications: a device whose streams run on never sleeps. Never raises."""
        stop = [partial(self._measurements.stop, stream) for stream in self._measurements.streams]
        unsubscribe = [partial(self._gatt.unsubscribe, channel) for channel in self._gatt.notifying.values()]
        with suppress(TimeoutError):  # disconnecting ends what is left, on most devices
            async with asyncio.timeout(self._timing.stop_streams):
                for switch_off in (*stop, *unsubscribe):
                    with suppress(LinkError):
                        await switch_off()

    async def _set(self, channel: Channel) -> None:
        """Make a setting. A device that keeps its own is still of use: at another rate, or another range."""
        try:
            await self._gatt.write(channel)
        except LinkError as error:
            self.missing[channel.id] = str(error)

    async def _read(self, channel: Channel) -> None:
        try:
            await self._gatt.read(channel)
        except LinkError as error:
            self.missing |= dict.fromkeys(_streams_of(self._profile, channel), str(error))
        else:
            self._on.update(_streams_of(self._profile, channel))

    def _notified(self) -> list[Feed]:
        return [
            Feed(
                channel.id,
                _streams_of(self._profile, channel),
                channel.stalls_after_s,
                partial(self._gatt.subscribe, channel, partial(self._saw, channel.id)),
                partial(self._gatt.unsubscribe, channel),
            )
            for channel in self._profile.channel
            if channel.mode in _NOTIFIED and not channel.codec.startswith("pmd")
        ]

    def _measured(self) -> list[Feed]:
        stalls_after_s = {channel.id: channel.stalls_after_s for channel in self._profile.channel}
        return [
            Feed(
                stream.id,
                (stream.id,),
                stalls_after_s.get(stream.channel),
                partial(self._measurements.start, stream),
                partial(self._measurements.stop, stream),
            )
            for stream in self._measurements.streams
        ]

    def _saw(self, feed_id: str, _: bytes) -> None:
        self._watch.saw(feed_id)


def _streams_of(profile: Profile, channel: Channel) -> tuple[str, ...]:
    return tuple(stream.id for stream in profile.stream if stream.channel == channel.id)
