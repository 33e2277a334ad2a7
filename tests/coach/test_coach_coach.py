"""The coach follows a routine exactly by time, and does what a person asks of it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.coach.led import ALARM, TIRED, Led, ns, plain, routine, step
from tidehold.coach.asked import NOTHING
from tidehold.coach.coach import Coach
from tidehold.coach.states import SAID
from tidehold.errors import ConfigError
from tidehold.records import Cue, DueHold, Pattern
from tidehold.routine import Finding, Measured, Routine, Target, Task
from tidehold.units import NS

STEPS = (20.3, 7.05, 11.0)


def led(*seconds: float, **more: Any) -> Led:
    return Led(plain(*(seconds or STEPS)), **more)


def test_nothing_happens_before_the_start() -> None:
    one = led()
    guide = one.to(5)
    assert (guide.state, guide.at) == ("ready", 0)
    assert guide.session_left_s == pytest.approx(38.35)
    assert (one.said, one.coach.asked) == ([], NOTHING)


@pytest.mark.parametrize("offset_s", [0.0, 0.11, 0.2])
def test_each_step_begins_at_the_end_of_the_one_before_to_the_nanosecond(offset_s: float) -> None:
    one = led(offset_s=offset_s)
    one.to(3)
    one.mark("start", at_s=3.12)
    one.to(60)
    ends = [3.12, 23.42, 30.47, 41.47]
    assert [(each.start, each.end) for each in one.scored()] == [(ns(a), ns(b)) for a, b in pairwise(ends)]
    assert [each.lasted_s for each in one.scored()] == [*STEPS]
    assert [each.state for each in one.scored()] == ["done"] * 3
    seen = [next(t for t, guide in one.guides if guide.at == n and guide.state == "running") for n in range(3)]
    for began, guide_s in zip(ends, seen, strict=False):
        assert 0 <= guide_s - began <= 0.25
    assert one.guides[-1][1].state == "done"
    assert one.cues("done") == ["The routine is over."]


def test_the_guide_says_where_the_person_is() -> None:
    one = led()
    one.mark("start")
    guide = one.to(22.25)
    assert (guide.state, guide.at, guide.then) == ("running", 1, "a free")
    assert [guide.into_s, guide.left_s] == pytest.approx([1.95, 5.1])
    assert guide.session_left_s == pytest.approx(16.1)
    assert [bar.state for bar in guide.bars] == ["done", "now", "todo"]
    assert one.to(40).bars is one.to(41).bars


def test_a_pause_stops_the_clock_of_the_step_and_what_is_asked_for() -> None:
    one = Led(routine(step("breathe", 20, id="1"), step("hold", 10, id="2")), {"phone": "shin"})
    one.mark("start")
    one.to(5)
    assert one.coach.asked.pattern == Pattern(4, 0, 6, 0)
    one.mark("pause", at_s=5.1)
    assert one.coach.asked == NOTHING
    guide = one.to(30)
    assert (guide.state, guide.prompt) == ("paused", "Paused.")
    assert guide.into_s == pytest.approx(5.1)
    one.mark("resume", at_s=30.2)
    assert (one.coach.asked.pattern, one.coach.asked.since) == (Pattern(4, 0, 6, 0), ns(30.2))
    assert one.to(45).at == 0
    assert one.to(45.25).at == 1
    (scored,) = one.scored()
    assert (scored.start, scored.end, scored.lasted_s) == (0, ns(45.1), 20)


def test_a_hold_is_not_due_while_it_is_paused() -> None:
    one = Led(routine(step("hold", 20)), {"phone": "shin"})
    one.mark("start", at_s=1)
    assert (one.coach.asked.due, one.coach.asked.task) == (DueHold(ns(1)), Task("stretch"))
    one.mark("pause", at_s=4)
    assert (one.coach.asked.due, one.coach.asked.task) == (None, None)
    one.mark("resume", at_s=6)
    assert (one.coach.asked.due, one.coach.asked.task) == (DueHold(ns(6)), Task("stretch"))


@pytest.mark.parametrize(("verb", "state"), [("skip", "skipped"), ("end", "cut")])
def test_a_step_is_left_at_the_time_of_the_mark(verb: str, state: str) -> None:
    one = led()
    one.mark("start")
    one.to(4)
    one.mark(verb, at_s=4.15)
    guide = one.coach.guide(ns(4.15))
    assert (guide.at, guide.into_s) == (1, 0)
    one.to(40)
    assert [(each.state, each.end) for each in one.scored()] == [
        (state, ns(4.15)),
        ("done", ns(11.2)),
        ("done", ns(22.2)),
    ]
    assert (one.scored()[0].why == "skipped") == (verb == "skip")


def test_back_restarts_the_step_before_and_the_first_step_itself() -> None:
    one = led()
    one.mark("start")
    one.to(22)
    one.mark("back", at_s=22.1)
    guide = one.coach.guide(ns(22.1))
    assert (guide.at, [bar.state for bar in guide.bars]) == (0, ["now", "todo", "todo"])
    one.mark("back", at_s=23)
    assert one.coach.guide(ns(23)).at == 0
    one.to(70)
    runs = [(each.id, each.state, each.start / NS, each.lasted_s) for each in one.scored()]
    assert runs == [
        ("1", "done", 0, 20.3),
        ("2", "cut", 20.3, pytest.approx(1.8)),
        ("1", "cut", 22.1, pytest.approx(0.9)),
        ("1", "done", 23, 20.3),
        ("2", "done", 43.3, 7.05),
        ("3", "done", 50.35, 11),
    ]


@pytest.mark.parametrize(("arg", "seconds"), [("", 50.3), ("12.5", 32.8), (" 600 ", 620.3)])
def test_only_the_current_step_is_extended(arg: str, seconds: float) -> None:
    one = led()
    one.mark("start")
    one.mark("extend", arg, at_s=2)
    assert one.coach.guide(ns(2)).left_s == pytest.approx(seconds - 2)
    one.mark("skip", at_s=3)
    assert one.coach.guide(ns(3)).left_s == pytest.approx(7.05)


@pytest.mark.parametrize("arg", ["0", "-5", "601", "1e2", "a while", "nan", "30 s"])
def test_an_extension_that_cannot_be_is_refused(arg: str) -> None:
    one = led()
    one.mark("start")
    one.mark("extend", arg, at_s=2)
    assert one.refused() == [f"extend: expected seconds, up to 600, found {arg!r}"]
    assert one.coach.guide(ns(2)).left_s == pytest.approx(18.3)


def test_quitting_ends_the_routine_and_accounts_for_every_step() -> None:
    one = Led(plain(10, 10, 10, phases=(2, 1)))
    one.mark("start")
    one.to(12)
    one.mark("quit", at_s=12.2)
    guide = one.to(20)
    assert (guide.state, guide.ended, guide.session_left_s) == ("stopped", "ended before its last step", 0)
    assert [(each.id, each.state, each.lasted_s) for each in one.scored()] == [
        ("1", "done", 10),
        ("2", "cut", pytest.approx(2.2)),
        ("3", "todo", 0),
    ]
    assert [(each.id, each.state) for each in one.scored("phase")] == [("p0", "done"), ("p1", "todo")]
    assert [(each.id, each.state) for each in one.scored("session")] == [("r", "cut")]
    said = len(one.said)
    one.close()
    assert len(one.said) == said


def test_the_session_ends_the_routine_where_it_is() -> None:
    one = led()
    one.mark("start")
    one.to(25)
    one.close()
    assert [each.state for each in one.scored()] == ["done", "cut", "todo"]
    assert one.scored()[1].end == ns(25)
    assert (one.coach.guide(ns(25)).state, one.coach.asked) == ("stopped", NOTHING)


def test_a_routine_that_never_began_is_no_session() -> None:
    one = led()
    one.to(5)
    one.close()
    assert one.said == []


def test_a_jump_of_time_passes_every_step_at_its_time() -> None:
    one = led()
    one.mark("start")
    one.tick(1000.0)
    assert [(each.end, each.t) for each in one.scored()] == [(ns(t), ns(1000)) for t in (20.3, 27.35, 38.35)]


def test_phases_and_the_session_are_scored_when_they_are_over() -> None:
    one = Led(plain(10, 10, 10, phases=(2, 1)))
    one.mark("start")
    one.to(40)
    assert [(each.id, each.t / NS, each.lasted_s) for each in one.scored("phase")] == [("p0", 20, 20), ("p1", 30, 10)]
    assert [(each.id, each.state, each.lasted_s) for each in one.scored("session")] == [("r", "done", 30)]


def test_the_questions_come_before_the_first_step() -> None:
    one = Led(plain(10, questions=(ALARM, TIRED)), ask_first=True)
    one.mark("start", at_s=1)
    guide = one.to(30)
    assert (guide.state, guide.question, guide.prompt) == ("asking", ALARM, ALARM.text)
    one.mark("answer", "numb no", at_s=30)
    assert one.coach.guide(ns(30)).question == TIRED
    one.mark("answer", "tired 11", at_s=31)
    assert one.refused() == ["tired: expected a number from 0 to 10, found '11'"]
    one.mark("answer", "tired 4", at_s=32.1)
    assert one.cues("question") == [ALARM.text, TIRED.text]
    one.to(60)
    (scored,) = one.scored()
    assert (scored.start, scored.end) == (ns(32.1), ns(42.1))


def test_a_warning_answer_ends_the_session_flow_for_good() -> None:
    one = Led(plain(10, questions=(ALARM,)), ask_first=True)
    one.mark("start", at_s=1)
    one.mark("answer", "numb YES", at_s=2)
    guide = one.to(5)
    assert (guide.state, guide.ended, guide.prompt, guide.question) == ("stopped", *[ALARM.stop_text] * 2, None)
    assert one.cues("stopped") == [ALARM.stop_text]
    for verb in SAID:
        one.mark(verb, "5" if verb == "pain" else "")
    assert one.coach.guide(ns(5)).state == "stopped"
    assert one.coach.asked == NOTHING


def test_pain_asks_at_once_while_the_clock_of_the_step_stands() -> None:
    one = Led(routine(step("breathe", 20), questions=(ALARM,)))
    one.mark("start")
    one.to(5)
    one.mark("pain", "6 left hip", at_s=5)
    assert (one.coach.asked, one.coach.guide(ns(5)).question) == (NOTHING, ALARM)
    assert one.to(15).into_s == 5
    one.mark("answer", "numb no", at_s=15)
    assert one.coach.asked.since == ns(15)
    one.to(40)
    (scored,) = one.scored()
    assert (scored.end, scored.lasted_s) == (ns(30), 20)


def test_a_warning_answer_after_pain_cuts_the_step_and_scores_what_was_done() -> None:
    one = Led(plain(20, 20, questions=(ALARM,)))
    one.mark("start")
    one.to(5)
    one.mark("pain", "6", at_s=5)
    one.mark("answer", "numb yes", at_s=9)
    one.to(12)
    assert [(each.state, each.lasted_s, each.end) for each in one.scored()] == [("cut", 5, ns(9)), ("todo", 0, ns(9))]
    assert one.coach.guide(ns(12)).ended == ALARM.stop_text


@pytest.mark.parametrize("state", ["ready", "paused", "done"])
def test_after_the_answers_it_is_as_it_was(state: str) -> None:
    one = Led(plain(5, questions=(ALARM,)))
    if state != "ready":
        one.mark("start")
    if state == "paused":
        one.mark("pause", at_s=1)
    before = one.to(20)
    assert before.state == state
    one.mark("pain", "3", at_s=20)
    assert one.coach.guide(ns(20)).state == "asking"
    one.mark("answer", "numb no", at_s=22)
    assert one.to(23) == before


def test_questions_that_pain_has_asked_are_not_asked_again_at_the_start() -> None:
    one = Led(plain(5, questions=(ALARM,)), ask_first=True)
    one.mark("pain", "3")
    one.mark("answer", "numb no")
    one.mark("start")
    assert one.coach.guide(ns(0)).state == "running"


@pytest.mark.parametrize(("arg", "asks"), [("0", False), ("0 left hip", False), ("1", True), ("10 back", True)])
def test_no_pain_asks_nothing(arg: str, asks: bool) -> None:
    one = Led(plain(5, questions=(ALARM,)))
    one.mark("start")
    one.mark("pain", arg, at_s=1)
    assert (one.coach.guide(ns(1)).state == "asking", one.refused()) == (asks, [])


def test_pain_that_is_none_is_refused() -> None:
    one = Led(plain(5, questions=(ALARM,)))
    one.mark("pain", "11")
    assert one.refused() == ["pain: expected a number from 0 to 10, and where, such as \"6 left hip\", found '11'"]


def test_without_questions_pain_is_a_mark_like_any_other() -> None:
    one = led()
    one.mark("start")
    assert one.mark("pain", "6") == []
    assert one.mark("note", "warm") == []
    assert one.coach.guide(ns(0)).state == "running"


def test_a_question_of_its_own_is_a_step_that_its_answer_ends() -> None:
    one = Led(routine(step("question", 30, id="1", question=TIRED), step("free", 5, id="2")))
    one.mark("start")
    guide = one.to(4)
    assert (guide.state, guide.question, guide.prompt) == ("running", TIRED, TIRED.text)
    one.mark("answer", "tired 3", at_s=4.2)
    assert one.coach.guide(ns(4.2)).at == 1
    assert [(each.state, each.why) for each in one.scored()] == [("done", "nothing to score: a question")]


def test_a_question_that_is_not_answered_passes_with_its_time() -> None:
    one = Led(routine(step("question", 30, id="1", question=TIRED), step("free", 5, id="2")))
    one.mark("start")
    assert one.to(30).at == 1


def test_a_step_that_waits_begins_with_its_hold() -> None:
    one = Led(routine(step("hold", 10, waits=True, wait_s=20)), {"phone": "shin"})
    one.mark("start")
    guide = one.to(8)
    assert (guide.state, guide.into_s, guide.left_s) == ("waiting", 0, 10)
    assert (one.coach.asked.due, one.coach.asked.task) == (DueHold(ns(0)), None)
    one.hear(Cue(ns(8.2), "hold-start", "phone: holding since 1.2 s"))
    assert one.to(8.25).state == "running"
    assert one.coach.asked.task == Task("stretch")
    one.to(30)
    (scored,) = one.scored()
    assert (scored.start, scored.end, scored.lasted_s) == (0, ns(18.2), 10)


def test_a_step_waits_no_longer_than_it_says_and_a_pause_is_no_waiting() -> None:
    one = Led(routine(step("hold", 10, waits=True, wait_s=5)), {"phone": "shin"})
    one.mark("start", at_s=0.1)
    one.mark("pause", at_s=3)
    assert one.to(9).state == "paused"
    one.mark("resume", at_s=9)
    assert one.to(11).state == "waiting"
    assert one.to(11.25).state == "running"
    one.to(30)
    assert one.scored()[0].end == ns(0.1 + 6 + 5 + 10)


def test_a_stillness_far_from_the_target_is_not_the_hold_that_is_waited_for() -> None:
    aimed = step("hold", 10, waits=True, target=Target(deg=40))
    one = Led(routine(aimed), {"phone": "shin"}, lambda t: {"phone/angle_deg": 2.0 if t < 6 else 39.0})
    one.mark("start")
    one.to(4)
    one.hear(Cue(ns(4.1), "hold-start", "phone: holding since 1.0 s"))
    assert one.to(7).state == "waiting"
    one.hear(Cue(ns(7.1), "hold-start", "phone: holding since 1.0 s"))
    assert one.to(7.25).state == "running"


def test_the_target_of_a_stage_is_what_the_stage_before_reached_on_this_side() -> None:
    stages = (
        step("hold", 10, id="a", side="left"),
        step("hold", 10, id="a", side="right"),
        step("hold", 10, id="b", side="left", target=Target(of="a", growth=1.1)),
        step("hold", 10, id="b", side="right", target=Target(of="a", growth=1.1)),
    )
    one = Led(routine(*stages), {"phone": "breastbone"})
    one.mark("start")
    one.to(9)
    for source, deg in (("phone", 40.0), ("other", 99.0)):
        one.hear(Measured(ns(10), source, Task("stretch", "left"), ns(0), ns(10), {"reached_deg": deg}, 1.0))
    one.hear(Measured(ns(10), "phone", Task("stretch", "right"), ns(0), ns(10), {"reached_deg": 99.0}, 1.0))
    assert one.to(21).target_deg == pytest.approx(44)
    due, task = one.coach.asked.due, one.coach.asked.task
    assert due is not None
    assert task is not None
    assert (due.since, task.kind, task.side) == (ns(20), "stretch", "left")
    assert [due.target_deg, task.target_deg] == pytest.approx([44, 44])
    guide = one.to(31)
    assert (guide.target_deg, guide.unmeasured) == (None, "no target: what a right reached is not known")


def test_a_neutral_pose_is_asked_for_once_and_stays() -> None:
    one = Led(routine(step("calibrate", 20, hinge=True), step("free", 5, id="2")), {"phone": "breastbone"})
    one.mark("start")
    one.to(30)
    zeros = [(t, asked.zeros) for t, asked in one.asked if asked.zeros]
    assert {n for _, n in zeros} == {1}
    assert [(t, asked.zero_from) for t, asked in one.asked if asked.zero_from] == [(0, ns(5)), (8.0, ns(5))]
    assert one.asked[-1][1].zero_from is None
    hinge = [(t, asked.task) for t, asked in one.asked if asked.task]
    assert hinge == [(8.0, Task("hinge"))]


def test_a_calibration_that_is_done_again_asks_for_another_pose() -> None:
    one = Led(routine(step("calibrate", 20), step("free", 5, id="2")), {"phone": "breastbone"})
    one.mark("start")
    one.mark("skip", at_s=2)
    one.to(3)
    assert (one.coach.asked.zeros, one.coach.asked.zero_from) == (1, None)
    one.mark("back", at_s=4)
    assert (one.coach.asked.zeros, one.coach.asked.zero_from) == (2, ns(9))
    assert next(iter(one.scored())).why == "skipped"


def test_what_a_sensor_cannot_measure_is_not_asked_for_and_said() -> None:
    one = Led(routine(step("repetitions", 10, count=5, worn=("shin",))), {"phone": "breastbone"})
    why = "not measured: the phone is on the breastbone, and this is measured from the shin"
    assert one.to(1).unmeasured.startswith("not measured: 1 (the phone is on the breastbone")
    one.mark("start", at_s=1)
    assert (one.coach.asked.task, one.to(2).unmeasured) == (None, why)
    one.to(12)
    assert [(each.score, each.coverage, each.why) for each in one.scored()] == [(None, 0, why)]


def test_the_breath_that_is_held_stays_held_in_the_next_step() -> None:
    def held(t: float) -> dict[str, float | tuple[float | None, str | float] | None]:
        return {"breathing/held_s": t, "breathing/rate_bpm": (12.0, 0.9 - t / 20)}

    one = Led(routine(step("hold", 6), step("hold", 10, id="2")), {"phone": "shin"}, held)
    one.mark("start")
    one.hear(Cue(ns(1), "breath-held", "breath held for 4 s"))
    one.to(9)
    begun = [each for each in one.of(Finding) if each.until is None]
    assert [(each.kind, each.step) for each in begun] == [("breath-held", "1"), ("breath-held", "2")]


def test_a_pattern_that_is_none_is_refused_before_anything_begins() -> None:
    with pytest.raises(ConfigError, match="pacer: expected"):
        Coach(routine(step("breathe", pattern="slowly")), {}, ask_first=False)


def test_a_routine_without_steps_is_over_at_once() -> None:
    one = Led(Routine(id="r", name="R", phases=()))
    one.mark("start")
    assert one.to(1).state == "done"
    one.close()


KINDS = ("breathe", "hold", "cycles", "repetitions", "raise", "walk", "slow", "free", "calibrate", "question")
ARGS = st.sampled_from(["", "10", "0.5", "x", "-3", "numb no", "numb yes", "3 left hip", "tired 4"])
DEEDS = st.lists(
    st.tuples(
        st.floats(0, 9),
        st.sampled_from([*SAID, "note", "felt", "pause", "resume", "answer", "extend"]),
        ARGS,
    ),
    max_size=25,
)
SECONDS = st.floats(0.1, 12).map(lambda s: round(s, 2))
MADE = st.lists(st.tuples(st.sampled_from(KINDS), SECONDS, st.booleans()), min_size=1, max_size=5)


@settings(max_examples=60)
@given(MADE, DEEDS, st.booleans(), st.sampled_from([{}, {"strap": ""}, {"phone": "shin"}, {"phone": ""}]))
def test_whatever_comes_each_run_of_a_step_is_accounted_for_once_and_exactly(
    made: list[tuple[str, float, bool]], deeds: list[tuple[float, str, str]], ask_first: bool, worn: dict[str, str]
) -> None:
    steps = [
        step(kind, seconds, id=str(n), waits=waits, wait_s=2, question=TIRED if kind == "question" else None)
        for n, (kind, seconds, waits) in enumerate(made)
    ]
    one = Led(routine(*steps, questions=(ALARM,)), worn, ask_first=ask_first, offset_s=0.07)
    one.mark("start", at_s=0.02)
    at_s = 0.02
    for passed_s, verb, arg in deeds:
        at_s += passed_s
        one.to(at_s)
        one.mark(verb, arg, at_s=at_s)
    one.to(at_s + 10)
    begun = len(one.cues("step"))
    one.close()
    scored = one.scored()
    runs = [each for each in scored if each.state != "todo"]
    assert len(runs) == begun
    assert all(each.start <= each.end and each.lasted_s <= (each.end - each.start) / NS + 1e-9 for each in runs)
    assert all(a.end == b.start for a, b in pairwise(runs))
    extended = any(verb == "extend" for _, verb, _ in deeds)
    lengths = {each.id: each.seconds for each in steps}
    for each in runs:
        if each.state == "done" and not extended and steps[int(each.id)].kind != "question":
            assert each.lasted_s == pytest.approx(lengths[each.id], abs=1e-9)
    if begun:
        assert {each.id for each in scored} == {each.id for each in steps}
        assert len([each for each in scored if each.state == "todo"]) == len({*lengths} - {each.id for each in runs})
        assert len(one.scored("session")) == 1
    guide = one.coach.guide(ns(at_s))
    assert len(guide.bars) == len(steps)


def test_pain_after_the_end_by_key_asks_too_and_stays_ended() -> None:
    one = Led(plain(5, 5, questions=(ALARM,)))
    one.mark("start")
    one.mark("quit", at_s=2)
    one.mark("pain", "6", at_s=3)
    guide = one.to(4)
    assert (guide.state, guide.question, guide.ended) == ("asking", ALARM, "ended before its last step")
    assert (guide.session_left_s, guide.then, guide.notes) == (0, "", ())
    one.mark("answer", "numb no", at_s=5)
    assert (one.to(6).state, one.to(6).ended) == ("stopped", "ended before its last step")
    one.mark("pain", "7", at_s=7)
    one.mark("answer", "numb yes", at_s=8)
    assert (one.to(9).state, one.to(9).ended) == ("stopped", ALARM.stop_text)
    one.mark("pain", "8", at_s=10)
    assert (one.to(11).state, one.refused()) == ("stopped", [])


def test_a_hold_of_a_pause_takes_nothing_from_the_step_s_time() -> None:
    one = Led(routine(step("hold", 10, waits=True)), {"phone": "shin"})
    one.mark("start")
    one.mark("pause", at_s=2)
    one.to(3)
    one.hear(Cue(ns(3), "hold-start", "phone: holding since 1.5 s"))
    one.mark("resume", at_s=9)
    assert (one.to(10).state, one.to(10).left_s) == ("waiting", 10)
    one.hear(Cue(ns(11), "hold-start", "phone: holding since 1.5 s"))
    assert (one.to(12).state, one.to(12).left_s) == ("running", 9)


def test_a_hold_that_outlasts_the_pause_counts_from_its_end_on() -> None:
    one = Led(routine(step("hold", 10, waits=True)), {"phone": "shin"}, lambda t: {"phone/hold_s": t})
    one.mark("start")
    one.mark("pause", at_s=2)
    one.mark("resume", at_s=9)
    assert (one.to(10).state, one.to(10).left_s) == ("running", 9)


def test_a_question_of_its_own_that_nobody_answers_is_no_step_that_was_done() -> None:
    one = Led(routine(step("question", 5, question=TIRED), step("free", 5, id="2")))
    one.mark("start")
    assert one.to(6).bars[0].state == "skipped"
    assert [(each.state, each.why) for each in one.scored()] == [("skipped", "not answered")]


def test_a_question_that_could_end_the_session_is_not_passed_by_waiting() -> None:
    one = Led(routine(step("question", 5, question=ALARM), step("free", 5, id="2")))
    one.mark("start")
    guide = one.to(60)
    assert (guide.at, guide.state, guide.left_s, guide.question) == (0, "running", 0, ALARM)
    one.mark("answer", "numb no", at_s=61)
    assert (one.to(62).at, one.scored()[0].state, one.scored()[0].end) == (1, "done", ns(61))
    other = Led(routine(step("question", 5, question=ALARM), step("free", 5, id="2")))
    other.mark("start")
    other.mark("answer", "numb yes", at_s=30)
    assert other.to(31).ended == ALARM.stop_text
