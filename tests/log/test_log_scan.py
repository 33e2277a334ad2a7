"""Finding what is intact."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
import zstandard

from tests.log.sessions import header, inputs, spans, write
from tidehold.errors import LogError
from tidehold.log import scan as room
from tidehold.log.layout import CHUNK, CHUNK_HEAD, PREAMBLE, RECORD, Stamp, pack_channel, pack_stamp, record
from tidehold.log.scan import Chunk, Damage, Message, Scan, messages

STAMP = Stamp(header().session, header().started)


def chunk_of(content: bytes, *, level: int = 3, checksum: bool = True) -> bytes:
    packed = zstandard.ZstdCompressor(level=level, write_checksum=checksum).compress(content)
    length = CHUNK_HEAD.size - RECORD.size + len(packed)
    return CHUNK_HEAD.pack(CHUNK, length, 0, 0, len(content), zlib.crc32(content), 4, b"zstd", len(packed)) + packed


def message(channel: int, sequence: int, payload: bytes) -> bytes:
    body = channel.to_bytes(2, "little") + sequence.to_bytes(4, "little") + bytes(16) + payload
    return record(5, body)


def pieces(data: bytes, *, part: bool = False) -> list[tuple[str, int, int]]:
    return [(type(piece).__name__, piece.start, piece.end) for piece in Scan(data, part=part)]


ONE = chunk_of(pack_stamp(STAMP) + pack_channel(2, "/in/strap/hr", {}) + message(2, 1, b"one"))
TWO = chunk_of(pack_stamp(STAMP) + pack_channel(2, "/in/strap/hr", {}) + message(2, 2, b"two"))
OTHER = chunk_of(pack_stamp(Stamp("other", STAMP.started)) + message(1, 1, b"old"))


def test_a_sound_file_is_its_chunks(finished: Path) -> None:
    found = list(Scan(finished.read_bytes()))
    assert all(isinstance(piece, Chunk) for piece in found)
    assert [(piece.start, piece.end) for piece in found] == [(span.start, span.end) for span in spans(finished)]


def test_a_scan_may_be_iterated_again(finished: Path) -> None:
    scan = Scan(finished.read_bytes())
    assert list(scan) == list(scan)
    assert scan.stamp == STAMP
    assert scan.ending is not None


@pytest.mark.parametrize(
    "junk",
    [b"\0", b"\0" * 300, zstandard.FRAME_HEADER * 20, ONE[:-1], ONE[60:], b"\x06" * 80],
    ids=["zero", "zeros", "frame headers", "cut chunk", "chunk without its record", "opcodes"],
)
def test_damage_is_what_lies_between_intact_chunks(junk: bytes) -> None:
    data = PREAMBLE + ONE + junk + TWO
    a, b = len(PREAMBLE) + len(ONE), len(PREAMBLE) + len(ONE) + len(junk)
    assert pieces(data) == [("Chunk", len(PREAMBLE), a), ("Damage", a, b), ("Chunk", b, len(data))]


def test_a_damaged_beginning_hides_nothing() -> None:
    assert pieces(b"x" + PREAMBLE[1:] + ONE) == [
        ("Damage", 0, len(PREAMBLE)),
        ("Chunk", len(PREAMBLE), len(PREAMBLE + ONE)),
    ]
    assert pieces(bytes(500)) == [("Damage", 0, 500)]
    assert pieces(b"") == []


def test_a_missing_end_is_said_with_what_is_there() -> None:
    for length in range(1, len(TWO)):
        data = PREAMBLE + ONE + TWO[:length]
        found = list(Scan(data))
        assert isinstance(found[-1], Damage)
        assert (found[-1].start, found[-1].end) == (len(PREAMBLE + ONE), len(data))
        assert "cut short" in found[-1].what


def contents_with_a_flip_at(bit: int) -> list[list[bytes]]:
    flipped = bytearray(ONE)
    flipped[bit // 8] ^= 1 << bit % 8
    found = list(Scan(PREAMBLE + bytes(flipped) + TWO))
    return [[m.payload for m in messages(piece.content)] for piece in found if isinstance(piece, Chunk)]


def test_a_content_is_saved_though_any_bit_of_the_record_around_it_is_flipped() -> None:
    for bit in range(8 * CHUNK_HEAD.size):
        assert contents_with_a_flip_at(bit) == [[b"one"], [b"two"]]


def test_a_flip_in_a_content_never_gives_another_one() -> None:
    for bit in range(8 * CHUNK_HEAD.size, 8 * len(ONE)):
        assert contents_with_a_flip_at(bit) in ([[b"one"], [b"two"]], [[b"two"]])


def test_a_chunk_of_an_older_session_on_the_same_disk_is_not_taken() -> None:
    data = PREAMBLE + ONE + OTHER + TWO
    found = list(Scan(data))
    assert [type(piece) for piece in found] == [Chunk, Damage, Chunk]
    assert isinstance(found[1], Damage)
    assert found[1].what == "a chunk is not of this session"


def test_a_frame_that_is_no_session_is_not_taken() -> None:
    foreign = chunk_of(b"something else entirely")
    assert pieces(PREAMBLE + foreign) == [("Damage", len(PREAMBLE), len(PREAMBLE + foreign))]
    assert Scan(PREAMBLE + foreign).stamp is None


def test_without_the_checksum_of_its_frame_a_content_needs_its_record() -> None:
    bare = bytearray(chunk_of(pack_stamp(STAMP) + message(1, 1, b"x"), checksum=False))
    assert pieces(PREAMBLE + bare)[0][0] == "Chunk"
    bare[30] ^= 1  # in the CRC of the record
    assert pieces(PREAMBLE + bare)[0][0] == "Damage"


def test_a_frame_cut_short_is_not_taken() -> None:
    headless = b"\0" * 60 + ONE[CHUNK_HEAD.size : -1]
    assert [kind for kind, _, _ in pieces(headless, part=True)] == ["Damage"]


def test_a_frame_that_claims_too_much_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    scan = Scan(PREAMBLE + ONE)
    monkeypatch.setattr(room, "CONTENT_BOUND", 10)
    assert [type(piece) for piece in scan] == [Damage]


def test_the_last_part_of_a_file_is_scanned_from_anywhere(finished: Path) -> None:
    data = finished.read_bytes()
    whole = [(span.start, span.end) for span in spans(finished)]
    for start in range(0, len(data) - 4000, 997):
        found = [piece for piece in Scan(data[start:], part=True) if isinstance(piece, Chunk) and piece.first >= 0]
        assert [(p.start + start, p.end + start) for p in found] == [span for span in whole if span[0] >= start]


def test_messages_come_in_order_with_their_topics() -> None:
    content = pack_stamp(STAMP) + pack_channel(2, "/in/tick", {}) + message(2, 1, b"a") + message(1, 0, b"b")
    assert list(messages(content)) == [Message("/in/tick", 1, 0, b"a"), Message("/header", 0, 0, b"b")]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (message(2, 1, b""), "which its chunk does not describe"),
        (record(5, b"short"), "cut short"),
        (record(9, b""), "unknown kind"),
        (record(5, bytes(22))[:-1], "beyond"),
        (record(4, b"\0"), "channel record"),
    ],
)
def test_a_content_of_another_grammar_is_refused(content: bytes, what: str) -> None:
    with pytest.raises(LogError, match=what):
        list(messages(pack_stamp(STAMP) + content))


def test_a_file_cut_between_chunks_has_no_damage_but_no_end(tmp_path: Path) -> None:
    path = write(tmp_path, inputs(4))
    data = path.read_bytes()[: spans(path)[5].start]
    assert [kind for kind, _, _ in pieces(data)] == ["Chunk"] * 5
    assert Scan(data).ending is None
