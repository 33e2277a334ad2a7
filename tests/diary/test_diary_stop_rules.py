"""Each stop rule: when it comes true, what it says, and when it no longer holds."""

from __future__ import annotations

import pytest

from tests.diary.days import at, days, entry, said
from tidehold.coach.routine_book import USUAL_QUESTIONS
from tidehold.diary.stop_rules import QUESTION_OF, TEXT, raised, warnings


def test_there_is_a_rule_for_each_usual_question_with_the_same_text() -> None:
    assert set(QUESTION_OF.values()) == {question.id for question in USUAL_QUESTIONS}
    for text in TEXT.values():
        assert "see a clinician" in text
    assert "emergency department" in TEXT["bladder"]


def test_without_a_word_nothing_is_in_force() -> None:
    assert warnings([], []) == []
    assert warnings(days(5, 5, 5), [said(1, pain=9, radiating="no", bladder="no")]) == []


@pytest.mark.parametrize("rule", ["radiating", "bladder"])
def test_a_yes_at_a_check_in_is_in_force_until_a_no(rule: str) -> None:
    yes = said(1, **{rule: "yes"})
    (found,) = warnings([], [yes])
    assert (found.rule, found.since, found.until) == (rule, at(1), None)
    assert found.text == TEXT[found.rule]
    assert found.why == "you answered yes at a check-in"
    assert warnings([], [yes, said(2, pain=0), said(3, radiating="", bladder="")]) == [found]
    other = "bladder" if rule == "radiating" else "radiating"
    assert warnings([], [yes, said(2, **{other: "no"})]) == [found]
    assert warnings([], [said(0.5, **{rule: "no"}), yes]) == [found]
    no = said(2, **{rule: "no"})
    assert warnings([], [no, yes]) == []
    assert raised([], [no, yes]) == [found._replace(until=at(2))]


def test_a_second_yes_is_the_same_and_one_after_a_no_is_another() -> None:
    words = [said(1, bladder="yes"), said(2, bladder="yes"), said(3, bladder="no"), said(4, bladder="yes")]
    assert [(each.since, each.until) for each in raised([], words)] == [(at(1), at(3)), (at(4), None)]


@pytest.mark.parametrize("rule", ["radiating", "bladder", "no-improvement"])
def test_a_yes_in_a_session_counts_and_a_no_in_the_next_one_ends_it(rule: str) -> None:
    question = next(each for name, each in QUESTION_OF.items() if name == rule)
    yes = entry(1, ended="stopped", answers={question: "yes"})
    (found,) = warnings([yes], [])
    assert (found.rule, found.why) == (rule, f"you answered yes in session {yes.session}")
    assert found.since == yes.started + 320.5e9
    assert warnings([yes, entry(2, answers={question: "no"})], []) == []
    assert warnings([yes, entry(2, answers={"pain-now": "3"})], []) == [found]


def test_fourteen_consistent_sessions_without_improvement_come_true_at_the_fourteenth() -> None:
    listed = days(*[6] * 16)
    assert warnings(listed[:13], []) == []
    (found,) = warnings(listed, [])
    assert (found.rule, found.text) == ("no-improvement", TEXT["no-improvement"])
    assert found.since == listed[13].started + 320.5e9
    assert found.why == "after 16 consistent sessions: pain 6, then 6 (medians)"


def test_no_improvement_holds_until_there_is_one() -> None:
    listed = days(*[6] * 15, *[3] * 4)
    found = raised(listed, [])
    assert [(each.rule, each.until is None) for each in found] == [("no-improvement", False)]
    assert warnings(listed, []) == []
    assert len(warnings(days(*[6] * 15, *[None] * 9), [])) == 1


def test_no_improvement_holds_through_a_pause_and_ends_with_a_new_run() -> None:
    listed = days(*[6] * 14)
    assert len(warnings([*listed, entry(34)], [])) == 1
    assert warnings([*listed, entry(60)], []) == []


def test_a_good_score_hides_nothing_and_the_most_urgent_comes_first() -> None:
    listed = days(*[6] * 14, score=100.0, coverage=1.0)
    found = warnings(listed, [said(1, radiating="yes"), said(13.5, bladder="yes")])
    assert [each.rule for each in found] == ["bladder", "radiating", "no-improvement"]
    assert warnings(list(reversed(listed)), [said(13.5, bladder="yes"), said(1, radiating="yes")]) == found
