"""The gate alone, between two ends of a connection in memory."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.sources.attacks import connect, field, packet, publish
from tidehold.sources.broker_gate import Gate
from tidehold.sources.broker_options import Account, Limits
from tidehold.sources.broker_packets import Connect, RefusedError

LIMITS = Limits(connect_s=0.2, packet_s=0.2, silence_s=0.5, unread_s=0.2, close_s=0.1)
ACCOUNT = Account("phone", "its own", ("mine",), ("mine",))


class Line:
    """A gate, and the socket's other end; what was refused is in `refused`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: Gate) -> None:
        self.reader = reader
        self.writer = writer
        self.gate = gate

    def admit(self, first: bytes = b"", keep_alive_s: int = 0) -> None:
        self.gate.admit(ACCOUNT, Connect("id", True, keep_alive_s, "phone", b""), first, lambda: self.is_busy)

    is_busy = False

    async def whole(self) -> bytes:
        """Everything that comes through, up to the end."""
        self.writer.write_eof()
        read = b""
        while byte := await self.gate.read(1):
            read += byte
        return read


refused: Counter[str] = Counter()


@asynccontextmanager
async def line(limits: Limits = LIMITS) -> AsyncIterator[Line]:
    refused.clear()
    gates: asyncio.Queue[Gate] = asyncio.Queue()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gates.put_nowait(Gate(reader, writer, limits, lambda reason, _: refused.update([reason])))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    gate = await gates.get()
    try:
        yield Line(reader, writer, gate)
    finally:
        writer.transport.abort()
        await gate.close()
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "not MQTT"),
        (b"\x16\x03\x01", "TLS"),
        (b"\x10\xff\xff\xff\x7f", "packet too large"),
        (b"\x10\xff\xff\xff\xff\x01", "malformed packet"),
        (b"\x10\x81\x20", "packet too large"),
        (b"\x10", "no CONNECT in time"),
        (b"", "no CONNECT in time"),
        (connect()[:-1], "no CONNECT in time"),
    ],
)
async def test_no_connect(sent: bytes, reason: str) -> None:
    async with line() as at:
        at.writer.write(sent)
        with pytest.raises(RefusedError) as caught:
            await at.gate.connect()
        assert caught.value.reason == reason


async def test_a_connect_in_single_bytes() -> None:
    async with line() as at:
        for byte in connect("anna", "secret"):
            at.writer.write(bytes([byte]))
            await at.writer.drain()
        assert (await at.gate.connect()).user == "anna"


GOOD = (
    publish(b"mine", b"payload"),
    publish(b"mine", b"payload", 1),
    publish(b"mine", b"x" * 200_000, 2),
    packet(0x34, field(b"mine") + b"\0\3"),
    packet(0x62, b"\0\3"),
    packet(0x82, b"\0\1" + field(b"mine") + b"\1"),
    packet(0xA2, b"\0\2" + field(b"mine")),
    packet(0x40, b"\0\1"),
    packet(0xC0, b""),
    packet(0xE0, b""),
)


async def test_what_is_good_comes_through_as_it_is_after_what_was_put_first() -> None:
    async with line() as at:
        at.admit(b"first")
        at.writer.write(b"".join(GOOD))
        assert await at.whole() == b"first" + b"".join(GOOD)
        assert not refused
        assert at.gate.ended.is_set()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (packet(0x30, b"", 262_145), "packet too large"),
        (connect(), "malformed packet"),
        (b"\x00\x00", "malformed packet"),
        (b"\xf0\x00", "malformed packet"),
        (packet(0xC0, b"!"), "malformed packet"),
        (publish(b"yours", b"{}"), "foreign topic"),
        (publish(b"mine/", b"{}"), "foreign topic"),
        (publish(b"$SYS/x", b"{}"), "foreign topic"),
        (publish(b"#", b"{}"), "malformed packet"),
        (packet(0x40, b"\0"), "malformed packet"),
        (b"\x30\xff\xff\xff\xff\x01", "malformed packet"),
    ],
)
async def test_what_is_bad_ends_the_connection_and_what_came_before_is_good(bad: bytes, reason: str) -> None:
    async with line() as at:
        at.admit()
        at.writer.write(GOOD[0] + bad + GOOD[0])
        assert await at.whole() == GOOD[0]
        assert refused == {reason: 1}


