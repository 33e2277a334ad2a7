"""Limbs for the tests of this room: an IMU that is turned in a known way, and how a phone tells of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tests.estimators.hearts import asked
from tidehold.estimators.tilt import TiltEstimator
from tidehold.records import Estimate, Gap, HostNs, Sample, Times, Values
from tidehold.units import NS, STANDARD_GRAVITY

SOURCE = "phone"
LYING = (0.0, 0.0, 1.0)
"""Direction of "up" in the sensor's frame at the start: face up."""

Angle = Callable[[Values], Values]


class Series(NamedTuple):
    """Samples of one sensor: `times` (n,) ns, `values` (n, 3) SI."""

    times: Times
    values: Values


class Limb(NamedTuple):
    """What the sensors measure, and the truth: `up_at(seconds)` gives the direction (n, 3) of "up"."""

    acc: Series
    gyr: Series
    up_at: Callable[[Values], Values]


def still(seconds: Values) -> Values:
    return np.zeros_like(seconds)


def raised(degrees: float, at_s: float = 5.0, in_s: float = 2.0) -> Angle:
    """Turned by so much from `at_s` on, smoothly (minimum jerk) within `in_s`, and held."""

    def angle(seconds: Values) -> Values:
        x = np.clip((seconds - at_s) / in_s, 0, 1)
        return np.asarray(degrees * (10 * x**3 - 15 * x**4 + 6 * x**5))

    return angle


def waved(degrees: float, hertz: float, from_s: float = 0.0, to_s: float = 1e9) -> Angle:
    """Turned to and fro by so much, from a time to a time."""

    def angle(seconds: Values) -> Values:
        inside = (seconds >= from_s) & (seconds < to_s)
        return np.asarray(np.where(inside, degrees * np.sin(2 * np.pi * hertz * (seconds - from_s)), 0.0))

    return angle


def limb(
    angle: Angle,
    seconds: float,
    seed: int = 1,
    *,
    axis: ArrayLike = (1.0, 0.0, 0.0),
    hz: float = 100.0,
    gyr_hz: float | None = None,
    gyr_late_s: float = 0.0,
    jitter: float = 0.0,
    acc_noise: float = 0.03,
    gyr_noise_deg_s: float = 0.1,
    bias_deg_s: ArrayLike = (0.0, 0.0, 0.0),
    shake: float = 0.0,
    start_s: float = 0.0,
) -> Limb:
    """A sensor lying face up, turned by `angle` (degrees of seconds) about `axis` of its own.

    Args:
        jitter: Of the sample times, as a share of the interval.
        acc_noise: m/s^2 RMS per axis.
        shake: Amplitude of a 3 Hz acceleration along x, m/s^2.
        start_s: When the sensors start.
    """
    dice = np.random.default_rng(seed)
    unit = np.asarray(axis, np.float64) / np.linalg.norm(axis)

    def times(hertz: float, late_s: float) -> Values:
        n = np.arange(int((seconds - start_s) * hertz))
        return np.asarray(start_s + late_s + (n + jitter * dice.uniform(-0.5, 0.5, len(n))) / hertz)

    def up_at(t: Values) -> Values:
        """Rodrigues: what stands still is turned the other way in the sensor's frame."""
        turned, up = -np.radians(angle(t))[:, None], np.array(LYING)
        along = unit * (unit @ up) * (1 - np.cos(turned))
        return np.asarray(up * np.cos(turned) + np.cross(unit, up) * np.sin(turned) + along)

    acc_t, gyr_t = times(hz, 0.0), times(gyr_hz or hz, gyr_late_s)
    rate = np.radians(angle(gyr_t + 1e-5) - angle(gyr_t - 1e-5)) / 2e-5
    gyr = rate[:, None] * unit + np.radians(np.asarray(bias_deg_s, np.float64))
    acc = STANDARD_GRAVITY * up_at(acc_t)
    acc[:, 0] += shake * np.sin(6 * np.pi * acc_t)
    return Limb(
        Series(_ns(acc_t), acc + dice.normal(0, acc_noise, acc.shape)),
        Series(_ns(gyr_t), gyr + dice.normal(0, np.radians(gyr_noise_deg_s), gyr.shape)),
        up_at,
    )


def _ns(seconds: Values) -> Times:
    return np.rint(seconds * NS).astype(np.int64)


def told(
    series: Limb | dict[str, Series], *, every_s: float = 0.2, late_s: float = 0.0, source: str = SOURCE
) -> list[Sample]:
    """What a phone tells: a message each `every_s` with the samples since the last one, `late_s` after its time."""
    if isinstance(series, Limb):
        series = {"acc": series.acc, "gyr": series.gyr}
    samples: list[Sample] = []
    for stream, (times, values) in series.items():
        every, late = round(every_s * NS), round(late_s * NS)
        arrival = -(-times // every) * every + late
        cuts = np.flatnonzero(np.diff(arrival)) + 1
        samples += [
            Sample(HostNs(int(t[0])), f"{source}/{stream}", each, part)
            for t, each, part in zip(
                np.split(arrival, cuts), np.split(times, cuts), np.split(values, cuts), strict=True
            )
            if len(t)
        ]
    return sorted(samples, key=lambda sample: sample.t)


def without(series: Series, start_s: float, end_s: float) -> Series:
    """The samples without those of a while."""
    heard = (series.times < start_s * NS) | (series.times >= end_s * NS)
    return Series(series.times[heard], series.values[heard])


def scaled(series: Series, factor: float) -> Series:
    return Series(series.times, series.values * factor)


def angle_deg(one: Values, other: Values) -> Values:
    """Angles between the unit vectors (n, 3) of two lists, from the chord."""
    return np.asarray(np.degrees(2 * np.arcsin(np.clip(np.linalg.norm(one - other, axis=-1) / 2, 0, 1))))


def said(items: Iterable[Sample | Gap], seconds: Iterable[float], name: str) -> list[Estimate]:
    """What a fresh estimator says of one figure at these seconds."""
    names = [f"{SOURCE}/{figure}" for figure in ("tilt_deg", "rms_deg", "gravity_g")]
    place = names.index(f"{SOURCE}/{name}")
    return [answer[place] for answer in asked(TiltEstimator(SOURCE), items, seconds)]
