"""MQTT 3.1.1 packets, as far as a gate before a broker must understand them. Sans-IO.

Section numbers are those of the OASIS standard, MQTT Version 3.1.1 Plus Errata 01.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

CONNECT: Final = 1
PUBLISH: Final = 3
PUBACK: Final = 4
PUBREC: Final = 5
PUBREL: Final = 6
PUBCOMP: Final = 7
SUBSCRIBE: Final = 8
UNSUBSCRIBE: Final = 10
PINGREQ: Final = 12
DISCONNECT: Final = 14

_FLAGS: Final[dict[int, int]] = {
    PUBACK: 0,
    PUBREC: 0,
    PUBREL: 2,
    PUBCOMP: 0,
    SUBSCRIBE: 2,
    UNSUBSCRIBE: 2,
    PINGREQ: 0,
    DISCONNECT: 0,
}
"""What a client may send after its CONNECT, with the flags that are then in the head (2.2.2); PUBLISH has its own."""

RETAIN: Final = 0x01
_DUP: Final = 0x08

CONNECT_HEAD: Final = 0x10
TLS_HELLO: Final = 0x16
"""First byte of a TLS connection: the kind of record, handshake."""

BAD_PROTOCOL: Final = bytes.fromhex("20020001")
BAD_CLIENT_ID: Final = bytes.fromhex("20020002")
BAD_PASSWORD: Final = bytes.fromhex("20020004")
BAD_PROTOCOL_5: Final = bytes.fromhex("2003008400")
"""CONNACK with a reason that a client of MQTT 5 understands: unsupported protocol version."""

_LONGEST_CLIENT_ID: Final = 128
_PROTOCOLS: Final = (b"MQTT", b"MQIsdp")


class RefusedError(Exception):
    """A connection is refused. `reason` is one of `broker_refusals.ADVICE`; `answer` is said before it is closed."""

    def __init__(self, reason: str, answer: bytes = b"") -> None:
        super().__init__(reason)
        self.reason = reason
        self.answer = answer


class Connect(NamedTuple):
    """What a client says of itself."""

    client_id: str
    is_clean: bool
    keep_alive_s: int
    user: str
    password: bytes

    def __repr__(self) -> str:
        return f"Connect(client_id={self.client_id!r}, user={self.user!r})"


class Publish(NamedTuple):
    """Where a message goes. `packet_id` is None at QoS 0."""

    topic: str
    qos: int
    packet_id: int | None


class _Body:
    """Takes the fields of a packet one after the other."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    @property
    def is_empty(self) -> bool:
        return self._at == len(self._body)

    def take(self, count: int) -> bytes:
        taken = self._body[self._at : self._at + count]
        if len(taken) < count:
            raise RefusedError("malformed packet")
        self._at += count
        return taken

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "big")

    def packet_id(self) -> int:
        number = self.number(2)
        if number == 0:
            raise RefusedError("malformed packet")
        return number

    def field(self) -> bytes:
        return self.take(self.number(2))

    def text(self) -> str:
        """UTF-8 without NUL (1.5.3)."""
        try:
            text = self.field().decode()
        except UnicodeDecodeError:
            raise RefusedError("malformed packet") from None
        if "\0" in text:
            raise RefusedError("malformed packet")
        return text


def read_connect(body: bytes) -> Connect:
    """The body of a CONNECT (3.1); a will is read and forgotten.

    Raises:
        RefusedError: It is not one of MQTT 3.1.1, or comes without a name and a password.
    """
    rest = _Body(body)
    _read_protocol(rest)
    flags, keep_alive_s = rest.number(1), rest.number(2)
    if flags & 0x01:
        raise RefusedError("malformed packet")
    client_id = rest.text()
    if flags & 0x04:
        rest.text()
        rest.field()
    user = rest.text() if flags & 0x80 else ""
    password = rest.field() if flags & 0x40 else b""
    if not rest.is_empty:
        raise RefusedError("malformed packet")
    if not user or not password:
        raise RefusedError("no password", BAD_PASSWORD)
    is_clean = bool(flags & 0x02)
    if len(client_id) > _LONGEST_CLIENT_ID or not (client_id or is_clean):
        raise RefusedError("bad client id", BAD_CLIENT_ID)
    return Connect(client_id, is_clean, keep_alive_s, user, password)


