"""Limbs: how shin, thigh and breastbone move, and what a phone that is strapped to them feels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np

from tidehold_simulators.body_spec import BodySpec, Placement, Pose, Segment, Tap
from tidehold_simulators.gait import Gait, gait
from tidehold_simulators.signals import Floats, Waves

GRAVITY_M_S2: Final = 9.80665
STILL_S: Final = 3.0
"""The body keeps still before its first pose begins."""
TAPS: Final = 3
TAPS_APART_S: Final = 0.5

_LEVER_M: Final = 0.3
"""From the joint to the phone."""
_STEP_S: Final = 2e-4
"""Of the central differences: at the 12 Hz of a tremor they are 4e-5 off."""
_SLIPPING_S: Final = 0.2
_BREATH_DEG: Final[dict[Placement, float]] = {"breastbone": 0.4, "belly": 0.6}
"""How far a breath of depth 1 tilts a phone there; people: 0.1-0.7 degrees."""
_TRUNK_SWINGS: Final = 0.07
"""How much of the leg's swing the trunk makes when walking."""
_TRUNK_FEELS: Final = 0.4
"""How much of a heel's landing comes through to the trunk."""
_CIRCLE_FADE_S: Final = 1.0
"""From the middle out to the first circle, and back from the last."""
_TAP_M_S2: Final = 40.0
_TAP_HZ: Final = 25.0
_TAP_DECAY_S: Final = 0.02


class _Place(NamedTuple):
    """Where a phone is: its axes (columns) in the limb's were it strapped on straight, and two axes of the limb."""

    segment: Segment
    lie: Floats
    along: int
    """From the joint to the phone."""
    across: int
    """Out of the skin."""


_LYING: Final = _Place("leg", np.eye(3), along=0, across=2)
"""Screen up."""
_UPRIGHT: Final = _Place("trunk", np.roll(np.eye(3), 1, axis=0), along=2, across=0)
"""The phone's y up."""
_PLACES: Final[dict[Placement, _Place]] = {
    "shin": _LYING,
    "thigh": _LYING,
    "breastbone": _UPRIGHT,
    "belly": _UPRIGHT,
}
_SKEW_RAD: Final = math.radians(15.0)
"""How far from straight it is, so that no axis is special."""


class Motion(NamedTuple):
    """What perfect sensors in a phone read, in its own axes; lying still, screen up, `acc` is +9.81 on z (Android)."""

    acc: Floats
    """Specific force (n, 3), m/s^2."""
    gyr: Floats
    """Angular velocity (n, 3), rad/s."""


class Span(NamedTuple):
    """One pose as it happens: the limb has got there at `reached_s` and leaves at `end_s`."""

    start_s: float
    reached_s: float
    end_s: float
    pose: Pose


