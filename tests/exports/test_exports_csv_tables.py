"""CSV, read back by pandas and by DuckDB."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.exports.exported import NOTE, queried
from tidehold.exports import csv_tables
from tidehold.exports.told_tables import tables
from tidehold.log.told import Told


@pytest.fixture(scope="module")
def folder(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("csv") / "out"
    written = csv_tables.write(told, path)
    assert written == {table.name: table.rows for table in tables(told)}
    return path


@pytest.fixture(scope="module")
def by_hand_folder(by_hand: Told, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("csv") / "out"
    csv_tables.write(by_hand, path)
    return path


def test_pandas_reads_the_same_samples_at_the_same_times(told: Told, folder: Path) -> None:
    for name, series in told.samples.items():
        read = pd.read_csv(folder / f"{name.replace('/', '_')}.csv", float_precision="round_trip")
        assert np.array_equal(read["t_ns"], series.times)
        assert np.array_equal(read["t_s"], series.times / 1e9)
        wall = pd.to_datetime(read["time"], utc=True).astype("int64")
        assert np.array_equal(wall, series.times + told.header.started)
        if name != "strap/rr_clean":  # its flags are words
            values = read.iloc[:, 3:].to_numpy()
            assert np.array_equal(values, series.values.reshape(len(series), -1))


def test_duckdb_reads_the_same_samples_at_the_same_times(told: Told, folder: Path) -> None:
    for name in ("strap/ecg", "phone/gyr", "strap/rr"):
        file = folder / f"{name.replace('/', '_')}.csv"
        read = queried(f"select *, epoch_us(time) as wall_us from '{file}'").fetchnumpy()  # noqa: S608 - a file of ours
        series = told.samples[name]
        assert np.array_equal(read["t_ns"], series.times)
        assert np.array_equal(read["wall_us"], (series.times + told.header.started) // 1000)
        columns = [key for key in read if key not in ("t_ns", "t_s", "time", "wall_us")]
        values = np.column_stack([read[key] for key in columns])
        assert np.array_equal(values, series.values.reshape(len(series), -1))


def test_wall_time_is_local_with_its_zone(folder: Path) -> None:
    first = pd.read_csv(folder / "marks.csv")["time"][0]
    assert first == "2026-09-21T19:43:24.123456789+05:30"


def test_what_is_not_known_is_empty_and_never_0(by_hand_folder: Path) -> None:
    estimates = pd.read_csv(by_hand_folder / "estimates.csv")
    assert np.isnan(estimates["value"][0])
    assert estimates["why"][0] == "too early"
    text = (by_hand_folder / "estimates.csv").read_text()
    assert ",heart/hr_bpm,,0.0,too early" in text
    [(lost,)] = queried(
        f"select lost_samples from '{by_hand_folder / 'gaps.csv'}' where stream = 'strap/rr'"  # noqa: S608
    ).fetchall()
    assert lost is None
    holds = pd.read_csv(by_hand_folder / "holds.csv")
    assert holds["breathing_removed"].tolist()[0] is True
    assert holds["breathing_removed"].isna().tolist() == [False, True]
    assert holds["score"].isna().tolist() == [False, True]


def test_a_value_that_is_not_a_number_is_empty(by_hand_folder: Path) -> None:
    odd = pd.read_csv(by_hand_folder / "strap_odd.csv")
    assert odd["odd1"].isna().tolist() == [False, True]


def test_quotes_line_ends_and_letters_of_a_note_come_back(by_hand_folder: Path) -> None:
    marks = pd.read_csv(by_hand_folder / "marks.csv", keep_default_na=False)
    assert marks["arg"].tolist() == ["6 left hip", NOTE]
    read = queried(f"select arg from '{by_hand_folder / 'marks.csv'}'").fetchall()  # noqa: S608
    assert read[1] == (NOTE,)


def test_a_table_without_rows_has_its_heading(told: Told, folder: Path) -> None:
    assert not told.findings
    read = pd.read_csv(folder / "findings.csv")
    assert len(read) == 0
    assert list(read.columns[:3]) == ["start_ns", "start_s", "start_time"]


def test_what_the_tables_are_is_beside_them(folder: Path) -> None:
    said = json.loads((folder / "session.json").read_text(encoding="utf-8"))
    assert {each["file"] for each in said["tables"].values()} == {path.name for path in folder.glob("*.csv")}
    for name, table in said["tables"].items():
        read = pd.read_csv(folder / table["file"])
        assert list(read.columns) == list(table["columns"]), name
        assert len(read) == table["rows"], name
