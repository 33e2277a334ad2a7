"""The phase is written as the fold says it, four times a second, by heartbeats and by chest motion."""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import breathing, phase
from tests.benchmarks.people import beats, chest, ecg, save
from tidehold.records import Estimate, HostNs, Output
from tidehold.units import NS


def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    out = folder / "phase.csv"
    monkeypatch.setattr(sys, "argv", ["phase", str(folder), str(out), "--jobs", "1"])
    assert phase.main() == 0
    with out.open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_phase_that_is_said_is_written_with_its_confidence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fold(_: breathing.Recording, source: breathing.Source) -> Iterator[Output]:
        t = HostNs(45 * NS + NS // 4)
        yield Estimate(t, breathing.RATE, 13.0, 0.9)
        yield (
            Estimate(t, phase.PHASE, math.pi, 0.75) if source == "rr" else Estimate(t, phase.PHASE, None, 0.1, "moving")
        )

    monkeypatch.setattr(breathing, "fold", fold)
    rows = run(save(tmp_path / "a", "person", 20.0, **beats(20), **chest(20), **ecg(20)), monkeypatch)
    said = [tuple(row.values()) for row in rows]
    assert said == [
        ("person", "rr", "45.250", "3.142", "0.7500"),
        ("person", "motion", "45.250", "", "0.1000"),
    ]
    assert tuple(rows[0]) == phase.COLUMNS


def test_no_recordings_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "a", "belt", 10.0)
    monkeypatch.setattr(sys, "argv", ["phase", str(tmp_path / "a"), str(tmp_path / "out.csv")])
    assert phase.main() == 2
