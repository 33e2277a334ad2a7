"""What the fold announces becomes a line, at the time it was said; nothing else does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import breath_holds, breathing
from tests.benchmarks.people import beats, chest, save
from tidehold.records import Cue, HostNs, Output
from tidehold.units import NS


def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    out = folder / "events.csv"
    monkeypatch.setattr(sys, "argv", ["breath_holds", str(folder), str(out), "--jobs", "1"])
    assert breath_holds.main() == 0
    return out.read_text().splitlines()


def test_each_announcement_is_written_with_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fold(recording: breathing.Recording, source: breathing.Source) -> Iterator[Output]:
        assert source == "motion"
        yield Cue(HostNs(63 * NS + NS // 4), breath_holds.HELD, "breath held for 4 s")
        yield Cue(HostNs(70 * NS), "breath-back", "breathing again")
        if recording.name == "zoe":
            yield Cue(HostNs(150 * NS), breath_holds.HELD, "breath held for 4 s")

    monkeypatch.setattr(breathing, "fold", fold)
    save(tmp_path / "a", "zoe", 20.0, **chest(20))
    folder = save(tmp_path / "a", "adam", 20.0, **chest(20))
    assert run(folder, monkeypatch) == ["recording,announced_s", "adam,63.250", "zoe,63.250", "zoe,150.000"]


def test_recordings_without_chest_motion_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "a", "beats", 10.0, **beats(10))
    folder = save(tmp_path / "a", "person", 10.0, **chest(10))
    asked: list[str] = []
    whole = breathing.fold

    def fold(recording: breathing.Recording, source: breathing.Source) -> Iterator[Output]:
        asked.append(recording.name)
        return whole(recording, source)

    monkeypatch.setattr(breathing, "fold", fold)
    assert run(folder, monkeypatch) == ["recording,announced_s"]
    assert asked == ["person"]


def test_where_the_holds_are_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = chest(75, held=(50.0, 65.0))
    without = run(save(tmp_path / "a", "person", 75.0, **held), monkeypatch)
    holds = np.array([[20.0, 35.0]])
    assert run(save(tmp_path / "b", "person", 75.0, **held, holds=holds), monkeypatch) == without


def test_no_recordings_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["breath_holds", str(tmp_path), str(tmp_path / "out.csv")])
    assert breath_holds.main() == 2
