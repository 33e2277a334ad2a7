"""One connection to a broker, where only its own side is of interest; see test_sources_mqtt for real brokers."""

from __future__ import annotations

import asyncio
import ssl

import aiomqtt
import pytest

from tests.sources.mosquitto import free_port
from tests.sources.publisher import SWIFT, TOPIC, client, message
from tidehold.sources.ble_step import StepError
from tidehold.sources.broker import Account, EmbeddedBroker
from tidehold.sources.clock import SessionClock
from tidehold.sources.mqtt_client import Connection, _heed_cancel
from tidehold.sources.mqtt_options import Broker

ACCOUNT = Account("both", "its own", (TOPIC,), (TOPIC,))


def take(_: aiomqtt.Message) -> None:
    """Nobody listens."""


async def test_messages_are_taken_before_they_are_acknowledged() -> None:
    taken: list[bytes] = []

    def refuse_the_first(each: aiomqtt.Message) -> None:
        assert isinstance(each.payload, bytes)
        taken.append(each.payload)
        if len(taken) == 1:
            raise RuntimeError("not taken")

    async with EmbeddedBroker(SessionClock(), accounts=(ACCOUNT,)) as embedded:
        broker = Broker("127.0.0.1", embedded.port, ACCOUNT.name, ACCOUNT.password)
        connection = Connection(broker, "one", refuse_the_first, SWIFT)
        await connection.open()
        await connection.subscribe(TOPIC)
        lost = asyncio.ensure_future(connection.until_lost())
        async with client(broker) as phone:
            await phone.publish(TOPIC, message(0), qos=1)
        with pytest.raises(aiomqtt.MqttError) as caught:
            await lost
        assert "not taken" in str(caught.value.__cause__)
        connection.close()
        connection.close()


async def test_a_connection_that_fails_leaves_nothing_open() -> None:
    connection = Connection(Broker("127.0.0.1", free_port()), "one", take, SWIFT)
    with pytest.raises(StepError, match="connect: "):
        await connection.open()
    connection.close()


async def test_a_handshake_that_fails_closes_its_socket() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(StepError):
        await Connection(Broker("127.0.0.1", port, tls=ssl.create_default_context()), "one", take, SWIFT).open()
    server.close()
    await server.wait_closed()


async def test_a_cancellation_that_was_forgotten_is_remembered() -> None:
    async def forgetful() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            _heed_cancel()

    task = asyncio.create_task(forgetful())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    _heed_cancel()
