"""phyphox's mqtt/json (phyphox wiki, Network Connections): buffers of an experiment to readings.

`{"accX": [...], "acc_time": [...], ..., "time": {"now": s, "events": [...]}}`,
buffers by the ids that the experiment gives them, a number or a list; null where
the phone has NaN. Times are seconds since the experiment began.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from tidehold.errors import WireError
from tidehold.records import Values
from tidehold.units import NS
from tidehold.wire.json_parts import (
    NO_OBJECT,
    OTHER,
    Parts,
    add_counts,
    left_out_reasons,
    read_left_out,
    read_list,
    read_number,
    read_parts,
)
from tidehold.wire.profile import Stream
from tidehold.wire.reading import Decoded, Reading, axis_of, factors_of, scaled, timed
from tidehold.wire.sensor_logger import NEGATIVE, NO_NUMBER, TOO_LATE

TIME: Final = "time"
"""Not a buffer: when the message was sent, and when the experiment was started and paused."""
LATEST_S: Final = 2**62 / NS
"""Half of what int64 holds in ns, 146 years."""

_NUMBERS: Final = msgspec.json.Decoder(float | list[float | None] | None)


class Phyphox:
    """The codec `phyphox` for the streams of one channel."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        self._streams = [(stream, factors_of(stream)) for stream in streams]
        self._known = known_buffers(streams)

    def decode(self, payload: bytes) -> Decoded:
        """What a message says.

        Raises:
            WireError: It is refused whole: one of `json_parts.REASONS`.
        """
        parts = read_parts(payload)
        if parts is None:
            raise WireError(NO_OBJECT)
        counts = add_counts(read_left_out(parts), left_out(parts, self._known))
        skipped = Counter(left_out_reasons(counts))
        readings, refused = [], []
        for stream, factors in self._streams:
            try:
                reading = _reading(stream, factors, parts, skipped)
            except WireError as error:
                refused.append(f"{stream.id}: {error}")
            else:
                readings += [] if reading is None else [reading]
        return Decoded(tuple(readings), tuple(refused), skipped=dict(skipped))


def known_buffers(streams: Sequence[Stream]) -> frozenset[str]:
    """Ids of the buffers that streams are made of."""
    return frozenset(name for stream in streams for name in (stream.sensor, *_buffers(stream)))


def left_out(parts: Parts, known: frozenset[str]) -> dict[str, int]:
    """How many buffers are not of the profile; their ids may be anybody's words, so they are not told."""
    others = len(parts.keys() - known - {TIME, "leftOut"})
    return {OTHER: others} if others else {}


def _buffers(stream: Stream) -> list[str]:
    return [axis_of(axis)[0] for axis in stream.axes]


def _reading(stream: Stream, factors: Values | None, parts: Parts, skipped: Counter[str]) -> Reading | None:
    """The samples of one stream; None if the message has none.

    Raises:
        WireError: Its buffers do not belong together.
    """
    names = [stream.sensor, *_buffers(stream)]
    there = [name for name in names if name in parts]
    if not there:
        return None
    if len(there) < len(names):
        raise WireError("a buffer is missing")
    columns = [_column(parts[name]) for name in names]
    if len({len(column) for column in columns}) > 1:
        raise WireError("buffers of unequal lengths")
    table = np.column_stack(columns)
    seconds = table[:, 0]
    if len(table) and not (np.isfinite(table).all() and seconds.min() >= 0 and seconds.max() <= LATEST_S):
        table = _whole(stream.id, table, skipped)
    if not len(table):
        return None
    values = scaled(table[:, 1:], factors)
    times = np.rint(table[:, 0] * NS).astype(np.int64)
    return timed(stream.id, values if stream.columns else values[:, 0], times)


def _whole(stream: str, table: Values, skipped: Counter[str]) -> Values:
    """The rows that can be samples: a time, and values; the others are counted."""
    seconds = table[:, 0]
    faults = np.select([~np.isfinite(table).all(axis=1), seconds < 0, seconds > LATEST_S], [1, 2, 3])
    for fault, why in enumerate((NO_NUMBER, NEGATIVE, TOO_LATE), start=1):
        if count := int((faults == fault).sum()):
            skipped[f"{stream}: {why}"] += count
    whole: Values = table[faults == 0]
    return whole


def _column(raw: msgspec.Raw) -> Values:
    """A buffer's numbers, NaN for what is none; a single one is a buffer of one."""
    try:
        numbers = _NUMBERS.decode(raw)
    except msgspec.DecodeError:
        items = read_list(raw)
        numbers = [None] if items is None else [read_number(item) for item in items]
    return np.array(numbers if isinstance(numbers, list) else [numbers], np.float64)
