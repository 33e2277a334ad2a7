"""What others make of the same IMU, for `benchmarks.orientation` and `benchmarks.holds`.

imufusion (x-io's filter, no magnetometer) says where "up" is, the acceleration alone does through a low-pass of 1 Hz,
and the magnitude of the acceleration alone says when something is still.
"""

from __future__ import annotations

from typing import Final

import imufusion
import numpy as np

from tidehold.estimators.attitude import Attitude
from tidehold.estimators.imu_grid import RATE_HZ
from tidehold.records import Times, Values
from tidehold.units import NS, STANDARD_GRAVITY

STEADY_SHARE: Final = 0.03
LEAST_S: Final = 1.5


STEADIER_GAIN: Final = 0.1
"""The best of 0.02, 0.05, 0.1, 0.2 and 0.5 while the sensors of BROAD move: chosen on what it is measured with."""


class Fusion:
    """imufusion's direction of "up", with its own estimate of the gyroscope's bias, in the place of `Attitude`.

    Args:
        gyroscope: There must be one.
        gain: How much the acceleration counts; imufusion's own is 0.5.
    """

    def __init__(self, *, gyroscope: bool = True, gain: float = 0.5) -> None:
        assert gyroscope
        self._ahrs, self._bias = imufusion.Ahrs(), imufusion.Bias()
        settings, bias_settings = imufusion.AhrsSettings(), imufusion.BiasSettings()
        settings.sample_rate = bias_settings.sample_rate = RATE_HZ
        settings.gain, settings.acceleration_rejection, settings.rejection_timeout = gain, 10.0, 5.0
        self._ahrs.set_settings(settings)
        self._bias.set_settings(bias_settings)

    def update(self, acc: Values, gyr: Values) -> tuple[Values, Values]:
        """Unit vectors (n, 3) towards "up" of samples (n, 3) at 100 Hz, m/s^2 and rad/s; and the rates as they are."""
        ups = np.empty_like(acc)
        for number, (force, rate) in enumerate(zip(acc / STANDARD_GRAVITY, np.degrees(gyr), strict=True)):
            self._ahrs.update_no_magnetometer(self._bias.update(rate), force)
            ups[number] = self._ahrs.get_gravity()
        return ups, gyr


def fused(acc: Values, gyr: Values) -> Values:
    """Where imufusion says that "up" is (n, 3)."""
    return Fusion().update(acc, gyr)[0]


def fused_steadier(acc: Values, gyr: Values) -> Values:
    """The same with a lower gain."""
    return Fusion(gain=STEADIER_GAIN).update(acc, gyr)[0]


def low_passed(acc: Values, gyr: Values) -> Values:
    """Where the acceleration (n, 3) alone, through a Butterworth low-pass of 1 Hz, says that "up" is (n, 3)."""
    del gyr
    return Attitude(gyroscope=False).update(acc, None)[0]


def by_magnitude(times: Times, acc: Values) -> list[tuple[float, float]]:
    """Stretches (start, end), s, of at least 1.5 s in which the magnitude of acceleration is steady."""
    magnitude = np.sqrt((acc * acc).sum(axis=1)) / STANDARD_GRAVITY
    sums, squares = (np.concatenate(([0.0], np.cumsum(each))) for each in (magnitude, magnitude**2))
    mean, square = ((each[RATE_HZ:] - each[:-RATE_HZ]) / RATE_HZ for each in (sums, squares))
    steady = np.concatenate((np.zeros(RATE_HZ - 1, bool), np.sqrt(np.maximum(0, square - mean**2)) < STEADY_SHARE))
    edges = np.flatnonzero(np.diff(np.concatenate(([False], steady, [False])).astype(int))).reshape(-1, 2)
    seconds = times / NS
    found = [(float(seconds[max(0, a - RATE_HZ)]), float(seconds[b - 1])) for a, b in edges.tolist()]
    return [(start, end) for start, end in found if end - start >= LEAST_S]
