"""The streams of one connection: switched on in the order straps insist on, started again, switched off."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from bleak.backends.characteristic import BleakGATTCharacteristic

from tidehold.errors import WireError
from tidehold.sources.ble_connect import Connection
from tidehold.sources.ble_control import ControlPoint, RefusedError, rate_hz
from tidehold.sources.ble_options import Timing, Transport
from tidehold.sources.ble_step import LinkError, StepError, step
from tidehold.sources.ble_watch import StallWatch
from tidehold.wire.pmd import MEASUREMENT_MASK
from tidehold.wire.pmd_control import Settings, Stopped, decode_command, decode_features
from tidehold.wire.profile import Channel, Stream

Hear = Callable[[str, bytes], None]
"""Takes on which channel, and which bytes arrived."""

_NEEDS: Final[dict[str, frozenset[str]]] = {
    "notify": frozenset({"notify", "indicate"}),
    "indicate": frozenset({"notify", "indicate"}),
    "read": frozenset({"read"}),
}
"""Properties of which a characteristic needs one, by the mode of its channel."""


class NotOfferedError(LinkError):
    """The device lacks a characteristic: a lesser model, or another firmware."""


class Streams:
    """What one connection delivers.

    A stream that has to be started is watched for itself, as it may stall while others
    on its channel flow. Everything else is watched by its channel.

    Args:
        link: Connected.
        hear: Told of everything that arrives.
        watch: Told of what is on, and of what arrives.
        transport: How to ask for notifications.
        timing: Deadlines.
    """

    def __init__(self, link: Connection, hear: Hear, watch: StallWatch, transport: Transport, timing: Timing) -> None:
        self.missing: dict[str, str] = {}
        """Why a stream is not on, by its id."""
        self.rates_hz: dict[str, str] = {}
        """Sample rate of each stream that was started, by its id."""
        self._link = link
        self._client = link.client
        self._hear = hear
        self._watch = watch
        self._notify = transport.notify
        self._timing = timing
        self._control: ControlPoint | None = None
        self._notifying: dict[str, Channel] = {}
        self._read: dict[str, Channel] = {}
        self._offered: dict[str, Settings] = {}
        self._starting: dict[str, Stream] = {}  # from before its start on: whatever came of that, it is stopped
        self._measured = {_measurement(s): s for s in link.profile.stream if s.start is not None}

    @property
    def on(self) -> tuple[str, ...]:
        """Ids of the streams that are on."""
        heard = self._notifying.keys() | self._read.keys()
        return tuple(
            stream.id
            for stream in self._link.profile.stream
            if stream.id not in self.missing
            and (stream.channel in heard if stream.start is None else stream.id in self.rates_hz)
        )

    async def switch_on(self) -> None:
        """Everything that can be had. What cannot is in `missing`, and stops nothing else."""
        channels = self._link.profile.channel
        for channel in channels:
            if channel.mode != "read" and not channel.codec.startswith("pmd"):
                is_on = await self._attempt(self._subscribe(channel), self._streams_of(channel))
                if is_on:
                    self._watch.arm(channel.id, channel.stalls_after_s)
        if self._measured:
            await self._switch_on_measurements()
        for channel in channels:
            if channel.mode == "read":
                await self._attempt(self._read_once(channel), self._streams_of(channel))

    async def start_again(self, watched: str) -> None:
        """Switch a silent stream, or the notifications of a silent channel, off and on.

        Raises:
            LinkError: No answer, or a refusal.
        """
        if watched in self._notifying:
            channel = self._notifying[watched]
            await self._unsubscribe(channel)
            await self._subscribe(channel)
        elif self._control is not None:
            stream = self._starting[watched]
            await self._control.stop(stream)
            await self._control.start(stream, self._offered[watched])
        self._watch.arm_again(watched)

    async def switch_off(self) -> None:
        """Streams first, then notifications: a strap whose streams run on never sleeps. Never raises."""
        try:
            async with asyncio.timeout(self._timing.stop_streams):
                for stream in self._starting.values():
                    if self._control is not None:
                        await self._attempt(self._control.stop(stream), ())
                for channel in self._notifying.values():
                    await self._attempt(self._unsubscribe(channel), ())
        except TimeoutError:
            pass  # disconnecting ends what is left, on most straps

    async def _switch_on_measurements(self) -> None:
        """Polar Measurement Data: indications, notifications, features, settings, start; in this order."""
        measured = tuple(self._measured.values())
        channels = [channel for channel in self._link.profile.channel if channel.codec.startswith("pmd")]
        channels.sort(key=lambda channel: channel.codec != "pmd-control")
        for channel in channels:
            if not await self._attempt(self._subscribe(channel), measured):
                return
        if (control := self._control) is None:
            self.missing |= {stream.id: "the profile has no control point to start it with" for stream in measured}
            return
        features = await self._features(channels[0])
        for measurement, stream in self._measured.items():
            if measurement in features:
                await self._attempt(self._start(control, stream), (stream,))
            else:
                self.missing[stream.id] = "the strap does not measure it"

    async def _attempt(self, work: Awaitable[None], streams: Sequence[Stream]) -> bool:
        """Whether `work` succeeded; if not, its streams are missing."""
        try:
            await work
        except LinkError as error:
            self.missing |= {stream.id: str(error) for stream in streams}
            return False
        return True

    async def _subscribe(self, channel: Channel) -> None:
        characteristic = self._find(channel)
        if channel.codec == "pmd-control":
            self._control = self._control_point(characteristic)
        work = self._client.start_notify(characteristic, partial(self._arrived, channel), **self._notify)
        await step(f"subscribe to {channel.id}", self._timing.notify, work)
        self._notifying[channel.id] = channel

    async def _unsubscribe(self, channel: Channel) -> None:
        work = self._client.stop_notify(self._find(channel))
        await step(f"unsubscribe from {channel.id}", self._timing.notify, work)

    async def _read_once(self, channel: Channel) -> None:
        payload = await step(f"read {channel.id}", self._timing.read, self._client.read_gatt_char(self._find(channel)))
        self._hear(channel.id, bytes(payload))
        self._read[channel.id] = channel

    async def _features(self, control: Channel) -> tuple[int, ...]:
        """Measurements that the strap says it has; all, if it does not say."""
        work = self._client.read_gatt_char(self._find(control))
        try:
            payload = bytes(await step("read the list of measurements", self._timing.read, work))
            self._hear(control.id, payload)
            return decode_features(payload).measurements
        except (StepError, WireError):
            return tuple(self._measured)

    async def _start(self, control: ControlPoint, stream: Stream) -> None:
        offered = self._offered[stream.id] = await control.settings(stream)
        self._starting[stream.id] = stream
        try:
            settings = await control.start(stream, offered)
        except RefusedError as error:
            if not error.may_pass:
                raise
            await asyncio.sleep(self._timing.retry_start)
            settings = await control.start(stream, offered)
        self.rates_hz[stream.id] = rate_hz(settings)
        stalls_after_s = self._notifying[stream.channel].stalls_after_s
        self._watch.arm(stream.id, stalls_after_s)

    def _arrived(self, channel: Channel, _: BleakGATTCharacteristic, raw: bytearray) -> None:
        """A plain function, hence in order: of a coroutine bleak would make one task for every notification."""
        payload = bytes(raw)
        self._hear(channel.id, payload)
        if channel.codec == "pmd-control" and self._control is not None:
            self._control.heard(payload)
        elif channel.codec != "pmd":
            self._watch.saw(channel.id)
        elif payload and (stream := self._measured.get(payload[0] & MEASUREMENT_MASK)):
            self._watch.saw(stream.id)

    def _stopped_itself(self, said: Stopped) -> None:
        for measurement in said.measurements:
            if stream := self._measured.get(measurement):
                self._watch.stopped(stream.id)

    def _streams_of(self, channel: Channel) -> tuple[Stream, ...]:
        return tuple(stream for stream in self._link.profile.stream if stream.channel == channel.id)

    def _find(self, channel: Channel) -> BleakGATTCharacteristic:
        for each in self._link.services.characteristics.values():
            if (each.service_uuid, each.uuid) == (channel.service, channel.uuid):
                if _NEEDS[channel.mode].intersection(each.properties):
                    return each
                break
        raise NotOfferedError(f"the strap does not offer it (no {channel.id})")

    def _control_point(self, characteristic: BleakGATTCharacteristic) -> ControlPoint:
        if "write" not in characteristic.properties:
            raise NotOfferedError("the strap does not offer it (its control point cannot be written)")
        write = partial(self._client.write_gatt_char, characteristic, response=True)
        return ControlPoint(write, self._timing.command, self._stopped_itself)


def _measurement(stream: Stream) -> int:
    return decode_command(bytes.fromhex(stream.start or "")).measurement
