"""Folding again."""

from __future__ import annotations

import pytest

from tests.log.sessions import SmallFold, header, inputs
from tidehold.errors import LogError
from tidehold.log.derived import Derived
from tidehold.log.refold import Refold
from tidehold.records import Input, Output, Tick


def test_a_refold_says_what_a_live_run_writes() -> None:
    fold, derived, refold = SmallFold(), Derived(), Refold(header(), SmallFold)
    for number, item in enumerate(inputs(5), 1):
        live = [entry for out in fold.feed(item) for entry in derived.encode(out)]
        assert list(refold.feed(number, item)) == live
    assert refold.close() == derived.close()


class Broken:
    def feed(self, item: Input) -> list[Output]:
        if isinstance(item, Tick):
            raise ZeroDivisionError("by nought")
        return []


def test_a_fold_that_fails_is_named_with_its_input() -> None:
    refold = Refold(header(), lambda _: Broken())
    first, second, *_ = inputs(5)
    assert list(refold.feed(1, first)) == []
    with pytest.raises(LogError, match="the fold fails at input 2: ZeroDivisionError: by nought"):
        list(refold.feed(2, second))
