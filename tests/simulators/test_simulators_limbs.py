"""Limbs move as their poses say, and what the phone on them feels belongs together."""

import math

import msgspec
import numpy as np
import pytest

from tidehold_simulators.limbs import GRAVITY_M_S2, STILL_S, Limb, poses, tap_jolt
from tidehold_simulators.scenario import Placement, Pose, Segment, Tap
from tidehold_simulators.signals import Floats

STILL = Pose(sway_deg=0.0)
BUSY = (
    Pose(seconds=9, angle_deg=-20, sway_deg=1.0),
    Pose(seconds=12, angle_deg=100, sway_deg=3.0, move_s=2, drift_deg_per_min=30, slip_deg=8, slip_s=6),
    Pose(seconds=10, angle_deg=40, tremor_deg=0.4, tremor_hz=11, yaw_deg=25, roll_deg=-8),
    Pose(seconds=12, angle_deg=-30, circles=2, circle_s=3),
    Pose(seconds=8, angle_deg=80, walk_spm=110, walk_asymmetry=0.1),
)


def limb(*listed: Pose, placement: Placement = "shin", seed: int = 1) -> Limb:
    return Limb(placement, listed, np.random.default_rng(seed), lambda t: np.sin(t / 3) ** 2)


def times(until_s: float = 70.0, hz: float = 100.0) -> Floats:
    return np.arange(0, until_s, 1 / hz)


def turned(vectors: Floats, rotation: Floats) -> Floats:
    """Vectors (n, 3) by a rotation vector each (Rodrigues)."""
    angle = np.linalg.norm(rotation, axis=1, keepdims=True)
    axis = rotation / np.where(angle > 0, angle, 1)
    along = (axis * vectors).sum(axis=1, keepdims=True) * axis
    end: Floats = along + np.cos(angle) * (vectors - along) + np.sin(angle) * np.cross(axis, vectors)
    return end


@pytest.mark.parametrize("placement", ["shin", "thigh", "breastbone", "belly"])
@pytest.mark.parametrize("segment", ["leg", "trunk"])
def test_gyroscope_turns_gravity_from_each_sample_to_the_next(placement: Placement, segment: Segment) -> None:
    listed = [msgspec.structs.replace(pose, segment=segment) for pose in BUSY]
    body = limb(*listed, placement=placement)
    t, step = times(40, 1000.0), 0.001
    gravity = body.gravity(t)
    np.testing.assert_allclose(np.linalg.norm(gravity, axis=1), GRAVITY_M_S2)
    # Half way between two samples; the vertical, seen from the phone, turns the other way.
    predicted = turned(gravity, -step * body.motion(t + step / 2).gyr)
    error_rad = np.linalg.norm(predicted[:-1] - gravity[1:], axis=1) / GRAVITY_M_S2
    moved_rad = np.linalg.norm(np.diff(gravity, axis=0), axis=1) / GRAVITY_M_S2
    assert error_rad.max() < 2e-7
    if (placement in ("breastbone", "belly")) == (segment == "trunk"):
        assert moved_rad.max() > 1e-3


def test_force_is_gravity_and_the_acceleration_of_a_point_on_the_limb() -> None:
    """A pure rotation in one plane, by hand: r theta'' across, r theta'^2 towards the joint."""
    body = limb(STILL, Pose(angle_deg=90, move_s=2, sway_deg=0.0))
    two = limb(Pose(seconds=2, sway_deg=0.0), Pose(angle_deg=90, move_s=2, sway_deg=0.0))
    t = times(8)
    assert np.ptp(body.tilt_deg(t)) == 0.0, "the first pose without a length is for ever"
    motion, h = two.motion(t), 1e-3
    theta = {step: np.radians(two.tilt_deg(t + step * h)) for step in (-1, 0, 1)}
    rate = (theta[1] - theta[-1]) / (2 * h)
    second = (theta[1] - 2 * theta[0] + theta[-1]) / h**2
    np.testing.assert_allclose(np.linalg.norm(motion.gyr, axis=1), np.abs(rate), atol=1e-4)
    swing = np.linalg.norm(motion.acc - two.gravity(t), axis=1)
    np.testing.assert_allclose(swing, 0.3 * np.hypot(second, rate**2), atol=2e-3)
    assert swing.max() > 0.3
    assert np.radians(90) == pytest.approx(theta[0][-1])


