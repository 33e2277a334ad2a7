"""The closed table of units, and the three clocks. SI inside; every stream names one of these.

A quantity that is not SI by custom (beats per minute, millisecond HRV figures)
carries its unit in its name instead: `hr_bpm`, `rmssd_ms`.
"""

from __future__ import annotations

from typing import Final, Literal, NewType, get_args

Unit = Literal["s", "V", "m/s^2", "rad/s", "J", "1/min", "1"]

UNITS: Final[tuple[str, ...]] = get_args(Unit)

STANDARD_GRAVITY: Final = 9.80665
"""m/s^2 per g (CGPM 1901)."""

RR_TICKS_PER_S: Final = 1024
"""Resolution of RR intervals on the wire (Heart Rate Service 1.0, 3.1.1.4)."""

NS: Final = 1_000_000_000
"""Nanoseconds per second."""
DAY_NS: Final = 86_400 * NS

HostNs = NewType("HostNs", int)
"""Session clock: 0 at the start of the session, counts through suspend."""
DeviceNs = NewType("DeviceNs", int)
"""A device's own clock: any epoch, may drift, may reset."""
UnixNs = NewType("UnixNs", int)
"""Wall clock, nanoseconds since 1970-01-01Z: only in headers and phone payloads."""
