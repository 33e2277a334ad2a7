"""Devices on the air: what a GATT peripheral does with its links, whatever it measures.

It advertises while it has room for a link, hangs up or falls silent when it is
made to, and comes back.
"""

from __future__ import annotations

import asyncio
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple, TypedDict

from bumble import att, core, data_types, gatt, hci
from bumble.core import AdvertisingData
from bumble.device import Connection, Device
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.host import Host

from tidehold.errors import SourceError
from tidehold_simulators.ether import SUPERVISION_TIMEOUT_S, Ether
from tidehold_simulators.program import boot_ns
from tidehold_simulators.scenario import Fault, FaultKind

ADVERTISING_MS: Final = 100.0
_TICK_S: Final = 0.01
"""How late a notification may leave."""
_STEP_S: Final = 0.05
"""Longest step of the model, so that at high speed no fault is stepped over."""

NOTIFY, INDICATE = 1, 2
"""Bits of a client's wish (Core 6.0, Vol 3 Part G 3.3.3.3)."""

_INFORMATION: Final = {
    "manufacturer": gatt.GATT_MANUFACTURER_NAME_STRING_CHARACTERISTIC,
    "model": gatt.GATT_MODEL_NUMBER_STRING_CHARACTERISTIC,
    "serial": gatt.GATT_SERIAL_NUMBER_STRING_CHARACTERISTIC,
    "firmware": gatt.GATT_FIRMWARE_REVISION_STRING_CHARACTERISTIC,
    "hardware": gatt.GATT_HARDWARE_REVISION_STRING_CHARACTERISTIC,
    "software": gatt.GATT_SOFTWARE_REVISION_STRING_CHARACTERISTIC,
}

_HANG_UP_REASON: Final[dict[FaultKind, hci.HCI_ErrorCode]] = {
    "link-drop": hci.HCI_ErrorCode.REMOTE_USER_TERMINATED_CONNECTION_ERROR,
    "restart": hci.HCI_ErrorCode.REMOTE_DEVICE_TERMINATED_CONNECTION_DUE_TO_POWER_OFF_ERROR,
}
"""What the peer is told; a supervision time-out tells it nothing."""


HOST: Final = "127.0.0.1"
ORDERS: Final = "drop, vanish SECONDS"
"""What a device on the air can be told."""

LOW_ENERGY_ONLY: Final = data_types.Flags(
    AdvertisingData.Flags.LE_GENERAL_DISCOVERABLE_MODE | AdvertisingData.Flags.BR_EDR_NOT_SUPPORTED
)


class _Outage(NamedTuple):
    """No link before `until_s` (time of the strap's life, real seconds)."""

    kind: FaultKind
    until_s: float


def _ignore(_channel: str, _payload: bytes) -> None:
    """Nobody keeps a log."""


class Presence(NamedTuple):
    """How a device shows on the air."""

    name: str
    """Complete local name, up to 26 bytes of UTF-8."""
    address: str
    """Static random address, "F0:54:48:00:00:01"."""
    held: bool = False
    """Another app holds the link: the device is heard, but every attempt to connect fails."""
    dual: bool = False
    """Takes a second link."""
    mtu: int = 247
    """The longest ATT message that it takes; 247 fits a data channel packet of 251 bytes."""


class Options(TypedDict, total=False):
    """What `OnAir` can be told."""

    speed: float
    born_ns: int | None
    on_sent: Callable[[str, bytes], None]


