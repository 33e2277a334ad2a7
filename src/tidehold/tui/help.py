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
_REPLAY: Final[Keys] = (
    ("q", "leave the replay"),
    ("space", "pause or go on"),
    ("left, right", "10 s back, 10 s forward"),
    ("+ -", "faster, slower"),
)
_BOTH: Final[Keys] = (
    ("1 2 3", "session, waveforms, sensors"),
    ("up, down", "scroll the sensors"),
    ("t", "light or dark"),
    ("ctrl+p", "command palette"),
    ("?", "this page; escape closes it"),
)
_SIGNS: Final = (
    "● REC recording   ▶ PLAY replay   ‖ PAUSED   ■ FINISHED",
    "✓ all streams on   … on its way   ! silent   ✗ lost or refused",
    "Pacer and you: discs that grow while breathing in; ? is not known.",
    "A value older than 3 s is taken away; what is not known says why.",
    "Tidehold is not a medical device.",
)


def help_lines(kind: Literal["live", "replay"]) -> Lines:
    """The keys of a live session or a replay, and the signs."""
    keys = (*(_LIVE if kind == "live" else _REPLAY), *_BOTH)
    told = tuple(line((f"{key:>12}  ", "strong"), what) for key, what in keys)
    return (*told, line(""), *(line((sign, "dim")) for sign in _SIGNS))


class Help(ModalScreen[None]):
    """The keys over the session, which goes on below.

    Args:
        kind: Of session.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss", "close", key_display="esc"),
    ]

    def __init__(self, kind: Literal["live", "replay"]) -> None:
        super().__init__()
        self._kind = kind

    def compose(self) -> ComposeResult:
        """One box."""
        yield Panel("Keys and signs", id="help")

    def on_mount(self) -> None:
        """Its text."""
        self.query_one(Panel).show(help_lines(self._kind))

    def on_click(self) -> None:
        """A click closes it too."""
        self.dismiss()
