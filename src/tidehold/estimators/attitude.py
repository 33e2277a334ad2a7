"""Which way is up, seen from the sensor, by VQF (Laidig and Seel 2023) without a magnetometer.

The magnetometer would tell the heading, which nobody asks for, and those of phones are disturbed.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from vqf import VQF

from tidehold.estimators.imu_grid import RATE_HZ
from tidehold.records import Values

_CUTOFF_HZ: Final = 1.0
"""Of the low-pass that alone tells gravity where there is no gyroscope."""
_TAU_S: Final = math.sqrt(2) / (2 * math.pi * _CUTOFF_HZ)
"""VQF's time constant of its second-order Butterworth filter with that cut-off."""


class Attitude:
    """Direction of "up" in the sensor's frame from samples at 100 Hz; one for each stretch without a break.

    Without a gyroscope VQF is given the angular rate 0: then its direction is
    that of the acceleration through its own low-pass filter, here of 1 Hz.

    Args:
        gyroscope: Whether there is one.
    """

    def __init__(self, *, gyroscope: bool = True) -> None:
        if gyroscope:
            self._filter = VQF(1 / RATE_HZ)
        else:
            self._filter = VQF(1 / RATE_HZ, tauAcc=_TAU_S, motionBiasEstEnabled=False, restBiasEstEnabled=False)

    def update(self, acc: Values, gyr: Values | None) -> tuple[Values, Values]:
        """Unit vectors (n, 3) towards "up", and angular rates (n, 3) rad/s freed of the bias known by then.

        Args:
            acc: Specific force (n, 3) m/s^2.
            gyr: Angular rate (n, 3) rad/s; None without a gyroscope.
        """
        turning = np.zeros_like(acc) if gyr is None else np.ascontiguousarray(gyr)
        said = self._filter.updateBatch(turning, np.ascontiguousarray(acc))
        quaternion = said["quat6D"]
        twice = quaternion + quaternion
        cosine, across = quaternion[:, :1], twice[:, 1:3]
        up = twice[:, 1:] * quaternion[:, 3:]
        turned = across * cosine
        up[:, 0] -= turned[:, 1]
        up[:, 1] += turned[:, 0]
        across *= quaternion[:, 1:3]
        np.subtract(1.0, across[:, 0] + across[:, 1], out=up[:, 2])
        return up, turning - said["bias"] if gyr is not None else turning
