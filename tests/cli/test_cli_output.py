import json

import pytest

from tidehold.cli.output import give, say, table


def test_results_go_to_standard_output_and_chatter_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    say("hello")
    give({"rate": None, "why": "too early"})
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"rate": None, "why": "too early"}
    assert captured.err == "hello\n"


def test_a_table_is_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    table([("name", "about"), ("a-long-name", "x"), ("b", "yy")])
    assert capsys.readouterr().out.splitlines() == ["name         about", "a-long-name  x", "b            yy"]


def test_an_empty_table_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    table([])
    assert capsys.readouterr().out == ""
