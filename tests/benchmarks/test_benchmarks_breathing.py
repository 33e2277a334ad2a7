"""The benchmark sees of a recording only what a strap could know, and at t only what came before."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import breathing
from tidehold.records import Frame, Values
from tidehold.wire.heart_rate import decode_heart_rate

RATE_BPM = 13.0


def beats(seconds: float) -> Values:
    """Beat times of a person who breathes 13 times a minute, an artefact among them."""
    times, dice = [0.4], np.random.default_rng(1)
    while times[-1] < seconds:
        times.append(times[-1] + 0.85 + 0.04 * np.sin(2 * np.pi * RATE_BPM / 60 * times[-1]) + dice.normal(0, 0.008))
    return np.delete(np.array(times), 25)


def save(folder: Path, name: str, times: Values, duration_s: float, **more: Values) -> Path:
    folder.mkdir(exist_ok=True)
    rr_ms = np.diff(times, prepend=np.nan) * 1000
    np.savez(folder / f"{name}.npz", beat_t=times, rr_ms=rr_ms, duration=duration_s, **more)  # type: ignore[arg-type]
    return folder


def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    out = folder / "predictions.csv"
    monkeypatch.setattr(sys, "argv", ["breathing", str(folder), str(out)])
    assert breathing.main() == 0
    with out.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_rate_is_written_each_second_with_its_confidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = run(save(tmp_path / "a", "person", beats(90), 90.0), monkeypatch)
    assert [row["t_s"] for row in rows] == [f"{second}.000" for second in range(91)]
    assert {(row["recording"], row["source"]) for row in rows} == {("person", "rr")}
    assert rows[5]["rate_bpm"] == ""
    assert float(rows[90]["rate_bpm"]) == pytest.approx(RATE_BPM, abs=0.5)
    assert 0.25 < float(rows[90]["confidence"]) <= 1


def test_the_reference_and_the_rest_of_a_recording_are_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times, dice = beats(60), np.random.default_rng(2)
    reference = {"resp": dice.normal(size=1500), "win32": dice.normal(size=(6, 8)), "inhale_on": dice.normal(size=9)}
    stripped = run(save(tmp_path / "a", "person", times, 60.0), monkeypatch)
    assert run(save(tmp_path / "b", "person", times, 60.0, **reference), monkeypatch) == stripped


def test_a_recording_cut_at_t_gives_the_same_up_to_t(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = beats(90)
    whole = run(save(tmp_path / "a", "person", times, 90.0), monkeypatch)
    assert run(save(tmp_path / "b", "person", times[times <= 61], 61.0), monkeypatch) == whole[:62]


def test_a_recording_without_beat_times_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = save(tmp_path / "a", "person", beats(30), 30.0)
    np.savez(folder / "belt.npz", resp=np.zeros(3))
    assert {row["recording"] for row in run(folder, monkeypatch)} == {"person"}


def test_no_recordings_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["breathing", str(tmp_path), str(tmp_path / "out.csv")])
    assert breathing.main() == 2


def test_a_notification_carries_the_beats_up_to_its_second(tmp_path: Path) -> None:
    times = beats(40)
    recording = breathing.load(save(tmp_path / "a", "person", times, 40.0) / "person.npz")
    assert recording is not None
    sent: list[int] = []
    for item in breathing.strap_inputs(recording):
        if isinstance(item, Frame):
            sent += decode_heart_rate(item.payload).rr_ticks or ()
            assert len(sent) == np.count_nonzero(times[1:] <= item.t / 1e9)
    assert np.array(sent) / 1024 == pytest.approx(np.diff(times)[: len(sent)], abs=0.5 / 1024 + 1e-9)
