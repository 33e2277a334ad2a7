"""Heart rate variability of a stretch: against the definitions, against NeuroKit2, and where it is not known."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from tests.report.made import ns
from tidehold.records import Gap, HostNs, Values
from tidehold.report.hrv import Variability, variability
from tidehold.report.spans import Span

WHOLE = Span("whole", "all", ns(0), ns(1000))


def heart(seed: int, count: int = 200, rr_s: float = 0.9, swing_s: float = 0.05) -> Values:
    """Intervals (n,) in whole ms of a person who breathes."""
    dice = np.random.default_rng(seed)
    slow = swing_s * np.sin(np.arange(count) * 2 * math.pi / 11)
    return np.round(rr_s + slow + dice.normal(0, 0.02, count), 3)


def found(
    rr_s: Values, *, span: Span | None = None,
    flags: dict[int, int] | None = None, numbers: dict[int, int] | None = None,
    pause_at: int | None = None, pause_s: float = 0.0, gaps: tuple[Gap, ...] = (),
) -> Variability:  # fmt: skip
    times = np.rint((1 + np.cumsum(rr_s)) * 1e9).astype(np.int64)
    if pause_at is not None:
        times[pause_at:] += round(pause_s * 1e9)
    codes, each = np.zeros(len(rr_s)), np.ones(len(rr_s))
    for place, code in (flags or {}).items():
        codes[place] = code
    for place, number in (numbers or {}).items():
        each[place] = number
    span = span or Span("whole", "all", ns(0), HostNs(int(times[-1]) + 1))
    return variability(span, times, np.column_stack((rr_s, each, codes)), gaps)


def test_figures_are_those_of_the_definitions() -> None:
    rr_s = np.array([0.8, 0.9, 0.84, 1.0] * 25)
    of = found(rr_s)
    changes = np.diff(rr_s)
    assert of.rmssd_ms == pytest.approx(1000 * math.sqrt((changes**2).mean()))
    assert of.sdnn_ms == pytest.approx(1000 * math.sqrt(((rr_s - rr_s.mean()) ** 2).sum() / 99))
    assert of.pnn50 == pytest.approx(np.mean(np.abs(changes) > 0.05))
    assert of.hr_bpm == pytest.approx(60 / rr_s.mean())
    assert (of.beats, of.artefact_share, of.why, of.why_rate) == (100, 0.0, "", "")


NEUROKIT = """
import json, sys
import numpy as np
import neurokit2 as nk
said = []
for rr_ms in json.load(sys.stdin):
    figures = nk.hrv_time({"RRI": np.array(rr_ms), "RRI_Time": np.cumsum(rr_ms) / 1000})
    said.append({name: float(figures[f"HRV_{name}"].iloc[0]) for name in ("MeanNN", "RMSSD", "SDNN", "pNN50")})
