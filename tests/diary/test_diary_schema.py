"""A diary of every earlier version becomes one of this version; one of a later version is left as it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.diary.days import entry, said
from tidehold.diary.schema import APPLICATION_ID, MIGRATIONS, VERSION, migrate
from tidehold.diary.store import Diary
from tidehold.errors import LogError


def old(path: Path, version: int) -> Path:
    """A diary of an earlier version, with all in it that it could hold."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        migrate(database, str(path), MIGRATIONS[:version])
        if version >= 1:
            one = entry()
            database.execute(
                "INSERT INTO sessions (session, path, started, utc_offset_s, length_s, routine, variant, ended, notes) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, '[]')",
                (one.session, one.path, one.started, one.utc_offset_s, one.length_s, one.routine, "", one.ended),
            )
            database.execute("INSERT INTO figures VALUES (?, 'done_share', 1.0)", (one.session,))
            database.execute("INSERT INTO files VALUES (?, 1, 2, 1, ?, '')", (one.path, one.session))
        if version >= 2:
            word = msgspec.json.encode(said(pain=4), order="deterministic").decode()
            database.execute("INSERT INTO check_ins VALUES (?, '', ?)", (said().at, word))
    return path


def shape(path: Path) -> list[tuple[Any, ...]]:
    """Every column of every table."""
    with closing(sqlite3.connect(path)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [(name, *row) for name in sorted(tables) for row in database.execute(f"PRAGMA table_info({name})")]


@pytest.mark.parametrize("version", range(VERSION + 1))
def test_a_diary_of_any_earlier_version_keeps_all_that_it_knows(version: int, tmp_path: Path) -> None:
    path = old(tmp_path / "old.db", version)
    with Diary.open(path) as diary:
        assert diary.entries() == ([entry()] if version >= 1 else [])
        assert diary.check_ins() == ([said(pain=4)] if version >= 2 else [])
        assert list(diary.files()) == ([entry().path] if version >= 1 else [])
        diary.put_entry(entry(1, answers={"bowel-bladder": "no"}))
        assert len(diary.warned()) == 0
    with Diary.open(tmp_path / "new.db"):
        assert shape(path) == shape(tmp_path / "new.db")
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert database.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)


def test_a_diary_of_a_newer_version_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = old(tmp_path / "newer.db", VERSION)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")  # not as ours: that too stays as it is
        database.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = path.read_bytes()
    with pytest.raises(
        LogError, match=rf"version {VERSION + 1}, newer than this Tidehold knows \({VERSION}\)"
    ) as error:
        Diary.open(path)
    assert error.value.exit_code == 3
    assert path.read_bytes() == before


def test_another_programs_database_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE songs (name)")
    before = path.read_bytes()
    with pytest.raises(LogError, match="database of another program"):
        Diary.open(path)
    assert path.read_bytes() == before


def test_a_migration_that_fails_leaves_the_diary_as_it_was(tmp_path: Path) -> None:
    path = old(tmp_path / "old.db", 1)
    before = shape(path)
    broken = (MIGRATIONS[0], ("CREATE TABLE half (a)", "CREATE TABLE half (a)"))
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        with pytest.raises(sqlite3.OperationalError, match="half"):
            migrate(database, str(path), broken)
        assert database.execute("PRAGMA user_version").fetchone() == (1,)
    assert shape(path) == before


def test_a_diary_of_this_version_is_not_migrated(tmp_path: Path) -> None:
    path = old(tmp_path / "this.db", VERSION)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        assert migrate(database, str(path)) == (VERSION, VERSION)
