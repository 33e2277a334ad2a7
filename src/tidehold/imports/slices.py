"""Rows of a file, a sample each, as frames: slices of a quarter of a second, to the byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from tidehold.imports.lines import payload_of
from tidehold.imports.nouns import Broken
from tidehold.records import Frame, HostNs
from tidehold.units import NS
from tidehold.wire.decoder import Decoded, Decoder

SLICE_NS: Final = NS // 4
"""How much a frame holds: as much as between two ticks, so that nothing is told before its time."""
SLICE_ROWS: Final = 500
"""Rows of a frame at most; a sensor's 2 kHz would be these."""
BLOCK: Final = 128
"""Rows that are decoded together to learn their times."""
FAR_NS: Final = 12 * 3600 * NS
"""A time this far from that of the middle row is none."""


class Piece(NamedTuple):
    """A part of a file: its place in it, the number of its line, and what stands for it if its bytes are not kept."""

    start: int
    end: int
    number: int
    stands_for: bytes | None = None


class Row(NamedTuple):
    """A piece, when its sample was taken (ns since 1970), and why it cannot be used: "" where it can."""

    piece: Piece
    time: int | None
    why: str

    @property
    def is_heading(self) -> bool:
        """Whether it is no sample, and nothing is wrong with it."""
        return self.time is None and not self.why


class Sensor(NamedTuple):
    """What a file says of one sensor: its name, the channel that it comes on, and its rows."""

    name: str
    channel: str
    raw: bytes
    rows: list[Row]

    @property
    def times(self) -> list[int]:
        """Of the samples, ns since 1970."""
        return [row.time for row in self.rows if row.time is not None]

    def broken(self) -> Iterator[Broken]:
        """The rows that cannot be used."""
        return (Broken(f"{self.name}:{row.piece.number}", row.why) for row in self.rows if row.why)


def rows_of(decoder: Decoder, channel: str, raw: bytes, pieces: list[Piece]) -> list[Row]:
    """Learn the times of pieces from the codec that will decode them, so that what is sound here is sound there."""
    rows: list[Row] = []
    for k in range(0, len(pieces), BLOCK):
        block = pieces[k : k + BLOCK]
        together = decoder.decode(channel, payload_of(raw[block[0].start : block[-1].end]))
        times = _times(together)
        is_one = all(one.end <= other.start for one, other in pairwise(block))
        if is_one and len(times) == len(block) and not (together.skipped or together.refused):
            rows += [Row(piece, time, "") for piece, time in zip(block, times, strict=True)]
        else:
            rows += [_row(decoder, channel, raw, piece) for piece in block]
    return _plausible(rows)


def _row(decoder: Decoder, channel: str, raw: bytes, piece: Piece) -> Row:
    decoded = decoder.decode(channel, payload_of(_bytes_of(raw, piece)))
    times = _times(decoded)
    why = "; ".join([*decoded.refused, *decoded.skipped])
    return Row(piece, times[0] if len(times) == 1 and not why else None, why)


def _bytes_of(raw: bytes, piece: Piece) -> bytes:
    return raw[piece.start : piece.end] if piece.stands_for is None else piece.stands_for


def _times(decoded: Decoded) -> list[int]:
    if not decoded.readings or decoded.readings[0].times is None:
        return []
    times: list[int] = decoded.readings[0].times.tolist()
    return times


def _plausible(rows: list[Row]) -> list[Row]:
    """The rows; those whose time cannot be true have none."""
    times = sorted(row.time for row in rows if row.time is not None)
    if not times:
        return rows
    middle = times[len(times) // 2]
    return [
        row if row.time is None or abs(row.time - middle) <= FAR_NS else Row(row.piece, None, "its time is far off")
        for row in rows
    ]


def frames_of(source: str, sensor: Sensor, start: int) -> Iterator[Frame]:
    """The rows of a sensor as frames, each at the time of its newest sample.

    Args:
        source: Name of the source.
        sensor: Its rows, in the order of the file.
        start: Of the session, ns since 1970.
    """
    t = 0
    for rows in _sliced(sensor.raw, sensor.rows, start):
        times = [row.time for row in rows if row.time is not None]
        t = max(times) - start if times else t
        first, last = rows[0].piece, rows[-1].piece
        payload = sensor.raw[first.start : last.end] if first.stands_for is None else first.stands_for
        yield Frame(HostNs(t), source, sensor.channel, payload_of(payload))


def _sliced(raw: bytes, rows: Iterable[Row], start: int) -> Iterator[list[Row]]:
    """Rows that follow each other in the file and in time, a quarter of a second of them at most.

    A heading is alone: so it comes before all of its rows, also where they are not in the order of time.
    """
    current: list[Row] = []
    quarter: int | None = None
    for row in rows:
        here = quarter if row.time is None else (row.time - start) // SLICE_NS
        moves = quarter is not None and here != quarter
        moves = moves or (bool(current) and current[-1].is_heading)
        if current and (moves or len(current) == SLICE_ROWS or not _follows(raw, current[-1].piece, row.piece)):
            yield current
            current = []
        current.append(row)
        quarter = here
    if current:
        yield current


def _follows(raw: bytes, one: Piece, other: Piece) -> bool:
    """Whether nothing but what separates rows is between two pieces that both stand for themselves."""
    if one.stands_for is not None or other.stands_for is not None:
        return False
    return not raw[one.end : other.start].strip(b", \0\t\r\n\v\f")
