"""Text in tones: what a panel shows, before any terminal is thought of."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

BIG_ROWS: Final = 3
"""Of a big number."""

Tone = Literal["", "strong", "dim", "good", "warn", "bad"]

_BAR: Final = " ▏▎▍▌▋▊▉█"
_BIG: Final[dict[str, tuple[str, str, str]]] = {
    "0": ("┏━┓", "┃ ┃", "┗━┛"),
    "1": (" ╻ ", " ┃ ", " ╹ "),
    "2": ("╺━┓", "┏━┛", "┗━╸"),
    "3": ("╺━┓", " ━┫", "╺━┛"),
    "4": ("╻ ╻", "┗━┫", "  ╹"),
    "5": ("┏━╸", "┗━┓", "╺━┛"),
    "6": ("┏━╸", "┣━┓", "┗━┛"),
    "7": ("╺━┓", "  ┃", "  ╹"),
    "8": ("┏━┓", "┣━┫", "┗━┛"),
    "9": ("┏━┓", "┗━┫", "╺━┛"),
    "-": ("   ", "╺━╸", "   "),
    ".": (" ", " ", "."),
    " ": ("   ", "   ", "   "),
}


class Part(NamedTuple):
    """Some text in one tone. Text is never markup."""

    text: str
    tone: Tone = ""


Line = tuple[Part, ...]
Lines = tuple[Line, ...]


def line(*parts: str | tuple[str, Tone]) -> Line:
    """Parts from texts, and texts with their tone."""
    return tuple(Part(part) if isinstance(part, str) else Part(*part) for part in parts)


def plain(lines: Iterable[Line]) -> str:
    """Without tones."""
    return "\n".join("".join(part.text for part in each) for each in lines)


def clean(text: str, limit: int) -> str:
    """A text from outside: one line of at most `limit`, with nothing that moves a cursor or turns writing round."""
    shown = "".join(char if unicodedata.category(char)[0] not in "CZ" else " " for char in text[: 4 * limit])
    shown = " ".join(shown.split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def big(number: str) -> tuple[str, str, str]:
    """A number three rows high."""
    glyphs = [_BIG.get(char, _BIG[" "]) for char in number]
    top, middle, bottom = (" ".join(glyph[row] for glyph in glyphs) for row in range(3))
    return top, middle, bottom


def bar(share: float, width: int) -> str:
    """A bar of `width` characters, filled by `share`, 0..1, in eighths of a character."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_BAR[rest] if rest else "")).ljust(width)


def share(value: float) -> str:
    """0..1 as percent."""
    return f"{100 * min(max(value, 0.0), 1.0):.0f} %"


def figure(value: float | None, form: str, unit: str, why: str, room: int) -> Lines:
    """A figure with its unit, big if there is room, or that it is unknown and why: never an old number."""
    if value is None:
        return (line(("unknown", "warn"), f": {clean(why, 300)}"),)
    number = form.format(value)
    if room < BIG_ROWS or len(number) > 7:
        return (line((number, "strong"), unit),)
    top, middle, bottom = big(number)
    return (line((top, "strong")), line((middle, "strong")), line((bottom, "strong"), unit))


def rows_of(lines: Lines, width: int) -> int:
    """About how many rows lines take that are wrapped to `width`."""
    return sum(max(-(-sum(len(part.text) for part in each) // max(width, 1)), 1) for each in lines)
