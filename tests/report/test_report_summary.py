"""The summary: sentences from figures, and never more than these say."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from tests.report.made import (
    beats,
    breath,
    cue,
    each_second,
    finding,
    gap,
    guide,
    hold,
    link,
    made,
    mark,
    measured,
    paced,
    routine,
    rows,
    samples,
    scored,
    session_scored,
    step,
)
from tidehold.log.told import Told
from tidehold.report.content import look
from tidehold.report.nouns import Section
from tidehold.report.summary import NOT_MEDICAL, summary_section
from tidehold.routine import Task

BREATHE, LEFT, RIGHT = (
    step("1", "breathe", pattern="4/6"),
    step("2", "hold", side="left"),
    step("2", "hold", side="right"),
)


def section_of(told: Told) -> Section:
    return summary_section(told, look(told))


def sentence_with(told: Told, word: str) -> str:
    return next((text for text in section_of(told).text if word in text), "")


def guided(length_s: float = 300, *, stop: bool = True, **more: Any) -> Told:
    told = made(length_s, stop=stop, routine=routine(BREATHE, LEFT, RIGHT, **more))
    scored(told, BREATHE, 60, 120, 92)
    for side, deg in ((LEFT, 44.4), (RIGHT, 40.7)):
        scored(told, side, 120, 180, 80, figures={"reached_deg": deg, "held_s": 55.0, "target_deg": None})
    return told


def test_what_was_done_and_how_it_went() -> None:
    told = guided()
    session_scored(told, 84.2, 0.97)
    text = section_of(told).text[0]
    assert text == (
        'On Monday, 21 September 2026 at 14:13 you followed "Small one"; the recording is 5 min long. '
        "You went through all 3 steps. It came to a score of 84 of 100, with 97 % of it measured."
    )
    assert rows(section_of(told))["steps done"] == "3 of 3"
    assert sentence_with(told, "reached") == (
        "In 2 holds you reached at most 44.4 deg left (step 2) and 40.7 deg right (step 2), with a mean score of 80."
    )


def test_a_routine_that_ended_early_says_so_and_why_in_its_own_words() -> None:
    told = guided(variant="gentle")
    scored(told, LEFT, 120, 130, None, state="cut")
    scored(told, RIGHT, 300, 300, None, state="todo")
    session_scored(told, None, 0.4, "40 % of this session could be scored")
    guide(told, "stopped", ended="Please see a clinician before you go on")
    text = section_of(told).text[0]
    assert '"Small one" (gentle)' in text
    assert "You went through 1 of 3 steps; 1 ended early and 1 not reached or not finished." in text
    assert "It ended before its last step: Please see a clinician before you go on." in text
    assert "There is no score: 40 % of this session could be scored." in text
    assert rows(section_of(told))["score"] == "- 40 % of this session could be scored"


def test_a_skipped_step_is_counted_and_a_cut_recording_has_its_score_so_far() -> None:
    told = guided(stop=False)
    scored(told, RIGHT, 180, 185, None, state="skipped")
    assert "2 of 3 steps; 1 skipped." in section_of(told).text[0]
    assert "There is no score: The recording ends before the routine does." in section_of(told).text[0]
    guide(told, "running", score=77.0)
    assert "It came to a score of 77 of 100 so far." in section_of(told).text[0]


def test_without_a_routine_it_is_a_recording() -> None:
    told = made(120)
    texts = section_of(told).text
    assert texts[0].endswith("you recorded 2 min without a routine.")
    assert "Nothing stood out; without a routine little is looked for." in texts
    assert "score" not in rows(section_of(told))


def test_breathing_in_a_sentence() -> None:
    told = made(180)
    each_second(told, "breathing/rate_bpm", 0, 180, 6.1)
    assert sentence_with(told, "breathed") == "You breathed 6.1 times a minute (the median)."
    paced(told, 30, 150, score=91.0, plv=0.92)
    text = "The pacer asked for 6.0 breaths a minute, and you breathed 6.1; your breathing kept to it closely"
    assert sentence_with(told, "pacer") == f"{text} (score 91 of 100)."
    assert rows(section_of(told))["breathing rate while paced"] == "6.1 /min, asked for 6.0"
    lost = made(180)
    each_second(lost, "breathing/rate_bpm", 0, 180, 15.0)
    paced(lost, 30, 150, plv=0.1)
    assert sentence_with(lost, "pacer").endswith("you breathed 15.0; your breathing did not keep to it.")
    unlocked = made(180)
    each_second(unlocked, "breathing/rate_bpm", 0, 180, 15.0)
    paced(unlocked, 30, 150)
    assert sentence_with(unlocked, "pacer").endswith("and you breathed 15.0.")
    unknown = made(180)
    breath(unknown, 50)
    paced(unknown, 30, 150)
    assert sentence_with(unknown, "pacer").startswith(
        "How you followed the pacer is not known: Nothing in this session"
    )


def test_the_heart_in_a_sentence() -> None:
    told = made(300)
    beats(told, [0.8, 0.82] * 180)
    assert sentence_with(told, "heart") == "Your heart beat 74 times a minute on average; RMSSD was 20 ms."
    assert rows(section_of(told))["RMSSD"] == "20 ms"
    paced(told, 30, 250, plv=0.9)
    assert sentence_with(told, "heart").endswith("; RMSSD was 20 ms during what was asked for.")
    assert "RMSSD during" in rows(section_of(told))
    told.pacings.clear()
    told.estimates.clear()
    paced(told, 90, 200, plv=0.9)
    assert ": 74 before and 74 after what was asked for; RMSSD was 20 ms before" in sentence_with(told, "heart")
    few = made(40)
    beats(few, [0.8] * 40)
    assert sentence_with(few, "heart") == "Your heart beat 75 times a minute on average."


def test_holds_without_a_routine_and_without_angles() -> None:
    told = made(100)
    hold(told, 10, 40)
    assert sentence_with(told, "hold") == "A motion sensor saw 1 hold, the longest of 30 s."
    blind = made(300, routine=routine(LEFT))
    scored(blind, LEFT, 120, 180, None)
    assert sentence_with(blind, "hold") == "The routine asked for 1 hold, of which no angle is known."


@pytest.mark.parametrize(
    ("gains", "words"),
    [((9.5, 8.1), "more than"), ((1.0, -3.3), "within"), ((9.5, 1.0), "in part more than")],
)
def test_a_gain_is_put_against_its_error(gains: tuple[float, float], words: str) -> None:
    told = guided()
    for place, (side, gain) in enumerate(zip(("left", "right"), gains, strict=True)):
        start = 180 + 50 * place
        measured(told, Task("cycles", side, count=3), start, start + 50, gain_deg=gain)  # type: ignore[arg-type]
    expected = (
        f"Contract-relax changed the angle by {gains[0]:.1f} deg left and {gains[1]:.1f} deg right, {words} the 3.3"
    )
    assert sentence_with(told, "Contract-relax").startswith(expected)
    assert rows(section_of(told))["contract-relax gain left"] == f"{gains[0]:.1f} deg"


def test_a_leg_raise_and_a_walk_in_sentences() -> None:
    told = made(200)
    measured(told, Task("raise", "left", count=3), 10, 50, raise_deg=71.0)
    measured(told, Task("walk"), 60, 90, cadence_spm=104.0)
    measured(told, Task("walk"), 95, 99, cadence_spm=None, strides=1.0)
    text = sentence_with(told, "raised")
    assert text.startswith(
        "The straight leg was raised to 71.0 deg left; differences below 3.3 deg (same rater) or 10.2"
    )
    assert sentence_with(told, "walked") == "You walked at 104 steps a minute."


def test_what_stood_out_is_counted_and_timed() -> None:
    told = guided()
    session_scored(told, 80)
    assert "Nothing stood out." in section_of(told).text
    for since, until in ((70, 75), (90, 95), (100, 110)):
        finding(told, "breath-held", "1", since, until)
    finding(told, "slipping", "2", 130, 133, "left")
    link(told, 50, "strap", "down")
    assert sentence_with(told, "stood out") == (
        "What stood out: breath held 3 times (20 s in all), slipped once (3 s in all) and a link lost once. "
        "Each is in the timeline."
    )
    finding(told, "sensor-lost", "", 50, 58)
    assert "a link lost" not in sentence_with(told, "stood out")
    row = {row.name: row for row in section_of(told).rows}["findings"]
    assert (row.value, row.tone) == (5, "bad")


def test_what_is_missing_for_long_stands_out() -> None:
    told = made(120)
    gap(told, "strap/rr", 10, 32, "no skin contact")
    gap(told, "strap/rr", 50, 58, "no skin contact")
    assert "What stood out: strap/rr missing for 30 s." in sentence_with(told, "stood out")


def test_held_breaths_of_a_free_session_stand_out() -> None:
    told = made(120)
    for t_s, kind in ((20, "breath-held"), (30, "breath-back"), (50, "breath-held"), (60, "breath-back")):
        cue(told, t_s, kind)
    assert "breath held twice (20 s in all)" in sentence_with(told, "stood out")


def test_pain_as_it_was_noted() -> None:
    told = made(120)
    assert sentence_with(told, "pain") == ""
    mark(told, 5, "pain", "6 left hip")
    assert sentence_with(told, "pain") == "You noted pain of 6 of 10 (left hip)."
    mark(told, 100, "pain", "3")
    assert sentence_with(told, "pain") == "You noted pain of 6 of 10 (left hip) first and 3 of 10 last."


def test_the_data_s_grade_with_its_reason() -> None:
    told = made(120)
    beats(told, np.full(147, 0.8))
    samples(told, "phone/acc", 20, 0, 120)
    assert "The data are good." in section_of(told).text
    assert sentence_with(made(40), "data are").startswith("The data are poor: length 40 s (good: 60 s or more)")


def test_it_is_said_once_that_this_is_no_medical_device() -> None:
    text = " ".join(section_of(guided()).text)
    assert text.count(NOT_MEDICAL) == 1
    assert not re.search(r"diagnos|cure|heal|therap|treat|relie|disease|patient", text, re.IGNORECASE)
