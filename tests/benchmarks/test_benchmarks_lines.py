"""A line says what was measured and whether it is what is promised; a broken promise is the exit code."""

from __future__ import annotations

import json

import pytest

from benchmarks.lines import Line, show, told, verdict, within, worst


def test_lines_are_shown_as_they_come_with_their_verdicts(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [Line("a", "1", ("2", "3"), "4", True), Line("b", "5", (), "6", False), Line("c", "7")]
    assert show(iter(lines), ("", "ours", "theirs", "plain", "promised"), 8) == lines
    head, *rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert head == ["ours", "theirs", "plain", "promised"]
    assert rows == [["a", "1", "2", "3", "4", "pass"], ["b", "5", "6", "FAIL"], ["c", "7"]]
    assert json.loads(told(lines))[1] == {"what": "b", "ours": "5", "others": [], "limit": "6", "ok": False}


def test_one_broken_promise_is_enough() -> None:
    assert verdict([Line("a", "1"), Line("b", "1", ok=True)]) == 0
    assert verdict([Line("a", "1", ok=False), Line("b", "1", ok=True)]) == 1


def test_within_needs_all_and_the_worst_is_told() -> None:
    assert worst([0.1, 0.5, 0.2], 4) == "0.20 / 0.50 (3 of 4)"
    assert worst([], 4) == "none of 4"
    assert within([0.1, 0.5], 2, 0.5)
    assert not within([0.1, 0.5], 3, 0.5)
    assert not within([0.1, 0.6], 2, 0.5)
