"""Questions to the person, one after another, and marks of pain: what is asked, and what an answer leads to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from tidehold.routine import Question, Side

MOST_PAIN: Final = 10
"""Of a numeric rating scale: 0 is none, 10 the worst that can be imagined."""
_NUMBER: Final = re.compile(r"\d{1,3}(\.\d{1,2})?", re.ASCII)
_PAIN: Final = re.compile(r"(\d{1,2})(?:\s+(.*))?", re.ASCII | re.DOTALL)
_SIDES: Final[tuple[Side, ...]] = ("left", "right")


class Taken(NamedTuple):
    """What became of an answer: `why` it is refused, or the text that it stops the session with ("" if it does not)."""

    why: str = ""
    stop_text: str = ""


class Questions:
    """Those that wait for an answer, the next one first."""

    def __init__(self) -> None:
        self._waiting: list[Question] = []

    @property
    def now(self) -> Question | None:
        """The one that is asked now."""
        return self._waiting[0] if self._waiting else None

    def ask(self, questions: Iterable[Question]) -> None:
        """Ask these, instead of all that wait."""
        self._waiting = [*questions]

    def take(self, arg: str) -> Taken:
        """Take the answer of a mark "answer": "ID ANSWER". One to a question that comes later counts too."""
        words = arg.split(maxsplit=1)
        asked = next((each for each in self._waiting if words and each.id == words[0]), None)
        if asked is None:
            waits = ", ".join(each.id for each in self._waiting) or "none"
            return Taken(f'expected "ID ANSWER", waiting for {waits}, found {arg[:40]!r}')
        answer = words[1].strip() if len(words) > 1 else ""
        why = _misfit(asked, answer)
        if why:
            return Taken(why)
        self._waiting.remove(asked)
        stops = any(answer.casefold() == each.casefold() for each in asked.stops)
        return Taken(stop_text=(asked.stop_text or asked.text) if stops else "")


def _misfit(asked: Question, answer: str) -> str:
    """Why this is no answer to the question; "" if it is one."""
    if asked.answers:
        if any(answer.casefold() == each.casefold() for each in asked.answers):
            return ""
        return f"{asked.id}: expected {' or '.join(asked.answers)}, found {answer[:40]!r}"
    if asked.most and not (_NUMBER.fullmatch(answer) and float(answer) <= asked.most):
        return f"{asked.id}: expected a number from 0 to {asked.most}, found {answer[:40]!r}"
    return "" if answer else f"{asked.id}: expected a text, found none"


class Pain(NamedTuple):
    """How much it hurts, 0 to 10, and where."""

    level: int
    where: str = ""
    side: Side = ""


def pain_of(arg: str) -> Pain | None:
    """The pain of a mark: "6", "6 hip" or "6 left hip", the side in any place; None if it is none."""
    found = _PAIN.fullmatch(arg.strip())
    if found is None or int(found[1]) > MOST_PAIN:
        return None
    words = (found[2] or "").split()
    side: Side = next((side for side in _SIDES if side in words), "")
    return Pain(int(found[1]), " ".join(word for word in words if word != side), side)