@pytest.mark.parametrize("placement", ["shin", "thigh", "breastbone", "belly"])
def test_asked_in_any_blocks_it_is_the_same(placement: Placement) -> None:
    t = times(120, 37.0)
    whole, parts = limb(*BUSY, placement=placement), limb(*BUSY, placement=placement)
    parts.gravity(np.array([900.0]))
    pieces = [parts.motion(piece) for piece in np.array_split(t, [1, 7, 500, 501, 3000])]
    motion = whole.motion(t)
    np.testing.assert_array_equal(motion.acc, np.concatenate([piece.acc for piece in pieces]))
    np.testing.assert_array_equal(motion.gyr, np.concatenate([piece.gyr for piece in pieces]))
    np.testing.assert_array_equal(whole.tilt_deg(t)[::-1], parts.tilt_deg(t[::-1]))
    assert parts.motion(np.empty(0)).acc.shape == (0, 3)


def test_no_axis_is_special_and_every_seed_straps_it_on_differently() -> None:
    zero = np.zeros(1)
    one, two = (limb(STILL, seed=seed).gravity(zero)[0] for seed in (1, 2))
    assert np.abs(one).min() > 0.05
    assert not np.allclose(one, two)
    lying = [limb(STILL, seed=seed).gravity(zero)[0] for seed in range(20)]
    assert min(each[2] for each in lying) > 0.96 * GRAVITY_M_S2, "on the shin the screen is up, within 15 degrees"
    upright = [limb(STILL, placement="breastbone", seed=seed).gravity(zero)[0] for seed in range(20)]
    assert min(each[1] for each in upright) > 0.96 * GRAVITY_M_S2


def test_a_limb_is_still_at_first_and_then_sways_as_much_as_it_is_told() -> None:
    body = limb(Pose(sway_deg=0.8))
    assert np.abs(body.motion(times(STILL_S)).gyr).max() < 1e-9
    tilt = body.tilt_deg(np.arange(5.0, 900, 0.1))
    assert math.sqrt(np.mean(tilt**2)) == pytest.approx(0.8, rel=0.15)


def test_most_of_a_persons_sway_may_be_slow() -> None:
    body = limb(Pose(sway_deg=0.0, wander_deg=0.5))
    t = np.arange(5.0, 900, 0.1)
    tilt = body.tilt_deg(t)
    assert math.sqrt(np.mean(tilt**2)) == pytest.approx(0.5, rel=0.3)
    assert np.abs(np.diff(tilt)).max() / 0.1 < 0.5
    assert np.degrees(body.posture_rad(t)).std() > 0.2, "the strap on the same trunk wanders with it"


def test_poses_are_reached_kept_and_left_as_they_say() -> None:
    listed = (
        Pose(seconds=20, sway_deg=0.0),
        Pose(seconds=30, angle_deg=45, move_s=2, sway_deg=0.0, drift_deg_per_min=6, slip_deg=-5, slip_s=20),
    )
    body = limb(*listed)
    at = dict(zip((22.9, 24.0, 25.0, 35.0, 43.1, 53.0, 55.0, 74.9), range(8), strict=True))
    tilt = body.tilt_deg(np.array(list(at)))
    assert tilt[at[22.9]] == pytest.approx(0, abs=1e-9)
    assert 20 < tilt[at[24.0]] < 25
    assert tilt[at[25.0]] == pytest.approx(45.2, abs=0.01)
    assert tilt[at[35.0]] == pytest.approx(46.2, abs=0.01)
    assert 41.5 < tilt[at[43.1]] < 47, "it slips"
    assert tilt[at[53.0]] == pytest.approx(43.0, abs=0.01)
    assert tilt[at[55.0]] == pytest.approx(0, abs=0.01)
    spans = poses(listed, 75.0)
    assert [(span.start_s, span.end_s) for span in spans] == [(0, 3), (3, 23), (23, 53), (53, 73), (73, 103)]
    assert spans[2].reached_s == 25.0
    assert poses((STILL,), 1e9)[-1].end_s == math.inf


def test_a_tremor_is_felt_at_its_frequency() -> None:
    body = limb(Pose(tremor_deg=0.5, tremor_hz=9, sway_deg=0.0))
    t = np.arange(5, 25, 0.01)
    power = np.abs(np.fft.rfft(body.motion(t).gyr[:, 1])) ** 2
    assert np.fft.rfftfreq(len(t), 0.01)[power.argmax()] == pytest.approx(9, abs=0.06)
    assert body.tilt_deg(t).max() == pytest.approx(0.5, abs=0.02)


