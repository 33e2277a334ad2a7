"""The ether: controllers keep to the specification where bumble's own do not."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest
from bumble import core, hci
from bumble.core import AdvertisingData
from bumble.device import Advertisement, Connection, Device
from bumble.gatt import Characteristic, Service
from bumble.host import Host

from tidehold_simulators.ether import RSSI_DBM, Ether, HciController

if TYPE_CHECKING:
    from tests.simulators.conftest import Air

ABSENT = hci.Address("F0:00:00:00:00:99")
VALUE = bytes(range(200))


class Node:
    """A host on a controller of its own."""

    def __init__(self, ether: Ether, address: str) -> None:
        self.controller: HciController = ether.attach(address)
        self.device = Device(address, hci.Address(address), host=Host(self.controller, self.controller))
        self.reasons: asyncio.Queue[int] = asyncio.Queue()
        self.device.on(Device.EVENT_CONNECTION, self._watch)
        value = Characteristic("AAAA", Characteristic.Properties.READ, Characteristic.READABLE, VALUE)
        self.device.add_service(Service("BBBB", [value]))

    def _watch(self, connection: Connection) -> None:
        connection.on(Connection.EVENT_DISCONNECTION, self.reasons.put_nowait)

    async def reason(self) -> int:
        async with asyncio.timeout(5):
            return await self.reasons.get()

    async def advertise(self) -> None:
        await self.device.start_advertising(
            advertising_data=bytes(AdvertisingData([(AdvertisingData.FLAGS, b"\x06")])),
            scan_response_data=bytes(AdvertisingData([(AdvertisingData.COMPLETE_LOCAL_NAME, b"strap")])),
            advertising_interval_min=50.0,
            advertising_interval_max=50.0,
        )


@pytest.fixture
async def ether() -> Ether:
    return Ether()


@pytest.fixture
async def strap(ether: Ether) -> Node:
    node = Node(ether, "F0:00:00:00:00:01")
    await node.device.power_on()
    await node.advertise()
    return node


@pytest.fixture
async def hub(ether: Ether) -> Node:
    node = Node(ether, "F0:00:00:00:00:02")
    await node.device.power_on()
    return node


async def linked(hub: Node, strap: Node) -> Connection:
    async with asyncio.timeout(5):
        return await hub.device.connect_le(strap.device.random_address)


async def test_a_notification_of_229_bytes_fits_one_packet(hub: Node) -> None:
    queue = hub.device.host.le_acl_packet_queue
    assert queue is not None
    assert queue.max_packet_size == 251


async def test_connecting_to_nobody_ends_when_it_is_cancelled(hub: Node) -> None:
    async with asyncio.timeout(5):
        with pytest.raises(core.TimeoutError):
            await hub.device.connect_le(ABSENT, timeout=0.05)
    assert hub.controller.pending_le_connection is None


async def test_a_cancelled_attempt_leaves_room_for_the_next(hub: Node, strap: Node) -> None:
    with pytest.raises(core.TimeoutError):
        await hub.device.connect_le(ABSENT, timeout=0.05)
    assert (await linked(hub, strap)).peer_address == strap.device.random_address


async def test_nothing_to_cancel_is_disallowed(hub: Node) -> None:
    with pytest.raises(hci.HCI_Error) as caught:
        await hub.device.send_sync_command(hci.HCI_LE_Create_Connection_Cancel_Command())
    assert caught.value.error_code == hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR


async def test_data_travels_on_a_link_made_with_a_public_address(hub: Node, strap: Node) -> None:
    hub.controller.public_address = hci.Address("00:11:22:33:44:55", hci.Address.PUBLIC_DEVICE_ADDRESS)
    async with asyncio.timeout(5):
        link = await hub.device.connect_le(strap.device.random_address, own_address_type=hci.OwnAddressType.PUBLIC)
        assert [each.peer_address for each in strap.device.connections.values()] == [hub.controller.public_address]
        assert await link.gatt_client.request_mtu(247) == 247
        assert VALUE in await link.gatt_client.read_characteristics_by_uuid(core.UUID("AAAA"), None)


async def test_reset_forgets_everything_and_peers_lose_the_link(hub: Node, strap: Node) -> None:
    await linked(hub, strap)
    await strap.advertise()
    await strap.device.start_scanning()
    await strap.device.host.reset()
    assert await hub.reason() == hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR
    assert not strap.controller.le_connections
    assert not strap.controller.le_legacy_advertiser.enabled
    assert not strap.controller.le_scan_enable


@pytest.mark.parametrize(("active", "name"), [(True, "strap"), (False, None)])
async def test_the_name_is_in_the_scan_response_only(hub: Node, strap: Node, active: bool, name: str | None) -> None:
    heard: asyncio.Queue[Advertisement] = asyncio.Queue()
    hub.device.on(Device.EVENT_ADVERTISEMENT, heard.put_nowait)
    await hub.device.start_scanning(active=active)
    async with asyncio.timeout(5):
        advertisement = await heard.get()
    assert advertisement.address == strap.device.random_address
    assert advertisement.rssi == RSSI_DBM
    assert advertisement.data.get(AdvertisingData.COMPLETE_LOCAL_NAME) == name
    assert len(advertisement.data.get_all(AdvertisingData.FLAGS)) == 1


async def test_advertises_at_the_interval_that_was_asked_for(strap: Node) -> None:
    assert strap.controller.le_legacy_advertiser.advertising_interval_min == 50


async def test_each_end_knows_who_hung_up(hub: Node, strap: Node) -> None:
    link = await linked(hub, strap)
    await link.disconnect(hci.HCI_ErrorCode.REMOTE_DEVICE_TERMINATED_CONNECTION_DUE_TO_POWER_OFF_ERROR)
    assert await hub.reason() == hci.HCI_ErrorCode.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR
    assert await strap.reason() == hci.HCI_ErrorCode.REMOTE_DEVICE_TERMINATED_CONNECTION_DUE_TO_POWER_OFF_ERROR


async def test_both_may_hang_up_at_once(hub: Node, strap: Node) -> None:
    link = await linked(hub, strap)
    (back,) = strap.device.connections.values()
    await asyncio.gather(link.disconnect(), back.disconnect())
    ours = hci.HCI_ErrorCode.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR
    assert [await hub.reason(), await strap.reason()] == [ours, ours]
    assert not hub.controller.le_connections | strap.controller.le_connections


async def test_a_link_that_is_not_there_cannot_be_ended(hub: Node) -> None:
    command = hci.HCI_Disconnect_Command(connection_handle=7, reason=0x13)
    with pytest.raises(hci.HCI_Error) as caught:
        await hub.device.send_async_command(command)
    assert caught.value.error_code == hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR


async def test_who_refuses_lets_the_initiator_believe_for_a_moment(hub: Node, strap: Node) -> None:
    strap.controller.refuses = True
    await linked(hub, strap)
    assert await hub.reason() == hci.HCI_ErrorCode.CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR
    assert not strap.device.connections


async def test_who_asks_and_is_cut_off_in_the_same_moment_is_not_accepted(ether: Ether, hub: Node, strap: Node) -> None:
    asking = asyncio.create_task(linked(hub, strap))
    while hub.controller.pending_le_connection is None:  # noqa: ASYNC110  # nobody is told
        await asyncio.sleep(0)
    strap.controller.le_legacy_advertiser.send_advertising_data()
    asyncio.get_running_loop().call_soon(ether.cut, hub.controller, 0x08)
    await asking
    assert await hub.reason() == hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR
    assert not strap.controller.le_connections
    await strap.advertise()
    await linked(hub, strap)


async def test_of_two_that_connect_at_once_one_gets_the_link(ether: Ether, hub: Node, strap: Node) -> None:
    other = Node(ether, "F0:00:00:00:00:03")
    await other.device.power_on()
    await asyncio.gather(linked(hub, strap), linked(other, strap))
    ends = {asyncio.create_task(node.reason()) for node in (hub, other)}
    lost, kept = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    assert [task.result() for task in lost] == [hci.HCI_ErrorCode.CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR]
    assert [len(node.device.connections) for node in (strap, hub, other)].count(1) == 2
    for task in kept:
        task.cancel()


async def test_a_muted_controller_neither_hears_nor_is_heard(ether: Ether, hub: Node, strap: Node) -> None:
    link = await linked(hub, strap)
    ether.mute(strap.controller)
    reading = asyncio.ensure_future(link.gatt_client.read_value(1))
    await link.device.send_async_command(hci.HCI_Disconnect_Command(connection_handle=link.handle, reason=0x13))
    await hub.reason()
    await strap.advertise()
    with pytest.raises(core.TimeoutError):
        await hub.device.connect_le(strap.device.random_address, timeout=0.15)
    assert strap.device.connections, "it was told that the link has ended"
    with pytest.raises(asyncio.CancelledError):
        await reading

    ether.cut(strap.controller, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)
    assert await strap.reason() == hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR
    ether.unmute(strap.controller)
    await linked(hub, strap)


async def test_detached_is_gone(ether: Ether, hub: Node, strap: Node) -> None:
    await linked(hub, strap)
    ether.detach(strap.controller)
    assert await hub.reason() == hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR
    assert ether.controllers == {hub.controller}


async def test_every_tcp_connection_is_a_controller_of_its_own(air: Air) -> None:
    one, two = await air.radio(), await air.radio()
    assert len(air.ether.controllers) == 2
    await one.close()
    await air.until(lambda: len(air.ether.controllers) == 1)
    assert two.is_up


async def test_a_tcp_connection_that_ends_takes_its_links_with_it(air: Air, strap: Node) -> None:
    strap = Node(air.ether, "F0:00:00:00:00:04")
    await strap.device.power_on()
    await strap.advertise()
    radio = await air.radio()
    await radio.connect(strap.device.random_address, 5.0, print)
    await radio.close()
    assert await strap.reason() == hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR


async def test_what_is_not_hci_is_hung_up_on(air: Air) -> None:
    other = await air.radio()
    reader, writer = await asyncio.open_connection("127.0.0.1", air.port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await air.soon(reader.readexactly(1))
    writer.close()
    assert other.is_up
    assert len(air.ether.controllers) == 1


async def test_a_host_that_does_not_read_does_not_keep_the_ether_open() -> None:
    ether = Ether()
    async with asyncio.timeout(10):
        async with ether.serve() as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
            while not ether.controllers:  # noqa: ASYNC110  # there is no event to wait for
                await asyncio.sleep(0)
            (controller,) = ether.controllers
            transport = controller.hci_sink._transport  # type: ignore[union-attr]
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
            transport.write(bytes(20_000_000))
            assert transport.get_write_buffer_size() > 0
        writer.transport.abort()
    assert not ether.controllers


async def test_a_port_that_is_taken_is_an_error(air: Air) -> None:
    with pytest.raises(OSError, match="in use"):
        async with Ether().serve(port=air.port):
            pass
