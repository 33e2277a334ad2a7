"""A report in a terminal."""

from __future__ import annotations

from tidehold.report.nouns import Report, Row, Section, Table
from tidehold.report.text import text_of

LONG = "a reason that goes on and on so that it does not fit on one line of the terminal by any means at all, never"


def report(*sections: Section) -> Report:
    return Report(title="Daily, 2026", about={"date": "today", "devices": LONG}, sections=sections)


def test_all_of_it_is_there_and_no_line_is_wider_than_the_terminal() -> None:
    rows = (Row(name="score", value=84.0, text="84 of 100"), Row(name="RMSSD during", value=None, why=LONG))
    table = Table(
        title="Steps", columns=("at", "what", "why"), rows=(("0:10", "begun", LONG), ("0:20", LONG, "-")), notes=(LONG,)
    )
    text = text_of(report(Section(id="a", title="Summary", text=(LONG * 2,), rows=rows, tables=(table,))))
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    assert not any(line.endswith(" ") for line in lines)
    assert lines[:2] == ["Daily, 2026", "==========="]
    assert "  score         84 of 100" in lines
    assert "  RMSSD during  not known: a reason that goes on and on" in text
    assert any(line.startswith("  * a reason") for line in lines)
    words = " ".join(text.split())
    assert words.count("by any means at all,") >= 5


def test_nothing_that_a_terminal_would_obey_is_left() -> None:
    table = Table(title="T", columns=("what",), rows=(("note \x1b[2Jgone \u202eturned\r\n",),))
    text = text_of(report(Section(id="a", title="A\x07", text=("said\x9b31m",), tables=(table,))))
    assert all(char == "\n" or char.isprintable() for char in text)
    assert "[2Jgone" in text
    assert "turned" in text


def test_columns_keep_their_place_when_a_cell_is_wrapped() -> None:
    table = Table(title="T", columns=("at", "what", "score"), rows=(("0:10", LONG, "84"),))
    text = text_of(report(Section(id="a", title="A", tables=(table,))), width=50)
    head, rule, *body = text.split("T\n", 1)[1].splitlines()
    assert head.index("what") == rule.index("-", 3 + rule[2:].index(" ")) == body[0].index("a reason")
    assert body[0].rstrip().endswith("84")
    assert all(line.startswith(" " * head.index("what")) for line in body[1:])
    assert max(map(len, body)) <= 50


def test_a_table_with_more_columns_than_room_is_shown_all_the_same() -> None:
    wide = Table(title="T", columns=tuple(f"column {place}" for place in range(20)), rows=(("x" * 12,) * 20,))
    text = text_of(report(Section(id="a", title="A", tables=(wide,))))
    assert "xxxxxxxxx" in text


def test_a_section_may_be_empty_or_have_rows_alone() -> None:
    text = text_of(
        report(Section(id="a", title="A"), Section(id="b", title="B", rows=(Row(name="n", value=1, text="1"),)))
    )
    assert text.endswith("\nA\n-\n\nB\n-\n  n  1\n")
    assert text_of(Report(title="T", about={}, sections=())) == "T\n=\n\n"
