"""One line at the bottom that asks the person for something."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Label

Asked = Literal["", "note", "pain", "stop"]

LONGEST_NOTE: Final = 500
MOST_PAIN: Final = 10


class Question(NamedTuple):
    """What is asked, and what may be typed; `hint` "": it is answered by a key."""

    text: str
    hint: str
    longest: int


QUESTIONS: Final[dict[Asked, Question]] = {
    "note": Question("Note:", "what happened; enter keeps it, escape leaves it", LONGEST_NOTE),
    "pain": Question("Pain, 0 none to 10 worst:", "a number; enter keeps it, escape leaves it", 2),
    "stop": Question("Stop the recording? y stops it for every view, n goes on.", "", 0),
}


def answer_of(asked: Asked, text: str) -> tuple[str, str]:
    """What was answered, and what is wrong with it ("": nothing)."""
    text = text.strip()
    if asked == "note":
        return text, "" if text else "the note is empty"
    is_number = text.isascii() and text.isdigit()
    return text, "" if is_number and int(text) <= MOST_PAIN else f"pain is a whole number from 0 to {MOST_PAIN}"


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
