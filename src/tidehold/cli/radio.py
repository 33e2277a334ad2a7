"""How Bluetooth is reached."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from tidehold.cli.extras import need_simulators
from tidehold.sources.ble_options import Transport


@contextlib.asynccontextmanager
async def transport_to(radio: str | None) -> AsyncIterator[Transport]:
    """The system's Bluetooth, or a simulated radio."""
    if radio is None:
        yield Transport()
        return
    need_simulators()
    from tidehold_simulators.bleak_backend import open_radio  # noqa: PLC0415 - see need_simulators

    async with open_radio(radio) as simulated:
        scanner, client = simulated.transport()
        yield Transport(scanner, client, {})
