"""Traces and shapes as rows of braille: eight dots a character, two across and four down."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tidehold.records import Values

DOTS_ACROSS: Final = 2
DOTS_DOWN: Final = 4
GAP_TIMES: Final = 4.0
"""Samples further apart than so many times their median distance are not joined."""

Mask = NDArray[np.bool_]

_BITS: Final = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], np.uint32)
"""Bit of each dot of a character (Unicode 15, "Braille Patterns")."""
_BLANK: Final = 0x2800


def cells(mask: Mask) -> list[str]:
    """Rows of characters for a mask of dots, (4 x rows, 2 x columns)."""
    rows, columns = mask.shape[0] // DOTS_DOWN, mask.shape[1] // DOTS_ACROSS
    dots = mask.reshape(rows, DOTS_DOWN, columns, DOTS_ACROSS)
    codes = np.full((rows, columns), _BLANK, np.uint32)
    for down in range(DOTS_DOWN):
        for across in range(DOTS_ACROSS):
            codes |= dots[:, down, :, across] * _BITS[down, across]
    return [row.astype("<u4").tobytes().decode("utf-32-le") for row in codes]


def clean(times_s: Values, values: Values) -> tuple[Values, Values]:
    """Times and values of one length, in order of time."""
    count = min(len(times_s), len(values))
    times_s, values = times_s[:count], values[:count]
    if np.any(np.diff(times_s) < 0):
        order = np.argsort(times_s, kind="stable")
        times_s, values = times_s[order], values[order]
    return times_s, values


def spans(times_s: Values, values: Values, start_s: float, step_s: float, count: int) -> tuple[Values, Values]:
    """Lowest and highest value of the joined samples in each of `count` steps of time; NaN where there are none.

    Args:
        times_s: (n,) rising.
        values: (n,); a NaN interrupts the line, as does a gap in the times.
        start_s: Where the first step starts.
        step_s: Length of a step.
        count: Number of steps.
    """
    low = np.full(count, np.nan)
    if not len(values):
        return low, low.copy()
    high = low.copy()
    position = np.floor((times_s - start_s) / step_s)
    inside = (position >= 0) & (position < count)
    step = position[inside].astype(np.intp)
    if len(step):
        starts = np.flatnonzero(np.diff(step, prepend=-1))
        low[step[starts]] = np.fmin.reduceat(values[inside], starts)
        high[step[starts]] = np.fmax.reduceat(values[inside], starts)
    edges = _at(times_s, values, np.linspace(start_s, start_s + step_s * count, count + 1, dtype=np.float64))
    low = np.fmin(low, np.fmin(edges[:-1], edges[1:]))
    high = np.fmax(high, np.fmax(edges[:-1], edges[1:]))
    return low, high


def curve(low: Values, high: Values, bottom: float, top: float, rows: int) -> Mask:
    """Dots between `low` and `high` of each column, on `rows` of characters from `bottom` to `top`.

    What lies outside is drawn at the edge.
    """
    last = rows * DOTS_DOWN - 1
    scale = last / (top - bottom)
    upper = np.clip(np.rint((top - high) * scale), 0, last)
    lower = np.clip(np.rint((top - low) * scale), 0, last)
    down = np.arange(last + 1)[:, None]
    return (down >= upper) & (down <= lower)  # NaN compares as False: nothing is drawn


def disc(fullness: float, rows: int, columns: int) -> Mask:
    """A disc as wide as `fullness`, 0..1, of the largest that fits, in the ring of the largest."""
    height, width = rows * DOTS_DOWN, columns * DOTS_ACROSS
    radius = (min(height, width) - 1) / 2
    down, across = np.ogrid[:height, :width]
    distance = np.hypot(down - (height - 1) / 2, across - (width - 1) / 2)
    ring = np.abs(distance - radius) < 0.5
    return ring | (distance <= fullness * radius)


def _at(times_s: Values, values: Values, where_s: Values) -> Values:
    """Values on the line through the samples; NaN outside, in gaps, and beside a NaN."""
    if len(values) < 2:
        return np.full(len(where_s), np.nan)
    distance = np.diff(times_s)
    is_joined = distance <= GAP_TIMES * np.median(distance)
    before = np.searchsorted(times_s, where_s, side="right") - 1
    is_between = (before >= 0) & (before < len(distance))
    is_between[is_between] = is_joined[before[is_between]]
    return np.where(is_between, np.interp(where_s, times_s, values), np.nan)
