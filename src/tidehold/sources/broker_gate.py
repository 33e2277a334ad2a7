"""One connection to the broker: what it sends is read whole and checked before the broker sees a byte of it.

The broker behind has no limit on sizes, times, rates or topics of its own. It
reads from the gate as if from the socket; so when the gate does not read on, the
sender's socket fills up and the sender waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, NoReturn

from tidehold.sources import broker_packets as packets
from tidehold.sources.broker_options import Account, Limits
from tidehold.sources.broker_pace import Pace
from tidehold.sources.broker_packets import Connect, RefusedError

_ACKS: Final = frozenset({packets.PUBACK, packets.PUBREC, packets.PUBCOMP})
_FILTERS: Final = frozenset({packets.SUBSCRIBE, packets.UNSUBSCRIBE})


class Gate:
    """Reads and writes one connection.

    Args:
        reader: From the socket.
        writer: To it.
        limits: What the connection may cost.
        refuse: Told the reason and the address of what is refused.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        limits: Limits,
        refuse: Callable[[str, str], None],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._limits = limits
        self._refuse = refuse
        peer = writer.get_extra_info("peername") or ("unknown", 0)
        self.peer: Final[tuple[str, int]] = (str(peer[0]), int(peer[1]))
        self.ended: Final = asyncio.Event()
        """Set when nothing more is read from it."""
        self._account: Account | None = None
        self._is_busy: Callable[[], bool] = lambda: False
        self._silence_s = limits.silence_s
        self._ready = bytearray()
        self._unfinished: set[int] = set()
        now_s = asyncio.get_running_loop().time
        self._messages = Pace(limits.messages_per_s, limits.message_burst, now_s)
        self._bytes = Pace(limits.bytes_per_s, limits.packet_bytes, now_s)
        self._acks = Pace(limits.acks_per_s, limits.acks_per_s, now_s)

    async def connect(self) -> Connect:
        """The first packet, which must be a CONNECT.

        Raises:
            RefusedError: It is not, or takes too long.
        """
        try:
            async with asyncio.timeout(self._limits.connect_s):
                head = (await self._reader.readexactly(1))[0]
                if head != packets.CONNECT_HEAD:
                    raise RefusedError("TLS" if head == packets.TLS_HELLO else "not MQTT")
                length = await self._length(self._limits.connect_bytes)
                return packets.read_connect(await self._reader.readexactly(length))
        except TimeoutError:
            raise RefusedError("no CONNECT in time") from None

    def admit(self, account: Account, connect: Connect, first: bytes, is_busy: Callable[[], bool]) -> None:
        """From now on the connection is an account's; the broker is to read `first` first."""
        self._account = account
        self._is_busy = is_busy
        if connect.keep_alive_s:
            # "one and a half times the Keep Alive time period" (3.1.2.10)
            self._silence_s = min(self._silence_s, 1.5 * connect.keep_alive_s)
        self._ready += first

    async def read(self, n: int = -1) -> bytes:
        """Exactly `n` checked bytes; none at the end of the connection. What the broker reads with."""
        while len(self._ready) < n:
            packet = await self._next()
            if packet is None:
                self.ended.set()
                return b""
            self._ready += packet
        taken = bytes(self._ready[:n])
        del self._ready[:n]
        return taken

    def turn_away(self, refused: RefusedError) -> None:
        """Count a refusal, and say it if there is a way to."""
        self._refuse(refused.reason, self.peer[0])
        if refused.answer:
            self._writer.write(refused.answer)

    async def _next(self) -> bytes | None:
        """The next packet for the broker, or None if the connection is over."""
        try:
            while not self.ended.is_set():
                if packet := await self._packet():
                    return packet
        except RefusedError as refused:
            self.turn_away(refused)
        except (asyncio.IncompleteReadError, OSError):
            pass
        return None

    async def _packet(self) -> bytes:
        """One packet as the broker may see it; empty if it was answered here."""
        head = await self._first_byte()
        kind = packets.check_head(head)
        try:
            async with asyncio.timeout(self._limits.packet_s):
                length = await self._length(self._limits.packet_bytes)
            await self._wait_for_turn(kind, length)
            async with asyncio.timeout(self._limits.packet_s):
                body = await self._reader.readexactly(length)
        except TimeoutError:
            raise RefusedError("packet too slow") from None
        if kind == packets.PUBLISH:
            return self._publish(head, body)
        if kind in _FILTERS:
            return self._filters(kind, head, body)
        if kind in _ACKS or kind == packets.PUBREL:
            return self._ack(kind, head, body)
        if body:
            raise RefusedError("malformed packet")
        return packets.packet(head, body)

    async def _first_byte(self) -> int:
        try:
            async with asyncio.timeout(self._silence_s):
                return (await self._reader.readexactly(1))[0]
        except TimeoutError:
            raise RefusedError("silent") from None

    async def _length(self, limit: int) -> int:
        """Of the body that follows (2.2.3)."""
        length = 0
        for shift in (0, 7, 14, 21):
            digit = (await self._reader.readexactly(1))[0]
            length |= (digit & 0x7F) << shift
            if digit < 0x80:
                break
        else:
            raise RefusedError("malformed packet")
        if length > limit:
            raise RefusedError("packet too large")
        return length

    async def _wait_for_turn(self, kind: int, length: int) -> None:
        """Hold up a sender that is too fast. Never without giving way to all others: packets may lie ready in heaps."""
        pace = self._acks if kind in _ACKS else self._messages
        await asyncio.sleep(max(pace.take(), self._bytes.take(length)))
        while kind == packets.PUBLISH and self._is_busy():  # noqa: ASYNC110  # amqtt tells nobody when it has caught up
            await asyncio.sleep(0.01)

    def _publish(self, head: int, body: bytes) -> bytes:
        publish = packets.read_publish(head, body)
        if self._account is None or publish.topic not in self._account.publish:
            raise RefusedError("foreign topic")
        if publish.qos == 2 and publish.packet_id is not None:
            self._unfinished.add(publish.packet_id)
            if len(self._unfinished) > self._limits.unfinished:
                raise RefusedError("too many unfinished messages")
        return packets.packet(packets.unretained(head), body)

    def _filters(self, kind: int, head: int, body: bytes) -> bytes:
        packet_id, filters = packets.read_filters(kind, body)
        allowed = self._account.subscribe if self._account else ()
        if kind == packets.SUBSCRIBE and not set(filters) <= set(allowed):
            self.turn_away(RefusedError("subscription not allowed", packets.no_subscription(packet_id, len(filters))))
            return b""
        return packets.packet(head, body)

    def _ack(self, kind: int, head: int, body: bytes) -> bytes:
        packet_id = packets.read_packet_id(body)
        if kind == packets.PUBREL:
            if packet_id not in self._unfinished:  # amqtt would never answer, and the sender wait for ever
                self._writer.write(packets.released(packet_id))
                return b""
            self._unfinished.discard(packet_id)
        return packets.packet(head, body)

    # From here on: what else the broker asks of its reader and its writer.

    def feed_eof(self) -> None:
        """Nothing more is to be read."""
        self.ended.set()

    def write(self, data: bytes) -> None:
        """Send a whole packet; a message kept for somebody who was away is no retained one, as amqtt has it."""
        if data and data[0] >> 4 == packets.PUBLISH:
            data = bytes([data[0] & ~packets.RETAIN]) + data[1:]
        if not self._writer.is_closing():
            self._writer.write(data)

    async def drain(self) -> None:
        """Wait until most of it is on its way; one who does not read is cut off."""
        try:
            async with asyncio.timeout(self._limits.unread_s):
                await self._writer.drain()
        except TimeoutError:
            self.turn_away(RefusedError("does not read"))
            self.cut()
            self._lost()

    def _lost(self) -> NoReturn:
        raise ConnectionResetError("the connection was cut off")

    def get_peer_info(self) -> tuple[str, int]:
        """Address and port of the other side."""
        return self.peer

    def get_ssl_info(self) -> None:
        """There is no TLS here."""

    def cut(self) -> None:
        """End the connection at once."""
        self.ended.set()
        self._writer.transport.abort()

    async def close(self) -> None:
        """End the connection; what is still to be sent has a moment for it."""
        self.ended.set()
        self._writer.close()
        try:
            async with asyncio.timeout(self._limits.close_s):
                await self._writer.wait_closed()
        except (TimeoutError, OSError):
            self._writer.transport.abort()
