"""Hearts for the tests of this room: seeded persons whose breathing is known, and how a strap tells of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from tidehold.estimators.contract import Estimator
from tidehold.estimators.heart_stream import RrCorrection
from tidehold.records import Estimate, Gap, HostNs, Sample, Times, Values
from tidehold.units import NS

STREAM = "strap/rr"

Item = Sample | Gap


class Heart(NamedTuple):
    """RR intervals `rr_s` (n,) s and the times `times` (n,) ns of the beats that end them."""

    times: Times
    rr_s: Values


def from_intervals(rr_s: Sequence[float] | Values, start_s: float = 0.0) -> Heart:
    """A heart that beats at these intervals from `start_s` on."""
    rr = np.asarray(rr_s, dtype=np.float64)
    return Heart(np.rint((start_s + rr.cumsum()) * NS).astype(np.int64), rr)


def person(
    rate_bpm: float | Callable[[float], float],
    seconds: float,
    seed: int,
    *,
    rr_s: float | Callable[[float], float] = 0.85,
    rsa_s: float = 0.04,
    inhale: float = 0.5,
) -> Heart:
    """A resting person: RSA of `rsa_s`, blood pressure waves (0.095 Hz), a wandering mean, noise; in 1/1024 s.

    RR falls through the inhalation (`inhale` of the breath) and rises through the exhalation, as a triangle
    rounded to a sinusoid where they are equal.
    """
    dice = np.random.default_rng(seed)
    rate = rate_bpm if callable(rate_bpm) else lambda _: rate_bpm
    level = rr_s if callable(rr_s) else lambda _: rr_s
    wave, breath, t, wander = dice.uniform(0, 2 * np.pi), dice.uniform(), 0.0, 0.0
    intervals: list[float] = []
    while t < seconds:
        place = breath % 1
        half = place / inhale if place < inhale else 1 + (place - inhale) / (1 - inhale)
        wander = 0.97 * wander + dice.normal(0, 0.004)
        interval = level(t) + rsa_s * np.cos(np.pi * half) + 0.015 * np.sin(0.6 * t + wave) + wander
        interval = round(max(0.3, interval + dice.normal(0, 0.008)) * 1024) / 1024
        intervals.append(interval)
        t += interval
        breath += rate(t) * interval / 60
    return from_intervals(intervals)


def told(heart: Heart, *, phase_s: float = 0.0, together: bool = True) -> list[Sample]:
    """What a strap tells: a frame a second with the beats since the last one, or each beat as a frame of its own."""
    arrival = -(-(heart.times - round(phase_s * NS)) // NS) * NS + round(phase_s * NS)
    cuts = np.flatnonzero(np.diff(arrival)) + 1 if together else np.arange(1, len(arrival))
    return [
        Sample(HostNs(int(t[0])), STREAM, times, rr_s)
        for t, times, rr_s in zip(
            np.split(arrival, cuts), np.split(heart.times, cuts), np.split(heart.rr_s, cuts), strict=True
        )
    ]


def scalar(t_s: float, stream: str, value: float) -> Sample:
    """One value, as "hr" or "contact" come."""
    t = HostNs(round(t_s * NS))
    return Sample(t, f"strap/{stream}", np.array([t], np.int64), np.array([value]))


def lost(start_s: float, end_s: float, stream: str = STREAM) -> Gap:
    """A gap that is known when it ends."""
    end = HostNs(round(end_s * NS))
    return Gap(end, stream, HostNs(round(start_s * NS)), end, None, "link lost")


def without(heart: Heart, start_s: float, end_s: float) -> Heart:
    """The heart with the beats of a while not heard."""
    heard = (heart.times < start_s * NS) | (heart.times >= end_s * NS)
    return Heart(heart.times[heard], heart.rr_s[heard])


def asked(
    estimator: Estimator, items: Iterable[Item], seconds: Iterable[float], *, shift: int = 0
) -> list[tuple[Estimate, ...]]:
    """What the estimator says at these seconds, each item fed when its time has come; all shifted by `shift` ns."""
    waiting, correction = sorted(items, key=lambda item: item.t), RrCorrection()
    answers: list[tuple[Estimate, ...]] = []
    for second in seconds:
        now = HostNs(round(second * NS))
        while waiting and waiting[0].t <= now:
            _feed(estimator, correction, waiting.pop(0), shift)
        answers.append(estimator.estimate(HostNs(now + shift)))
    return answers


def corrected(samples: Iterable[Sample]) -> list[Sample]:
    """The samples and, after each, what it settles in "rr_clean": as the fold says them."""
    correction = RrCorrection()
    return [each for sample in samples for each in (sample, correction.update(sample)) if each is not None]


def _feed(estimator: Estimator, correction: RrCorrection, item: Item, shift: int) -> None:
    t = HostNs(item.t + shift)
    if isinstance(item, Gap):
        gap = Gap(t, item.stream, HostNs(item.start + shift), HostNs(item.end + shift), item.lost, item.why)
        correction.gap(gap)
        estimator.gap(gap)
        return
    sample = Sample(t, item.stream, item.times + shift, item.values)
    estimator.update(sample)
    clean = correction.update(sample)
    if clean is not None:
        estimator.update(clean)


def by_name(answers: Iterable[tuple[Estimate, ...]], name: str) -> list[Estimate]:
    """The answers of one name, in order."""
    return [estimate for answer in answers for estimate in answer if estimate.name == name]
