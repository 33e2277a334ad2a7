"""The peers see the same samples, and say what is true where it is easy."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("imufusion", reason="not run: imufusion missing")

from benchmarks.imu_peers import Fusion, by_magnitude, fused, fused_steadier, low_passed
from tests.estimators.limbs import Limb, angle_deg, limb, raised, waved


def test_imufusion_takes_the_filters_place() -> None:
    one = limb(raised(30), 20)
    ups, rates = Fusion().update(one.acc.values, one.gyr.values)
    assert rates is one.gyr.values
    assert angle_deg(ups[-1:], one.up_at(one.acc.times / 1e9)[-1:])[0] < 1


def test_a_lower_gain_is_steadier_where_the_sensor_is_shaken() -> None:
    one = limb(waved(20, 0.3), 20, shake=6.0)
    truth = one.up_at(one.acc.times / 1e9)
    off = [angle_deg(up(one.acc.values, one.gyr.values), truth)[500:].mean() for up in (fused, fused_steadier)]
    assert off[1] < off[0]


def test_acceleration_alone_is_right_at_rest_and_late_in_a_movement() -> None:
    one = limb(raised(60), 20)
    off = angle_deg(low_passed(one.acc.values, one.gyr.values), one.up_at(one.acc.times / 1e9))
    assert off[1500:].max() < 1
    assert off[500:700].max() > 5


def test_magnitude_alone_sees_rest_and_shaking() -> None:
    def found(one: Limb) -> list[tuple[float, float]]:
        return by_magnitude(one.acc.times, one.acc.values)

    assert found(limb(raised(60), 20)) == [(0.0, 19.99)]
    shaken = limb(raised(60), 20)
    shaken.acc.values[500:1000] *= 1 + 0.2 * np.sin(np.arange(500))[:, None]
    assert [round(end - start) for start, end in found(shaken)] == [5, 10]