async def test_a_body_that_is_too_long_is_not_read() -> None:
    async with line() as at:
        at.admit()
        at.writer.write(packet(0x30, b"x" * 1000, 100_000_000))
        assert await at.gate.read(1) == b""
        assert refused == {"packet too large": 1}


async def test_a_packet_that_does_not_end() -> None:
    async with line() as at:
        at.admit()
        at.writer.write(publish(b"mine", b"payload")[:-1])
        assert await at.gate.read(1) == b""
        assert refused == {"packet too slow": 1}


@pytest.mark.parametrize("keep_alive_s", [0, 1])
async def test_silence(keep_alive_s: int) -> None:
    loop = asyncio.get_running_loop()
    async with line(replace(LIMITS, silence_s=60.0 if keep_alive_s else 0.5)) as at:
        at.admit(keep_alive_s=keep_alive_s)
        began = loop.time()
        assert await at.gate.read(1) == b""
        assert loop.time() - began >= (1.5 if keep_alive_s else 0.5)
        assert refused == {"silent": 1}


async def test_a_wildcard_is_answered_with_no_and_the_connection_goes_on() -> None:
    async with line() as at:
        at.admit()
        at.writer.write(packet(0x82, b"\0\7" + field(b"mine") + b"\1" + field(b"#") + b"\1") + GOOD[0])
        assert await at.gate.read(len(GOOD[0])) == GOOD[0]
        assert await at.reader.readexactly(6) == bytes.fromhex("900400078080")
        assert refused == {"subscription not allowed": 1}


async def test_a_release_of_nothing_is_answered_here() -> None:
    async with line() as at:
        at.admit()
        at.writer.write(packet(0x62, b"\0\7") + GOOD[0])
        assert await at.gate.read(len(GOOD[0])) == GOOD[0]
        assert await at.reader.readexactly(4) == bytes.fromhex("70020007")


async def test_too_much_left_half_way() -> None:
    async with line(replace(LIMITS, unfinished=3)) as at:
        at.admit()
        halves = [packet(0x34, field(b"mine") + bytes([0, number])) for number in range(1, 6)]
        at.writer.write(b"".join(halves))
        assert await at.whole() == b"".join(halves[:3])
        assert refused == {"too many unfinished messages": 1}


async def test_a_sender_that_is_too_fast_waits() -> None:
    loop = asyncio.get_running_loop()
    async with line(replace(LIMITS, messages_per_s=100, message_burst=10)) as at:
        at.admit()
        at.writer.write(GOOD[0] * 60)
        began = loop.time()
        assert await at.whole() == GOOD[0] * 60
        assert 0.45 < loop.time() - began < 5


async def test_nothing_is_read_while_the_broker_is_busy() -> None:
    async with line() as at:
        at.admit()
        at.is_busy = True
        at.writer.write(GOOD[0])
        reading = asyncio.ensure_future(at.gate.read(len(GOOD[0])))
        await asyncio.wait({reading}, timeout=0.1)
        assert not reading.done()
        at.is_busy = False
        assert await reading == GOOD[0]


async def test_what_is_sent_is_never_marked_as_retained() -> None:
    async with line() as at:
        at.gate.write(bytes([0x33]) + GOOD[1][1:])
        at.gate.write(b"\xd0\0")
        await at.gate.drain()
        assert await at.reader.readexactly(len(GOOD[1]) + 2) == GOOD[1] + b"\xd0\0"


async def test_who_does_not_read_is_cut_off() -> None:
    async with line() as at:
        at.reader._transport.pause_reading()  # type: ignore[attr-defined]
        for _ in range(100):
            at.gate.write(b"\x30" + bytes(1_000_000))
        with pytest.raises(ConnectionResetError):
            await at.gate.drain()
        assert refused == {"does not read": 1}
        assert at.gate.ended.is_set()
        at.gate.write(b"more")
        await at.gate.close()


async def test_what_amqtt_asks() -> None:
    async with line() as at:
        assert at.gate.get_peer_info() == at.gate.peer
        assert at.gate.peer[0] == "127.0.0.1"
        at.gate.get_ssl_info()
        at.gate.feed_eof()
        assert at.gate.ended.is_set()
