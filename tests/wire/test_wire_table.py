"""Lines of a table: columns by their heading, numbers as people write them, faults one by one; no garbage crashes."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.errors import WireError
from tidehold.wire.json_parts import MAX_ENTRIES, TOO_MANY
from tidehold.wire.profile import Stream
from tidehold.wire.table import LAYOUT_PATTERN, Table, is_number, read_number, read_time

GYR = Stream("gyr", "data", "rad/s", ("x", "y", "z"), axes=("x", "-y", "z"), scale=0.5)
RR = Stream("rr", "lines", "s", axes=("rr",), scale=0.001)


def gyr() -> Table:
    return Table("time, seconds_elapsed, z, y, x", (GYR,))


def test_columns_are_as_the_layout_says() -> None:
    (reading,) = gyr().decode(b"1746684800000000001,0.1,3,2,1\r\n1746684800010000001,0.2,6,5,4\n").readings
    assert reading.times is not None
    assert reading.times.tolist() == [1746684800000000001, 1746684800010000001]
    assert reading.device == 1746684800010000001
    assert reading.values.tolist() == [[0.5, -1.0, 1.5], [2.0, -2.5, 3.0]]


def test_a_heading_says_where_columns_are_from_then_on() -> None:
    table = gyr()
    assert table.decode(b'"X", Time ,y,z,extra\n').readings == ()
    (reading,) = table.decode(b"1,7,2,3,hello").readings
    assert (reading.values.tolist(), reading.device) == ([[0.5, -1.0, 1.5]], 7)


def test_a_line_of_words_is_no_heading_of_this_table() -> None:
    table = gyr()
    assert table.decode(b"alpha,beta\n").skipped == {"gyr: time is not an integer": 1}
    assert len(table.decode(b"7,0,3,2,1").readings) == 1


def test_without_a_time_the_samples_have_none_and_faults_are_refused() -> None:
    decoded = Table("rr", (RR,)).decode(b"831.0546875\nabc\n\n800\nxyz\n")
    (reading,) = decoded.readings
    assert (reading.values.tolist(), reading.times, reading.device) == ([851 / 1024, 0.8], None, None)
    assert (decoded.refused, dict(decoded.skipped)) == (("rr: value is not a number",), {})


@given(st.integers(1, 65_535))
def test_a_tick_is_read_exactly(tick: int) -> None:
    (reading,) = Table("rr", (RR,)).decode(f"{tick / 1.024:.7f}".encode()).readings
    assert reading.values.tolist() == [tick / 1024]


def test_the_comma_of_a_lone_number_is_a_decimal_one() -> None:
    (reading,) = Table("rr", (RR,)).decode(b"812,5\n").readings
    assert reading.values.tolist() == [0.8125]
    (of_row,) = Table("timestamp, rr", (RR,)).decode(b"5,812\n6;813\n7\t814").readings
    assert of_row.values.tolist() == [0.812, 0.813, 0.814]


FAULTS = {
    b"now,0,3,2,1": "time is not an integer",
    b"1.5,0,3,2,1": "time is not an integer",
    b"": "time is not an integer",
    b"-5,0,3,2,1": "time is negative",
    b"9223372036854775808,0,3,2,1": "time is beyond int64",
    b"9e39,0,3,2,1": "time is beyond int64",
    b"7,0,3,2": "value missing",
    b"7,0,3,,1": "value missing",
    b"7,0,nan,2,1": "value is not a number",
    b"7,0,inf,2,1": "value is not a number",
    b"7,0,1_0,2,1": "value is not a number",
    b"7,0,1e999,2,1": "value is not a number",
    b"7,0,0x1,2,1": "value is not a number",
    "7,0,٣,2,1".encode(): "value is not a number",
}


@pytest.mark.parametrize(("line", "why"), FAULTS.items())
def test_each_fault_of_a_line_is_named_and_the_others_stay(line: bytes, why: str) -> None:
    decoded = gyr().decode(b"1,0,3,2,1\n" + line + b",\n3,0,3,2,1\n" if line else b"1,0,3,2,1\n,,\n3,0,3,2,1\n")
    (reading,) = decoded.readings
    assert reading.times is not None
    assert reading.times.tolist() == [1, 3]
    assert decoded.skipped == {f"gyr: {why}": 1}


def test_a_time_with_an_exponent_is_a_time() -> None:
    assert read_time(b"1.5e3") == 1500
    assert read_time(b" 1746684800000000001 ") == 1746684800000000001


def test_too_many_lines_are_refused_together() -> None:
    with pytest.raises(WireError, match=re.escape(TOO_MANY)):
        gyr().decode(b"1,0,3,2,1\n" * (MAX_ENTRIES + 1))
    assert len(gyr().decode(b"1,0,3,2,1\n" * MAX_ENTRIES).readings[0].values) == MAX_ENTRIES


@given(st.binary(max_size=200))
def test_no_bytes_crash_it(payload: bytes) -> None:
    for table in (gyr(), Table("rr", (RR,))):
        for reading in table.decode(payload).readings:
            assert np.isfinite(reading.values).all()


@given(st.integers(0, 60))
def test_a_table_cut_anywhere_keeps_its_whole_lines(cut: int) -> None:
    whole = b"1746684800000000001,0.5,3.25,2.25,1.25\n1746684800000000002,0.5,3.25,2.25,1.25\n"
    readings = gyr().decode(whole[: 39 + cut]).readings
    assert readings[0].values[0].tolist() == [0.625, -1.125, 1.625]
    assert 1 <= len(readings[0].values) <= 2


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_comes_back(number: float) -> None:
    assert read_number(repr(number).encode()) == number


def test_numbers_and_what_is_none() -> None:
    assert all(map(is_number, (b"1", b"-1.5", b"+.5", b"1.", b" 2e-3\t", b"1,5")))
    assert not any(map(is_number, (b"", b".", b"1 2", b"1,5,6", b"e5", b"--1", b"1e", b"1" * 41)))
    assert read_number(b"x") is None


def test_layouts() -> None:
    assert all(re.fullmatch(LAYOUT_PATTERN, each) for each in ("rr", "time, x", "a,b_2"))
    assert not any(re.fullmatch(LAYOUT_PATTERN, each) for each in ("", "a,", "A", "<h"))
