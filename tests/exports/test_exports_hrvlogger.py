"""HRV Logger's file: time, interval, time since the start; a gap shows in the times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.exports.told_beats import GAP_AT, RR_S, TICKS, told
from tests.log.sessions import STARTED
from tidehold.errors import ConfigError
from tidehold.exports import hrvlogger
from tidehold.exports.beats import beats_of


def read(path: Path) -> pd.DataFrame:
    """The file as people read it who analyse that app's files."""
    return pd.read_csv(path, skipinitialspace=True).rename(columns=str.strip)


@pytest.mark.parametrize("gap", [False, True])
def test_times_and_intervals_are_the_sessions_to_half_a_ms(tmp_path: Path, gap: bool) -> None:
    session = told(gap=gap)
    assert hrvlogger.write(session, tmp_path / "h.csv") == {"intervals": len(TICKS), "gaps": int(gap)}
    frame = read(tmp_path / "h.csv")
    assert list(frame.columns) == ["timestamp", "rr", "since_start"]
    assert all(kind == np.int64 for kind in frame.dtypes)
    times = np.array([beat.t for beat in beats_of(session)])
    assert np.abs(frame["since_start"] - times / 1e6).max() <= 0.5
    assert np.abs(frame["timestamp"] - (STARTED + times) / 1e6).max() <= 0.501  # a double in ms has 1e-4 left
    assert np.abs(frame["rr"] - RR_S * 1000).max() <= 0.5
    steps = np.diff(frame["timestamp"]) - frame["rr"][1:]
    assert [i + 1 for i, step in enumerate(steps) if step > 2] == ([GAP_AT] if gap else [])


def test_neurokit_leaves_the_gap_out_by_the_times(tmp_path: Path) -> None:
    import neurokit2 as nk  # noqa: PLC0415 - takes seconds, in every process of the tests

    hrvlogger.write(told(gap=True), tmp_path / "h.csv")
    frame = read(tmp_path / "h.csv")
    rri, times = frame["rr"].to_numpy(float), frame["since_start"].to_numpy(float) / 1000
    theirs = nk.hrv_time({"RRI": rri, "RRI_Time": times})
    steps = np.delete(np.diff(RR_S * 1000), GAP_AT - 1)
    assert theirs["HRV_RMSSD"][0] == pytest.approx(float(np.sqrt(np.mean(steps**2))), abs=0.1)


def test_the_heading_is_the_apps_own(tmp_path: Path) -> None:
    hrvlogger.write(told(), tmp_path / "h.csv")
    assert (tmp_path / "h.csv").read_bytes().startswith(b"timestamp, rr, since_start \n\n")


def test_without_beats_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no RR intervals"):
        hrvlogger.write(told(empty=True), tmp_path / "h.csv")
    assert not list(tmp_path.iterdir())
