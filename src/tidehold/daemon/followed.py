"""What is to be remembered of a session with a routine: that its questions were answered, and that it was finished."""

from __future__ import annotations

from typing import Final

from tidehold.daemon.config import Followed
from tidehold.records import Output, Snapshot
from tidehold.routine import GuideState

_GOING: Final[tuple[GuideState, ...]] = ("waiting", "running", "done")
"""States that come after the questions."""


class Following:
    """Listens to a session.

    Args:
        asks: Whether its routine begins with questions.
    """

    def __init__(self, *, asks: bool) -> None:
        self._asks = asks
        self._routine = ""
        self._state: GuideState = "ready"
        self._passed = False
        self._warned = False
        self._is_done = False

    def hear(self, out: Output) -> None:
        """Take one output."""
        if not isinstance(out, Snapshot) or out.guide is None:
            return
        state, before = out.guide.state, self._state
        self._routine, self._state = out.guide.routine, state
        self._passed |= self._asks and state in _GOING
        self._warned |= before == "asking" and state == "stopped"
        self._is_done |= state == "done"

    def after(self, before: Followed) -> Followed:
        """What is remembered from now on, after what was remembered before.

        Questions that ended the session are asked again next time. Sessions that were not finished do not count: who
        changes sides from one session to the next has not had this side yet.
        """
        sessions = dict(before.sessions)
        if self._is_done:
            sessions[self._routine] = sessions.get(self._routine, 0) + 1
        return Followed((before.answered or self._passed) and not self._warned, sessions)
