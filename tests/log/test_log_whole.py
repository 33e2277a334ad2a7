"""A file is there whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tidehold.errors import ConfigError, LogError
from tidehold.log.whole import whole


def test_a_file_is_there_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    with whole(path) as beside:
        beside.write_text("half")
        assert not path.exists()
    assert path.read_text() == "half"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_nobody_else_reads_it_while_it_is_being_written(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with whole(tmp_path / "tables") as beside:
            beside.mkdir()
            (beside / "a").write_text("half")
            assert [stat.S_IMODE(each.stat().st_mode) for each in (beside, beside / "a")] == [0o700, 0o600]
        with pytest.raises(ZeroDivisionError), whole(tmp_path / "a.txt") as beside:
            _fail_after_half(beside)
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


def test_a_folder_too(tmp_path: Path) -> None:
    path = tmp_path / "tables"
    for text in ("one", "two"):
        with whole(path, force=True) as beside:
            beside.mkdir()
            (beside / text).write_text(text)
        assert [each.name for each in path.iterdir()] == [text]
    assert stat.S_IMODE(path.stat().st_mode) == 0o700


@pytest.mark.parametrize("force", [False, True])
def test_after_an_error_all_is_as_it_was(tmp_path: Path, force: bool) -> None:
    path = tmp_path / "a.txt"
    if force:
        path.write_text("old")
    with pytest.raises(ZeroDivisionError), whole(path, force=force) as beside:
        _fail_after_half(beside)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == ([("a.txt", "old")] if force else [])


def test_nothing_is_replaced_unless_it_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(ConfigError, match=r"a\.txt is there already: choose another name, or --force"), whole(path):
        pass
    with whole(path, force=True) as beside:
        beside.write_text("new")
    assert path.read_text() == "new"


def test_a_folder_with_more_in_it_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "home" / "deeper").mkdir(parents=True)
    with pytest.raises(ConfigError, match="a folder with other things in it"), whole(tmp_path / "home", force=True):
        pass
    assert (tmp_path / "home" / "deeper").is_dir()


def test_a_file_never_replaces_a_folder(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("mine")
    with (
        pytest.raises(ConfigError, match="letters is a folder, and this is a file"),
        whole(tmp_path / "letters", force=True) as beside,
    ):
        beside.write_text("new")
    assert [(each.name, each.is_dir()) for each in tmp_path.iterdir()] == [("letters", True)]
    assert (tmp_path / "letters" / "a.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "data"), [("a.mcap", b"damaged"), ("a.mcap.part", b""), ("renamed", b"\x89MCAP0\r\nx")]
)
def test_a_session_is_never_replaced(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with (
        pytest.raises(ConfigError, match="is a session file, which nothing replaces"),
        whole(tmp_path / name, force=True),
    ):
        pass
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [data]


def test_a_disk_that_does_not_let_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LogError, match=r"cannot make the folder .*file"), whole(tmp_path / "file" / "a"):
        pass
    with pytest.raises(LogError, match=r"cannot write .*a\.txt"), whole(tmp_path / "a.txt"):
        pass  # nothing was written


def _fail_after_half(beside: Path) -> None:
    beside.write_text("half")
    raise ZeroDivisionError
