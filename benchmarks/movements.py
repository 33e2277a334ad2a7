"""Movements of known truth: repetitions, straight-leg raises and walks of simulated people, for `benchmarks.holds`.

The people are those of `tidehold_simulators.limbs`, with a phone of usual noise that is strapped on at a slant of up to
a right angle about any axis. What is measured goes the way of a session: messages of 0.2 s through `Posture`, its cells
to the counter, the test of the leg or the gait.

Beside it, on the same samples, imufusion's direction of "up" in the place of ours, and plain ways: repetitions as
crossings of two levels by the acceleration's axis that changes most, the leg's angle as Euler's pitch of the phone's
long axis, and steps as crossings of the mean by the acceleration's magnitude.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple
from unittest.mock import patch

import numpy as np

from benchmarks.imu_peers import Fusion
from benchmarks.lines import Line, within, worst
from tidehold.estimators.gait import GaitCheck
from tidehold.estimators.imu_grid import RATE_HZ
from tidehold.estimators.leg_raise import LegRaise
from tidehold.estimators.posture import Moment, Posed, Posture
from tidehold.estimators.repetitions import RepetitionCounter
from tidehold.records import HostNs, Sample, Times, Values
from tidehold.units import NS
from tidehold_simulators.limbs import STILL_S, Limb
from tidehold_simulators.scenario import Placement, Pose

MESSAGE: Final = 20
SLANTS_DEG: Final = (0.0, 20.0, 40.0, 60.0, 90.0)
WALK_S: Final = 120.0
CADENCE_SPM: Final = 1.0
ASYMMETRY: Final = 0.02
LEG_DEG: Final = 1.0
RAISES: Final = 3


class Moved(NamedTuple):
    """What a phone (n samples at 100 Hz) felt of one person: `times` ns, `acc` m/s^2, `gyr` rad/s."""

    times: Times
    acc: Values
    gyr: Values


class RepetitionSet(NamedTuple):
    """A set of so many repetitions."""

    moved: Moved
    done: int


class Raises(NamedTuple):
    """Three raises of a leg from lying, and the best of them, deg."""

    moved: Moved
    best_deg: float


class Walked(NamedTuple):
    """Two minutes of walking."""

    moved: Moved
    cadence_spm: float
    asymmetry: float


def felt(poses: Sequence[Pose], placement: Placement, dice: np.random.Generator, slant_deg: float) -> Moved:
    """What a phone of usual noise feels that is turned by so much about an axis of its own."""
    body = Limb(placement, poses, dice, np.zeros_like)
    seconds = STILL_S + sum(pose.seconds or 0.0 for pose in poses)
    n = np.arange(int(seconds * RATE_HZ))
    t = (n + 0.01 * np.clip(dice.standard_normal(len(n)), -3, 3)) / (1.001 * RATE_HZ)
    seen, bias = body.motion(t), dice.standard_normal(3)
    mount = turn(dice.standard_normal(3), slant_deg)
    gyr = seen.gyr + np.radians(0.1 * bias / np.linalg.norm(bias) + 0.05 * dice.standard_normal((len(t), 3)))
    acc = seen.acc + 0.02 * dice.standard_normal((len(t), 3))
    return Moved(np.rint(t * NS).astype(np.int64), acc @ mount.T, gyr @ mount.T)


def turn(axis: Values, degrees: float) -> Values:
    """The rotation (3, 3) about an axis (3,)."""
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    angle = math.radians(degrees)
    return np.asarray(np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross)


def repetition_set(seed: int) -> RepetitionSet:
    """5 to 12 repetitions in a tempo and of a size of the person's own, uneven, with stops and pauses, swaying."""
    dice = np.random.default_rng(seed)
    count = int(dice.integers(5, 13))
    size_deg, move_s = dice.uniform(20, 80), dice.uniform(0.7, 3.0)
    there_s, rest_s = dice.choice([0.05, 0.5, 2.0]), dice.choice([0.05, 0.4, 1.5])
    sway_deg, base_deg = dice.uniform(0.1, 0.6), 0.0

    def to(angle_deg: float, stay_s: float) -> Pose:
        way_s = move_s * dice.uniform(0.8, 1.25)
        return Pose(seconds=way_s + stay_s, move_s=way_s, angle_deg=angle_deg, sway_deg=sway_deg)

    poses = [to(0.0, 1.0)]
    for number in range(count):
        top_deg = base_deg + size_deg * dice.uniform(0.8, 1.2)
        if dice.random() < 0.2:
            poses.append(to(base_deg + dice.uniform(0.35, 0.65) * (top_deg - base_deg), 0.8))
        poses.append(to(top_deg, there_s * dice.uniform(0.7, 1.3)))
        base_deg = dice.uniform(-0.05, 0.1) * size_deg
        pause_s = dice.uniform(4, 10) if dice.random() < 0.15 and number < count - 1 else 0.0
        poses.append(to(base_deg, rest_s * dice.uniform(0.7, 1.3) + pause_s))
    poses.append(to(base_deg, 3.0))
    return RepetitionSet(felt(poses, "shin", dice, dice.uniform(0, 90)), count)


