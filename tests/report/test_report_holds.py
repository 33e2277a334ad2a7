"""Holds side by side, and in their order."""

from __future__ import annotations

import pytest

from tests.report.made import cells, hold, made, measured, routine, rows, scored, step, table_of
from tidehold.log.told import Told
from tidehold.report.holds import farthest, holds, holds_section
from tidehold.routine import Task

LEFT, RIGHT = step("2.3", "hold", side="left"), step("2.3", "hold", side="right")
BOTH, FREE = step("2.4", "hold"), step("3", "free")


def reached(deg: float | None, held_s: float = 55, target_deg: float | None = None) -> dict[str, float | None]:
    return {"reached_deg": deg, "held_s": held_s, "target_deg": target_deg}


@pytest.fixture
def told() -> Told:
    told = made(400, routine=routine(LEFT, RIGHT, BOTH, FREE))
    hold(told, 2, 30)  # before any step
    hold(told, 61, 119, 82, rms_deg=0.3, slips=(4.0,))
    hold(told, 119, 179, 55, rms_deg=0.5, in_band=0.0)
    scored(told, LEFT, 60, 120, 93, figures=reached(48.2, target_deg=48.0), parts={"target": 96.0})
    scored(told, RIGHT, 120, 180, 81, figures=reached(44.1, target_deg=47.0), parts={"target": 50.0})
    scored(
        told, BOTH, 180, 240, None, figures=reached(None, 10), coverage=0.2, why="not measured: 20 % of it was known"
    )
    scored(told, FREE, 240, 300, None)
    return told


def test_the_sides_of_a_step_stand_side_by_side(told: Told) -> None:
    found = holds(told)
    assert [(each.step, each.side) for each in found.each] == [("2.3", "left"), ("2.3", "right"), ("2.4", "")]
    assert (found.guided, found.others) == (True, 1)
    section = holds_section(found)
    table = table_of(section, "2.3 Hold it (phone on the breastbone)")
    assert table.columns == ("figure", "left", "right", "left - right")
    assert cells(table)["angle reached, deg"] == ("48.2", "44.1", "4.1")
    assert cells(table)["target, deg"] == ("48.0", "47.0", "-")
    assert cells(table)["RMS, deg"] == ("0.30", "0.50", "-0.20")
    assert cells(table)["slips"] == ("1", "0", "1")
    assert any("within the error that is published" in text for text in section.text)
    assert rows(section)["farthest left"] == "48.2 deg in 2.3"
    assert rows(section)["mean score"] == "87 of 100"


def test_at_its_target_is_the_step_s_own_share_not_that_of_a_hold_which_outlasts_it(told: Told) -> None:
    left, right, both = holds(told).each
    assert (left.in_band, right.in_band, both.in_band) == (0.96, 0.5, None)
    assert cells(table_of(holds_section(holds(told)), "2.3"))["at its target"] == ("96 %", "50 %", "-")


def test_a_step_that_was_not_measured_says_why(told: Told) -> None:
    both = holds(told).each[-1]
    assert both.why["score"] == "not measured: 20 % of it was known"
    assert both.why["rms_deg"] == "no hold of 5 s was seen in it"
    table = table_of(holds_section(holds(told)), "2.4")
    assert table.columns == ("figure", "measured")
    assert cells(table)["angle reached, deg"] == ("-",)
    notes = " ".join(table.notes)
    assert "Score and angle: not measured: 20 % of it was known." in notes
    assert "It was held for 10 s of 1 min: the angle is that of the longest stillness in it." in notes


def test_the_reason_of_an_angle_is_that_of_its_measurement(told: Told) -> None:
    measured(told, Task("stretch"), 180, 240, reached_deg=None, why={"reached_deg": "the pose was never set to zero"})
    assert holds(told).each[-1].why["reached_deg"] == "the pose was never set to zero"


def test_a_hold_too_short_for_figures_gives_none() -> None:
    told = made(100, routine=routine(BOTH))
    hold(told, 10, 16, None)
    scored(told, BOTH, 10, 70, None, coverage=0.0, why="no phone")
    (only,) = holds(told).each
    assert (only.rms_deg, only.why["rms_deg"]) == (None, "too short for figures")
    scored(told, BOTH, 40, 70, None, coverage=0.0, why="no phone")
    (again,) = holds(told).each
    assert again.why["rms_deg"] == "no phone"


def test_the_farthest_of_each_side(told: Told) -> None:
    assert {side: each.reached_deg for side, each in farthest(holds(told)).items()} == {"left": 48.2, "right": 44.1}
    assert farthest(holds(made(10))) == {}


def test_without_a_routine_all_holds_are_listed_in_their_order() -> None:
    told = made(200)
    hold(told, -0.4, 40, 82, angle_deg=None)
    hold(told, 50, 53)
    hold(told, 60, 90, None)
    found = holds(told)
    assert [each.start_s for each in found.each] == [0, 60]
    section = holds_section(found)
    (table,) = section.tables
    assert table.columns[:3] == ("at", "sensor", "held")
    assert table.rows[0] == ("0:00", "phone, breastbone", "40 s", "-", "0.40", "1.0", "90 %", "0", "82")
    assert table.rows[1][-1] == "-"
    assert table.notes == ("Score at 1:00: too short for figures.",)
    assert "sitting still is one, too" in section.text[0]
    assert rows(section)["in band, mean of holds"] == "90 %"


def test_no_hold_at_all() -> None:
    assert holds_section(holds(made(10))).text == ("No hold was measured.",)
    guided = holds_section(holds(made(10, routine=routine(FREE))))
    assert guided.text == ("The routine asked for no hold that was reached.",)


def test_a_routine_without_targets_has_no_row_of_them() -> None:
    told = made(100, routine=routine(BOTH))
    scored(told, BOTH, 10, 70, 80, figures=reached(40.0))
    assert "at their target, mean of holds" not in rows(holds_section(holds(told)))
