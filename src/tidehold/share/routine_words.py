"""A routine without what its author wrote, unless it came with Tidehold: somebody may have written it for one person.

What is followed stays as it is: kinds, sides, times, patterns, targets. Texts are replaced by one word, ids and the
answers to choose from by ids that stay apart from one another, so that what was answered can still be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import Any, Final, Literal

import msgspec

from tidehold.coach.routine_layout import lay_out
from tidehold.routine import Routine
from tidehold.sources.routines import load_all

GONE: Final = "removed"
_IDS: Final = frozenset({"id", "of", "variant", "answers", "stops"})
"""Keys of a routine whose words must stay apart from one another."""
_TEXTS: Final = frozenset({"name", "about", "notes", "text", "stop_text", "note"})
"""Keys of words that are only for people."""
_SIDES: Final[tuple[Literal["left", "right"], ...]] = ("left", "right")


@cache
def known_words() -> frozenset[str]:
    """All words and texts of the routines that come with Tidehold, as they are laid out."""
    found: set[str] = set()
    for book in load_all().values():
        for variant, first, affected in product(("", *book.variant), _SIDES, _SIDES):
            for number in range(2):  # a variant may change sides from one session to the next
                found.update(_strings(msgspec.to_builtins(lay_out(book, variant, first, affected, number))))
    return frozenset(found)


def word_of(word: str, secret_of: Callable[[str], str]) -> str:
    """An id, or an answer to choose: as it is if Tidehold has it, and otherwise what is in its place."""
    return word if not word or word.isdecimal() or word in known_words() else secret_of(word)


def unworded(routine: Routine, secret_of: Callable[[str], str]) -> Routine:
    """The routine without its author's words.

    Args:
        routine: As it was followed.
        secret_of: Makes the same new id of the same old one.
    """
    tree = _of(msgspec.to_builtins(routine), "", secret_of)
    return msgspec.convert(tree, Routine)


def _of(value: Any, key: str, secret_of: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {name: _of(each, name, secret_of) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_of(each, key, secret_of) for each in value]
    if isinstance(value, str) and key in _IDS:
        return word_of(value, secret_of)
    return GONE if key in _TEXTS and value and value not in known_words() else value


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)
