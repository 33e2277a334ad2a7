import json
from pathlib import Path

import pytest

from tidehold.cli.output import BYTES_A_S, LONG_S, give, say, table, tell_long


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


def test_who_has_to_wait_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.mcap"
    tell_long(file)  # what is not there is complained about elsewhere
    file.write_bytes(bytes(100))
    tell_long(file)
    assert capsys.readouterr().err == ""
    with file.open("r+b") as grown:
        grown.truncate(int(2 * LONG_S * BYTES_A_S))
    tell_long(file)
    assert capsys.readouterr().err == f"folding {file} again: some 10 s\n"
