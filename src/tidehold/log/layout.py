"""The grammar of a session file: MCAP records, topics and schemas, and what every chunk says of itself.

Pure. The format is docs/session-format.md; the records are those of the MCAP
specification (https://mcap.dev/spec), of which a session uses eight.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from tidehold.errors import LogError
from tidehold.log.derived import Digest
from tidehold.records import Breath, Cue, Estimate, Gap, Hold, Link, Mark, Rejected, Sample, Stop, Tick, UnixNs
from tidehold.routine import Finding, Measured, Scored

MAGIC: Final = b"\x89MCAP0\r\n"
FILE_HEADER, FOOTER, SCHEMA, CHANNEL, MESSAGE, CHUNK, STATISTICS, DATA_END = 1, 2, 3, 4, 5, 6, 11, 15
"""Opcodes."""

RECORD: Final = struct.Struct("<BQ")
"""Opcode, and length of what follows."""
MESSAGE_HEAD: Final = struct.Struct("<BQHIQQ")
"""Opcode, length, channel, sequence, log time, publish time."""
CHUNK_HEAD: Final = struct.Struct("<BQQQQII4sQ")
"""Opcode, length, first and last time, size, CRC, compression (length, name), compressed length."""

HEADER_TOPIC: Final = "/header"
RECOVERED_TOPIC: Final = "/recovered"
RAW: Final = "x-tidehold-raw"
"""Message encoding of frames: the payload as it arrived."""


class Stamp(NamedTuple):
    """What every chunk says of itself: whose it is, even when all other chunks are lost."""

    session: str
    started: UnixNs


def record(opcode: int, *parts: bytes) -> bytes:
    """An MCAP record."""
    body = b"".join(parts)
    return RECORD.pack(opcode, len(body)) + body


def prefixed(raw: bytes) -> bytes:
    """Bytes behind their length, as MCAP says strings, maps and schemas."""
    return len(raw).to_bytes(4, "little") + raw


def text(value: str) -> bytes:
    """A string."""
    return prefixed(value.encode())


PREAMBLE: Final = MAGIC + record(FILE_HEADER, text("tidehold"), text("tidehold"))
"""How every session file begins, to the byte: magic, MCAP profile, library."""


def _schema(number: int, kind: type) -> bytes:
    """JSON schema of a record as an MCAP schema record, without its prose."""

    def array(found: type) -> dict[str, Any]:
        item = {"type": "integer" if "int64" in str(found) else ["number", "array"]}
        return {"type": "array", "items": item}

    def whole(part: Any) -> Any:
        """With all that it is made of in its place: few readers follow references."""
        if isinstance(part, list):
            return [whole(each) for each in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return whole(parts[part["$ref"]])
        return {key: whole(value) for key, value in part.items() if key != "description"}

    _, parts = msgspec.json.schema_components([kind], schema_hook=array, ref_template="{name}")
    schema = whole(parts[kind.__name__])
    packed = prefixed(msgspec.json.encode(schema, order="deterministic"))
    return record(SCHEMA, number.to_bytes(2, "little"), text(f"tidehold.{kind.__name__}"), text("jsonschema"), packed)


_IN: Final = (Link, Tick, Mark, Stop)
_OUT: Final = (Sample, Gap, Estimate, Cue, Rejected, Digest, Breath, Hold, Measured, Finding, Scored)
SCHEMAS: Final = tuple(_schema(number, kind) for number, kind in enumerate((*_IN, *_OUT), 1))
"""Schema records, the same in every file; a schema's id is its place, from 1."""
_SCHEMA_OF: Final = {
    f"/{way}/{kind.__name__.lower()}": number
    for number, (way, kind) in enumerate([*(("in", kind) for kind in _IN), *(("out", kind) for kind in _OUT)], 1)
}
_SAMPLE: Final = _SCHEMA_OF["/out/sample"]


def pack_channel(number: int, topic: str, metadata: Mapping[str, str]) -> bytes:
    """A channel record; the topic says how its messages are encoded."""
    if topic in _SCHEMA_OF:
        schema, encoding = _SCHEMA_OF[topic], "json"
    elif topic.startswith("/in/"):
        schema, encoding = 0, RAW
    elif topic.startswith("/out/"):
        schema, encoding = _SAMPLE, "json"
    else:
        schema, encoding = 0, "json"
    pairs = b"".join(text(key) + text(value) for key, value in metadata.items())
    return record(CHANNEL, struct.pack("<HH", number, schema), text(topic), text(encoding), prefixed(pairs))


def pack_stamp(stamp: Stamp) -> bytes:
    """The record that every chunk begins with: the channel of the header, with the stamp as its metadata."""
    return pack_channel(1, HEADER_TOPIC, {"session": stamp.session, "started": str(stamp.started)})


def stamp_of(content: bytes) -> Stamp | None:
    """Whose chunk this content is; None if it is not a session's."""
    if len(content) < RECORD.size:
        return None
    opcode, length = RECORD.unpack_from(content)
    return _parse_stamp(content[RECORD.size : RECORD.size + length]) if opcode == CHANNEL else None


@lru_cache(maxsize=16)
def _parse_stamp(body: bytes) -> Stamp | None:
    try:
        number, topic, metadata = parse_channel(body)
        stamp = Stamp(metadata["session"], UnixNs(int(metadata["started"])))
    except (LogError, KeyError, ValueError):
        return None
    return stamp if (number, topic) == (1, HEADER_TOPIC) else None


@lru_cache(maxsize=1024)
def parse_channel(body: bytes) -> tuple[int, str, Mapping[str, str]]:
    """Id, topic and metadata of a channel record's body. Chunks repeat their channels: hence the cache.

    Raises:
        LogError: Not a channel record.
    """
    try:
        number, _ = struct.unpack_from("<HH", body)
        topic, at = _string(body, 4)
        _, at = _string(body, at)  # its encoding, which the topic says as well
        (length,) = struct.unpack_from("<I", body, at)
        at += 4
        if at + length != len(body):
            raise ValueError("its metadata are cut short")
        strings = []
        while at < len(body):
            value, at = _string(body, at)
            strings.append(value)
        return number, topic, dict(zip(strings[::2], strings[1::2], strict=True))
    except (struct.error, ValueError) as error:
        raise LogError(f"a channel record is not readable: {error}") from error


def _string(body: bytes, at: int) -> tuple[str, int]:
    """The string at `at`, and where it ends."""
    (length,) = struct.unpack_from("<I", body, at)
    end = at + 4 + length
    if end > len(body):
        raise ValueError("a string reaches beyond its record")
    return body[at + 4 : end].decode(), end


def split_records(section: bytes) -> Iterator[tuple[int, int, int]]:
    """Opcode of each record, and where its body begins and ends.

    Raises:
        LogError: A record reaches beyond the end of the section.
    """
    at, size = 0, len(section)
    while at < size:
        if size - at < RECORD.size:
            raise LogError("a record is cut short")
        opcode, length = RECORD.unpack_from(section, at)
        start = at + RECORD.size
        at = start + length
        if at > size:
            raise LogError("a record reaches beyond its section")
        yield opcode, start, at
