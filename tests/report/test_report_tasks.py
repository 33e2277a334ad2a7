"""Movements besides holds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.report.made import made, measured, routine, rows, scored, step, table_of
from tidehold.log.told import Told
from tidehold.report.tasks import of_kind, tasks, tasks_section, within_error
from tidehold.routine import Task

PRESS = step("2.5", "cycles", side="left", cycles=3)
CYCLES: dict[str, Any] = {
    "cycles_done": 2.0, "before_deg": 40.0, "gain_1_deg": 4.1, "gain_2_deg": 2.25, "gain_3_deg": None, "gain_deg": 6.35,
    "presses_felt": None, "why": {"presses_felt": "a phone on the breastbone does not feel the leg press"},
}  # fmt: skip


@pytest.fixture
def told() -> Told:
    told = made(400, routine=routine(PRESS))
    scored(told, PRESS, 10, 85, 80)
    measured(told, Task("cycles", "left", count=3), 10, 85, **CYCLES)
    return told


def test_contract_relax_gains_stand_with_the_error_beside_them(told: Told) -> None:
    section = tasks_section(tasks(told))
    table = table_of(section, "Contract-relax")
    assert table.columns[2:] == ("done", "before, deg", "gain of each, deg", "gain, deg", "beyond the error")
    assert table.rows == (("2.5 Cycles it", "left", "2 of 3", "40.0", "4.1, 2.2, -", "6.3", "yes"),)
    assert "A gain of 3.3 deg or less is within the error" in table.notes[0]
    assert table.notes[1:] == ("Presses: a phone on the breastbone does not feel the leg press.",)
    assert rows(section)["contract-relax gain left"] == "6.3 deg"


@pytest.mark.parametrize(("gain", "text"), [(None, "-"), (3.3, "no"), (-3.4, "yes")])
def test_a_gain_is_one_beyond_the_published_error(gain: float | None, text: str) -> None:
    assert within_error(gain) == text


def test_a_leg_raise_has_both_errors_beside_its_angle() -> None:
    told = made(200)
    why = {"raise_deg": "differences below 3.3 deg ..."}
    for start, side, angle in ((10, "left", 71.26), (60, "right", None)):
        known = {"raise_deg": angle, "raise_attempts": 2.0, "raise_spread_deg": 1.5, "mdc95_same_rater_deg": 3.3}
        reason = why if angle else {"raise_deg": "the leg was flung"}
        measured(told, Task("raise", side, count=3), start, start + 40, **known, why=reason)  # type: ignore[arg-type]
    section = tasks_section(tasks(told))
    table = table_of(section, "Straight-leg raise")
    assert table.rows[0] == ("at 0:10", "left", "71.3", "+-3.3", "+-10.2", "1.5", "2 of 3")
    assert "3.3 deg" in table.notes[0]
    assert "10.2 deg" in table.notes[0]
    assert table.notes[1:] == ("Raise (at 1:00 right): the leg was flung.",)
    assert rows(section)["straight-leg raise left"] == "71.3 deg (+-3.3 deg, other rater +-10.2)"
    assert rows(section)["straight-leg raise right"] == "- the leg was flung"


def test_repetitions_a_walk_a_slow_movement_and_the_hinge_have_tables_of_their_own() -> None:
    told = made(300)
    measured(told, Task("repetitions", "left"), 0, 20, repetitions=9.0, repetition_deg=30.0, pauses=1.0, tempo_cv=0.1)
    measured(told, Task("walk"), 30, 60, cadence_spm=104.2, strides=25.0, step_asymmetry=None,
             why={"": "samples are missing", "step_asymmetry": "no jolt stands out"})  # fmt: skip
    measured(told, Task("slow"), 70, 90, speed_deg_s=7.1, over_share=0.2, stops=3.0)
    measured(told, Task("hinge"), 95, 99, hinge_deg=70.0)
    section = tasks_section(tasks(told))
    assert [table.title for table in section.tables] == [
        "Repetitions", "Walk", "Slow movements", "Hinge with a straight back",
    ]  # fmt: skip
    assert section.tables[0].rows[0] == ("at 0:00", "left", "9", "30.0", "-", "10 %", "-", "1")
    walk = section.tables[1]
    assert walk.rows[0][2:] == ("104", "25", "-", "-", "-", "-")
    assert walk.notes[1:] == (
        "All of it (at 0:30): samples are missing.",
        "Step asymmetry (at 0:30): no jolt stands out.",
    )
    assert section.tables[2].rows[0][2:4] == ("7.1", "20 %")
    assert rows(section)["cadence"] == "104 steps/min"
    assert "hinge" not in rows(section)


def test_a_stretch_is_a_hold_and_what_gave_nothing_is_left_out(told: Told) -> None:
    measured(told, Task("stretch", "left"), 100, 150, reached_deg=40.0)
    measured(told, Task("raise", "left"), 160, 200, raise_deg=None, raise_attempts=None)
    assert [each.kind for each in tasks(told)] == ["cycles"]
    assert of_kind(tasks(told), "raise") == []
    assert tasks_section(()).text == ("No movement was measured besides holds.",)
