"""What the session file asks of the operating system, with its errors named.

Files are for their owner only (0600 in 0700). A file being recorded is held with
an advisory lock that ends with its process, however that ends.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Final

from tidehold.errors import LogError

_ADVICE: Final = {
    errno.ENOSPC: "the disk is full; free some space or choose another folder",
    errno.EDQUOT: "your disk quota is used up; free some space or choose another folder",
    errno.EFBIG: "the file would become larger than is allowed here (see `ulimit -f`); choose another folder",
    errno.EACCES: "permission is denied; choose another folder or change the permissions of this one",
    errno.EPERM: "permission is denied; choose another folder or change the permissions of this one",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.EIO: "the disk reports errors; record to another one, and copy this one's files while they can be read",
    errno.ENOENT: "it does not exist, or no longer; check the path",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another folder",
    errno.EISDIR: "it is a folder, not a file",
    errno.EEXIST: "it exists already and is never overwritten; choose another name or folder",
    errno.ENOLCK: "its file system knows no locks; choose a folder on a local disk",
}

_BLOCK: Final = 4096
"""Bytes lost around a bad place on the disk."""


@contextmanager
def named(action: str, path: Path) -> Iterator[None]:
    """Turn an error of the operating system into one that says what failed, where, and what to do."""
    try:
        yield
    except OSError as error:
        cause = error.strerror or str(error)
        advice = _ADVICE.get(error.errno or 0, "check the disk, or choose another folder")
        raise LogError(f"cannot {action} {path}: {cause}: {advice}") from error


def make_directory(path: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner only (0700).

    Raises:
        LogError: It cannot be made.
    """
    with named("make the folder", path):
        missing = [each for each in (path, *path.parents) if not each.exists()]
        for each in reversed(missing):
            with suppress(FileExistsError):  # made by somebody else just now
                each.mkdir(mode=0o700)
            _sync_directory(each.parent)
        if not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))


def create(path: Path) -> int:
    """A new file (0600), open and held locked.

    Raises:
        LogError: It exists, or cannot be made.
    """
    with named("create", path):
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
        except BaseException:
            path.unlink()
            os.close(fd)
            raise
        return fd


def rename(path: Path, name: Path) -> None:
    """Give a file another name in its folder, durably; never over another file.

    Raises:
        LogError: The name is taken, or the folder cannot be written.
    """
    with named(f"rename {path.name} to", name):
        if name.exists():  # no race: names are derived from files that are held locked
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        path.rename(name)
        _sync_directory(name.parent)


def sync_directory_of(path: Path) -> None:
    """Make a file's name as durable as its bytes.

    Raises:
        LogError: The disk reports an error.
    """
    with named("write the folder of", path):
        _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # network file systems that do not know this for folders
            raise
    finally:
        os.close(fd)


def sync_data(fd: int) -> None:
    """Wait until the disk has the file's bytes (macOS has no fdatasync)."""
    getattr(os, "fdatasync", os.fsync)(fd)


def write_all(fd: int, waiting: bytearray) -> None:
    """Write, and take off `waiting` what was written, so that a failed write can be taken up where it stopped.

    Raises:
        OSError: As from `os.write`.
    """
    while waiting:
        written = os.write(fd, waiting)
        del waiting[:written]


def is_locked(path: Path) -> bool:
    """Whether a recorder (or a recovery) holds this file just now.

    Raises:
        LogError: The file cannot be opened.
    """
    with named("open", path), path.open("rb") as file:
        return not try_lock(file.fileno(), fcntl.LOCK_SH)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a file, so that nobody else recovers it.

    Raises:
        LogError: It cannot be opened, or a recorder holds it.
    """
    with named("open", path), path.open("rb") as file:
        if not try_lock(file.fileno(), fcntl.LOCK_EX):
            raise LogError(f"{path} is being recorded or recovered just now; wait until that is done")
        yield


def try_lock(fd: int, kind: int) -> bool:
    """Lock an open file (`fcntl.LOCK_EX` or `LOCK_SH`), unless someone else holds it."""
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def read_whole(path: Path) -> bytes:
    """All bytes of a file. What the disk cannot read any more is zeros, which the CRCs then tell.

    Raises:
        LogError: The file cannot be opened.
    """
    with named("read", path), path.open("rb", buffering=0) as file:
        try:
            return file.readall()
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return _read_around_bad_places(file)


def _read_around_bad_places(file: FileIO) -> bytes:
    size = file.seek(0, os.SEEK_END)
    whole = bytearray(size)
    for start in range(0, size, _BLOCK):
        with suppress(OSError):
            file.seek(start)
            block = file.read(_BLOCK)
            whole[start : start + len(block)] = block
    return bytes(whole)


def read_part(path: Path, start: int, length: int) -> bytes:
    """Some bytes of a file; fewer where it ends.

    Raises:
        LogError: The file cannot be read.
    """
    with named("read", path), path.open("rb") as file:
        file.seek(start)
        return file.read(length)


def files(directory: Path, suffix: str) -> list[Path]:
    """Files of a folder whose names end so, by name.

    Raises:
        LogError: The folder cannot be read.
    """
    with named("read the folder", directory):
        return sorted(path for path in directory.iterdir() if path.name.endswith(suffix) and path.is_file())


def remove_leftover(path: Path) -> None:
    """Remove a half-made copy that a killed recovery left: all it holds is in the file it was made from.

    Raises:
        LogError: Another recovery is making it just now.
    """
    if path.exists():
        with held(path), named("remove", path):
            path.unlink()
