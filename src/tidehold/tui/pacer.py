"""The breathing pacer: a shape that grows while breathing in and shrinks while breathing out."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from tidehold.errors import ConfigError
from tidehold.tui.braille import cells, disc
from tidehold.tui.lines import Line, Lines, bar, line

_WORDS: Final = ("in", "hold", "out", "hold")
_FULLNESS: Final = ((0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0))
"""Of each part, at its start and its end."""
LEAST_ROWS: Final = 4
"""Fewer rows have no room for a disc: a bar is drawn."""
MOST_ROWS: Final = 12
"""A larger disc says no more."""
WORDS_WIDTH: Final = 12


class Pattern(NamedTuple):
    """Length of each part of a breath, s; a hold may be 0."""

    breathe_in: float = 4.0
    hold_full: float = 0.0
    breathe_out: float = 6.0
    hold_empty: float = 0.0

    def __str__(self) -> str:
        parts = [f"{seconds:g} s {word}" for seconds, word in zip(self, _WORDS, strict=True) if seconds > 0]
        return ", ".join(parts)


CALM: Final = Pattern()
"""4 s in, 6 s out."""


class Phase(NamedTuple):
    """Where in a breath one is."""

    word: str
    left_s: float
    fullness: float
    """0 empty .. 1 full."""


def pattern_of(seconds: tuple[float, ...]) -> Pattern:
    """A pattern from two lengths (in, out) or four (in, hold, out, hold), s.

    Raises:
        ConfigError: They are none.
    """
    lengths = (seconds[0], 0.0, seconds[1], 0.0) if len(seconds) == 2 else seconds
    if len(lengths) != 4 or not all(0 <= each <= 60 for each in lengths) or not lengths[0] or not lengths[2]:
        given = ", ".join(f"{each:g}" for each in seconds)
        raise ConfigError(f"pacer: expected seconds for in, out or in, hold, out, hold, up to 60 each, got: {given}")
    return Pattern(*lengths)


def phase(pattern: Pattern, t_s: float) -> Phase:
    """Where in a breath the pacer is at session time `t_s`."""
    into_s = t_s % sum(pattern)
    for seconds, word, (start, end) in zip(pattern, _WORDS, _FULLNESS, strict=True):
        if into_s < seconds:
            eased = (1 - math.cos(math.pi * into_s / seconds)) / 2  # starts and ends softly, as a breath does
            return Phase(word, seconds - into_s, start + (end - start) * eased)
        into_s -= seconds
    return Phase(_WORDS[0], pattern.breathe_in, 0.0)  # rounding put t at the very end


def pacer_lines(pattern: Pattern, t_s: float, width: int, height: int) -> Lines:
    """The pacer at session time `t_s`: a disc with its words beside it, or a bar where there is no room."""
    now = phase(pattern, t_s)
    words = line((f"{now.word:<5}", "strong"), (f"{math.ceil(now.left_s):2d} s", "dim"))
    rows = min(height, MOST_ROWS, (width - WORDS_WIDTH) // 2)
    if rows < LEAST_ROWS:
        return (words, line((bar(now.fullness, max(width, 1)), "good")))[: max(height, 1)]
    shape = cells(disc(now.fullness, rows, 2 * rows))
    above = [line("")] * ((height - rows) // 2)
    return (*above, *(_row(each, words if at == (rows - 1) // 2 else ()) for at, each in enumerate(shape)))


def _row(shape: str, words: Line) -> Line:
    return (*line((shape, "good")), *line("  "), *words) if words else line((shape, "good"))
