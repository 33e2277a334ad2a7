"""Rows as frames: all bytes of them once, a quarter of a second each, broken rows where they were."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.imports.sensor_files import T0, Rows, csv_of, rows
from tidehold.imports.lines import lines_of
from tidehold.imports.nouns import Broken
from tidehold.imports.slices import FAR_NS, SLICE_ROWS, Piece, Sensor, frames_of, rows_of
from tidehold.sources.profiles import file_profiles
from tidehold.units import NS
from tidehold.wire.decoder import Decoder

PROFILE = file_profiles()["sensor-logger-export-android"]


def sensor(raw: bytes) -> Sensor:
    pieces = [Piece(line.start, line.end, line.number) for line in lines_of(raw)]
    return Sensor("Gyroscope.csv", "gyroscope", raw, rows_of(Decoder(PROFILE), "gyroscope", raw, pieces))


def small(table: Rows) -> Rows:
    return [(t, x, y, z / 10) for t, x, y, z in table]


def test_frames_are_the_file_cut_up() -> None:
    raw = csv_of(small(rows(3, 1))).encode()
    told = sensor(raw)
    frames = list(frames_of("phone", told, T0))
    assert b"".join(frame.payload for frame in frames) == raw
    assert (frames[0].t, frames[0].payload) == (0, raw[: raw.index(b"\n") + 1])
    assert [frame.t for frame in frames[1:]] == [
        max(t for t in told.times if (t - T0) // (NS // 4) == k) - T0 for k in range(12)
    ]
    assert list(told.broken()) == []


def test_a_broken_row_is_named_and_stays_where_it_is() -> None:
    lines = csv_of(small(rows(4, 2))).encode().splitlines(keepends=True)
    lines[150] = b"17466848,garbage\n"
    lines[300] = b"1746684800123456789,0,800,0,0\n"
    told = sensor(b"".join(lines))
    assert list(told.broken()) == [
        Broken("Gyroscope.csv:151", "gyr: value missing"),
        Broken("Gyroscope.csv:301", "gyr: outside -70..70"),
    ]
    assert b"".join(frame.payload for frame in frames_of("phone", told, T0)) == b"".join(lines)
    assert len(told.times) == 398


def test_a_row_of_another_year_has_no_time() -> None:
    table = small(rows(1, 3))
    table[50] = (T0 + 2 * FAR_NS, 1.0, 1.0, 1.0)
    told = sensor(csv_of(table).encode())
    assert list(told.broken()) == [Broken("Gyroscope.csv:52", "its time is far off")]
    assert max(frame.t for frame in frames_of("phone", told, T0)) < NS


def test_a_frame_has_no_more_rows_than_any_message() -> None:
    table = [(T0 + k * 1000, 0.0, 0.0, 0.0) for k in range(SLICE_ROWS + 10)]
    frames = list(frames_of("phone", sensor(csv_of(table).encode()), T0))
    assert [frame.payload.count(b"\n") for frame in frames] == [1, SLICE_ROWS, 10]


def test_rows_without_any_time_are_at_the_start() -> None:
    told = sensor(b"a,b\nc,d\n")
    assert (told.times, [frame.t for frame in frames_of("phone", told, T0)]) == ([], [0])


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=30).filter(lambda raw: raw.strip(b"\0 \t\r\n\v\f")), max_size=8), st.integers(0, 8))
def test_garbage_is_cut_up_as_it_is(lines: list[bytes], at: int) -> None:
    raw = csv_of(small(rows(0.04, 4))).encode() + b"\n".join(lines[:at])
    told = sensor(raw)
    frames = list(frames_of("phone", told, T0))
    kept = b"".join(frame.payload for frame in frames)
    assert kept.translate(None, b"\0 \t\r\n\v\f") == raw.translate(None, b"\0 \t\r\n\v\f")
    assert all(one.piece.end <= other.piece.start for one, other in pairwise(told.rows))
    assert len(told.times) >= 3
