"""How long the loop was held up, as somebody in it notices."""

from __future__ import annotations

import asyncio
from typing import Self


class Heartbeat:
    """Sleeps 1 ms over and over, as a context; `worst_s` is the largest lateness so far, s."""

    PERIOD_S = 0.001

    def __init__(self) -> None:
        self.worst_s = 0.0
        self.beats = 0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + self.PERIOD_S
            await asyncio.sleep(self.PERIOD_S)
            self.worst_s = max(self.worst_s, loop.time() - due_s)
            self.beats += 1
