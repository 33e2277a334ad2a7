"""A walk has the cadence and asymmetry that it is said to have."""

import numpy as np
import pytest

from tidehold_simulators.gait import Gait, gait


@pytest.mark.parametrize(("spm", "asymmetry"), [(90.0, 0.0), (115.0, 0.08), (100.0, -0.2)])
def test_cadence_and_asymmetry_are_exact(spm: float, asymmetry: float) -> None:
    walk = Gait(12.3, 132.3, spm, asymmetry)
    strides = np.diff(walk.own)
    assert 120 / strides.mean() == pytest.approx(spm)
    own, other = walk.other - walk.own[:-1], walk.own[1:] - walk.other
    assert (2 * (own - other) / (own + other)).mean() == pytest.approx(asymmetry)
    assert 0.01 < strides.std() / strides.mean() < 0.03
    assert walk.own[-1] < 132.3001


def test_the_swing_is_smooth_forwards_and_back_once_a_stride() -> None:
    walk = Gait(10.0, 70.0, 110.0, 0.05)
    t = np.arange(5, 75, 0.001)
    swing = np.degrees(walk.swing_rad(t))
    assert swing.max() - swing.min() == pytest.approx(42, abs=0.5)
    rate = np.diff(swing) / 0.001
    assert np.abs(np.diff(rate)).max() / 0.001 < 6000  # deg/s^2: no kinks
    inside = swing[(t > walk.own[1]) & (t < walk.own[-2])]
    ups = int(((inside[:-1] < 0) & (inside[1:] >= 0)).sum())
    assert ups == pytest.approx(len(walk.other) - 2, abs=1)
    assert not swing[(t < 10.0) | (t > walk.own[-1])].any()


def test_each_heel_jolts_and_nothing_does_after_the_walk() -> None:
    walk = Gait(10.0, 40.0, 100.0, 0.0)
    t = np.arange(5, 60, 0.001)
    jolts = walk.jolts(t)
    for heel, least in ((walk.own[3:-3], 5.0), (walk.other[3:-3], 2.0)):
        for at in heel:
            near = (t > at) & (t < at + 0.04)
            assert np.ptp(jolts[near]) > least
    assert not jolts[t > walk.own[-1] + 1].any()
    assert not jolts[t < 10.0].any()


def test_the_same_walk_is_the_same_object_and_others_differ() -> None:
    assert gait(3.0, 20.0, 100.0, 0.0) is gait(3.0, 20.0, 100.0, 0.0)
    assert not np.array_equal(np.diff(gait(3.0, 20.0, 100.0, 0.0).own), np.diff(gait(4.0, 21.0, 100.0, 0.0).own))
