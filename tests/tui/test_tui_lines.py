import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.tui.lines import Part, bar, big, clean, figure, line, plain, rows_of, share


def test_line_has_parts_with_tones() -> None:
    assert line("a ", ("b", "bad")) == (Part("a ", ""), Part("b", "bad"))
    assert plain([line("a ", ("b", "bad")), line("c")]) == "a b\nc"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m\n\ttwo", "[31mred [0m two"),
        ("[red]x", "[red]x"),
        ("a\u202egnp.exe", "a gnp.exe"),
        ("x" * 30, "x" * 19 + "…"),
        ("Brustgurt für 心", "Brustgurt für 心"),
    ],
)
def test_text_from_outside_is_made_harmless(text: str, shown: str) -> None:
    assert clean(text, 20) == shown


@given(st.text(max_size=200), st.integers(1, 60))
def test_cleaned_text_is_short_and_on_one_line(text: str, limit: int) -> None:
    shown = clean(text, limit)
    assert len(shown) <= limit
    assert shown.isprintable()


@pytest.mark.parametrize("number", ["0", "123", "-45.6", "78.9", "?"])
def test_big_number_has_three_rows_of_one_width(number: str) -> None:
    assert len({len(row) for row in big(number)}) == 1


def test_digits_differ() -> None:
    assert len({big(digit) for digit in "0123456789-."}) == 12


@pytest.mark.parametrize(
    ("share", "shown"), [(0, "    "), (1, "████"), (0.5, "██  "), (0.53, "██▏ "), (-3, "    "), (7, "████")]
)
def test_bar_is_filled_by_its_share(share: float, shown: str) -> None:
    assert bar(share, 4) == shown


def test_figure_is_big_where_there_is_room() -> None:
    assert plain(figure(65.2, "{:.0f}", " bpm", "", 2)) == "65 bpm"
    assert plain(figure(65.2, "{:.0f}", " bpm", "", 3)).endswith(" bpm")
    assert len(figure(65.2, "{:.0f}", " bpm", "", 3)) == 3
    assert plain(figure(None, "{:.0f}", " bpm", "no contact", 3)) == "unknown: no contact"


def test_number_that_is_too_long_to_be_big_is_small() -> None:
    assert plain(figure(1e9, "{:.0f}", " bpm", "", 8)) == "1000000000 bpm"


def test_share_is_said_as_percent() -> None:
    assert [share(each) for each in (-1.0, 0.0, 0.416, 2.0)] == ["0 %", "0 %", "42 %", "100 %"]


def test_lines_that_are_too_long_take_more_rows() -> None:
    lines = (line("a" * 10), line("a" * 11), line(""), line("a" * 31))
    assert rows_of(lines, 10) == 1 + 2 + 1 + 4
    assert rows_of((), 10) == 0
    assert rows_of(lines[:1], 0) == 10