class OnAir(ABC):
    """A device on the air.

    It takes one link at a time and is silent to all others meanwhile (two if `dual`).

    Args:
        ether: The space to be heard in.
        presence: Name, address and what it does with links.
        speed: Seconds of the device's life per second.
        born_ns: When its life began, on the boot clock; None: when it is switched on.
        on_sent: Told of each notification that was handed to a link: channel and value.
    """

    def __init__(
        self,
        ether: Ether,
        presence: Presence,
        *,
        speed: float = 1.0,
        born_ns: int | None = None,
        on_sent: Callable[[str, bytes], None] = _ignore,
    ) -> None:
        self._ether = ether
        self._presence = presence
        self._speed = speed
        self._born_ns = born_ns
        self._on_sent = on_sent
        self._controller = ether.attach(presence.name)
        self._controller.refuses = presence.held
        self._device = Device(
            presence.name, hci.Address(presence.address), host=Host(self._controller, self._controller)
        )
        self._device.gatt_server.max_mtu = presence.mtu
        self._device.on(Device.EVENT_CONNECTION, self._on_connection)
        self._links: list[Connection] = []
        self._outage: _Outage | None = None
        self._forced: _Outage | None = None
        self._life_s = 0.0
        self.advertised = asyncio.Event()
        """Set once it can be found."""

    @property
    def presence(self) -> Presence:
        """How it shows on the air."""
        return self._presence

    @abstractmethod
    async def _act(self, t_s: float) -> None:
        """Do what is due up to `t_s` of the device's life."""

    @abstractmethod
    def _advertisement(self) -> tuple[AdvertisingData, AdvertisingData]:
        """What it advertises, and what it answers to a scan request."""

    def _fault(self) -> Fault | None:
        """The link fault that is going on, of the device's own accord."""
        return None

    def _forget(self) -> None:  # noqa: B027  # most devices have nothing to forget
        """It has lost power for a moment."""

    def drop(self) -> None:
        """Hang up at once, and be there again."""
        self._forced = _Outage("link-drop", self._life_s)

    def vanish(self, seconds: float) -> None:
        """Fall silent without a word for `seconds`, at least until the link is given up for lost."""
        self._forced = _Outage("supervision-timeout", self._life_s + seconds)

    def obey(self, order: Sequence[str]) -> bool:
        """Carry out `ORDERS`; False for words that it does not know."""
        match order:
            case ["drop"]:
                self.drop()
            case ["vanish", seconds]:
                self.vanish(float(seconds))
            case _:
                return False
        return True

    async def run(self) -> None:
        """Live until cancelled; says goodbye to whoever is connected then."""
        await self._device.power_on()
        clock = asyncio.get_running_loop().time
        age_s = 0.0 if self._born_ns is None else (boot_ns() - self._born_ns) / 1e9
        born_s = clock() - age_s
        self._life_s = max(0.0, age_s)
        task = asyncio.current_task()
        try:
            # Not just until CancelledError: before Python 3.12, the wait_for in bumble may swallow one.
            while task is not None and not task.cancelling():
                now_s = clock() - born_s
                while self._life_s < now_s:
                    self._life_s = min(now_s, self._life_s + _STEP_S / self._speed)
                    await self._mind_the_link()
                    await self._act(self._life_s * self._speed)
                await asyncio.sleep(_TICK_S)
        finally:
            await self._hang_up(hci.HCI_ErrorCode.REMOTE_DEVICE_TERMINATED_CONNECTION_DUE_TO_POWER_OFF_ERROR)
            await asyncio.sleep(_TICK_S)  # the goodbye is on the air
            self._ether.detach(self._controller)

    async def _mind_the_link(self) -> None:
        """Begin and end outages, as the device or a test wants them; advertise while there is room for a link."""
        if self._outage is None:
            self._outage = self._due_outage()
            if self._outage is not None:
                await self._go_down(self._outage.kind)
        elif self._life_s >= self._outage.until_s and self._fault() is None:
            self._ether.unmute(self._controller)
            self._outage = None
        room = len(self._links) < (2 if self._presence.dual else 1)
        if self._outage is None and room and not self._device.is_advertising:
            await self._advertise()

    def _due_outage(self) -> _Outage | None:
        forced, self._forced = self._forced, None
        if forced is None and (fault := self._fault()) is not None:
            return _Outage(fault.kind, self._life_s)
        return forced

    async def _go_down(self, kind: FaultKind) -> None:
        await self._device.stop_advertising()
        if kind in _HANG_UP_REASON:
            await self._hang_up(_HANG_UP_REASON[kind])
        else:
            self._ether.mute(self._controller)
            await asyncio.sleep(SUPERVISION_TIMEOUT_S)
            self._ether.cut(self._controller, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)
        if kind == "restart":
            self._forget()

    async def _hang_up(self, reason: hci.HCI_ErrorCode) -> None:
        for link in tuple(self._links):
            # The peer may have been faster.
            with suppress(hci.HCI_Error):
                await self._device.send_async_command(
                    hci.HCI_Disconnect_Command(connection_handle=link.handle, reason=reason)
                )

    async def _advertise(self) -> None:
        data, scan_response = self._advertisement()
        await self._device.start_advertising(
            advertising_data=bytes(data),
            scan_response_data=bytes(scan_response),
            advertising_interval_min=ADVERTISING_MS,
            advertising_interval_max=ADVERTISING_MS,
        )
        self.advertised.set()

    def _on_connection(self, link: Connection) -> None:
        self._links.append(link)
        link.once(Connection.EVENT_DISCONNECTION, lambda _reason: self._links.remove(link))

    def _listens(self, link: Connection, characteristic: Characteristic[bytes], bit: int) -> bool:
        """Whether the client at the other end has asked for notifications (or indications)."""
        asked = self._device.gatt_server.subscribers.get(link, {}).get(characteristic.handle, b"\0\0")
        return bool(asked[0] & bit)

    async def _notify(
        self, channel: str, characteristic: Characteristic[bytes], value: bytes, links: Iterable[Connection]
    ) -> list[Connection]:
        """Notify all `links` that listen; gives those. What does not fit their MTU is not sent: no half frames."""
        told = []
        for link in tuple(links):
            if self._listens(link, characteristic, NOTIFY) and len(value) <= link.att_mtu - 3:
                await self._device.notify_subscriber(link, characteristic, value)
                self._on_sent(channel, value)
                told.append(link)
        return told


