"""What the keys do and the signs mean."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tidehold.tui.lines import Lines, line
from tidehold.tui.panel import Panel

Keys = tuple[tuple[str, str], ...]

_LIVE: Final[Keys] = (
    ("q", "leave this view; the recording goes on"),
    ("s", "stop the recording, after a question"),
    ("n", "keep a note in the recording"),
    ("p", "keep how strong the pain is, 0 to 10"),
    ("space, b", "breathing pacer on or off, in every view"),
    ("z", "the pose held still next is zero for angles"),
)
_GUIDED: Final[Keys] = (
    ("q, s", "leave this view; stop the recording, after a question"),
    ("enter", "start the routine; end this step now"),
    ("space", "pause, go on; the recording never pauses"),
    ("left, right", "a step back, skip this step; also < and >"),
    ("e, x", "30 s more for this step; quit the routine"),
    ("a", "show the question that waits for an answer"),
    ("p, f, n", "pain 0 to 10 and where, felt stretch, note"),
    ("b, z", "breathing pacer; the pose held still next is zero"),
)
_REPLAY: Final[Keys] = (
    ("q", "leave the replay"),
    ("space", "pause or go on"),
    ("left, right", "10 s back, 10 s forward"),
    ("[ ]", "to the finding or mark before, to the next"),
    ("+ -", "faster, slower"),
)
_BOTH: Final[Keys] = (
    ("1 2 3", "session, waveforms, sensors"),
    ("up, down", "scroll the sensors"),
    ("m , .", "sound off or on, quieter, louder"),
    ("t", "light or dark"),
    ("ctrl+p", "command palette"),
    ("?", "this page; escape closes it"),
)
_COURSE: Final = "Steps: ■ done   ▶ now   □ its rest   · to come   x skipped   / cut short"
_SIGNS: Final = (
    "● REC recording   ▶ PLAY replay   ‖ PAUSED   ■ FINISHED",
    "✓ all streams on   … on its way   ! silent   ✗ lost or refused",
    "Pacer and you: discs that grow while breathing in; ? is not known.",
    "A value older than 3 s is taken away; what is not known says why.",
    "Tidehold is not a medical device.",
)


def help_lines(kind: Literal["live", "replay"], *, is_guided: bool = False) -> Lines:
    """The keys of a live session or a replay, and the signs."""
    own = _REPLAY if kind == "replay" else _GUIDED if is_guided else _LIVE
    told = tuple(line((f"{key:>12}  ", "strong"), what) for key, what in (*own, *_BOTH))
    signs = (*_SIGNS[:2], *((_COURSE,) if is_guided else ()), *_SIGNS[2:])
    return (*told, line(""), *(line((sign, "dim")) for sign in signs))


class Help(ModalScreen[None]):
    """The keys over the session, which goes on below.

    Args:
        kind: Of session.
        is_guided: It has a routine.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss", "close", key_display="esc"),
        Binding("up", "scroll_up", show=False),
        Binding("down", "scroll_down", show=False),
    ]

    def __init__(self, kind: Literal["live", "replay"], *, is_guided: bool = False) -> None:
        super().__init__()
        self._lines = help_lines(kind, is_guided=is_guided)

    def compose(self) -> ComposeResult:
        """One box."""
        yield Panel("Keys and signs", id="help")

    def on_mount(self) -> None:
        """Its text."""
        self.query_one(Panel).show(self._lines)

    def on_click(self) -> None:
        """A click closes it too."""
        self.dismiss()
