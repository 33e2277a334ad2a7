"""Breathing, breath by breath: where in its cycle every breath is, and how full the lungs are."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tidehold_simulators.body_spec import Breathing, Pacer
from tidehold_simulators.signals import Floats

_SHORTEST_S: Final = 0.4
"""Of an inhalation or exhalation of someone who follows a pacer and is late, or early."""


class Breath(NamedTuple):
    """One breath: when it begins to inhale and to exhale, and when the next one begins, s.

    A pause belongs to what precedes it.
    """

    inhale_s: float
    exhale_s: float
    end_s: float


class Lungs:
    """A chain of breaths from t = 0 on, made as far as anyone has asked.

    Time is mapped to cycles, piecewise linear: breath k begins to inhale at k,
    turns at k + 1/2, and has breathed out at k + 1. The volume is a raised cosine
    of the cycle, so inhale and exhale have lengths of their own and flow is
    smooth where they meet. Breaths differ a little from one another in length
    and depth (Tobin et al. 1988, J Appl Physiol 65:309; more at rest than here,
    where most breathing is paced).

    Args:
        breathing: Stretches of breathing, one after the other.
        variability: Coefficient of variation of the length and depth of a breath.
        rng: For what varies.
        pacers: What is asked for, one after the other; while one is followed, breathing is of its lengths.
    """

    def __init__(
        self, breathing: Sequence[Breathing], variability: float, rng: np.random.Generator, pacers: Sequence[Pacer] = ()
    ) -> None:
        self._breathing = breathing
        self._variability = variability
        self._rng = rng
        self._pacers = deque(pacer for pacer in pacers if pacer.follows)
        self._pacer: Pacer | None = None
        self._followed = 0
        self._cue_s = self._next_s = math.inf
        """When the next breath is asked for, and when it begins, of those that follow the pacer."""
        self._turn_to_next_pacer()
        self._stretch = 0
        self._stretch_start = 0.0
        self._t: list[float] = [0.0]
        self._cycle: list[float] = [0.0]
        self._depth: list[float] = []
        self._rate_bpm: list[float] = []
        self._holds: list[tuple[float, float]] = []
        self._inhales: list[float] = []
        self._exhales: list[float] = []
        self._made: tuple[Floats, Floats, Floats, Floats] = (np.empty(0),) * 4

    def cycle(self, t: Floats) -> Floats:
        """Breaths so far (n,) at times `t` (n,), s; the fraction is the phase."""
        t_knots, cycle_knots, _, _ = self._until(t)
        return np.interp(t, t_knots, cycle_knots)

    def volume(self, t: Floats) -> Floats:
        """Volume above the resting lungs (n,), 1 = a full breath of depth 1."""
        return (self._depth_at(t) - self._swing(t)) / 2

    def drive(self, t: Floats) -> Floats:
        """Volume around its own mean (n,); 0 while the breath is held, and before the first breath."""
        return np.where(self.holding(t) | (t < 0), 0.0, -self._swing(t) / 2)

    def holding(self, t: Floats) -> NDArray[np.bool_]:
        """Whether the breath is held (n,)."""
        _, _, _, edges = self._until(t)
        inside: NDArray[np.bool_] = np.searchsorted(edges, t, "right") % 2 == 1
        return inside

    def rate_bpm(self, t_s: float) -> float:
        """Breaths per minute of the breath at `t_s`: its own length, without a hold inside it."""
        return self._rate_bpm[int(self.cycle(np.array([t_s]))[0])]

    def breaths(self, until_s: float) -> list[Breath]:
        """All breaths that are over by `until_s`, in order."""
        self._until(np.array([until_s]))
        spans = zip(pairwise(self._inhales), self._exhales, strict=False)
        return [Breath(start, turn, end) for (start, end), turn in spans if end <= until_s]

    def holds(self, until_s: float) -> list[tuple[float, float]]:
        """From when to when the breath is held, s: all that begin before `until_s`, the pacer's pauses, too."""
        self._until(np.array([until_s]))
        return [hold for hold in self._holds if hold[0] < until_s]

    def _swing(self, t: Floats) -> Floats:
        return self._depth_at(t) * np.cos(2 * np.pi * self.cycle(t))

    def _depth_at(self, t: Floats) -> Floats:
        _, _, depth, _ = self._until(t)
        return depth[self.cycle(t).astype(np.int64)]

    def _until(self, t: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Knots in time and cycle, depth of each breath, edges of the holds: past the latest of `t`."""
        latest = float(t.max(initial=0.0))
        if self._t[-1] <= latest or not self._depth:
            while self._t[-1] <= latest + 60:
                self._breathe()
            self._made = (
                np.array(self._t),
                np.array(self._cycle),
                np.array(self._depth),
                np.array(self._holds).ravel(),
            )
        return self._made

    def _breathe(self) -> None:
        """One more breath, or one breath held."""
        start = self._t[-1]
        stretch = self._breathing[self._stretch]
        if stretch.seconds is not None and start >= self._stretch_start + stretch.seconds - 1e-9:
            self._stretch = (self._stretch + 1) % len(self._breathing)
            self._stretch_start = start
            stretch = self._breathing[self._stretch]
        length_noise, depth_noise = 1 + self._variability * self._rng.standard_normal(2).clip(-2.5, 2.5)
        length = 60 / _rate_bpm(stretch, start - self._stretch_start) * length_noise
        self._depth.append(stretch.depth * depth_noise)
        until_s = self._pacer.until_s if self._pacer else None
        if until_s is not None and self._cue_s > until_s - 1e-6 and start > self._next_s - _SHORTEST_S:
            self._turn_to_next_pacer()
        if self._pacer and start > self._next_s - _SHORTEST_S:
            self._follow(self._pacer)
            return
        if start + 1.5 * length > self._next_s:  # the last one before the pacer's first
            length = self._next_s - start
        held = (stretch.seconds or 0.0) if stretch.hold else 0.0
        if stretch.hold == "out":
            self._add_hold(held)
        self._rate_bpm.append(60 / length)
        self._inhale(stretch.inhale_share * length)
        if stretch.hold == "in":
            self._add_hold(held)
        self._exhale((1 - stretch.inhale_share) * length)

    def _turn_to_next_pacer(self) -> None:
        self._pacer = self._pacers.popleft() if self._pacers else None
        self._followed = 0
        self._cue_s = self._next_s = math.inf
        if self._pacer:
            self._ask(self._pacer)

    def _follow(self, pacer: Pacer) -> None:
        """One more breath, of those that are asked for."""
        start, asked = self._t[-1], pacer.asked_at(self._cue_s)
        while self._next_s < start + 2 * _SHORTEST_S + asked.full_s + asked.empty_s:
            self._followed += 1
            self._ask(pacer)
        moving = self._next_s - start - asked.full_s - asked.empty_s
        inhale = min(max(pacer.share_of(asked) * moving + self._jitter_s(pacer), _SHORTEST_S), moving - _SHORTEST_S)
        self._rate_bpm.append(60 / (self._next_s - start))
        self._inhale(inhale)
        if asked.full_s:
            self._add_hold(asked.full_s)
        self._exhale(moving - inhale)
        if asked.empty_s:
            self._add_hold(asked.empty_s)

    def _ask(self, pacer: Pacer) -> None:
        """The breath of the number that it is the turn of: when it is asked for, and when the follower begins it."""
        if not pacer.to_pattern:
            self._cue_s = pacer.since_s + self._followed * pacer.asked.length_s
            beat_s = pacer.since_s + pacer.lag_s + self._followed * pacer.asked.length_s
        else:
            self._cue_s = self._cue_s + pacer.asked_at(self._cue_s).length_s if self._followed else pacer.since_s
            beat_s = self._cue_s + pacer.lag_s
        self._next_s = beat_s + self._jitter_s(pacer)

    def _jitter_s(self, pacer: Pacer) -> float:
        return pacer.jitter_s * float(self._rng.standard_normal(1).clip(-2.5, 2.5)[0])

    def _inhale(self, seconds: float) -> None:
        self._inhales.append(self._t[-1])
        self._add_knot(seconds, 0.5)

    def _exhale(self, seconds: float) -> None:
        self._exhales.append(self._t[-1])
        self._add_knot(seconds, 0.5)

    def _add_hold(self, seconds: float) -> None:
        self._holds.append((self._t[-1], self._t[-1] + seconds))
        self._add_knot(seconds, 0.0)

    def _add_knot(self, seconds: float, cycles: float) -> None:
        self._t.append(self._t[-1] + seconds)
        self._cycle.append(self._cycle[-1] + cycles)


def _rate_bpm(stretch: Breathing, into_s: float) -> float:
    """The rate `into_s` seconds into a stretch."""
    if stretch.to_rate_bpm is None or stretch.seconds is None:
        return stretch.rate_bpm
    return stretch.rate_bpm + (stretch.to_rate_bpm - stretch.rate_bpm) * into_s / stretch.seconds
