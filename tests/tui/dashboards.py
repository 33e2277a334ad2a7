"""A dashboard under test: its recorder, its clock and its controls are held by the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Literal

from textual.pilot import Pilot

from tests.tui.statuses import then_silence
from tidehold.records import Status
from tidehold.tui.app import Dashboard, Options, Outcome

STILL = Options(frames_hz=0)
"""Draws when a status comes and when told, and at no other time."""


class Clock:
    """The viewer's clock: stands still until the test moves it."""

    def __init__(self, now_s: float = 1000.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


class Live:
    """Controls of a live session; what was asked is in `asked`."""

    kind: Literal["live", "replay"] = "live"

    def __init__(self, error: BaseException | None = None) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.error = error

    async def mark(self, verb: str, arg: str = "") -> None:
        self._ask("mark", verb, arg)

    async def stop(self) -> None:
        self._ask("stop")

    def _ask(self, *what: object) -> None:
        self.asked.append(what)
        if self.error is not None:
            raise self.error


class Replay(Live):
    """Controls of a replay."""

    kind: Literal["live", "replay"] = "replay"

    async def pause(self) -> None:
        self._ask("pause")

    async def resume(self) -> None:
        self._ask("resume")

    async def seek(self, by_s: float) -> None:
        self._ask("seek", by_s)

    async def jump(self, forward: bool) -> None:
        self._ask("jump", forward)

    async def speed(self, times: float) -> None:
        self._ask("speed", times)


class Recorder:
    """Statuses when the test gives them."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Status | BaseException | None] = asyncio.Queue()

    def tell(self, *statuses: Status) -> None:
        for each in statuses:
            self._queue.put_nowait(each)

    def end(self, error: BaseException | None = None) -> None:
        self._queue.put_nowait(error)

    async def statuses(self) -> AsyncIterator[Status]:
        while (each := await self._queue.get()) is not None:
            if isinstance(each, BaseException):
                raise each
            yield each


def still(statuses: Iterable[Status], *, controls: Live | None = None, clock: Clock | None = None) -> Dashboard:
    """A dashboard that was told these statuses, and stands still."""
    return Dashboard(then_silence(statuses), controls or Live(), now=clock or Clock(), options=STILL)


def shown(app: Dashboard) -> str:
    """The text on the screen."""
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


async def see(pilot: Pilot[Outcome], text: str, *, there: bool = True) -> None:
    """Wait until a text is on the screen, or no more."""
    app = pilot.app
    assert isinstance(app, Dashboard)
    async with asyncio.timeout(10):
        while (text in shown(app)) != there:
            await pilot.pause(0.01)
