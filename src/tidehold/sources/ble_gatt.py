"""The characteristics of one connection, by the channels of its profile; every access has its deadline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from bleak.backends.characteristic import BleakGATTCharacteristic

from tidehold.sources.ble_connect import Connection
from tidehold.sources.ble_options import Timing, Transport
from tidehold.sources.ble_step import LinkError, step
from tidehold.wire.profile import Channel

Hear = Callable[[str, bytes], None]
"""Takes on which channel, and which bytes arrived."""

_NEEDS: Final[dict[str, frozenset[str]]] = {
    "notify": frozenset({"notify", "indicate"}),
    "indicate": frozenset({"notify", "indicate"}),
    "read": frozenset({"read"}),
    "write": frozenset({"write"}),
}
"""Properties of which a characteristic needs one, by the mode of its channel."""


class NotOfferedError(LinkError):
    """The device lacks something: a lesser model, or another firmware."""


class Gatt:
    """Subscriptions, reads and writes.

    Args:
        link: Connected.
        hear: Told of everything that arrives, before anything else is done with it.
        transport: How to ask for notifications.
        timing: Deadlines.
    """

    def __init__(self, link: Connection, hear: Hear, transport: Transport, timing: Timing) -> None:
        self._link = link
        self._hear = hear
        self._options = transport.notify
        self._timing = timing
        self.notifying: dict[str, Channel] = {}
        """Channels that are subscribed to, in that order."""

    async def subscribe(self, channel: Channel, arrived: Callable[[bytes], None]) -> None:
        """Have a channel's notifications or indications told to `arrived`, too.

        Raises:
            LinkError: The device lacks it, or it failed.
        """

        def on_notification(_: BleakGATTCharacteristic, raw: bytearray) -> None:
            # A plain function, hence in order: of a coroutine bleak would make one task for every notification.
            payload = bytes(raw)
            self._hear(channel.id, payload)
            arrived(payload)

        work = self._link.client.start_notify(self._find(channel), on_notification, **self._options)
        await step(f"subscribe to {channel.id}", self._timing.notify, work)
        self.notifying[channel.id] = channel

    async def unsubscribe(self, channel: Channel) -> None:
        """End a subscription, if there is one.

        Raises:
            StepError: It failed.
        """
        if self.notifying.pop(channel.id, None) is not None:
            work = self._link.client.stop_notify(self._find(channel))
            await step(f"unsubscribe from {channel.id}", self._timing.notify, work)

    async def read(self, channel: Channel) -> bytes:
        """Read a channel once.

        Raises:
            LinkError: The device lacks it, or it failed.
        """
        work = self._link.client.read_gatt_char(self._find(channel))
        payload = bytes(await step(f"read {channel.id}", self._timing.read, work))
        self._hear(channel.id, payload)
        return payload

    async def write(self, channel: Channel) -> None:
        """Write a channel's value, acknowledged by the device.

        Raises:
            LinkError: The device lacks it or refuses the value, or it failed.
        """
        work = self.writer(channel)(bytes.fromhex(channel.value or ""))
        await step(f"write {channel.id}", self._timing.write, work)

    def writer(self, channel: Channel) -> Callable[[bytes], Awaitable[None]]:
        """How to write to a channel, acknowledged by the device.

        Raises:
            NotOfferedError: The device does not let it be written.
        """
        characteristic = self._find(channel)
        if "write" not in characteristic.properties:
            raise NotOfferedError(f"the device does not offer it ({channel.id} cannot be written)")
        return partial(self._link.client.write_gatt_char, characteristic, response=True)

    def _find(self, channel: Channel) -> BleakGATTCharacteristic:
        for each in self._link.services.characteristics.values():
            if (each.service_uuid, each.uuid) == (channel.service, channel.uuid):
                if _NEEDS[channel.mode].intersection(each.properties):
                    return each
                break
        raise NotOfferedError(f"the device does not offer it (no {channel.id})")
