"""Slices of files with other dates and without words, for those who give a session away.

Which column is a time need not be known: a number that is one since 1970 is far larger than any that a sensor measures.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from tidehold.wire.json_parts import NOT_JSON, refusal
from tidehold.wire.table import read_number

NS_FROM: Final = 1e17
"""Numbers from here on are ns since 1970 (from 1973 on), whoever wrote them;"""
MS_FROM: Final = 1e11
"""from here on ms;"""
S_FROM: Final = 1e9
"""and from here on s (from 2001 on)."""
NAMES: Final = frozenset(
    b"time seconds_elapsed x y z qw qx qy qz yaw pitch roll batterylevel rr timestamp date since_start".split()
)
"""Columns that are told by name; of others only that they are there."""
_UNKNOWN: Final = b"?"
_SPLIT: Final = re.compile(rb"([,;\t\r\n]+)")
_RECORDS: Final = msgspec.json.Decoder(list[dict[str, Any]])


def undated(payload: bytes, moved_ns: int) -> bytes:
    """A slice of a file whose codec is `table` or `sensor-logger-export`, as if it were older by `moved_ns`.

    Numbers stay, times since 1970 are moved, all else is gone; a line stays a line, and a record one.
    """
    if payload.startswith(b"{"):
        return _records(payload, moved_ns)
    return b"".join(part if k % 2 else _field(part, moved_ns) for k, part in enumerate(_SPLIT.split(payload)))


def _field(field: bytes, moved_ns: int) -> bytes:
    bare = field.strip(b" \"'").lower()
    if not bare or bare in NAMES:
        return field
    number = read_number(field)
    return _UNKNOWN if number is None else _moved(field, number, moved_ns)


def _moved(text: bytes, number: float, moved_ns: int) -> bytes:
    """A number as it was written, or, if it is a time, as of another day."""
    if number < S_FROM:
        return text
    per_unit = 1 if number >= NS_FROM else 1_000_000 if number >= MS_FROM else 1_000_000_000
    whole = int(text) if text.strip().isdigit() else round(number)
    return b"%d" % max(0, whole - moved_ns // per_unit)


def _records(payload: bytes, moved_ns: int) -> bytes:
    try:
        records = _RECORDS.decode(b"[" + payload.strip(b", \t\r\n") + b"]")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return refusal(payload, NOT_JSON)
    if any("refused" in record for record in records):
        return refusal(payload, NOT_JSON)
    return b",".join(msgspec.json.encode(_record(record, moved_ns)) for record in records)


def _record(record: dict[str, Any], moved_ns: int) -> dict[str, Any]:
    values = record.get("values")
    inner = values if isinstance(values, dict) else {}
    told = {key: str(value) for key, value in (record | inner).items() if isinstance(value, str | int | float)}
    return {
        key: _moved(text.encode(), number, moved_ns).decode()
        for key, text in told.items()
        if key.lower().encode() in NAMES and (number := read_number(text.encode())) is not None
    }
