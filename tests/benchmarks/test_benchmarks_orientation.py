"""The benchmark sees of a trial only what a phone could know, and at each sample only what came before."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[2]))
pytest.importorskip("imufusion", reason="not run: imufusion missing")

from benchmarks import orientation
from tests.estimators.limbs import Limb, angle_deg, limb, waved
from tidehold.records import Values
from tidehold.units import NS


@pytest.fixture(autouse=True)
def _once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orientation, "RUNS", 1)


def save(folder: Path, one: Limb, samples: int, **more: NDArray[Any]) -> Path:
    folder.mkdir(exist_ok=True)
    acc, gyr = (series.values[:samples].astype(np.float32) for series in (one.acc, one.gyr))
    np.savez(folder / "broad_01_undisturbed_made.npz", acc=acc, gyr=gyr, **more)  # type: ignore[arg-type]
    return folder


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, code: int = 0) -> Values:
    monkeypatch.setattr(sys, "argv", ["orientation", str(folder), str(folder / "out"), "--no-limit", "--json"])
    assert orientation.main() == code
    return np.asarray(np.load(folder / "out" / "broad_01_undisturbed_made.npy"))


def reference(one: Limb, samples: int) -> Values:
    """Quaternions (n, 4) that turn "up" in the sensor's frame to the world's."""
    x, y, z = one.up_at(one.acc.times[:samples] / NS).T
    quaternions = np.stack((1 + z, y, -x, np.zeros_like(z)), axis=1)
    return np.asarray(quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True))


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
    more = {"opt_quat_wxyz": np.full((1230, 4), np.nan), "movement": np.zeros(1230), "mag": np.zeros((1230, 3))}
    assert np.array_equal(run(save(tmp_path / "b", one, 1230, **more), monkeypatch), whole[:1230])


def test_batches_and_when_they_are_worked_on_do_not_matter() -> None:
    one = limb(waved(40, 0.2, 3), 5.03)
    usual = orientation.directions(one.acc.values, one.gyr.values)
    for batch, every in ((1, 1), (1, 100), (10, 25), (100, 100), (7, 40)):
        assert np.array_equal(orientation.directions(one.acc.values, one.gyr.values, batch, every), usual)


def test_errors_are_those_from_the_reference_where_there_is_one() -> None:
    one = limb(waved(40, 0.2, 3), 20)
    up, truth = one.up_at(one.acc.times / NS), reference(one, 2000)
    trial = orientation.Trial(one.acc.values, one.gyr.values, (truth, np.arange(2000) > 300))
    assert orientation.errors(up, trial) == pytest.approx((0, 0), abs=1e-5)
    tilted = up + np.array([0.1, 0.0, 0.0])
    off = orientation.errors(tilted, trial)
    assert off.rest == pytest.approx(np.degrees(np.arctan(0.1)), abs=0.01)
    truth[:250] = np.nan
    assert orientation.errors(up, trial).rest is None
    assert orientation.errors(up, trial._replace(truth=None)) == (None, None)


def test_the_table_has_the_peers_and_a_broken_promise_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = limb(waved(40, 0.2, 8), 20)
    truth, moving = reference(one, 2000), np.arange(2000) > 800
    folder = save(tmp_path / "a", one, 2000, opt_quat_wxyz=truth, movement=moving)
    run(folder, monkeypatch)
    lines = {line["what"]: line for line in json.loads(capsys.readouterr().out)}
    moved = lines["moving, undisturbed, deg"]
    assert moved["ok"]
    assert len(moved["others"]) == len(orientation.OTHERS)
    assert float(moved["others"][-1]) > float(moved["ours"])
    assert lines["trials that differ in batches of 1, 10, 100"]["ok"]
    costs = [line for what, line in lines.items() if what.startswith("CPU")]
    assert [float(line["ours"]) > 0 for line in costs] == [True] * 4
    monkeypatch.setattr(orientation, "MOVING_DEG", 0.0)
    run(folder, monkeypatch, code=1)


def test_cpu_is_limited_in_batches_of_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    one = limb(waved(40, 0.2, 3), 3)
    monkeypatch.setattr(orientation, "CPU_US", 0.0)
    limited = list(orientation.costs(one.acc.values, one.gyr.values, limited=True))
    assert [line.ok for line in limited] == [None, False, None, None]
    assert all(line.ok is None for line in orientation.costs(one.acc.values, one.gyr.values, limited=False))


def test_no_trials_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["orientation", str(tmp_path), str(tmp_path / "out")])
    assert orientation.main() == 2
