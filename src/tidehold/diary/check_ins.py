"""What the person has said, as a file beside the sessions: lines that are only ever added to.

`check-ins.jsonl` has one JSON object a line, each on the disk before the person is asked the next thing. A line of the
same moment (`at`) as an earlier one is a fuller version of it, and counts instead of it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from tidehold.diary.nouns import CheckIn
from tidehold.log.disk import make_directory, named, sync_directory_of, write_all

FILE_NAME: Final = "check-ins.jsonl"


class Said(NamedTuple):
    """All that is in a file, by time, and what is wrong with it, if anything."""

    check_ins: tuple[CheckIn, ...] = ()
    troubles: tuple[str, ...] = ()


def append(folder: Path, check_in: CheckIn) -> Path:
    """Add what the person says to the file of this folder; it is on the disk when this returns.

    Returns:
        The file.

    Raises:
        LogError: It cannot be written; the file is as it was before.
    """
    path = folder / FILE_NAME
    make_directory(folder.absolute())
    line = msgspec.json.encode(check_in, order="deterministic") + b"\n"
    with _held(path) as fd, named("write", path):
        size = os.lseek(fd, 0, os.SEEK_END)
        # what a killed process or a full disk left of a line stays alone on it
        torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
        try:
            write_all(fd, bytearray(b"\n" + line if torn else line))
            os.fsync(fd)
        except OSError:
            os.ftruncate(fd, size)
            raise
        if not size:
            sync_directory_of(path)
    return path


def read(folder: Path) -> Said:
    """All that the person has said; without a file nothing. Lines that cannot be read are named and passed over.

    Raises:
        LogError: The file cannot be read.
    """
    path = folder / FILE_NAME
    with named("read", path):
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            return Said()
    found: dict[int, CheckIn] = {}
    troubles = []
    lines = raw.split(b"\n")
    for number, line in enumerate(lines, 1):
        check_in = _read(line)
        if check_in is not None:
            found[check_in.at] = check_in
        elif line.strip():
            what = "was not written to its end" if number == len(lines) else "is no check-in"
            troubles.append(f"{path}: line {number} {what}; the others are read")
    return Said(tuple(found[at] for at in sorted(found)), tuple(troubles))


def forget(folder: Path, session_id: str) -> int:
    """Remove every line that belongs to a session; how many check-ins that were. All other lines stay as they are.

    Raises:
        LogError: The file cannot be read or written; it is as it was before.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return 0
    with _held(path), named("write", path):
        lines = path.read_bytes().splitlines(keepends=True)
        read_lines = [_read(line) for line in lines]
        gone = {each.at for each in read_lines if each is not None and each.session == session_id}
        if not gone:
            return 0
        kept = [line for line, each in zip(lines, read_lines, strict=True) if each is None or each.at not in gone]
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.writelines(kept)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        sync_directory_of(path)
    return len(gone)


@contextmanager
def _held(path: Path) -> Iterator[int]:
    """The file, open and locked: made for its owner only (0600) if it is missing."""
    with named("open", path):
        fd = _locked(path)
    try:
        yield fd
    finally:
        os.close(fd)


def _locked(path: Path) -> int:
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        fcntl.flock(fd, fcntl.LOCK_EX)
        try:
            if os.fstat(fd).st_ino == path.stat().st_ino:
                return fd
        except FileNotFoundError:
            pass
        os.close(fd)  # `forget` put another file in its place while we waited


def _read(line: bytes) -> CheckIn | None:
    try:
        return msgspec.json.decode(line, type=CheckIn)
    except msgspec.MsgspecError:
        return None
