"""Sensor Logger's pushed JSON (awesome-sensor-logger, PUSHING.md): entries of many sensors to readings.

`{"messageId": 7, "sessionId": "...", "deviceId": "...", "payload": [{"name":
"gyroscope", "time": 1746684800000000000, "values": {"x": ...}}, ...]}`, times in
ns since 1970 and so beyond what a double holds exactly. App versions before
`values` had x, y and z beside name and time.

There are two ways through. Nearly every message has been sifted (`tidehold.wire.sieve`)
and is whole: it is decoded in one go, each entry into the type of its sensor, and
columns are taken out of that. What does not fit is read entry by entry, and each
fault is counted. Both give the same for the same message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import chain
from operator import attrgetter, or_
from typing import Annotated, Any, Final, NamedTuple

import msgspec
import numpy as np
from msgspec.structs import astuple

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
    proper_counts,
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
    columns: list[int] | None
    """Which of the values that are read of the sensor are the stream's; None: all of them, in this order."""


class SensorLogger:
    """The codec `sensor-logger` for the streams of one channel."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        keys: dict[str, list[str]] = {}
        for stream in streams:
            known = keys.setdefault(stream.sensor, [])
            known += [axis for axis in dict.fromkeys(_axes(stream)) if axis not in known]
        self._types = {sensor: _entry_type(sensor, axes) for sensor, axes in keys.items()}
        self._decoder = msgspec.json.Decoder(_message_type(self._types.values()))
        self._plans = [_plan(stream, keys[stream.sensor]) for stream in streams]
        self._sensors = frozenset(keys)

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
        """What a typed message says; None if it takes a closer look."""
        if len(message.payload) > MAX_ENTRIES:
            raise WireError(TOO_MANY)
        groups: dict[type, list[Any]] = {_Other: []}
        groups |= {each: [] for each in self._types.values()}
        for entry in message.payload:
            groups[type(entry)].append(entry)
        if groups[_Other]:
            return None
        readings = []
        for plan in self._plans:
            group = groups[self._types[plan.sensor]]
            if group:
                readings.append(_column_wise(plan, group))
        counts = dict(sorted(proper_counts(message.leftOut).items()))
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


class _Other(msgspec.Struct, tag_field="name", tag="\0", gc=False):
    """An entry of no sensor. It makes a union even of one type: outside of one, entries without a name would pass."""


def _entry_type(sensor: str, axes: Sequence[str]) -> type[msgspec.Struct]:
    """The type of a whole entry of a sensor, with those values that the profile's streams are made of."""
    fields = [(f"a{i}", float) for i in range(len(axes))]
    values = msgspec.defstruct("Values", fields, rename={f"a{i}": axis for i, axis in enumerate(axes)}, gc=False)
    time = Annotated[int, msgspec.Meta(ge=0, le=INT64_MAX)]
    return msgspec.defstruct("Entry", [("time", time), ("values", values)], tag_field="name", tag=sensor, gc=False)


def _message_type(entries: Iterable[type[msgspec.Struct]]) -> type[msgspec.Struct]:
    """The type of a message of whole entries."""
    entry: Any = reduce(or_, entries, _Other)
    parts: list[tuple[str, Any] | tuple[str, Any, Any]] = [
        ("payload", list[entry]),
        ("messageId", Annotated[int, msgspec.Meta(ge=-INT64_MAX, le=INT64_MAX)]),
        ("sessionId", Annotated[str, msgspec.Meta(max_length=MAX_NAME)]),
        (LEFT_OUT, dict[str, int], {}),
    ]
    return msgspec.defstruct("Message", parts)


def _axes(stream: Stream) -> tuple[str, ...]:
    return tuple(axis_of(axis)[0] for axis in stream.axes)


def _plan(stream: Stream, keys: Sequence[str]) -> _Plan:
    axes = _axes(stream)
    columns = None if axes == tuple(keys) else [keys.index(axis) for axis in axes]
    return _Plan(stream.id, stream.sensor, axes, not stream.columns, factors_of(stream), columns)


def _column_wise(plan: _Plan, entries: Sequence[Any]) -> Reading:
    """The samples of whole entries."""
    numbers = chain.from_iterable(map(astuple, map(_VALUES, entries)))
    values = np.fromiter(numbers, np.float64)
    if plan.columns is not None:
        values = values.reshape(len(entries), -1).take(plan.columns, axis=1)
    return _reading(plan, values, [entry.time for entry in entries])


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
