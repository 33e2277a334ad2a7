from __future__ import annotations

import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.diary.days import at, entry, said
from tidehold.diary.store import Diary, KnownFile
from tidehold.errors import LogError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state/diary.db"


def test_sessions_come_back_as_they_were_put_by_start(path: Path) -> None:
    whole = entry(
        3,
        variant="hypermobility",
        ended="cut",
        figures={"score": 91.25, "done_share": 0.1},
        answers={"month": "better: ø"},
        notes=("a", "b"),
    )
    with Diary.open(path) as diary:
        for each in (whole, entry(1), entry(2, routine="", ended="", figures={})):
            diary.put_entry(each)
        assert diary.entries() == [entry(1), entry(2, routine="", ended="", figures={}), whole]
    with Diary.open(path) as diary:
        assert diary.entries()[-1] == whole


def test_a_session_that_is_put_again_is_as_it_was_put_last(path: Path) -> None:
    with Diary.open(path) as diary:
        diary.put_entry(entry(figures={"score": 1.0, "holds": 2.0}))
        diary.put_entry(entry(figures={"score": 3.0}))
        assert diary.entries() == [entry(figures={"score": 3.0})]


def test_check_ins_come_back_by_time_and_the_fuller_one_of_a_moment_counts(path: Path) -> None:
    full = said(2, pain=4, items={"long sitting": "3 h"}, flare_up=False, raise_left_deg=55.5, bladder="no")
    with Diary.open(path) as diary:
        for each in (said(2, pain=4), full, said(1, note="x")):
            diary.add_check_in(each)
        assert diary.check_ins() == [said(1, note="x"), full]
        diary.drop_check_ins([at(2)])
        assert diary.check_ins() == [said(1, note="x")]


