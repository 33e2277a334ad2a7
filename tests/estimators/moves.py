"""Movements for the tests of this room: sets of repetitions as people do them, and what a phone makes of a limb."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tests.estimators.limbs import SOURCE, Angle, Limb, Series, told
from tidehold.estimators.posture import Moment, Posed, Posture
from tidehold.records import HostNs, Values
from tidehold.units import NS


class DoneSet(NamedTuple):
    """A set as it was done: `angle` deg of seconds, and the truth; `length_s` with the rest at both ends."""

    angle: Angle
    repetitions: int
    amplitudes_deg: list[float]
    starts_s: list[float]
    length_s: float


def people_set(seed: int, *, least_deg: float = 25.0, most_deg: float = 80.0) -> DoneSet:
    """5 to 12 repetitions of one person: own tempo and amplitude, uneven, with stops, creeping and swaying."""
    dice = np.random.default_rng(seed)
    count = int(dice.integers(5, 13))
    size, move_s = dice.uniform(least_deg, most_deg), dice.uniform(0.6, 3.0)
    top_s, rest_s = dice.choice([0.0, 0.5, 2.0]), dice.choice([0.0, 0.3, 1.5])
    t, level = 4.0, 0.0
    knots: list[tuple[float, float, float]] = []  # start, length, step
    amplitudes, starts = [], []
    for number in range(count):
        amplitude = size * dice.uniform(0.8, 1.2)
        starts.append(t)
        parts = [amplitude]
        if dice.random() < 0.2:  # stops on the way
            share = dice.uniform(0.35, 0.65)
            parts = [share * amplitude, (1 - share) * amplitude]
        for part in parts:
            length = move_s * dice.uniform(0.8, 1.2) * abs(part) / size + 0.2
            knots.append((t, length, part))
            t += length + (1.0 if len(parts) > 1 and part is parts[0] else 0.0)
        t += top_s * dice.uniform(0.7, 1.3)
        back = amplitude * dice.uniform(0.9, 1.05)
        length = move_s * dice.uniform(0.8, 1.2)
        knots.append((t, length, -back))
        t += length + rest_s * dice.uniform(0.7, 1.3)
        level += amplitude - back
        amplitudes.append((amplitude + back) / 2)
        if dice.random() < 0.15 and number < count - 1:
            t += dice.uniform(4.0, 10.0)
    drift = dice.uniform(-4, 4) / t
    sway = _swaying(dice, 0.5)
    end = t + 4.0

    def angle(seconds: Values) -> Values:
        total = drift * seconds + sway(seconds)
        for start, length, step in knots:
            x = np.clip((seconds - start) / length, 0, 1)
            total = total + step * x**3 * (10 - 15 * x + 6 * x * x)
        return np.asarray(total)

    return DoneSet(angle, count, amplitudes, starts, end)


def _swaying(dice: np.random.Generator, rms_deg: float) -> Angle:
    hertz, phase = dice.uniform(0.05, 0.7, 6), dice.uniform(0, 2 * np.pi, 6)

    def angle(seconds: Values) -> Values:
        return np.asarray(rms_deg * np.sqrt(2 / 6) * np.sin(2 * np.pi * np.outer(seconds, hertz) + phase).sum(axis=1))

    return angle


def mounted(limb: Limb, mount: Values) -> Limb:
    """What a phone feels that is put on turned by a rotation (3, 3)."""
    acc, gyr = (
        Series(times, np.asarray(np.einsum("ij,nj->ni", mount, values))) for times, values in (limb.acc, limb.gyr)
    )
    return Limb(acc, gyr, limb.up_at)


def posed(limb: Limb, source: str = SOURCE, every_s: float = 0.9) -> list[Posed]:
    """What `Posture` says of a limb."""
    heard: list[Posed] = []
    posture = Posture(source)
    posture.follow(heard.append)
    for sample in told(limb, every_s=every_s, source=source):
        posture.update(sample)
        posture.advance()
    return heard


def moments(limb: Limb, source: str = SOURCE, every_s: float = 0.9) -> list[Moment]:
    return [moment for each in posed(limb, source, every_s) for moment in each.moments]


def before(listed: Sequence[Moment], seconds: float) -> list[Moment]:
    """Those that are over by then."""
    return [moment for moment in listed if moment.cell.start < HostNs(round(seconds * NS))]
