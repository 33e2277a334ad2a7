"""What a check-in is made of: flags, or questions on a terminal, one after another."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from tidehold.coach.questions import MOST_PAIN
from tidehold.coach.routine_book import USUAL_QUESTIONS
from tidehold.diary.nouns import CheckIn
from tidehold.diary.stop_rules import QUESTION_OF
from tidehold.errors import ConfigError
from tidehold.tui.lines import clean

LONGEST: Final = 2000
"""Characters of a text."""
MOST_RAISE_DEG: Final = 150.0
"""Of a straight leg; nobody's goes farther."""
_YES: Final = {"y": True, "yes": True, "n": False, "no": False}


class _Ask(NamedTuple):
    """A question: what of a check-in it asks for, in which words, and how the answer is read."""

    field: str
    text: str
    read: Callable[[str], Any]
    item: str = ""
    """Of the checklist."""


def said_by_flags(arguments: argparse.Namespace, check_in: CheckIn) -> CheckIn:
    """The check-in with what the flags say; the same one if they say nothing.

    Raises:
        ConfigError: A flag says what cannot be.
    """
    said: dict[str, Any] = {}
    for ask in _asks(()):
        value = getattr(arguments, _name(ask))
        if value is not None:
            said[ask.field] = _flag(ask, value)
    items: dict[str, str] = {}
    for word in arguments.item:
        name, equals, text = word.partition("=")
        if not equals or not name.strip():
            raise ConfigError(f'--item: expected NAME=TEXT, such as "long sitting=3 h", found {word[:40]!r}')
        items[_text(name)] = _text(text)
    if items:
        said["items"] = items
    return msgspec.structs.replace(check_in, **said)


def _flag(ask: _Ask, value: object) -> object:
    if isinstance(value, bool):
        return value
    try:
        return ask.read(str(value))
    except ValueError as error:
        raise ConfigError(f"--{_name(ask).replace('_', '-')}: {error}, found {str(value)[:40]!r}") from None


def _name(ask: _Ask) -> str:
    """Of its flag."""
    return ask.field.removesuffix("_deg")


def said_on_terminal(check_in: CheckIn, items: Iterable[str]) -> Iterator[CheckIn]:
    """Ask one thing after another; the check-in after each answer. Enter passes over a question, Ctrl-D over the rest.

    After new bowel or bladder changes nothing else is asked: there is something more urgent to do.

    Args:
        check_in: What is known before anything is asked.
        items: Of the person's checklist.
    """
    sys.stderr.write("Enter passes over a question; what you have answered is kept at once.\n")
    for ask in _asks(items):
        if ask.field == "where" and not check_in.pain:
            continue
        answer = _answer(ask)
        if answer is None:
            return
        if answer == "":
            continue
        value: Any = check_in.items | {ask.item: answer} if ask.item else answer
        check_in = msgspec.structs.replace(check_in, **{ask.field: value})
        yield check_in
        if check_in.bladder == "yes":
            return


def _answer(ask: _Ask) -> Any | None:
    """What is answered; "" if nothing, None if nothing more is to be asked."""
    while True:
        sys.stderr.write(f"{ask.text} ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line.endswith("\n"):
            sys.stderr.write("\n")
            return None
        if not line.strip():
            return ""
        try:
            return ask.read(line)
        except ValueError as error:
            sys.stderr.write(f"  {error}\n")


def _asks(items: Iterable[str]) -> list[_Ask]:
    """All questions, in their order."""
    texts = {question.id: question.text for question in USUAL_QUESTIONS}
    return [
        _Ask("pain", "Pain now, 0 none to 10 worst?", _pain),
        _Ask("where", "Where is it felt?", _text),
        _Ask("bladder", f"{texts[QUESTION_OF['bladder']]} (no/yes)", _answered),
        _Ask("radiating", f"{texts[QUESTION_OF['radiating']]} (no/yes)", _answered),
        _Ask("medication", 'Which medication have you taken ("none" if none)?', _text),
        _Ask("flare_up", "Is this a flare-up? (no/yes)", _yes),
        *(_Ask("items", f"Checklist: {item}?", _text, item) for item in items),
        _Ask("raise_left_deg", "Straight-leg raise, left, if it was measured (degrees)?", _raise),
        _Ask("raise_right_deg", "Straight-leg raise, right (degrees)?", _raise),
        _Ask("note", "Anything else?", _text),
    ]


def _text(text: str) -> str:
    """One line, with nothing in it that a terminal would obey."""
    if len(text) > LONGEST:
        raise ValueError(f"expected a text of at most {LONGEST} characters")
    return clean(text, LONGEST)


def _pain(text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and int(text) <= MOST_PAIN):
        raise ValueError(f"expected a whole number from 0 to {MOST_PAIN}")
    return int(text)


def _yes(text: str) -> bool:
    said = _YES.get(text.strip().casefold())
    if said is None:
        raise ValueError("expected yes or no")
    return said


def _answered(text: str) -> str:
    return "yes" if _yes(text) else "no"


def _raise(text: str) -> float:
    try:
        deg = float(text)
    except ValueError:
        deg = math.nan
    if not 0 <= deg <= MOST_RAISE_DEG:
        raise ValueError(f"expected degrees from 0 to {MOST_RAISE_DEG:.0f}")
    return deg
