"""Walkers for the tests of this room: what a phone on one thigh feels of them, from published shapes of gait.

The hip swings by 40 to 45 degrees in a stride, forwards faster than backwards, as its first three harmonics have it
(Winter 1991); the pelvis goes up and down by 2 to 5 cm with each step. Each heel's landing is a damped jolt of 12 to
25 Hz: the phone's own of 6 to 15 m/s^2, the other one a third to two thirds of that, slower, by way of the pelvis.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tests.estimators.limbs import Limb, Series
from tests.estimators.test_estimators_movement_plane import slant
from tidehold.records import Values
from tidehold.units import NS, STANDARD_GRAVITY

_THIGH_M = 0.25


class Walker(NamedTuple):
    """What the phone measures, and the truth: steps/min, asymmetry and variability as shares."""

    limb: Limb
    cadence_spm: float
    asymmetry: float
    stride_cv: float
    step_cv: float


def walker(
    seed: int,
    seconds: float = 120.0,
    *,
    hz: float = 100.0,
    asymmetry: float | None = None,
    other_jolt: float | None = None,
    pause_s: float = 0.0,
    late_s: float = 0.0,
) -> Walker:
    """Someone who walks, with a pause of so long half-way; `late_s`: by how much the other heel's jolt comes later."""
    dice = np.random.default_rng(seed)
    stride_s = 120 / dice.uniform(85, 130)
    unlike = dice.uniform(0, 0.2) if asymmetry is None else asymmetry
    share = 0.5 * (1 + dice.choice([-1, 1]) * unlike / 2)
    vary = dice.uniform(0.01, 0.035)
    n = int((seconds - pause_s) / stride_s)
    lengths = stride_s * (1 + vary * dice.standard_normal(n))
    starts = np.concatenate(([1.0], 1.0 + lengths.cumsum()))
    if pause_s:
        starts[n // 2 :] += pause_s
        lengths = np.diff(starts)
    own = starts[:-1] + dice.normal(0, 0.004, n)
    shares = share + 0.01 * dice.standard_normal(n)
    other = starts[:-1] + shares * np.minimum(lengths, 2 * stride_s)
    t = np.arange(int((seconds + 2) * hz)) / hz + dice.uniform(-0.1, 0.1, int((seconds + 2) * hz)) / hz
    mount = slant(seed + 500)
    angle, angle1, angle2, moving = _swing(dice, t, starts, 2 * stride_s)
    bob = dice.uniform(0.01, 0.025)
    lift = -bob * (4 * np.pi / stride_s) ** 2 * np.cos(4 * np.pi * _phase(t, starts)) * moving
    size, part = dice.uniform(6, 15), dice.uniform(0.33, 0.66) if other_jolt is None else other_jolt
    jolt = _jolts(t, own, size, dice.uniform(16, 25), dice.uniform(0.015, 0.03))
    jolt += _jolts(t, other + late_s, part * size, dice.uniform(12, 18), dice.uniform(0.02, 0.035))
    up = STANDARD_GRAVITY + lift + jolt
    force = np.stack(
        (
            up * np.sin(angle) + _THIGH_M * angle2 + 0.3 * jolt,
            up * np.cos(angle) + _THIGH_M * angle1**2,
            0.2 * jolt + 0.5 * np.sin(2 * np.pi * _phase(t, starts)) * moving,
        ),
        axis=1,
    )
    rate = np.zeros_like(force)
    rate[:, 2] = angle1
    rate[:, 1] = 0.3 * moving * np.sin(2 * np.pi * _phase(t, starts) + 1.0)
    times = np.rint(t * NS).astype(np.int64)
    acc = np.einsum("ij,nj->ni", mount, force) + dice.normal(0, 0.15, force.shape)
    gyr = np.einsum("ij,nj->ni", mount, rate) + dice.normal(0, 0.02, force.shape)
    truth = np.delete(np.diff(starts), n // 2 - 1) if pause_s else np.diff(starts)
    first, second = float(np.mean(shares)), 1 - float(np.mean(shares))
    steps = other - own, own[1:] - other[:-1]
    steps = steps[0], steps[1][steps[1] < stride_s]
    return Walker(
        Limb(Series(times, acc), Series(times, gyr), lambda seconds: np.zeros((len(seconds), 3))),
        120 / float(truth.mean()),
        abs(first - second) * 2,
        # The swing's mark lies about 0.6 into a stride, so that it has some of two strides' unevenness.
        float(np.diff(np.interp(np.arange(n) + 0.6, np.arange(n + 1), starts)).std() / truth.mean()),
        float(np.sqrt(sum(float(each.var()) for each in steps) / 2) / truth.mean() * 2),
    )


def _phase(t: Values, starts: Values) -> Values:
    """How many strides have been made; the own heel lands at whole ones."""
    return np.asarray(np.interp(t, starts, np.arange(len(starts))))


def _swing(
    dice: np.random.Generator, t: Values, starts: Values, longest_s: float
) -> tuple[Values, Values, Values, Values]:
    """The thigh's angle and its first two derivatives, rad, and whether it walks."""
    half = np.radians(dice.uniform(40, 45)) / 2
    fine = np.linspace(0, 1, 2001)
    shape = np.cos(2 * np.pi * (fine + 0.07)) + 0.18 * np.cos(4 * np.pi * (fine + 0.17))
    shape += 0.05 * np.cos(6 * np.pi * fine)
    middle, scale = (shape.max() + shape.min()) / 2, (shape.max() - shape.min()) / 2
    step = 0.005

    def angle(at: Values) -> Values:
        return np.asarray(half * (np.interp(_phase(at, starts) % 1, fine, shape) - middle) / scale)

    def smooth(at: Values) -> Values:
        return np.asarray((angle(at - step) + 2 * angle(at) + angle(at + step)) / 4)

    before, now, after = smooth(t - step), smooth(t), smooth(t + step)
    place = np.searchsorted(starts, t) - 1
    inside = (place >= 0) & (place < len(starts) - 1)
    length = np.diff(starts)[np.clip(place, 0, len(starts) - 2)]
    return (
        now,
        (after - before) / (2 * step),
        (after - 2 * now + before) / step**2,
        np.asarray(inside & (length < longest_s), np.float64),
    )


def _jolts(t: Values, at: Values, size: float, hertz: float, decay_s: float) -> Values:
    total = np.zeros_like(t)
    for each in at:
        low, high = np.searchsorted(t, (each, each + 8 * decay_s))
        since = t[low:high] - each
        total[low:high] += size * np.exp(-since / decay_s) * np.sin(2 * np.pi * hertz * since)
    return total