def test_the_breastbone_breathes_and_keeps_out_of_what_the_leg_does() -> None:
    raised = (Pose(seconds=5), Pose(angle_deg=60))
    t = times(40, 20.0)
    assert 0.3 < limb(Pose(sway_deg=0.0, segment="trunk"), placement="breastbone").tilt_deg(t).max() < 0.5
    assert limb(*raised, placement="breastbone").tilt_deg(t).max() < 2
    assert limb(*raised).tilt_deg(t).max() > 58
    assert limb(Pose(seconds=5), Pose(angle_deg=60, segment="trunk"), placement="thigh").tilt_deg(t).max() < 2


def test_three_taps_are_three_spikes() -> None:
    t = np.arange(0, 20, 0.001)
    jolt = tap_jolt((Tap(at_s=10),), t)
    for start in (10.0, 10.5, 11.0):
        near = (t > start) & (t < start + 0.06)
        assert jolt[near].max() > 20
        assert t[near][jolt[near].argmax()] == pytest.approx(start + 0.008, abs=0.002)
        jolt[(t > start) & (t < start + 0.21)] = 0.0
    assert not jolt.any()


def test_it_turns_about_the_vertical_which_only_the_gyroscope_feels() -> None:
    listed = [Pose(seconds=8, segment="trunk", sway_deg=0.0, angle_deg=40, yaw_deg=yaw) for yaw in (0, 25)]
    body = limb(*listed, placement="belly")
    t = times(STILL_S + 16)
    up = body.gravity(t) / GRAVITY_M_S2
    about_up = np.degrees((body.motion(t).gyr * up).sum(axis=1).cumsum() * 0.01)
    assert about_up[-1] - about_up[t < STILL_S + 8][-1] == pytest.approx(25, abs=0.1)
    assert body.yaw_deg(np.array([STILL_S + 7, STILL_S + 15])) == pytest.approx([0, 25])


@pytest.mark.parametrize("angle_deg", [0.0, -60.0])
def test_a_clock_goes_round_so_many_times_and_comes_back(angle_deg: float) -> None:
    listed = (
        Pose(seconds=5, segment="trunk", sway_deg=0.0, angle_deg=angle_deg, breath_tilt=0.0),
        Pose(
            seconds=30,
            segment="trunk",
            sway_deg=0.0,
            angle_deg=angle_deg,
            breath_tilt=0.0,
            circles=5,
            circle_deg=6,
            circle_s=4,
        ),
    )
    body = limb(*listed, placement="belly")
    t = times(STILL_S + 33)
    middle = body.gravity(np.array([7.0]))[0] / GRAVITY_M_S2
    up = body.gravity(t) / GRAVITY_M_S2
    out = np.degrees(np.arccos(np.clip((up * middle).sum(axis=1), -1, 1)))
    turning = (t > STILL_S + 8) & (t < STILL_S + 27)
    assert 5.5 < out[turning].min() < out[turning].max() < 6.5
    assert out[-1] < 1e-6
    first = np.cross(middle, np.cross(up[np.argmax(out > 5.9)], middle))
    first /= np.linalg.norm(first)
    second = np.cross(middle, first)
    hand = np.unwrap(np.arctan2((up * second).sum(axis=1), (up * first).sum(axis=1))[out > 3])
    assert abs(hand[-1] - hand[0]) / (2 * np.pi) == pytest.approx(5, abs=0.1)


def test_walking_jolts_all_of_the_body_and_swings_the_leg() -> None:
    listed = (Pose(seconds=5, angle_deg=90), Pose(seconds=30, angle_deg=90, walk_spm=100), Pose(angle_deg=90))
    leg, trunk = limb(*listed, placement="thigh"), limb(*listed, placement="breastbone")
    t = times(STILL_S + 45)
    walks, stands = (t > STILL_S + 9) & (t < STILL_S + 33), t > STILL_S + 38
    felt = {name: np.linalg.norm(each.motion(t).acc, axis=1) for name, each in (("leg", leg), ("trunk", trunk))}
    assert np.ptp(felt["leg"][walks]) > 5
    assert 2 < np.ptp(felt["trunk"][walks]) < np.ptp(felt["leg"][walks])
    assert np.ptp(felt["leg"][stands]) < 0.1
    assert leg.tilt_deg(t[walks]).max() > 15
    assert trunk.tilt_deg(t[walks]).max() < 5
    assert not trunk.jolts(t[stands]).any()
    assert not limb(*BUSY[:2]).jolts(t).any()
