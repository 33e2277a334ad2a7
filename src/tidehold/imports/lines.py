"""A text as its lines, to the byte, numbered as an editor numbers them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from tidehold.wire.json_parts import MAX_MESSAGE, TOO_LONG, refusal

_BOM: Final = b"\xef\xbb\xbf"
"""How Windows programs begin a text in UTF-8."""


class Line(NamedTuple):
    """A line with its end; `start` and `end` are its place in the file."""

    number: int
    start: int
    end: int
    raw: bytes


def lines_of(raw: bytes) -> Iterator[Line]:
    """The lines of a text; those that are blank are left out."""
    start = len(_BOM) if raw.startswith(_BOM) else 0
    for number, line in enumerate(raw[start:].splitlines(keepends=True), 1):
        end = start + len(line)
        if line.strip(b"\0 \t\r\n\v\f"):
            yield Line(number, start, end, line)
        start = end


def payload_of(raw: bytes) -> bytes:
    """A part of a file as a session keeps it: as it is, unless it is longer than any message."""
    return raw if len(raw) <= MAX_MESSAGE else refusal(raw, TOO_LONG)
