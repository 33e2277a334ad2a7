"""`routines`: a table for people, an object for programs, and a check with the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import Run
from tests.coach.routines import WHOLE

PSOAS = [
    # the table of the routine: id, phase, seconds, times, sides, what is measured
    ("1.1", "preparation", 120, 1, [], ["time per site", "heart rate"]),
    ("1.2", "preparation", 180, 1, [], ["pacing adherence", "breathing rate", "RSA", "HRV"]),
    ("1.3", "preparation", 120, 1, ["left"], ["repetitions"]),
    ("2.1", "execution", 30, 1, [], ["neutral pose"]),
    ("2.2", "execution", 30, 2, ["left", "right"], ["angle reached", "stability", "breath holding"]),
    ("2.3", "execution", 60, 2, ["left", "right"], ["angle against target"]),
    ("2.4", "execution", 120, 2, ["left", "right"], ["rotation", "stability"]),
    ("2.5", "execution", 75, 2, ["left", "right"], ["gain per cycle", "contraction (experimental)"]),
    ("3.1", "recovery", 60, 1, [], ["angular speed", "pauses"]),
    ("3.2", "recovery", 180, 1, ["left", "right"], ["repetitions"]),
    ("3.3", "recovery", 120, 1, ["left", "right"], ["repetitions"]),
]


def test_the_psoas_routine_is_its_table_step_by_step(tidehold: Run) -> None:
    said = tidehold("routines", "show", "psoas-relief", "--json").json
    keys = ("id", "phase", "seconds", "repeats", "sides", "measures")
    assert [tuple(step[key] for key in keys) for step in said["steps"]] == PSOAS
    assert sum(step["seconds"] * step["repeats"] for step in said["steps"]) == said["seconds"] == 1380
    parts = {step["id"]: step["parts"] for step in said["steps"]}
    assert (parts["1.2"][0]["pattern"], parts["1.3"][0]["count"]) == ("4/6", 10)
    assert parts["2.3"][0]["target"] == {"deg": None, "of": "2.2", "growth": 1.1}
    assert (parts["2.5"][0]["cycles"], parts["3.1"][0]["limit_deg_s"]) == (3, 10)
    assert [(part["id"], part.get("count")) for part in parts["3.2"] + parts["3.3"]] == [
        ("3.2a", 10),
        ("3.2b", None),
        ("3.3a", 5),
        ("3.3b", 8),
    ]
    assert [question["id"] for question in said["questions"]] == ["radiating-pain", "bowel-bladder", "no-improvement"]
    assert list(said["variants"]) == ["acute-sciatica", "hypermobility", "ankylosing-spondylitis"]
    assert sum(step["seconds"] for step in said["followed"]) == 1380


def test_a_variant_is_shown_with_what_it_changes(tidehold: Run) -> None:
    said = tidehold("routines", "show", "psoas-relief", "--variant", "ankylosing-spondylitis", "--json").json
    assert [(step["id"], step["seconds"], step["repeats"]) for step in said["steps"]] == [
        ("1.2", 60, 1),
        ("1.3", 60, 1),
        ("2.1", 30, 1),
        ("2.2", 30, 1),
        ("2.3", 60, 1),
        ("2.4", 120, 1),
        ("3.1", 60, 1),
    ]
    assert (said["seconds"], said["variant"]) == (420, "ankylosing-spondylitis")
    shown = tidehold("routines", "show", "psoas-relief", "--variant", "hypermobility").out
    assert shown.startswith("Psoas relief: seated forward bend (Hypermobility): 23 min\n")
    assert "  A compression wrap" in shown


def test_it_is_shown_to_people_as_a_table(tidehold: Run) -> None:
    ran = tidehold("routines", "show", "psoas-relief")
    assert ran.code == 0
    rows = ran.out.splitlines()
    assert any(row.split()[:5] == ["2.3", "execution", "60", "left,", "right,"] and "each" in row for row in rows)
    assert any(row.startswith("3.2   recovery     180  left, right        Pelvic clocks, Heel slides") for row in rows)
    assert "--variant acute-sciatica: The same with the torso" in ran.err


@pytest.mark.parametrize("words", [["routines"], ["routines", "list"]])
def test_all_are_listed(words: list[str], tidehold: Run) -> None:
    ran = tidehold(*words)
    assert ran.code == 0
    assert [row.split()[0] for row in ran.out.splitlines()] == [
        "routine",
        "calm-6",
        "daily-5-min",
        "monthly-assessment",
        "psoas-relief",
        "weekly-strength",
    ]
    said = tidehold(*words, "--json").json
    assert {row["id"]: row["seconds"] for row in said["routines"]}["psoas-relief"] == 1380


def test_a_routine_of_ones_own_is_checked(tidehold: Run, home: Path) -> None:
    file = home / "any.toml"
    file.write_text(WHOLE, encoding="utf-8")
    ran = tidehold("routines", "check", file)
    assert (ran.code, ran.out) == (0, "")
    assert f"{file}: right: small, 9 steps, 6 min 11 s; short 1 min; right 4 min 20 s" in ran.err
    assert tidehold("routines", "show", file).code == 0


def test_what_is_wrong_is_said_with_its_line_and_exit_code_2(tidehold: Run, home: Path) -> None:
    file = home / "any.toml"
    file.write_text(WHOLE.replace("seconds = 60", "seconds = -60"), encoding="utf-8")
    for words in (["routines", "check", file], ["routines", "show", file], ["record", "--headless", "--routine", file]):
        ran = tidehold(*words)
        assert ran.code == 2
        assert (
            f"tidehold: {file}, line 25: step[0].seconds: expected seconds above 0, at most 7200, found -60" in ran.err
        )
        assert not ran.out


def test_a_routine_that_there_is_not(tidehold: Run) -> None:
    for verb in (["routines", "show"], ["record", "--headless", "--routine"], ["demo", "--headless", "--routine"]):
        ran = tidehold(*verb, "psoas")
        assert ran.code == 2
        assert "routine: expected one of calm-6, daily-5-min, " in ran.err
