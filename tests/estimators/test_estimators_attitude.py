from __future__ import annotations

import numpy as np
import pytest
from vqf import PyVQF, offlineVQF

from tests.estimators.limbs import angle_deg, limb, raised, still, waved
from tidehold.estimators.attitude import Attitude
from tidehold.records import Values
from tidehold.units import NS


def up_of(quaternions: Values) -> Values:
    """Third row of the rotation matrix."""
    w, x, y, z = quaternions.T
    return np.stack((2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z), axis=1)


@pytest.mark.parametrize("degrees", [20, 45, 90, 170])
@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 1, 0), (1, -2, 0.5)])
def test_up_is_found_while_turning_and_after(degrees: float, axis: tuple[float, float, float]) -> None:
    one = limb(raised(degrees), 10, axis=axis)
    up, _ = Attitude().update(one.acc.values, one.gyr.values)
    truth = one.up_at(one.acc.times / NS)
    assert angle_deg(up, truth)[50:].max() < 0.8  # 170 deg in 2 s are 160 deg/s
    assert angle_deg(up, truth)[720:].max() < 0.5
    assert np.abs(np.linalg.norm(up, axis=1) - 1).max() < 1e-12


def test_the_same_as_the_authors_python_version() -> None:
    one = limb(waved(40, 0.3), 12, bias_deg_s=(0.3, -0.2, 0.4))
    witness = PyVQF(0.01).updateBatch(one.gyr.values, one.acc.values)
    up, turning = Attitude().update(one.acc.values, one.gyr.values)
    assert angle_deg(up, up_of(witness["quat6D"])).max() < 1e-5
    assert turning == pytest.approx(one.gyr.values - witness["bias"], abs=1e-9)


def test_close_to_the_authors_offline_version_that_knows_the_future() -> None:
    one = limb(waved(40, 0.3, 5, 25), 30, bias_deg_s=(0.3, -0.2, 0.4))
    witness = offlineVQF(one.gyr.values, one.acc.values, None, 0.01)
    up, _ = Attitude().update(one.acc.values, one.gyr.values)
    assert angle_deg(up, up_of(witness["quat6D"]))[200:].max() < 0.5


def test_a_constant_rate_error_is_known_after_half_a_minute_of_rest() -> None:
    one = limb(still, 32, bias_deg_s=(0.5, -0.5, 0.5))
    _, turning = Attitude().update(one.acc.values, one.gyr.values)
    before, after = (np.degrees(part.mean(axis=0)) for part in (turning[:50], turning[3000:]))
    assert np.abs(before).min() > 0.3
    assert np.abs(after).max() < 0.03


@pytest.mark.parametrize("size", [1, 7, 100])
@pytest.mark.parametrize("gyroscope", [True, False])
def test_how_samples_are_cut_does_not_change_a_bit(size: int, gyroscope: bool) -> None:
    one = limb(raised(45), 8)
    gyr = one.gyr.values if gyroscope else None
    whole = Attitude(gyroscope=gyroscope).update(one.acc.values, gyr)
    apart = Attitude(gyroscope=gyroscope)
    parts = [
        apart.update(one.acc.values[i : i + size], None if gyr is None else gyr[i : i + size])
        for i in range(0, len(one.acc.values), size)
    ]
    for place in (0, 1):
        assert np.array_equal(np.concatenate([part[place] for part in parts]), whole[place])


def test_without_a_gyroscope_it_is_the_direction_of_acceleration_low_passed_at_1_hz() -> None:
    """A sinusoid of 1 Hz comes out at 0.707 of its size, one of 0.1 Hz whole, one of 10 Hz not at all."""
    t = np.arange(3000) / 100
    for hertz, gain in ((0.1, 1.0), (1.0, 0.7071), (10.0, 0.0)):
        acc = np.stack((0.1 * np.sin(2 * np.pi * hertz * t), np.zeros_like(t), np.full_like(t, 9.81)), axis=1)
        up, turning = Attitude(gyroscope=False).update(acc, None)
        tilted = (up[1000:, 0] / up[1000:, 2]).max() * 9.81 / 0.1
        assert tilted == pytest.approx(gain, abs=0.015)
        assert not turning.any()


@pytest.mark.parametrize("value", [0.0, 1e-300, 156.9, -1e4])
@pytest.mark.parametrize("gyroscope", [True, False])
def test_nothing_breaks_on_free_fall_or_saturation(value: float, gyroscope: bool) -> None:
    acc = np.full((500, 3), value)
    gyr = np.full((500, 3), min(value, 1e3)) if gyroscope else None
    up, turning = Attitude(gyroscope=gyroscope).update(acc, gyr)
    assert np.isfinite(up).all()
    assert np.isfinite(turning).all()
