"""`check-in` and `catalogue`, in this process and, where a person answers, in one with a terminal."""

from __future__ import annotations

import datetime as dt
import io
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cli.running import Ran, Run
from tests.diary.days import days
from tests.log.sessions import STARTED, inputs, write
from tidehold.cli.diary import diary_path, tell_warnings
from tidehold.daemon.config import Followed, recall_followed, remember_followed
from tidehold.diary import check_ins
from tidehold.diary.nouns import CheckIn
from tidehold.diary.schema import VERSION
from tidehold.records import UnixNs
from tidehold.units import NS

ROOT = Path(__file__).parents[2]
NOW = UnixNs(STARTED + 3600 * NS)
TODAY = "2026-09-21"
BLADDER = "STOP NOW AND SEE A CLINICIAN TODAY"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """An hour after the session began; every look takes a second."""
    moments = iter(range(NOW, NOW + 1000 * NS, NS))
    clock = SimpleNamespace(time_ns=lambda: next(moments))
    monkeypatch.setattr("tidehold.cli.diary.time", clock)
    return clock


@pytest.fixture
def folder(home: Path) -> Path:
    """A short session without a routine, in the usual place."""
    folder = home / "data/tidehold/sessions"
    write(folder, inputs(5), session="today")
    return folder


def unwrapped(heard: str) -> str:
    """What is shouted, as one line."""
    return " ".join(heard.replace("!! ", "").split())


