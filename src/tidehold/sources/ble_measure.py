"""Polar Measurement Data: streams that have to be started, in the order straps insist on.

Indications of the control point, notifications of the data, list of measurements,
settings, start. Straps refuse, or drop the link, in any other.
"""

from __future__ import annotations

import asyncio

from tidehold.errors import WireError
from tidehold.sources.ble_control import ControlPoint, RefusedError, rate_hz
from tidehold.sources.ble_gatt import Gatt, NotOfferedError
from tidehold.sources.ble_options import Timing
from tidehold.sources.ble_step import StepError
from tidehold.sources.ble_watch import StallWatch
from tidehold.wire.pmd import MEASUREMENT_MASK
from tidehold.wire.pmd_control import Settings, Stopped, decode_command, decode_features
from tidehold.wire.profile import Profile, Stream


class Measurements:
    """The streams of one connection that are started and stopped at a control point.

    Args:
        gatt: The connection's characteristics.
        profile: Facts about the device.
        watch: Told of what arrives, and of what the device stops by itself.
        timing: Deadlines.
    """

    def __init__(self, gatt: Gatt, profile: Profile, watch: StallWatch, timing: Timing) -> None:
        self.rates_hz: dict[str, str] = {}
        """Sample rate of each stream that is on, by its id."""
        self._gatt = gatt
        self._watch = watch
        self._timing = timing
        self._channels = [channel for channel in profile.channel if channel.codec.startswith("pmd")]
        self._channels.sort(key=lambda channel: channel.codec != "pmd-control")
        self._streams = {_measurement(stream): stream for stream in profile.stream if stream.start is not None}
        self._control: ControlPoint | None = None
        self._features: tuple[int, ...] = ()
        self._offered: dict[str, Settings] = {}
        self._starting: dict[str, ControlPoint] = {}

    @property
    def streams(self) -> tuple[Stream, ...]:
        """All that the profile knows of."""
        return tuple(self._streams.values())

    async def start(self, stream: Stream) -> None:
        """Start a stream; a refusal that may pass is tried once more.

        Raises:
            LinkError: The strap lacks it, will not start it, or does not answer.
        """
        control = await self._open()
        if _measurement(stream) not in self._features:
            raise NotOfferedError("the device does not measure it")
        if stream.id not in self._offered:
            self._offered[stream.id] = await control.settings(stream)
        self._starting[stream.id] = control  # whatever comes of it, the stream is to be stopped
        try:
            settings = await control.start(stream, self._offered[stream.id])
        except RefusedError as error:
            if not error.may_pass:
                raise
            await asyncio.sleep(self._timing.retry_start)
            settings = await control.start(stream, self._offered[stream.id])
        self.rates_hz[stream.id] = rate_hz(settings)

    async def stop(self, stream: Stream) -> None:
        """Stop a stream, if it may have been started.

        Raises:
            LinkError: The strap will not, or does not answer.
        """
        if (control := self._starting.get(stream.id)) is not None:
            await control.stop(stream)
            del self._starting[stream.id]

    async def _open(self) -> ControlPoint:
        """Everything that comes before the first stream, as far as it is not done yet."""
        if not self._channels or self._channels[0].codec != "pmd-control":
            raise NotOfferedError("the profile has no control point to start it with")
        if self._control is None:
            write = self._gatt.writer(self._channels[0])
            self._control = ControlPoint(write, self._timing.command, self._stopped_itself)
        for channel, arrived in zip(self._channels, (self._control.heard, self._data), strict=False):
            if channel.id not in self._gatt.notifying:
                await self._gatt.subscribe(channel, arrived)
        self._features = self._features or await self._read_features()
        return self._control

    async def _read_features(self) -> tuple[int, ...]:
        """Measurements that the strap says it has; all, if it does not say."""
        try:
            return decode_features(await self._gatt.read(self._channels[0])).measurements
        except (StepError, WireError):
            return tuple(self._streams)

    def _data(self, payload: bytes) -> None:
        """One measurement may stall while another on the same characteristic flows."""
        if payload and (stream := self._streams.get(payload[0] & MEASUREMENT_MASK)):
            self._watch.saw(stream.id)

    def _stopped_itself(self, said: Stopped) -> None:
        for measurement in said.measurements:
            if stream := self._streams.get(measurement):
                self._watch.stopped(stream.id)


def _measurement(stream: Stream) -> int:
    return decode_command(bytes.fromhex(stream.start or "")).measurement