class Limb:
    """One segment of the body, hinged at a joint, with a phone on it.

    Its orientation is a roll about its own long axis, an inclination, and a yaw
    about the vertical. The inclination goes from pose to pose by minimum jerk (Flash & Hogan 1985,
    J Neurosci 5:1688); a pose sways, trembles, drifts and slips as it says. All
    is a function of time: one pose passes into the next as a weighted mean of both.

    Args:
        placement: Where the phone is.
        poses: Of this segment's body.
        rng: For the sway and for how askew the phone is strapped on.
        breath: Volume of the lungs at times (n,), for breastbone and belly.
    """

    def __init__(
        self, placement: Placement, poses: Sequence[Pose], rng: np.random.Generator, breath: Callable[[Floats], Floats]
    ) -> None:
        self._place = _PLACES[placement]
        mine = [pose if pose.segment == self._place.segment else _at_rest(pose) for pose in poses]
        self._spans = _Spans(mine)
        is_trunk = self._place.segment == "trunk"
        self._turns = any(pose.roll_deg or pose.yaw_deg or pose.circles for pose in mine)
        self._walks = any(pose.walk_spm for pose in mine)
        self._swings, self._feels = (_TRUNK_SWINGS, _TRUNK_FEELS) if is_trunk else (1.0, 1.0)
        self._breath_rad = math.radians(_BREATH_DEG.get(placement, 0.0))
        self._breath = breath
        # The inclination, the roll and the yaw; the first two make up the sway of the tilt.
        self._sway = tuple(Waves(rng, sd=math.sqrt(0.5), low_hz=0.03, high_hz=0.6) for _ in range(3))
        self._wanders = any(pose.wander_deg for pose in mine)
        self._mount = self._place.lie @ _turn(rng.standard_normal(3), _SKEW_RAD)
        self._wander = tuple(Waves(rng, sd=math.sqrt(0.5), low_hz=0.005, high_hz=0.06) for _ in range(2))

    def motion(self, t: Floats) -> Motion:
        """What the phone feels (n,) at `t` (n,), s; without taps and heartbeats."""
        before, now, after = (self._angles(t + step) for step in (-_STEP_S, 0.0, _STEP_S))
        rate = (after - before) / (2 * _STEP_S)
        gyr, turning = _angular(now, rate, (after - 2 * now + before) / _STEP_S**2)
        lever = _LEVER_M * np.eye(3)[self._place.along]
        swing = np.cross(turning, lever) + np.cross(gyr, np.cross(gyr, lever))
        weight = GRAVITY_M_S2 + self.jolts(t)[:, np.newaxis] if self._walks else GRAVITY_M_S2
        return Motion(self._seen(weight * _up(now) + swing), self._seen(gyr))

    def gravity(self, t: Floats) -> Floats:
        """What a phone that stood still as it is at `t` (n,) would feel (n, 3), m/s^2."""
        return self._seen(GRAVITY_M_S2 * _up(self._angles(t)))

    def tilt_deg(self, t: Floats) -> Floats:
        """How far gravity at `t` (n,) has turned from where it was at 0 (n,), degrees."""
        up, zero = _up(self._angles(t)), _up(self._angles(np.zeros(1)))
        tilt: Floats = np.degrees(np.arctan2(np.linalg.norm(np.cross(up, zero), axis=1), (up * zero).sum(axis=1)))
        return tilt

    def posture_rad(self, t: Floats) -> Floats:
        """Inclination (n,) that the poses ask for, and its wandering, without any sway."""
        return self._spans.blend(t, _lean) + (self._wandering(t)[0] if self._wanders else 0.0)

    def jolts(self, t: Floats) -> Floats:
        """What walking adds to gravity (n,) at `t` (n,), m/s^2."""
        return self._feels * self._spans.blend(t, _jolts) if self._walks else np.zeros_like(t)

    def yaw_deg(self, t: Floats) -> Floats:
        """How far the poses ask to be turned about the vertical (n,), without any sway, degrees."""
        return np.degrees(self._spans.blend(t, _yaw))

    def breath_tilt(self, t: Floats) -> Floats:
        """How far a breath tilts the chest (n,), 1 = as when upright."""
        return self._spans.blend(t, _breath_tilt)

    def across(self, force: Floats) -> Floats:
        """A specific force (n,) out of the skin, m/s^2, in the phone's axes (n, 3)."""
        return np.outer(force, self._mount[self._place.across])

    def _seen(self, vectors: Floats) -> Floats:
        """Vectors (n, 3) of the limb's axes in the phone's; not by BLAS, which rounds one differently among many."""
        x, y, z = self._mount
        seen: Floats = vectors[:, :1] * x + vectors[:, 1:2] * y + vectors[:, 2:] * z
        return seen

    def _wandering(self, t: Floats) -> Floats:
        """Of inclination and roll (2, n), rad."""
        wander = self._spans.blend(t, _wander)
        return np.stack([wander * wave(t) for wave in self._wander])

    def _angles(self, t: Floats) -> Floats:
        """Inclination, roll and yaw (3, n), rad."""
        sway = self._spans.blend(t, _sway)
        angles = np.stack([sway * wave(t) for wave in self._sway])
        for axis, asks in enumerate((_lean, _roll, _yaw)):
            if axis == 0 or self._turns:
                angles[axis] += self._spans.blend(t, asks)
        if self._wanders:
            angles[:2] += self._wandering(t)
        if self._walks:
            angles[0] += self._swings * self._spans.blend(t, _swing)
        if self._breath_rad:
            angles[0] += self._breath_rad * self.breath_tilt(t) * self._breath(t)
        return angles


