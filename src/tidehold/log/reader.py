"""Reads a session file: everything is checked before the first value is returned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from tidehold.errors import LogError
from tidehold.log.disk import read_whole
from tidehold.log.inputs import is_input, read_input
from tidehold.log.layout import HEADER_TOPIC, MAGIC, PREAMBLE, RECOVERED_TOPIC
from tidehold.log.scan import Chunk, Damage, Message, Scan, messages
from tidehold.records import Input, UnixNs
from tidehold.session.header import Header, decode_header


class InputRange(msgspec.Struct, frozen=True, array_like=True):
    """Inputs by number, the last one included."""

    first: int
    last: int


class Lost(msgspec.Struct, frozen=True, array_like=True):
    """Bytes of a damaged file, the end not included, and what was wrong with them."""

    start: int
    end: int
    what: str


class Recovered(msgspec.Struct, frozen=True, kw_only=True):
    """What a recovered file says of its making."""

    source: str
    """Name of the file it was made from."""
    when: UnixNs
    lost: tuple[Lost, ...]
    missing: tuple[InputRange, ...]
    """Inputs that are known to be missing; how many after the last is not always known."""
    header: str
    """"kept", or what of it could not be."""
    outputs: str
    """"kept" as the live run wrote them, "made again" by folding what inputs there are, or why there are fewer."""


_recovered = msgspec.json.Decoder(Recovered)


class SessionFile:
    """A session file that was found sound when it was opened.

    `finished` is False for one that was read while unfinished; `recovered` is
    what `recover` noted, for a file that it made.
    """

    def __init__(self, path: Path, scan: Scan, header: Header, recovered: Recovered | None) -> None:
        self.path = path
        self.header = header
        self.recovered = recovered
        self.finished = scan.ending is not None
        self._scan = scan

    def messages(self) -> Iterator[Message]:
        """All messages in the order of the file, which is the order of arrival."""
        for piece in self._scan:
            if isinstance(piece, Chunk):
                yield from messages(piece.content)

    def inputs(self) -> Iterator[Input]:
        """The inputs, in order.

        Raises:
            LogError: An input is missing that no note of `recover` says to be missing.
        """
        known = {hole.first: hole.last + 1 for hole in self.recovered.missing} if self.recovered else {}
        expected = 1
        for topic, sequence, t, payload in self.messages():
            if is_input(topic):
                if sequence != expected:
                    expected = known.get(expected, expected)
                if sequence != expected:
                    raise LogError(f"{self.path}: input {expected} is missing: the next one is number {sequence}")
                expected += 1
                yield read_input(topic, t, payload)


def read_session(path: Path, *, unfinished: bool = False) -> SessionFile:
    """Open a session file, and check all of it.

    Args:
        path: The file.
        unfinished: Take also one that has no end, up to its last whole chunk.

    Raises:
        LogError: It cannot be read, is not a session, is damaged (what, at which byte, whether `recover` helps), or
            is of a newer format.
    """
    data = read_whole(path)
    scan = Scan(data)
    damage, header, recovered = _survey(path, scan)
    if header is None:
        raise LogError(_without_header(path, data, scan))
    fatal = damage[:-1] if unfinished and scan.ending is None and damage and damage[-1].end == len(data) else damage
    if fatal:
        raise LogError(
            f"{path} is damaged from byte {fatal[0].start} to {fatal[0].end}: {fatal[0].what}; "
            f"`tidehold recover {path}` saves all that is intact"
        )
    if scan.ending is None and not unfinished:
        raise LogError(
            f"{path} has no end (byte {len(data)}): it was interrupted, or is being recorded; "
            f"`tidehold recover {path}` completes it"
        )
    if scan.ending is not None and not scan.ending.data_sound:
        raise LogError(
            f"{path} is damaged: bytes 0 to {scan.ending.start} do not match their CRC; "
            f"`tidehold recover {path}` saves all that is intact"
        )
    return SessionFile(path, scan, header, recovered)


def read_inputs(path: Path) -> Iterator[Input]:
    """The inputs of a finished session, in order.

    Raises:
        LogError: See `read_session`; everything but a missing input is said before the first one is returned.
    """
    return read_session(path).inputs()


def _survey(path: Path, scan: Scan) -> tuple[list[Damage], Header | None, Recovered | None]:
    """All damage, and the first header and note of a recovery."""
    damage: list[Damage] = []
    header: Header | None = None
    recovered: Recovered | None = None
    for piece in scan:
        if isinstance(piece, Damage):
            damage.append(piece)
        elif header is None:
            header, recovered = read_head(path, piece)
    return damage, header, recovered


def read_head(path: Path, chunk: Chunk) -> tuple[Header | None, Recovered | None]:
    """Header and note of a recovery, as far as this chunk repeats them.

    Raises:
        LogError: They are of a newer format, or not readable.
    """
    header: Header | None = None
    recovered: Recovered | None = None
    try:
        for message in messages(chunk.content):
            if message.topic == HEADER_TOPIC:
                header = decode_header(message.payload)
            elif message.topic == RECOVERED_TOPIC:
                recovered = _recovered.decode(message.payload)
    except (LogError, msgspec.MsgspecError) as error:
        raise LogError(f"{path}: {error}") from error
    return header, recovered


def _without_header(path: Path, data: bytes, scan: Scan) -> str:
    """Why a file that shows no header is not a session, or no longer one."""
    if not data:
        return f"{path} is empty: there is nothing to recover"
    if scan.stamp is not None:
        return f"{path} is damaged: its header is lost; `tidehold recover {path}` saves all that is intact"
    if data.startswith(MAGIC) and not data.startswith(PREAMBLE[: len(data)]):
        return f"{path} is an MCAP file, but not a Tidehold session"
    if data.startswith(PREAMBLE[: len(data)]):
        return f"{path} ends at byte {len(data)}, before its header: there is nothing to recover"
    return f"{path} is not a Tidehold session, or nothing of it is intact: there is nothing to recover"
