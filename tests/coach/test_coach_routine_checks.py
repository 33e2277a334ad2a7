"""The checks by themselves; each mistake in a file is in test_coach_routine_toml.py."""

from __future__ import annotations

import msgspec
import pytest

from tests.coach.routines import WHOLE
from tidehold.coach.routine_book import RoutineBook, StepSpec
from tidehold.coach.routine_checks import MOST_SESSION_S, texts_wrong, wrong_in
from tidehold.coach.routine_toml import parse_routine
from tidehold.toml_complaint import Complaint

BOOK = parse_routine(WHOLE, "small.toml")


def with_step(at: int, **changes: object) -> RoutineBook:
    step: StepSpec = msgspec.structs.replace(BOOK.step[at], **changes)
    return msgspec.structs.replace(BOOK, step=(*BOOK.step[:at], step, *BOOK.step[at + 1 :]), variant={})


def test_nothing_is_wrong_with_what_is_right() -> None:
    assert list(wrong_in(BOOK)) == []


def test_all_that_is_wrong_is_found_in_the_order_of_the_file() -> None:
    book = with_step(3, seconds=30.6, hinge=True, phase="zero")
    assert [complaint.key for complaint in wrong_in(book)] == ["step[3].phase", "step[3].seconds", "step[3].hinge"]


def test_a_session_has_an_end() -> None:
    book = with_step(8, seconds=MOST_SESSION_S)
    assert list(wrong_in(book)) == [Complaint("step", "steps of at most 14400 s together", "14751 s")]


@pytest.mark.parametrize("seconds", [60.5, 60.75])
def test_a_step_for_the_affected_side_can_be_shared_by_both(seconds: float) -> None:
    wrong = list(wrong_in(with_step(6, seconds=seconds)))
    assert bool(wrong) == (seconds == 60.75)


def test_texts_and_numbers_of_a_tree() -> None:
    tree = {"a": ["fine", "not\tfine"], "b": {"c": float("-inf"), "d": 1.5}, "e": "x" * 601}
    assert [complaint.key for complaint in texts_wrong(tree)] == ["a[1]", "b.c", "e"]
