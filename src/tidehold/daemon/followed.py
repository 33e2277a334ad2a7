"""What is to be remembered of a session with a routine: that its questions were answered, and that it was finished."""

from __future__ import annotations

from typing import Final

from tidehold.coach.routine_book import NO_IMPROVEMENT, REGULAR_SESSIONS
from tidehold.daemon.config import Followed
from tidehold.records import Output, Snapshot
from tidehold.routine import GuideState, Routine

_GOING: Final[tuple[GuideState, ...]] = ("waiting", "running", "done")
"""States that come after the questions."""


def name_of(routine: str, variant: str) -> str:
    """Under which a routine's finished sessions are counted: each variant has its own."""
    return f"{routine}/{variant}" if variant else routine


def asks_first(routine: Routine, before: Followed) -> bool:
    """Whether the routine's questions come first: all of them, if one has not been passed yet."""
    return any(question.id not in before.passed for question in routine.questions)


class Following:
    """Listens to a session.

    Args:
        routine: What it leads through, if anything.
        asks: Whether it begins with questions.
    """

    def __init__(self, routine: Routine | None, *, asks: bool) -> None:
        self._name = name_of(routine.id, routine.variant) if routine else ""
        self._asks = tuple(question.id for question in routine.questions) if routine and asks else ()
        self._state: GuideState = "ready"
        self._ended = ""
        self._passed = False
        self._warned = False
        self._is_done = False

    def hear(self, out: Output) -> None:
        """Take one output."""
        if not isinstance(out, Snapshot) or out.guide is None:
            return
        state, before = out.guide.state, self._state
        self._passed |= state in _GOING
        self._warned |= before == "asking" and state == "stopped" and out.guide.ended != self._ended
        self._is_done |= state == "done"
        self._state, self._ended = state, out.guide.ended

    def after(self, before: Followed) -> Followed:
        """What is remembered from now on, after what was remembered before.

        Questions that ended the session are asked again next time, and whether it has helped after so many sessions
        as that is asked about. Sessions that were not finished do not count: who changes sides from one session to
        the next has not had this side yet.
        """
        sessions = dict(before.sessions)
        passed = dict.fromkeys((*before.passed, *(self._asks if self._passed else ())))
        if self._is_done:
            sessions[self._name] = sessions.get(self._name, 0) + 1
            if sum(sessions.values()) % REGULAR_SESSIONS == 0:
                passed.pop(NO_IMPROVEMENT, None)
        return Followed(() if self._warned else tuple(passed), sessions)
