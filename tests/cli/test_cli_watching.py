"""Views without a session to view; those with one are in tests/system."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cli.running import Run
from tidehold.cli import watching
from tidehold.cli.sounding import Hearing
from tidehold.daemon.place import Place, claim, usual_place
from tidehold.records import Pattern


@pytest.mark.parametrize("verb", ["status", "stop"])
def test_without_a_recorder_it_says_how_to_start_one(verb: str, tidehold: Run) -> None:
    ran = tidehold(verb)
    assert ran.code == 4
    assert "nothing is being recorded" in ran.err
    assert "`tidehold record` starts" in ran.err


@pytest.mark.parametrize(
    ("words", "instead"), [(["watch"], "status"), (["replay", "x.mcap", "--watch"], "replay FILE")]
)
def test_a_dashboard_needs_a_terminal(words: list[str], instead: str, tidehold: Run) -> None:
    ran = tidehold(*words)
    assert ran.code == 2
    assert f"the dashboard needs a terminal, found none: use `tidehold {instead}`" in ran.err


def test_while_one_records_another_is_not_started(tidehold: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidehold.cli.recording.can_show", lambda: True)
    with claim(usual_place()):
        ran = tidehold("record")
    assert ran.code == 2
    assert "Tidehold records already: `tidehold watch` shows it" in ran.err


def test_the_recorder_is_started_with_the_same_words_and_without_those_that_are_done_with(
    tidehold: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("tidehold.cli.recording.can_show", lambda: True)
    monkeypatch.setattr(watching, "launch", lambda words, place: started.append(list(words)))
    monkeypatch.setattr(watching, "attach", lambda place, pattern, hearing: "left")
    ran = tidehold("record", "--strap", "any", "--seconds", 5, "--pace", "5/5", "--new-password")
    assert ran.code == 0
    (words,) = started
    assert words[3:10] == ["record", "--strap", "any", "--seconds", "5", "--pace", "5/5"]
    assert words[10:12] == ["--headless", "--place"]


@pytest.mark.parametrize(
    ("words", "pattern"),
    [([], Pattern(5, 0, 7, 0)), (["--pace", "4/4"], Pattern(4, 0, 4, 0)), (["--pace"], Pattern(5, 0, 7, 0))],
)
def test_the_key_of_the_pacer_has_the_pattern_that_was_asked_for_or_set(
    words: list[str], pattern: Pattern, tidehold: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: list[Pattern] = []

    def attach(place: Place, key: Pattern, hearing: Hearing) -> str:
        keys.append(key)
        return "left"

    monkeypatch.setenv("TIDEHOLD_PACER_PATTERN", "5/7")
    monkeypatch.setattr("tidehold.cli.recording.can_show", lambda: True)
    monkeypatch.setattr(watching, "launch", lambda words, place: None)
    monkeypatch.setattr(watching, "attach", attach)
    assert tidehold("record", *words).code == 0
    assert keys == [pattern]


class Broken:
    """In the place of a dashboard that breaks."""

    return_code = 1

    def __init__(self, *_: object, **__: object) -> None: ...

    async def run_async(self) -> None:
        """A view that breaks has no outcome."""


@contextlib.asynccontextmanager
async def connected(_: Place) -> AsyncIterator[SimpleNamespace]:
    yield SimpleNamespace(statuses=lambda: None)


def test_a_dashboard_that_breaks_is_no_success(tidehold: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(watching, "can_show", lambda: True)
    monkeypatch.setattr(watching, "connect", connected)
    monkeypatch.setattr(watching, "Dashboard", Broken)
    with claim(usual_place()):
        ran = tidehold("watch", "--no-sound")
    assert ran.code == 1
    assert "the recording goes on" in ran.err
    monkeypatch.setattr(watching, "launch", lambda words, place: None)
    assert watching.demo_and_watch([], Pattern(), Hearing(is_on=False)) == 1
    file = tmp_path / "x.mcap"
    file.write_bytes(b"")
    monkeypatch.setattr(watching, "read_session", lambda path: None)
    monkeypatch.setattr(watching, "length_of", lambda film: 1.0)
    assert tidehold("replay", file, "--watch", "--no-sound").code == 1


def test_a_recorder_that_is_gone_is_said_with_what_is_left(tidehold: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "can_show", lambda: True)
    monkeypatch.setattr(watching, "attach", lambda place, pattern, hearing: "lost")
    ran = tidehold("watch")
    assert ran.code == 4
    assert "`tidehold recover` completes it" in ran.err
