"""One adapter among the sources of this program: one scan for all of them, one attempt to connect at a time.

BlueZ refuses a program's second scan (org.bluez.Error.InProgress), and on many
adapters the second of two attempts to connect fails (bleak's example `two_devices`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from tidehold.sources.ble_step import StepError, step

Listener = Callable[[BLEDevice, AdvertisementData], None]


class Air:
    """What is to be heard on one adapter, within one event loop.

    Args:
        options: Keyword arguments for its BleakScanner.
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.connecting = asyncio.Lock()
        """Held by whoever makes a connection."""
        self._options = options
        self._turn = asyncio.Lock()
        self._listeners: list[Listener] = []
        self._scanner: BleakScanner | None = None
        self._since_s = 0.0

    @asynccontextmanager
    async def listening(
        self, listener: Listener, *, start_s: float, stop_s: float, stale_s: float
    ) -> AsyncGenerator[None]:
        """Have every advertisement told to `listener`.

        Args:
            listener: Told of each.
            start_s: Deadline for a scan to start.
            stop_s: Deadline for it to stop.
            stale_s: A scan that has gone on for so long is begun anew: some stacks go deaf without a word.

        Raises:
            StepError: Scanning could not start.
        """
        self._listeners.append(listener)
        clock = asyncio.get_running_loop().time
        try:
            async with self._turn:
                if self._scanner is not None and clock() - self._since_s >= stale_s:
                    await self._stop(stop_s)
                if self._scanner is None:
                    self._scanner, self._since_s = await step("scan", start_s, self._started()), clock()
            yield
        finally:
            self._listeners.remove(listener)
            async with self._turn:
                if not self._listeners:
                    await self._stop(stop_s)

    async def _started(self) -> BleakScanner:
        scanner = BleakScanner(self._tell, **self._options)
        await scanner.start()
        return scanner

    async def _stop(self, within_s: float) -> None:
        scanner, self._scanner = self._scanner, None
        if scanner is not None:
            with suppress(StepError):  # the adapter went away in mid-scan: the next step finds out and says so
                await step("stop the scan", within_s, scanner.stop())

    def _tell(self, device: BLEDevice, said: AdvertisementData) -> None:
        for listener in tuple(self._listeners):
            listener(device, said)
