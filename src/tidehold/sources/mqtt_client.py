"""One connection to a broker, from the socket to the subscription, with a deadline for each step."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn, cast

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tidehold.sources.ble_step import see_through, step
from tidehold.sources.mqtt_options import MAX_PACKET, SESSION_S, Broker, Timing
from tidehold.sources.mqtt_trouble import SubscribeError

_TICK_S = 0.05

Take = Callable[[aiomqtt.Message], None]
"""Takes a message straight from the network, before it is acknowledged."""


class _Inlet(asyncio.Queue[aiomqtt.Message]):
    """Hands messages on at once instead of queueing them.

    So nothing has to be dropped, and a message of QoS 1 is acknowledged only when it has
    been taken: when there is too much, the broker waits.
    """

    def __init__(self, take: Take, maxsize: int = 0) -> None:
        super().__init__(maxsize)
        self._take = take

    def put_nowait(self, item: aiomqtt.Message) -> None:
        self._take(item)


class _Socket(ssl.SSLSocket):
    """Closed if the handshake fails, which paho leaves to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002  # as it is inherited
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def _heed_cancel() -> None:
    """Until Python 3.12, `asyncio.wait_for`, which aiomqtt uses, forgets a cancellation that comes with the result."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class Connection:
    """A connection that can be opened once.

    Args:
        broker: Which broker.
        identifier: Client id: under it the broker keeps messages while we are away.
        take: Takes what arrives.
        timing: Deadlines.
        is_last: Whether the broker is to forget what it kept, and to keep nothing more.
    """

    def __init__(self, broker: Broker, identifier: str, take: Take, timing: Timing, *, is_last: bool = False) -> None:
        self._broker = broker
        self._timing = timing
        options: dict[str, Any] = {"clean_session": is_last}
        if broker.mqtt5:
            lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's
            lasting.MaximumPacketSize = MAX_PACKET
            lasting.SessionExpiryInterval = 0 if is_last else SESSION_S
            options = {"protocol": aiomqtt.ProtocolVersion.V5, "clean_start": is_last, "properties": lasting}
        if broker.tls is not None:
            broker.tls.sslsocket_class = _Socket
            options["tls_context"] = broker.tls
        self._client = aiomqtt.Client(
            broker.host,
            broker.port,
            username=broker.username or None,
            password=broker.password or None,
            identifier=identifier,
            queue_type=cast("type[asyncio.Queue[aiomqtt.Message]]", partial(_Inlet, take)),
            timeout=timing.connect,
            keepalive=timing.keepalive,
            **options,
        )
        self._paho = self._client._client  # noqa: SLF001  # aiomqtt has no way to give up an attempt
        self._paho.connect_timeout = timing.connect

    async def open(self) -> None:
        """Connect.

        Raises:
            StepError: It did not work; the cause says why.
        """
        loop = asyncio.get_running_loop()
        name = partial(loop.getaddrinfo, self._broker.host, self._broker.port, type=socket.SOCK_STREAM)
        await step("find", self._timing.find, name())
        await step("connect", 3 * self._timing.connect, self._enter())
        _heed_cancel()

    async def subscribe(self, topic: str) -> None:
        """Ask for a topic at QoS 1.

        Raises:
            StepError: The broker refuses, or does not answer.
        """
        await step("subscribe", self._timing.subscribe, self._subscribe(topic))
        _heed_cancel()

    async def _subscribe(self, topic: str) -> None:
        codes = await self._client.subscribe(topic, qos=1)
        if any((code if isinstance(code, int) else code.value) >= 0x80 for code in codes):
            raise SubscribeError(f"the broker does not let us read {topic}")

    async def until_lost(self) -> NoReturn:
        """Wait.

        Raises:
            MqttError: The connection is lost.
        """
        while True:
            await anext(self._client.messages)  # never comes: the inlet keeps nothing

    async def _enter(self) -> None:
        entering = asyncio.ensure_future(self._client.__aenter__())
        try:
            await asyncio.shield(entering)
        except BaseException:
            if not entering.done():
                await see_through(self._give_up(entering))
            self.close()
            raise

    async def _give_up(self, entering: asyncio.Future[Any]) -> None:
        """End an attempt: its first part is a thread that cannot be stopped, only waited for."""
        loop = asyncio.get_running_loop()
        latest = loop.time() + self._timing.leave
        while not entering.done() and loop.time() < latest:
            await asyncio.wait({entering}, timeout=_TICK_S)
            if self._paho.socket() is not None:
                self._paho.on_disconnect = None  # aiomqtt's cannot cope with an attempt that was cancelled
                entering.cancel()
        entering.add_done_callback(self._close_late)

    def _close_late(self, entering: asyncio.Future[Any]) -> None:
        if not entering.cancelled():
            entering.exception()
        self.close()

    def close(self) -> None:
        """Say goodbye and close the socket, without waiting for anything."""
        lost = self._client._disconnected  # noqa: SLF001  # asyncio complains of an exception that nobody looks at
        if lost.done() and not lost.cancelled():
            lost.exception()
        sock = self._paho.socket()
        if sock is None:
            return
        self._paho.on_disconnect = None
        self._paho.on_socket_register_write = None  # aiomqtt would register it a moment after it is closed
        self._paho.disconnect()  # closes the socket once it is sent, which it mostly is at once
        if self._paho.socket() is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(sock)
            loop.remove_writer(sock)
            self._paho._sock_close()  # noqa: SLF001  # a socket that takes nothing any more
