"""What a person does, as inputs."""

from __future__ import annotations

import asyncio

from tidehold.records import HostNs, Mark
from tidehold.sources.clock import SessionClock
from tidehold.sources.contract import Put
from tidehold.units import NS


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


class At:
    """Puts one mark at a moment of the session; at its start, if that is over.

    Args:
        clock: Stamps the mark.
        moment: Session time, ns.
        verb: What is done.
        arg: More about it.
    """

    def __init__(self, clock: SessionClock, moment: HostNs, verb: str, arg: str = "") -> None:
        self.name = f"mark {verb}"
        self._clock = clock
        self._moment = moment
        self._verb = verb
        self._arg = arg

    async def run(self, put: Put) -> None:
        """Waits for its moment."""
        while (left_ns := self._moment - self._clock.now()) > 0:  # noqa: ASYNC110 - no event marks a moment
            await asyncio.sleep(left_ns / NS)
        put(Mark(self._clock.now(), self._verb, self._arg))
