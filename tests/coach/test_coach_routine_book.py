"""A routine as it is written: steps once, variants as what they change."""

from __future__ import annotations

import msgspec

from tests.coach.routines import WHOLE
from tidehold.coach.routine_book import StepChange, StepSpec, changes_of, kept_by, steps_of
from tidehold.coach.routine_toml import parse_routine
from tidehold.routine import Step

BOOK = parse_routine(WHOLE, "small.toml")


def test_a_change_names_any_key_of_a_step_but_those_that_place_it() -> None:
    assert set(StepSpec.__struct_fields__) - set(StepChange.__struct_fields__) == {"phase", "part_of"}
    change = msgspec.convert({"id": "1", "seconds": 4, "says": []}, StepChange)
    assert changes_of(change) == {"id": "1", "seconds": 4.0, "says": ()}


def test_a_variant_has_the_steps_that_it_keeps_with_what_it_changes() -> None:
    short = {step.id: step for step in steps_of(BOOK, "short")}
    plain = {step.id: step for step in steps_of(BOOK, "")}
    assert list(short) == ["1", "4", "7a"]
    assert (short["1"].seconds, short["1"].says, short["1"].pattern) == (20, (), "2/3")
    assert short["7a"] == plain["7a"]
    assert steps_of(BOOK, "right") == BOOK.step


def test_a_laid_out_step_has_all_that_it_shares_with_its_written_one() -> None:
    kept = kept_by(BOOK.step[0])
    assert set(Step.__struct_fields__) - set(kept) == {"side", "needs"}
    assert kept["to_pattern"] == "4/6"
