"""What is measured of the cost of estimators, and who is asked; how much it is, the benchmark says."""

from __future__ import annotations

import json
import sys

import pytest

pytest.importorskip("imufusion", reason="not run: imufusion missing")

from benchmarks.estimators import (
    LIMIT_MS,
    LISTENERS,
    TOGETHER,
    WALKING,
    Heard,
    Tasked,
    corrected,
    heard,
    main,
    only,
    play,
    walking,
)
from tidehold.estimators.heart import HeartEstimator
from tidehold.records import HostNs, Sample, Tick
from tidehold.routine import Task
from tidehold.units import NS


def test_listeners_hear_what_a_session_tells_them_and_are_asked_as_it_asks() -> None:
    items = corrected(heard(0.5))
    assert sum(isinstance(item, Tick) for item in items) == 4 * 30 - 1
    frames = {item.stream: len(item.times) for item in items if isinstance(item, Sample)}
    assert (frames["strap/ecg"], frames["strap/acc"]) == (73, 36)
    assert {"strap/rr", "strap/rr_clean", "phone/acc", "phone/gyr"} <= set(frames)
    beats = {item.stream for item in only(items, LISTENERS["heart"][1]) if isinstance(item, Sample)}
    assert beats == {"strap/rr", "strap/rr_clean", "strap/hr", "strap/contact"}
    asked: list[Heard] = []

    class Ear(HeartEstimator):
        def estimate(self, now):  # type: ignore[no-untyped-def]
            asked.append(Tick(now))
            return super().estimate(now)

    play(Ear(), items)
    assert len(asked) == 30


def test_somebody_walks_and_is_measured_with_a_task_beside_the_holds() -> None:
    items = walking(0.5)
    assert sum(isinstance(item, Tick) for item in items) == pytest.approx(4 * 33, abs=2)
    assert {item.stream for item in items if isinstance(item, Sample)} == {"phone/acc", "phone/gyr"}
    estimator = Tasked(Task("walk"))
    play(estimator, items)
    said = {each.name: each.value for each in estimator.estimate(HostNs(33 * NS))}
    assert said["phone/cadence_spm"] == pytest.approx(105, abs=2)
    assert said["phone/hold_s"] is None


def test_the_table_says_what_everything_costs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["estimators", "--minutes", "0.2", "--json"])
    assert main() == 0
    said = json.loads(capsys.readouterr().out)
    assert set(said["ms_per_s"]) == {"RR correction", *LISTENERS, *WALKING}
    assert all(cost > 0 for cost in said["ms_per_s"].values())
    assert said["heart_and_breathing_ms_per_s"] == pytest.approx(sum(said["ms_per_s"][name] for name in TOGETHER))
    monkeypatch.setattr(sys, "argv", ["estimators", "--minutes", "0.2"])
    assert main() == 0
    assert f"at most {LIMIT_MS}" in capsys.readouterr().out
