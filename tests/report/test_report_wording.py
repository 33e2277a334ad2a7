"""Figures in words."""

from __future__ import annotations

import pytest

from tidehold.report.wording import at, clock, count, figure, lasting, listed, number, percent, reasons, said, sentence


@pytest.mark.parametrize(
    ("t_s", "text"), [(-0.4, "0:00"), (9.9, "0:09"), (61, "1:01"), (3599.9, "59:59"), (3725, "1:02:05")]
)
def test_a_time_of_the_session(t_s: float, text: str) -> None:
    assert clock(t_s) == at(round(t_s * 1e9)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1.46, "1.5 s"),
        (5, "5 s"),
        (42.4, "42 s"),
        (59.7, "1 min"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (3720, "1 h 2 min"),
    ],
)
def test_a_length_of_time(seconds: float, text: str) -> None:
    assert lasting(seconds) == text


def test_a_number_has_its_unit_and_nothing_is_minus_zero() -> None:
    assert number(1.26, 1, "deg") == "1.3 deg"
    assert number(-0.04, 1) == "0.0"
    assert number(None, 1, "deg") == "-"


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [(1, 0, "100 %"), (0.9999, 0, "over 99 %"), (0.994, 0, "99 %"), (0.001, 0, "under 1 %"), (0, 0, "0 %"),
     (0.9999, 1, "100.0 %"), (0.1234, 1, "12.3 %"), (None, 0, "-")],
)  # fmt: skip
def test_a_share_never_says_all_or_nothing_where_it_is_not(share: float | None, digits: int, text: str) -> None:
    assert percent(share, digits) == text


def test_words() -> None:
    assert (count(1, "gap"), count(2, "gap"), count(2, "stillness", "stillnesses")) == (
        "1 gap",
        "2 gaps",
        "2 stillnesses",
    )
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert [sentence(""), sentence(" no strap"), sentence("Why?")] == ["", "No strap.", "Why?"]


def test_a_row_that_is_not_known_says_why_and_has_no_value() -> None:
    known = figure("drift", 1.26, "deg/min", 1, how="so", tone="good", after=" (left)")
    assert (known.value, known.text, known.tone, known.how) == (1.26, "1.3 deg/min (left)", "good", "so")
    unknown = figure("drift", None, "deg/min", why="too short", tone="good")
    assert (unknown.value, unknown.text, unknown.tone, unknown.why) == (None, "-", "unknown", "too short")
    assert figure("a", None).why == "not known"
    assert figure("share", 0.5, "%").text == "50 %"
    assert (said("grade", "good").value, said("grade", "").value, said("grade", "").tone) == ("good", None, "unknown")


def test_one_reason_is_said_once_for_all_that_it_is_the_reason_of() -> None:
    assert reasons({"a": "no strap", "b": "", "c": "no strap", "d": "short"}) == ("a and c: no strap", "d: short")
