"""Numbers of solid blocks, as high as there is room for: a countdown that is read from the floor, two metres away."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Final

HEIGHTS: Final = (10, 5, 3)
"""Rows that a number of blocks may take, where there is room for them."""
_DOTS: Final = 5
"""Dots of a digit from top to bottom; it has three across."""
_SHAPES: Final[dict[str, tuple[str, ...]]] = {
    "0": ("###", "# #", "# #", "# #", "###"),
    "1": (" # ", "## ", " # ", " # ", "###"),
    "2": ("###", "  #", "###", "#  ", "###"),
    "3": ("###", "  #", " ##", "  #", "###"),
    "4": ("# #", "# #", "###", "  #", "  #"),
    "5": ("###", "#  ", "###", "  #", "###"),
    "6": ("###", "#  ", "###", "# #", "###"),
    "7": ("###", "  #", "  #", "  #", "  #"),
    "8": ("###", "# #", "###", "# #", "###"),
    "9": ("###", "# #", "###", "  #", "###"),
    ":": (" ", "#", " ", "#", " "),
    "/": ("  #", "  #", " # ", "#  ", "#  "),
    "-": ("   ", "   ", "###", "   ", "   "),
    " ": ("   ", "   ", "   ", "   ", "   "),
}
_HALVES: Final = {("#", "#"): "█", ("#", " "): "▀", (" ", "#"): "▄", (" ", " "): " "}
"""Two dots in one character."""


@lru_cache(maxsize=64)
def blocks(number: str, width: int, height: int) -> tuple[str, ...]:
    """A number as rows of one length, as high as fits.

    Args:
        number: Digits, ":", "/", "-"; other characters are blank.
        width: Most columns.
        height: Most rows; if fewer than three fit, the number is one row of text.
    """
    rows = [" ".join(_SHAPES.get(char, _SHAPES[" "])[dot] for char in number) for dot in range(_DOTS)]
    for high in HEIGHTS:
        across = 2 * high // _DOTS
        if high <= height and len(rows[0]) * across <= width:
            return _halved(rows) if high < _DOTS else _grown(rows, across, high // _DOTS)
    return (number,)


def lower(height: int) -> int:
    """The next lower height of a number, for what matters less beside one of `height`."""
    return next((small for high, small in pairwise((*HEIGHTS, 1)) if high <= height), 1)


def _halved(rows: list[str]) -> tuple[str, ...]:
    """Two rows of dots in each row of characters."""
    below = [*rows[1:], " " * len(rows[0])]
    return tuple("".join(_HALVES[pair] for pair in zip(rows[at], below[at], strict=True)) for at in range(0, _DOTS, 2))


def _grown(rows: list[str], across: int, down: int) -> tuple[str, ...]:
    """Each dot as so many characters across and down."""
    wide = ["".join(("█" if dot == "#" else " ") * across for dot in row) for row in rows]
    return tuple(row for row in wide for _ in range(down))
