"""Records of Sensor Logger's JSON export: to the byte as in the file, texts or numbers, and no garbage crashes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.errors import WireError
from tidehold.wire.json_parts import MAX_ENTRIES, NO_OBJECT, NOT_JSON, TOO_MANY, refusal
from tidehold.wire.profile import Stream
from tidehold.wire.sensor_logger_export import SensorLoggerExport

GYR = Stream("gyr", "gyroscope", "rad/s", ("x", "y", "z"), axes=("x", "-y", "z"))
CODEC = SensorLoggerExport("time, seconds_elapsed, z, y, x", (GYR,))
ONE = '{"sensor": "Gyroscope", "time": "1698501144401773000", "seconds_elapsed": "0.2", "z": "3", "y": "2", "x": "0.1"}'


def test_records_are_texts() -> None:
    (reading,) = CODEC.decode(f"{ONE},\n  {ONE.replace('773', '774')},\n".encode()).readings
    assert reading.times is not None
    assert reading.times.tolist() == [1698501144401773000, 1698501144401774000]
    assert reading.values.tolist() == [[0.1, -2.0, 3.0]] * 2


def test_numbers_are_taken_too_and_values_in_an_object() -> None:
    record = {"sensor": "gyroscope", "time": 1698501144401773001, "values": {"x": 0.1, "y": 2, "z": 1e-3}}
    (reading,) = CODEC.decode(json.dumps(record).encode()).readings
    assert (reading.device, reading.values.tolist()) == (1698501144401773001, [[0.1, -2.0, 0.001]])


def test_lines_of_a_table_come_the_same_way() -> None:
    (reading,) = CODEC.decode(b"time,seconds_elapsed,z,y,x\n7,0,3,2,0.1\n").readings
    assert (reading.device, reading.values.tolist()) == (7, [[0.1, -2.0, 3.0]])


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"1698501144401773000"', '"soon"', "time is not an integer"),
        ('"1698501144401773000"', "true", "time is not an integer"),
        ('"1698501144401773000"', "null", "time is not an integer"),
        ('"1698501144401773000"', "-1", "time is negative"),
        ('"1698501144401773000"', str(2**63), "time is beyond int64"),
        (', "x": "0.1"', "", "value missing"),
        ('"0.1"', "null", "value is not a number"),
        ('"0.1"', "[1]", "value is not a number"),
        ('"0.1"', '"Infinity"', "value is not a number"),
    ],
)
def test_each_fault_of_a_record_is_named_and_the_others_stay(old: str, new: str, why: str) -> None:
    decoded = CODEC.decode(f"{ONE},{ONE.replace(old, new)}".encode())
    assert len(decoded.readings[0].values) == 1
    assert decoded.skipped == {f"gyr: {why}": 1}


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b'{"time":', NOT_JSON),
        (b'{"a":1},5', NO_OBJECT),
        (refusal(b"anything", NOT_JSON), NOT_JSON),
        (b"{}," * MAX_ENTRIES + b"{}", TOO_MANY),
        (b'{"a":"\xff"}', "not UTF-8"),
    ],
)
def test_what_is_refused_whole(payload: bytes, why: str) -> None:
    with pytest.raises(WireError, match=why):
        CODEC.decode(payload)


@given(st.binary(max_size=200).map(lambda raw: b"{" + raw), st.integers(0, len(ONE)), st.integers(0, len(ONE)))
def test_no_bytes_crash_it(garbage: bytes, start: int, end: int) -> None:
    for payload in (garbage, ONE.encode()[:end], ONE[:start].encode() + garbage + ONE[end:].encode()):
        try:
            decoded = CODEC.decode(payload)
        except WireError:
            continue
        assert all(np.isfinite(reading.values).all() for reading in decoded.readings)
