"""Every way that a link ends: said once, with its reason, quickly, and never as a cancellation."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

import pytest
from bleak.exc import BleakError
from bleak.uuids import normalize_uuid_16

from tidehold_simulators.peripheral import Presence

if TYPE_CHECKING:
    from tests.simulators.conftest import Air, Heard, Links

HEART_RATE = normalize_uuid_16(0x2A37)
LOCATION = normalize_uuid_16(0x2A38)
NAME = "Tidehold Sim 0001"
ADDRESS = "F0:54:48:00:00:01"


async def test_our_own_goodbye(air: Air, links: Links) -> None:
    await air.strap()
    client = await air.connect(await air.radio(), links)
    location = client.services.get_characteristic(LOCATION)
    assert location is not None
    await client.disconnect()
    await client.disconnect()
    assert await links.next() == "Connection Terminated By Local Host (0x16)"
    assert links.ended.empty()
    with pytest.raises(BleakError, match="Not connected"):
        await client._backend.read_gatt_char(location)
    with pytest.raises(BleakError, match="Service Discovery"):
        await client.read_gatt_char(LOCATION)


async def test_the_straps_goodbye(air: Air, links: Links) -> None:
    strap, _ = await air.strap()
    client = await air.connect(await air.radio(), links)
    strap.drop()
    assert await links.next() == "Remote User Terminated Connection (0x13)"
    await client.disconnect()
    assert links.ended.empty()


async def test_silence(air: Air, links: Links) -> None:
    strap, _ = await air.strap()
    await air.connect(await air.radio(), links)
    strap.vanish(0.1)
    assert await links.next() == "Connection Timeout (0x08)"


async def test_the_strap_is_switched_off(air: Air, links: Links) -> None:
    _, playing = await air.strap()
    await air.connect(await air.radio(), links)
    playing.cancel()
    assert await links.next() == "Remote Device Terminated Connection due to Power Off (0x15)"


async def test_the_radio_is_lost(air: Air, links: Links) -> None:
    await air.strap()
    radio = await air.radio()
    client = await air.connect(radio, links)
    await radio.close()
    assert await links.next() == "radio lost"
    await client.disconnect()
    assert links.ended.empty()


async def test_another_app_holds_the_strap(air: Air, links: Links) -> None:
    await air.strap(Presence(NAME, ADDRESS, held=True))
    radio = await air.radio()
    with pytest.raises(BleakError, match=r"Connection Failed to be Established.*\(0x3E\)"):
        await air.connect(radio, links)
    assert links.ended.empty(), "there never was a link"


@pytest.mark.parametrize("way", ["drop", "radio"])
async def test_a_read_on_its_way_fails_as_an_error(air: Air, links: Links, way: str) -> None:
    await air.strap()
    radio = await air.radio()
    client = await air.connect(radio, links)
    (controller,) = (each for each in air.ether.controllers if each.name == NAME)
    air.ether.mute(controller)  # so that there is no answer
    reads = [asyncio.create_task(client.read_gatt_char(LOCATION)) for _ in range(3)]
    await asyncio.sleep(0)
    if way == "drop":
        air.ether.cut(controller, 0x08)
    else:
        await radio.close()
    for outcome in await air.soon(asyncio.gather(*reads, return_exceptions=True)):
        assert isinstance(outcome, BleakError)
        assert "link lost" in str(outcome)
    assert links.ended.qsize() == 1


async def test_a_read_that_its_caller_cancels_is_cancelled(air: Air) -> None:
    await air.strap()
    client = await air.connect(await air.radio())
    read = asyncio.create_task(client.read_gatt_char(LOCATION))
    await asyncio.sleep(0)
    read.cancel()
    with pytest.raises(asyncio.CancelledError):
        await read
    assert await client.read_gatt_char(LOCATION) == b"\x01"


async def test_a_link_lost_while_connecting_fails_the_attempt(air: Air, links: Links) -> None:
    await air.strap()
    radio = await air.radio()
    connecting = asyncio.create_task(air.connect(radio, links))
    (controller,) = (each for each in air.ether.controllers if each.name == NAME)
    await air.until(lambda: bool(controller.le_connections))
    air.ether.cut(controller, 0x08)
    with pytest.raises(BleakError, match=r"link lost: Connection Timeout \(0x08\)"):
        await air.soon(connecting)
    assert links.ended.empty()
    await air.connect(radio, links)


async def test_a_strap_that_falls_silent_while_connecting_is_given_up(air: Air, links: Links) -> None:
    await air.strap()
    radio = await air.radio()
    connecting = asyncio.create_task(air.connect(radio, links, timeout=0.3))
    (controller,) = (each for each in air.ether.controllers if each.name == NAME)
    await air.until(lambda: bool(controller.le_connections))
    air.ether.mute(controller)
    with pytest.raises(TimeoutError):
        await air.soon(connecting)
    assert links.ended.empty()


async def test_who_stops_waiting_for_a_connection_leaves_none_behind(air: Air) -> None:
    await air.strap()
    radio = await air.radio()
    connecting = asyncio.create_task(air.connect(radio))
    (controller,) = (each for each in air.ether.controllers if each.name == NAME)
    await air.until(lambda: bool(controller.le_connections))
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await air.soon(connecting)
    await air.until(lambda: not controller.le_connections)
    await air.connect(radio)


async def test_back_within_a_second_after_a_drop(air: Air, links: Links, hear: type[Heard]) -> None:
    strap, _ = await air.strap()
    radio = await air.radio()
    await air.connect(radio, links)
    strap.drop()
    await links.next()
    clock = asyncio.get_running_loop().time
    lost_s = clock()
    client = await air.connect(radio, links)
    heard = hear()
    await client.start_notify(HEART_RATE, heard)
    await heard.next()
    assert clock() - lost_s < 1.0


@pytest.mark.long
@pytest.mark.parametrize("what", ["link", "transport", "caller"])
async def test_whatever_ends_and_whenever_nobody_hangs(air: Air, caplog: pytest.LogCaptureFixture, what: str) -> None:
    """Connecting is disturbed after every millisecond; it fails in time or succeeds, and the next one succeeds."""
    await air.strap()
    radio = await air.radio()
    for after_ms in range(100):
        connecting = asyncio.create_task(air.connect(radio))
        await asyncio.sleep(after_ms / 1000)
        if what == "caller":
            connecting.cancel()
        for controller in tuple(air.ether.controllers):
            if what == "transport" and controller.name.startswith("tcp"):
                controller.hci_sink._transport.abort()  # type: ignore[union-attr]
            elif what == "link":
                air.ether.cut(controller, 0x08)
        try:
            client = await air.soon(connecting)
        except (BleakError, asyncio.CancelledError):
            pass
        else:
            await air.soon(client.disconnect())
        await air.until(lambda: radio.is_up)
    await air.connect(radio)
    assert len(asyncio.all_tasks()) < 6
    assert not [record for record in caplog.records if record.name == "asyncio"]


@pytest.mark.long
async def test_a_hundred_drops_leave_nothing_behind(air: Air, links: Links, hear: type[Heard]) -> None:
    strap, _ = await air.strap()
    radio = await air.radio()
    objects = []
    for _ in range(100):
        client = await air.connect(radio, links)
        heard = hear()
        await client.start_notify(HEART_RATE, heard)
        await heard.next()
        strap.drop()
        assert await links.next() == "Remote User Terminated Connection (0x13)"
        gc.collect()
        objects.append(len(gc.get_objects()))
    assert len(asyncio.all_tasks()) < 6
    # What is kept from a round, such as the test's own clean-up, is less than a client with its services.
    assert objects[-1] - objects[49] < 50 * 100
