"""The benchmark sees of a trial only what a phone could know, and at each sample only what came before."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import orientation
from tests.estimators.limbs import Limb, angle_deg, limb, waved
from tidehold.records import Values
from tidehold.units import NS


def save(folder: Path, one: Limb, samples: int, **more: Values) -> Path:
    folder.mkdir(exist_ok=True)
    acc, gyr = (series.values[:samples].astype(np.float32) for series in (one.acc, one.gyr))
    np.savez(folder / "broad_01_made.npz", acc=acc, gyr=gyr, **more)  # type: ignore[arg-type]
    return folder


def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Values:
    monkeypatch.setattr(sys, "argv", ["orientation", str(folder), str(folder / "out")])
    assert orientation.main() == 0
    return np.asarray(np.load(folder / "out" / "broad_01_made.npy"))


def test_a_direction_is_written_for_each_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = limb(waved(40, 0.2, 3), 20.17)
    up = run(save(tmp_path / "a", one, 2017), monkeypatch)
    assert up.shape == (2017, 3)
    errors = angle_deg(up, one.up_at(one.acc.times / NS))
    assert errors[100:2010].max() < 0.5
    assert np.array_equal(up[2010:], up[[2009] * 7])


def test_the_reference_is_not_looked_at_and_a_trial_cut_short_gives_the_same_up_to_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = limb(waved(40, 0.2, 3), 20)
    whole = run(save(tmp_path / "a", one, 2000), monkeypatch)
    reference = {"opt_quat_wxyz": np.full((1230, 4), np.nan), "mag": np.zeros((1230, 3))}
    assert np.array_equal(run(save(tmp_path / "b", one, 1230, **reference), monkeypatch), whole[:1230])


def test_no_trials_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["orientation", str(tmp_path), str(tmp_path / "out")])
    assert orientation.main() == 2
