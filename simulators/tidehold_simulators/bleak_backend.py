"""A bleak backend over bumble: bleak's own API on a virtual, or a spare real, HCI controller.

    async with open_radio("tcp-client:127.0.0.1:9517") as radio:
        scanner, client = radio.transport()
        device = await BleakScanner.find_device_by_name("Tidehold Sim 0001", **scanner)
        async with BleakClient(device, **client) as strap:
            ...

The radio is the adapter, shared by all scanners and clients. It lives as long
as the session: when its controller goes away (a simulated strap killed with the
ether that it serves), links are lost, and it opens the controller again by
itself as soon as there is one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Final, Literal, TypeVar

from bleak import BleakScanner
from bleak.args import SizedBuffer
from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bleak.uuids import normalize_uuid_str
from bumble import att, core, hci
from bumble.core import AdvertisingData
from bumble.device import Advertisement, Connection
from bumble.gatt_client import CharacteristicProxy, Client

from tidehold_simulators.adapter import LOST, Adapter, insist, reason_text

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_Ad = AdvertisingData.Type

MTU: Final = 517
"""The longest ATT message we take: a 512-byte value and its header (Core 6.0, Vol 3 Part F 3.2.9)."""

_HANG_UP_S: Final = 2.0

_SERVICE_LISTS: Final = (
    _Ad.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    _Ad.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    _Ad.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    _Ad.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)


class Radio(Adapter):
    """An adapter that bleak can use."""

    def transport(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Keyword arguments that make a `BleakScanner` and a `BleakClient` use this radio."""
        return {"backend": BumbleScanner, "radio": self}, {"backend": BumbleClient, "radio": self}


@asynccontextmanager
async def open_radio(transport: str, timeout_s: float = 5.0) -> AsyncIterator[Radio]:
    """A radio on an HCI transport by bumble's name for it, as in "tcp-client:127.0.0.1:9517".

    Raises:
        BleakBluetoothNotAvailableError: There was no controller for `timeout_s`.
        ValueError: bumble knows no such transport.
    """
    radio = Radio(transport)
    await radio.open(timeout_s)
    try:
        yield radio
    finally:
        await radio.close()


def _uuid(uuid: core.UUID) -> str:
    """A UUID as bleak writes it: 128 bits, lower case."""
    return normalize_uuid_str(uuid.to_hex_str("-"))


class BumbleScanner(BaseBleakScanner):
    """bleak's scanner over a `Radio`."""

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: Literal["active", "passive"],
        *,
        radio: Radio,
        **_: Any,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._radio = radio
        self._active = scanning_mode == "active"

    async def start(self) -> None:
        """Start scanning."""
        self.seen_devices = {}
        await self._radio.listen(self._heard, active=self._active)

    async def stop(self) -> None:
        """Stop scanning."""
        await self._radio.unlisten(self._heard)

    def _heard(self, advertisement: Advertisement) -> None:
        ad = advertisement.data
        found = AdvertisementData(
            local_name=ad.get(_Ad.COMPLETE_LOCAL_NAME) or ad.get(_Ad.SHORTENED_LOCAL_NAME),
            manufacturer_data=dict(ad.get_all(_Ad.MANUFACTURER_SPECIFIC_DATA)),
            service_data={
                _uuid(uuid): data
                for kind in (_Ad.SERVICE_DATA_16_BIT_UUID, _Ad.SERVICE_DATA_128_BIT_UUID)
                for uuid, data in ad.get_all(kind)
            },
            service_uuids=[_uuid(uuid) for kind in _SERVICE_LISTS for uuids in ad.get_all(kind) for uuid in uuids],
            tx_power=None if (tx_power := ad.get(_Ad.TX_POWER_LEVEL)) is None else (tx_power ^ 0x80) - 0x80,  # signed
            rssi=advertisement.rssi,
            platform_data=(advertisement,),
        )
        if not self.is_allowed_uuid(found.service_uuids):
            return
        address = advertisement.address.to_string(with_type_qualifier=False)
        device = self.create_or_update_device(address, address, found.local_name, advertisement.address, found)
        self.call_detection_callbacks(device, found)