def information_service(strings: Mapping[str, str]) -> Service:
    """Device Information (0x180A) of these strings: manufacturer, model, serial, firmware, hardware, software."""
    return Service(
        gatt.GATT_DEVICE_INFORMATION_SERVICE,
        [characteristic(_INFORMATION[key], read=text.encode) for key, text in strings.items()],
    )


def characteristic(
    uuid: core.UUID,
    *,
    read: Callable[[], bytes] | None = None,
    write: Callable[[Connection, bytes], None] | None = None,
    notify: bool = False,
    indicate: bool = False,
) -> Characteristic[bytes]:
    """A characteristic that permits just what it says it does; bumble's server permits everything."""

    def reads(_link: Connection) -> bytes:
        if read is None:
            raise att.ATT_Error(att.ATT_READ_NOT_PERMITTED_ERROR)
        return read()

    def writes(link: Connection, value: bytes) -> None:
        if write is None:
            raise att.ATT_Error(att.ATT_WRITE_NOT_PERMITTED_ERROR)
        write(link, value)

    can = Characteristic.Properties
    properties = (
        (can.READ, read is not None),
        (can.WRITE, write is not None),
        (can.NOTIFY, notify),
        (can.INDICATE, indicate),
    )
    return Characteristic(
        uuid,
        can(sum(bit for bit, has in properties if has)),
        att.Attribute.READABLE | att.Attribute.WRITEABLE,
        CharacteristicValue(read=reads, write=writes),
    )


async def serve(
    ether: Ether, devices: Iterable[OnAir], port: int, stop: asyncio.Event, say_ready: Callable[[str], None]
) -> None:
    """Serve a radio on TCP with devices on the air, until `stop` is set.

    Args:
        ether: The space that they are in.
        devices: Who is on the air.
        port: On 127.0.0.1; 0 chooses a free one.
        stop: Ends it.
        say_ready: Told of the radio (for `open_radio`) as soon as all can be found.

    Raises:
        SourceError: The port cannot be used.
    """
    try:
        async with ether.serve(HOST, port) as served, asyncio.TaskGroup() as tasks:
            playing = [(device, tasks.create_task(device.run(), name=device.presence.name)) for device in devices]
            for device, _ in playing:
                await device.advertised.wait()
            say_ready(f"tcp-client:{HOST}:{served}")
            await stop.wait()
            for _, task in playing:
                task.cancel()
    except OSError as error:
        raise SourceError(f"cannot serve a radio on {HOST}:{port}: {os.strerror(error.errno or 0)}") from None
