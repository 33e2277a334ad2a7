"""The records of a JSON array, one by one: what is broken in the middle or cut off at the end spoils no other."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from tidehold.wire.json_parts import MAX_MESSAGE

_DECODER: Final = json.JSONDecoder()
_BETWEEN: Final = " \t\r\n,[]"
_USUAL: Final = 1 << 12
"""Characters in which a record is looked for first; then in as many as a session would keep. A complaint of json's
counts all lines before it, which in the whole file would take time by the square of its broken records."""


class Record(NamedTuple):
    """An object of the array, None for a part that is none; `start`, `end` and line are its place in the file."""

    start: int
    end: int
    number: int
    parts: dict[str, Any] | None


def records_of(raw: bytes) -> Iterator[Record]:
    """The objects of an array, and what stands between them and is none."""
    text = raw.decode("latin-1")  # a character a byte: places in the text are places in the file
    breaks = [found.start() for found in re.finditer(b"\n", raw)]
    place = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    while (start := _next(text, place)) < len(text):
        number = bisect_right(breaks, start) + 1
        try:
            parts, end = _decoded(text, start)
        except (ValueError, RecursionError):
            # Behind the next bracket a record may begin; a broken one may have some inside, which then are none.
            end = text.find("{", start + 1)
            end = len(text) if end < 0 else end
            yield Record(start, start + len(text[start:end].rstrip(_BETWEEN)), number, None)
        else:
            yield Record(start, end, number, parts if isinstance(parts, dict) else None)
        place = end


def _decoded(text: str, start: int) -> tuple[Any, int]:
    """The value that begins at `start`, and where it ends.

    Raises:
        ValueError: There is none, or it is longer than any that is kept.
        RecursionError: It is too deep.
    """
    try:
        parts, end = _DECODER.raw_decode(text[start : start + _USUAL])
    except ValueError:
        parts, end = _DECODER.raw_decode(text[start : start + MAX_MESSAGE])
    return parts, start + end


def _next(text: str, place: int) -> int:
    """Where the next thing begins that is more than a separator."""
    while place < len(text) and text[place] in _BETWEEN:
        place += 1
    return place
