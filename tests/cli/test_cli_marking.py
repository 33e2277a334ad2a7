"""`mark`: from a script into a running session; with a recorder it is in tests/system."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Run
from tests.sound.listening import status
from tidehold.cli import marking
from tidehold.daemon.client import HubError
from tidehold.daemon.place import Place, usual_place
from tidehold.records import Status

NOT_BEGUN = "person/skip: the routine has not begun"


class Recorder:
    """A session of which each status says this of what was rejected; `marked`: place, verb and text of each mark."""

    def __init__(self) -> None:
        self.told: list[dict[str, int]] = [{}] * 8
        self.marked: list[tuple[Place, str, str]] = []
        self.hangs = False

    @contextlib.asynccontextmanager
    async def connect(self, place: Place) -> AsyncIterator[Any]:
        yield View(self, place)


class View:
    def __init__(self, recorder: Recorder, place: Place) -> None:
        self._recorder, self._place = recorder, place

    async def statuses(self) -> AsyncIterator[Status]:
        for number, rejected in enumerate(self._recorder.told):
            yield status(number / 4, rejected=rejected)
        if self._recorder.hangs:
            await asyncio.Event().wait()

    async def mark(self, verb: str, arg: str) -> None:
        if not self._recorder.told:
            raise HubError("the session is over")
        self._recorder.marked.append((self._place, verb, arg))


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    made = Recorder()
    monkeypatch.setattr(marking, "connect", made.connect)
    return made


def test_the_mark_goes_to_the_recorder_as_it_was_said(tidehold: Run, home: Path, recorder: Recorder) -> None:
    assert tidehold("mark", "start").code == 0
    assert tidehold("mark", "answer", "radiating-pain", "no").err == "marked: answer radiating-pain no\n"
    assert tidehold("mark", "pain", "6 left hip", "--place", home).code == 0
    here = usual_place()
    assert recorder.marked[:2] == [(here, "start", ""), (here, "answer", "radiating-pain no")]
    assert recorder.marked[2][1:] == ("pain", "6 left hip")
    assert recorder.marked[2][0].folder == home


@pytest.mark.parametrize(
    ("before", "after"), [({}, {NOT_BEGUN: 1}), ({NOT_BEGUN: 2, "strap/ecg: short": 1}, {NOT_BEGUN: 3})]
)
def test_what_the_session_refuses_is_said_with_its_reason(
    before: dict[str, int], after: dict[str, int], tidehold: Run, recorder: Recorder
) -> None:
    recorder.told = [before, before, after, after]
    ran = tidehold("mark", "skip")
    assert (ran.code, ran.err) == (1, "refused: skip: the routine has not begun\n")


def test_what_was_refused_before_or_is_another_s_is_no_refusal(tidehold: Run, recorder: Recorder) -> None:
    recorder.told = [{NOT_BEGUN: 2}, *({NOT_BEGUN: 2, "person/pause: no": 1, "strap/skip: no": 1} for _ in range(6))]
    assert tidehold("mark", "skip").code == 0


def test_a_recorder_that_tells_nothing_more_may_not_have_taken_it(
    tidehold: Run, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking, "ANSWER_S", 0.05)
    recorder.told, recorder.hangs = [{}, {}], True
    ran = tidehold("mark", "skip")
    assert ran.code == 4
    assert "whether it took the mark is not known" in ran.err
    recorder.told = []
    assert tidehold("mark", "skip").code == 4


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
