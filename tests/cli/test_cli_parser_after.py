"""The grammar of what comes after a session."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from tests.cli.running import Run
from tidehold.cli.parser import parse
from tidehold.cli.parser_after import FORMATS, ORIGINS
from tidehold.exports.formats import FORMATS as WRITTEN

VERBS = {
    "report": ["f"],
    "export": ["f", "--to", "csv", "--out", "o"],
    "import": ["f"],
    "check-in": [],
    "catalogue": [],
    "progress": [],
    "compare": ["a", "b"],
    "plan": [],
    "bundle": ["f", "--out", "o"],
    "forget": ["f"],
}
"""Each verb, and the fewest words that it takes."""
FUNCTIONS = {
    "report": "reporting.report",
    "export": "exporting.export",
    "import": "importing.import_",
    "check-in": "diary.check_in",
    "catalogue": "diary.catalogue",
    "progress": "progress.progress",
    "compare": "progress.compare",
    "plan": "planning.plan",
    "bundle": "sharing.bundle",
    "forget": "sharing.forget",
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_a_function_and_json(tidehold: Run, verb: str) -> None:
    ran = tidehold(verb, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"usage: tidehold {verb}")
    arguments = parse([verb, *VERBS[verb], "--json"])
    assert (arguments.verb_name, arguments.json) == (verb, True)
    module, _, name = FUNCTIONS[verb].partition(".")
    assert callable(getattr(import_module(f"tidehold.cli.{module}"), name))


@pytest.mark.parametrize("verb", [verb for verb, words in VERBS.items() if words])
def test_what_a_verb_needs_is_asked_for(tidehold: Run, verb: str) -> None:
    for missing in range(len(VERBS[verb])):
        ran = tidehold(verb, *VERBS[verb][:missing])
        assert ran.code == 2
        assert "usage: tidehold" in ran.err


def test_every_format_that_can_be_written_is_offered() -> None:
    assert set(FORMATS) == set(WRITTEN)


@pytest.mark.parametrize("origin", ORIGINS)
def test_every_origin_that_is_offered_is_known(origin: str, tidehold: Run, tmp_path: Path) -> None:
    (tmp_path / "beats.txt").write_text("812\n805\n820\n")
    ran = tidehold("import", tmp_path / "beats.txt", "--from", origin, "--out", tmp_path / "out")
    assert ran.code == (0 if origin in ("auto", "rr", "elitehrv") else 3), ran.err


@pytest.mark.parametrize(
    "words", [["report", "f", "--text", "--json"], ["check-in", "soon"], ["import", "f", "--from", "x"]]
)
def test_what_contradicts_itself_is_refused(tidehold: Run, words: list[str]) -> None:
    assert tidehold(*words).code == 2
