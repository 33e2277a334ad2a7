"""The closed table of units. SI inside; every stream names one of these.

A quantity that is not SI by custom (beats per minute, millisecond HRV figures)
carries its unit in its name instead: `hr_bpm`, `rmssd_ms`.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

Unit = Literal["s", "V", "m/s^2", "rad/s", "J", "1/min", "1"]

UNITS: Final[tuple[str, ...]] = get_args(Unit)

STANDARD_GRAVITY: Final = 9.80665
"""m/s^2 per g (CGPM 1901)."""

RR_TICKS_PER_S: Final = 1024
"""Resolution of RR intervals on the wire (Heart Rate Service 1.0, 3.1.1.4)."""

NS: Final = 1_000_000_000
"""Nanoseconds per second."""
