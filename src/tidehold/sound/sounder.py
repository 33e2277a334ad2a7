"""A view of the session for the ears: hears statuses, has tones and words sound, and takes the wishes of a person."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, Literal, Protocol

from tidehold.records import Status
from tidehold.sound.orders import TEXT_LIMIT, Forget, Loudness, Order, Play, Ready, Report, Speak, Trouble
from tidehold.sound.score import APART_S, Score

STEP: Final = 0.1
"""Of the volume, per key."""
USUAL: Final = 0.6
"""The volume, unless another was asked for."""


class Desk(Protocol):
    """Makes the sound. No call waits."""

    def order(self, order: Order) -> None:
        """Have something played or said."""
        ...

    def close(self) -> None:
        """Let what sounds come to its end, and be done."""
        ...


class Sounder:
    """Beside a view of the session.

    Args:
        desk: Makes the desk, given whom it reports to.
        volume: 0 to 1, at first.
        muted: Whether it begins silent.
        now: The hearer's clock, s.
    """

    def __init__(
        self,
        desk: Callable[[Callable[[Report], None]], Desk],
        *,
        volume: float = USUAL,
        muted: bool = False,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._score = Score()
        self._now = now
        self._volume, self._muted = volume, muted
        self._sounds = False
        self.failure = ""
        """Why nothing will be heard any more; "" as long as it may."""
        self._free_s = now()
        self._lock = threading.Lock()
        self._news: list[str] = []
        self._told: set[str] = set()
        self._desk = desk(self._hear_report)
        self._set()

    def hear(self, status: Status) -> None:
        """Take a status, the moment it comes."""
        for order in self._score.hear(status, self._now()):
            self._desk.order(order)

    @property
    def sounds(self) -> bool:
        """Whether anything can be heard."""
        return self._sounds and not self._muted and self._volume > 0

    @property
    def is_muted(self) -> bool:
        """The person wants silence."""
        return self._muted

    def tell(self, kind: Literal["lost", "back"], text: str) -> None:
        """Let something be heard that no status says: that nothing comes any more, or comes again."""
        at_s = max(self._now(), self._free_s)
        self._free_s = at_s + APART_S
        self._desk.order(Play(kind, at_s))
        self._desk.order(Speak(text[:TEXT_LIMIT]))

    def mute(self) -> str:
        """Be silent, or not any more; says which."""
        self._muted = not self._muted
        return self._set()

    def louder(self) -> str:
        """Be louder; says how loud."""
        return self._turn(STEP)

    def quieter(self) -> str:
        """Be quieter; says how loud."""
        return self._turn(-STEP)

    def news(self) -> str:
        """What the person is to know and was not told yet; "" if there is nothing."""
        with self._lock:
            return self._news.pop(0) if self._news else ""

    def close(self) -> None:
        """The view is over."""
        self._desk.order(Forget(self._now()))
        self._desk.close()

    def _turn(self, by: float) -> str:
        self._volume = round(min(max(self._volume + by, 0.0), 1.0), 2)
        self._muted = False
        return self._set()

    def _set(self) -> str:
        self._desk.order(Loudness(self._volume, self._muted))
        return "sound off" if self._muted else f"volume {100 * self._volume:.0f} %"

    def _hear_report(self, report: Report) -> None:
        with self._lock:
            if isinstance(report, Ready):
                self._sounds = True
                return
            self._sounds = self._sounds and not report.is_all
            text = words_of(report)
            if report.is_all:
                self.failure = text
            if text not in self._told:
                self._told.add(text)
                self._news.append(text)


def words_of(trouble: Trouble) -> str:
    """A trouble in one line, with what to do."""
    return f"{trouble.text}: {trouble.advice}" if trouble.advice else trouble.text


def first_report(desk: Callable[[Callable[[Report], None]], Desk], within_s: float) -> Report | None:
    """Whether a desk would sound, or what keeps it from that; None if it says nothing for so long."""
    came = threading.Event()
    reports: list[Report] = []

    def hear(report: Report) -> None:
        if isinstance(report, Ready) or report.is_all:
            reports.append(report)
            came.set()

    opened = desk(hear)
    came.wait(within_s)
    opened.close()
    return reports[0] if reports else None
