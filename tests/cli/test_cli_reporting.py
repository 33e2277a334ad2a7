"""`report`: a page, a text or one JSON object; and what it does with files that are no session."""

from __future__ import annotations

import stat
import webbrowser
from pathlib import Path

import pytest

from tests.cli.running import Run
from tests.cli.test_cli_files import cut, spoil
from tidehold.cli import extras
from tidehold.cli.reporting import page_of
from tidehold.report.content import SECTIONS
from tidehold.session import header


@pytest.fixture
def short(tidehold: Run, home: Path) -> Path:
    """A simulated session of 5 s in the usual place."""
    assert tidehold("simulate", "session", "--seconds", 5).code == 0
    return next((home / "data/tidehold/sessions").glob("*.mcap"))


def test_a_page_is_written_beside_the_session_and_named(tidehold: Run, short: Path) -> None:
    ran = tidehold("report", short)
    page = short.with_suffix(".html")
    assert (ran.code, ran.out) == (0, f"{page}\n"), ran.err
    assert page.read_text(encoding="utf-8").lstrip().startswith("<!")
    assert stat.S_IMODE(page.stat().st_mode) == 0o600


def test_a_page_that_is_there_is_not_replaced_unless_forced(tidehold: Run, short: Path, tmp_path: Path) -> None:
    page = tmp_path / "mine.html"
    page.write_text("old")
    ran = tidehold("report", short, "--out", page)
    assert (ran.code, ran.out) == (2, "")
    assert f"{page} is there already" in ran.err
    assert "--force" in ran.err
    assert page.read_text() == "old"
    assert tidehold("report", short, "--out", page, "--force").code == 0
    assert page.read_text(encoding="utf-8") != "old"


def test_text_is_printed_and_nothing_is_written(tidehold: Run, session: Path) -> None:
    before = sorted(session.parent.iterdir())
    ran = tidehold("report", session, "--text")
    assert ran.code == 0
    for title in (
        "Summary",
        "Timeline",
        "Breathing",
        "Heart",
        "Holds",
        "Movements",
        "Data quality",
        "What was not measured",
    ):
        assert f"\n{title}\n{'-' * len(title)}\n" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 100
    assert sorted(session.parent.iterdir()) == before


def test_json_is_one_object_with_facts_and_sections(tidehold: Run, session: Path) -> None:
    said = tidehold("report", session, "--json").json
    assert (said["session"], said["page"]) == (str(session), None)
    assert [each["id"] for each in said["sections"]] == list(SECTIONS)
    assert said["facts"]["length_s"] == 40
    assert said["facts"]["heart"]["whole"]["hr_bpm"] is not None
    assert said["facts"]["heart"]["before"]["why"]


def test_text_and_a_page_at_once(tidehold: Run, short: Path, tmp_path: Path) -> None:
    said = tidehold("report", short, "--json", "--out", tmp_path / "a.html").json
    assert said["page"] == str(tmp_path / "a.html")
    assert (tmp_path / "a.html").exists()
    ran = tidehold("report", short, "--text", "--out", tmp_path / "b.html")
    assert ran.out.startswith("Session, ")
    assert (tmp_path / "b.html").exists()
    assert tidehold("report", short, "--text", "--json").code == 2


@pytest.mark.parametrize("opens", [True, False])
def test_the_page_is_shown_in_the_browser(
    tidehold: Run, short: Path, monkeypatch: pytest.MonkeyPatch, opens: bool
) -> None:
    shown: list[str] = []

    def show(url: str) -> bool:
        shown.append(url)
        return opens

    monkeypatch.setattr(webbrowser, "open", show)
    ran = tidehold("report", short, "--open")
    page = short.with_suffix(".html")
    assert (ran.code, shown) == (0, [page.as_uri()])
    assert ran.err == ("" if opens else f"no browser could be started: open {page} in one\n")


def test_an_interrupted_session_is_reported_as_far_as_it_goes(tidehold: Run, session: Path) -> None:
    part = cut(session)
    ran = tidehold("report", part, "--text")
    assert ran.code == 0
    assert "Interrupted: the recording has no end" in ran.out
    assert page_of(part, None) == part.with_name("cut.html")


@pytest.mark.parametrize("content", [None, b"", b"hello world, this is no session at all"])
@pytest.mark.parametrize("form", [None, "--json"])
def test_what_is_no_session_is_exit_code_3_and_nothing_is_written(
    tidehold: Run, home: Path, content: bytes | None, form: str | None
) -> None:
    path = home / "x.mcap"
    if content is not None:
        path.write_bytes(content)
    ran = tidehold("report", path, *([form] if form else []))
    assert (ran.code, ran.out) == (3, "")
    assert str(path) in ran.err
    assert not (home / "x.html").exists()


def test_a_damaged_session_is_exit_code_3_and_says_that_recover_helps(tidehold: Run, session: Path) -> None:
    ran = tidehold("report", spoil(session))
    assert (ran.code, ran.out) == (3, "")
    assert "tidehold recover" in ran.err
    assert not session.with_name("damaged.html").exists()


def test_a_file_of_a_newer_version_is_exit_code_3(tidehold: Run, short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(header, "FORMAT", header.FORMAT - 1)
    ran = tidehold("report", short)
    assert ran.code == 3
    assert "is newer than this Tidehold reads" in ran.err


def test_without_the_plotting_library_text_and_json_are_there_all_the_same(
    tidehold: Run, short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(extras, "import_module", missing)
    ran = tidehold("report", short)
    assert ran.code == 2
    assert "pip install 'tidehold[report]'" in ran.err
    assert tidehold("report", short, "--text").code == 0
