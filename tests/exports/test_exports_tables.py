"""Columns, and times said in three ways."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from tests.exports.exported import STARTED, by_hand
from tidehold.exports.tables import Column, Table, as_text, time_zone, times, wall_times
from tidehold.records import HostNs
from tidehold.session.header import Header
from tidehold.units import NS


def test_a_moment_is_said_in_ns_in_s_and_as_wall_time() -> None:
    columns = times([HostNs(1_500_000_001), None], "start")
    assert [each.name for each in columns] == ["start_ns", "start_s", "start_time"]
    assert [each.known() for each in columns] == [[1_500_000_001, None], [1.500000001, None], [1_500_000_001, None]]


def test_the_times_of_samples_are_taken_as_they_are() -> None:
    moments = np.array([-5, 7 * NS], np.int64)
    columns = times(moments)
    assert [each.name for each in columns] == ["t_ns", "t_s", "time"]
    assert columns[0].values is moments
    assert columns[1].known() == [-5e-9, 7.0]


def test_what_is_not_a_number_is_not_known() -> None:
    assert Column("a", "float", np.array([1.0, np.nan])).known() == [1.0, None]
    assert Column("a", "float", [None, float("nan"), 2.0]).known() == [None, None, 2.0]
    assert Column("a", "int", np.array([3])).known() == [3]
    assert Column("a", "text", ["", None]).known() == ["", None]


@pytest.mark.parametrize(
    ("offset_s", "zone"), [(0, "+00:00"), (7200, "+02:00"), (-12_600, "-03:30"), (20_700, "+05:45")]
)
def test_wall_time_has_the_time_zone_of_the_recording_and_nanoseconds(offset_s: int, zone: str) -> None:
    header = Header(session="a", started=STARTED, utc_offset_s=offset_s)
    assert time_zone(header) == zone
    first, none, later = wall_times(header, [0, None, 86_400 * NS + 1])
    assert none is None
    assert first is not None
    assert later is not None
    assert first.endswith(".123456789" + zone)
    assert later.endswith(".123456790" + zone)
    read = dt.datetime.fromisoformat(first[:26] + zone)
    assert read.timestamp() == pytest.approx(STARTED / NS, abs=1e-6)
    assert read.utcoffset() == dt.timedelta(seconds=offset_s)


def test_wall_time_agrees_with_the_session() -> None:
    told = by_hand()
    [said] = wall_times(told.header, [5 * NS])
    assert said is not None
    assert dt.datetime.fromisoformat(said[:26] + said[29:]) == told.when(HostNs(5 * NS))


def test_no_moments_are_no_wall_times() -> None:
    assert wall_times(by_hand().header, []) == []


def test_a_table_has_as_many_rows_as_its_columns() -> None:
    assert Table("a", "", (Column("b", "int", [1, 2]),)).rows == 2


def test_what_has_no_column_is_json() -> None:
    assert as_text({"größe": None}) == '{"größe": null}'
