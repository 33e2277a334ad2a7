"""A QR code in half blocks."""

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.setups import MODULES, URL
from tidehold.tui.qr import Ink, Modules, qr_rows, size_of

DRAWN = {" ": (False, False), "▀": (True, False), "▄": (False, True), "█": (True, True)}


def read(rows: tuple[str, ...], ink: Ink) -> Modules:
    """The modules that rows of blocks show."""
    halves = [tuple(DRAWN[char][half] is (ink == "dark") for char in row) for row in rows for half in (0, 1)]
    return tuple(halves)


@pytest.mark.parametrize("ink", ["dark", "light"])
def test_the_blocks_are_the_modules_of_the_code(ink: Ink) -> None:
    shown = read(qr_rows(MODULES, ink), ink)
    assert shown[: len(MODULES)] == MODULES
    assert not any(map(any, shown[len(MODULES) :]))
    expected = segno.make(URL, error="l", micro=False).matrix
    inner = tuple(row[2:-2] for row in shown[2 : 2 + len(expected)])
    assert inner == tuple(tuple(map(bool, row)) for row in expected)


@given(st.integers(1, 8).flatmap(lambda width: st.lists(st.lists(st.booleans(), min_size=width, max_size=width))))
def test_any_modules_are_drawn_as_they_are(rows: list[list[bool]]) -> None:
    modules = tuple(map(tuple, rows))
    for ink in ("dark", "light"):
        drawn = qr_rows(modules, ink)
        assert read(drawn, ink)[: len(modules)] == modules
        assert size_of(modules) == (len(drawn[0]) if drawn else 0, len(drawn))


def test_the_white_border_is_two_modules_wide() -> None:
    assert not any(map(any, (*MODULES[:2], *MODULES[-2:])))
    assert not any(any(row[:2]) or any(row[-2:]) for row in MODULES)
