"""Lists the sessions of a folder without reading all of them: the head and the tail of each file say enough."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal

import msgspec

from tidehold.errors import LogError
from tidehold.log import disk
from tidehold.log.derived import Digest
from tidehold.log.inputs import is_input
from tidehold.log.layout import PREAMBLE, RECOVERED_TOPIC
from tidehold.log.packer import find_ending
from tidehold.log.scan import Chunk, Message, Scan, messages
from tidehold.log.writer import PART_SUFFIX, SUFFIX
from tidehold.records import UnixNs
from tidehold.units import NS

_PART: Final = 256 * 1024
"""Bytes looked at, at either end."""
_NAME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z_.+")

State = Literal["finished", "interrupted", "recording", "recovered", "damaged"]


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One session of a folder.

    What could not be found out is None. `streams` are samples per stream, as of
    the last whole second that is in the file. "finished" and "recovered" are the
    file's own word: only `verify` reads every byte. `why` says what is wrong.
    """

    path: str
    state: State
    session: str | None
    started: UnixNs | None
    length_s: float | None
    inputs: int | None
    streams: dict[str, int]
    why: str


def sessions(directory: Path) -> list[Listed]:
    """The sessions of a folder, by name, which is by start. Files that are none are passed over.

    Raises:
        LogError: The folder cannot be read.
    """
    paths = [*disk.files(directory, SUFFIX), *disk.files(directory, PART_SUFFIX)]
    listed = (_look_at(path) for path in sorted(paths))
    return [each for each in listed if each is not None]


class _Ends:
    """What the head and the tail of a file say."""

    def __init__(self, path: Path) -> None:
        head = disk.read_part(path, 0, _PART)
        before = max(0, path.stat().st_size - _PART)
        tail = disk.read_part(path, before, _PART)
        self.ending = find_ending(tail, before)
        self.is_recovered = False
        self.last_input: int | None = None
        self.last: int | None = None
        self.streams: dict[str, int] = {}
        scan = Scan(head, part=True)
        first = next(iter(scan), None)
        self.begins_well = head.startswith(PREAMBLE) and isinstance(first, Chunk)
        self.stamp = scan.stamp
        scan = Scan(tail, part=True)
        for piece in (first, *scan):
            if isinstance(piece, Chunk):
                for message in messages(piece.content):
                    self._message(message)
        self.stamp = self.stamp or scan.stamp

    def _message(self, message: Message) -> None:
        self.last = max(self.last or 0, message.t)
        if is_input(message.topic):
            self.last_input = message.sequence
        elif message.topic == RECOVERED_TOPIC:
            self.is_recovered = True
        elif message.topic == "/out/digest":
            self.streams = msgspec.json.decode(message.payload, type=Digest).counts


def _look_at(path: Path) -> Listed | None:
    """What can be said of a file; None if it is no session."""
    try:
        ends = _Ends(path)
        is_recording = disk.is_locked(path)
    except (LogError, OSError, msgspec.MsgspecError) as error:
        return _damaged(path, str(error))
    if ends.stamp is None and not is_recording:
        return _damaged(path, "nothing of it is intact") if _NAME.fullmatch(path.name) else None
    state, why = _state(path, ends, is_recording=is_recording)
    return Listed(
        path=str(path),
        state=state,
        session=ends.stamp.session if ends.stamp else None,
        started=ends.stamp.started if ends.stamp else None,
        length_s=None if ends.last is None else ends.last / NS,
        inputs=ends.ending.inputs if ends.ending else ends.last_input,
        streams=ends.streams,
        why=why,
    )


def _state(path: Path, ends: _Ends, *, is_recording: bool) -> tuple[State, str]:
    advice = f"`tidehold recover {path}` saves all that is intact"
    if is_recording:
        return "recording", ""
    if path.name.endswith(PART_SUFFIX):
        return "interrupted", advice
    if ends.ending is None:
        return "damaged", f"its end is damaged or missing; {advice}"
    if not ends.begins_well:
        return "damaged", f"its beginning is damaged; {advice}"
    return ("recovered" if ends.is_recovered else "finished"), ""


def _damaged(path: Path, why: str) -> Listed:
    return Listed(
        path=str(path), state="damaged", session=None, started=None, length_s=None, inputs=None, streams={}, why=why
    )
