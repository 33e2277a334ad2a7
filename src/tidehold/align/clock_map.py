"""Device time to session time (in the making: signatures are final)."""

from __future__ import annotations

from tidehold.records import DeviceNs, HostNs, Times


class ClockMap:
    """Maps one device's clock onto the session clock."""

    segment: int
    """Number of the current segment, from 0; grows by one at each reset of the device clock."""
    drift_ppm: float | None
    """How much the device clock runs fast (+) or slow (-); None until known."""
    residual_s: float | None
    """Mean lateness of arrivals above the envelope, s."""
    error_s: float
    """Bound of the error of a mapped time, s; inf before the first frame."""

    def observe(self, device: DeviceNs, arrival: HostNs) -> bool:
        """Learn from a frame: device time of its last sample, arrival. True: the device clock was reset."""
        raise NotImplementedError

    def to_host(self, device: DeviceNs) -> HostNs:
        """Session time of a device time."""
        raise NotImplementedError

    def to_host_times(self, device: Times) -> Times:
        """Session times (n,) of device times (n,), the same figures as `to_host`."""
        raise NotImplementedError
