"""A file under way: full disks, deleted files, threads."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.log.sessions import complaint, header, numbered
from tidehold.errors import LogError
from tidehold.log import disk
from tidehold.log.appender import CHUNK_LIMIT, Appender
from tidehold.log.disk import is_locked
from tidehold.log.reader import read_session
from tidehold.log.verify import verify


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Appender]:
    appender = Appender(tmp_path / "x.mcap.part", header())
    yield appender
    appender.close()


def add(file: Appender, *numbers: int, size: int = 1) -> None:
    for number in numbers:
        file.add("/in/strap/hr", number, number, bytes([number % 256]) * size)


def read(path: Path) -> list[int]:
    return list(numbered(path))


class FullDisk:
    """`os.write` with so much room left."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
        self._really = os.write
        self.room = room
        monkeypatch.setattr(os, "write", self)

    def __call__(self, fd: int, data: bytearray) -> int:
        if self.room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = self._really(fd, data[: self.room])
        self.room -= written
        return written


def test_the_header_is_on_the_disk_before_anything_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(disk, "sync_data", lambda fd: synced.append(os.fstat(fd).st_size))
    appender = Appender(tmp_path / "x", header())
    assert synced == [appender.bytes_written]
    assert read_session(tmp_path / "x", unfinished=True).header == header()
    appender.close()


def test_what_was_flushed_is_in_the_file_and_what_was_not_is_not(file: Appender) -> None:
    add(file, 1, 2)
    before = file.bytes_written
    file.flush()
    assert file.bytes_written > before
    assert file.path.stat().st_size == file.bytes_written
    add(file, 3)
    assert [m.sequence for m in read_session(file.path, unfinished=True).messages() if m.topic != "/header"] == [1, 2]


