"""The micro:bit as a function of time: when its accelerometer measures, and what.

It knows no radio; how often it is asked changes no byte.
"""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np

from tidehold_simulators.limbs import GRAVITY_M_S2, Motion
from tidehold_simulators.scenario import Placement
from tidehold_simulators.signals import Floats, Noise

PERIODS_MS: Final = (1, 2, 5, 10, 20, 80, 160, 640)
"""Periods that the service allows (micro:bit Bluetooth profile, accelerometer period)."""
USUAL_PERIOD_MS: Final = 20
"""What a micro:bit begins with."""
COUNTS_PER_G: Final = 1024
"""The firmware's "millig (approx)": MMA8653 and LSM303Accelerometer of microbit-dal and codal-core."""

_RANGE_COUNTS: Final = (-2 * COUNTS_PER_G, 2 * COUNTS_PER_G - 1)
_STEP_COUNTS: Final = 4
"""10 bits over +-2 g: LSM303AGR in its normal mode."""
_NOISE_COUNTS: Final = 2.0
"""Of a sensor with 0.2 mg per root Hz, and what the board adds."""
_DRIFT_PPM: Final = 40.0
"""How much too slow its crystal makes it."""


class Moving(Protocol):
    """A body that something can be strapped to."""

    def motion(self, placement: Placement, t: Floats) -> Motion:
        """What perfect sensors at `placement` feel at `t` (n,), s."""
        ...


class Microbit:
    """A micro:bit on a limb, from the body's birth (t = 0) on.

    Args:
        body: Whose limb.
        placement: Which limb.
        seed: Of the sensor's noise.
    """

    def __init__(self, body: Moving, placement: Placement, seed: int) -> None:
        self._body = body
        self._placement = placement
        self._noise = tuple(Noise(np.random.default_rng((seed, 6, axis))) for axis in range(3))
        self._period_ms = USUAL_PERIOD_MS
        self._start_s = 0.0
        """Since when it has had its period."""
        self._count = 0
        """Samples since then."""
        self.t_s = 0.0
        """How far it has got."""

    @property
    def period_ms(self) -> int:
        """From one sample to the next, by its own clock."""
        return self._period_ms

    def set_period(self, period_ms: int) -> None:
        """Measure every `period_ms` from now on.

        Raises:
            ValueError: The service does not allow it. (A real one may take the nearest that it does.)
        """
        if period_ms not in PERIODS_MS:
            raise ValueError(f"expected a period of {', '.join(map(str, PERIODS_MS))} ms, found {period_ms}")
        self._period_ms, self._start_s, self._count = period_ms, self.t_s, 0

    def due(self, until_s: float) -> Floats:
        """Times (n,) of the samples after `t_s` up to `until_s`, s; nothing is measured yet."""
        self.t_s = max(self.t_s, until_s)
        before, self._count = self._count, int((self.t_s - self._start_s) / self._true_period_s)
        return self._start_s + self._true_period_s * np.arange(before + 1, self._count + 1, dtype=np.float64)

    def measured(self, t: Floats) -> list[bytes]:
        """What the accelerometer says at `t` (n,), s: x, y, z as signed 16-bit numbers, of a 1024th of g.

        Each axis has the sign that is opposite to the specific force's: lying on its back, z is -1024.
        """
        noise = np.stack([noise(t) for noise in self._noise], axis=1)
        counts = -self._body.motion(self._placement, t).acc * COUNTS_PER_G / GRAVITY_M_S2 + _NOISE_COUNTS * noise
        stepped = _STEP_COUNTS * np.rint(counts / _STEP_COUNTS)
        return [row.tobytes() for row in np.clip(stepped, *_RANGE_COUNTS).astype("<i2")]

    def latest(self) -> bytes:
        """The last sample, for who reads it."""
        return self.measured(np.array([self._start_s + self._true_period_s * self._count]))[0]

    @property
    def _true_period_s(self) -> float:
        return self._period_ms / 1e3 * (1 + _DRIFT_PPM / 1e6)