def _read_protocol(rest: _Body) -> None:
    try:
        name, level = rest.field(), rest.number(1)
    except RefusedError:
        raise RefusedError("not MQTT") from None
    if name not in _PROTOCOLS:
        raise RefusedError("not MQTT")
    if level == 5:
        raise RefusedError("MQTT 5", BAD_PROTOCOL_5)
    if (name, level) != (b"MQTT", 4):
        raise RefusedError("MQTT 3.1", BAD_PROTOCOL)


def write_connect(client_id: str, user: str, *, is_clean: bool) -> bytes:
    """A whole CONNECT without will, password and keep-alive: all that was looked at already."""
    texts = (client_id.encode(), user.encode(), b"-")
    fields = b"".join(struct.pack(">H", len(text)) + text for text in texts)
    body = b"\0\4MQTT\4" + bytes([0xC2 if is_clean else 0xC0]) + b"\0\0" + fields
    return packet(CONNECT_HEAD, body)


def packet(head: int, body: bytes) -> bytes:
    """A whole packet (2.2): its first byte, the length of its body, its body."""
    length, digits = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        digits.append(digit | (0x80 if length else 0))
        if not length:
            return bytes([head]) + bytes(digits) + body


def check_head(head: int) -> int:
    """The kind of a packet after the CONNECT.

    Raises:
        RefusedError: A client must not send that.
    """
    kind = head >> 4
    if kind != PUBLISH and _FLAGS.get(kind) != head & 0x0F:
        raise RefusedError("malformed packet")
    return kind


def read_publish(head: int, body: bytes) -> Publish:
    """Where a PUBLISH goes (3.3).

    Raises:
        RefusedError: It is malformed, or its topic is a filter.
    """
    rest = _Body(body)
    qos = head >> 1 & 3
    topic = rest.text()
    if qos == 3 or not topic or "+" in topic or "#" in topic:
        raise RefusedError("malformed packet")
    return Publish(topic, qos, rest.packet_id() if qos else None)


def unretained(head: int) -> int:
    """The head of a PUBLISH without RETAIN, and without DUP where that means nothing."""
    return head & ~RETAIN & ~(0 if head & 0x06 else _DUP)


def read_filters(kind: int, body: bytes) -> tuple[int, list[str]]:
    """Packet id and filters of a SUBSCRIBE or UNSUBSCRIBE (3.8, 3.10).

    Raises:
        RefusedError: It is malformed.
    """
    rest = _Body(body)
    packet_id, filters = rest.packet_id(), []
    while not rest.is_empty:
        filters.append(rest.text())
        if not filters[-1] or (kind == SUBSCRIBE and rest.number(1) > 2):
            raise RefusedError("malformed packet")
    if not filters:
        raise RefusedError("malformed packet")
    return packet_id, filters


def read_packet_id(body: bytes) -> int:
    """The packet id that is all of an acknowledgement (3.4 to 3.7).

    Raises:
        RefusedError: There is none, or more.
    """
    rest = _Body(body)
    packet_id = rest.packet_id()
    if not rest.is_empty:
        raise RefusedError("malformed packet")
    return packet_id


def no_subscription(packet_id: int, count: int) -> bytes:
    """SUBACK that refuses all `count` filters (3.9)."""
    return packet(0x90, struct.pack(">H", packet_id) + b"\x80" * count)


def released(packet_id: int) -> bytes:
    """PUBCOMP (3.7)."""
    return packet(PUBCOMP << 4, struct.pack(">H", packet_id))