def raises(seed: int, slant_deg: float) -> Raises:
    """A leg that is raised three times to 35 to 95 deg, a little differently each time, from lying still."""
    dice = np.random.default_rng(seed)
    usual_deg = dice.uniform(38, 92)
    tops = usual_deg + dice.uniform(-3, 3, RAISES)
    poses = [Pose(seconds=3.0, move_s=1.0, sway_deg=0.15)]
    for top_deg in tops.tolist():
        up_s, down_s, stay_s = dice.uniform(2, 4), dice.uniform(2, 4), dice.uniform(1.5, 2.5)
        poses.append(Pose(seconds=up_s + stay_s, move_s=up_s, angle_deg=top_deg, sway_deg=0.15))
        poses.append(Pose(seconds=down_s + 4.0, move_s=down_s, sway_deg=0.15))
    return Raises(felt(poses, "shin", dice, slant_deg), float(tops.max()))


def walked(seed: int) -> Walked:
    """Two minutes of walking at 85 to 125 steps/min, one step longer than the other by up to a fifth."""
    dice = np.random.default_rng(seed)
    cadence_spm, asymmetry = dice.uniform(85, 125), dice.uniform(-0.2, 0.2)
    walk = Pose(seconds=WALK_S, move_s=1.0, walk_spm=cadence_spm, walk_asymmetry=asymmetry, sway_deg=0.5)
    poses = [Pose(seconds=2.0, move_s=1.0), walk, Pose(seconds=3.0, move_s=1.0)]
    return Walked(felt(poses, "thigh", dice, dice.uniform(0, 90)), cadence_spm, abs(asymmetry))


def samples(moved: Moved, source: str = "phone") -> Iterator[Sample]:
    """Its messages, as the fold hands them on."""
    for start in range(0, len(moved.times), MESSAGE):
        part = slice(start, start + MESSAGE)
        now = HostNs(int(moved.times[part][-1]))
        yield Sample(now, f"{source}/acc", moved.times[part], moved.acc[part])
        yield Sample(now, f"{source}/gyr", moved.times[part], moved.gyr[part])


def moments(moved: Moved) -> list[Moment]:
    """What the counter and the test of the leg go by."""
    return [moment for each in posed(moved) for moment in each.moments]


def posed(moved: Moved) -> list[Posed]:
    """What `Posture` makes of it, once a second."""
    heard: list[Posed] = []
    posture = Posture("phone")
    posture.follow(heard.append)
    for number, sample in enumerate(samples(moved)):
        posture.update(sample)
        if number % 10 == 9:
            posture.advance()
    posture.advance()
    return heard


def counted(one: RepetitionSet) -> int:
    counter = RepetitionCounter()
    counter.add(moments(one.moved))
    return counter.found().done


def measured(one: Raises) -> float | None:
    """The best of three, deg; None unless all three count."""
    test = LegRaise("left")
    test.add(moments(one.moved))
    found = test.found()
    return found.angle_deg if test.done else None


def strode(one: Walked) -> tuple[float | None, float | None]:
    """Cadence, steps/min, and asymmetry."""
    gait = GaitCheck()
    for each in posed(one.moved):
        gait.add(each.stretch)
    found = gait.found(RATE_HZ)
    return found.cadence_spm, found.step_asymmetry


