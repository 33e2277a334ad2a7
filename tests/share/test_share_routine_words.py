"""Of a person's own routine nothing that was written stays; one that came with Tidehold stays whole."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest

from tests.share.telling import OWN_ROUTINE
from tidehold.coach.routine_layout import lay_out
from tidehold.coach.routine_toml import parse_routine
from tidehold.routine import Routine
from tidehold.share.anonymise import Secret
from tidehold.share.routine_words import GONE, unworded, word_of
from tidehold.sources.routines import load_all

SECRET = Secret(b"salt").of


@pytest.fixture(scope="module")
def mine() -> Routine:
    return lay_out(parse_routine(OWN_ROUTINE, "quimby.toml"), "quimbys-way", affected="right")


def test_routines_that_came_with_tidehold_stay_whole() -> None:
    for book in load_all().values():
        for variant in ("", *book.variant):
            routine = lay_out(book, variant, "right", "right", 3)
            assert unworded(routine, SECRET) == routine


def test_of_an_own_one_no_word_is_left_and_what_is_followed_is_the_same(mine: Routine) -> None:
    clean = unworded(mine, SECRET)
    assert b"quimby" in msgspec.json.encode(mine).lower()
    assert b"quimby" not in msgspec.json.encode(clean).lower()
    for before, after in zip(mine.steps, clean.steps, strict=True):
        for name in ("kind", "seconds", "side", "pattern", "to_pattern", "waits", "worn", "needs", "weight"):
            assert getattr(before, name) == getattr(after, name)
    assert {clean.name, clean.about, *clean.notes} == {GONE}
    assert (clean.intensity, clean.seconds) == (mine.intensity, mine.seconds)


def test_ids_stay_apart_and_still_refer_to_one_another(mine: Routine) -> None:
    clean = unworded(mine, SECRET)
    pairs = [(step.id, step.side) for step in clean.steps]
    assert len(set(pairs)) == len(pairs)
    aimed = next(step for step in clean.steps if step.target is not None and step.target.of)
    assert aimed.target is not None
    assert aimed.target.of in {step.id for step in clean.steps}
    (question,) = clean.questions
    assert set(question.stops) <= set(question.answers)
    assert all(one != other for one, other in pairwise(sorted(question.answers)))


@pytest.mark.parametrize("word", ["", "7", "yes", "bowel-bladder"])
def test_known_words_stay(word: str) -> None:
    assert word_of(word, SECRET) == word
    assert word_of("quimby", SECRET) == SECRET("quimby")
