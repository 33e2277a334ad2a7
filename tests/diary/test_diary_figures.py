"""Each figure of the catalogue, against what it is to be made of."""

from __future__ import annotations

import pytest

from tests.diary.finished import ROUTINE, estimate, followed, hold, mark, samples, step, t, told
from tidehold.diary.figures import answers_of, figures_of, pains_of
from tidehold.diary.nouns import CATALOGUED
from tidehold.log.told import Told
from tidehold.records import Cue
from tidehold.routine import Finding, Measured, Scored, Task


def test_of_a_session_that_knows_nothing_there_are_no_figures() -> None:
    assert figures_of(told(routine=None)) == {}
    assert figures_of(told()) == {"done_share": 0.0}


def test_only_known_and_finite_figures_of_the_table_are_there_in_its_order() -> None:
    made = followed()
    estimate(made, "heart/hr_bpm", 60.0, None, 62.0, 64.0)
    estimate(made, "heart/rmssd_ms", None, None)
    estimate(made, "breathing/rate_bpm", float("inf"), float("inf"))
    found = figures_of(made)
    assert list(found) == [name for name in CATALOGUED if name in found]
    assert found["hr_bpm"] == 62.0
    assert not {"rmssd_ms", "rate_bpm"} & set(found)


def test_how_much_was_done_is_time_spent_in_steps_and_no_more_than_they_have() -> None:
    assert figures_of(followed())["done_share"] == 1.0
    made = told()
    step(made, "1", "", 10, 110)  # extended: 60 s count
    step(made, "2", "left", 110, 125, "cut")
    step(made, "2", "right", 125, 126, "skipped")
    step(made, "3", "left", 126, 126, "todo")
    assert figures_of(made)["done_share"] == pytest.approx((60 + 15 + 1) / 200)


def test_score_coverage_and_findings_are_the_sessions() -> None:
    made = followed()
    assert figures_of(made)["findings"] == 0
    assert "score" not in figures_of(made)
    made.hear(Scored(t(210), "session", "evening", "", "done", t(10), t(210), 200.0, 91.0, 0.75, {}, {}, ""))
    made.hear(Finding(t(5), "breath-held", "1", "", t(4), t(9), "held"))
    found = figures_of(made)
    assert (found["score"], found["coverage"], found["findings"]) == (91.0, 0.75, 1)


def test_breathing_to_the_pacer_is_the_mean_of_its_steps_by_how_much_of_each_was_known() -> None:
    made = followed()
    for at_s, score, coverage in ((70, 90.0, 1.0), (130, 60.0, 0.5), (200, None, 0.1)):
        estimate(made, "pacing/step_score", score, at_s=at_s)
        estimate(made, "pacing/step_coverage", coverage, at_s=at_s)
    estimate(made, "pacing/score", 10.0, 10.0)
    assert figures_of(made)["pacing_score"] == pytest.approx((90 * 1.0 + 60 * 0.5) / 1.5)
    free = told(routine=None)
    estimate(free, "pacing/plv", 0.5, None, 0.7, 0.9)
    assert figures_of(free)["pacing_plv"] == 0.7


def test_artefacts_are_the_share_of_intervals_that_were_not_clean() -> None:
    made = followed()
    samples(made, "strap/rr_clean", [[0.8, 1, 0], [0.8, 1, 0], [1.6, 2, 1], [0.8, 1, 3]])
    assert figures_of(made)["artefact_share"] == 0.5


def test_holds_are_those_in_steps_of_holding_and_weigh_by_their_length() -> None:
    made = followed()
    hold(made, 0, 69)  # while breathing
    hold(made, 72, 92, rms_deg=0.4, drift_deg_min=-3.0, score=80.0)
    hold(made, 105, 145, rms_deg=1.0, drift_deg_min=1.0, score=50.0)  # from one step into the next
    hold(made, 171, 195, rms_deg=9.0)  # mostly after the step
    hold(made, 150, 152, is_short=True)
    hold(made, 80, 90, rms_deg=7.0, source="second")
    found = figures_of(made)
    assert found["holds"] == 2
    assert found["hold_s"] == pytest.approx(60)
    assert found["hold_rms_deg"] == pytest.approx((0.4 * 20 + 1.0 * 40) / 60)
    assert found["hold_drift_deg_min"] == pytest.approx((3 * 20 + 1 * 40) / 60)
    assert found["hold_score"] == pytest.approx((80 * 20 + 50 * 40) / 60)


