"""What a check-in is made of: flags, and questions that are answered one after another."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import pytest

from tidehold.cli.check_in import LONGEST, said_by_flags, said_on_terminal
from tidehold.cli.parser import parse
from tidehold.diary.nouns import CheckIn
from tidehold.errors import ConfigError
from tidehold.records import UnixNs

EMPTY = CheckIn(at=UnixNs(1), when="before")


def flagged(*words: str) -> CheckIn:
    return said_by_flags(parse(["check-in", *words]), EMPTY)


def answered(monkeypatch: pytest.MonkeyPatch, *lines: str, items: tuple[str, ...] = ()) -> Iterator[CheckIn]:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(lines)))
    return said_on_terminal(EMPTY, items)


def test_flags_say_everything() -> None:
    found = flagged(
        *("--pain", "6", "--where", " left  hip ", "--medication", "none", "--no-flare-up", "--radiating", "no"),
        *("--bladder", "yes", "--raise-left", "55", "--raise-right", "61.5", "--note", "x"),
        *("--item", "long sitting=3 h", "--item", "sleep position = side=left"),
    )
    assert found == CheckIn(
        at=UnixNs(1),
        when="before",
        pain=6,
        where="left hip",
        medication="none",
        flare_up=False,
        radiating="no",
        bladder="yes",
        raise_left_deg=55.0,
        raise_right_deg=61.5,
        note="x",
        items={"long sitting": "3 h", "sleep position": "side=left"},
    )


def test_no_flags_say_nothing() -> None:
    assert flagged() == EMPTY


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--pain", "11"), "--pain: expected a whole number from 0 to 10, found '11'"),
        (("--pain", "-1"), "--pain: expected a whole number from 0 to 10, found '-1'"),
        (("--raise-left", "nan"), "--raise-left: expected degrees from 0 to 150, found 'nan'"),
        (("--raise-right", "151"), "--raise-right: expected degrees from 0 to 150, found '151.0'"),
        (("--item", "coffee"), "--item: expected NAME=TEXT, such as \"long sitting=3 h\", found 'coffee'"),
        (("--item", "=x"), "--item: expected NAME=TEXT, such as \"long sitting=3 h\", found '=x'"),
        (
            ("--note", "a" * (LONGEST + 1)),
            f"--note: expected a text of at most {LONGEST} characters, found '{'a' * 40}'",
        ),
    ],
)
def test_a_flag_that_cannot_be_is_named_with_what_is_expected(words: tuple[str, ...], why: str) -> None:
    with pytest.raises(ConfigError) as error:
        flagged(*words)
    assert str(error.value) == why


def test_texts_are_one_line_that_no_terminal_obeys() -> None:
    assert flagged("--note", "a\x1b[2Jb\nc\udcff").note == "a [2Jb c"


def test_each_answer_makes_the_check_in_fuller_and_enter_passes_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ("6\n", "left hip\n", "no\n", "\n", "none\n", "y\n", "2 capsules\n", "\n", "55,5\n", "55.5\n", "\n", "ok\n")
    found = list(answered(monkeypatch, *lines, items=("supplements", "long sitting")))
    assert len(found) == 8
    assert found[0] == CheckIn(at=UnixNs(1), when="before", pain=6)
    assert found[-1] == CheckIn(
        at=UnixNs(1),
        when="before",
        pain=6,
        where="left hip",
        bladder="no",
        medication="none",
        flare_up=True,
        items={"supplements": "2 capsules"},
        raise_left_deg=55.5,
        note="ok",
    )
    asked = capsys.readouterr().err
    for text in ("Pain now", "Where", "bladder", "below the knee", "medication", "flare-up", "Checklist: supplements?"):
        assert text in asked
    assert "expected degrees from 0 to 150" in asked


@pytest.mark.parametrize("pain", ["0\n", "\n"])
def test_where_it_hurts_is_asked_only_if_it_does(
    pain: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    list(answered(monkeypatch, pain))
    assert "Where" not in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["eleven\n", "11\n", "3.5\n", "-1\n", "²\n"])
def test_a_wrong_answer_is_asked_for_again(
    wrong: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert next(answered(monkeypatch, wrong, "3\n")).pain == 3
    assert "  expected a whole number from 0 to 10\n" in capsys.readouterr().err


def test_after_changes_of_bladder_or_bowel_nothing_else_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = list(answered(monkeypatch, "\n", "maybe\n", "YES\n", "no\n", "none\n"))
    assert found == [CheckIn(at=UnixNs(1), when="before", bladder="yes")]
    asked = capsys.readouterr().err
    assert "expected yes or no" in asked
    assert "knee" not in asked


def test_the_end_of_input_ends_the_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(answered(monkeypatch)) == []
    assert [each.pain for each in answered(monkeypatch, "4\n", "left h")] == [4]
