"""Breathing in a report: the whole, and against the pacer."""

from __future__ import annotations

import pytest

from tests.report.made import (
    breath,
    cells,
    cue,
    each_second,
    estimate,
    made,
    mark,
    ns,
    paced,
    routine,
    rows,
    scored,
    step,
    table_of,
)
from tidehold.log.told import Told
from tidehold.records import Pacing, Pattern
from tidehold.report.breathing import breathing, breathing_section, how_well, pattern_of_text

RATE = "breathing/rate_bpm"


@pytest.fixture
def told() -> Told:
    """Half a minute free at 14 per minute, then two minutes at 6, which follow the pacer."""
    told = made(180)
    each_second(told, RATE, 10, 60, 14.0)
    each_second(told, RATE, 60, 180, 6.0)
    for start in range(32, 150, 10):
        breath(told, start)
    breath(told, 25, 1, 3, quality=0.1)
    paced(told, 30, 150, score=92.0, plv=0.91, lag_s=-0.3, cue_error_s=0.2, coverage=0.97)
    return told


def test_the_whole_of_it(told: Told) -> None:
    whole = breathing(told).whole
    assert (whole.rate_bpm, whole.known, whole.breaths) == (6.0, 1.0, 12)
    assert whole.inhale_share == pytest.approx(0.4)
    assert (whole.why, whole.why_breaths) == ("", "")


def test_a_paced_stretch_says_what_was_asked_for_and_what_came_of_it(told: Told) -> None:
    found = breathing(told)
    (each,) = found.paced
    assert (each.name, each.asked, each.asked_bpm, each.closed) == ("paced 1", "4/6", 6.0, True)
    assert (each.score, each.plv, each.lag_s, each.coverage) == (92, 0.91, -0.3, 0.97)
    assert each.measured.rate_bpm == 6.0  # from 30 s on: what is known at 31 s looks back at what was before
    assert found.score == 92
    section = breathing_section(found)
    table = table_of(section, "paced 1, 0:30 to 2:30: 4/6")
    assert cells(table)["breathing rate"] == ("6.0 /min", "6.0 /min")
    assert cells(table)["inhale share"] == ("40 %", "40 %")
    assert cells(table)["lag behind the pacer"] == ("0 s", "0.30 s early")
    assert cells(table)["phase lock (PLV)"] == ("1", "0.91")
    (text,) = section.text
    assert text.startswith("paced 1: for 2 min the pacer asked for 6.0 breaths a minute (4/6, seconds in and out); ")
    assert text.endswith("; you breathed 6.0, and kept to the pacer closely.")
    assert rows(section)["pacing score"] == "92 of 100"


def test_a_step_gives_its_name_and_the_session_its_score() -> None:
    breathe = step("1.2", "breathe", 120, pattern="4/6")
    told = made(180, routine=routine(breathe))
    scored(told, breathe, 30, 150, 88)
    paced(told, 30, 150, score=88.0, plv=0.2)
    estimate(told, "pacing/session_score", 180, 87.5)
    found = breathing(told)
    assert (found.paced[0].name, found.score) == ("1.2 Breathe it", 87.5)
    assert "how you breathed is not known" in breathing_section(found).text[0]


def test_somebody_who_does_not_follow_is_told_so() -> None:
    told = made(180)
    each_second(told, RATE, 0, 180, 14.0)
    paced(told, 30, 150, score=0.0, plv=0.1)
    section = breathing_section(breathing(told))
    assert section.text[0].endswith("you breathed 14.0, and did not keep to the pacer.")


@pytest.mark.parametrize(
    ("plv", "word"), [(None, ""), (0.95, "closely"), (0.6, "mostly"), (0.3, "partly"), (0.29, "not")]
)
def test_words_for_a_lock(plv: float | None, word: str) -> None:
    assert how_well(plv) == word