def test_it_is_for_its_owner_only(path: Path) -> None:
    with Diary.open(path) as diary:
        diary.put_entry(entry())
        path.chmod(0o644)
    with Diary.open(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_what_is_forgotten_is_nowhere_in_the_file(path: Path) -> None:
    with Diary.open(path) as diary:
        diary.put_entry(entry(1, session="gone", notes=("SECRETNOTE",)))
        diary.put_entry(entry(2))
        diary.add_check_in(said(1, session="gone", note="SECRETWORD"))
        diary.add_check_in(said(2, bladder="yes"))
        diary.put_file(KnownFile("/a", 1, 2, 3, "gone"))
        diary.warned()
        assert diary.forget("gone") == 2
        assert diary.forget("gone") == 0
        assert (diary.entries(), diary.check_ins(), diary.files()) == ([entry(2)], [said(2, bladder="yes")], {})
    assert b"SECRET" not in path.read_bytes()


def test_a_file_that_is_looked_at_again_takes_what_was_in_it_along(path: Path) -> None:
    with Diary.open(path) as diary:
        file = KnownFile("/a.mcap", 10, 20, 1, "one")
        diary.put_file(file, entry(1, session="one", path="/a.mcap"))
        assert diary.files() == {"/a.mcap": file}
        diary.put_file(file._replace(session="two"), entry(2, session="two", path="/a.mcap"))
        assert [each.session for each in diary.entries()] == ["two"]
        diary.drop_file("/a.mcap")
        assert (diary.entries(), diary.files()) == ([], {})


def put_one_and_no_number(diary: Diary) -> None:
    with diary.together():
        diary.put_entry(entry(1))
        diary.put_entry(entry(2, figures={"score": float("nan")}))


def test_what_belongs_together_is_there_whole_or_not_at_all(path: Path) -> None:
    with Diary.open(path) as diary:
        with pytest.raises(LogError, match="NOT NULL"):
            put_one_and_no_number(diary)
        assert (diary.entries(), diary.check_ins()) == ([], [])
        with diary.together():
            diary.put_entry(entry(1))
            assert diary.entries() == [entry(1)]
        assert diary.entries() == [entry(1)]


def test_stop_rules_are_written_down_with_what_they_are_known_by(path: Path) -> None:
    with Diary.open(path) as diary:
        diary.add_check_in(said(1, bladder="yes"))
        diary.add_check_in(said(2, bladder="no"))
        found = diary.warned()
        assert [(each.rule, each.since, each.until) for each in found] == [("bladder", at(1), at(2))]
        assert diary.warned() == found
        assert [row[1:] for row in diary.rows() if row[0] == "warnings"] == [
            (at(1), "bladder", "you answered yes at a check-in")
        ]


@pytest.mark.parametrize(
    "content", [b"this is no database at all, but some text " * 40, b"SQLite format 3\0" + b"x" * 600]
)
def test_a_damaged_diary_is_named_with_what_to_do(content: bytes, path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(
        LogError, match=r"diary\.db is damaged: .*move it away; `tidehold catalogue --rebuild`"
    ) as error:
        Diary.open(path)
    assert error.value.exit_code == 3
    assert path.read_bytes() == content


def test_a_diary_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "diary.db").mkdir()
    with pytest.raises(LogError, match="it is a folder, not a file"):
        Diary.open(tmp_path / "diary.db")


def test_a_full_disk_is_said_and_leaves_the_diary_as_it_was(path: Path) -> None:
    with Diary.open(path) as diary:
        diary.put_entry(entry(1))
        diary._database.execute("PRAGMA max_page_count = 10")  # as if there were no more space
        with pytest.raises(LogError, match=r"database or disk is full: the disk is full; free some space"):
            diary.add_check_in(said(1, note="x" * 100_000))
        assert (diary.entries(), diary.check_ins()) == ([entry(1)], [])


def test_a_diary_that_may_not_be_written_says_so(path: Path) -> None:
    with Diary.open(path) as diary:
        diary._database.execute("PRAGMA query_only = ON")
        with pytest.raises(LogError, match="readonly database: see whether you may write to it and to its folder"):
            diary.put_entry(entry(1))
        assert diary.entries() == []


def test_what_else_goes_wrong_is_said_too(path: Path) -> None:
    with Diary.open(path) as diary:
        diary._database.execute("DROP TABLE figures")
        with pytest.raises(LogError, match="no such table: figures: check the disk, or move"):
            diary.entries()


def test_somebody_who_writes_for_too_long_is_told_of(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidehold.diary.store._WAIT_S", 0.05)
    with Diary.open(path) as diary, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LogError, match="another process has been writing to it for long"):
            diary.entries()
        with pytest.raises(LogError, match="another process has been writing to it for long"):
            diary.put_entry(entry())
        other.execute("ROLLBACK")
        diary.put_entry(entry())
        assert diary.entries() == [entry()]


def test_two_processes_write_at_once_and_nothing_is_lost(path: Path) -> None:
    Diary.open(path).close()
    command = [sys.executable, "-m", "tests.diary.writing", "diary", str(path)]
    both = [
        subprocess.Popen([*command, str(first), "20"], cwd=ROOT, stdout=subprocess.PIPE, text=True) for first in (0, 1)
    ]
    with Diary.open(path) as diary:
        while any(each.poll() is None for each in both):
            assert all(each.note == f"word {each.at}" for each in diary.check_ins())
        for each in both:
            each.communicate()
            assert each.returncode == 0
        assert [each.at for each in diary.check_ins()] == list(range(40))


def test_what_a_killed_process_had_said_is_there(path: Path) -> None:
    command = [sys.executable, "-m", "tests.diary.writing", "diary", str(path), "0", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        heard = [int(process.stdout.readline()) for _ in range(15)]
        process.send_signal(signal.SIGKILL)
        heard += [int(line) for line in process.stdout if line.endswith("\n")]
    assert process.returncode == -signal.SIGKILL
    with Diary.open(path) as diary:
        kept = [each.at for each in diary.check_ins()]
    assert kept[: len(heard)] == heard
    assert len(kept) <= len(heard) + 1
