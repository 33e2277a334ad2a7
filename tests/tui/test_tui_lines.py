import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.tui.lines import Part, bar, big, clean, line, plain


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
