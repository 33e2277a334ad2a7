"""Messages into chunks that each stand alone, and the end of a finished file. Pure: bytes out.

Not the `mcap` package's writer: that says a channel once per file, so that one
damaged chunk can make all others unreadable, and it forgets a chunk that it
failed to write.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Final, NamedTuple

import zstandard

from tidehold.log.layout import (
    CHANNEL,
    CHUNK,
    CHUNK_HEAD,
    DATA_END,
    FOOTER,
    HEADER_TOPIC,
    MAGIC,
    MESSAGE,
    MESSAGE_HEAD,
    PREAMBLE,
    RECORD,
    SCHEMAS,
    STATISTICS,
    Stamp,
    pack_channel,
    pack_stamp,
    parse_channel,
    record,
    split_records,
)
from tidehold.records import HostNs
from tidehold.session.header import Header, encode_header

KEY_SPACING: Final = 16 * 1024
"""The header is repeated when the file has grown by an eighth since, and by at least so many bytes."""

_DATA_END: Final = struct.Struct("<BQI")
_FOOTER: Final = struct.Struct("<BQQQI")
_STATISTICS: Final = struct.Struct("<QHIIIIQQI")
_COUNT: Final = struct.Struct("<HQ")


class Packer:
    """Packs messages into chunks, each readable without any other.

    Args:
        header: Of the session; repeated as the file grows.
        notes: Further (topic, JSON) pairs to repeat beside it.
    """

    def __init__(self, header: Header, notes: Sequence[tuple[str, bytes]] = ()) -> None:
        self._key = ((HEADER_TOPIC, encode_header(header)), *notes)
        self._stamp = pack_stamp(Stamp(header.session, header.started))
        self._channels: dict[str, tuple[int, bytes]] = {HEADER_TOPIC: (1, self._stamp)}
        self._compressor = zstandard.ZstdCompressor(write_checksum=True)
        self._used: dict[int, bytes] = {}
        self._body = bytearray()
        self._times: list[int] = []
        self._counts: dict[int, int] = {}
        self._span: tuple[int, int] | None = None
        self._chunks = 0
        self._keyed_at = 0
        self._now = 0

    @property
    def waiting(self) -> int:
        """Bytes of messages that no chunk holds yet."""
        return len(self._body)

    def add(self, topic: str, sequence: int, t: int, payload: bytes) -> None:
        """One message; `sequence` counts inputs, or outputs, from 1."""
        channel = self._channels.get(topic)
        if channel is None:
            number = len(self._channels) + 1
            channel = self._channels[topic] = (number, pack_channel(number, topic, {}))
        number, self._used[number] = channel[0], channel[1]
        self._counts[number] = self._counts.get(number, 0) + 1
        self._times.append(t)
        self._now = t
        self._body += MESSAGE_HEAD.pack(MESSAGE, 22 + len(payload), number, sequence, t, t)
        self._body += payload

    def chunk(self, offset: int, *, key: bool = False) -> bytes:
        """The messages since the last chunk as a chunk record; empty if there are none.

        The first two chunks repeat the header, and later ones whenever the file
        has grown enough: no single damage can take every copy.

        Args:
            offset: Where in the file the chunk will be.
            key: Repeat the header in any case.
        """
        if key or (self._body and (self._chunks < 2 or offset - self._keyed_at >= max(KEY_SPACING, offset // 8))):
            self._keyed_at = offset
            return self._pack(b"".join(SCHEMAS), self._key)
        return self._pack(b"", ()) if self._body else b""

    def _pack(self, schemas: bytes, key: Sequence[tuple[str, bytes]]) -> bytes:
        waiting, self._body = self._body, bytearray()
        for topic, payload in key:
            self.add(topic, 0, self._now, payload)
        self._used.pop(1, None)  # the stamp is the record of channel 1
        content = b"".join([self._stamp, schemas, *self._used.values(), self._body, waiting])
        first, last = min(self._times), max(self._times)
        self._span = (min(first, self._span[0]), max(last, self._span[1])) if self._span else (first, last)
        self._chunks += 1
        self._used.clear()
        self._times.clear()
        self._body.clear()
        packed = self._compressor.compress(content)
        length = CHUNK_HEAD.size - RECORD.size + len(packed)
        sums = (len(content), zlib.crc32(content))
        return CHUNK_HEAD.pack(CHUNK, length, first, last, *sums, 4, b"zstd", len(packed)) + packed

    def ending(self, offset: int, crc: int) -> bytes:
        """All that follows the last chunk of a finished file.

        Args:
            offset: Where in the file it begins.
            crc: CRC-32 of all bytes before.
        """
        data_end = _DATA_END.pack(DATA_END, 4, crc)
        counts = b"".join(_COUNT.pack(number, count) for number, count in self._counts.items())
        totals = (sum(self._counts.values()), len(SCHEMAS), len(self._channels), 0, 0, self._chunks)
        statistics = record(STATISTICS, _STATISTICS.pack(*totals, *(self._span or (0, 0)), len(counts)), counts)
        summary = b"".join([*SCHEMAS, *(packed for _, packed in self._channels.values()), statistics])
        footer = _FOOTER.pack(FOOTER, 20, offset + len(data_end), 0, 0)[:-4]
        return data_end + summary + footer + zlib.crc32(summary + footer).to_bytes(4, "little") + MAGIC


class Ending(NamedTuple):
    """The end of a finished file: where it starts, what it counts, and whether the data before it match their CRC."""

    start: int
    inputs: int
    last: HostNs
    topics: tuple[str, ...]
    data_sound: bool


def find_ending(data: bytes, before: int = 0) -> Ending | None:
    """The end of a finished file, all of it checked; None where it is damaged or missing.

    Args:
        data: The file, or its last part.
        before: Bytes of the file ahead of `data`; the CRC of the data is then left unchecked.
    """
    footer_start = len(data) - len(MAGIC) - _FOOTER.size
    if footer_start < 0 or not data.endswith(MAGIC):
        return None
    opcode, length, start, offsets, crc = _FOOTER.unpack_from(data, footer_start)
    start -= before
    data_end = start - _DATA_END.size
    if (opcode, length, offsets) != (FOOTER, 20, 0) or not max(0, len(PREAMBLE) - before) <= data_end <= footer_start:
        return None
    if zlib.crc32(data[start : footer_start + _FOOTER.size - 4]) != crc:
        return None
    opcode, length, data_crc = _DATA_END.unpack_from(data, data_end)
    if (opcode, length) != (DATA_END, 4):
        return None
    topics, counts, last = _summary(data[start:footer_start])
    inputs = sum(count for number, count in counts.items() if topics[number].startswith("/in/"))
    sound = before > 0 or zlib.crc32(memoryview(data)[:data_end]) == data_crc
    return Ending(data_end + before, inputs, HostNs(last), tuple(topics.values()), sound)


def _summary(section: bytes) -> tuple[dict[int, str], dict[int, int], int]:
    """Topics by channel, messages by channel, and the last time, of a summary whose CRC is right."""
    topics: dict[int, str] = {}
    counts: dict[int, int] = {}
    last = 0
    for opcode, start, end in split_records(section):
        if opcode == CHANNEL:
            number, topic, _ = parse_channel(section[start:end])
            topics[number] = topic
        elif opcode == STATISTICS:
            *_, last, _ = _STATISTICS.unpack_from(section, start)
            counts = dict(_COUNT.iter_unpack(section[start + _STATISTICS.size : end]))
    return topics, counts, last
