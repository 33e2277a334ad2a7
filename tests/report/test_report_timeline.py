"""What happened when."""

from __future__ import annotations

import pytest

from tests.report.made import cells, finding, gap, guide, link, made, mark, routine, scored, step, table_of
from tidehold.log.told import Told
from tidehold.report.nouns import Section
from tidehold.report.timeline import noticed, pains, steps_done, timeline_section
from tidehold.routine import Bar, Question

BREATHE, HOLD, REST = step("1", "breathe"), step("2", "hold", side="left"), step("3", "free", 90)
ASK = Question("legs", "Does the leg hurt?", stops=("yes",))


def section_of(told: Told) -> Section:
    return timeline_section(told, steps_done(told), noticed(told), ((12.0, 6.5),))


@pytest.fixture
def told() -> Told:
    told = made(300, routine=routine(BREATHE, HOLD, REST, questions=(ASK,)))
    scored(told, BREATHE, 20, 80, 91, coverage=0.95)
    scored(told, HOLD, 80, 110, 70, state="cut")
    scored(told, REST, 300, 300, None, state="todo")
    return told


def test_every_step_is_there_with_what_became_of_it(told: Told) -> None:
    states = [(each.id, each.state, each.start_s, each.lasted_s, each.score) for each in steps_done(told)]
    assert states == [("1", "done", 20, 60, 91), ("2", "cut", 80, 30, 70), ("3", "todo", None, None, None)]
    section = section_of(told)
    assert section.text[0] == "1 of 3 steps were done."
    table = table_of(section, "Steps")
    assert table.rows[0] == ("0:20", "1 Breathe it", "-", "1 min", "1 min", "done", "91", "95 %")
    assert table.rows[1][2:6] == ("left", "1 min", "30 s", "ended early")
    assert table.rows[2] == ("-", "3 Free it", "-", "1 min 30 s", "-", "not reached", "-", "-")


def test_where_the_recording_ends_the_guide_knows_which_step_was_on() -> None:
    told = made(60, stop=False, routine=routine(BREATHE, REST))
    guide(told, "running", [Bar("1", "", "Breathe it", "all", 60, "now"), Bar("3", "", "Free it", "all", 90, "todo")])
    assert [each.state for each in steps_done(told)] == ["now", "todo"]
    assert table_of(section_of(told), "Steps").rows[0][5] == "begun"


def test_findings_say_for_how_long_and_whether_they_were_over(told: Told) -> None:
    finding(told, "past-target", "2", 100, None, "left")
    finding(told, "breath-held", "2", 85, 95, "left")
    finding(told, "sensor-lost", "", 5, 9)
    finding(told, "odd-thing", "1", 40, 41)
    assert [each.name for each in noticed(told)] == ["sensor lost", "odd thing", "breath held", "past the target"]
    assert noticed(told)[-1].lasted_s == 200
    said = {row[1]: (row[0], row[2]) for row in table_of(section_of(told), "What happened").rows}
    assert said["breath held in 2 left"] == ("1:25", "for 10 s")
    assert said["past the target in 2 left"] == ("1:40", "for 3 min 20 s, to the end")
    assert said["sensor lost"] == ("0:05", "for 4 s")
    assert said["breath held"] == ("0:12", "for 6.5 s")


def test_marks_are_said_in_words_in_order_of_time(told: Told) -> None:
    for t_s, verb, arg in (
        (70, "note", "warm today"), (10, "start", ""), (15, "answer", "legs no"), (16, "answer", "odd 3"),
        (60, "pain", "6 left hip"), (90, "pace", "4/6"), (95, "pace", ""), (96, "do", "walk"), (97, "do", ""),
        (98, "hold", "due 45"), (99, "hold", ""), (101, "felt", ""),
    ):  # fmt: skip
        mark(told, t_s, verb, arg)
    rows = table_of(section_of(told), "What happened").rows
    assert [row[1:] for row in rows if row[1] != "breath held"] == [
        ("routine begun", ""), ('answered "no"', "Does the leg hurt?"), ('answered "3"', "odd"),
        ("pain 6 of 10", "left hip"), ("note", "warm today"), ("pacer on", "4/6"), ("pacer off", ""),
        ("task begun", "walk"), ("task over", ""), ("hold asked for", "due 45"), ("hold over", ""), ("felt", ""),
    ]  # fmt: skip


def test_links_that_were_lost_before_the_end_are_said(told: Told) -> None:
    link(told, 50, "strap", "down", reason="too far")
    link(told, 60, "phone", "stalled", stream="acc")
    link(told, 70, "phone", "up")
    link(told, 300, "strap", "down", reason="stopped")
    said = cells(table_of(section_of(told), "What happened"))
    assert said["0:50"] == ("strap lost", "too far")
    assert said["1:00"] == ("phone silent", "acc")
    assert "5:00" not in said


def test_pain_is_a_level_and_a_place() -> None:
    told = made(60)
    for t_s, arg in ((1, "6 left hip"), (2, "0"), (3, "11"), (4, "much"), (5, "")):
        mark(told, t_s, "pain", arg)
    mark(told, 6, "note", "7")
    assert [(each.t_s, each.level, each.where) for each in pains(told)] == [(1, 6, "left hip"), (2, 0, "")]
    said = cells(table_of(section_of(told), "What happened"))
    assert (said["0:01"], said["0:03"]) == (("pain 6 of 10", "left hip"), ("pain, not taken", "11"))


def test_a_session_in_which_nothing_happened_says_so() -> None:
    section = timeline_section(made(60), (), ())
    assert section.text == ("This session had no routine.", "Nothing was noticed, and nothing was noted.")
    assert section.tables == ()


def test_long_gaps_are_said_but_for_those_of_a_lost_link() -> None:
    told = made(60)
    gap(told, "strap/rr", 10, 32, "no skin contact")
    gap(told, "strap/ecg", 10, 32, "link lost: far")
    gap(told, "phone/acc", 40, 44, "asleep")
    (table,) = timeline_section(told, (), ()).tables
    assert table.rows == (("0:10", "strap/rr missing", "for 22 s: no skin contact"),)
