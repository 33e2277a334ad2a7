"""One line at the bottom that asks the person for something."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Label

from tidehold.tui.lines import clean

Asked = Literal["", "note", "pain", "felt", "stop", "quit"]

LONGEST_NOTE: Final = 500
LONGEST_PLACE: Final = 80
MOST_PAIN: Final = 10


class Question(NamedTuple):
    """What is asked, and what may be typed; `hint` "": it is answered by a key."""

    text: str
    hint: str
    longest: int


QUESTIONS: Final[dict[Asked, Question]] = {
    "note": Question("Note:", "what happened; enter keeps it, escape leaves it", LONGEST_NOTE),
    "pain": Question("Pain, 0 none to 10 worst:", "and where, as 6 left hip; enter keeps it", LONGEST_PLACE),
    "felt": Question(
        "Stretch felt:", "side and where, as left hamstring; enter keeps it, escape leaves it", LONGEST_PLACE
    ),
    "stop": Question("Stop the recording? y stops it for every view, n goes on.", "", 0),
    "quit": Question("End the routine? y ends it, n goes on; the recording goes on.", "", 0),
}

_EMPTY: Final[dict[Asked, str]] = {"note": "the note is empty", "felt": "nothing was said"}


def answer_of(asked: Asked, text: str) -> tuple[str, str]:
    """What was answered, and what is wrong with it ("": nothing)."""
    text = text.strip() if asked == "note" else clean(text, LONGEST_PLACE)
    if asked != "pain":
        return text, "" if text else _EMPTY[asked]
    number, _, where = text.partition(" ")
    is_number = number.isascii() and number.isdigit() and len(number) <= 2 and int(number) <= MOST_PAIN
    return f"{number} {where}".strip(), "" if is_number else f"pain is a whole number from 0 to {MOST_PAIN}"


class Prompt(Horizontal):
    """The line; it is not there while nothing is asked."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.asked: Asked = ""
        self.display = False
        self._label = Label("", markup=False)
        self._input = Input(compact=True, select_on_focus=False)
        self._input.cursor_blink = False

    def compose(self) -> ComposeResult:
        """The question, and where its answer is typed."""
        yield self._label
        yield self._input

    def ask(self, asked: Asked) -> None:
        """Ask; "" stops asking."""
        self.asked = asked
        self.display = bool(asked)
        if not asked:
            self.screen.set_focus(None)
            return
        question = QUESTIONS[asked]
        self._label.update(question.text)
        self._input.display = bool(question.hint)
        self._input.placeholder = question.hint
        self._input.max_length = question.longest
        self._input.value = ""
        if question.hint:
            self._input.focus()

    def complain(self, why: str) -> None:
        """Ask again, saying what was wrong."""
        self._label.update(f"{QUESTIONS[self.asked].text} {why}")
        self._input.value = ""
