"""What is asked of the operating system, and how its refusals are said."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest

from tests.log.sessions import complaint
from tidehold.errors import LogError
from tidehold.log import disk


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "the disk is full; free some space"),
        (errno.EACCES, "change the permissions"),
        (errno.EROFS, "read-only"),
        (errno.EIO, "the disk reports errors"),
        (errno.EFBIG, "ulimit -f"),
        (errno.EMFILE, "check the disk"),
    ],
)
def test_an_error_names_action_path_cause_and_what_to_do(number: int, advice: str) -> None:
    with pytest.raises(LogError) as caught, disk.named("write to", Path("/some/file")):
        raise OSError(number, os.strerror(number))
    assert str(caught.value).startswith(f"cannot write to /some/file: {os.strerror(number)}: ")
    assert advice in str(caught.value)
    assert caught.value.exit_code == 3


def test_an_error_without_a_number_is_said_too() -> None:
    with pytest.raises(LogError, match="cannot read x: odd: check the disk"), disk.named("read", Path("x")):
        raise OSError("odd")


@pytest.mark.usefixtures("no_umask")
def test_new_folders_and_files_are_for_their_owner_only(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    disk.make_directory(deep)
    os.close(disk.create(deep / "file"))
    assert (mode(tmp_path / "a"), mode(deep), mode(deep / "file")) == (0o700, 0o700, 0o600)


@pytest.mark.usefixtures("no_umask")
def test_a_folder_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir(mode=0o755)
    disk.make_directory(tmp_path / "shared")
    assert mode(tmp_path / "shared") == 0o755


def test_a_folder_made_by_somebody_else_meanwhile_is_as_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = Path.mkdir

    def late(path: Path, mode: int = 0) -> None:
        really(path)
        raise FileExistsError(errno.EEXIST, "exists")

    monkeypatch.setattr(Path, "mkdir", late)
    disk.make_directory(tmp_path / "a")
    assert (tmp_path / "a").is_dir()


def test_a_folder_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(LogError, match=r"cannot make the folder .*choose another folder"):
            disk.make_directory(path)


def test_a_file_that_exists_is_not_made_again(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"kept")
    with pytest.raises(LogError, match=r"cannot create .*x: File exists: it exists already and is never overwritten"):
        disk.create(tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == b"kept"


def test_a_file_whose_file_system_has_no_locks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(fd: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(LogError, match="its file system knows no locks; choose a folder on a local disk"):
        disk.create(tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("number", "is_error"), [(errno.EINVAL, False), (errno.ENOTSUP, False), (errno.EIO, True)])
def test_a_file_system_that_cannot_sync_folders_will_do(
    number: int, is_error: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(fd: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    said = complaint(lambda: disk.sync_directory_of(tmp_path / "x"))
    assert (said is not None) == is_error


def test_a_new_file_is_locked_until_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "x"
    fd = disk.create(path)
    assert disk.is_locked(path)
    with pytest.raises(LogError, match="is being recorded or recovered just now"), disk.held(path):
        pass
    os.close(fd)
    assert not disk.is_locked(path)
    with disk.held(path):
        assert disk.is_locked(path)
    assert not disk.is_locked(path)


def test_a_rename_never_goes_over_another_file(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_bytes(b"a")
    b.write_bytes(b"b")
    with pytest.raises(LogError, match=r"cannot rename a to .*b: File exists"):
        disk.rename(a, b)
    assert (a.read_bytes(), b.read_bytes()) == (b"a", b"b")
    disk.rename(a, tmp_path / "c")
    assert (tmp_path / "c").read_bytes() == b"a"


def test_a_write_is_taken_up_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = os.write
    room = [3, 2, 0]

    def little_by_little(fd: int, waiting: bytearray) -> int:
        space = room.pop(0) if room else 100
        if not space:
            raise OSError(errno.ENOSPC, "full")
        return really(fd, waiting[:space])

    monkeypatch.setattr(os, "write", little_by_little)
    waiting = bytearray(b"0123456789")
    fd = disk.create(tmp_path / "x")
    with pytest.raises(OSError, match="full"):
        disk.write_all(fd, waiting)
    assert waiting == b"56789"
    disk.write_all(fd, waiting)
    os.close(fd)
    assert (tmp_path / "x").read_bytes() == b"0123456789"


def test_data_are_synced_where_there_is_no_fdatasync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.delattr(os, "fdatasync", raising=False)
    monkeypatch.setattr(os, "fsync", synced.append)
    disk.sync_data(7)
    assert synced == [7]


def test_what_cannot_be_read_is_zeros_and_the_rest_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = bytes(range(1, 256)) * 50
    (tmp_path / "x").write_bytes(whole)
    really = FileIO.read

    class BadDisk(FileIO):
        def readall(self) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

        def read(self, size: int | None = -1) -> bytes:
            if self.tell() == 4096:
                raise OSError(errno.EIO, "Input/output error")
            found = really(self, -1 if size is None else size)
            assert found is not None
            return found

    monkeypatch.setattr(Path, "open", lambda path, mode, buffering: BadDisk(path, mode))
    assert disk.read_whole(tmp_path / "x") == whole[:4096] + bytes(4096) + whole[8192:]


def test_other_errors_of_reading_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LogError, match=r"cannot read .*: Is a directory: it is a folder"):
        disk.read_whole(tmp_path)
    with pytest.raises(LogError, match="it does not exist, or no longer"):
        disk.read_whole(tmp_path / "none")

    class Odd(FileIO):
        def readall(self) -> bytes:
            raise OSError(errno.ENOMEM, "Cannot allocate memory")

    (tmp_path / "x").touch()
    monkeypatch.setattr(Path, "open", lambda path, mode, buffering: Odd(path, mode))
    with pytest.raises(LogError, match="Cannot allocate memory"):
        disk.read_whole(tmp_path / "x")


def test_a_part_of_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"0123456789")
    assert disk.read_part(tmp_path / "x", 3, 4) == b"3456"
    assert disk.read_part(tmp_path / "x", 8, 4) == b"89"


def test_files_are_listed_by_name_and_folders_are_none(tmp_path: Path) -> None:
    for name in ("b.x", "a.x", "c.y"):
        (tmp_path / name).touch()
    (tmp_path / "d.x").mkdir()
    assert [path.name for path in disk.files(tmp_path, ".x")] == ["a.x", "b.x"]
    with pytest.raises(LogError, match="cannot read the folder"):
        disk.files(tmp_path / "none", ".x")


def test_a_leftover_is_removed_unless_somebody_makes_it_just_now(tmp_path: Path) -> None:
    path = tmp_path / "x.making"
    disk.remove_leftover(path)
    fd = disk.create(path)
    with pytest.raises(LogError, match="being recorded or recovered"):
        disk.remove_leftover(path)
    os.close(fd)
    disk.remove_leftover(path)
    assert not path.exists()
