"""Device times of the samples in a frame (in the making: signatures are final)."""

from __future__ import annotations

import msgspec

from tidehold.records import DeviceNs, Times


class Placed(msgspec.Struct, frozen=True, eq=False):
    """Device times (n,) of a frame's samples; samples lost before it; duplicate: not newer than what came before."""

    device: Times
    lost: int
    duplicate: bool


class SampleTimer:
    """Times the samples of one stream."""

    rate_hz: float
    """Measured rate; the nominal one until `measured`."""
    measured: bool

    def __init__(self, nominal_hz: float) -> None:
        raise NotImplementedError

    def place(self, n: int, last: DeviceNs) -> Placed:
        """Time a frame of n samples, the last of them at device time `last`."""
        raise NotImplementedError

    def reset(self) -> None:
        """Start a new run (clock reset, stream restarted); the learned rate is kept."""
        raise NotImplementedError
