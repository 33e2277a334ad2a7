"""Lists of sessions."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from mcap.writer import Writer

from tests.log.sessions import NOW, STARTED, SmallFold, header, inputs, spans, write
from tidehold.errors import LogError
from tidehold.log import catalog as room
from tidehold.log import disk
from tidehold.log.catalog import Listed, sessions
from tidehold.log.recover import recover
from tidehold.log.writer import SessionWriter
from tidehold.records import HostNs, Tick


def one(folder: Path) -> Listed:
    (listed,) = sessions(folder)
    return listed


def test_a_finished_session(finished: Path) -> None:
    assert one(finished.parent) == Listed(
        path=str(finished),
        state="finished",
        session="test-1",
        started=STARTED,
        length_s=10.0,
        inputs=len(inputs(10)),
        streams={"strap/acc": 1000, "strap/hr": 10, "strap/rr": 20},
        why="",
    )


def test_an_interrupted_session(part: Path) -> None:
    listed = one(part.parent)
    assert (listed.state, listed.session, listed.started) == ("interrupted", "test-1", STARTED)
    assert listed.inputs == len(inputs(10)) - 1
    assert listed.length_s == pytest.approx(9.9, abs=0.1)
    assert listed.streams == {"strap/acc": 900, "strap/hr": 9, "strap/rr": 18}
    assert listed.why == f"`tidehold recover {part}` saves all that is intact"


def test_a_session_being_recorded(tmp_path: Path) -> None:
    with SessionWriter.create(tmp_path, header()) as log:
        listed = one(tmp_path)
        assert (listed.state, listed.inputs, listed.length_s, listed.why) == ("recording", None, 0.0, "")
        log.append(Tick(HostNs(10**9)))
        log.flush()
        assert (one(tmp_path).inputs, one(tmp_path).length_s) == (1, 1.0)


def test_a_session_being_made_that_has_no_byte_yet_is_recording(tmp_path: Path) -> None:
    fd = disk.create(tmp_path / "x.mcap.part")
    assert one(tmp_path) == Listed(
        path=str(tmp_path / "x.mcap.part"),
        state="recording",
        session=None,
        started=None,
        length_s=None,
        inputs=None,
        streams={},
        why="",
    )
    os.close(fd)


def test_a_recovered_session_and_not_the_part_it_was_made_from(part: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(part, tmp_path))
    recover(copy, NOW, make_fold=SmallFold)
    listed = one(tmp_path)
    assert (listed.state, listed.inputs, listed.why) == ("recovered", len(inputs(10)) - 1, "")


def test_a_damaged_end(finished: Path, tmp_path: Path) -> None:
    (tmp_path / finished.name).write_bytes(finished.read_bytes()[:-1])
    listed = one(tmp_path)
    assert (listed.state, listed.session, listed.length_s) == ("damaged", "test-1", 10.0)
    assert listed.why.startswith("its end is damaged or missing; `tidehold recover")


def test_a_damaged_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_PART", 20_000)
    path = write(tmp_path, inputs(60))
    data = bytearray(path.read_bytes())
    assert len(data) > 2 * room._PART
    data[: room._PART] = bytes(room._PART)
    path.write_bytes(data)
    listed = one(tmp_path)
    assert (listed.state, listed.session, listed.started) == ("damaged", "test-1", STARTED)
    assert listed.length_s == 60.0
    assert listed.why.startswith("its beginning is damaged; ")


def test_only_head_and_tail_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_PART", 20_000)
    write(tmp_path, inputs(60))
    lengths: list[int] = []
    really = disk.read_part

    def counted(path: Path, start: int, length: int) -> bytes:
        lengths.append(length)
        return really(path, start, length)

    monkeypatch.setattr(disk, "read_part", counted)
    monkeypatch.setattr(disk, "read_whole", None)
    assert one(tmp_path).inputs == len(inputs(60))
    assert sum(lengths) <= 2 * room._PART


def test_what_is_no_session_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "notes.mcap").write_text("x")
    (tmp_path / "empty.mcap").touch()
    (tmp_path / "folder.mcap").mkdir()
    with (tmp_path / "robot.mcap").open("wb") as file:
        writer: Any = Writer(file)
        writer.start("ros2")
        writer.add_message(writer.register_channel("/x", "json", 0), 1, b"{}", 1)
        writer.finish()
    assert sessions(tmp_path) == []


@pytest.mark.parametrize("content", [b"", bytes(5000)], ids=["empty", "zeros"])
def test_a_session_of_which_nothing_is_intact_is_still_shown(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "2026-09-21T141320Z_test-1.mcap").write_bytes(content)
    listed = one(tmp_path)
    assert (listed.state, listed.session, listed.why) == ("damaged", None, "nothing of it is intact")


def test_a_file_that_cannot_be_read_is_shown_with_the_reason(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(finished, tmp_path)

    def refuse(path: Path, start: int, length: int) -> bytes:
        raise LogError(f"cannot read {path}")

    monkeypatch.setattr(disk, "read_part", refuse)
    listed = one(tmp_path)
    assert (listed.state, listed.why) == ("damaged", f"cannot read {tmp_path / finished.name}")


def test_sessions_come_by_name_and_a_folder_that_is_none_is_an_error(
    finished: Path, part: Path, tmp_path: Path
) -> None:
    shutil.copy(finished, tmp_path / "b.mcap")
    shutil.copy(part, tmp_path / "a.mcap.part")
    shutil.copy(finished, tmp_path / "c.mcap")
    assert [Path(each.path).name for each in sessions(tmp_path)] == ["a.mcap.part", "b.mcap", "c.mcap"]
    with pytest.raises(LogError, match="cannot read the folder"):
        sessions(tmp_path / "none")


def test_a_torn_tail_does_not_hide_the_rest(part: Path, tmp_path: Path) -> None:
    last = spans(part)[-1]
    (tmp_path / part.name).write_bytes(part.read_bytes()[: last.start + 20])
    assert one(tmp_path).inputs == last.numbers[0] - 1
