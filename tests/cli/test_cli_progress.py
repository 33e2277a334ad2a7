"""`progress` and `compare` through the command line."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path

import msgspec
import pytest

from tests.cli.running import Run
from tests.diary.people import entry, person
from tidehold.diary.store import FILE_NAME, Diary


@pytest.fixture
def diary(home: Path) -> Path:
    """A diary of 30 days; the session files are elsewhere by now, but nobody has looked yet."""
    path = home / "state/tidehold" / FILE_NAME
    path.parent.mkdir(parents=True)
    entries, check_ins = person(1, days=30, pain=4)
    with Diary.open(path) as found:
        for entry in entries:
            found.put_entry(entry)
        for check_in in check_ins:
            found.add_check_in(check_in)
    return path


def test_progress_is_text_json_or_a_page(tidehold: Run, diary: Path, tmp_path: Path) -> None:
    said = tidehold("progress")
    assert said.code == 0, said.err
    assert "What has changed" in said.out
    told = tidehold("progress", "--json").json
    assert told["sessions"] == 32
    written = tidehold("progress", "--html", tmp_path / "p.html")
    assert (written.code, written.out) == (0, "")
    assert "<title>Progress</title>" in (tmp_path / "p.html").read_text()
    again = tidehold("progress", "--html", tmp_path / "p.html")
    assert again.code == 2
    assert "is there already" in again.err


@pytest.mark.long
def test_the_page_is_shown_if_asked_for(
    tidehold: Run, diary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(webbrowser, "open", shown.append)
    assert tidehold("progress", "--html", tmp_path / "p.html", "--open").code == 0
    assert shown == [(tmp_path / "p.html").as_uri()]
    assert tidehold("progress", "--open").code == 2


def test_weeks_are_a_number(tidehold: Run, diary: Path) -> None:
    assert tidehold("progress", "--weeks", 0).code == 2
    assert tidehold("progress", "--weeks", 1, "--json").json["sessions"] in range(9)


def test_without_sessions_there_is_nothing_to_tell(tidehold: Run) -> None:
    assert "There are no sessions yet." in tidehold("progress").out


def test_two_sessions_by_file_or_id(tidehold: Run, session: Path, tmp_path: Path) -> None:
    other = tidehold(
        "simulate", "session", "--scenario", "calm-6", "--seconds", 70, "--out", tmp_path / "b", "--json"
    ).json
    ran = tidehold("compare", session, other["session"], "--json")
    assert ran.code == 0, ran.err
    figures = {each["name"]: each for each in ran.json["figures"]}
    assert figures["hr_bpm"]["verdict"] == "error not known"
    by_id = tidehold("compare", ran.json["first"], other["session"])
    assert by_id.code == 0, by_id.err
    assert "heart rate" in by_id.out
    assert "error not known" in by_id.out
    assert "an error is known where one is published" in by_id.err
    coverage = next(line for line in by_id.out.splitlines() if line.startswith("share of artefacts"))
    assert "%" in coverage
    twice = tidehold("compare", session, ran.json["first"])
    assert twice.code == 2
    assert f"found session {ran.json['first']} twice" in twice.err
    nobody = tidehold("compare", session, "nobody")
    assert nobody.code == 2
    assert "expected a session file" in nobody.err
    (tmp_path / "x.mcap").write_bytes(b"foreign")
    assert tidehold("compare", session, tmp_path / "x.mcap").code == 3


def test_simulated_sessions_are_left_out_and_it_is_said(tidehold: Run, diary: Path) -> None:
    before = tidehold("progress", "--json").json["sessions"]
    with Diary.open(diary) as found:
        found.put_entry(msgspec.structs.replace(entry(40), notes=("simulated",)))
    ran = tidehold("progress", "--json")
    assert ran.json["sessions"] == before
    assert "left out: 1 simulated session\n" in ran.err


def test_who_has_only_tried_it_out_is_told_so(tidehold: Run) -> None:
    assert tidehold("simulate", "session", "--seconds", 20).code == 0
    for verb in ("progress", "plan"):
        assert "every session here is simulated" in tidehold(verb).err


def test_without_the_library_of_plots_it_is_said(
    tidehold: Run, diary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bokeh", None)
    assert tidehold("progress").code == 0
    ran = tidehold("progress", "--html", tmp_path / "p.html")
    assert ran.code == 2
    assert "pip install 'tidehold[report]'" in ran.err
