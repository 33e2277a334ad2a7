"""The diary's database: its tables, and how one of an earlier version becomes one of this version."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from tidehold.errors import LogError

APPLICATION_ID: Final = 0x54484452
""""THDR": tells this database from any other SQLite file (`PRAGMA application_id`)."""

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (  # 1: what is known of session files
        """
        CREATE TABLE sessions (
            session TEXT PRIMARY KEY,
            path TEXT NOT NULL,
            started INTEGER NOT NULL,       -- ns since 1970 UTC
            utc_offset_s INTEGER NOT NULL,
            length_s REAL NOT NULL,
            routine TEXT NOT NULL,          -- id; empty: none
            variant TEXT NOT NULL,
            ended TEXT NOT NULL,            -- done, stopped, cut, or empty
            notes TEXT NOT NULL             -- JSON list
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE figures (
            session TEXT NOT NULL,
            name TEXT NOT NULL,
            value REAL NOT NULL,
            PRIMARY KEY (session, name)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE files (
            path TEXT PRIMARY KEY,
            size INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL,
            made_as INTEGER NOT NULL,       -- edition of the figures
            session TEXT NOT NULL,          -- empty: not readable
            why TEXT NOT NULL               -- why it is left out of sessions; empty: it is not
        ) STRICT, WITHOUT ROWID
        """,
    ),
    (  # 2: what the person says
        """
        CREATE TABLE check_ins (
            at INTEGER PRIMARY KEY,         -- ns since 1970 UTC
            session TEXT NOT NULL,
            said TEXT NOT NULL              -- JSON, as in check-ins.jsonl
        ) STRICT
        """,
    ),
    (  # 3: answers to a routine's questions, and what the stop rules came to
        "ALTER TABLE sessions ADD COLUMN answers TEXT NOT NULL DEFAULT '{}'",
        """
        CREATE TABLE warnings (
            since INTEGER NOT NULL,         -- ns since 1970 UTC
            rule TEXT NOT NULL,
            why TEXT NOT NULL,
            PRIMARY KEY (since, rule)
        ) STRICT, WITHOUT ROWID
        """,
    ),
)
"""Statements that lead from each version (`PRAGMA user_version`) to the next; never changed once released."""

VERSION: Final = len(MIGRATIONS)


def migrate(
    database: sqlite3.Connection, where: str, migrations: Sequence[Sequence[str]] = MIGRATIONS
) -> tuple[int, int]:
    """Bring a database to this version, all of it or nothing; an empty file becomes a new one.

    Args:
        database: Open, with transactions under our own control (`isolation_level=None`).
        where: Its path, for what is wrong.
        migrations: As `MIGRATIONS`.

    Returns:
        The versions before and after.

    Raises:
        LogError: It is of a newer version, or no diary. Nothing was changed.
        sqlite3.Error: It cannot be read or written.
    """
    before = _version(database, where, migrations)
    if before == len(migrations):
        return before, before
    database.execute("BEGIN IMMEDIATE")
    try:
        before = _version(database, where, migrations)  # another process may have done it meanwhile
        for statements in migrations[before:]:
            for statement in statements:
                database.execute(statement)
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {len(migrations)}")
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
    return before, len(migrations)


def _version(database: sqlite3.Connection, where: str, migrations: Sequence[Sequence[str]]) -> int:
    """Of the database; 0 for an empty one."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (application or tables or version):
        raise LogError(f"{where} is a database of another program, not a diary: move it away")
    if version > len(migrations):
        raise LogError(
            f"{where} is a diary of version {version}, newer than this Tidehold knows ({len(migrations)}): "
            "update Tidehold to use it; nothing was changed"
        )
    return int(version)
