"""RR text: read back by pandas and by NeuroKit2, to the tick; a gap is a line that no heartbeat can be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.exports.told_beats import GAP_AT, GAP_NS, RR_S, TICKS, told
from tidehold.errors import ConfigError
from tidehold.exports import kubios
from tidehold.units import NS


def test_each_line_is_an_interval_to_the_tick(tmp_path: Path) -> None:
    file = tmp_path / "rr.txt"
    assert kubios.write(told(), file) == {"intervals": len(TICKS), "across_gaps": 0}
    read = pd.read_csv(file, header=None)[0]
    assert (read * 1.024 == TICKS).all()
    assert file.read_bytes().count(b"\n") == len(TICKS)


def test_neurokit_finds_the_same_variability(tmp_path: Path) -> None:
    import neurokit2 as nk  # noqa: PLC0415 - takes seconds, in every process of the tests

    kubios.write(told(), tmp_path / "rr.txt")
    read = np.loadtxt(tmp_path / "rr.txt")
    theirs = nk.hrv_time({"RRI": read, "RRI_Time": np.cumsum(read) / 1000})
    rmssd_ms = float(np.sqrt(np.mean(np.diff(RR_S * 1000) ** 2)))
    assert theirs["HRV_RMSSD"][0] == pytest.approx(rmssd_ms, rel=1e-12)
    assert theirs["HRV_MeanNN"][0] == pytest.approx(float(RR_S.mean()) * 1000, rel=1e-12)
    assert theirs["HRV_SDNN"][0] == pytest.approx(float((RR_S * 1000).std(ddof=1)), rel=1e-12)


def test_a_gap_is_a_line_as_long_as_it_and_time_goes_on(tmp_path: Path) -> None:
    assert kubios.write(told(gap=True), tmp_path / "rr.txt") == {"intervals": len(TICKS), "across_gaps": 1}
    read = np.loadtxt(tmp_path / "rr.txt")
    assert read[GAP_AT] == pytest.approx(GAP_NS / NS * 1000 + RR_S[GAP_AT] * 1000, abs=2e-6)
    assert read.sum() == pytest.approx(RR_S.sum() * 1000 + GAP_NS / NS * 1000, abs=1e-5)
    assert np.delete(read, GAP_AT).tolist() == np.delete(RR_S * 1000, GAP_AT).tolist()


def test_without_beats_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no RR intervals"):
        kubios.write(told(empty=True), tmp_path / "rr.txt")
    assert not list(tmp_path.iterdir())
