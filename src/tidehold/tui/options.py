"""How a dashboard behaves."""

from __future__ import annotations

from typing import Final, NamedTuple

from tidehold.records import Pattern
from tidehold.tui.controls import Sound
from tidehold.tui.pacer import CALM

FRAMES_HZ: Final = 11.0
"""Of what moves: ten a second also where timers come a little late. More is not seen in dots so large, and costs."""


class Options(NamedTuple):
    """How a dashboard behaves."""

    pattern: Pattern = CALM
    """Of the breathing pacer, when it is turned on here."""
    close_when_done: bool = False
    """Close as soon as the session is over."""
    frames_hz: float = FRAMES_HZ
    """How often what moves is drawn; 0: only when there is a status, or `draw` is called."""
    has_sound: bool = True
    """Ring the terminal's bell when a sensor is lost or the breath is held, unless `sound` is heard or was muted."""
    sound: Sound | None = None
    """What is heard beside this view."""


DEFAULT: Final = Options()
