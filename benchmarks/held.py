"""Simulated people who raise a leg, or bend, and hold it, and what the estimator of holds says of them.

A phone of usual noise sends 5 messages a second; the estimator is asked 4 times a second, as in a session.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import msgspec
import numpy as np

from tidehold.estimators.hold import HoldEstimator
from tidehold.estimators.imu_grid import RATE_HZ
from tidehold.records import Estimate, Hold, HostNs, Output, Sample, Times, Values
from tidehold.units import NS, STANDARD_GRAVITY
from tidehold_simulators.limbs import STILL_S, Limb
from tidehold_simulators.scenario import Placement, Pose

MOVE_S: Final = 1.5
RAISED_S: Final = STILL_S + MOVE_S
SETTLED_S: Final = RAISED_S + MOVE_S
MESSAGE_S: Final = 0.2
TICK_S: Final = 0.25
BREATH_HZ: Final = 0.2
SLIP_AT_S: Final = 12.0


class Kind(NamedTuple):
    """A kind of person: the pose that is held, for how long, where the phone is, and what is lost of its samples."""

    hold_s: float
    pose: Pose
    placement: Placement = "shin"
    lost_s: tuple[float, float] = (0.0, 0.0)
    breathes: bool = False


def _leg(hold_s: float, pose: Pose | None = None) -> Kind:
    pose = pose or Pose()
    return Kind(hold_s, msgspec.structs.replace(pose, seconds=MOVE_S + hold_s, angle_deg=40.0, move_s=MOVE_S))


def _trunk(hold_s: float, *, breathes: bool) -> Kind:
    pose = Pose(segment="trunk", seconds=MOVE_S + hold_s, angle_deg=30.0, move_s=MOVE_S, sway_deg=0.2)
    return Kind(hold_s, pose, "breastbone", breathes=breathes)


TREMOR_DEG: Final = 0.3 * math.sqrt(2) / (2 * math.pi * 8.0)
"""Amplitude of 8 Hz that is 0.3 deg/s RMS."""
KINDS: Final = {
    "still": _leg(60, Pose(sway_deg=0.05)),
    "sway": _leg(60, Pose(sway_deg=1.0)),
    "drift 3 deg/min": _leg(60, Pose(drift_deg_per_min=3.0)),
    "drift 3 deg in 3 min": _leg(180, Pose(drift_deg_per_min=1.0, sway_deg=0.2)),
    "no drift in 3 min": _leg(180, Pose(sway_deg=0.2)),
    "tremor": _leg(30, Pose(tremor_deg=TREMOR_DEG, tremor_hz=8.0)),
    "slip 2 deg": _leg(30, Pose(slip_deg=2.0, slip_s=SLIP_AT_S)),
    "slip 5 deg": _leg(30, Pose(slip_deg=5.0, slip_s=SLIP_AT_S)),
    "slip 10 deg": _leg(30, Pose(slip_deg=-10.0, slip_s=SLIP_AT_S)),
    "early release": _leg(11),
    "breathing on top": _trunk(60, breathes=True),
    "no breathing": _trunk(60, breathes=False),
    "never still": _leg(40, Pose(sway_deg=8.0)),
    "samples lost": _leg(40)._replace(lost_s=(20.0, 21.2)),
    "stream broken": _leg(40)._replace(lost_s=(20.0, 25.0)),
}


class Person(NamedTuple):
    """Someone of a kind with a phone: its samples at `times` (n,) ns, and the person's true direction of "up" then."""

    kind: Kind
    times: Times
    acc: Values
    gyr: Values
    up: Values
    tick_s: float
    """When the session's ticks come, from each quarter of a second on."""


class Course(NamedTuple):
    """What came of a person: all that was said live, and the estimates each second."""

    live: list[Output]
    estimates: list[tuple[Estimate, ...]]
    hold_s: float

    @property
    def holds(self) -> list[Hold]:
        """Those between raising and letting down."""
        return [
            each
            for each in self.live
            if isinstance(each, Hold) and (RAISED_S + 0.5) * NS < each.start < (SETTLED_S + self.hold_s) * NS
        ]


def person(kind: Kind, seed: int) -> Person:
    """A seeded one, with a phone as noisy as most."""
    dice = np.random.default_rng(seed)
    breath_phase = dice.uniform(0, 2 * math.pi)
    lying = Pose(segment=kind.pose.segment, seconds=MOVE_S, move_s=MOVE_S)
    home = Pose(segment=kind.pose.segment, move_s=MOVE_S)

    def breath(t: Values) -> Values:
        volume: Values = 0.5 + 0.5 * np.sin(2 * math.pi * BREATH_HZ * t + breath_phase) * kind.breathes
        return volume

    body = Limb(kind.placement, (lying, kind.pose, home), dice, breath)
    n = np.arange(int((SETTLED_S + kind.hold_s + 5) * RATE_HZ))
    t = (n + 0.01 * np.clip(dice.standard_normal(len(n)), -3, 3)) / (1.001 * RATE_HZ)
    seen, up = body.motion(t), body.gravity(t) / STANDARD_GRAVITY
    bias = dice.standard_normal(3)
    gyr = seen.gyr + np.radians(0.1 * bias / np.linalg.norm(bias) + 0.05 * dice.standard_normal((len(t), 3)))
    acc = seen.acc + 0.02 * dice.standard_normal((len(t), 3))
    kept = (t < kind.lost_s[0]) | (t >= kind.lost_s[1])
    return Person(
        kind, np.rint(t[kept] * NS).astype(np.int64), acc[kept], gyr[kept], up[kept], float(dice.uniform(0, TICK_S))
    )


def course(one: Person, message_s: float = MESSAGE_S) -> Course:
    """Live, as in a session: whole messages, each 20 ms late, and four ticks a second."""
    estimator = HoldEstimator("phone", one.kind.placement)
    estimator.breathing(60 * BREATH_HZ if one.kind.breathes else None)
    message = one.times // round(message_s * NS)
    cuts = [0, *(np.flatnonzero(np.diff(message)) + 1).tolist(), len(message)]
    arrivals = [(int(message[cut]) + 1) * message_s + 0.02 for cut in cuts[:-1]]
    live: list[Output] = []
    estimates: list[tuple[Estimate, ...]] = []
    told, tick, now = 0, 0, HostNs(0)
    while told < len(arrivals):
        tick += 1
        now = HostNs(round((tick * TICK_S + one.tick_s) * NS))
        while told < len(arrivals) and arrivals[told] * NS <= now:
            part = slice(cuts[told], cuts[told + 1])
            estimator.update(Sample(now, "phone/acc", one.times[part], one.acc[part]))
            estimator.update(Sample(now, "phone/gyr", one.times[part], one.gyr[part]))
            told += 1
        live += estimator.live(now)
        if tick % 4 == 0:
            estimates.append(estimator.estimate(now))
    return Course([*live, *estimator.close(now)], estimates, one.kind.hold_s)