def test_a_stretch_in_which_the_recording_ends_has_the_means_of_what_was_said() -> None:
    told = made(100, stop=False)
    paced(told, 30, None)
    for t_s, score in ((60, None), (70, 80.0), (80, 90.0)):
        estimate(told, "pacing/score", t_s, score, why="" if score else "paced for 30 s")
    estimate(told, "pacing/plv", 60, None, why="paced for 30 s")
    found = breathing(told)
    (each,) = found.paced
    assert (each.score, each.plv, each.why["plv"], each.closed) == (85, None, "paced for 30 s", False)
    assert found.score == 85
    table = breathing_section(found).tables[0]
    assert any("The recording ends in this stretch" in note for note in table.notes)
    assert each.why["lag_s"] == "nothing was said of it"


def test_a_figure_that_a_step_does_not_know_has_the_reason_of_its_last_second() -> None:
    told = made(180)
    paced(told, 30, 150, score=70.0, plv=0.8)
    estimate(told, "pacing/cue_error_s", 149, None, why="no breaths seen: their timing needs chest motion")
    estimate(told, "pacing/cue_error_s", 150, None, why="the pacer is off")
    (each,) = breathing(told).paced
    assert each.why["cue_error_s"] == "no breaths seen: their timing needs chest motion"


def test_breathing_that_gets_slower_says_from_what_to_what() -> None:
    told = made(180)
    for start, pattern in ((30, Pattern(2, 0, 3, 0)), (60, Pattern(4, 1, 6, 0))):
        told.pacings.append((ns(start), Pacing(ns(start), pattern)))
    told.pacings.append((ns(150), None))
    (each,) = breathing(told).paced
    assert (each.asked, round(each.asked_bpm, 2)) == ("2/3 to 4/1/6/0", 5.45)
    table = breathing_section(breathing(told)).tables[0]
    assert cells(table)["inhale share"][0] == "45 %"  # with the pause after it
    assert [pattern_of_text(text).text for text in ("4/6", "4/1/6/0")] == ["4/6", "4/1/6/0"]


def test_what_is_not_known_says_why() -> None:
    told = made(120)
    nothing = breathing(told)
    assert nothing.whole.why == "nothing in this session tells of the breathing"
    assert "chest motion" in nothing.whole.why_breaths
    assert breathing(made(20)).whole.why == "20 s long: the rate looks back 30 s"
    each_second(told, RATE, 30, 60, None, why="no heartbeats yet")
    assert breathing(told).whole.why == "no heartbeats yet"
    each_second(told, RATE, 60, 61, 12.0, quality=0.2)
    assert breathing(told).whole.why == "confidence 0.20 is below 0.25"
    text = rows(breathing_section(breathing(told)))
    assert text["breathing rate, all in all"] == "- confidence 0.20 is below 0.25"
    assert (breathing(told).score, breathing(told).why_score) == (None, "no breathing was asked for in this session")


def test_a_pacer_without_any_score_says_why() -> None:
    told = made(180)
    paced(told, 30, 150)
    found = breathing(told)
    assert (found.score, found.why_score) == (None, "nothing was said of it")
    breath(told, 170)
    assert "no whole breath was seen in it" in breathing(told).paced[0].measured.why_breaths


def test_held_breaths_count_where_no_coach_judges_them() -> None:
    told = made(180)
    for t_s, kind in ((20, "breath-back"), (40, "breath-held"), (52, "breath-back"), (170, "breath-held")):
        cue(told, t_s, kind)
    found = breathing(told)
    assert [*found.held] == [(40, 12), (170, 10)]
    assert rows(breathing_section(found))["breath held"] == "2 times, at most 12 s"
    guided = made(180, routine=routine(step("1", "free")))
    cue(guided, 40, "breath-held")
    assert not breathing(guided).held


def test_a_mark_alone_is_no_pacing() -> None:
    told = made(60)
    mark(told, 5, "pace", "4/6")
    assert breathing_section(breathing(told)).text == ("No breathing was asked for in this session.",)
