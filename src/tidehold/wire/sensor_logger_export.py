"""Sensor Logger's exports of one sensor, as they stand in the files (awesome-sensor-logger, README, "File Handling").

Of a CSV file lines, see `tidehold.wire.table`. A JSON file is one array, every value of it a text:
`[{"sensor": "Gyroscope", "time": "1698501144401773000", "seconds_elapsed": "0.21", "z": "-0.1", ...}, ...]`.
A payload is some records that follow each other, to the byte, with the commas between them and without the brackets
around all. Numbers that are numbers, and values that stand in an object "values", are taken too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from tidehold.errors import WireError
from tidehold.wire.json_parts import MAX_ENTRIES, NO_OBJECT, NOT_JSON, TOO_MANY, check_text, read_parts
from tidehold.wire.profile import Stream
from tidehold.wire.reading import Decoded
from tidehold.wire.sensor_logger import MISSING, NO_NUMBER
from tidehold.wire.table import TIME, Sample, Table, decoded, plan_of, read_number, read_time

_REFUSED: Final = b'{"refused"'
"""How the stand-in of a part begins that was no record: `json_parts.refusal`."""
_RECORDS: Final = msgspec.json.Decoder(list[dict[str, Any]])
_BETWEEN: Final = b", \t\r\n"


class SensorLoggerExport:
    """The codec `sensor-logger-export` for the streams of one channel.

    Args:
        layout: Columns of the table, as long as no line of it has said them.
        streams: Of the channel.
    """

    def __init__(self, layout: str, streams: Sequence[Stream]) -> None:
        self._table = Table(layout, streams)
        self._plans = [plan_of(stream) for stream in streams]

    def decode(self, payload: bytes) -> Decoded:
        """What some lines or records say; what cannot be used of them is left out one by one.

        Raises:
            WireError: They are refused together: one of `json_parts.REASONS`.
        """
        return self._records(payload) if payload.startswith(b"{") else self._table.decode(payload)

    def _records(self, payload: bytes) -> Decoded:
        check_text(payload)
        if payload.startswith(_REFUSED):
            read_parts(payload)
        try:
            records = _RECORDS.decode(b"[" + payload.strip(_BETWEEN) + b"]")
        except msgspec.ValidationError:
            raise WireError(NO_OBJECT) from None
        except msgspec.DecodeError:
            raise WireError(NOT_JSON) from None
        if len(records) > MAX_ENTRIES:
            raise WireError(TOO_MANY)
        rows = [_lower(record) for record in records]
        samples = [[_sample(plan.axes, row) for row in rows] for plan in self._plans]
        return decoded(self._plans, samples, timed=True)


def _lower(record: dict[str, Any]) -> dict[str, Any]:
    """A record by the names of its parts in lower case, those of "values" among them."""
    values = record.get("values")
    inner = values if isinstance(values, dict) else {}
    return {key.lower(): value for key, value in (record | inner).items()}


def _sample(axes: Sequence[str], row: dict[str, Any]) -> Sample | str:
    """Time and values of a record, or why it cannot be a sample."""
    time = read_time(_text(row.get(TIME)))
    if isinstance(time, str):
        return time
    numbers = []
    for axis in axes:
        field = _text(row[axis]) if row.get(axis) is not None else None
        if field is None:
            return NO_NUMBER if axis in row else MISSING
        number = read_number(field)
        if number is None:
            return NO_NUMBER
        numbers.append(number)
    return Sample(time, tuple(numbers))


def _text(value: object) -> bytes | None:
    """A value as a table would have it; None for what is neither a text nor a number."""
    if isinstance(value, str):
        return value.encode()
    return repr(value).encode() if isinstance(value, int | float) else None  # "True" is no number either
