"""All of a session's files, and no others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.log.sessions import header, inputs, write
from tidehold.errors import ConfigError, LogError
from tidehold.log.recover import recover
from tidehold.log.writer import SessionWriter
from tidehold.records import UnixNs
from tidehold.share.forget import files_of, remove


@pytest.fixture
def folder(telling: Path, tmp_path: Path) -> Path:
    shutil.copy(telling, tmp_path)
    write(tmp_path, inputs(3), session="other")
    (tmp_path / telling.name).with_suffix(".html").write_text("a report")
    (tmp_path / (telling.name + ".part-recovered")).write_bytes(telling.read_bytes()[:5000])
    (tmp_path / "notes.txt").write_text("mine")
    return tmp_path


def test_by_its_file_or_by_its_id_all_that_is_of_it_is_found(telling: Path, folder: Path) -> None:
    by_id, by_file = files_of("quimby01", folder), files_of(str(folder / telling.name), Path("elsewhere"))
    assert by_id == by_file
    assert by_id[0] == "quimby01"
    assert sorted(path.name for path in by_id[1]) == sorted(
        [telling.name, telling.name + ".part-recovered", telling.stem + ".html"]
    )


def test_what_was_recovered_goes_with_what_it_was_recovered_from(telling: Path, tmp_path: Path) -> None:
    part = tmp_path / (telling.name + ".part")
    made = [""]
    for _ in range(2):
        part.write_bytes(telling.read_bytes()[:50_000])
        made.append(recover(part, UnixNs(0)).path)
        Path(made[-1]).with_suffix(".html").write_text("a report")
    names = {path.name for path in tmp_path.iterdir()}
    assert len(names) == 6
    other = tmp_path / telling.name.replace("quimby01", "quimby012")
    other.with_suffix(".html").write_text("another's")
    for wanted in ("quimby01", made[-1]):
        assert {path.name for path in files_of(wanted, tmp_path)[1]} == names
    remove(files_of("quimby01", tmp_path)[1])
    assert [path.name for path in tmp_path.iterdir()] == [other.with_suffix(".html").name]


def test_only_they_are_removed(folder: Path) -> None:
    session, files = files_of("quimby01", folder)
    remove(files)
    left = {path.name for path in folder.iterdir()}
    assert "notes.txt" in left
    assert len(left) == 2
    with pytest.raises(ConfigError, match=f"expected a session file, or the id of a session in {folder}, found none"):
        files_of(session, folder)
    with pytest.raises(LogError, match="cannot remove"):
        remove(files)


@pytest.mark.parametrize("wanted", ["", "nobody", "notes.txt", "elsewhere.mcap"])
def test_what_is_none_is_named(folder: Path, wanted: str) -> None:
    with pytest.raises(ConfigError, match="found none"):
        files_of(wanted, folder)
    with pytest.raises(ConfigError, match="found none"):
        files_of("quimby01", folder / "none")


def test_one_that_is_being_recorded_stays(tmp_path: Path) -> None:
    with SessionWriter.create(tmp_path, header("busy1")) as log:
        log.flush()
        with pytest.raises(ConfigError, match="is being recorded: `tidehold stop`"):
            files_of(str(log.path), tmp_path)
