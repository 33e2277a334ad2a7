"""What a view is told in each state."""

import pytest

from tests.coach.led import ALARM, Led, ns, routine, step
from tidehold.routine import Guide, Target

ROUTINE = routine(
    step("cycles", 80, id="1", name="PNF", side="left", cycles=3, text="Press the heels down."),
    step("hold", 20, id="2", name="Stage 2", target=Target(deg=40)),
    questions=(ALARM,),
    about="A short one.",
)


def led(ask_first: bool = False) -> Led:
    return Led(ROUTINE, {"phone": "shin"}, ask_first=ask_first)


def test_before_the_start_it_tells_what_comes_and_what_will_not_be_measured() -> None:
    guide = Led(ROUTINE, {}).to(1)
    assert (guide.routine, guide.name, guide.state, guide.at) == ("r", "R", "ready", 0)
    assert (guide.text, guide.then, guide.session_left_s) == ("A short one.", "PNF, left", 100)
    assert guide.unmeasured.startswith("not measured: 1, 2 (no phone")
    assert (guide.left_s, guide.question, guide.score) == (0, None, None)


def test_a_question_before_the_start_comes_first() -> None:
    one = led(ask_first=True)
    one.mark("start")
    guide = one.to(1)
    assert (guide.state, guide.prompt, guide.question) == ("asking", ALARM.text, ALARM)
    assert (guide.then, guide.session_left_s) == ("PNF, left", 100)


def test_a_part_tells_how_long_it_still_lasts() -> None:
    one = led()
    one.mark("start")
    guide = one.to(7)
    assert (guide.part, guide.prompt, guide.text) == ("deepen", "Let go, and sink deeper.", "Press the heels down.")
    assert guide.part_left_s == pytest.approx(18)
    assert (guide.into_s, guide.left_s, guide.session_left_s, guide.then) == (7, 73, 93, "Stage 2")
    rest = one.to(76)
    assert (rest.part, rest.part_left_s) == ("", None)


def test_a_pause_and_a_question_keep_the_place() -> None:
    one = led()
    one.mark("start")
    one.mark("pause", at_s=7)
    assert place(one.to(9)) == ("paused", 0, 7, 73, "Paused.")
    one.mark("pain", "3", at_s=10)
    assert place(one.to(11)) == ("asking", 0, 7, 73, ALARM.text)


def place(guide: Guide) -> tuple[str, int, float, float, str]:
    return guide.state, guide.at, guide.into_s, guide.left_s, guide.prompt


def test_the_target_and_its_band_are_told() -> None:
    one = led()
    one.mark("start")
    guide = one.to(81)
    assert (guide.target_deg, guide.band_deg, guide.then, guide.session_left_s) == (40, 3, "the end", 19)


def test_at_the_end_nothing_is_left() -> None:
    one = led()
    one.mark("start")
    guide = one.to(101)
    assert place(guide) == ("done", 2, 0, 0, "The routine is over.")
    assert (guide.session_left_s, guide.then) == (0, "")


def test_who_stopped_is_told_why() -> None:
    one = led()
    one.mark("start")
    one.to(3)
    one.mark("quit", at_s=3)
    guide = one.coach.guide(ns(3))
    assert (guide.state, guide.ended, guide.prompt) == ("stopped", *["ended before its last step"] * 2)


def test_notes_are_told_before_the_start_only() -> None:
    one = Led(routine(step("free"), questions=(ALARM,), notes=("Not a medical device.",)), ask_first=True)
    assert one.to(1).notes == ("Not a medical device.",)
    one.mark("start")
    assert one.to(2).notes == ("Not a medical device.",)
    one.mark("answer", "numb no")
    assert one.to(3).notes == ()
    assert one.to(20).notes == ()
