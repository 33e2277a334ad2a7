"""One file that chunks are appended to, held locked, until it is finished under its own name."""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tidehold.errors import LogError
from tidehold.log import disk
from tidehold.log.layout import PREAMBLE
from tidehold.log.packer import Packer
from tidehold.session.header import Header

CHUNK_LIMIT: Final = 64 * 1024
"""A chunk is closed at so many bytes even if nobody flushes: damage takes one chunk."""


class Appender:
    """Appends messages to a new file.

    After an error of the disk nothing is forgotten: what could not be written is
    kept, and the next `flush` takes it up where it stopped. One thread adds and
    flushes; `sync` and `finish` may be called in another.

    Args:
        path: The file to make while it is unfinished.
        header: Written at once.
        notes: Further (topic, JSON) pairs to repeat beside it.

    Raises:
        LogError: The file cannot be made or written; names path, cause and what to do.
    """

    def __init__(self, path: Path, header: Header, notes: Sequence[tuple[str, bytes]] = ()) -> None:
        self.path = path
        self._packer = Packer(header, notes)
        self._unwritten = bytearray()
        self._length = 0
        self._crc = 0
        self._ended = False
        self._writing = threading.Lock()  # `flush` against `finish`
        self._syncing = threading.Lock()  # `sync` against `close`; never held while bytes are written
        self._fd: int | None = disk.create(path)
        try:
            self._queue(PREAMBLE)
            self._queue(self._packer.chunk(self._length, key=True))
            self._write(self._fd)
            self.sync()
            disk.sync_directory_of(path)
        except LogError:
            path.unlink(missing_ok=True)  # it holds nothing yet, and would look like an interrupted session
            self.close()
            raise

    @property
    def bytes_written(self) -> int:
        """Bytes that the operating system has."""
        return self._length - len(self._unwritten)

    def add(self, topic: str, sequence: int, t: int, payload: bytes) -> None:
        """Add a message. It is kept even when this raises: do not add it again.

        Raises:
            LogError: See `flush`.
        """
        self._packer.add(topic, sequence, t, payload)
        if self._packer.waiting >= CHUNK_LIMIT:
            self.flush()

    def flush(self) -> None:
        """Close the chunk and hand it to the operating system: a killed process then loses none of it.

        A file that somebody deleted meanwhile is put back, whole.

        Raises:
            LogError: Disk full, file moved...; names path, cause and what to do.
        """
        with self._writing:
            if self._fd is not None and not self._ended:
                self._queue(self._packer.chunk(self._length))
                self._write(self._fd)

    def sync(self) -> None:
        """Wait until the disk has all that was flushed: a power cut then loses none of it.

        Raises:
            LogError: The disk reports an error.
        """
        with self._syncing:
            if self._fd is not None:
                with disk.named("write to", self.path):
                    disk.sync_data(self._fd)

    def complete(self, last: Sequence[tuple[str, int, int, bytes]] = ()) -> None:
        """Write the end of the file. May be called again after it raised.

        Args:
            last: Messages to add before the end.

        Raises:
            LogError: See `flush`.
        """
        with self._writing:
            if self._fd is None:
                raise ValueError(f"{self.path} is closed")
            if not self._ended:
                for message in last:
                    self._packer.add(*message)
                self._queue(self._packer.chunk(self._length, key=True))
                self._queue(self._packer.ending(self._length, self._crc))
                self._ended = True
            self._write(self._fd)
        self.sync()

    def rename(self, final: Path) -> None:
        """Give the file its final name, and close it.

        Raises:
            LogError: The name is taken, or the folder cannot be written; the file stays as it is.
        """
        disk.rename(self.path, final)
        self.path = final
        self.close()

    def close(self) -> None:
        """Let go of the file as it is. An unfinished one can be recovered."""
        with self._writing, self._syncing:
            if self._fd is not None:
                os.close(self._fd)
                self._fd = None

    def _queue(self, packed: bytes) -> None:
        self._unwritten += packed
        self._length += len(packed)
        self._crc = zlib.crc32(packed, self._crc)

    def _write(self, fd: int) -> None:
        with disk.named("write to", self.path):
            disk.write_all(fd, self._unwritten)
        self._check_in_place(fd)

    def _check_in_place(self, fd: int) -> None:
        """A file that was deleted takes writes without complaint, and is gone when it is closed: put it back."""
        ours = os.fstat(fd)
        try:
            there = self.path.stat()
        except OSError:
            there = None
        if there is not None and (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino):
            return
        if ours.st_nlink:
            raise LogError(
                f"{self.path} was moved while it was recorded: what was recorded is safe where it is now; record again"
            )
        with disk.named("put back the deleted file", self.path):
            copy = self._copy(os.pread(fd, ours.st_size, 0))
        with self._syncing:
            os.close(fd)
            self._fd = copy

    def _copy(self, data: bytes) -> int:
        disk.make_directory(self.path.parent)
        fd = disk.create(self.path)
        try:
            disk.write_all(fd, bytearray(data))
            os.fsync(fd)
            disk.sync_directory_of(self.path)
        except BaseException:  # half a copy would stand in the way of the next try
            self.path.unlink()
            os.close(fd)
            raise
        return fd
