"""What chest motion says live: phase, breaths, means and held breaths."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.chests import breather, live, stretches
from tidehold.estimators.chest_breathing import ChestBreathing, ChestSaid
from tidehold.records import HostNs, Pacing, Pattern
from tidehold.units import NS

HELD = breather(120, 1, holds=((80, 95),))


def cues(said: list[tuple[float, ChestSaid]]) -> list[tuple[str, float]]:
    return [(cue.kind, now_s) for now_s, each in said for cue in each.cues]


def test_phase_is_nought_where_inhalations_start() -> None:
    person = breather(90, 2)
    said = [(t, s.phase.radians) for t, s in live(ChestBreathing(), person.acc) if t > 40]
    times = np.array([t for t, _ in said])
    which = person.inhale_s.searchsorted(times, "right") - 1
    known = which < len(person.inhale_s) - 1
    start, end = person.inhale_s[which[known]], person.inhale_s[which[known] + 1]
    truth = 2 * np.pi * (times[known] - start) / (end - start)
    apart = np.exp(1j * (np.array([p for _, p in said], dtype=float)[known] - truth))
    assert abs(apart.mean()) > 0.85
    assert abs(np.degrees(np.angle(apart.mean()))) < 40


def test_each_breath_is_told_once_soon_after_its_end() -> None:
    person = breather(120, 3)
    breaths = [breath for t, said in live(ChestBreathing(), person.acc) for breath in said.breaths if t > 30]
    assert len(breaths) == pytest.approx(18, abs=2)
    for breath in breaths:
        assert breath.inhale < breath.exhale < breath.end < breath.t
        assert breath.t - breath.end < 4 * NS
        assert np.abs(person.inhale_s - breath.end / NS).min() < 0.8


def test_means_of_five_breaths() -> None:
    chest = ChestBreathing()
    assert chest.means(HostNs(0)).why == "no chest motion yet"
    live(chest, breather(90, 4, share=0.35).acc)
    means = chest.means(HostNs(90 * NS))
    assert means.inhale_s is not None
    assert means.exhale_s is not None
    assert means.inhale_share == pytest.approx(0.35, abs=0.07)
    assert means.inhale_s + means.exhale_s == pytest.approx(5.0, abs=0.4)
    assert chest.means(HostNs(200 * NS)).why == "0 of 5 clear breaths of late"


def test_doubtful_breaths_are_not_averaged() -> None:
    chest = ChestBreathing()
    live(chest, breather(90, 4).acc, confidence=0.3)
    assert chest.means(HostNs(90 * NS)).inhale_s is None


def test_a_held_breath_is_cued_once_and_its_end_too() -> None:
    (held, held_s), (back, back_s) = cues(live(ChestBreathing(), HELD.acc))
    assert (held, back) == ("breath-held", "breath-back")
    assert 80 < held_s <= 86
    assert 95 < back_s <= 100


def test_a_chest_that_falls_silent_while_the_breath_is_held_takes_its_word_back() -> None:
    chest = ChestBreathing()
    (held,) = cues(live(chest, HELD.acc[:900]))
    assert held[0] == "breath-held"
    later = [(t / 4, chest.live(HostNs(t * NS // 4), 12, 0.9)) for t in range(361, 440)]
    ((back, back_s),) = cues(later)
    assert back == "breath-back"
    assert 92 < back_s <= 96  # what comes of a frame is known up to 2 s later
    (cue,) = [cue for _, said in later for cue in said.cues]
    assert cue.text.startswith("no chest motion for ")


def test_held_seconds_count_up_and_are_nought_while_breathing() -> None:
    said = dict(live(ChestBreathing(), HELD.acc))
    assert said[70.0].held.seconds == 0
    assert said[94.0].held.seconds == pytest.approx(14, abs=2)
    assert said[94.0].phase.why == "breath held"
    assert said[110.0].held.seconds == 0


def test_confidence_that_falls_while_it_is_held_does_not_hide_it() -> None:
    chest = ChestBreathing()
    live(chest, HELD.acc[:800])
    now_s = 80.0
    for stretch in stretches(HELD.acc[800:930], start_s=80):
        chest.add(stretch._replace(fresh=False), 12, 0.1)
        now_s = (stretch.start + len(stretch.acc) * stretch.step_ns) / NS
    assert chest.live(HostNs(round(now_s * NS)), 12, 0.1).held.seconds


@pytest.mark.parametrize(("rough_mg", "is_held"), [(20.0, True), (30.0, False)])
def test_a_jolt_is_no_held_breath(rough_mg: float, is_held: bool) -> None:
    chest = ChestBreathing()
    live(chest, HELD.acc[:900])
    (jolt,) = stretches(HELD.acc[900:905], start_s=90)
    chest.add(jolt._replace(fresh=False, rough=np.full(5, rough_mg)), 12, 0.9)
    assert bool(chest.live(HostNs(91 * NS), 12, 0.9).held.seconds) is is_held


def test_no_cue_while_the_pacer_asks_for_the_pause() -> None:
    pattern = Pattern(2.5, 0.0, 2.5, 40.0)
    asked = Pacing(HostNs(75 * NS), pattern)  # empty from 80 on
    assert cues(live(ChestBreathing(), HELD.acc, pacing=asked)) == []


def test_who_goes_on_holding_after_the_pause_is_told() -> None:
    asked = Pacing(HostNs(75 * NS), Pattern(2.5, 0.0, 2.5, 2.0))  # the next breath is asked for at 82
    kinds = cues(live(ChestBreathing(), HELD.acc, pacing=asked))
    assert kinds[0][0] == "breath-held"
    assert kinds[0][1] >= 85


def test_a_pacer_without_pauses_hides_nothing() -> None:
    asked = Pacing(HostNs(0), Pattern(2.0, 0.0, 3.0, 0.0))
    assert [kind for kind, _ in cues(live(ChestBreathing(), HELD.acc, pacing=asked))] == ["breath-held", "breath-back"]


def test_how_motion_is_cut_does_not_matter() -> None:
    one = live(ChestBreathing(), HELD.acc, cells=1)
    assert one == live(ChestBreathing(), HELD.acc, cells=5)
    assert one == live(ChestBreathing(), HELD.acc, cells=10)


def test_shift_of_all_times_changes_no_figure() -> None:
    days = 9 * 86_400
    there = [said for _, said in live(ChestBreathing(), HELD.acc)]
    then = [said for _, said in live(ChestBreathing(), HELD.acc, start_s=days)]
    assert [(s.phase, s.held) for s in there] == [(s.phase, s.held) for s in then]
    assert [len(s.breaths) for s in there] == [len(s.breaths) for s in then]


def test_reasons_for_saying_nothing() -> None:
    chest = ChestBreathing()
    assert chest.live(HostNs(0), 14, 0.1).phase.why == "no chest motion yet"
    acc = breather(60, 5).acc
    said = dict(live(chest, acc))
    assert said[6.0].phase.why == "finding the axis of breathing"
    assert said[6.0].held.why == "too little breathing seen to tell a held breath"
    late = chest.live(HostNs(70 * NS), 12, 0.9)
    assert late.phase.why == late.held.why
    assert late.phase.why.startswith("no chest motion for")


def test_moving_says_nothing() -> None:
    chest = ChestBreathing()
    for stretch in stretches(breather(60, 6).acc):
        chest.add(stretch._replace(rough=np.full(len(stretch.acc), 30.0)), 12, 0.9)
    said = chest.live(HostNs(60 * NS), 12, 0.9)
    assert (said.phase.radians, said.held.seconds) == (None, None)
    assert said.held.why == "moving: 30 mg above 1 Hz"


def test_after_bending_down_again_and_again_who_breathes_on_is_not_said_to_hold_the_breath() -> None:
    acc = breather(120, 7).acc.copy()
    bends = slice(100, 400)
    acc[bends, 2] += 3 * np.sin(np.arange(300) / 4)
    rough = np.full(len(acc), 0.5)
    rough[bends] = 60.0
    chest, said = ChestBreathing(), []
    for stretch in stretches(acc):
        first = stretch.start * 10 // NS
        chest.add(stretch._replace(rough=rough[first : first + len(stretch.acc)]), 12, 0.9)
        said.append(chest.live(HostNs(stretch.start + len(stretch.acc) * stretch.step_ns), 12, 0.9))
    assert [cue for each in said for cue in each.cues] == []
    assert said[-1].held.seconds == 0


def test_a_hole_begins_anew() -> None:
    chest = ChestBreathing()
    live(chest, breather(60, 7).acc)
    chest.add(stretches(breather(3, 8).acc, 30, 70)[0], 12, 0.9)
    said = chest.live(HostNs(73 * NS), 12, 0.9)
    assert said.phase.why == "finding the axis of breathing"
    assert said.held.seconds is None
    assert said.cues == []
