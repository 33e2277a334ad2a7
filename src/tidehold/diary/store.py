"""The diary: an embedded database of what is known of sessions, and of what the person has said.

Nothing is only here: sessions are in their files, and check-ins in `check-ins.jsonl` beside them (see `check_ins`).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import msgspec

from tidehold.diary.nouns import CheckIn, Entry
from tidehold.diary.schema import migrate
from tidehold.diary.stop_rules import Warned, raised
from tidehold.errors import LogError
from tidehold.log.disk import make_directory, named
from tidehold.records import UnixNs

FILE_NAME: Final = "diary.db"
_REMADE: Final = "`tidehold catalogue --rebuild` makes it again from the session files and check-ins"
_WAIT_S: Final = 20.0
"""For another process that writes just now: it does so for some milliseconds."""


class KnownFile(NamedTuple):
    """A session file as it was when it was catalogued; `session` is empty and `why` says why if it was left out."""

    path: str
    size: int
    mtime_ns: int
    made_as: int
    session: str
    why: str = ""


class Diary:
    """The database of one person; several processes may have it open.

    Use it in a `with` statement. Each change is on the disk when its method returns, or when the outermost
    `together` is left. Methods raise LogError where the disk or the database does not let them.
    """

    def __init__(self, database: sqlite3.Connection, path: Path) -> None:
        self._database = database
        self.path: Final = path

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open it; make it if it is missing, for its owner only (0600), and bring it to this version.

        Raises:
            LogError: It is damaged, of a newer version, another program's, or cannot be read or written.
        """
        make_directory(path.parent.absolute())
        with named("open", path):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)  # it may be an old file with another mode; SQLite's journal takes it over
        with _told(path):
            database = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
            try:
                migrate(database, str(path))
                # a plain journal: what was removed is nowhere any more, and there is one file to look after
                database.execute("PRAGMA journal_mode = DELETE")
                database.execute("PRAGMA synchronous = EXTRA")  # FULL, and the journal's folder too
                database.execute("PRAGMA secure_delete = ON")
            except BaseException:
                database.close()
                raise
        return cls(database, path)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """All changes of the block, or none of them if it raises."""
        with _told(self.path):
            if self._database.in_transaction:
                yield
                return
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # what went wrong before says more
                    self._database.execute("ROLLBACK")
                raise

    def entries(self) -> list[Entry]:
        """All sessions of the catalogue, by start."""
        with self._looking():
            rows = self._rows(
                "SELECT session, path, started, utc_offset_s, length_s, routine, variant, ended, notes, answers "
                "FROM sessions ORDER BY started, session"
            )
            figures: dict[str, dict[str, float]] = {}
            for session, name, value in self._rows("SELECT session, name, value FROM figures ORDER BY session, name"):
                figures.setdefault(session, {})[name] = value
        return [_entry(row, figures.get(row[0], {})) for row in rows]

    def check_ins(self) -> list[CheckIn]:
        """All that the person has said, by time."""
        with self._looking():
            rows = self._rows("SELECT said FROM check_ins ORDER BY at")
            return [msgspec.json.decode(said, type=CheckIn) for (said,) in rows]

    def put_entry(self, entry: Entry) -> None:
        """Add a session, or put it in the place of what was known of it."""
        with self.together():
            self._drop_entry(entry.session)
            started, offset_s = int(entry.started), int(entry.utc_offset_s)
            self._database.execute(
                "INSERT INTO sessions (session, path, started, utc_offset_s, length_s, routine, variant, ended, notes, "
                "answers) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(entry.session, entry.path, started, offset_s, float(entry.length_s)),
                    *(entry.routine, entry.variant, entry.ended, _json(entry.notes), _json(entry.answers)),
                ),
            )
            self._database.executemany(
                "INSERT INTO figures (session, name, value) VALUES (?, ?, ?)",
                [(entry.session, name, float(value)) for name, value in entry.figures.items()],
            )

    def add_check_in(self, check_in: CheckIn) -> None:
        """Add what the person says. One of the same moment takes the place of the one before: it is a fuller one."""
        with self.together():
            self._database.execute(
                "INSERT OR REPLACE INTO check_ins (at, session, said) VALUES (?, ?, ?)",
                (int(check_in.at), check_in.session, _json(check_in)),
            )

    def drop_check_ins(self, moments: Iterable[UnixNs]) -> None:
        """Remove what was said at these moments."""
        with self.together():
            self._database.executemany("DELETE FROM check_ins WHERE at = ?", [(int(at),) for at in moments])

    def forget(self, session_id: str) -> int:
        """Remove a session, and the check-ins that belong to it; how many of them there were.

        Their session file and their lines in `check-ins.jsonl` are not touched: see `catalogue.forget`.
        """
        with self.together():
            gone = self._drop_entry(session_id)
            gone += self._database.execute("DELETE FROM check_ins WHERE session = ?", (session_id,)).rowcount
            self._database.execute("DELETE FROM files WHERE session = ?", (session_id,))
            self._database.execute("DELETE FROM warnings")  # made again by `warned`
            return gone

    def warned(self) -> list[Warned]:
        """Every stop rule that has come true so far, which is also written down; see `stop_rules.raised`."""
        found = raised(self.entries(), self.check_ins())
        rows = sorted((int(each.since), each.rule, each.why) for each in found)
        with self._looking():
            known = self._rows("SELECT since, rule, why FROM warnings ORDER BY since, rule")
        if known != rows:
            with self.together():
                self._database.execute("DELETE FROM warnings")
                self._database.executemany("INSERT OR REPLACE INTO warnings VALUES (?, ?, ?)", rows)
        return found

    def files(self) -> dict[str, KnownFile]:
        """Session files that were looked at, by path."""
        with self._looking():
            rows = self._rows("SELECT path, size, mtime_ns, made_as, session, why FROM files ORDER BY path")
            return {row[0]: KnownFile(*row) for row in rows}

    def put_file(self, file: KnownFile, entry: Entry | None = None) -> None:
        """A file was looked at, and this is what is in it; what was known of it before is gone."""
        with self.together():
            self.drop_file(file.path)
            self._database.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?)", file)
            if entry is not None:
                self.put_entry(entry)

    def drop_file(self, path: str) -> None:
        """A file is gone, and so is the session that was in it."""
        with self.together():
            for (session,) in self._rows("SELECT session FROM sessions WHERE path = ?", path):
                self._drop_entry(session)
            self._database.execute("DELETE FROM files WHERE path = ?", (path,))

    def rows(self) -> list[tuple[Any, ...]]:
        """All that it holds, in a fixed order: two diaries that know the same have the same rows."""
        with self._looking():
            return [
                (table, *row)
                for table in ("sessions", "figures", "files", "check_ins", "warnings")
                for row in self._rows(f"SELECT * FROM {table} ORDER BY 1, 2")  # noqa: S608 - names of our own
            ]

    def _drop_entry(self, session_id: str) -> int:
        self._database.execute("DELETE FROM figures WHERE session = ?", (session_id,))
        return self._database.execute("DELETE FROM sessions WHERE session = ?", (session_id,)).rowcount

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        return self._database.execute(query, values).fetchall()

    @contextmanager
    def _looking(self) -> Iterator[None]:
        """Everything that is read in the block is of one moment."""
        with _told(self.path):
            if self._database.in_transaction:
                yield
                return
            self._database.execute("BEGIN")
            try:
                yield
            finally:
                with suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")


def _entry(row: Iterable[Any], figures: dict[str, float]) -> Entry:
    session, path, started, utc_offset_s, length_s, routine, variant, ended, notes, answers = row
    return Entry(
        session=session,
        path=path,
        started=started,
        utc_offset_s=utc_offset_s,
        length_s=length_s,
        routine=routine,
        variant=variant,
        ended=ended,
        figures=figures,
        answers=msgspec.json.decode(answers, type=dict[str, str]),
        notes=msgspec.json.decode(notes, type=tuple[str, ...]),
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn an error of the database into one that says what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise LogError(f"cannot use the diary {path}: {error}: {_advice(str(error))}") from error
    except (sqlite3.DatabaseError, msgspec.MsgspecError) as error:
        raise LogError(f"the diary {path} is damaged: {error}: move it away; {_REMADE}") from error


def _advice(error: str) -> str:
    if "locked" in error or "busy" in error:
        return "another process has been writing to it for long; try again when that is done"
    if "full" in error:
        return "the disk is full; free some space"
    if "readonly" in error or "unable to open" in error:
        return "see whether you may write to it and to its folder"
    return f"check the disk, or move it away; {_REMADE}"
