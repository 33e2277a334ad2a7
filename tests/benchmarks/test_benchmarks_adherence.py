"""The fold's PLV against that of known breaths."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import adherence
from benchmarks.adherence import Minute, figures, onsets, paced, pattern_at, reference_phase, true_plv
from benchmarks.breathing import Task
from tests.benchmarks.people import RATE_BPM, beats, save
from tidehold.coach.pacing import pattern_of
from tidehold.records import HostNs, Input, Mark, Pattern, Tick
from tidehold.units import NS

ONSETS = np.arange(0.0, 300.0, 60 / RATE_BPM)


def person(folder: Path, seconds: float = 150, activity: str = "rest") -> Path:
    meta = np.array(json.dumps({"activity": activity}))
    return save(folder, "person", seconds, **beats(seconds), inhale_on=ONSETS[seconds > ONSETS], meta=meta)


def test_reference_phase_grows_evenly_and_knows_its_limits() -> None:
    on = np.array([1.0, 5.0, 25.0, 29.0])
    phase = reference_phase(np.array([0.5, 1.0, 3.0, 10.0, 26.0, 29.5]), on)
    assert phase[[1, 2, 4]] == pytest.approx([0, np.pi, np.pi / 2])
    assert np.isnan(phase[[0, 3, 5]]).all()


def test_pacers_rate_is_a_share_of_the_natural_one_and_can_be_said() -> None:
    for share in adherence.SHARES:
        pattern = pattern_at(ONSETS, share)
        assert 60 / pattern.length_s == pytest.approx(share * RATE_BPM, rel=1e-3)
        assert pattern_of(pattern.text) == pattern


def test_reference_is_locked_to_its_own_rate_only() -> None:
    natural = 60 / RATE_BPM
    assert true_plv(120, ONSETS, natural) == pytest.approx(1)
    slower = true_plv(120, ONSETS, natural / 0.8)
    assert slower is not None
    assert slower < 0.2
    assert true_plv(340, ONSETS, natural) is None


def test_pacer_is_turned_on_once_at_its_time() -> None:
    ticks: list[Input] = [Tick(HostNs(k * NS)) for k in (39, 40, 41)]
    items = list(paced(iter(ticks), Pattern()))
    assert items == [ticks[0], Mark(HostNs(40 * NS), "pace", "4/6"), *ticks[1:]]


def test_figures_are_over_the_minutes_that_are_known() -> None:
    pairs = [(0.2, 0.3), (0.9, 0.8), (0.7, 0.5), (None, 0.1)]
    found = figures([Minute("rr", f"p{k}", 1.0, *pair) for k, pair in enumerate(pairs)])
    assert found is not None
    assert (found.recordings, found.minutes, found.coverage) == (4, 4, 0.75)
    assert (found.mae, found.agree) == (0.133, 0.667)
    assert found.r == pytest.approx(np.corrcoef([0.2, 0.9, 0.7], [0.3, 0.8, 0.5])[0, 1], abs=1e-3)
    assert figures([Minute("rr", "p", 1.0, None, 0.1)] * 9) is None


def test_people_who_walk_have_no_onsets(tmp_path: Path) -> None:
    assert len(onsets(person(tmp_path / "a") / "person.npz")) > 20
    assert not len(onsets(person(tmp_path / "b", activity="walk") / "person.npz"))


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["adherence", str(folder), "--jobs", "1", *words])
    return adherence.main()


def test_a_whole_recording_is_compared_beside_each_pacer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[Pattern] = []

    def plvs(_: Task, pattern: Pattern) -> Iterator[tuple[float, float | None]]:
        told.append(pattern)
        for k in range(100, 110):
            yield k, (0.9 if len(told) == 1 else 0.1) + 0.001 * (k - 105)

    monkeypatch.setattr(adherence, "plvs", plvs)
    assert run(person(tmp_path / "a"), monkeypatch, "--json") == 0
    table = json.loads(capsys.readouterr().out)
    assert [round(60 / each.length_s / RATE_BPM, 2) for each in told] == list(adherence.SHARES)
    assert (table["rr"]["recordings"], table["rr"]["minutes"], table["rr"]["coverage"]) == (1, 30, 1.0)
    assert table["rr 1"]["mae"] == pytest.approx(0.1, abs=1e-3)
    assert table["motion"] is None
    assert run(person(tmp_path / "a"), monkeypatch) == 0
    assert "motion 0.8      nothing said" in capsys.readouterr().out


def test_the_fold_is_asked_from_the_first_whole_minute_on(tmp_path: Path) -> None:
    file = person(tmp_path / "a", 105) / "person.npz"
    said = list(adherence.plvs((file, "rr"), Pattern(2, 0, 3, 0)))
    assert [t for t, _ in said] == [100, 101, 102, 103, 104, 105]


def test_no_recordings_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(tmp_path, monkeypatch) == 2
