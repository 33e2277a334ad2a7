"""The injector spoils what it says it spoils, and the benchmark's figures are those of the fold."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import artefacts
from tests.benchmarks.people import RATE_BPM, beats, save
from tidehold.records import Values

RR_MS = np.random.default_rng(4).normal(850, 40, 4000)
BEAT_S = RR_MS.cumsum() / 1000


def spoilt(share: float, seed: int = 1) -> tuple[Values, Values]:
    return artefacts.spoil(BEAT_S, RR_MS, share, np.random.default_rng(seed))


def test_without_artefacts_nothing_is_changed() -> None:
    beat_s, rr_ms = spoilt(0.0)
    assert beat_s.tolist() == BEAT_S.tolist()
    assert rr_ms.tolist() == RR_MS.tolist()


def test_every_interval_still_ends_where_the_next_begins() -> None:
    beat_s, rr_ms = spoilt(0.06)
    assert np.diff(beat_s) * 1000 == pytest.approx(rr_ms[1:], abs=1e-6)
    assert rr_ms.sum() == pytest.approx(RR_MS.sum())


def test_a_third_each_is_missed_extra_and_premature() -> None:
    _, rr_ms = spoilt(0.06)
    missed = np.count_nonzero(rr_ms > 1500)
    extra = np.count_nonzero((rr_ms[:-1] < 650) & (rr_ms[1:] < 650))
    premature = np.count_nonzero((rr_ms[:-1] < 720) & (rr_ms[1:] > 980) & (rr_ms[1:] < 1400))
    for kind in (missed, extra, premature):
        assert kind == pytest.approx(0.02 * len(RR_MS), abs=25)
    assert len(rr_ms) == pytest.approx(len(RR_MS) - missed + extra, abs=3)  # some lie side by side


def test_the_same_seed_spoils_the_same_beats() -> None:
    assert spoilt(0.03)[1].tolist() == spoilt(0.03)[1].tolist()
    assert spoilt(0.03)[1].tolist() != spoilt(0.03, seed=2)[1].tolist()


def test_an_interval_that_is_not_known_stays_so() -> None:
    rr_ms = RR_MS.copy()
    rr_ms[::5] = np.nan
    _, told = artefacts.spoil(BEAT_S, rr_ms, 0.5, np.random.default_rng(1))
    assert np.count_nonzero(np.isnan(told)) == np.count_nonzero(np.isnan(rr_ms))


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ends = np.arange(32.0, 90.0, 5.0)
    return save(
        tmp_path_factory.mktemp("people") / "a",
        "person",
        90.0,
        **beats(90),
        win32=np.stack([ends, np.full(len(ends), RATE_BPM)], axis=1),
    )


def test_the_errors_are_those_of_the_rates_said_at_the_windows_ends(person: Path) -> None:
    outcome = artefacts.outcome((person / "person.npz", "rr"), 0.0, seed=1)
    assert (outcome.windows, outcome.slow) == (12, False)
    assert 10 <= len(outcome.errors) <= 12
    assert np.abs(outcome.errors).max() < 0.5
    assert outcome.beats - outcome.clean == 1
    worse = artefacts.outcome((person / "person.npz", "rr"), 0.1, seed=1)
    assert worse.beats - worse.clean >= 5


def test_the_table_has_a_row_for_each_share(
    person: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["artefacts", str(person), "--jobs", "1"])
    monkeypatch.setattr(artefacts, "SHARES", (0.0, 0.06))
    artefacts.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["artefacts", "0%", "6%", "at"]
    assert lines[-1].startswith("at 6 %: coverage falls by ")


def test_no_recordings_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["artefacts", str(tmp_path)])
    assert artefacts.main() == 2
