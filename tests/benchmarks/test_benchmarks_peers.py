"""The peers are asked about the same windows as the fold, know nothing after t, and one that fails has no answer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import breathing, peers
from tests.benchmarks.people import RATE_BPM, beats, chest, save
from tidehold.records import Estimate, HostNs, Output, Values
from tidehold.units import NS

ENDS = np.array([40.0, 45.0, 50.0])


def windows(rates: tuple[float, ...] = (RATE_BPM, np.nan, RATE_BPM)) -> Values:
    return np.column_stack((ENDS, rates, np.zeros((3, 6))))


def folder(path: Path, activity: str = "sit", **more: Values) -> Path:
    meta = np.array(f'{{"activity": "{activity}"}}')
    return save(path, "person", 55.0, **beats(55), **chest(55), win32=windows(), meta=meta, **more)


def said(rates: dict[float, tuple[float | None, float]]) -> Any:
    def fold(_: breathing.Recording, __: breathing.Source) -> Iterator[Output]:
        yield Estimate(HostNs(0), "heart/hr_bpm", 60.0, 1.0)
        for t, (rate, sure) in rates.items():
            yield Estimate(HostNs(round(t * NS)), breathing.RATE, rate, sure)

    return fold


class Tools:
    """Both tools: what they were given, and always the same answer."""

    def __init__(self) -> None:
        self.given: list[Values] = []
        self.analysis = self

    def calc_breathing(self, rr: Values, method: str, measures: dict[str, float]) -> tuple[dict[str, float], None]:
        assert method == "welch"
        self.given.append(rr)
        return measures | {"breathingrate": 0.25}, None

    def ecg_rsp(self, rate: Values, sampling_rate: float, method: str) -> Values:
        assert (sampling_rate, method) == (100, "vangent2019")
        self.given.append(rate)
        return rate

    def rsp_clean(self, signal: Values, sampling_rate: float, method: str) -> Values:
        assert (sampling_rate, method) == (10, "biosppy")
        self.given.append(signal)
        return signal

    def rsp_rate(self, rsp: Values, sampling_rate: float, peak_method: str = "khodadad2018") -> Values:
        assert (sampling_rate, peak_method) in {(100, "khodadad2018"), (10, "biosppy")}
        return np.where(np.arange(len(rsp)) % 2, 11.0, 13.0) if len(rsp) > 100 else np.full(len(rsp), np.nan)


def cut(recording: breathing.Recording, t: int) -> breathing.Recording:
    before = recording.beat_s <= t
    rr_ms, acc = recording.rr_ms[before], recording.acc[: round(t * recording.acc_hz)]
    return recording._replace(beat_s=recording.beat_s[before], rr_ms=rr_ms, acc=acc)


@pytest.mark.parametrize("method", [peers.rr_spectrum, peers.motion_spectrum])
def test_a_steady_breath_is_found_from_the_samples_up_to_t_alone(tmp_path: Path, method: peers.Method) -> None:
    recording = breathing.load(folder(tmp_path / "a") / "person.npz")
    assert method(recording, 40.0) == pytest.approx(RATE_BPM, abs=1.0)
    assert method(cut(recording, 40), 40.0) == method(recording, 40.0)


def test_the_tools_are_given_the_window_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = Tools()
    monkeypatch.setattr(peers, "_library", lambda _: tools)
    recording = breathing.load(folder(tmp_path / "a") / "person.npz")
    assert peers.heartpy_welch(recording, 40.0) == pytest.approx(15.0)
    assert peers.neurokit_vangent(recording, 40.0) == pytest.approx(12, abs=0.01)
    assert peers.neurokit_biosppy(recording, 40.0) == pytest.approx(12, abs=0.01)
    within = (recording.beat_s > 8) & (recording.beat_s <= 40)
    assert np.array_equal(tools.given[0], recording.rr_ms[within])
    assert len(tools.given[1]) == pytest.approx(3200, abs=250)
    assert 60_000 / tools.given[1].max() >= recording.rr_ms[within].min()
    assert len(tools.given[2]) == 319
    assert np.corrcoef(tools.given[2], np.diff(recording.acc[80:400, 1]))[0, 1] ** 2 > 0.99
    given = tools.given.copy()
    for method in (peers.heartpy_welch, peers.neurokit_vangent, peers.neurokit_biosppy):
        method(cut(recording, 40), 40.0)
    assert all(np.array_equal(one, other) for one, other in zip(given, tools.given[3:], strict=True))


def test_only_windows_with_a_reference_are_asked_about(tmp_path: Path) -> None:
    known, activity = peers.windows(folder(tmp_path / "a") / "person.npz")
    assert known.tolist() == [[40.0, RATE_BPM], [50.0, RATE_BPM]]
    assert activity == "sit"
    save(tmp_path / "a", "bare", 55.0, **beats(55))
    assert peers.windows(tmp_path / "a" / "bare.npz")[0].shape == (0, 2)


def test_ours_is_what_was_said_last_if_that_was_lately_and_surely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = breathing.load(folder(tmp_path / "a") / "person.npz")
    told = {39.0: (11.0, 0.9), 40.0: (12.0, 0.9), 41.0: (99.0, 0.9), 45.0: (13.0, 0.24), 47.9: (14.0, 0.9)}
    monkeypatch.setattr(breathing, "fold", said({**told, 60.0: (None, 0.9)}))
    answers, cpu_ms = peers.ours(recording, "rr", np.array([20.0, 40.0, 45.0, 49.8, 49.9, 61.0]))
    assert np.array_equal(answers, [np.nan, 12.0, np.nan, 14.0, np.nan, np.nan], equal_nan=True)
    assert cpu_ms >= 0


def test_a_tool_that_stumbles_has_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbles(_: breathing.Recording, t: float) -> float:
        if t == 40:
            raise ZeroDivisionError
        return RATE_BPM + 3

    monkeypatch.setattr(breathing, "fold", said({40.0: (RATE_BPM, 0.9), 50.0: (RATE_BPM - 1, 0.9)}))
    monkeypatch.setitem(peers.METHODS, "rr", {"clumsy": stumbles})
    found = peers.tallies((folder(tmp_path / "a") / "person.npz", "rr"))
    assert [(tally.group, tally.method, tally.errors.tolist(), tally.windows) for tally in found] == [
        ("rr", "clumsy", [3.0], 2),
        ("rr", peers.OURS, [0.0, -1.0], 2),
    ]
    monkeypatch.setitem(peers.METHODS, "rr", {"clumsy": stumbles})
    lines = list(peers.table(found))
    assert lines[2].startswith("| rr | clumsy | 2 | 50% | 3.00 | 0% | 50.0% | ")
    assert lines[3].startswith("| rr | Tidehold | 2 | 100% | 0.50 | 100% | 0.0% | ")
    assert len(lines) == 4


def test_walking_is_a_group_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breathing, "fold", said({}))
    monkeypatch.setitem(peers.METHODS, "motion", {})
    walking = peers.tallies((folder(tmp_path / "a", "walk") / "person.npz", "motion"))
    sitting = peers.tallies((folder(tmp_path / "b") / "person.npz", "motion"))
    assert [tally.group for tally in walking + sitting] == ["motion, walking", "motion"]
    assert list(peers.table(sitting + walking))[2].startswith("| motion | Tidehold | 2 | 0% | - | - | 0.0% | ")


def test_only_the_recordings_that_are_named_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = folder(tmp_path / "a")
    save(data, "other", 55.0, **beats(55), win32=windows())
    monkeypatch.setattr(breathing, "fold", said({40.0: (RATE_BPM, 0.9)}))
    monkeypatch.setattr(peers, "LIBRARIES", ())
    monkeypatch.setattr(peers, "METHODS", {"rr": {}, "ecg": {}, "motion": {}})
    monkeypatch.setattr(sys, "argv", ["peers", str(data), "other", "--jobs", "1"])
    assert peers.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[2].startswith("| rr | Tidehold | 2 | 50% | ")
    monkeypatch.setattr(sys, "argv", ["peers", str(data), "nobody", "--jobs", "1"])
    assert peers.main() == 2


def test_a_missing_tool_is_named_with_what_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(peers, "LIBRARIES", ("no_such_tool",))
    monkeypatch.setattr(sys, "argv", ["peers", str(tmp_path)])
    assert peers.main() == 2
    assert capsys.readouterr().err == "no_such_tool is missing: pip install 'tidehold[bench]'\n"
