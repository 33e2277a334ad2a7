"""Sensor Logger's pushed JSON (awesome-sensor-logger, PUSHING.md): entries of many sensors to readings.

`{"messageId": 7, "sessionId": "...", "deviceId": "...", "payload": [{"name":
"gyroscope", "time": 1746684800000000000, "values": {"x": ...}}, ...]}`, times in
ns since 1970 and so beyond what a double holds exactly. App versions before
`values` had x, y and z beside name and time.

There are two ways through. Nearly every message is whole: it is decoded in one
go, typed, and columns are taken out of it. What does not fit that is read entry
by entry, and each fault is counted. Both give the same for the same message.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Annotated, Any, Final, NamedTuple

import msgspec
import numpy as np

from tidehold.errors import WireError
from tidehold.records import DeviceNs, Values
from tidehold.wire.json_parts import (
    LEFT_OUT,
    MAX_ENTRIES,
    NO_LIST,
    NOT_JSON,
    TOO_MANY,
    UNREADABLE,
    Parts,
    add_counts,
    check_text,
    left_out_reasons,
    read_integer,
    read_left_out,
    read_list,
    read_number,
    read_object,
    read_parts,
    read_text,
    sensor_key,
)
from tidehold.wire.profile import Stream
from tidehold.wire.reading import Decoded, Reading, axis_of, factors_of, scaled

TEST_TEXT: Final = "test message"
"""What JSON without a payload says; its own words may be anybody's, so they are never shown."""
MAX_NAME: Final = 128
"""Characters of the longest name of a run that is believed; Sensor Logger's have 36."""
INT64_MAX: Final = 2**63 - 1

MISSING: Final = "value missing"
NO_NUMBER: Final = "value is not a number"
NO_INTEGER: Final = "time is not an integer"
NEGATIVE: Final = "time is negative"
TOO_LATE: Final = "time is beyond int64"

_TIME: Final = attrgetter("time")
_VALUES: Final = attrgetter("values")


def read_message(parts: Parts) -> tuple[str, int] | None:
    """How the sender numbers its messages; None unless it does it properly."""
    run, number = read_text(parts.get("sessionId")), read_integer(parts.get("messageId"))
    if run is None or number is None or len(run) > MAX_NAME or abs(number) > INT64_MAX:
        return None
    return run, number


def read_entries(parts: Parts) -> list[tuple[str | None, Parts, msgspec.Raw]] | None:
    """Name, parts and bytes of every entry, the name None where there is none; None without a payload.

    Raises:
        WireError: The payload is no list, or too long a one.
    """
    if "payload" not in parts:
        return None
    items = read_list(parts["payload"])
    if items is None:
        raise WireError(NO_LIST)
    if len(items) > MAX_ENTRIES:
        raise WireError(TOO_MANY)
    opened = ((read_object(item) or {}, item) for item in items)
    return [(read_text(entry.get("name")), entry, item) for entry, item in opened]


class _Plan(NamedTuple):
    """How entries become the samples of one stream."""

    id: str
    sensor: str
    axes: tuple[str, ...]
    plain: bool
    factors: Values | None
    columns: list[int]
    """Which of the values of an entry, in the order of their keys, are the stream's."""


class SensorLogger:
    """The codec `sensor-logger` for the streams of one channel."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        keys = sorted({axis_of(axis)[0] for stream in streams for axis in stream.axes})
        fields = {key: f"a{i}" for i, key in enumerate(keys)}
        self._keys = len(keys)
        self._decoder = msgspec.json.Decoder(_message_type(fields))
        self._plans = [_plan(stream, keys) for stream in streams]
        self._sensors = frozenset(plan.sensor for plan in self._plans)

    def decode(self, payload: bytes) -> Decoded:
        """What a message says.

        Raises:
            WireError: It is refused whole: one of `json_parts.REASONS`.
        """
        check_text(payload)
        try:
            message = self._decoder.decode(payload)
        except msgspec.ValidationError:
            return self._one_by_one(payload)
        except msgspec.DecodeError:
            raise WireError(NOT_JSON) from None
        return self._at_once(message) or self._one_by_one(payload)

    def _at_once(self, message: Any) -> Decoded | None:
        """What a typed message says; None unless every entry of the profile's sensors is whole."""
        if len(message.payload) > MAX_ENTRIES:
            raise WireError(TOO_MANY)
        groups: dict[str, list[Any]] = {sensor: [] for sensor in self._sensors}
        others = []
        for entry in message.payload:
            group = groups.get(entry.name)
            if group is None:
                others.append(entry.name)
            else:
                group.append(entry)
        readings = []
        for plan in self._plans:
            group = groups[plan.sensor]
            if group:
                reading = _column_wise(plan, group, self._keys)
                if reading is None:
                    return None
                readings.append(reading)
        counts = left_out(others, self._sensors) if others else {}
        if message.leftOut:
            counts = add_counts(read_left_out({LEFT_OUT: message.leftOut}), counts)
        return Decoded(
            tuple(readings), skipped=left_out_reasons(counts), message=(message.sessionId, message.messageId)
        )

    def _one_by_one(self, payload: bytes) -> Decoded:
        """What a message says of which a part does not fit."""
        parts = read_parts(payload)
        entries = None if parts is None else read_entries(parts)
        if parts is None or entries is None:
            return Decoded(text=TEST_TEXT)
        counts = left_out((name for name, _, _ in entries), self._sensors)
        skipped = Counter(left_out_reasons(add_counts(read_left_out(parts), counts)))
        readings = []
        for plan in self._plans:
            samples = [_sample(plan, entry) for name, entry, _ in entries if name == plan.sensor]
            skipped.update(f"{plan.id}: {sample}" for sample in samples if isinstance(sample, str))
            whole = [sample for sample in samples if not isinstance(sample, str)]
            if whole:
                values = np.array([number for _, numbers in whole for number in numbers], np.float64)
                readings.append(_reading(plan, values, [time for time, _ in whole]))
        return Decoded(tuple(readings), skipped=dict(skipped), message=read_message(parts))


