"""Lines of a table, as programs export what they recorded: RR intervals, HRV Logger's and Sensor Logger's files.

A payload is some whole lines of the file, to the byte. The first line that names the columns is one too: it says
where they are from then on; until one comes, they are as the channel's `layout` says. A column "time" is when a
sample was taken, in ns since the clock's epoch; without it samples have no times of their own.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from tidehold.errors import WireError
from tidehold.records import Values
from tidehold.wire.json_parts import MAX_ENTRIES, TOO_MANY
from tidehold.wire.profile import Stream
from tidehold.wire.reading import Decoded, Reading, axis_of
from tidehold.wire.reading import timed as timed_reading
from tidehold.wire.sensor_logger import INT64_MAX, MISSING, NEGATIVE, NO_INTEGER, NO_NUMBER, TOO_LATE

LAYOUT_PATTERN: Final = r"^ *[a-z0-9_]+( *, *[a-z0-9_]+)*$"
"""Names of columns, separated by commas."""
TIME: Final = "time"

_SEPARATORS: Final = re.compile(rb"[,;\t]")
_NUMBER: Final = re.compile(rb"[ \t]*[+-]?(\d{1,40}([.,]\d{0,40})?|[.,]\d{1,40})([eE][+-]?\d{1,3})?[ \t]*")


class Sample(NamedTuple):
    """One line of a table as a sample of one stream."""

    time: int | None
    numbers: tuple[float, ...]


class _Plan(NamedTuple):
    """How a line becomes a sample of one stream."""

    id: str
    axes: tuple[str, ...]
    factors: tuple[float, ...]
    plain: bool


class Table:
    """The codec `table` for the streams of one channel; it remembers the columns of the file that it reads."""

    def __init__(self, layout: str, streams: Sequence[Stream]) -> None:
        self._columns = {name.strip(): place for place, name in enumerate(layout.split(","))}
        self._plans = [plan_of(stream) for stream in streams]
        self._axes = {axis for plan in self._plans for axis in plan.axes}

    def decode(self, payload: bytes) -> Decoded:
        """What some lines say.

        Samples with times are left out one by one if they cannot be used; without times the stream is refused.

        Raises:
            WireError: There are too many lines.
        """
        lines = [line for line in payload.splitlines() if line.strip()]
        if len(lines) > MAX_ENTRIES:
            raise WireError(TOO_MANY)
        rows = [fields for fields in map(self._fields, lines) if not self._is_heading(fields)]
        samples = [[self._sample(plan, row) for row in rows] for plan in self._plans]
        return decoded(self._plans, samples, timed=TIME in self._columns)

    def _fields(self, line: bytes) -> list[bytes]:
        # The comma of a lone number is a decimal one.
        return _SEPARATORS.split(line) if len(self._columns) > 1 or not is_number(line) else [line]

    def _is_heading(self, fields: list[bytes]) -> bool:
        """Whether a line names the columns that are needed; if so, it holds from now on."""
        if any(map(is_number, fields)):
            return False
        names = [field.strip(b" \t\"'").lower().decode("latin-1") for field in fields]
        if not self._axes & set(names):
            return False
        self._columns = {name: place for place, name in reversed(list(enumerate(names)))}
        return True

    def _sample(self, plan: _Plan, fields: list[bytes]) -> Sample | str:
        """Time and values of a line, or why it cannot be a sample."""
        time = None
        if TIME in self._columns:
            read = read_time(_field(fields, self._columns[TIME]))
            if isinstance(read, str):
                return read
            time = read
        numbers = []
        for axis in plan.axes:
            field = _field(fields, self._columns.get(axis))
            if field is None or not field.strip():
                return MISSING
            number = read_number(field)
            if number is None:
                return NO_NUMBER
            numbers.append(number)
        return Sample(time, tuple(numbers))


def plan_of(stream: Stream) -> _Plan:
    """How lines or records become samples of a stream."""
    axes = [axis_of(axis) for axis in stream.axes]
    factors = tuple(sign * stream.scale for _, sign in axes)
    return _Plan(stream.id, tuple(name.lower() for name, _ in axes), factors, not stream.columns)


def decoded(plans: Sequence[_Plan], samples: Sequence[Sequence[Sample | str]], *, timed: bool) -> Decoded:
    """The readings of streams, and what of their samples could not be used.

    A series without times (`timed`) is broken by what is missing in it: that is refused, and not merely left out.
    """
    readings = []
    skipped: Counter[str] = Counter()
    refused: dict[str, None] = {}
    for plan, every in zip(plans, samples, strict=True):
        whole = [sample for sample in every if isinstance(sample, Sample)]
        faults = [f"{plan.id}: {sample}" for sample in every if isinstance(sample, str)]
        if timed:
            skipped.update(faults)
        else:
            refused |= dict.fromkeys(faults)
        if whole:
            readings.append(_reading(plan, whole))
    return Decoded(tuple(readings), tuple(refused), skipped=dict(skipped))


def _reading(plan: _Plan, samples: Sequence[Sample]) -> Reading:
    values = _scaled(np.array([sample.numbers for sample in samples], np.float64), plan.factors)
    shaped = values.reshape(-1) if plan.plain else values
    times = [sample.time for sample in samples if sample.time is not None]
    return timed_reading(plan.id, shaped, np.array(times, np.int64)) if times else Reading(plan.id, shaped)


def _scaled(values: Values, factors: tuple[float, ...]) -> Values:
    """Values in the stream's unit. Thousandths are divided out: 831.0546875 ms are then exactly 851/1024 s."""
    if all(factor == 1.0 for factor in factors):
        return values
    with np.errstate(over="ignore"):
        for column, factor in enumerate(factors):
            inverse = 1.0 / factor
            values[:, column] = values[:, column] / inverse if inverse == round(inverse) else values[:, column] * factor
    return values


def _field(fields: list[bytes], place: int | None) -> bytes | None:
    return fields[place] if place is not None and place < len(fields) else None


def is_number(field: bytes) -> bool:
    """Whether some bytes are a number as people and programs write one."""
    return _NUMBER.fullmatch(field) is not None


def read_number(field: bytes) -> float | None:
    """A finite number, with a decimal point or comma; None for all else."""
    if not is_number(field):
        return None
    number = float(field.replace(b",", b"."))
    return number if math.isfinite(number) else None


def read_time(field: bytes | None) -> int | str:
    """A time in whole ns, also one that is written with a point or an exponent; or why it is none."""
    if field is None or not is_number(field):
        return NO_INTEGER
    try:
        time = int(field)
    except ValueError:
        number = read_number(field)
        if number is None or not number.is_integer():
            return NO_INTEGER
        time = int(number)
    if not 0 <= time <= INT64_MAX:
        return NEGATIVE if time < 0 else TOO_LATE
    return time
