"""Parquet, read back by DuckDB and by pandas."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.exports.exported import NOTE, queried
from tidehold.exports import parquet_tables
from tidehold.exports.told_tables import tables
from tidehold.log.told import Told


@pytest.fixture(scope="module")
def folder(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("parquet") / "out"
    written = parquet_tables.write(told, path)
    assert written == {table.name: table.rows for table in tables(told)}
    return path


@pytest.fixture(scope="module")
def by_hand_folder(by_hand: Told, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("parquet") / "out"
    parquet_tables.write(by_hand, path)
    return path


def test_duckdb_reads_the_same_samples_at_the_same_times(told: Told, folder: Path) -> None:
    for name, series in told.samples.items():
        file = folder / f"{name.replace('/', '_')}.parquet"
        read = queried(f"select * exclude (time), epoch_ns(time) as wall_ns from '{file}'").fetchnumpy()  # noqa: S608
        assert np.array_equal(read["t_ns"], series.times)
        assert np.array_equal(read["wall_ns"], series.times + told.header.started)
        if name != "strap/rr_clean":
            columns = [key for key in read if key not in ("t_ns", "t_s", "wall_ns")]
            values = np.column_stack([read[key] for key in columns])
            assert np.array_equal(values, series.values.reshape(len(series), -1))


def test_pandas_reads_the_same_samples_at_the_same_times_to_the_nanosecond(told: Told, folder: Path) -> None:
    for name in ("strap/acc", "phone/gravity", "strap/rr"):
        series = told.samples[name]
        read = pd.read_parquet(folder / f"{name.replace('/', '_')}.parquet")
        assert np.array_equal(read["time"].astype("int64"), series.times + told.header.started)
        assert np.array_equal(read.iloc[:, 3:].to_numpy(), series.values.reshape(len(series), -1))


def test_wall_time_has_the_time_zone_of_the_recording(folder: Path) -> None:
    first = pd.read_parquet(folder / "marks.parquet")["time"][0]
    assert first.isoformat() == "2026-09-21T19:43:24.123456789+05:30"


def test_what_is_not_known_is_null(by_hand_folder: Path) -> None:
    estimates = pq.read_table(by_hand_folder / "estimates.parquet").to_pylist()
    assert (estimates[0]["value"], estimates[0]["why"]) == (None, "too early")
    holds = pq.read_table(by_hand_folder / "holds.parquet").to_pylist()
    assert (holds[0]["corrections"], holds[0]["breathing_removed"], holds[0]["tremor_hz"]) == (3, True, None)
    assert (holds[1]["corrections"], holds[1]["breathing_removed"], holds[1]["slips_deg"]) == (None, None, None)
    findings = pq.read_table(by_hand_folder / "findings.parquet").to_pylist()
    assert findings[1]["end_time"] is None
    odd = pq.read_table(by_hand_folder / "strap_odd.parquet").to_pylist()
    assert [row["odd1"] for row in odd] == [2.0, None]
    assert pq.read_table(by_hand_folder / "marks.parquet").to_pylist()[1]["arg"] == NOTE


def test_the_schema_says_units_and_session(told: Told, folder: Path) -> None:
    schema = pq.read_schema(folder / "strap_ecg.parquet")
    assert schema.field("ecg_v").metadata == {b"unit": b"V"}
    said = json.loads(schema.metadata[b"tidehold"])
    assert (said["session"], said["time_zone"]) == (told.header.session, "+05:30")
    assert list(said["tables"]) == ["strap_ecg"]
    assert json.loads((folder / "session.json").read_text(encoding="utf-8"))["session"] == said["session"]


def test_a_table_without_rows_keeps_the_kinds_of_its_columns(told: Told, folder: Path) -> None:
    assert not told.findings
    read = pq.read_table(folder / "findings.parquet")
    assert read.num_rows == 0
    assert [str(read.schema.field(name).type) for name in ("start_ns", "start_s", "start_time", "text")] == [
        "int64",
        "double",
        "timestamp[ns, tz=+05:30]",
        "string",
    ]
