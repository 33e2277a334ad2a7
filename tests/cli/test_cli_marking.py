"""`mark`: from a script into a running session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import Run
from tidehold.cli import marking
from tidehold.daemon.place import Place, usual_place


def test_the_mark_goes_to_the_recorder_as_it_was_said(
    tidehold: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked: list[tuple[Place, str, str]] = []
    monkeypatch.setattr(marking, "mark_now", lambda *mark: marked.append(mark))
    assert tidehold("mark", "start").code == 0
    assert tidehold("mark", "answer", "radiating-pain", "no").err == "marked: answer radiating-pain no\n"
    assert tidehold("mark", "pain", "6 left hip", "--place", home).code == 0
    here = usual_place()
    assert marked[:2] == [(here, "start", ""), (here, "answer", "radiating-pain no")]
    assert marked[2][1:] == ("pain", "6 left hip")
    assert marked[2][0].folder == home


def test_without_a_recorder_it_says_how_to_start_one(tidehold: Run) -> None:
    ran = tidehold("mark", "pause")
    assert ran.code == 4
    assert "nothing is being recorded" in ran.err


@pytest.mark.parametrize("words", [["Pause"], ["pause!"], ["x" * 33], ["note", "a\x1b[31m"], ["note", "x" * 2001]])
def test_what_no_recorder_would_take_is_refused_here(words: list[str], tidehold: Run) -> None:
    ran = tidehold("mark", *words)
    assert ran.code == 2
    assert "mark: expected a verb of lower-case letters" in ran.err
    assert "\x1b" not in ran.err