print(json.dumps(said))
"""


@pytest.mark.long
def test_on_clean_intervals_the_figures_are_neurokit_s() -> None:
    """In a process of its own, as it warns of much; its pNN50 divides by one more than there are differences."""
    hearts = [heart(1), heart(2, 300, 0.7, 0.12), heart(3, 150, 1.1, 0.0)]
    asked = json.dumps([(rr_s * 1000).tolist() for rr_s in hearts])
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", NEUROKIT], input=asked, capture_output=True, text=True, check=True
    )
    for rr_s, theirs in zip(hearts, json.loads(run.stdout), strict=True):
        ours = found(rr_s)
        assert ours.rmssd_ms == pytest.approx(theirs["RMSSD"], rel=1e-9)
        assert ours.sdnn_ms == pytest.approx(theirs["SDNN"], rel=1e-9)
        assert ours.hr_bpm == pytest.approx(60_000 / theirs["MeanNN"], rel=1e-9)
        assert ours.pnn50 is not None
        assert 100 * ours.pnn50 == pytest.approx(theirs["pNN50"] * len(rr_s) / (len(rr_s) - 1), rel=1e-9)


def test_an_interval_that_is_not_as_it_was_measured_has_no_part_in_variability() -> None:
    rr_s = heart(4)
    without = found(rr_s)
    rr_s[100] = 2.0
    spoilt, marked = found(rr_s), found(rr_s, flags={100: 4})
    assert spoilt.rmssd_ms is not None
    assert spoilt.rmssd_ms > 2 * (without.rmssd_ms or math.inf)
    assert marked.rmssd_ms == pytest.approx(without.rmssd_ms, rel=0.03)
    assert marked.sdnn_ms == pytest.approx(without.sdnn_ms, rel=0.03)
    assert marked.artefact_share == pytest.approx(1 / 200)
    assert marked.hr_bpm == pytest.approx(60 / np.delete(rr_s, 100).mean())  # a stray one is left out


def test_beats_that_were_put_right_count_for_the_rate() -> None:
    rr_s = np.full(100, 0.8)
    of = found(rr_s, flags={50: 1}, numbers={50: 2})  # a missed beat: two of 0.8 s
    assert of.beats == 101
    assert of.hr_bpm == pytest.approx(75)
    assert of.artefact_share == pytest.approx(2 / 101)


def test_beats_on_either_side_of_something_lost_are_no_neighbours() -> None:
    rr_s = np.concatenate((np.full(60, 0.7), np.full(60, 1.0)))
    joined = found(rr_s)
    assert joined.rmssd_ms == pytest.approx(1000 * math.sqrt(0.3**2 / 119))
    assert found(rr_s, pause_at=60, pause_s=5).rmssd_ms == 0
    edge = HostNs(round((1 + rr_s[:60].sum()) * 1e9))
    gap = Gap(edge, "strap/rr", HostNs(edge + 1), HostNs(edge + 2), None, "refused")
    assert found(rr_s, gaps=(gap,)).rmssd_ms == 0


def test_only_beats_of_the_stretch_count() -> None:
    rr_s = np.concatenate((np.full(100, 0.6), np.full(100, 1.0)))
    late = found(rr_s, span=Span("late", "from 61 s on", ns(61.5), ns(161.5)))
    assert (late.start_s, late.end_s, late.length_s) == (61.5, 161.5, 100)
    assert late.hr_bpm == pytest.approx(60)
    assert late.coverage == pytest.approx(1.0, abs=0.011)


SHORT: dict[str, Any] = {"span": Span("short", "a minute", ns(0), ns(50))}


@pytest.mark.parametrize(
    ("more", "count", "why"),
    [
        (SHORT, 100, "50 s long: variability takes 60 s"),
        ({"span": WHOLE}, 50, "40 s of heartbeats: variability takes 60 s"),
        ({"span": WHOLE}, 100, "heartbeats are known for 8 % of it"),
        ({"span": Span("a", "b", ns(0), ns(100)), "flags": dict.fromkeys(range(0, 100, 8), 4)}, 100,
         r"too many artefacts: 13 % of the beats \(at most 10 %\)"),
        ({"span": Span("a", "b", ns(500), ns(600))}, 100, "no heartbeats in it"),
    ],
)  # fmt: skip
def test_variability_that_cannot_be_known_says_why(more: dict[str, Any], count: int, why: str) -> None:
    of = found(np.full(count, 0.8), **more)
    assert (of.rmssd_ms, of.sdnn_ms, of.pnn50) == (None, None, None)
    assert of.why == why.replace("\\", "")


def test_the_rate_takes_some_beats_and_not_too_many_artefacts() -> None:
    assert found(np.full(4, 0.8)).why_rate == "only 4 heartbeats in it"
    assert found(np.full(5, 0.8)).hr_bpm == pytest.approx(75)
    half = found(np.full(100, 0.8), flags=dict.fromkeys(range(100), 2) | {0: 0})
    assert (half.hr_bpm, half.why_rate) == (None, "too many artefacts: 99 %")


def test_a_stretch_with_no_two_clean_neighbours_has_no_rmssd() -> None:
    rr_s = np.full(80, 0.8)
    times = np.rint((1 + np.cumsum(rr_s * 1.2)) * 1e9).astype(np.int64)  # none lies end to end with another
    of = variability(Span("a", "b", ns(0), ns(100)), times, np.column_stack((rr_s, np.ones(80), np.zeros(80))))
    assert (of.rmssd_ms, of.why) == (None, "too few clean beats")