def test_without_a_routine_every_hold_counts() -> None:
    made = told(routine=None)
    hold(made, 0, 10, score=None)
    hold(made, 20, 30, score=40.0)
    found = figures_of(made)
    assert (found["holds"], found["hold_s"], found["hold_score"]) == (2, 20, 40)
    assert "hold_drift_deg_min" not in found


def test_angles_are_the_farthest_of_each_side_in_steps_of_their_kind() -> None:
    made = followed()
    found = figures_of(made)
    assert (found["reached_left_deg"], found["reached_right_deg"], found["gain_deg"]) == (44.0, 41.0, 6.0)
    assert "raise_left_deg" not in found


def test_how_far_a_stretch_went_has_no_sign() -> None:
    made = told(routine=None)  # the first movement after the neutral pose was the other way
    for deg in (-44.0, -30.0, 3.0):
        measured(made, Task("stretch", "left"), 30, reached_deg=deg)
    assert figures_of(made) == {"reached_left_deg": 44.0}


def measured(made: Told, task: Task, seconds: float, **figures: float | None) -> None:
    made.hear(Measured(t(seconds), "phone", task, t(0), t(seconds), figures, 1.0))


def test_tasks_of_a_session_without_a_routine_count_too() -> None:
    made = told(routine=None)
    measured(made, Task("raise", "left"), 30, raise_deg=61.0)
    measured(made, Task("raise", "left"), 30, raise_deg=64.0)
    measured(made, Task("raise", "right"), 30, raise_deg=None)
    measured(made, Task("stretch", "right"), 30, reached_deg=33.0)
    measured(made, Task("walk"), 60, cadence_spm=110.0, step_asymmetry=None)
    measured(made, Task("walk"), 120, cadence_spm=104.0, step_asymmetry=0.02)
    assert figures_of(made) == {
        "reached_right_deg": 33.0,
        "raise_left_deg": 64.0,
        "cadence_spm": 104.0,
        "step_asymmetry": 0.02,
    }


def test_pain_is_the_last_mark_before_the_first_step_and_the_last_after_the_routine() -> None:
    made = followed()
    for at_s, arg in ((1, "7"), (5, "6 left hip"), (90, "9"), (212, "4"), (215, "3 hip")):
        mark(made, at_s, "pain", arg)
    assert pains_of(made) == {"pain_before": 6, "pain_after": 3}
    mark(made, 216, "pain", "eleven")
    assert pains_of(made)["pain_after"] == 3


def test_a_mark_at_the_end_of_a_recording_that_was_cut_is_not_after_the_routine() -> None:
    made = told()
    step(made, "1", "", 10, 40, "cut")
    made.hear(Cue(t(10), "step", "Breathe"))
    mark(made, 40, "pain", "5")
    assert pains_of(made) == {"pain_before": None}


def test_a_routine_that_never_began_has_only_a_before() -> None:
    made = told()
    mark(made, 40, "pain", "5")
    assert pains_of(made) == {"pain_before": 5}


@pytest.mark.parametrize(("answer", "pain"), [("4", 4.0), ("2.5", 2.5), ("a lot", None), ("..", None), ("²", None)])
def test_the_monthly_question_says_the_pain_where_nothing_was_marked_before(answer: str, pain: float | None) -> None:
    made = followed()
    mark(made, 190, "answer", f"pain-now {answer}")
    assert pains_of(made)["pain_before"] == pain
    mark(made, 3, "pain", "8")
    assert pains_of(made)["pain_before"] == 8


def test_answers_are_the_last_to_each_question_in_its_own_words() -> None:
    made = followed()
    for arg in ("bowel-bladder No", "bowel-bladder perhaps", "other yes", "bowel-bladder", "pain-now 3", "pain-now 4"):
        mark(made, 5, "answer", arg)
    mark(made, 6, "note", "bowel-bladder yes")
    assert answers_of(made) == {"bowel-bladder": "no", "pain-now": "4"}
    mark(made, 7, "answer", "bowel-bladder YES")
    assert answers_of(made)["bowel-bladder"] == "yes"
    assert answers_of(told(routine=None)) == {}
    assert ROUTINE.questions[0].id == "bowel-bladder"