def crossings(values: Values, low: float, high: float) -> list[int]:
    """Where values (n,) come to exceed `high` after they were below `low`."""
    found: list[int] = []
    below = True
    for place, value in enumerate(values.tolist()):
        if below and value > high:
            found.append(place)
            below = False
        below = below or value < low
    return found


def crossings_of_one_axis(one: RepetitionSet) -> int:
    """Repetitions by the acceleration alone: the axis that changes most, smoothed, past two thirds of its range."""
    smooth = np.stack([np.convolve(axis, np.ones(50) / 50, "valid") for axis in one.moved.acc.T])
    axis = smooth[int(np.ptp(smooth, axis=1).argmax())]
    axis = axis if axis[0] < (axis.min() + axis.max()) / 2 else -axis
    least, extent = float(axis.min()), float(np.ptp(axis))
    return len(crossings(axis, least + extent / 3, least + 2 * extent / 3))


def pitch_deg(one: Raises) -> float:
    """The leg's angle by Euler's pitch of the phone's long axis, from lying: the largest mean of half a second."""
    pitch = np.degrees(np.arctan2(one.moved.acc[:, 0], np.hypot(one.moved.acc[:, 1], one.moved.acc[:, 2])))
    smooth = np.convolve(pitch, np.ones(50) / 50, "valid")
    return float(np.abs(smooth - smooth[:200].mean()).max())


def crossings_of_magnitude(one: Walked) -> float:
    """Steps/min by the acceleration's magnitude alone, smoothed over a quarter of a second."""
    magnitude = np.linalg.norm(one.moved.acc, axis=1)
    inside = (one.moved.times > 6 * NS) & (one.moved.times < (WALK_S + 4) * NS)
    smooth = np.convolve(magnitude[inside], np.ones(25) / 25, "valid")
    middle, deviation = float(smooth.mean()), float(smooth.std())
    steps = crossings(smooth, middle - deviation / 4, middle + deviation / 4)
    return 60 * RATE_HZ * (len(steps) - 1) / (steps[-1] - steps[0])


def lines(people: int, first: int) -> Iterator[Line]:
    """What is measured of the movements, beside the plain ways."""
    sets = [repetition_set(first + number) for number in range(people)]

    def exact(count: Callable[[RepetitionSet], int]) -> int:
        return sum(count(one) == one.done for one in sets)

    right = exact(counted)
    with patch("tidehold.estimators.posture.Attitude", Fusion):
        theirs = exact(counted)
    yield Line(
        "repetitions: sets of 5-12 counted exactly",
        f"{right} of {people}",
        (f"{theirs} of {people}", f"{exact(crossings_of_one_axis)} of {people}"),
        "all",
        right == people,
    )
    for slant_deg in SLANTS_DEG:
        legs = [raises(first + number, slant_deg) for number in range(people)]
        truth = [one.best_deg for one in legs]
        off, euler = errors([measured(one) for one in legs], truth), errors([pitch_deg(one) for one in legs], truth)
        with patch("tidehold.estimators.posture.Attitude", Fusion):
            fused = errors([measured(one) for one in legs], truth)
        yield Line(
            f"leg raise, phone turned {slant_deg:.0f} deg: off, deg",
            worst(off, people),
            (worst(fused, people), worst(euler, people)),
            f"{LEG_DEG:g}",
            within(off, people, LEG_DEG),
        )
    walks = [walked(first + number) for number in range(people)]
    strides = [strode(one) for one in walks]
    cadence = errors([spm for spm, _ in strides], [one.cadence_spm for one in walks])
    plain = errors([crossings_of_magnitude(one) for one in walks], [one.cadence_spm for one in walks])
    yield Line(
        "walk of 2 min: cadence off, steps/min",
        worst(cadence, people),
        ("", worst(plain, people)),
        f"{CADENCE_SPM:g}",
        within(cadence, people, CADENCE_SPM),
    )
    uneven = errors([unlike for _, unlike in strides], [one.asymmetry for one in walks])
    yield Line(
        "walk of 2 min: asymmetry off, points",
        worst([100 * each for each in uneven], people),
        (),
        f"{100 * ASYMMETRY:g}",
        within(uneven, people, ASYMMETRY),
    )


def errors(values: Sequence[float | None], truth: Sequence[float]) -> list[float]:
    """How far off those are that are known."""
    return [abs(value - true) for value, true in zip(values, truth, strict=True) if value is not None]
