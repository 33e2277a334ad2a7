"""The table of the benchmark is made of what came of its people, and says which promises hold."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
pytest.importorskip("imufusion", reason="not run: imufusion missing")

from benchmarks import held, holds, movements
from benchmarks.lines import Line
from tests.estimators.limbs import limb, raised


def test_what_came_of_a_person_is_measured() -> None:
    course = held.course(held.person(held.KINDS["slip 5 deg"], 3))
    (hold,) = course.holds
    assert holds.slips([course]) == 1
    assert len(holds.slip_delays([course, course])) == 2
    assert holds.slip_delays([course])[0] == pytest.approx(0.25, abs=0.25)
    assert holds.reasons([course]) == "1 of 1"
    assert holds.scored([course]) == [hold]
    assert holds.only([course]) == [hold.figures]
    assert holds.trembling([course]) == 0
    assert hold.figures is not None
    assert holds.errors([course], "rms_deg", [0.0]) == [hold.figures.rms_deg]


def test_spans_say_median_and_worst_and_whether_that_is_well() -> None:
    off = holds.missed([[(1.0, 9.0)], [(2.0, 9.5)], []], [(1.5, 9.0)] * 3)
    assert holds.spans(off, 3) == "+0.0  +0.2 / -0.5  +0.5 (2 of 3)"
    assert holds.spans([], 1) == "none of 1"
    assert holds.found_well(off, 2)
    assert not holds.found_well(off, 3)
    assert not holds.found_well([(1.1, 0.0)], 1)
    assert not holds.found_well([(0.0, 0.0), (0.0, -3.1)], 2)
    assert not holds.found_well([], 1)
    assert holds.overlapping([(0, 5), (6, 9)], 4.5, 9) == [(6, 9)]
    assert holds.beyond([1.0, 3.0], [2.0]) == 1


def test_rests_of_a_trial_are_found(tmp_path: Path) -> None:
    def up_and_down(seconds: np.ndarray) -> np.ndarray:
        return np.asarray(raised(60, 8, 2)(seconds) + raised(-60, 20, 2)(seconds))

    one = limb(up_and_down, 30)
    seconds = np.arange(3000) / 100
    moving = ((seconds >= 8) & (seconds < 10)) | ((seconds >= 20) & (seconds < 22))
    np.savez(tmp_path / "broad_01.npz", acc=one.acc.values, gyr=one.gyr.values, movement=moving)
    rests, invented = holds.recorded(tmp_path)
    assert rests.ours.endswith("(1 of 1)")
    assert rests.ok
    assert (invented.ours, invented.others[0], invented.ok) == ("0", "0", True)


def test_the_short_form_tells_every_line_and_fails_with_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(holds, "simulated", lambda people, first: iter([Line(f"{first}", f"{people}", ok=True)]))
    monkeypatch.setattr(movements, "lines", lambda people, first: iter([Line("broken", "0", ok=False)]))
    monkeypatch.setattr(sys, "argv", ["holds", "--people", "1", "--json"])
    assert holds.main() == 1
    assert [line["what"] for line in json.loads(capsys.readouterr().out)] == ["8000", "broken"]
    monkeypatch.setattr(sys, "argv", ["holds", "--people", "0"])
    assert holds.main() == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_all_kinds_of_people_have_their_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the kinds goes by the same course here: the lines and their verdicts are what is looked at."""
    hurried = held.person(held.KINDS["early release"], 3)
    said = held.course(hurried)
    monkeypatch.setattr(holds, "person", lambda kind, seed: hurried)
    monkeypatch.setattr(holds, "course", lambda one: said)
    lines = {line.what: line for line in holds.simulated(2, 3)}
    assert lines["early release: start, end off, s"].ok
    assert not lines["still: start, end off, s"].ok
    assert not lines["tremor: peak off, Hz"].ok
    assert not lines["slip 5 deg: cue after its end, s"].ok
    assert lines["all others: slips that are none"].ok
    assert lines["still: score"].ours == "2 of 2"
    assert not lines["never still: score"].ok
    assert lines["CPU, ms per second of signal"].ok is None
