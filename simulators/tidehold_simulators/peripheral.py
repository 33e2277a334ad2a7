"""A chest strap as a real GATT peripheral: plays a strap model in real time.

Heart Rate (0x180D), Battery (0x180F), Device Information (0x180A) and, if the
strap has streams, Polar Measurement Data. The model decides what is sent; this
decides to whom, and what becomes of the link.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple, Protocol

from bumble import att, core, data_types, gatt, hci
from bumble.core import AdvertisingData
from bumble.device import Connection, Device
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.host import Host

from tidehold_simulators import control_point
from tidehold_simulators.encoders import pmd_features
from tidehold_simulators.ether import SUPERVISION_TIMEOUT_S, Ether
from tidehold_simulators.scenario import Fault, FaultKind
from tidehold_simulators.strap_model import Emission

PMD_SERVICE: Final = core.UUID("FB005C80-02E7-F387-1CAD-8ACD2D8DF0C8")
PMD_CONTROL: Final = core.UUID("FB005C81-02E7-F387-1CAD-8ACD2D8DF0C8")
PMD_DATA: Final = core.UUID("FB005C82-02E7-F387-1CAD-8ACD2D8DF0C8")

ADVERTISING_MS: Final = 100.0
CHEST: Final = 1
"""Body Sensor Location (0x2A38)."""

_TICK_S: Final = 0.01
"""How late a notification may leave."""
_STEP_S: Final = 0.05
"""Longest step of the model, so that at high speed no fault is stepped over."""

_NOTIFY, _INDICATE = 1, 2
_CCCD_IMPROPERLY_CONFIGURED: Final = 0xFD
"""Core Specification Supplement, Part B 1.2: what a strap says when its answer could not be indicated."""

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


class StrapModel(control_point.Streaming, Protocol):
    """What a strap does in time; `strap_model.Strap` is one."""

    hr_on: bool

    @property
    def battery_percent(self) -> int:
        """Charge, 0..100."""
        ...

    @property
    def information(self) -> dict[str, str]:
        """Device Information strings: manufacturer, model, serial, firmware, hardware, software."""
        ...

    def advance(self, until_s: float) -> Sequence[Emission]:
        """All that the strap sends up to `until_s`, in order of time."""
        ...

    def link_down(self, t_s: float) -> Fault | None:
        """The link fault that is going on at `t_s`."""
        ...


class _Outage(NamedTuple):
    """No link before `until_s` (time of the strap's life, real seconds)."""

    kind: FaultKind
    until_s: float


def _ignore(_channel: str, _payload: bytes) -> None:
    """Nobody keeps a log."""


class Presence(NamedTuple):
    """How a strap shows on the air."""

    name: str
    """Complete local name, up to 26 bytes of UTF-8."""
    address: str
    """Static random address, "F0:54:48:00:00:01"."""
    held: bool = False
    """Another app holds the link: the strap is heard, but every attempt to connect fails."""
    dual: bool = False
    """Takes a second link."""
    mtu: int = 247
    """The longest ATT message that it takes; 247 fits a data channel packet of 251 bytes."""


class Peripheral:
    """A strap on the air.

    It takes one link at a time and is silent to all others meanwhile, as a strap
    does (two if `dual`). PMD streams go on until they are stopped, whatever becomes
    of the link; who connects anew must ask for notifications again, and finds the
    streams "already in state".

    Args:
        ether: The space to be heard in.
        strap: The model to play.
        presence: Name, address and what it does with links.
        speed: Seconds of the strap's life per second.
        on_sent: Told of each notification that was handed to a link: channel ("hr", "pmd", "battery") and value.
    """

    def __init__(
        self,
        ether: Ether,
        strap: StrapModel,
        presence: Presence,
        *,
        speed: float = 1.0,
        on_sent: Callable[[str, bytes], None] = _ignore,
    ) -> None:
        self._ether = ether
        self._strap = strap
        self._presence = presence
        self._speed = speed
        self._on_sent = on_sent
        self._controller = ether.attach(presence.name)
        self._controller.refuses = presence.held
        self._device = Device(
            presence.name, hci.Address(presence.address), host=Host(self._controller, self._controller)
        )
        self._device.gatt_server.max_mtu = presence.mtu
        self._device.on(Device.EVENT_CONNECTION, self._on_connection)
        self._links: list[Connection] = []
        self._battery_told: dict[Connection, int] = {}
        self._indications: set[asyncio.Future[None]] = set()
        self._outage: _Outage | None = None
        self._forced: _Outage | None = None
        self._life_s = 0.0
        self.advertised = asyncio.Event()
        """Set once it can be found."""
        self._channels = {
            "hr": _characteristic(gatt.GATT_HEART_RATE_MEASUREMENT_CHARACTERISTIC, notify=True),
            "battery": _characteristic(gatt.GATT_BATTERY_LEVEL_CHARACTERISTIC, read=self._battery, notify=True),
            "pmd": _characteristic(PMD_DATA, notify=True),
        }
        self._control = _characteristic(
            PMD_CONTROL, read=lambda: pmd_features(strap.streams), write=self._on_command, indicate=True
        )
        self._device.add_services(self._services())

    def _services(self) -> Iterable[Service]:
        location = _characteristic(gatt.GATT_BODY_SENSOR_LOCATION_CHARACTERISTIC, read=lambda: bytes((CHEST,)))
        yield Service(gatt.GATT_HEART_RATE_SERVICE, [self._channels["hr"], location])
        yield Service(gatt.GATT_BATTERY_SERVICE, [self._channels["battery"]])
        yield Service(
            gatt.GATT_DEVICE_INFORMATION_SERVICE,
            [_characteristic(_INFORMATION[key], read=text.encode) for key, text in self._strap.information.items()],
        )
        if self._strap.streams:
            yield Service(PMD_SERVICE, [self._control, self._channels["pmd"]])

    def drop(self) -> None:
        """Hang up at once, and be there again."""
        self._forced = _Outage("link-drop", self._life_s)

    def vanish(self, seconds: float) -> None:
        """Fall silent without a word for `seconds`, at least until the link is given up for lost."""
        self._forced = _Outage("supervision-timeout", self._life_s + seconds)

    async def run(self) -> None:
        """Be a strap until cancelled; says goodbye to whoever is connected then."""
        await self._device.power_on()
        clock = asyncio.get_running_loop().time
        born_s = clock()
        task = asyncio.current_task()
        try:
            # Not just until CancelledError: before Python 3.12, the wait_for in bumble may swallow one.
            while task is not None and not task.cancelling():
                now_s = clock() - born_s
                while self._life_s < now_s:
                    self._life_s = min(now_s, self._life_s + _STEP_S / self._speed)
                    await self._live()
                await asyncio.sleep(_TICK_S)
        finally:
            await self._hang_up(hci.HCI_ErrorCode.REMOTE_DEVICE_TERMINATED_CONNECTION_DUE_TO_POWER_OFF_ERROR)
            await asyncio.sleep(_TICK_S)  # the goodbye is on the air
            self._ether.detach(self._controller)

    async def _live(self) -> None:
        """Do what is due at this moment of the strap's life."""
        await self._mind_the_link()
        self._strap.hr_on = any(self._listens(link, self._channels["hr"], _NOTIFY) for link in self._links)
        for emission in self._strap.advance(self._life_s * self._speed):
            await self._send(emission.channel, emission.payload, self._links)
        level = self._strap.battery_percent
        untold = [link for link in self._links if self._battery_told.get(link) != level]
        for link in await self._send("battery", self._battery(), untold):
            self._battery_told[link] = level

    async def _mind_the_link(self) -> None:
        """Begin and end outages, as the model or a test wants them; advertise while there is room for a link."""
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

    def _fault(self) -> Fault | None:
        return self._strap.link_down(self._life_s * self._speed)

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
            for stream in tuple(self._strap.running):
                self._strap.stop(stream)

    async def _hang_up(self, reason: hci.HCI_ErrorCode) -> None:
        for link in tuple(self._links):
            # The peer may have been faster.
            with suppress(hci.HCI_Error):
                await self._device.send_async_command(
                    hci.HCI_Disconnect_Command(connection_handle=link.handle, reason=reason)
                )

    async def _advertise(self) -> None:
        services = data_types.CompleteListOf16BitServiceUUIDs([gatt.GATT_HEART_RATE_SERVICE])
        flags = data_types.Flags(
            AdvertisingData.Flags.LE_GENERAL_DISCOVERABLE_MODE | AdvertisingData.Flags.BR_EDR_NOT_SUPPORTED
        )
        await self._device.start_advertising(
            advertising_data=bytes(AdvertisingData([flags, services])),
            scan_response_data=bytes(AdvertisingData([data_types.CompleteLocalName(self._presence.name)])),
            advertising_interval_min=ADVERTISING_MS,
            advertising_interval_max=ADVERTISING_MS,
        )
        self.advertised.set()

    def _on_connection(self, link: Connection) -> None:
        self._links.append(link)

        def ended(_reason: int) -> None:
            self._links.remove(link)
            self._battery_told.pop(link, None)

        link.once(Connection.EVENT_DISCONNECTION, ended)

    def _listens(self, link: Connection, characteristic: Characteristic[bytes], bit: int) -> bool:
        """Whether the client at the other end has asked for notifications (or indications)."""
        asked = self._device.gatt_server.subscribers.get(link, {}).get(characteristic.handle, b"\0\0")
        return bool(asked[0] & bit)

    async def _send(self, channel: str, value: bytes, links: Iterable[Connection]) -> list[Connection]:
        """Notify all `links` that listen; gives those. What does not fit their MTU is not sent: no half frames."""
        characteristic = self._channels[channel]
        told = []
        for link in tuple(links):
            if self._listens(link, characteristic, _NOTIFY) and len(value) <= link.att_mtu - 3:
                await self._device.notify_subscriber(link, characteristic, value)
                self._on_sent(channel, value)
                told.append(link)
        return told

    def _battery(self) -> bytes:
        return bytes((self._strap.battery_percent,))

    def _on_command(self, link: Connection, command: bytes) -> None:
        """A write to the control point: carried out now, answered by an indication after the write's own response."""
        if not self._listens(link, self._control, _INDICATE):
            raise att.ATT_Error(_CCCD_IMPROPERLY_CONFIGURED)
        answer = control_point.answer(self._strap, command, link.att_mtu)
        indication = asyncio.ensure_future(link.cancel_on_disconnection(self._indicate(link, answer)))
        self._indications.add(indication)
        indication.add_done_callback(self._indications.discard)

    async def _indicate(self, link: Connection, answer: bytes) -> None:
        with suppress(TimeoutError):  # a client that does not confirm
            await self._device.indicate_subscriber(link, self._control, answer)


def _characteristic(
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
