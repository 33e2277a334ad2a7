"""Finds every intact chunk of a file, whatever happened to the rest. Pure.

A chunk is intact if its record holds together, its content has the right CRC-32,
and it begins with the stamp of this session: what a disk shows in place of lost
blocks may well be an older session. After damage the search goes on with the
next zstd frame, wherever it is, so that a wrong length hides nothing; a frame's
own checksum vouches for its content even where the record around it is damaged.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

import zstandard

from tidehold.errors import LogError
from tidehold.log.layout import (
    CHANNEL,
    CHUNK,
    CHUNK_HEAD,
    MESSAGE,
    PREAMBLE,
    RECORD,
    SCHEMA,
    Stamp,
    parse_channel,
    stamp_of,
)
from tidehold.log.packer import Ending, find_ending

CONTENT_BOUND: Final = 64 * 1024 * 1024
"""No chunk holds more bytes; a damaged length must not ask for all memory."""
_FRAME_HEAD: Final = 18
"""Longest header of a zstd frame (RFC 8878, 3.1.1.1)."""
_MESSAGE_BODY: Final = struct.Struct("<HIQQ")


class Chunk(NamedTuple):
    """An intact chunk: its bytes in the file, the times its record claims, and its content."""

    start: int
    end: int
    first: int
    last: int
    content: bytes


class Damage(NamedTuple):
    """Bytes that could not be read, and what is wrong with them."""

    start: int
    end: int
    what: str


class Message(NamedTuple):
    """One message of a chunk."""

    topic: str
    sequence: int
    t: int
    payload: bytes


class Scan:
    """The pieces of a session file in order; may be iterated again.

    `ending` is the end of a finished file, None if it is damaged or missing;
    `stamp` says whose session it is, once the first chunk was seen.

    Args:
        data: The file, or a part of it.
        part: Whether it is a part that begins anywhere, and whose ending is not looked for.
    """

    def __init__(self, data: bytes, *, part: bool = False) -> None:
        self.ending: Ending | None = None if part else find_ending(data)
        self.stamp: Stamp | None = None
        self._data = data
        self._part = part
        self._end = self.ending.start if self.ending else len(data)

    def __iter__(self) -> Iterator[Chunk | Damage]:
        """Chunks, and the damage between them."""
        at = 0
        if self._data.startswith(PREAMBLE):
            at = len(PREAMBLE)
        elif not self._part and self._data:
            following = self._next(0)
            yield Damage(0, following.start if following else self._end, "this is not how a session file begins")
            at = following.start if following else self._end
        while at < self._end:
            found = self._chunk(at)
            if isinstance(found, str):
                following = self._next(at)
                yield Damage(at, following.start if following else self._end, found)
                if following is None:
                    return
                found = following
            yield found
            at = found.end

    def _chunk(self, at: int) -> Chunk | str:
        """The chunk whose record begins here, or why there is none."""
        data = self._data
        if self._end - at < CHUNK_HEAD.size:
            return "the last record is cut short"
        opcode, length, first, last, size, crc, name_size, name, packed = CHUNK_HEAD.unpack_from(data, at)
        if opcode != CHUNK or (name_size, name) != (4, b"zstd") or length != CHUNK_HEAD.size - RECORD.size + packed:
            return "no sound chunk begins here"
        frame = at + CHUNK_HEAD.size
        end = frame + packed
        if end > self._end:
            return "the last chunk is cut short"
        content = self._decompress(frame, end, size)
        if content is None or zlib.crc32(content) != crc:
            return "a chunk's content does not match its CRC"
        return Chunk(at, end, first, last, content) if self._is_ours(content) else "a chunk is not of this session"

    def _next(self, at: int) -> Chunk | None:
        """The next intact chunk after damage."""
        frame = at
        while (frame := self._data.find(zstandard.FRAME_HEADER, frame, self._end)) >= 0:
            start = frame - CHUNK_HEAD.size
            found = self._chunk(start) if start >= at else None
            if not isinstance(found, Chunk):
                found = self._bare_frame(frame)
            if found is not None:
                return found
            frame += 1
        return None

    def _bare_frame(self, frame: int) -> Chunk | None:
        """The chunk of a frame whose record is damaged; its times are then not known, and said as -1."""
        parameters = _frame_parameters(self._data, frame)
        if parameters is None or not parameters.has_checksum:
            return None
        size = parameters.content_size
        bound = frame + _FRAME_HEAD + size + size // 128 + 1024  # what cannot be packed grows by no more than this
        decompress = _decompressor().decompressobj()
        try:
            content = decompress.decompress(self._data[frame : min(bound, self._end)])
        except zstandard.ZstdError:
            return None
        if not decompress.eof or not self._is_ours(content):
            return None
        return Chunk(frame, min(bound, self._end) - len(decompress.unused_data), -1, -1, content)

    def _decompress(self, frame: int, end: int, size: int) -> bytes | None:
        parameters = _frame_parameters(self._data, frame)
        if parameters is None or parameters.content_size != size:
            return None
        try:
            return _decompressor().decompress(self._data[frame:end])
        except zstandard.ZstdError:
            return None

    def _is_ours(self, content: bytes) -> bool:
        stamp = stamp_of(content)
        self.stamp = self.stamp or stamp
        return stamp is not None and stamp == self.stamp


def _decompressor() -> zstandard.ZstdDecompressor:
    """A new one each time (15 us): a player reads a file in two threads, and one that both use crashes the process."""
    return zstandard.ZstdDecompressor(max_window_size=CONTENT_BOUND)


def _frame_parameters(data: bytes, frame: int) -> zstandard.FrameParameters | None:
    """What a frame says of itself, if it is believable."""
    try:
        parameters = zstandard.get_frame_parameters(data[frame : frame + _FRAME_HEAD])
    except zstandard.ZstdError:
        return None
    return parameters if 0 < parameters.content_size <= CONTENT_BOUND else None


def messages(content: bytes) -> Iterator[Message]:
    """The messages of a chunk, in order.

    Raises:
        LogError: The content is not what a session file has.
    """
    topics: dict[int, str] = {}
    at, size = 0, len(content)
    try:
        while at < size:
            opcode, length = RECORD.unpack_from(content, at)
            start = at + RECORD.size
            at = start + length
            if at > size:
                raise LogError("a record reaches beyond its chunk")
            if opcode == MESSAGE:
                number, sequence, t, _ = _MESSAGE_BODY.unpack_from(content, start)
                yield Message(topics[number], sequence, t, content[start + _MESSAGE_BODY.size : at])
            elif opcode == CHANNEL:
                number, topic, _ = parse_channel(content[start:at])
                topics[number] = topic
            elif opcode != SCHEMA:
                raise LogError(f"a chunk holds a record of an unknown kind ({opcode})")
    except KeyError as error:
        raise LogError(f"a message is of channel {error}, which its chunk does not describe") from error
    except struct.error as error:
        raise LogError(f"a record is cut short: {error}") from error