class _Spans:
    """Poses laid out in time, as far as anyone has asked; the last that has a length leads back to the first."""

    def __init__(self, poses: Sequence[Pose]) -> None:
        self._poses = poses
        still = Pose(seconds=STILL_S, angle_deg=poses[0].angle_deg, sway_deg=0.0)
        self._spans = [Span(0.0, 0.0, STILL_S, still)]
        self._starts = np.zeros(1)

    def until(self, t_s: float) -> Sequence[Span]:
        """Spans up to past `t_s`."""
        while (start := self._spans[-1].end_s) <= t_s:
            pose = self._poses[(len(self._spans) - 1) % len(self._poses)]
            end = math.inf if pose.seconds is None else start + pose.seconds
            self._spans.append(Span(start, start + pose.move_s, end, pose))
        if len(self._starts) < len(self._spans):
            self._starts = np.array([span.start_s for span in self._spans])
        return self._spans

    def blend(self, t: Floats, asks: Callable[[Span, Floats], Floats]) -> Floats:
        """What the pose at `t` (n,) asks for, and while it is being reached a mean of it and the one before."""
        spans = self.until(float(t.max(initial=0.0)))
        index = np.searchsorted(self._starts, t, "right") - 1
        total = np.empty_like(t)
        for k in np.unique(index):
            mine, span = index == k, spans[max(int(k), 0)]
            part = t[mine]
            asked = asks(span, part)
            if k > 0:
                share = _minimum_jerk((part - span.start_s) / span.pose.move_s)
                asked = share * asked + (1 - share) * asks(spans[int(k) - 1], part)
            total[mine] = asked
        return total


def poses(listed: Sequence[Pose], until_s: float) -> Sequence[Span]:
    """The poses that begin before `until_s`, with when: the truth of every hold; the first is the stillness."""
    return [span for span in _Spans(listed).until(until_s) if span.start_s < until_s]


def poses_of(spec: BodySpec, placement: Placement) -> Sequence[Pose]:
    """What the segment does where a phone is."""
    segment = _PLACES[placement].segment
    alone = spec.leg if segment == "leg" else spec.trunk
    return [msgspec.structs.replace(pose, segment=segment) for pose in alone] or spec.pose


def tap_jolt(taps: Sequence[Tap], t: Floats) -> Floats:
    """What taps add (n,) at `t` (n,), m/s^2: for each a damped ring of 50 ms whose first swing is the largest."""
    total = np.zeros_like(t)
    for tap in taps:
        for number in range(TAPS):
            since = t - tap.at_s - number * TAPS_APART_S
            there = (since > 0) & (since < 10 * _TAP_DECAY_S)
            ring = np.exp(-since[there] / _TAP_DECAY_S) * np.sin(2 * np.pi * _TAP_HZ * since[there])
            total[there] += _TAP_M_S2 * ring
    return total


def _lean(span: Span, t: Floats) -> Floats:
    """Inclination that a pose asks for, rad."""
    pose, into = span.pose, t - span.start_s
    degrees = pose.angle_deg + pose.drift_deg_per_min / 60 * into
    if pose.tremor_deg:
        degrees = degrees + pose.tremor_deg * np.sin(2 * np.pi * pose.tremor_hz * t)
    if pose.slip_s is not None:
        degrees = degrees + pose.slip_deg * _minimum_jerk((into - pose.slip_s) / _SLIPPING_S)
    if pose.circles:
        radius_deg, around = _circle(span, t)
        degrees = degrees + radius_deg * np.cos(around)
    return np.radians(degrees)


def _roll(span: Span, t: Floats) -> Floats:
    """Tilt sideways that a pose asks for, rad."""
    degrees = np.full_like(t, span.pose.roll_deg)
    if span.pose.circles:
        radius_deg, around = _circle(span, t)
        # A roll tilts a limb that leans by less.
        degrees += radius_deg * np.sin(around) / max(0.3, abs(math.cos(math.radians(span.pose.angle_deg))))
    return np.radians(degrees)


