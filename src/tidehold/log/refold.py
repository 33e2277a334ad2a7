"""Folds recorded inputs once more, into the messages that a live run would have written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from tidehold.errors import LogError
from tidehold.log.derived import Derived, Entry
from tidehold.records import Input, Output
from tidehold.session.header import Header


class Fold(Protocol):
    """What this room asks of a session; see `tidehold.session.fold.Session`."""

    def feed(self, item: Input) -> list[Output]:
        """What one input leads to."""
        ...


MakeFold = Callable[[Header], Fold]


class Refold:
    """A fold and the messages it comes to.

    Args:
        header: Of the session.
        make_fold: Makes the fold.
    """

    def __init__(self, header: Header, make_fold: MakeFold) -> None:
        self._fold = make_fold(header)
        self._derived = Derived()

    def feed(self, number: int, item: Input) -> Iterator[Entry]:
        """Messages that input `number` leads to.

        Raises:
            LogError: The fold fails, which is a bug in it: the inputs are not to blame.
        """
        try:
            outputs = self._fold.feed(item)
        except Exception as error:
            raise LogError(f"the fold fails at input {number}: {type(error).__name__}: {error}") from error
        for out in outputs:
            yield from self._derived.encode(out)

    def close(self) -> list[Entry]:
        """Messages at the end of the session."""
        return self._derived.close()
