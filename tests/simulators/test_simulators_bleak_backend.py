"""The bleak backend keeps bleak's contract, on a real link over HCI."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError, BleakGATTProtocolErrorCode
from bleak.uuids import normalize_uuid_16
from bumble import hci
from bumble.core import AdvertisingData
from bumble.device import Advertisement, Connection, Device
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.host import Host

from tidehold_simulators.bleak_backend import BumbleScanner, Radio
from tidehold_simulators.ether import RSSI_DBM, Ether
from tidehold_simulators.peripheral import Presence

if TYPE_CHECKING:
    from tests.simulators.conftest import Air, Heard, Links

HEART_RATE = normalize_uuid_16(0x2A37)
LOCATION = normalize_uuid_16(0x2A38)
BATTERY = normalize_uuid_16(0x2A19)
CONTROL = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"
ADDRESS = "F0:54:48:00:00:01"


class SlowDevice:
    """A peripheral whose two characteristics are read when the test says so."""

    FIRST, SECOND = normalize_uuid_16(0xAAA1), normalize_uuid_16(0xAAA2)

    def __init__(self, ether: Ether) -> None:
        controller = ether.attach("slow")
        self.device = Device("slow", hci.Address("F0:00:00:00:00:05"), host=Host(controller, controller))
        self.asked: asyncio.Queue[str] = asyncio.Queue()
        self.answer = asyncio.Event()
        can = Characteristic.Properties
        self.first = Characteristic[bytes]("AAA1", can.READ | can.NOTIFY, Characteristic.READABLE, self._value("first"))
        second = Characteristic[bytes]("AAA2", can.READ, Characteristic.READABLE, self._value("second"))
        self.device.add_service(Service("AAA0", [self.first, second]))

    def _value(self, name: str) -> CharacteristicValue[bytes]:
        async def read(_connection: Connection) -> bytes:
            self.asked.put_nowait(name)
            await self.answer.wait()
            return name.encode()

        return CharacteristicValue(read=read)

    async def connect(self, radio: Radio) -> BleakClient:
        await self.device.power_on()
        await self.device.start_advertising(advertising_interval_min=50.0)
        _, options = radio.transport()
        device = BLEDevice("F0:00:00:00:00:05", None, self.device.random_address)
        client = BleakClient(device, **options)
        async with asyncio.timeout(5):
            await client.connect()
        return client


# --- scanner


async def test_scan_tells_name_services_strength_and_address(air: Air) -> None:
    await air.strap()
    radio = await air.radio()
    scanner, _ = radio.transport()
    async with BleakScanner(**scanner) as scan, asyncio.timeout(5):
        async for device, advertisement in scan.advertisement_data():
            assert (device.address, device.name) == (ADDRESS, "Tidehold Sim 0001")
            assert advertisement.local_name == "Tidehold Sim 0001"
            assert advertisement.service_uuids == [normalize_uuid_16(0x180D)]
            assert advertisement.rssi == RSSI_DBM
            assert advertisement.manufacturer_data == {}
            assert advertisement.service_data == {}
            assert advertisement.tx_power is None
            break
        assert [device.address for device in scan.discovered_devices] == [ADDRESS]
        assert scan.backend_id == "BumbleScanner"


async def test_scan_finds_by_address_and_by_service(air: Air) -> None:
    await air.strap()
    scanner, _ = (await air.radio()).transport()
    found = await BleakScanner.find_device_by_address(ADDRESS.lower(), 5, **scanner)
    assert found is not None
    assert found.name == "Tidehold Sim 0001"
    heart_rate, thermometer = normalize_uuid_16(0x180D), normalize_uuid_16(0x1809)
    assert await BleakScanner.find_device_by_filter(lambda *_: True, 5, service_uuids=[heart_rate], **scanner)
    assert not await BleakScanner.find_device_by_filter(lambda *_: True, 0.2, service_uuids=[thermometer], **scanner)


async def test_a_passive_scan_hears_no_name(air: Air) -> None:
    await air.strap()
    scanner, _ = (await air.radio()).transport()
    found = await BleakScanner.find_device_by_address(ADDRESS, 5, scanning_mode="passive", **scanner)
    assert found is not None
    assert found.name is None


async def test_two_scans_share_a_radio(air: Air) -> None:
    await air.strap()
    radio = await air.radio()
    async with BleakScanner(**radio.transport()[0]):
        assert (await air.find(radio)).address == ADDRESS  # ends its own scan only
        assert (await air.find(radio)).address == ADDRESS


def test_everything_in_an_advertisement_is_told() -> None:
    heard: list[Any] = []
    scanner = BumbleScanner(lambda device, found: heard.append((device, found)), None, "active", radio=Radio("none:"))
    kinds = AdvertisingData.Type
    data = AdvertisingData(
        [
            (kinds.SHORTENED_LOCAL_NAME, b"Strap"),
            (kinds.MANUFACTURER_SPECIFIC_DATA, b"\x6b\x00\x01\x02"),
            (kinds.SERVICE_DATA_16_BIT_UUID, b"\x0d\x18\x07"),
            (kinds.TX_POWER_LEVEL, b"\xfc"),
            (kinds.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, b"\x0d\x18\xee\xfe"),
            (kinds.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, bytes.fromhex(CONTROL.replace("-", ""))[::-1]),
        ]
    )
    scanner._heard(Advertisement(hci.Address(ADDRESS), rssi=-70, data_bytes=bytes(data)))
    ((device, found),) = heard
    assert device.name == found.local_name == "Strap"
    assert found.manufacturer_data == {0x6B: b"\x01\x02"}
    assert found.service_data == {normalize_uuid_16(0x180D): b"\x07"}
    assert found.tx_power == -4
    assert found.service_uuids == [normalize_uuid_16(0x180D), normalize_uuid_16(0xFEEE), CONTROL]


# --- client: connecting


async def test_connects_agrees_on_the_mtu_and_discovers_all(air: Air) -> None:
    await air.strap()
    client = await air.connect(await air.radio())
    assert client.is_connected
    assert client.mtu_size == 247
    assert client.name == "Tidehold Sim 0001"
    assert client.backend_id == "BumbleClient"
    control, heart_rate = client.services.get_characteristic(CONTROL), client.services.get_characteristic(HEART_RATE)
    assert control is not None
    assert heart_rate is not None
    assert control.properties == ["indicate", "read", "write"]
    assert heart_rate.properties == ["notify"]
    assert heart_rate.max_write_without_response_size == 244
    assert [each.uuid for each in heart_rate.descriptors] == [normalize_uuid_16(0x2902)]
    assert heart_rate.service_uuid == normalize_uuid_16(0x180D)


async def test_connects_by_address_alone(air: Air) -> None:
    await air.strap()
    _, options = (await air.radio()).transport()
    client = BleakClient(ADDRESS, timeout=5, **options)
    assert client.name == ADDRESS.replace(":", "-")
    async with client:
        assert client.name == "Tidehold Sim 0001"
    assert client.mtu_size == 23


async def test_discovers_only_the_services_asked_for(air: Air) -> None:
    await air.strap()
    client = await air.connect(await air.radio(), services=["180d"])
    assert [service.uuid for service in client.services] == [normalize_uuid_16(0x180D)]


async def test_an_address_that_nobody_has(air: Air) -> None:
    _, options = (await air.radio()).transport()
    with pytest.raises(BleakDeviceNotFoundError, match="F0:00:00:00:00:99"):
        await air.soon(BleakClient("F0:00:00:00:00:99", timeout=0.1, **options).connect())


async def test_a_device_that_has_gone_does_not_hang(air: Air) -> None:
    _, options = (await air.radio()).transport()
    gone = BLEDevice("F0:00:00:00:00:99", "gone", hci.Address("F0:00:00:00:00:99"))
    with pytest.raises(BleakDeviceNotFoundError, match=r"not heard for 0\.1 s"):
        await air.soon(BleakClient(gone, timeout=0.1, **options).connect())


async def test_a_device_of_another_backend_is_refused(air: Air) -> None:
    _, options = (await air.radio()).transport()
    with pytest.raises(BleakError, match="not found by a BumbleScanner"):
        await air.soon(BleakClient(BLEDevice(ADDRESS, "x", {"path": "/org/bluez"}), **options).connect())


async def test_connecting_twice_is_an_error(air: Air) -> None:
    await air.strap()
    client = await air.connect(await air.radio())
    with pytest.raises(BleakError, match="already connected"):
        await client.connect()


async def test_the_same_client_may_connect_again(air: Air, links: Links) -> None:
    await air.strap()
    client = await air.connect(await air.radio(), links)
    await client.disconnect()
    await air.soon(client.connect())
    assert await client.read_gatt_char(LOCATION) == b"\x01"
    await client.disconnect()
    assert links.ended.qsize() == 2


async def test_does_not_pair_and_says_so(air: Air, caplog: pytest.LogCaptureFixture) -> None:
    await air.strap()
    radio = await air.radio()
    client = await air.connect(radio)
    for wish in (client.pair, client.unpair):
        with pytest.raises(NotImplementedError):
            await wish()
    await client.disconnect()
    with caplog.at_level(logging.WARNING, "tidehold_simulators"):
        await air.connect(radio, pair=True)
    assert "does not pair" in caplog.text


# --- client: reading and writing


async def test_reads_writes_and_hears_an_indication(air: Air, hear: type[Heard]) -> None:
    await air.strap()
    client = await air.connect(await air.radio())
    assert await client.read_gatt_char(CONTROL) == bytes.fromhex("0f0500") + bytes(14)
    heard = hear()
    await client.start_notify(CONTROL, heard)
    await client.write_gatt_char(CONTROL, b"\x01\x00", response=True)
    assert (await heard.next()).hex() == "f00100000000018200" + "01010e00"


async def test_reads_a_value_that_is_longer_than_the_mtu(air: Air) -> None:
    name = "A strap with a longer name"
    await air.strap(Presence(name, ADDRESS))
    radio = await air.radio()
    _, options = radio.transport()
    async with BleakClient(await air.find(radio, name), **options, mtu=23) as client:
        assert client.mtu_size == 23
        assert await client.read_gatt_char(normalize_uuid_16(0x2A00)) == name.encode()


async def test_errors_of_the_device_are_bleaks_own(air: Air) -> None:
    await air.strap()
    client = await air.connect(await air.radio())
    with pytest.raises(BleakGATTProtocolError) as caught:
        await client.write_gatt_char(BATTERY, b"\x64", response=True)
    assert caught.value.code is BleakGATTProtocolErrorCode.WRITE_NOT_PERMITTED
    with pytest.raises(BleakGATTProtocolError) as caught:
        await client.read_gatt_char(DATA)
    assert caught.value.code is BleakGATTProtocolErrorCode.READ_NOT_PERMITTED
    await client.write_gatt_char(BATTERY, b"\x64", response=False)  # nobody says anything
    assert await client.read_gatt_char(BATTERY) == b"\x57"


async def test_descriptors_are_read_and_written(air: Air, hear: type[Heard]) -> None:
    await air.strap()
    client = await air.connect(await air.radio())
    characteristic = client.services.get_characteristic(HEART_RATE)
    assert characteristic is not None
    (configuration,) = characteristic.descriptors
    assert await client.read_gatt_descriptor(configuration) == b"\0\0"
    await client.start_notify(HEART_RATE, hear())
    assert await client.read_gatt_descriptor(configuration) == b"\1\0"
    await client._backend.write_gatt_descriptor(configuration, b"\0\0")  # bleak itself forbids this one
    assert await client.read_gatt_descriptor(configuration) == b"\0\0"


async def test_an_abandoned_read_does_not_answer_the_next_one(air: Air) -> None:
    slow = SlowDevice(air.ether)
    client = await slow.connect(await air.radio())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await client.read_gatt_char(slow.FIRST)
    second = asyncio.create_task(client.read_gatt_char(slow.SECOND))
    assert await air.soon(slow.asked.get()) == "first"
    slow.answer.set()
    assert await air.soon(second) == b"second"
    await client.disconnect()


async def test_a_device_that_never_answers_is_an_error(air: Air, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = SlowDevice(air.ether)
    client = await slow.connect(await air.radio())
    monkeypatch.setattr("bumble.gatt_client.GATT_REQUEST_TIMEOUT", 0.05)
    with pytest.raises(BleakError, match="GATT timeout"):
        await client.read_gatt_char(slow.FIRST)
    await client.disconnect()


# --- client: notifications


async def test_notifies_until_told_to_stop(air: Air, hear: type[Heard]) -> None:
    await air.strap()
    client = await air.connect(await air.radio())
    heard = hear()
    await client.stop_notify(HEART_RATE)  # nothing to stop
    await client.start_notify(HEART_RATE, heard)
    assert await heard.next()
    await client.stop_notify(HEART_RATE)
    heard.so_far()
    again = hear()
    await client.start_notify(HEART_RATE, again)
    assert await again.next()
    assert not heard.so_far()


async def test_notifications_that_cannot_be_had(air: Air, hear: type[Heard]) -> None:
    await air.strap()
    client = await air.connect(await air.radio())
    with pytest.raises(BleakError, match="neither notifies nor indicates"):
        await client.start_notify(LOCATION, hear())
    await client.start_notify(HEART_RATE, hear())
    with pytest.raises(BleakError, match="on already"):
        await client.start_notify(HEART_RATE, hear())


async def test_a_subscription_that_failed_may_be_tried_again(air: Air, hear: type[Heard]) -> None:
    slow = SlowDevice(air.ether)
    client = await slow.connect(await air.radio())
    reading = asyncio.create_task(client.read_gatt_char(slow.FIRST))
    await air.soon(slow.asked.get())
    abandoned = hear()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await client.start_notify(slow.FIRST, abandoned)
    slow.answer.set()
    await air.soon(reading)
    heard = hear()
    await air.soon(client.start_notify(slow.FIRST, heard))
    await slow.device.notify_subscribers(slow.first, b"news")
    assert await heard.next() == b"news"
    assert not abandoned.so_far()
    await client.disconnect()
