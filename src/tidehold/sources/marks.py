"""What a person does, as inputs."""

from __future__ import annotations

import asyncio

from tidehold.records import Mark
from tidehold.sources.clock import SessionClock
from tidehold.sources.contract import Put


class Once:
    """Puts one mark, when its moment has come.

    Args:
        clock: Stamps the mark.
        verb: What is done.
        arg: More about it.
    """

    def __init__(self, clock: SessionClock, verb: str, arg: str = "") -> None:
        self.name = f"mark {verb}"
        self.due = asyncio.Event()
        """Set it when the mark is due; setting it again does nothing."""
        self._clock = clock
        self._verb = verb
        self._arg = arg

    async def run(self, put: Put) -> None:
        """Waits for its moment."""
        await self.due.wait()
        put(Mark(self._clock.now(), self._verb, self._arg))