def answer(monkeypatch: pytest.MonkeyPatch, tidehold: Run, words: tuple[object, ...], *lines: str) -> Ran:
    """Run a command whose questions are answered."""
    stdin = io.StringIO("".join(f"{line}\n" for line in lines))
    monkeypatch.setattr(stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", stdin)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    return tidehold(*words)


def test_a_check_in_by_flags_is_in_the_file_and_in_the_diary(tidehold: Run, folder: Path) -> None:
    ran = tidehold("check-in", "before", "--pain", 6, "--where", "left hip", "--item", "long sitting=3 h")
    assert (ran.code, ran.out) == (0, "noted: when before, pain 6, where left hip, checklist long sitting: 3 h\n")
    (said,) = check_ins.read(folder).check_ins
    assert said == CheckIn(
        at=NOW,
        utc_offset_s=said.utc_offset_s,
        when="before",
        pain=6,
        where="left hip",
        items={"long sitting": "3 h"},
    )
    listed = tidehold("check-in", "--list", "--json").json
    assert [(each["pain"], each["at"][:10]) for each in listed["check_ins"]] == [(6, TODAY)]
    assert (listed["raised"], listed["warnings"]) == ([], [])


def test_after_a_session_of_today_it_is_that_sessions(tidehold: Run, folder: Path) -> None:
    ran = tidehold("check-in", "after", "--pain", 2, "--json")
    assert ran.json["check_in"]["session"] == "today"
    assert ran.json["file"] == str(folder / "check-ins.jsonl")
    assert "of session today" in ran.err
    assert tidehold("check-in", "before", "--pain", 2, "--json").json["check_in"]["session"] == ""


def test_after_a_session_of_another_day_it_is_of_none(tidehold: Run, folder: Path, clock: SimpleNamespace) -> None:
    tomorrow = iter(range(NOW + 24 * 3600 * NS, NOW + 25 * 3600 * NS, NS))
    clock.time_ns = lambda: next(tomorrow)
    assert tidehold("check-in", "after", "--pain", 2, "--json").json["check_in"]["session"] == ""
    named = tidehold("check-in", "after", "--pain", 2, "--session", "today", "--json")
    assert named.json["check_in"]["session"] == "today"
    wrong = tidehold("check-in", "after", "--pain", 2, "--session", "other")
    assert wrong.code == 2
    assert "--session: expected the id of a session, found 'other': `tidehold catalogue` lists them" in wrong.err
    assert len(check_ins.read(folder).check_ins) == 2


@pytest.mark.parametrize(("hours", "session"), [(1, "today"), (4, "")])
def test_midnight_alone_does_not_part_a_session_from_what_is_said_after_it(
    hours: int, session: str, tidehold: Run, folder: Path, clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = dt.datetime.fromtimestamp(STARTED // NS, dt.UTC)
    ahead = dt.timedelta(hours=23, minutes=30) - dt.timedelta(hours=started.hour, minutes=started.minute)
    seconds = round(ahead.total_seconds())  # so that the person's clock shows half past eleven
    monkeypatch.setenv("TZ", f"<here>-{seconds // 3600}:{seconds // 60 % 60:02d}")
    time.tzset()
    clock.time_ns = lambda: STARTED + hours * 3600 * NS
    ran = tidehold("check-in", "after", "--pain", 2, "--json")
    monkeypatch.undo()
    time.tzset()
    assert ran.json["check_in"]["session"] == session


def test_a_wrong_flag_notes_nothing(tidehold: Run, home: Path) -> None:
    ran = tidehold("check-in", "--pain", 11)
    assert (ran.code, ran.out) == (2, "")
    assert "--pain: expected a whole number from 0 to 10, found '11'" in ran.err
    assert not (home / "data").exists()


def test_without_flags_and_without_a_terminal_it_says_what_to_do(
    tidehold: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("6\n"))
    ran = tidehold("check-in", "before")
    assert ran.code == 2
    assert "nobody is here to be asked" in ran.err


def test_on_a_terminal_it_asks_step_by_step_with_the_persons_own_checklist(
    tidehold: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = home / "config/tidehold/tidehold.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[diary]\nitems = ["coffee"]\n')
    ran = answer(monkeypatch, tidehold, ("check-in",), "4", "back", "no", "no", "", "", "two cups", "", "", "")
    assert ran.code == 0
    assert "Checklist: coffee?" in ran.err
    assert "supplements" not in ran.err
    assert ran.out == "noted: pain 4, where back, below the knee no, bladder, bowel no, checklist coffee: two cups\n"
    (said,) = check_ins.read(home / "data/tidehold/sessions").check_ins
    assert (said.pain, said.items, said.medication) == (4, {"coffee": "two cups"}, "")


def test_the_usual_checklist_is_offered(tidehold: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = answer(monkeypatch, tidehold, ("check-in",), *[""] * 12)
    for item in ("supplements", "kneeling stool", "sleep position", "long sitting"):
        assert f"Checklist: {item}?" in ran.err
    assert "nothing was noted" in ran.err
    assert ran.out == ""
    assert not (home / "data").exists()
    assert answer(monkeypatch, tidehold, ("check-in", "--json")).json["check_in"] is None


@pytest.mark.parametrize("asks", [False, True])
def test_a_bladder_yes_says_unmistakably_what_to_do_and_is_kept(
    asks: bool, tidehold: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember_followed(Followed(passed=("bowel-bladder",), sessions={"calm-6": 2}))
    if asks:
        ran = answer(monkeypatch, tidehold, ("check-in",), "3", "back", "yes", "no")
        assert "knee" not in ran.err
    else:
        ran = tidehold("check-in", "--bladder", "yes")
    assert ran.code == 0
    assert BLADDER in ran.err
    assert "EMERGENCY DEPARTMENT" in ran.err
    assert recall_followed() == Followed(passed=(), sessions={"calm-6": 2})
    assert check_ins.read(home / "data/tidehold/sessions").check_ins[-1].bladder == "yes"
    page = home / "p.html"
    for words in (
        *(("catalogue",), ("catalogue", "--json"), ("check-in", "--list"), ("check-in", "--pain", "0")),
        *(("progress",), ("progress", "--json"), ("progress", "--weeks", "1"), ("progress", "--html", page)),
        *(("plan",), ("plan", "--json"), ("plan", "--ics", home / "p.ics")),
    ):
        assert BLADDER in tidehold(*words).err, words
    assert BLADDER.casefold() in page.read_text().casefold()
    assert [each["rule"] for each in tidehold("progress", "--json").json["warnings"]] == ["bladder"]
    assert [each["rule"] for each in tidehold("plan", "--json").json["warnings"]] == ["bladder"]
    found = tidehold("catalogue", "--json").json["warnings"]
    assert [(each["rule"], each["why"]) for each in found] == [("bladder", "you answered yes at a check-in")]
    assert BLADDER not in tidehold("check-in", "--bladder", "no").err
    listed = tidehold("check-in", "--list")
    assert "Stop now and see a clinician today." in listed.err
    assert BLADDER not in listed.err
    raised = tidehold("check-in", "--list", "--json").json
    assert (len(raised["raised"]), raised["raised"][0]["until"][:10], raised["warnings"]) == (1, TODAY, [])


def test_growing_pain_below_the_knee_is_said_at_once_and_at_the_end(
    tidehold: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = answer(monkeypatch, tidehold, ("check-in",), "3", "", "no", "yes", "none")
    assert unwrapped(ran.err).count("GROWING PAIN BELOW THE KNEE") == 2
    assert ran.err.index("GROWING") < ran.err.index("medication")


def test_what_cannot_be_written_does_not_keep_the_text_back(tidehold: Run, home: Path) -> None:
    diary_path().mkdir(parents=True)
    ran = tidehold("check-in", "--bladder", "yes")
    assert ran.code == 3
    assert BLADDER in ran.err
    assert "it is a folder" in ran.err


def test_a_diary_of_a_newer_version_is_refused(tidehold: Run, home: Path) -> None:
    assert tidehold("catalogue").code == 0
    with closing(sqlite3.connect(diary_path())) as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = diary_path().read_bytes()
    for words in (("catalogue", "--rebuild", "--json"), ("check-in", "--pain", 3), ("check-in", "--list")):
        ran = tidehold(*words)
        assert (ran.code, ran.out) == (3, "")
        assert "newer than this Tidehold knows" in ran.err
    assert diary_path().read_bytes() == before


def test_a_routine_is_asked_about_again_only_if_that_can_be_remembered(tidehold: Run, home: Path) -> None:
    remember_followed(Followed(passed=("a",))).write_text("7")
    ran = tidehold("check-in", "--radiating", "yes")
    assert ran.code == 0
    assert "the next routine may begin without its questions" in ran.err


def test_the_list_shows_columns_of_which_something_was_said(tidehold: Run, folder: Path) -> None:
    assert "nothing was noted so far" in tidehold("check-in", "--list").err
    tidehold("check-in", "before", "--pain", 6, "--flare-up")
    tidehold("check-in", "after", "--raise-left", 55)
    with (folder / "check-ins.jsonl").open("ab") as file:
        file.write(b"torn")
    ran = tidehold("check-in", "--list")
    heading, *rows = ran.out.splitlines()
    assert heading.split() == ["time", "when", "pain", "flare-up", "raise", "l/r"]
    assert [row.split()[2:] for row in rows] == [["before", "6", "yes"], ["after", "55/?"]]
    assert "line 3 was not written to its end" in ran.err


def test_the_catalogue_lists_sessions_and_what_is_left_out(tidehold: Run, session: Path) -> None:
    shutil.copy(session, session.with_name("copy.mcap"))
    (session.parent / "foreign.mcap").write_bytes(b"something else")
    ran = tidehold("catalogue")
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 2
    assert "simulated" in ran.out
    assert f"left out: {session.with_name('copy.mcap')}: holds the same session as {session}" in ran.err
    assert "left out: " in ran.err
    assert "not a Tidehold session" in ran.err
    assert "1 sessions in" in ran.err
    assert "3 new, 0 changed, 0 gone; 0 check-ins" in ran.err
    tree = tidehold("catalogue", "--rebuild", "--json").json
    assert (tree["new"], tree["database"], len(tree["left_out"])) == ([], str(diary_path()), 2)
    (entry,) = tree["sessions"]
    assert entry["path"] == str(session)
    assert entry["started"].startswith("2026-01-01T")
    assert tree["units"]["hr_bpm"] == "1/min"
    assert 40 < entry["figures"]["hr_bpm"] < 120


def test_many_files_are_counted_while_they_are_read(tidehold: Run, folder: Path) -> None:
    for number in range(11):
        write(folder, inputs(1), session=f"s{number}")
    ran = tidehold("catalogue")
    assert "read 10 of 12 session files" in ran.err
    assert "read 12 of 12 session files" in ran.err
    assert "read" not in tidehold("catalogue").err


def test_warnings_are_said_so_that_they_cannot_be_overlooked_and_what_is_unknown_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert tell_warnings([], []) == []
    assert capsys.readouterr().err == ""
    assert tell_warnings(days(*[None] * 14), []) == []
    assert "whether 14 consistent sessions have helped cannot be told: pain was noted" in capsys.readouterr().err
    assert [each.rule for each in tell_warnings(days(*[6] * 14, score=100.0), [])] == ["no-improvement"]
    heard = capsys.readouterr().err
    assert heard.count("!" * 72) == 2
    heard = unwrapped(heard)
    assert "SEE A CLINICIAN BEFORE YOU GO ON: 14 SESSIONS WITHOUT GETTING" in heard
    assert "after 14 consistent sessions: pain 6, then 6 (medians)" in heard


def test_a_check_in_that_is_killed_half_way_keeps_what_was_answered(home: Path) -> None:
    leader, follower = pty.openpty()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "80"}
    command = [sys.executable, "-m", "tidehold.cli", "check-in", "before"]
    with subprocess.Popen(command, cwd=ROOT, stdin=follower, stderr=follower, env=environment) as process:
        os.close(follower)
        for question, reply in ((b"worst?", b"7\n"), (b"felt?", b"left hip\n"), (b"bowels? (no/yes)", b"no\n")):
            read_until(leader, question)
            os.write(leader, reply)
        read_until(leader, b"knee")
        os.write(leader, b"ye")  # not sent
        process.send_signal(signal.SIGKILL)
    os.close(leader)
    assert process.returncode == -signal.SIGKILL
    (said,) = check_ins.read(home / "data/tidehold/sessions").check_ins
    assert (said.when, said.pain, said.where, said.bladder, said.radiating) == ("before", 7, "left hip", "no", "")


def read_until(leader: int, text: bytes) -> None:
    heard = b""
    while text not in heard:
        heard += os.read(leader, 1024)
