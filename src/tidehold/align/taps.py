"""Three taps of a phone against a strap: the same spikes on both, and by how much their times differ.

What one side cannot see of its delays, a knock that both feel does show. Taps
are sharp: what is left of the acceleration's size after its slow part is taken
away stands far above its own noise.
"""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tidehold.records import Times, Values
from tidehold.units import NS

SLOW_NS: Final = NS // 4
"""The slow part is the median over this much time,"""
SLOW_SAMPLES: Final = 5
"""and over so many samples on either side at least, or a spike would be a good part of it."""
NOISES: Final = 8.0
"""A spike stands this many standard deviations of the noise above it,"""
LEAST: Final = 1.5
"""and this much, m/s^2;"""
SHARE: Final = 0.25
"""and is not smaller than this share of the third largest."""
DEAD_NS: Final = 3 * NS // 20
"""A tap rings: spikes closer than this are one."""
FOOT: Final = 0.02
"""Beside a spike its size is taken for this share of it at least."""
STRONGEST: Final = 12
"""So many spikes are looked at."""
CLOSEST_NS: Final = NS // 5
FARTHEST_NS: Final = 3 * NS // 2
"""Taps follow each other within these limits."""
WITHIN_NS: Final = NS
"""Strap and phone are not farther apart than this before."""
SCATTER_NS: Final = NS // 50
"""The three taps agree within this, or are none."""
ENOUGH: Final = 40
"""Samples without which there is no noise to compare with."""


class Match(NamedTuple):
    """Three taps seen by both: what to add to the other's times, ns, and how far the taps disagree."""

    shift_ns: int
    scatter_ns: int
    last_ns: int
    """Time of the last tap, by the first's clock."""


def find_taps(times: Times, values: Values) -> Times:
    """Times (k,) of sharp spikes, ns, in order, between samples too.

    Args:
        times: Of the samples, (n,) ns, increasing; a rate of 20 Hz or more.
        values: Acceleration, (n, 3) m/s^2.
    """
    if len(times) < ENOUGH:
        return np.empty(0, np.int64)
    height = _height(times, values)
    noise = 1.4826 * float(np.median(np.abs(height - np.median(height))))
    inner = height[1:-1]
    tops = np.flatnonzero((inner >= height[:-2]) & (inner > height[2:]) & (inner > max(LEAST, NOISES * noise))) + 1
    chosen: list[int] = []
    for top in tops[np.argsort(-height[tops], kind="stable")].tolist():
        if all(abs(int(times[top] - times[other])) >= DEAD_NS for other in chosen):
            chosen.append(top)
    if len(chosen) >= 3:
        chosen = [top for top in chosen if height[top] >= SHARE * height[chosen[2]]]
    return np.array([_refined(times, height, top) for top in sorted(chosen[:STRONGEST])], np.int64)


def match_taps(these: Times, others: Times) -> Match | str:
    """Three taps of these that are three of the others, or why there are none.

    Args:
        these: Times of spikes of the device that stays, (k,) ns.
        others: Times of spikes of the device to be moved, (m,) ns.
    """
    mine, theirs = _triples(these), _triples(others)
    if not len(mine) or not len(theirs):
        return f"{len(these)} taps on one and {len(others)} on the other, no three of them like three taps"
    apart = mine[:, None, :] - theirs[None, :, :]
    scatter = np.ptp(apart, axis=2)
    near = np.abs(apart).max(axis=2) <= WITHIN_NS
    if not near.any():
        return "the taps of one are more than 1 s from those of the other"
    fits = near & (scatter <= SCATTER_NS)
    if not fits.any():
        return f"the taps disagree by {scatter[near].min() / 1e6:.0f} ms"
    shifts = np.sort(apart, axis=2)[:, :, 1]
    if np.ptp(shifts[fits]) > SCATTER_NS:
        return "the taps fit in more than one way"
    best = np.unravel_index(int(np.where(fits, scatter, np.iinfo(np.int64).max).argmin()), scatter.shape)
    return Match(int(shifts[best]), int(scatter[best]), int(mine[best[0], 2]))


def _height(times: Times, values: Values) -> Values:
    """How far the size of the acceleration is from its slow part, (n,)."""
    size = np.sqrt(np.einsum("ij,ij->i", values, values))
    period = float(times[-1] - times[0]) / (len(times) - 1)
    half = max(SLOW_SAMPLES, round(SLOW_NS / period / 2))
    # A median: a mean would rise with the spike and leave shadows beside it.
    slow = np.median(sliding_window_view(np.pad(size, half, mode="edge"), 2 * half + 1), axis=1)
    height: Values = np.abs(size - slow)
    return height


def _refined(times: Times, height: Values, top: int) -> int:
    """Time of the vertex of the parabola through the logarithms of a sample and its neighbours, ns.

    A sensor's filter makes of a knock about a bell curve, whose logarithm is a parabola.
    """
    before, here, after = np.log(np.maximum(height[top - 1 : top + 2], FOOT * height[top])).tolist()
    bend = before - 2.0 * here + after
    off = 0.5 * (before - after) / bend if bend < 0.0 else 0.0
    step = int(times[top + 1] - times[top]) if off > 0.0 else int(times[top] - times[top - 1])
    return int(times[top]) + round(off * step)


def _triples(taps: Times) -> Times:
    """Every three taps that follow each other as taps do, (t, 3)."""
    found = [
        three
        for three in combinations(taps.tolist(), 3)
        if all(CLOSEST_NS <= later - earlier <= FARTHEST_NS for earlier, later in pairwise(three))
    ]
    return np.array(found, np.int64).reshape(-1, 3)
