import pytest

from tidehold.tui.digits import HEIGHTS, blocks, lower


def test_numbers_are_as_high_as_there_is_room_for() -> None:
    assert blocks("17", 80, 5) == (
        "  ██    ██████",
        "████        ██",
        "  ██        ██",
        "  ██        ██",
        "██████      ██",
    )
    assert blocks("17", 80, 4) == ("▄█  ▀▀█", " █    █", "▀▀▀   ▀")
    assert blocks("17", 80, 2) == ("17",)


@pytest.mark.parametrize("height", [1, 2, 3, 5, 7, 10, 40])
@pytest.mark.parametrize("number", ["0", "1:15", "12:05", "7/10", "--", "x?é"])
def test_rows_are_of_one_length_and_fit(number: str, height: int) -> None:
    for width in (4, 9, 20, 60, 200):
        rows = blocks(number, width, height)
        assert len(rows) <= max(height, 1)
        assert len({len(row) for row in rows}) == 1
        assert rows == (number,) or len(rows[0]) <= width


def test_every_digit_looks_different_at_every_height() -> None:
    for height in HEIGHTS:
        assert len({blocks(digit, 99, height) for digit in "0123456789-/:"}) == 13


def test_narrow_room_makes_a_number_lower_and_never_cuts_it() -> None:
    assert [len(blocks("1:15", width, 10)) for width in (60, 51, 30, 25, 13, 12)] == [10, 5, 5, 3, 3, 1]


def test_what_matters_less_is_lower() -> None:
    assert [lower(height) for height in (10, 5, 3, 1)] == [5, 3, 1, 1]
