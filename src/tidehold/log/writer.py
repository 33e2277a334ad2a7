"""Records one session: raw input first, then what the fold said of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from tidehold.errors import LogError
from tidehold.log.appender import Appender
from tidehold.log.derived import Derived
from tidehold.log.disk import make_directory
from tidehold.log.inputs import pack_input
from tidehold.records import Input, Output
from tidehold.session.header import Header
from tidehold.units import NS

SUFFIX: Final = ".mcap"
PART_SUFFIX: Final = ".mcap.part"
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def session_file_name(header: Header) -> str:
    """Name of a session's file without its suffix: start (UTC) and id.

    Raises:
        LogError: The id of the session cannot be part of a file name.
    """
    if not _SAFE_NAME.fullmatch(header.session):
        raise LogError(f"session {header.session!r} cannot name a file: use letters, digits, '.', '_' and '-'")
    started = datetime.fromtimestamp(header.started // NS, UTC)
    return f"{started:%Y-%m-%dT%H%M%SZ}_{header.session}"


class SessionWriter:
    """A session being recorded to "<start>_<id>.mcap.part", until `finish` takes off the ".part".

    Use it in a `with` statement, or call `close`: leaving without `finish` leaves a
    file that `recover` completes. After an error nothing is forgotten; see `flush`.
    """

    def __init__(self, appender: Appender, final: Path) -> None:
        self._appender = appender
        self._final = final
        self._derived = Derived()
        self._inputs = 0
        self._outputs = 0

    @classmethod
    def create(cls, directory: Path, header: Header) -> Self:
        """Begin a file, with its header on the disk when this returns. Makes the folder if it is missing.

        Raises:
            LogError: It cannot be written, or exists; names path, cause and what to do.
        """
        name = session_file_name(header)
        make_directory(directory)
        final = directory / (name + SUFFIX)
        if final.exists():
            raise LogError(f"cannot create {final}: it exists already and is never overwritten")
        return cls(Appender(directory / (name + PART_SUFFIX), header), final)

    @property
    def path(self) -> Path:
        """The file as it is named now."""
        return self._appender.path

    @property
    def bytes_written(self) -> int:
        """Bytes that the operating system has."""
        return self._appender.bytes_written

    def append(self, item: Input) -> None:
        """Keep an input. It is kept even when this raises: do not append it again.

        Raises:
            LogError: See `flush`.
        """
        topic, payload = pack_input(item)
        self._inputs += 1
        self._appender.add(topic, self._inputs, item.t, payload)

    def put(self, out: Output) -> None:
        """Keep what the fold said, whole or as part of a digest.

        Raises:
            LogError: See `flush`.
        """
        for topic, t, payload in self._derived.encode(out):
            self._outputs += 1
            self._appender.add(topic, self._outputs, t, payload)

    def flush(self) -> None:
        """Hand all that was kept to the operating system: a killed process then loses none of it.

        After an error the next call takes up where this one stopped, so that a
        caller may wait for space on the disk. Does nothing once the file is finished.

        Raises:
            LogError: Disk full, file moved...; names path, cause and what to do.
        """
        self._appender.flush()

    def sync(self) -> None:
        """Wait until the disk has all that was flushed. May be called in a thread while this one appends.

        Raises:
            LogError: The disk reports an error.
        """
        self._appender.sync()

    def finish(self) -> Path:
        """Complete the file and give it its final name. May be called again after it raised.

        Raises:
            LogError: It cannot be completed; the unfinished file stays, for `recover`.
        """
        last = [
            (topic, number, t, payload)
            for number, (topic, t, payload) in enumerate(self._derived.close(), self._outputs + 1)
        ]
        self._appender.complete(last)
        self._appender.rename(self._final)
        return self._final

    def close(self) -> None:
        """Flush and let go of the file; one that is not finished is left for `recover`.

        Raises:
            LogError: See `flush`; the file is closed all the same.
        """
        try:
            self._appender.flush()
        finally:
            self._appender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
