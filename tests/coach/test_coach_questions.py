"""Answers are taken as the questions say, and pain as a person says it."""

import pytest

from tests.coach.led import ALARM, TIRED
from tidehold.coach.questions import Pain, Questions, Taken, pain_of
from tidehold.routine import Question

FREE = Question(id="meds", text="Which?", answers=())


def asking(*questions: Question) -> Questions:
    one = Questions()
    one.ask(questions)
    return one


@pytest.mark.parametrize(
    ("question", "arg", "why"),
    [
        (ALARM, "numb no", ""),
        (ALARM, "numb  NO ", ""),
        (ALARM, "numb", "numb: expected no or yes, found ''"),
        (ALARM, "numb maybe", "numb: expected no or yes, found 'maybe'"),
        (ALARM, "no", "expected \"ID ANSWER\", waiting for numb, found 'no'"),
        (ALARM, "", "expected \"ID ANSWER\", waiting for numb, found ''"),
        (TIRED, "tired 0", ""),
        (TIRED, "tired 9.5", ""),
        (TIRED, "tired 10.5", "tired: expected a number from 0 to 10, found '10.5'"),
        (TIRED, "tired very", "tired: expected a number from 0 to 10, found 'very'"),
        (FREE, "meds two of them", ""),
        (FREE, "meds", "meds: expected a text, found none"),
    ],
)
def test_an_answer_is_one_that_the_question_takes(question: Question, arg: str, why: str) -> None:
    one = asking(question)
    assert one.take(arg) == Taken(why)
    assert one.now == (question if why else None)


def test_answers_may_come_in_any_order() -> None:
    one = asking(ALARM, TIRED)
    assert one.take("tired 3") == Taken()
    assert one.now == ALARM
    assert one.take("tired 3").why == "expected \"ID ANSWER\", waiting for numb, found 'tired 3'"


@pytest.mark.parametrize(("stop_text", "told"), [("See a clinician.", "See a clinician."), ("", "Is it?")])
def test_an_answer_that_stops_says_so(stop_text: str, told: str) -> None:
    one = asking(Question(id="x", text="Is it?", stops=("Yes",), stop_text=stop_text))
    assert one.take("x yes") == Taken(stop_text=told)


@pytest.mark.parametrize(
    ("arg", "pain"),
    [
        ("6 left hip", Pain(6, "hip", "left")),
        (" 10 lower back right ", Pain(10, "lower back", "right")),
        ("0", Pain(0)),
        ("3 knee", Pain(3, "knee")),
        ("11", None),
        ("-1", None),
        ("hip 6", None),
        ("", None),
        ("5hip", None),
    ],
)
def test_pain_is_a_number_and_where(arg: str, pain: Pain | None) -> None:
    assert pain_of(arg) == pain
