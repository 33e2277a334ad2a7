"""Whole sessions in virtual time: what is said of a simulated person's breath is what the person did."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from tidehold.records import Breath, Cue, Estimate, Output, Values
from tidehold.session.fold import Session
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold_simulators.body import SeededBody
from tidehold_simulators.scenario import load_scenario
from tidehold_simulators.virtual import virtual_header, virtual_inputs

KNOWN = 0.4
"""Confidence from which a figure is taken at its word here."""
SETTLED_S = 60.0
"""By then the rate is known, and which way the chest moves."""
USUAL_S = 300.0
"""How long a session is, so that tests share it; or as long as it takes:"""
LENGTH_S = {"ramp-12-to-6": 240.0, "posture-change": 180.0, "breath-held": 420.0}


class Lived(NamedTuple):
    """A session of a scenario: what was said, and who it was about."""

    said: tuple[Output, ...]
    body: SeededBody

    def figures(self, name: str, from_s: float = 0.0, to_s: float = 1e9) -> list[Estimate]:
        """What was said of one figure in a while, where it was known."""
        return [
            out
            for out in self.said
            if isinstance(out, Estimate) and out.name == name and from_s <= out.t / NS < to_s and out.value is not None
        ]

    def last(self, name: str) -> float:
        value = self.figures(name)[-1].value
        assert value is not None
        return value

    def breaths(self, from_s: float, to_s: float = 1e9) -> list[Breath]:
        return [
            out
            for out in self.said
            if isinstance(out, Breath) and from_s <= out.inhale / NS < to_s and out.quality >= KNOWN
        ]


@cache
def lived(name: str) -> Lived:
    scenario = load_scenario(name)
    fold = Session(virtual_header(scenario, builtin_profiles()))
    said = [out for item in virtual_inputs(scenario, LENGTH_S.get(name, USUAL_S)) for out in fold.feed(item)]
    kept = tuple(out for out in said if isinstance(out, Breath | Cue | Estimate))
    return Lived(kept, SeededBody(scenario.body, scenario.seed))


def onset_errors_s(of: Lived, from_s: float, to_s: float) -> tuple[Values, Values]:
    """How late the start of each inhalation and of each exhalation is said to be (n,), s, by the nearest true one."""
    true = of.body.breaths(to_s + 30)
    said = of.breaths(from_s, to_s)
    inhales, exhales = np.array([breath[:2] for breath in true]).T
    return (
        np.array([_from_nearest(breath.inhale / NS, inhales) for breath in said]),
        np.array([_from_nearest(breath.exhale / NS, exhales) for breath in said]),
    )


def _from_nearest(t_s: float, true_s: Values) -> float:
    return float(t_s - true_s[np.abs(true_s - t_s).argmin()])


@pytest.mark.parametrize(
    ("name", "to_s"),
    [pytest.param("paced-4-6", 230.0, marks=pytest.mark.long), ("ramp-12-to-6", 230.0), ("posture-change", 90.0)],
)
def test_breaths_are_seen_where_they_are(name: str, to_s: float) -> None:
    one = lived(name)
    inhales, exhales = onset_errors_s(one, SETTLED_S, to_s)
    breathed = sum(SETTLED_S <= breath.inhale_s < to_s for breath in one.body.breaths(240))
    assert len(inhales) >= 0.8 * breathed
    assert np.median(np.abs(inhales)) < 0.5
    assert np.median(np.abs(exhales)) < 0.5


def test_which_way_the_chest_moves_is_found_again_after_a_change_of_posture() -> None:
    one = lived("posture-change")
    inhales, _ = onset_errors_s(one, 125, 178)
    assert len(inhales) >= 5
    assert np.median(np.abs(inhales)) < 0.7


@pytest.mark.parametrize("name", ["paced-4-6", "paced-late"])
@pytest.mark.long
def test_who_follows_the_pacer_gets_lag_ratio_and_jitter_back(name: str) -> None:
    one = lived(name)
    pacer = load_scenario(name).body.pacer
    assert pacer is not None
    # As docs/accuracy.md has it: where a slow breath turns, a chest at rest in between says no better.
    assert one.last("pacing/lag_s") == pytest.approx(pacer.lag_s, abs=0.6)
    assert one.last("pacing/in_out_ratio") == pytest.approx(pacer.share / (1 - pacer.share), abs=0.2)
    assert pacer.jitter_s - 0.1 <= one.last("pacing/jitter_s") <= pacer.jitter_s + 0.5
    assert one.last("breathing/rate_bpm") == pytest.approx(6, abs=0.5)


@pytest.mark.long
def test_who_follows_well_has_a_better_score_than_who_is_late_and_who_does_not_follow_has_next_to_none() -> None:
    well, late, other = (
        lived(name).last("pacing/score") for name in ("paced-4-6", "paced-late", "breathes-14-while-paced")
    )
    assert well > 85
    assert well > late + 5
    assert other < 10


def test_a_held_breath_is_noticed_within_seconds_and_breathing_is_no_held_breath() -> None:
    one = lived("breath-held")
    onsets = [start for start, end in one.body.holds(400) if start > SETTLED_S and end < 415]
    cues = [out.t / NS for out in one.said if isinstance(out, Cue) and out.kind == "breath-held"]
    noticed = [[cue - start for cue in cues if 0 < cue - start < 20] for start in onsets]
    assert sum(bool(after) and after[0] <= 6 for after in noticed) >= len(onsets) - 1
    false_alarms = len(cues) - sum(len(after) for after in noticed)
    assert false_alarms <= 0.15 * 420 / 60
    for start in onsets:
        held = one.figures("breathing/held_s", start + 15, start + 18)
        assert all(abs((each.value or 0) - (each.t / NS - start)) < 3 for each in held)
