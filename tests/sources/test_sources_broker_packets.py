"""MQTT 3.1.1 packets at the gate: paho and amqtt are the witnesses, and no bytes raise anything but a refusal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.attacks import connect, field
from tidehold.sources import broker_packets as packets
from tidehold.sources.broker_packets import Connect, Publish, RefusedError

PLAIN = b"\0\4MQTT\4"


def body_of(packet: bytes) -> bytes:
    """Of a packet shorter than 128 bytes."""
    assert packet[1] == len(packet) - 2
    return packet[2:]


def refusal(body: bytes) -> tuple[str, bytes]:
    with pytest.raises(RefusedError) as caught:
        packets.read_connect(body)
    return caught.value.reason, caught.value.answer


def test_connect() -> None:
    read = packets.read_connect(body_of(connect("anna", "secret", "one", 30)))
    assert read == Connect("one", True, 30, "anna", b"secret")
    assert "secret" not in repr(read)


def test_connect_with_a_will() -> None:
    body = PLAIN + b"\xc6\0\x3c" + field(b"id") + field(b"topic") + field(b"last") + field(b"u") + field(b"p")
    assert packets.read_connect(body) == Connect("id", True, 60, "u", b"p")


@pytest.mark.parametrize(
    ("body", "reason", "answer"),
    [
        (b"", "not MQTT", b""),
        (b"\0\4HTTP\4\2\0\0\0\0", "not MQTT", b""),
        (b"\0\4MQTT\5\2\0\0\0\0\0", "MQTT 5", packets.BAD_PROTOCOL_5),
        (b"\0\6MQIsdp\3\2\0\0\0\0", "MQTT 3.1", packets.BAD_PROTOCOL),
        (b"\0\4MQTT\3\2\0\0\0\0", "MQTT 3.1", packets.BAD_PROTOCOL),
        (PLAIN + b"\xc3\0\0" + field(b"i") + field(b"u") + field(b"p"), "malformed packet", b""),
        (PLAIN + b"\xc2\0\0" + field(b"i") + field(b"u"), "malformed packet", b""),
        (PLAIN + b"\xc2\0\0" + field(b"i") + field(b"u") + field(b"p") + b"!", "malformed packet", b""),
        (PLAIN + b"\xc2\0\0" + field(b"\xff") + field(b"u") + field(b"p"), "malformed packet", b""),
        (PLAIN + b"\xc2\0\0" + field(b"a\0b") + field(b"u") + field(b"p"), "malformed packet", b""),
        (PLAIN + b"\x02\0\0" + field(b"i"), "no password", packets.BAD_PASSWORD),
        (PLAIN + b"\x82\0\0" + field(b"i") + field(b"u"), "no password", packets.BAD_PASSWORD),
        (PLAIN + b"\xc0\0\0" + field(b"") + field(b"u") + field(b"p"), "bad client id", packets.BAD_CLIENT_ID),
        (PLAIN + b"\xc2\0\0" + field(b"i" * 129) + field(b"u") + field(b"p"), "bad client id", packets.BAD_CLIENT_ID),
    ],
)
def test_connect_refused(body: bytes, reason: str, answer: bytes) -> None:
    assert refusal(body) == (reason, answer)


@pytest.mark.parametrize("is_clean", [False, True])
def test_a_connect_that_was_written_can_be_read(is_clean: bool) -> None:
    written = packets.write_connect("phone/1", "phone", is_clean=is_clean)
    assert written[0] == packets.CONNECT_HEAD
    assert packets.read_connect(body_of(written)) == Connect("phone/1", is_clean, 0, "phone", b"-")


@pytest.mark.parametrize(
    ("length", "digits"), [(0, "00"), (127, "7f"), (128, "8001"), (16_383, "ff7f"), (16_384, "808001")]
)
def test_length_of_a_packet(length: int, digits: str) -> None:
    """The borders of table 2.4."""
    assert packets.packet(0x30, bytes(length)) == b"\x30" + bytes.fromhex(digits) + bytes(length)


@pytest.mark.parametrize("head", range(256))
def test_heads(head: int) -> None:
    allowed = {0x40, 0x50, 0x62, 0x70, 0x82, 0xA2, 0xC0, 0xE0} | set(range(0x30, 0x40))
    if head in allowed:
        assert packets.check_head(head) == head >> 4
    else:
        with pytest.raises(RefusedError):
            packets.check_head(head)


def test_publish() -> None:
    assert packets.read_publish(0x30, field(b"a/b") + b"payload") == Publish("a/b", 0, None)
    assert packets.read_publish(0x32, field(b"a/b") + b"\0\7payload") == Publish("a/b", 1, 7)
    assert packets.read_publish(0x34, field(b"a") + b"\1\0") == Publish("a", 2, 256)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (0x36, field(b"a") + b"\0\1"),
        (0x30, field(b"")),
        (0x30, field(b"a/#")),
        (0x30, field(b"+/a")),
        (0x30, field(b"a\0")),
        (0x30, field(b"\xc3\x28")),
        (0x30, field(b"\xed\xa0\x80")),
        (0x30, b"\0\5abc"),
        (0x32, field(b"a") + b"\0"),
        (0x32, field(b"a") + b"\0\0"),
    ],
)
def test_publish_refused(head: int, body: bytes) -> None:
    with pytest.raises(RefusedError, match="malformed packet"):
        packets.read_publish(head, body)


def test_retain_is_taken_off_and_dup_where_it_means_nothing() -> None:
    assert [packets.unretained(head) for head in (0x30, 0x31, 0x38, 0x33, 0x3B, 0x3D)] == [
        0x30,
        0x30,
        0x30,
        0x32,
        0x3A,
        0x3C,
    ]


def test_filters() -> None:
    body = b"\0\5" + field(b"a") + b"\1" + field(b"b/#") + b"\2"
    assert packets.read_filters(packets.SUBSCRIBE, body) == (5, ["a", "b/#"])
    assert packets.read_filters(packets.UNSUBSCRIBE, b"\0\6" + field(b"a")) == (6, ["a"])
    for bad in (
        b"\0\0" + field(b"a") + b"\0",
        b"\0\1",
        b"\0\1" + field(b"a") + b"\3",
        b"\0\1" + field(b"") + b"\0",
        b"",
    ):
        with pytest.raises(RefusedError):
            packets.read_filters(packets.SUBSCRIBE, bad)
    assert packets.no_subscription(5, 2) == bytes.fromhex("900400058080")


def test_packet_ids() -> None:
    assert packets.read_packet_id(b"\1\2") == 258
    for bad in (b"", b"\1", b"\0\0", b"\1\2\3"):
        with pytest.raises(RefusedError):
            packets.read_packet_id(bad)
    assert packets.released(258) == bytes.fromhex("70020102")


@given(st.binary(max_size=200), st.integers(0x30, 0x3F))
def test_any_bytes_are_read_or_refused(body: bytes, head: int) -> None:
    readers = (
        packets.read_connect,
        lambda body: packets.read_connect(PLAIN + body),
        lambda body: packets.read_publish(head, body),
        lambda body: packets.read_filters(packets.SUBSCRIBE, body),
        lambda body: packets.read_filters(packets.UNSUBSCRIBE, body),
        packets.read_packet_id,
    )
    for read in readers:
        try:
            read(body)
        except RefusedError:
            continue
