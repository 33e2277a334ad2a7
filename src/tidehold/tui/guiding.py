"""What of a guided session is put over the whole screen: each question and each stop, once."""

from __future__ import annotations

from typing import Final

from tidehold.routine import Guide, Question

QUIT: Final = "ended before its last step"
"""How a routine ended that a person has quit: no alarm. Any other end is one."""
AGAIN_S: Final = 3.0
"""A question that is still there so long after its answer was sent is asked again: the answer was lost."""


class Interrupts:
    """Knows what has been shown already. Times are those of the viewer's clock, s."""

    def __init__(self) -> None:
        self._question = ""
        self._answered_s: float | None = None
        self._stopped = ""

    def question(self, question: Question | None, now_s: float) -> Question | None:
        """The question that waits for an answer, if it is to be put over the screen now."""
        if question is None:
            self._question, self._answered_s = "", None
            return None
        is_lost = self._answered_s is not None and now_s - self._answered_s > AGAIN_S
        if question.id == self._question and not is_lost:
            return None
        self._question, self._answered_s = question.id, None
        return question

    def answered(self, now_s: float) -> None:
        """The answer was sent."""
        self._answered_s = now_s

    def stopped(self, guide: Guide | None) -> str:
        """The text with which the session was stopped, if that is not told yet."""
        text = guide.ended if guide and guide.state == "stopped" else ""
        is_new = text not in ("", QUIT, self._stopped)
        self._stopped = text
        return text if is_new else ""
