"""Chests for the tests of this room: seeded persons whose breaths are known, seen by a sensor on the chest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tidehold.estimators.chest import CHEST_STEP_NS, ChestStretch
from tidehold.estimators.chest_breathing import ChestBreathing, ChestSaid
from tidehold.estimators.phase import Phase
from tidehold.records import HostNs, Pacing, Values
from tidehold.units import NS, STANDARD_GRAVITY

AXIS = (0.2, -0.7, 0.686)
DOWN = (0.05, 0.70, 0.712)


class Person(NamedTuple):
    """Motion `acc` (n, 3) m/s^2 at 10 Hz from 0 s on, and the times at which inhalations and exhalations begin, s."""

    acc: Values
    inhale_s: Values
    exhale_s: Values


def breather(
    seconds: float,
    seed: int,
    *,
    rate_bpm: float = 12.0,
    share: float = 0.4,
    jitter: float = 0.05,
    holds: Sequence[tuple[float, float]] = (),
    swing_deg: float = 0.5,
    noise_deg: float = 0.02,
    axis: Sequence[float] = AXIS,
    down: Sequence[float] = DOWN,
) -> Person:
    """Breaths of uneven length, inhaling for `share` of each; within `holds` the chest stays where it was."""
    dice = np.random.default_rng(seed)
    t = np.arange(0, seconds, 0.1)
    moving = np.ones(len(t))
    for start, end in holds:
        moving[(t >= start) & (t < end)] = 0
    own = np.cumsum(moving) * 0.1  # time that stands still in holds
    lengths = 60 / rate_bpm * (1 + jitter * dice.standard_normal(int(seconds * rate_bpm / 60 * 1.5) + 9))
    starts = np.concatenate(([0.0], lengths.cumsum()))
    which = starts.searchsorted(own, "right") - 1
    place = (own - starts[which]) / lengths[which]
    fill = np.where(place < share, place / share, 1 - (place - share) / (1 - share))
    tilt = np.radians(swing_deg) * (1 - np.cos(np.pi * fill)) / 2
    unit = np.asarray(down) / np.linalg.norm(down)
    acc = STANDARD_GRAVITY * (unit + tilt[:, None] * np.asarray(axis))
    acc += STANDARD_GRAVITY * np.radians(noise_deg) * dice.standard_normal(acc.shape)
    begun = starts[starts < own[-1]]
    exhaled = (starts[:-1] + share * lengths)[starts[:-1] + share * lengths < own[-1]]
    return Person(acc, t[own.searchsorted(begun)], t[own.searchsorted(exhaled)])


def stretches(acc: Values, cells: int = 14, start_s: float = 0.0) -> list[ChestStretch]:
    """The motion as a front end gives it, `cells` at a time."""
    start = round(start_s * NS)
    rough = np.full(len(acc), 0.5)
    return [
        ChestStretch(
            HostNs(start + i * CHEST_STEP_NS), CHEST_STEP_NS, acc[i : i + cells], rough[i : i + cells], fresh=i == 0
        )
        for i in range(0, len(acc), cells)
    ]


def live(
    chest: ChestBreathing,
    acc: Values,
    *,
    rate_bpm: float = 12.0,
    confidence: float = 0.9,
    cells: int = 14,
    start_s: float = 0.0,
    pacing: Pacing | None = None,
    rsa: Phase | None = None,
    every: int = 10,
) -> list[tuple[float, ChestSaid]]:
    """What is said at every tick (4 Hz); motion comes `every` cells at once, in stretches of `cells`."""
    said: list[tuple[float, ChestSaid]] = []
    waiting = stretches(acc, cells, start_s)
    for tick in range(int(len(acc) * 0.4)):
        now_s = start_s + tick / 4
        due = int((now_s - start_s) * 10) // every * every
        while waiting and (waiting[0].start - round(start_s * NS)) // CHEST_STEP_NS + len(waiting[0].acc) <= due:
            chest.add(waiting.pop(0), rate_bpm, confidence)
        said.append((now_s, chest.live(HostNs(round(now_s * NS)), rate_bpm, confidence, pacing, rsa)))
    return said
