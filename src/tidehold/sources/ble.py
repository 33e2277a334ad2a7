"""A heart-rate strap over Bluetooth Low Energy, kept connected for as long as the session lasts."""

from __future__ import annotations

from collections.abc import Mapping

from tidehold.sources.ble_options import ANY, SYSTEM, USUAL, Timing, Transport, Wanted
from tidehold.sources.ble_scan import Seen, scan
from tidehold.sources.clock import SessionClock
from tidehold.sources.contract import Put
from tidehold.wire.profile import Profile

__all__ = ["BleStrap", "Seen", "Timing", "Transport", "Wanted", "scan"]


class BleStrap:
    """Finds a strap, connects, switches its streams on, watches them, and starts over when the link is lost."""

    def __init__(
        self,
        name: str,
        clock: SessionClock,
        profiles: Mapping[str, Profile],
        transport: Transport = SYSTEM,
        want: Wanted = ANY,
        timing: Timing = USUAL,
    ) -> None:
        self.name = name

    async def run(self, put: Put) -> None:
        """Puts frames and links until cancelled."""