def left_out(names: Iterable[str | None], sensors: frozenset[str]) -> dict[str, int]:
    """How many entries are not of these sensors, by the names that may be told."""
    keys = (UNREADABLE if name is None else sensor_key(name) for name in names if name not in sensors)
    return add_counts(Counter(keys), {})


def _message_type(fields: Mapping[str, str]) -> type[msgspec.Struct]:
    """The type of a whole message, with those values that the profile's streams are made of.

    A value that is not there is NaN, which JSON cannot say.
    """
    axes = [(field, float, math.nan) for field in fields.values()]
    values = msgspec.defstruct("Values", axes, rename={field: key for key, field in fields.items()}, gc=False)
    entry = msgspec.defstruct("Entry", [("name", str), ("time", int), ("values", values | None, None)], gc=False)
    parts: list[tuple[str, Any] | tuple[str, Any, Any]] = [
        ("payload", list[entry]),  # type: ignore[valid-type]  # made a line above
        ("messageId", Annotated[int, msgspec.Meta(ge=-INT64_MAX, le=INT64_MAX)]),
        ("sessionId", Annotated[str, msgspec.Meta(max_length=MAX_NAME)]),
        (LEFT_OUT, msgspec.Raw, msgspec.Raw()),
    ]
    return msgspec.defstruct("Message", parts)


def _plan(stream: Stream, keys: Sequence[str]) -> _Plan:
    axes = tuple(axis_of(axis)[0] for axis in stream.axes)
    columns = [keys.index(axis) for axis in axes]
    return _Plan(stream.id, stream.sensor, axes, not stream.columns, factors_of(stream), columns)


def _column_wise(plan: _Plan, entries: Sequence[Any], keys: int) -> Reading | None:
    """The samples of whole entries, of which each has `keys` values; None if one is not whole."""
    times = list(map(_TIME, entries))
    if min(times) < 0 or max(times) > INT64_MAX:
        return None
    try:
        numbers = chain.from_iterable(map(msgspec.structs.astuple, map(_VALUES, entries)))
        values = np.fromiter(numbers, np.float64, len(times) * keys).reshape(-1, keys)[:, plan.columns]
    except TypeError:  # no values
        return None
    if not np.isfinite(values).all():  # one is missing
        return None
    return _reading(plan, values, times)


def _reading(plan: _Plan, values: Values, times: list[int]) -> Reading:
    """The samples, one row of `values` after the other, in the stream's unit and shaped as its columns are."""
    shaped = values.reshape(-1) if plan.plain else values.reshape(-1, len(plan.axes))
    return Reading(plan.id, scaled(shaped, plan.factors), DeviceNs(max(times)), np.array(times, np.int64))


def _sample(plan: _Plan, entry: Parts) -> tuple[int, tuple[float, ...]] | str:
    """Time and values of an entry, or why it cannot be a sample."""
    time = read_integer(entry.get("time"))
    if time is None:
        return NO_INTEGER
    if not 0 <= time <= INT64_MAX:
        return NEGATIVE if time < 0 else TOO_LATE
    source = read_object(entry["values"]) or {} if "values" in entry else entry
    numbers = []
    for axis in plan.axes:
        if axis not in source:
            return MISSING
        number = read_number(source[axis])
        if number is None:
            return NO_NUMBER
        numbers.append(number)
    return time, tuple(numbers)
