"""What must not be overlooked: a question of the routine, and the text with which a session was stopped."""

from __future__ import annotations

from typing import ClassVar, Final, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input

from tidehold.routine import Question
from tidehold.tui.lines import Lines, clean, line
from tidehold.tui.panel import Panel

GRACE_S: Final = 0.5
"""After the last key that was still meant for what was on the screen before."""
LONGEST_ANSWER: Final = 500
_MOST_KEYS: Final = 9
Answer = TypeVar("Answer")


def keys_of(question: Question) -> dict[str, str]:
    """Answers by key: numbers, and the first letters of answers that no other shares."""
    answers = question.answers[:_MOST_KEYS]
    firsts = [answer[:1].lower() for answer in answers]
    letters = {first: answer for first, answer in zip(firsts, answers, strict=True) if firsts.count(first) == 1}
    numbers = {str(number): answer for number, answer in enumerate(answers, 1)}
    return {key: answer for key, answer in letters.items() if key.isalpha()} | numbers


def question_lines(question: Question, *, is_open: bool) -> Lines:
    """The question, and the keys that answer it once it is open."""
    lines = [line((clean(question.text, 600), "strong")), line("")]
    later = line(("escape: later; until then the routine waits", "dim"))
    if not question.answers:
        return (*lines[:1], later)
    if not is_open:
        return (*lines, *(line("") for _ in question.answers[:_MOST_KEYS]), line(""))
    keys = keys_of(question)
    for number, answer in enumerate(question.answers[:_MOST_KEYS], 1):
        letters = [key for key, value in keys.items() if value == answer and not key.isdigit()]
        lines.append(line((f"  {' or '.join((str(number), *letters)):<7}", "strong"), f" {clean(answer, 100)}"))
    return (*lines, later)


def free_answer(question: Question, text: str) -> tuple[str, str]:
    """What was answered, and what is wrong with it ("": nothing)."""
    text = clean(text, LONGEST_ANSWER)
    if not question.most:
        return text, "" if text else "the answer is empty"
    is_number = text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= question.most
    return text, "" if is_number else f"a whole number from 0 to {question.most} is asked for"


class Over(ModalScreen[Answer]):
    """A box over the session, which goes on below; rows that have no room are scrolled to.

    It opens to keys once none has come for `GRACE_S`: what is still being typed into something else is no answer.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", show=False),
        Binding("down", "scroll_down", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._is_open = False
        self._grace: Timer | None = None

    def on_mount(self) -> None:
        """Its text; keys count a little later."""
        self._show()
        self._wait()

    def on_key(self, _: events.Key) -> None:
        """Somebody is typing still."""
        if not self._is_open:
            self._wait()

    def _wait(self) -> None:
        if self._grace is not None:
            self._grace.stop()
        self._grace = self.set_timer(GRACE_S, self._open)

    def _open(self) -> None:
        self._is_open = True
        self._show()

    def _show(self) -> None:
        raise NotImplementedError


class Asking(Over[str]):
    """A question over the session, which goes on below. It returns the answer, or "" for later.

    Args:
        question: What is asked.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "later", "later")]

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question
        self._panel = Panel(id="asking-text")
        self._input = Input(compact=True, select_on_focus=False, max_length=LONGEST_ANSWER, id="asking-input")
        self._input.cursor_blink = False

    def compose(self) -> ComposeResult:
        """The question, and where a free answer is typed."""
        with Vertical(id="asking") as box:
            box.border_title = " ? A question "
            yield self._panel
            if not self.question.answers:
                yield self._input

    def _open(self) -> None:
        super()._open()
        if not self.question.answers:
            most = self.question.most
            self._input.placeholder = f"a number from 0 to {most}; enter sends it" if most else "enter sends it"
            self._input.focus()

    def _show(self, wrong: str = "") -> None:
        lines = question_lines(self.question, is_open=self._is_open)
        self._panel.show((*lines, line((wrong, "warn"))) if wrong else lines)

    def on_key(self, key: events.Key) -> None:
        """An answer by its key."""
        answer = keys_of(self.question).get((key.character or "").lower()) if self.question.answers else None
        if answer is not None and self._is_open:
            key.stop()
            self.dismiss(answer)

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """A free answer."""
        submitted.stop()
        answer, wrong = free_answer(self.question, submitted.value)
        if wrong:
            self._input.value = ""
            self._show(wrong)
        else:
            self.dismiss(answer)

    def action_later(self) -> None:
        """Not now."""
        if self._is_open:
            self.dismiss("")


class Alarm(Over[None]):
    """A text across the whole screen, until it is put away.

    Args:
        text: Why the session was stopped.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,escape", "close", "close", key_display="enter")]

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def compose(self) -> ComposeResult:
        """One box."""
        yield Panel("✗ The routine was stopped", id="alarm")

    def _show(self) -> None:
        told = line(("enter closes this text", "dim")) if self._is_open else line("")
        lines = (line((f"✗ {clean(self.text, 1000)}", "bad")), line(""), told)
        self.query_one(Panel).show(lines)

    def action_close(self) -> None:
        """Put it away."""
        if self._is_open:
            self.dismiss(None)
