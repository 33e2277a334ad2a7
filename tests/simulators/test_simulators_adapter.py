"""The adapter: opens its controller again, and never connects behind anyone's back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakError
from bumble import hci
from bumble.device import Advertisement

from tidehold_simulators.adapter import Adapter, reason_text
from tidehold_simulators.bleak_backend import open_radio
from tidehold_simulators.ether import Ether
from tidehold_simulators.peripheral import Presence

if TYPE_CHECKING:
    from tests.simulators.conftest import Air, Links

NAME = "Tidehold Sim 0001"
ABSENT = hci.Address("F0:00:00:00:00:99")


async def until_down(radio: Adapter) -> None:
    while radio.is_up:  # noqa: ASYNC110  # there is no event to wait for
        await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    ("code", "text"),
    [(0x08, "Connection Timeout (0x08)"), (0x13, "Remote User Terminated Connection (0x13)"), (0, "radio lost")],
)
def test_reasons_in_words(code: int, text: str) -> None:
    assert reason_text(code) == text


async def test_no_controller_is_said_by_name() -> None:
    async with Ether().serve() as free_port:
        pass
    with pytest.raises(BleakBluetoothNotAvailableError, match=f"tcp-client:127.0.0.1:{free_port}") as caught:
        async with open_radio(f"tcp-client:127.0.0.1:{free_port}", 0.15):
            pass
    assert caught.value.reason is BleakBluetoothNotAvailableReason.NO_BLUETOOTH


async def test_a_transport_that_nobody_knows_is_an_error_at_once() -> None:
    with pytest.raises(ValueError, match="unknown"):
        await Adapter("carrier-pigeon:2").open()


async def test_waits_for_a_controller_that_is_yet_to_come(air: Air) -> None:
    async with Ether().serve() as port:
        pass
    radio = Adapter(f"tcp-client:127.0.0.1:{port}")
    opening = asyncio.create_task(radio.open(5.0))
    async with Ether().serve(port=port):
        await air.soon(opening)
        assert radio.is_up
        await radio.close()
    await until_down(radio)
    await radio.close()


async def test_a_server_that_is_no_controller_is_not_taken_for_one() -> None:
    def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        radio = Adapter(f"tcp-client:127.0.0.1:{server.sockets[0].getsockname()[1]}")
        with pytest.raises(BleakBluetoothNotAvailableError):
            await radio.open(0.3)


async def test_a_server_that_never_answers_is_not_waited_for() -> None:
    accepted: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    async with await asyncio.start_server(lambda _, writer: accepted.put_nowait(writer), "127.0.0.1", 0) as server:
        radio = Adapter(f"tcp-client:127.0.0.1:{server.sockets[0].getsockname()[1]}")
        with pytest.raises(BleakBluetoothNotAvailableError):
            await radio.open(0.2)
        (await accepted.get()).close()


async def test_opens_again_and_goes_on_scanning() -> None:
    first, second = Ether(), Ether()
    heard: asyncio.Queue[Advertisement] = asyncio.Queue()
    async with asyncio.timeout(10):
        async with first.serve() as port:
            radio = Adapter(f"tcp-client:127.0.0.1:{port}")
            await radio.open()
            await radio.listen(heard.put_nowait, active=True)
        await until_down(radio)
        # To start and to stop listening meanwhile is no error.
        await radio.listen(print, active=True)
        await radio.unlisten(print)
        async with second.serve(port=port):
            node = Adapter(f"tcp-client:127.0.0.1:{port}")
            await node.open()
            assert node._line is not None
            await node._line.device.start_advertising(advertising_data=b"\x02\x01\x06", advertising_interval_min=50.0)
            assert (await heard.get()).address == node._address
            assert radio.is_up
            await node.close()
            await radio.close()


async def test_connecting_without_a_controller_fails_at_once(air: Air) -> None:
    radio = Adapter("tcp-client:127.0.0.1:1")
    with pytest.raises(BleakError, match="radio lost"):
        await air.soon(radio.connect(ABSENT, 60.0, print))


async def test_losing_the_controller_ends_an_attempt(air: Air) -> None:
    ether = Ether()
    async with ether.serve() as port, open_radio(f"tcp-client:127.0.0.1:{port}") as radio:
        (controller,) = ether.controllers
        attempt = asyncio.create_task(radio.connect(ABSENT, 60.0, print))
        await air.until(lambda: controller.pending_le_connection is not None)
        await radio.close()
        with pytest.raises(BleakError, match="radio lost"):
            await air.soon(attempt)


@pytest.mark.parametrize("how", ["deadline", "cancelled"])
async def test_who_gives_up_is_not_connected_later(air: Air, links: Links, how: str) -> None:
    radio = await air.radio()
    strap = Presence("Late", "F0:00:00:00:00:07")
    attempt = asyncio.create_task(radio.connect(hci.Address(strap.address), 0.1 if how == "deadline" else 60.0, print))
    if how == "cancelled":
        (controller,) = air.ether.controllers
        await air.until(lambda: controller.pending_le_connection is not None)
        attempt.cancel()
    with pytest.raises(TimeoutError if how == "deadline" else asyncio.CancelledError):
        await air.soon(attempt)
    await air.strap(strap)
    other = await air.radio()
    await air.find(other, "Late")
    await air.find(radio, "Late")


async def test_an_attempt_cancelled_before_the_controller_heard_of_it_is_cancelled_there_too(air: Air) -> None:
    radio = await air.radio()
    (controller,) = air.ether.controllers
    attempt = asyncio.create_task(radio.connect(ABSENT, 60.0, print))
    await asyncio.sleep(0)  # it begins, and waits for the controller's word
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await air.soon(attempt)
    assert controller.pending_le_connection is None
    await air.strap()
    await air.connect(radio)


async def test_who_gives_up_as_the_link_is_made_hangs_up(air: Air) -> None:
    await air.strap()
    radio = await air.radio()
    strap, hub = sorted(air.ether.controllers, key=lambda controller: controller.name != NAME)
    ends: asyncio.Queue[int] = asyncio.Queue()
    attempt = asyncio.create_task(radio.connect(strap.random_address, 60.0, ends.put_nowait))
    async with asyncio.timeout(5):
        while not hub.le_connections:  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(0)
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await air.soon(attempt)
    assert await air.soon(ends.get()) == hci.HCI_ErrorCode.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR
    await air.until(lambda: not strap.le_connections)


async def test_attempts_wait_for_their_turn(air: Air) -> None:
    radio = await air.radio()
    addresses = [f"F0:00:00:00:00:0{n}" for n in range(3)]
    for address in addresses:
        await air.strap(Presence(address, address))
    made = await air.soon(asyncio.gather(*(radio.connect(hci.Address(address), 5.0, print) for address in addresses)))
    assert [str(connection.peer_address) for connection in made] == addresses
