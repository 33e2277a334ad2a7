"""Range of a plot's axis, and which of a sensor's axes to draw: both change seldom, so that the eye can rest."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tidehold.records import Values

MARGIN: Final = 0.05
"""Room above and below the curve, share of its height."""
LEAST_FILLED: Final = 0.4
"""A curve that fills less of the axis than this gets a smaller axis."""
SWITCH_AT: Final = 1.5
"""Another axis is drawn once it moves so many times as much as the one drawn."""
LARGEST: Final = 1e9
"""Larger numbers are nonsense in any unit drawn here, and set no axis."""
_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


def nice_step(span: float) -> float:
    """A round step, about a tenth to a fifth of `span`."""
    rough = span / 8
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in _STEPS if step * power >= rough * (1 - 1e-9))


def label(value: float, step: float) -> str:
    """A number of an axis, with the digits that `step` needs."""
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step * 10**digits, 6) % 1:  # a step of 0.25 needs one more than 0.2
        digits += 1
    return f"{value + 0.0:.{digits}f}"


def liveliest(values: Values, shown: int) -> int:
    """Which column of (n, columns) to draw: the one that moves most, or `shown` while it moves nearly as much."""
    if not len(values):
        return shown if shown < values.shape[1] else 0
    known = np.where(np.isfinite(values), values, np.nan)
    moves = np.zeros(values.shape[1])
    is_known = np.isfinite(values).any(axis=0)
    moves[is_known] = np.nanstd(known[:, is_known], axis=0)
    best = int(moves.argmax())
    if shown >= len(moves) or moves[best] > SWITCH_AT * moves[shown]:
        return best
    return shown


class Scale:
    """Bottom and top of an axis that follows its curve.

    Args:
        least: Smallest height of the axis, so that noise is not blown up.
    """

    def __init__(self, least: float) -> None:
        self._least = least
        self.bottom, self.top = 0.0, least
        self._step = nice_step(least)
        self._is_set = False

    @property
    def labels(self) -> tuple[str, str]:
        """Numbers at the bottom and at the top."""
        return label(self.bottom, self._step), label(self.top, self._step)

    def fit(self, low: Values, high: Values) -> None:
        """Take a curve in: grow when it leaves the axis, shrink when it fills too little of it."""
        bounds = _bounds(low, high)
        if bounds is None:
            return
        lowest, highest = bounds
        is_inside = lowest >= self.bottom and highest <= self.top
        height = max(highest - lowest, self._least)
        if self._is_set and is_inside and height >= LEAST_FILLED * (self.top - self.bottom):
            return
        middle, half = (lowest + highest) / 2, height * (0.5 + MARGIN)
        step = nice_step(2 * half)
        bottom, top = math.floor((middle - half) / step) * step, math.ceil((middle + half) / step) * step
        if top - bottom < step / 2:  # numbers so large that a step is lost in them
            return
        self.bottom, self.top, self._step, self._is_set = bottom, top, step, True


def _bounds(low: Values, high: Values) -> tuple[float, float] | None:
    both = np.concatenate((low, high))
    known = both[np.abs(both) < LARGEST]  # leaves NaN out
    return (float(known.min()), float(known.max())) if len(known) else None
