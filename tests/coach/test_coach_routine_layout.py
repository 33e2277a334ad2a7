"""Sides laid out, variants applied."""

from __future__ import annotations

import pytest

from tests.coach.routines import WHOLE
from tidehold.coach.routine_layout import Affected, Leg, lay_out, sided_by
from tidehold.coach.routine_toml import parse_routine
from tidehold.errors import ConfigError
from tidehold.routine import Say

BOOK = parse_routine(WHOLE, "small.toml")


def names(variant: str = "", first: Leg = "left", affected: Affected = "left", number: int = 0) -> list[str]:
    return [f"{step.id} {step.side}".strip() for step in lay_out(BOOK, variant, first, affected, number).steps]


def test_each_side_is_a_step_of_its_own_the_first_one_first() -> None:
    rest = ["7a left", "7b left", "7b right", "8"]
    assert names() == ["1", "2", "3", "4 left", "4 right", "5 left", "5 right", "6 left", "6 right", *rest]
    assert names(first="right")[3:9] == ["4 right", "4 left", "5 right", "5 left", "6 right", "6 left"]
    assert names(first="right")[9:] == ["7a left", "7b right", "7b left", "8"]


def test_phases_hold_their_steps() -> None:
    routine = lay_out(BOOK)
    assert [(phase.id, phase.name, len(phase.steps)) for phase in routine.phases] == [
        ("one", "One", 3),
        ("two", "Two", 10),
    ]


def test_the_affected_side_has_all_the_time_and_two_share_it() -> None:
    assert names(affected="right")[9] == "7a right"
    both = [step for step in lay_out(BOOK, affected="both").steps if step.id == "7a"]
    assert [(step.side, step.seconds, step.count) for step in both] == [("left", 10, 5), ("right", 10, 5)]
    assert lay_out(BOOK, affected="both").seconds == lay_out(BOOK).seconds
    march = [step for step in lay_out(BOOK).steps if step.id == "7b"]
    assert [(step.side, step.seconds) for step in march] == [("left", 15), ("right", 15)]


def test_words_say_the_side() -> None:
    left, right = (step for step in lay_out(BOOK).steps if step.id == "4")
    assert (left.text, right.text) == ("Left leg, then the right.", "Right leg, then the left.")
    assert left.says == (Say(3, "The left one."),)


def test_a_variant_changes_what_it_says() -> None:
    routine = lay_out(BOOK, "short")
    assert (routine.variant, routine.about, routine.intensity, routine.raised_deg) == ("short", "One side.", 0.6, 30)
    assert routine.notes == ("Nothing.", "Easy.")
    assert [(step.id, step.side, step.seconds) for step in routine.steps] == [
        ("1", "", 20),
        ("4", "left", 20),
        ("7a", "left", 20),
    ]
    assert lay_out(BOOK, "right").about == BOOK.about


def test_sides_change_from_session_to_session() -> None:
    assert [names("short", number=number)[1] for number in range(3)] == ["4 left", "4 right", "4 left"]
    assert names("short", first="right", number=1)[1] == "4 left"
    assert names("short", affected="both", number=1) == ["1", "4 right", "7a right"]
    assert names("right", first="right", number=1)[3:6] == ["4 right", "5 right", "6 right"]


def test_a_split_step_on_one_side_has_all_its_time() -> None:
    march = [step for step in lay_out(BOOK, "right").steps if step.id == "7b"]
    assert [(step.side, step.seconds) for step in march] == [("left", 30)]


def test_the_sides_of_the_plain_routine_are_both() -> None:
    assert sided_by(None, "right", "both", 5).done == ("right", "left")


def test_needs_come_from_the_measures() -> None:
    steps = {step.id: step.needs for step in lay_out(BOOK).steps}
    assert (steps["7a"], steps["4"], steps["1"]) == (("phone",), (), ())


def test_a_variant_that_is_none() -> None:
    with pytest.raises(ConfigError, match=r"^small: variant: expected one of short, right, found 'long'$"):
        lay_out(BOOK, "long")