class BumbleClient(BaseBleakClient):
    """bleak's client over a `Radio`.

    Args:
        address_or_ble_device: As for `BleakClient`.
        radio: The adapter to use.
        mtu: The longest ATT message to ask for; 23 does not ask.
        services: Discover these only.
        **kwargs: `disconnected_callback` and `timeout` as for `BleakClient`.
    """

    disconnect_reason: str | None = None
    """Why the last link ended, as far as this side was told: "Connection Timeout (0x08)" and the like."""

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        radio: Radio,
        mtu: int = MTU,
        services: set[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(address_or_ble_device, **kwargs)
        self._radio = radio
        self._mtu = mtu
        self._only = services
        self._device = address_or_ble_device if isinstance(address_or_ble_device, BLEDevice) else None
        self._link: object | None = None
        """Stands for the link that is up or coming up, so that news of an older one is not taken for its own."""
        self._connection: Connection | None = None
        self._ended = asyncio.Event()
        self._turn = asyncio.Lock()
        self._transactions: set[asyncio.Task[Any]] = set()
        self._notified: dict[int, Callable[[bytes], None]] = {}
        self._ready = False

    @property
    def name(self) -> str:
        """Name from the advertisement, or the address with dashes."""
        return (self._device and self._device.name) or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        """Longest ATT message on this link; 23 without one."""
        return self._connection.att_mtu if self._connection else att.ATT_DEFAULT_MTU

    @property
    def is_connected(self) -> bool:
        """Whether there is a link."""
        return self._connection is not None

    async def connect(self, pair: bool = False, **kwargs: Any) -> None:  # noqa: FBT001, FBT002  # bleak's signature
        """Connect, agree on the MTU and discover what there is.

        Raises:
            BleakDeviceNotFoundError: The device was not heard within `timeout`.
            BleakError: The link was refused or lost before all was discovered; or there is one already.
            TimeoutError: The device stopped answering.
        """
        if self.is_connected:
            raise BleakError("Client is already connected")
        if pair:
            _log.warning("%s: this backend does not pair", self.address)
        timeout_s: float = kwargs.get("timeout", self._timeout)
        clock = asyncio.get_running_loop().time
        deadline = clock() + timeout_s
        address = await self._find(timeout_s)
        self._link = link = object()
        self._ready = False
        self.disconnect_reason = None
        self._ended.clear()
        try:
            connection = await self._radio.connect(address, deadline - clock(), partial(self._link_down, link))
            self._still(link)
            self._connection = connection
            async with asyncio.timeout_at(deadline):
                if self._mtu > att.ATT_DEFAULT_MTU:
                    await self._transact(lambda gatt: gatt.request_mtu(self._mtu))
                self._still(link)
                services = await self._transact(self._discover)
            self._still(link)
            self.services, self._ready = services, True
        except TimeoutError:
            if self._connection is None:
                raise BleakDeviceNotFoundError(self.address, f"{self.address}: not heard for {timeout_s:g} s") from None
            raise
        finally:
            if not self._ready:
                await self.disconnect()
                self._link = None

    async def _find(self, timeout_s: float) -> hci.Address:
        """The full address of the device: whether it is a public or a random one, only the air can tell."""
        if self._device is None:
            scanner, _ = self._radio.transport()
            self._device = await BleakScanner.find_device_by_address(self.address, timeout_s, **scanner)
        if self._device is None:
            raise BleakDeviceNotFoundError(self.address, f"Device with address {self.address} was not found.")
        address = self._device.details
        if not isinstance(address, hci.Address):
            raise BleakError(f"{self._device} was not found by a BumbleScanner")
        return address

    async def disconnect(self) -> None:
        """End the link, if there is one; afterwards there is none, whatever happened."""
        link, connection = self._link, self._connection
        if connection is None:
            return
        try:
            with suppress(*LOST):
                async with asyncio.timeout(_HANG_UP_S):
                    await connection.device.send_async_command(
                        hci.HCI_Disconnect_Command(
                            connection_handle=connection.handle,
                            reason=hci.HCI_ErrorCode.REMOTE_USER_TERMINATED_CONNECTION_ERROR,
                        )
                    )
                    await self._ended.wait()
        finally:
            self._link_down(link, hci.HCI_ErrorCode.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR)

    def _link_down(self, link: object | None, reason: int) -> None:
        """A link has ended. May be told so twice; says so once, and only of a link that was ready."""
        if link is not self._link:
            return
        self._link = self._connection = self.services = None
        self._notified.clear()
        self.disconnect_reason = reason_text(reason)
        for transaction in tuple(self._transactions):
            insist(transaction)
        self._ended.set()
        if self._ready and self._disconnected_callback is not None:
            self._disconnected_callback()

    def _still(self, link: object | None) -> None:
        """Raise BleakError if this link has ended: what we were waiting for may have come, and then its end."""
        if link is not self._link:
            raise BleakError(f"{self.address}: link lost: {self.disconnect_reason}")

    async def _transact(self, call: Callable[[Client], Awaitable[_T]]) -> _T:
        """Run a GATT procedure in its turn and to its end, even if the caller no longer waits.

        ATT allows one request at a time (Core 6.0, Vol 3 Part F 3.3.2): were an
        abandoned one forgotten, its answer would be taken for the next one's.

        Raises:
            BleakGATTProtocolError: The device refused.
            BleakError: There is no link, or it was lost meanwhile.
        """
        link, connection, caller = self._link, self._connection, asyncio.current_task()
        if connection is None or caller is None:
            raise BleakError("Not connected")
        cancellations = caller.cancelling()
        transaction = asyncio.create_task(self._in_turn(call, connection.gatt_client))
        self._transactions.add(transaction)
        transaction.add_done_callback(self._transactions.discard)
        try:
            return await asyncio.shield(transaction)
        except asyncio.CancelledError:
            # By bumble or by _link_down, because the link is lost, and not by whoever cancelled our caller?
            if caller.cancelling() == cancellations:
                self._still(link)
            raise
        except att.ATT_Error as error:
            raise BleakGATTProtocolError(error.error_code) from error
        except core.BaseBumbleError as error:
            raise BleakError(f"{self.address}: {error}") from error

    async def _in_turn(self, call: Callable[[Client], Awaitable[_T]], gatt: Client) -> _T:
        async with self._turn:
            return await call(gatt)

    async def _discover(self, gatt: Client) -> BleakGATTServiceCollection:
        """All primary services with their characteristics and descriptors (Core 6.0, Vol 3 Part G 4.4-4.7)."""
        found = BleakGATTServiceCollection()
        for service in await gatt.discover_services():
            if self._only is not None and _uuid(service.uuid) not in self._only:
                continue
            bleak_service = BleakGATTService(service, service.handle, _uuid(service.uuid))
            found.add_service(bleak_service)
            for proxy in await gatt.discover_characteristics((), service):
                characteristic = BleakGATTCharacteristic(
                    proxy,
                    proxy.handle,
                    _uuid(proxy.uuid),
                    sorted(gatt_char_props_to_strs(proxy.properties)),
                    lambda: self.mtu_size - 3,
                    bleak_service,
                )
                found.add_characteristic(characteristic)
                for descriptor in await gatt.discover_descriptors(proxy):
                    found.add_descriptor(
                        BleakGATTDescriptor(descriptor, descriptor.handle, _uuid(descriptor.type), characteristic)
                    )
                proxy.descriptors_discovered = True  # bumble would ask again on every subscription
        return found

    async def read_gatt_char(self, characteristic: BleakGATTCharacteristic, **_: Any) -> bytearray:
        """Read a characteristic, as often as it takes if it is long."""
        return bytearray(await self._transact(lambda gatt: gatt.read_value(characteristic.handle)))

    async def read_gatt_descriptor(self, descriptor: BleakGATTDescriptor, **_: Any) -> bytearray:
        """Read a descriptor."""
        return bytearray(await self._transact(lambda gatt: gatt.read_value(descriptor.handle)))

    async def write_gatt_char(
        self,
        characteristic: BleakGATTCharacteristic,
        data: SizedBuffer,
        response: bool,  # noqa: FBT001  # bleak's signature
    ) -> None:
        """Write a characteristic; without `response` nobody learns what became of it."""
        await self._transact(lambda gatt: gatt.write_value(characteristic.handle, bytes(data), response))

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        """Write a descriptor."""
        await self._transact(lambda gatt: gatt.write_value(descriptor.handle, bytes(data), True))  # noqa: FBT003

    async def start_notify(self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_: Any) -> None:
        """Ask for notifications, or for indications where there is nothing else.

        Raises:
            BleakError: The characteristic has neither, or is on already.
        """
        if {"notify", "indicate"}.isdisjoint(characteristic.properties):
            raise BleakError(f"{characteristic} neither notifies nor indicates")
        if characteristic.handle in self._notified:
            raise BleakError(f"{characteristic}: notifications are on already")
        proxy: CharacteristicProxy[bytes] = characteristic.obj

        def deliver(value: bytes) -> None:
            # A subscription that its caller gave up on may still come to be.
            if self._notified.get(proxy.handle) is deliver:
                callback(bytearray(value))

        self._notified[characteristic.handle] = deliver
        try:
            await self._transact(lambda gatt: gatt.subscribe(proxy, deliver))
        except BaseException:
            self._notified.pop(characteristic.handle, None)
            raise

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """End notifications or indications; nothing if there are none."""
        proxy: CharacteristicProxy[bytes] = characteristic.obj
        if (deliver := self._notified.pop(characteristic.handle, None)) is not None:
            await self._transact(lambda gatt: gatt.unsubscribe(proxy, deliver))

    async def pair(self, *_args: Any, **_kwargs: Any) -> None:
        """Straps need no pairing.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("this backend does not pair")

    async def unpair(self) -> None:
        """Straps need no pairing.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("this backend does not pair")