def _yaw(span: Span, t: Floats) -> Floats:
    return np.full_like(t, math.radians(span.pose.yaw_deg))


def _circle(span: Span, t: Floats) -> tuple[Floats, Floats]:
    """How far out the tilt is (n,), degrees, and where on the circle (n,), rad."""
    pose, since = span.pose, t - span.reached_s - _CIRCLE_FADE_S
    last_s = pose.circles * pose.circle_s
    out = _minimum_jerk(since / _CIRCLE_FADE_S + 1) - _minimum_jerk((since - last_s) / _CIRCLE_FADE_S)
    # Each circle begins and ends at twelve o'clock, where the hand comes to rest for a moment.
    rounds = np.clip(since / pose.circle_s, 0.0, pose.circles)
    return pose.circle_deg * out, 2 * np.pi * (rounds - np.sin(2 * np.pi * rounds) / (2 * np.pi))


def _swing(span: Span, t: Floats) -> Floats:
    return _gait(span).swing_rad(t) if span.pose.walk_spm else np.zeros_like(t)


def _jolts(span: Span, t: Floats) -> Floats:
    return _gait(span).jolts(t) if span.pose.walk_spm else np.zeros_like(t)


def _gait(span: Span) -> Gait:
    return gait(span.reached_s, span.end_s, span.pose.walk_spm, span.pose.walk_asymmetry)


def _sway(span: Span, t: Floats) -> Floats:
    return np.full_like(t, math.radians(span.pose.sway_deg))


def _wander(span: Span, t: Floats) -> Floats:
    return np.full_like(t, math.radians(span.pose.wander_deg))


def _breath_tilt(span: Span, t: Floats) -> Floats:
    return np.full_like(t, span.pose.breath_tilt)


def _at_rest(pose: Pose) -> Pose:
    """What the other limbs do meanwhile."""
    return Pose(seconds=pose.seconds, move_s=pose.move_s, walk_spm=pose.walk_spm, walk_asymmetry=pose.walk_asymmetry)


def _minimum_jerk(share: Floats) -> Floats:
    """From 0 to 1 while `share` of the time passes."""
    s = np.clip(share, 0.0, 1.0)
    return s**3 * (10 - 15 * s + 6 * s * s)


def _up(angles: Floats) -> Floats:
    """The upward vertical (n, 3) in the limb's axes."""
    lean, roll, _ = angles
    return np.stack([-np.sin(lean), np.cos(lean) * np.sin(roll), np.cos(lean) * np.cos(roll)], axis=1)


def _angular(angles: Floats, rate: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Angular velocity and acceleration (n, 3) in the limb's axes, of angles (3, n) and their derivatives."""
    (sin_lean, sin_roll, _), (cos_lean, cos_roll, _) = np.sin(angles), np.cos(angles)
    lean1, roll1, yaw1 = rate
    lean2, roll2, yaw2 = second
    velocity = (
        roll1 - yaw1 * sin_lean,
        lean1 * cos_roll + yaw1 * cos_lean * sin_roll,
        -lean1 * sin_roll + yaw1 * cos_lean * cos_roll,
    )
    # The derivatives of the three above: yaw1 * cos_lean turns with the lean, all of it with the roll.
    flat = yaw2 * cos_lean - yaw1 * lean1 * sin_lean
    acceleration = (
        roll2 - yaw2 * sin_lean - yaw1 * lean1 * cos_lean,
        lean2 * cos_roll + flat * sin_roll + roll1 * velocity[2],
        -lean2 * sin_roll + flat * cos_roll - roll1 * velocity[1],
    )
    return np.stack(velocity, axis=1), np.stack(acceleration, axis=1)


def _turn(axis: Floats, angle: float) -> Floats:
    """The rotation by `angle` about `axis` (Rodrigues)."""
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    rotation: Floats = np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross
    return rotation
