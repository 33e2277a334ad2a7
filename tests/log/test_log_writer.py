"""Recording a session: names, permissions, what is in the file when."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.log.sessions import SmallFold, header, inputs, write
from tidehold.errors import LogError
from tidehold.log.catalog import sessions
from tidehold.log.reader import read_session
from tidehold.log.recover import recover
from tidehold.log.verify import verify
from tidehold.log.writer import SessionWriter, session_file_name
from tidehold.records import Frame, HostNs, Stop, Tick, UnixNs

NAME = "2026-09-21T141320Z_test-1"


def test_a_file_is_named_after_start_and_id() -> None:
    assert session_file_name(header()) == NAME


@pytest.mark.parametrize("name", ["", "a/b", "../x", ".hidden", "a b", "ü", "a\n", "-x"])
def test_an_id_that_cannot_name_a_file_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(LogError, match="cannot name a file"):
        SessionWriter.create(tmp_path, header(name))
    assert list(tmp_path.iterdir()) == []


def test_a_session_comes_back_input_by_input(finished: Path) -> None:
    assert finished.name == NAME + ".mcap"
    file = read_session(finished)
    assert file.header == header()
    assert list(file.inputs()) == inputs(10)


def test_inputs_and_outputs_are_numbered_from_one_in_the_order_of_arrival(finished: Path) -> None:
    topics = [(m.topic.split("/")[1], m.sequence) for m in read_session(finished).messages()]
    for kind in ("in", "out"):
        numbers = [number for topic, number in topics if topic == kind]
        assert numbers == list(range(1, len(numbers) + 1))
    assert [topic for topic, _ in topics if topic != "header"][:4] == ["in", "in", "out", "in"]


def test_files_are_for_their_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with SessionWriter.create(tmp_path / "new" / "deep", header()) as log:
            assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
            log.finish()
    finally:
        os.umask(before)
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(log.path.parent.parent.stat().st_mode) == 0o700


def test_it_is_a_part_until_it_is_finished(tmp_path: Path) -> None:
    with SessionWriter.create(tmp_path, header()) as log:
        assert [path.name for path in tmp_path.iterdir()] == [NAME + ".mcap.part"]
        assert log.path == tmp_path / (NAME + ".mcap.part")
        log.append(Stop(HostNs(5), "over"))
        assert log.finish() == log.path == tmp_path / (NAME + ".mcap")
        assert [path.name for path in tmp_path.iterdir()] == [NAME + ".mcap"]
    assert verify(log.path).sound


def test_leaving_without_finish_keeps_all_for_recovery(tmp_path: Path) -> None:
    def crash() -> None:
        with SessionWriter.create(tmp_path, header()) as log:
            log.append(Tick(HostNs(5)))
            raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        crash()
    (part,) = tmp_path.iterdir()
    assert list(read_session(part, unfinished=True).inputs()) == [Tick(HostNs(5))]


@pytest.mark.parametrize("taken", [".mcap", ".mcap.part"])
def test_a_name_that_is_taken_is_refused(taken: str, tmp_path: Path) -> None:
    path = tmp_path / (NAME + taken)
    path.write_bytes(b"kept")
    with pytest.raises(LogError, match=r"exists already and is never overwritten"):
        SessionWriter.create(tmp_path, header())
    assert path.read_bytes() == b"kept"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LogError, match=re.escape(str(tmp_path / "file"))):
        SessionWriter.create(tmp_path / "file", header())


@contextmanager
def not_root() -> Iterator[None]:
    """Root may write anywhere, so be nobody for a while."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    anybody_may_look_but_only_root_may_write = Path(tmp_path.anchor)
    with pytest.raises(LogError, match="permission is denied"), not_root():
        SessionWriter.create(anybody_may_look_but_only_root_may_write, header())


def test_a_file_being_recorded_is_neither_recovered_nor_taken_for_interrupted(tmp_path: Path) -> None:
    with SessionWriter.create(tmp_path, header()) as log:
        log.append(Tick(HostNs(5)))
        log.flush()
        assert [each.state for each in sessions(tmp_path)] == ["recording"]
        assert "recorded just now" in verify(log.path).advice
        with pytest.raises(LogError, match="is being recorded or recovered just now"):
            recover(log.path, UnixNs(1), make_fold=SmallFold)
        assert len(list(tmp_path.iterdir())) == 1
        assert list(read_session(log.path, unfinished=True).inputs()) == [Tick(HostNs(5))]
    assert [each.state for each in sessions(tmp_path)] == ["interrupted"]


def test_a_source_with_a_slash_takes_no_number(tmp_path: Path) -> None:
    with SessionWriter.create(tmp_path, header()) as log:
        with pytest.raises(ValueError, match="without slashes"):
            log.append(Frame(HostNs(1), "a/b", "hr", b""))
        log.append(Tick(HostNs(2)))
        log.finish()
    assert list(read_session(log.path).inputs()) == [Tick(HostNs(2))]


def test_flushing_and_syncing_may_go_on_after_the_end(tmp_path: Path) -> None:
    log = SessionWriter.create(tmp_path, header())
    log.finish()
    log.flush()
    log.sync()
    log.close()
    assert log.bytes_written == log.path.stat().st_size
    with pytest.raises(ValueError, match="is closed"):
        log.finish()


def test_the_same_session_is_the_same_bytes(tmp_path: Path) -> None:
    one, two = (write(tmp_path / name, inputs(6)).read_bytes() for name in ("a", "b"))
    assert one == two
