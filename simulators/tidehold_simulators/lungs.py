"""Breathing, breath by breath: where in its cycle every breath is, and how full the lungs are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tidehold_simulators.scenario import Breathing
from tidehold_simulators.signals import Floats


class Lungs:
    """A chain of breaths from t = 0 on, made as far as anyone has asked.

    Time is mapped to cycles, piecewise linear: breath k begins to inhale at k,
    turns at k + 1/2, and has breathed out at k + 1. The volume is a raised cosine
    of the cycle, so inhale and exhale have lengths of their own and flow is
    smooth where they meet. Breaths differ a little from one another in length
    and depth (Tobin et al. 1988, J Appl Physiol 65:309; more at rest than here,
    where most breathing is paced).
    """

    def __init__(self, breathing: Sequence[Breathing], variability: float, rng: np.random.Generator) -> None:
        self._breathing = breathing
        self._variability = variability
        self._rng = rng
        self._stretch = 0
        self._stretch_start = 0.0
        self._t: list[float] = [0.0]
        self._cycle: list[float] = [0.0]
        self._depth: list[float] = []
        self._rate_bpm: list[float] = []
        self._holds: list[tuple[float, float]] = []
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
        held = (stretch.seconds or 0.0) if stretch.hold else 0.0
        if stretch.hold == "out":
            self._add_hold(held)
        self._depth.append(stretch.depth * depth_noise)
        self._rate_bpm.append(60 / length)
        self._add_knot(stretch.inhale_share * length, 0.5)
        if stretch.hold == "in":
            self._add_hold(held)
        self._add_knot((1 - stretch.inhale_share) * length, 0.5)

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
