from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.diary.days import said
from tidehold.diary import check_ins
from tidehold.diary.check_ins import FILE_NAME, Said
from tidehold.errors import LogError

ROOT = Path(__file__).parents[2]


def test_what_was_said_is_read_by_time(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    assert check_ins.read(folder) == Said()
    later, earlier = said(2, pain=3, where="Hüfte"), said(1, items={"sleep position": "on the side"})
    assert check_ins.append(folder, later) == folder / FILE_NAME
    check_ins.append(folder, earlier)
    assert check_ins.read(folder) == Said((earlier, later))
    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_fuller_version_of_the_same_moment_counts(tmp_path: Path) -> None:
    check_ins.append(tmp_path, said(1, pain=3))
    check_ins.append(tmp_path, said(1, pain=3, note="more"))
    assert check_ins.read(tmp_path).check_ins == (said(1, pain=3, note="more"),)
    assert len((tmp_path / FILE_NAME).read_text().splitlines()) == 2


@pytest.mark.parametrize("cut", [1, 2, 10, 60])
def test_a_torn_last_line_is_said_and_takes_no_other_with_it(cut: int, tmp_path: Path) -> None:
    path = check_ins.append(tmp_path, said(1, pain=3))
    check_ins.append(tmp_path, said(2, pain=4))
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    kept = (said(1, pain=3),) if cut > 1 else (said(1, pain=3), said(2, pain=4))
    found = check_ins.read(tmp_path)
    assert found.check_ins == kept
    assert found.troubles == (() if cut == 1 else (f"{path}: line 2 was not written to its end; the others are read",))
    check_ins.append(tmp_path, said(3, pain=5))
    again = check_ins.read(tmp_path)
    assert again.check_ins == (*kept, said(3, pain=5))
    assert again.troubles == (() if cut == 1 else (f"{path}: line 2 is no check-in; the others are read",))
    assert path.read_bytes().startswith(whole[:-cut])


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = check_ins.append(tmp_path, said(1, pain=3))
    before = path.read_bytes()
    real = os.write

    def half(fd: int, data: bytes) -> int:
        if len(data) < 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(fd, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(LogError, match="the disk is full"):
        check_ins.append(tmp_path, said(2, pain=4))
    monkeypatch.undo()
    assert path.read_bytes() == before


def test_forgetting_a_session_removes_its_lines_and_no_others(tmp_path: Path) -> None:
    path = check_ins.append(tmp_path, said(1, session="gone", note="SECRET"))
    for each in (said(1, session="gone", note="SECRET TOO"), said(2, session="kept"), said(3)):
        check_ins.append(tmp_path, each)
    with path.open("ab") as file:
        file.write(b'{"at": 7, "later version": true}\nno check-in\n')
    lines = path.read_bytes().splitlines(keepends=True)
    assert check_ins.forget(tmp_path, "gone") == 1
    assert path.read_bytes() == b"".join(lines[2:])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert check_ins.forget(tmp_path, "gone") == 0
    assert check_ins.forget(tmp_path / "none", "gone") == 0
    assert [each.name for each in tmp_path.iterdir()] == [FILE_NAME]


def test_a_file_that_was_replaced_while_one_waited_for_it_gets_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = check_ins.append(tmp_path, said(1, pain=3))
    lines = path.read_bytes()
    waited: list[int] = []

    def wait(fd: int, kind: int) -> None:
        if len(waited) < 2:  # `forget` puts another file there, or somebody removes it
            path.unlink()
            path.write_bytes(lines) if not waited else None
        waited.append(fd)

    monkeypatch.setattr("tidehold.diary.check_ins.fcntl.flock", wait)
    check_ins.append(tmp_path, said(2, pain=4))
    assert len(waited) == 3
    assert check_ins.read(tmp_path).check_ins == (said(2, pain=4),)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(LogError, match=FILE_NAME):
        check_ins.read(tmp_path)
    with pytest.raises(LogError, match=FILE_NAME):
        check_ins.append(tmp_path, said())


def process(folder: Path, first: int, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.diary.writing", "file", str(folder), str(first), str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_two_processes_write_at_once_and_every_line_is_whole(tmp_path: Path) -> None:
    both = [process(tmp_path, first, 100) for first in (0, 1)]
    for each in both:
        each.communicate()
        assert each.returncode == 0
    found = check_ins.read(tmp_path)
    assert found.troubles == ()
    assert [each.at for each in found.check_ins] == list(range(200))


def test_what_a_killed_process_had_said_is_there(tmp_path: Path) -> None:
    with process(tmp_path, 0, 0) as killed:
        assert killed.stdout is not None
        heard = [int(killed.stdout.readline()) for _ in range(30)]
        killed.send_signal(signal.SIGKILL)
        heard += [int(line) for line in killed.stdout if line.endswith("\n")]
    assert killed.returncode == -signal.SIGKILL
    kept = [each.at for each in check_ins.read(tmp_path).check_ins]
    assert kept[: len(heard)] == heard
    assert len(kept) <= len(heard) + 1