def test_a_chunk_is_closed_when_it_is_large_enough(file: Appender) -> None:
    before = file.bytes_written
    add(file, *range(1, 10), size=CHUNK_LIMIT // 8)
    assert file.bytes_written > before


def test_a_completed_file_is_sound_under_its_final_name(file: Appender, tmp_path: Path) -> None:
    add(file, 1, 2)
    file.complete([("/in/strap/hr", 3, 3, b"x")])
    file.rename(tmp_path / "x.mcap")
    assert file.path == tmp_path / "x.mcap"
    assert not (tmp_path / "x.mcap.part").exists()
    assert verify(file.path).sound
    assert read(file.path) == [1, 2, 3]


@pytest.mark.parametrize("room", range(0, 3000, 101))
def test_a_full_disk_is_said_and_nothing_is_forgotten(
    room: int, file: Appender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(file, 1, 2)
    file.flush()
    full = FullDisk(monkeypatch, room)
    failures = 0
    for number in range(3, 12):
        add(file, number, size=300)
        said = complaint(file.flush)
        failures += said is not None
        assert said is None or said.startswith(
            f"cannot write to {file.path}: No space left on device: the disk is full"
        )
        kept = [m.sequence for m in read_session(file.path, unfinished=True).messages() if m.topic != "/header"]
        assert kept == list(range(1, len(kept) + 1))
        assert len(kept) >= (2 if said else number)
    with pytest.raises(LogError, match="disk is full"):
        file.complete()
    assert failures > 0 or room > 500
    full.room = 10**9
    file.complete()
    file.rename(tmp_path / "x.mcap")
    assert verify(file.path).sound
    assert read(file.path) == list(range(1, 12))


def test_a_disk_that_is_full_from_the_start_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FullDisk(monkeypatch, 20)
    closed: list[int] = []
    really = os.close

    def close(fd: int) -> None:
        closed.append(fd)
        really(fd)

    monkeypatch.setattr(os, "close", close)
    with pytest.raises(LogError, match=r"cannot write to .*x\.mcap\.part: No space left"):
        Appender(tmp_path / "x.mcap.part", header())
    assert len(closed) == 1
    assert list(tmp_path.iterdir()) == []


LIMITED = """
import resource, sys
from pathlib import Path
from tests.log.sessions import header
from tidehold.errors import LogError
from tidehold.log.appender import Appender
resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
file = Appender(Path(sys.argv[1]), header())
try:
    for number in range(1, 100):
        file.add("/in/strap/hr", number, number, bytes(range(number)) * 3)
        file.flush()
except LogError as error:
    sys.exit(str(error))
"""


def test_a_limit_on_the_size_of_files_is_named(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "x.mcap.part")],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "File too large: the file would become larger than is allowed here" in run.stderr
    found = read_session(tmp_path / "x.mcap.part", unfinished=True)
    assert found.inputs_count > 3


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="a small file system is made by root on Linux")
def test_a_small_file_system_that_is_full(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(small)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        with closing(Appender(small / "x.mcap.part", header())) as file:
            said, number = None, 0
            while said is None:
                number += 1
                file.add("/in/strap/pmd", number, number, os.urandom(500))
                said = complaint(file.flush)
        shutil.copy(small / "x.mcap.part", tmp_path / "copy.mcap.part")
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert "No space left on device: the disk is full" in said
    assert 50_000 < (tmp_path / "copy.mcap.part").stat().st_size <= 65536
    assert read_session(tmp_path / "copy.mcap.part", unfinished=True).inputs_count > 50


@pytest.mark.parametrize("whole_folder", [False, True])
def test_a_deleted_file_is_put_back_and_recorded_on(whole_folder: bool, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    file = Appender(tmp_path / "deep" / "x.mcap.part", header())
    add(file, 1, 2)
    file.flush()
    if whole_folder:
        shutil.rmtree(file.path.parent)
    else:
        file.path.unlink()
    add(file, 3)
    file.flush()
    assert read_session(file.path, unfinished=True).inputs_count == 3
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert is_locked(file.path)
    add(file, 4)
    file.sync()
    file.complete()
    file.rename(tmp_path / "x.mcap")
    assert verify(tmp_path / "x.mcap").sound
    assert read(tmp_path / "x.mcap") == [1, 2, 3, 4]


def test_a_deleted_file_that_cannot_be_put_back_yet_is_put_back_later(
    file: Appender, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(file, 1)
    file.flush()
    file.path.unlink()
    full = FullDisk(monkeypatch, 300)
    with pytest.raises(LogError, match=r"cannot put back the deleted file .*x.mcap.part: .*the disk is full"):
        file.flush()
    assert not file.path.exists()
    full.room = 10**9
    file.flush()
    assert read_session(file.path, unfinished=True).inputs_count == 1


def test_a_moved_file_is_told(file: Appender, tmp_path: Path) -> None:
    file.path.rename(tmp_path / "elsewhere")
    add(file, 1)
    with pytest.raises(LogError, match="was moved while it was recorded: what was recorded is safe"):
        file.flush()
    assert read_session(tmp_path / "elsewhere", unfinished=True).inputs_count == 1


def test_another_file_in_its_place_is_told(file: Appender, tmp_path: Path) -> None:
    file.path.rename(tmp_path / "elsewhere")
    file.path.write_bytes(b"somebody else's")
    add(file, 1)
    with pytest.raises(LogError, match="was moved"):
        file.flush()
    assert file.path.read_bytes() == b"somebody else's"


def test_a_final_name_that_is_taken_leaves_both_files(file: Appender, tmp_path: Path) -> None:
    (tmp_path / "x.mcap").write_bytes(b"kept")
    file.complete()
    with pytest.raises(LogError, match=r"cannot rename x\.mcap\.part to"):
        file.rename(tmp_path / "x.mcap")
    assert (tmp_path / "x.mcap").read_bytes() == b"kept"
    assert (tmp_path / "x.mcap.part").exists()
    file.rename(tmp_path / "y.mcap")
    assert verify(tmp_path / "y.mcap").sound


def test_after_the_end_flush_and_sync_do_nothing_and_completing_is_an_error(file: Appender, tmp_path: Path) -> None:
    file.complete()
    length = file.bytes_written
    add(file, 1)
    file.flush()
    assert file.bytes_written == length
    file.rename(tmp_path / "x.mcap")
    file.flush()
    file.sync()
    file.close()
    with pytest.raises(ValueError, match="is closed"):
        file.complete()


def test_a_sync_that_fails_is_named(file: Appender, monkeypatch: pytest.MonkeyPatch) -> None:
    def bad(fd: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(disk, "sync_data", bad)
    with pytest.raises(LogError, match=r"cannot write to .*part: Input/output error: the disk reports errors"):
        file.sync()


def test_flushing_does_not_wait_for_a_sync_in_another_thread(file: Appender, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, leave = threading.Event(), threading.Event()

    def slow(fd: int) -> None:
        entered.set()
        assert leave.wait(10)

    monkeypatch.setattr(disk, "sync_data", slow)
    thread = threading.Thread(target=file.sync)
    thread.start()
    assert entered.wait(10)
    add(file, 1)
    file.flush()  # would never return if it waited
    assert read_session(file.path, unfinished=True).inputs_count == 1
    closer = threading.Thread(target=file.close)
    closer.start()
    os.fstat(file._fd or -1)  # open as long as it is being synced
    leave.set()
    thread.join(10)
    closer.join(10)
    assert file._fd is None


def test_syncing_in_threads_while_appending_harms_nothing(file: Appender, tmp_path: Path) -> None:
    stop = threading.Event()
    errors: list[BaseException] = []

    def sync() -> None:
        try:
            while not stop.is_set():
                file.sync()
        except BaseException as error:  # noqa: BLE001 - told below
            errors.append(error)

    threads = [threading.Thread(target=sync) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(1, 400):
        add(file, number)
        if number % 7 == 0:
            file.flush()
    file.complete()
    file.rename(tmp_path / "x.mcap")
    stop.set()
    for thread in threads:
        thread.join()
    assert not errors
    assert read(tmp_path / "x.mcap") == list(range(1, 400))
