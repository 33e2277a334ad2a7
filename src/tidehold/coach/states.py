"""What the coach does at each input in each state, as a table; nothing else decides it."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, get_args

from tidehold.routine import GuideState

Said = Literal["start", "pause", "resume", "skip", "back", "extend", "end", "quit", "answer", "pain"]
"""Verbs of a person's marks; all others are none of the coach's business."""
Came = Literal["begun", "over", "answered", "warned"]
"""What comes by itself: the hold that was waited for (or the end of the waiting); the end of a step's time; the last
answer; an answer that ends the session."""
Deed = Literal[
    "",  # nothing
    "refuse",  # say why not
    "start",  # ask what is to be asked first, or else begin
    "go on",  # after the last answer: begin, or go on where it was
    "ask",  # stop the step's clock and ask
    "take",  # an answer
    "warn",  # say the text of the question, and end
    "begin",  # the step's time
    "finish",  # the step; the next one begins
    "skip",
    "cut",  # end the step before its time
    "back",
    "extend",
    "pause",
    "resume",
    "quit",
]
Then = GuideState | Literal["step", "before"]
"""The state after: "step" is that in which the next step begins, or done; "before" the one that was interrupted."""

STATES: Final[tuple[GuideState, ...]] = get_args(GuideState)
SAID: Final[tuple[Said, ...]] = get_args(Said)
CAME: Final[tuple[Came, ...]] = get_args(Came)


class Move(NamedTuple):
    """What is done, the state after it, and, of what is refused, why."""

    deed: Deed
    then: Then
    why: str = ""


def _refused(state: GuideState, why: str, *verbs: Said) -> dict[Said | Came, Move]:
    return dict.fromkeys(verbs, Move("refuse", state, why))


def _ignored(state: GuideState, *inputs: Said | Came) -> dict[Said | Came, Move]:
    return dict.fromkeys(inputs, Move("", state))


_NO_QUESTION: Final = "no question waits for an answer"
_MOVES: Final[dict[Said | Came, Move]] = {
    "skip": Move("skip", "step"),
    "end": Move("cut", "step"),
    "back": Move("back", "step"),
    "quit": Move("quit", "stopped"),
}

TABLE: Final[dict[GuideState, dict[Said | Came, Move]]] = {
    "ready": {
        "start": Move("start", "asking"),
        "pain": Move("ask", "asking"),
        "quit": Move("quit", "stopped"),
        **_refused("ready", "the routine has not begun", "pause", "resume", "skip", "back", "extend", "end"),
        **_refused("ready", _NO_QUESTION, "answer"),
        **_ignored("ready", *CAME),
    },
    "asking": {
        "answer": Move("take", "asking"),
        "answered": Move("go on", "before"),
        "warned": Move("warn", "stopped"),
        "quit": Move("quit", "stopped"),
        **_refused("asking", "a question waits for its answer first", "start", "pause", "resume", "skip", "back"),
        **_refused("asking", "a question waits for its answer first", "extend", "end"),
        **_ignored("asking", "pain", "begun", "over"),
    },
    "waiting": {
        **_MOVES,
        "begun": Move("begin", "running"),
        "pause": Move("pause", "paused"),
        "extend": Move("extend", "waiting"),
        "pain": Move("ask", "asking"),
        **_refused("waiting", "the routine goes on already", "start", "resume"),
        **_refused("waiting", _NO_QUESTION, "answer"),
        **_ignored("waiting", "over", "answered", "warned"),
    },
    "running": {
        **_MOVES,
        "over": Move("finish", "step"),
        "pause": Move("pause", "paused"),
        "extend": Move("extend", "running"),
        "answer": Move("take", "running"),
        "answered": Move("finish", "step"),
        "warned": Move("warn", "stopped"),
        "pain": Move("ask", "asking"),
        **_refused("running", "the routine goes on already", "start", "resume"),
        **_ignored("running", "begun"),
    },
    "paused": {
        **_MOVES,
        "resume": Move("resume", "before"),
        "extend": Move("extend", "paused"),
        "pain": Move("ask", "asking"),
        **_refused("paused", "the routine is paused: resume it", "start", "pause"),
        **_refused("paused", _NO_QUESTION, "answer"),
        **_ignored("paused", *CAME),
    },
    "done": {
        "pain": Move("ask", "asking"),
        **_refused("done", "the routine is over", "start", "pause", "resume", "skip", "back", "extend", "end"),
        **_refused("done", _NO_QUESTION, "answer"),
        **_ignored("done", "quit", *CAME),
    },
    "stopped": {
        "pain": Move("ask", "asking"),
        **_refused("stopped", "the routine has been ended", "start", "pause", "resume", "skip", "back", "extend"),
        **_refused("stopped", "the routine has been ended", "end", "answer"),
        **_ignored("stopped", "quit", *CAME),
    },
}
"""After a warning that ended the routine, a pain is noted and nothing more asked: the warning stays.

A question that is a step of its own is answered while it is `running`: its time goes on, and its answer ends it. When
its time is over it is passed by, unless an answer could end the session: that one is waited for.
"""
