"""What ends a session, as sources: a signal, or a length that was asked for."""

from __future__ import annotations

import asyncio
import signal
from typing import Final

from tidehold.records import Stop
from tidehold.sources.clock import SessionClock
from tidehold.sources.contract import Put
from tidehold.units import NS


class Signals:
    """Puts a `Stop` at the first SIGINT or SIGTERM; a second one acts as if nobody listened."""

    name: Final = "signals"

    def __init__(self, clock: SessionClock) -> None:
        self._clock = clock

    async def run(self, put: Put) -> None:
        """Listens until cancelled."""
        loop = asyncio.get_running_loop()
        kinds = (signal.SIGINT, signal.SIGTERM)

        def stop(kind: signal.Signals) -> None:
            for each in kinds:
                loop.remove_signal_handler(each)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            put(Stop(self._clock.now(), kind.name))

        for kind in kinds:
            loop.add_signal_handler(kind, stop, kind)
        try:
            await asyncio.Event().wait()
        finally:
            for kind in kinds:
                loop.remove_signal_handler(kind)


class Length:
    """Puts a `Stop` once the session has lasted so many seconds."""

    name: Final = "length"

    def __init__(self, clock: SessionClock, seconds: float) -> None:
        self._clock = clock
        self._end_ns = round(seconds * NS)

    async def run(self, put: Put) -> None:
        """Waits for the end of the session."""
        while (left_ns := self._end_ns - self._clock.now()) > 0:  # noqa: ASYNC110 - no event marks a moment
            await asyncio.sleep(left_ns / NS)
        put(Stop(self._clock.now(), "length reached"))
