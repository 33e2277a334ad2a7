"""The passing of time as an input."""

from __future__ import annotations

import asyncio
from typing import Final

from tidehold.records import Tick
from tidehold.sources.clock import SessionClock
from tidehold.sources.contract import Put
from tidehold.units import NS

PERIOD_NS: Final = NS // 4


class Ticker:
    """Puts a `Tick` at every quarter second of session time.

    Each tick is due at a multiple of the period, so lateness never adds up. After a
    suspend, or a loop that was busy for longer than a period, one late tick is put and
    the missed ones are not: the fold copes with a long step, not with a burst of old ones.
    """

    name: Final = "ticker"

    def __init__(self, clock: SessionClock, period_ns: int = PERIOD_NS) -> None:
        self._clock = clock
        self._period_ns = period_ns

    async def run(self, put: Put) -> None:
        """Ticks until cancelled."""
        now = self._clock.now()
        while True:
            due = (now // self._period_ns + 1) * self._period_ns
            # The loop's clock and the session's are two clocks: a sleep may end a little early.
            while (now := self._clock.now()) < due:  # noqa: ASYNC110  # it waits for time itself
                await asyncio.sleep((due - now) / NS)
            put(Tick(now))
