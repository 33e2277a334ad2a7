"""Elite HRV's text: whole ms, a line each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.exports.told_beats import GAP_AT, GAP_NS, RR_S, TICKS, told
from tidehold.errors import ConfigError
from tidehold.exports import elitehrv
from tidehold.units import NS


def test_each_line_is_an_interval_to_half_a_ms(tmp_path: Path) -> None:
    assert elitehrv.write(told(), tmp_path / "e.txt") == {"intervals": len(TICKS), "across_gaps": 0}
    read = pd.read_csv(tmp_path / "e.txt", header=None)[0]
    assert read.dtype == np.int64
    assert float(np.abs(read - RR_S * 1000).max()) <= 0.5


def test_neurokit_finds_nearly_the_same_variability(tmp_path: Path) -> None:
    import neurokit2 as nk  # noqa: PLC0415 - takes seconds, in every process of the tests

    elitehrv.write(told(), tmp_path / "e.txt")
    read = np.loadtxt(tmp_path / "e.txt")
    theirs = nk.hrv_time({"RRI": read, "RRI_Time": np.cumsum(read) / 1000})
    assert theirs["HRV_RMSSD"][0] == pytest.approx(float(np.sqrt(np.mean(np.diff(RR_S * 1000) ** 2))), abs=0.1)


def test_a_gap_is_a_line_as_long_as_it(tmp_path: Path) -> None:
    assert elitehrv.write(told(gap=True), tmp_path / "e.txt")["across_gaps"] == 1
    assert np.loadtxt(tmp_path / "e.txt")[GAP_AT] == round(GAP_NS / NS * 1000 + RR_S[GAP_AT] * 1000)


def test_without_beats_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no RR intervals"):
        elitehrv.write(told(empty=True), tmp_path / "e.txt")
    assert not list(tmp_path.iterdir())
