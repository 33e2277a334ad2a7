"""The keys, and which of them there are: those of the session's kind and moment."""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple

from textual.binding import Binding

from tidehold.routine import ENDED, GuideState
from tidehold.tui.prompt import Asked

SEEK_S: Final = 10.0
EXTEND_S: Final = 30
SPEEDS: Final = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0)
"""Of a replay, times real time."""

_VIEW_KEYS: Final = Binding.Group("view", compact=True)
BINDINGS: Final = (
    Binding("q", "leave", "leave"),
    Binding("ctrl+c", "leave", "leave", show=False),
    Binding("s", "stop", "stop"),
    Binding("n", "note(False)", "note"),
    Binding("p", "pain", "pain"),
    Binding("z", "zero", "zero", show=False),
    Binding("a", "guide('answer')", "answer"),
    Binding("enter", "guide('start')", "start", key_display="↵"),
    Binding("enter", "guide('end')", "end", key_display="↵"),
    Binding("space", "guide('resume')", "go on"),
    Binding("enter", "guide('resume')", "go on", show=False),
    Binding("space", "guide('pause')", "pause"),
    Binding("left,less_than_sign", "guide('back')", "back", key_display="←"),
    Binding("right,greater_than_sign", "guide('skip')", "skip", key_display="→"),
    Binding("e", "guide('extend')", f"+{EXTEND_S} s"),
    Binding("x", "quit_routine", "quit the routine", show=False),
    Binding("n", "note(True)", "note", show=False),
    Binding("f", "felt", "felt stretch", show=False),
    Binding("space", "play", "pause"),  # of a replay; the pacer of a live session has this key too
    Binding("space", "pacer(True)", "pacer"),
    Binding("left", f"seek({-SEEK_S})", "10 s back", key_display="←"),
    Binding("right", f"seek({SEEK_S})", "10 s on", key_display="→"),
    Binding("left_square_bracket", "jump(False)", "mark back", key_display="["),
    Binding("right_square_bracket", "jump(True)", "mark on", key_display="]"),
    Binding("plus,equals_sign", "speed('faster')", "faster", key_display="+"),
    Binding("minus", "speed('slower')", "slower", key_display="-"),
    Binding("b", "pacer", "pacer", show=False),
    Binding("1", "view(0)", "session", group=_VIEW_KEYS),
    Binding("2", "view(1)", "waveforms", group=_VIEW_KEYS),
    Binding("3", "view(2)", "sensors", group=_VIEW_KEYS),
    Binding("m", "sound('mute')", "sound off or on", show=False),
    Binding("comma", "sound('quieter')", "quieter", show=False, key_display=","),
    Binding("full_stop", "sound('louder')", "louder", show=False, key_display="."),
    Binding("t", "theme", "light or dark", show=False),
    Binding("up", "scroll(-3)", "scroll", show=False),
    Binding("down", "scroll(3)", "scroll", show=False),
    Binding("question_mark", "help", "help", key_display="?"),
    Binding("y", "yes", "stop it"),
    Binding("n", "no", "go on"),
    Binding("escape", "cancel", "leave it"),
)
COMMANDS: Final = {
    "leave": "Leave this view",
    "stop": "Stop the recording",
    "note": "Keep a note",
    "pain": "Keep how strong the pain is",
    "felt": "Keep where the stretch is felt",
    "quit_routine": "End the routine",
    "play": "Pause or go on",
    "pacer": "Breathing pacer on or off",
    "zero": "Let the pose held next be zero",
    "theme": "Light or dark",
}
"""Of the command palette, by action."""

_LIVE: Final = frozenset({"stop", "note", "pain", "pacer", "zero"})
_REPLAY: Final = frozenset({"play", "seek", "jump", "speed"})
_GUIDED: Final = frozenset({"guide", "felt", "quit_routine"})
_ANSWERS: Final[dict[Asked, frozenset[str]]] = {
    "note": frozenset({"cancel"}),
    "pain": frozenset({"cancel"}),
    "felt": frozenset({"cancel"}),
    "stop": frozenset({"yes", "cancel", "no"}),
    "quit": frozenset({"yes", "cancel", "no"}),
}
_QUESTION_KEYS: Final = frozenset({"cancel", "yes", "no"})
_GOING: Final[frozenset[GuideState]] = frozenset({"running", "waiting", "paused"})


class Wish(NamedTuple):
    """What a key of a guided session asks the coach for."""

    states: frozenset[GuideState]
    """In which there is such a key."""
    arg: str
    told: str
    """Once it has been sent."""


WISHES: Final[dict[str, Wish]] = {
    "start": Wish(frozenset({"ready"}), "", ""),
    "end": Wish(frozenset({"running", "waiting"}), "", "this step is over"),
    "pause": Wish(frozenset({"running", "waiting"}), "", ""),
    "resume": Wish(frozenset({"paused"}), "", ""),
    "back": Wish(_GOING, "", "a step back"),
    "skip": Wish(_GOING, "", "step skipped"),
    "extend": Wish(_GOING, f"{EXTEND_S}", f"{EXTEND_S} s more"),
}
"""By verb of the mark."""


class Moment(NamedTuple):
    """What decides on the keys."""

    kind: Literal["live", "replay"]
    is_over: bool = False
    asked: Asked = ""
    """In the line at the bottom."""
    guide: GuideState | Literal[""] = ""
    """State of the routine; "": there is none."""
    has_question: bool = False
    """The routine waits for an answer."""


def speed_after(speed: float, wish: Literal["faster", "slower"]) -> float:
    """The next of `SPEEDS` in that direction, or the last one."""
    if wish == "faster":
        return next((each for each in SPEEDS if each > speed), SPEEDS[-1])
    return next((each for each in reversed(SPEEDS) if each < speed), SPEEDS[0])


def has_key(action: str, parameters: tuple[Any, ...], moment: Moment) -> bool:
    """Whether there is such a key now."""
    if moment.asked and (action in _LIVE | _REPLAY | _GUIDED | _QUESTION_KEYS or action in ("leave", "view", "help")):
        return action in _ANSWERS[moment.asked]
    if action in _LIVE | _GUIDED:
        return moment.kind == "live" and not moment.is_over and _has_live(action, parameters, moment)
    if action in _REPLAY:
        return moment.kind == "replay" and not moment.is_over
    return action not in _QUESTION_KEYS


def _has_live(action: str, parameters: tuple[Any, ...], moment: Moment) -> bool:
    is_guided = bool(moment.guide) and moment.guide not in ENDED
    if action in _GUIDED:
        return is_guided and _has_guided(action, parameters, moment)
    if action == "note" and parameters:  # a routine has so many keys that this one has no room in the footer
        return bool(parameters[0]) is is_guided
    return not (action == "pacer" and parameters and is_guided)  # the space bar is the routine's


def _has_guided(action: str, parameters: tuple[Any, ...], moment: Moment) -> bool:
    if action != "guide":
        return True
    verb = str(parameters[0]) if parameters else ""
    if verb == "answer":
        return moment.has_question
    return verb in WISHES and moment.guide in WISHES[verb].states
