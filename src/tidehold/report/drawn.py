"""What is drawn of a long recording: as many points as a plot has room for, and nothing across what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tidehold.log.told import Told
from tidehold.records import Estimate, Gap, HostNs, Pacing, Pattern
from tidehold.units import NS

Floats = NDArray[np.float64]

CELL_S: Final = 0.1
"""Of chest motion for drawing: breathing is below 1 Hz."""
_SMOOTH_S: Final = 0.7
"""Over which it is averaged: about two heartbeats' thrusts cancel."""
_TREND_S: Final = 20.0
"""Over which the posture is averaged: two slow breaths."""
_AXIS_S: Final = 40.0
"""Over which the direction of breathing is looked for."""
_CHEST: Final = ("breastbone", "belly")
"""Where a phone moves with the breath."""


class Line(NamedTuple):
    """Points to be joined: `times` (n,) s, `values` (n,), NaN where the line breaks."""

    times: Floats
    values: Floats


class Shade(NamedTuple):
    """A stretch of time, s, and what is said of it."""

    start: float
    end: float
    text: str


def least_and_most(line: Line, bins: int) -> Line:
    """At most two points per bin of time: the least and the greatest value, in their order.

    What stands out stays; a bin in which nothing is known breaks the line.
    """
    times, values = line
    if len(times) <= 2 * bins:
        return line
    edges = np.linspace(times[0], times[-1], bins + 1)
    cuts = np.unique(np.searchsorted(times, edges[1:-1]))
    keep: list[int] = []
    for start, end in zip((0, *cuts), (*cuts, len(times)), strict=True):
        part = values[start:end]
        known = np.flatnonzero(~np.isnan(part))
        if not len(known):
            keep += [start] if end > start else []
            continue
        ends = {int(known[np.argmin(part[known])]), int(known[np.argmax(part[known])])}
        keep += sorted(start + each for each in ends)
    return Line(times[keep], values[keep])


def broken(line: Line, longest_s: float) -> Line:
    """The line with a break wherever two points are further apart than `longest_s`."""
    times, values = line
    holes = np.flatnonzero(np.diff(times) > longest_s) + 1
    return Line(np.insert(times, holes, times[holes - 1] + longest_s / 2), np.insert(values, holes, np.nan))


def known(estimates: Sequence[Estimate], longest_s: float) -> Line:
    """An estimate over time: "don't know" breaks the line, and so does silence of more than `longest_s`."""
    times = np.array([each.t / NS for each in estimates])
    values = np.array([np.nan if each.value is None else each.value for each in estimates])
    return broken(Line(times, values), longest_s)


def is_known(told: Told, name: str) -> bool:
    """Whether an estimate was known at any time: of nothing there is nothing to draw."""
    return any(each.value is not None for each in told.estimates.get(name, ()))


def gaps_of(told: Told, *streams: str) -> list[Shade]:
    """What is missing of some streams; where several miss the same stretch, it is said once."""
    spans: list[Shade] = []
    for gap in sorted((each for each in told.gaps if each.stream in streams), key=lambda each: each.start):
        start, end = gap.start / NS, gap.end / NS
        if spans and start <= spans[-1].end:
            spans[-1] = spans[-1]._replace(end=max(spans[-1].end, end))
        else:
            spans.append(Shade(start, end, gap_text(gap)))
    return spans


def gap_text(gap: Gap) -> str:
    """A gap in words."""
    lost = "" if gap.lost is None else f", {gap.lost} samples"
    return f"{(gap.end - gap.start) / NS:.1f} s missing{lost}: {gap.why}"


class Asked(NamedTuple):
    """Breathing that was asked for, from `start` to `end`, s."""

    start: float
    end: float
    pacing: Pacing


def asked_of(told: Told) -> list[Asked]:
    """All breathing that was asked for: as it was said, or else as the routine's steps say."""
    if not told.pacings:
        return [] if told.last is not None else _asked_by_steps(told)
    ends = [*(each[0] / NS for each in told.pacings[1:]), told.length_s]
    asked = (Asked(since / NS, end, pacing) for (since, pacing), end in zip(told.pacings, ends, strict=True) if pacing)
    return [each for each in asked if each.end > each.start]


def _asked_by_steps(told: Told) -> list[Asked]:
    patterns = {(step.id, step.side): step.pattern for step in told.header.routine.steps} if told.header.routine else {}
    asked = []
    for scored in told.scored:
        halves = [float(each) for each in patterns.get((scored.id, scored.side), "").split("/") if each]
        if scored.scope != "step" or len(halves) not in (2, 4) or scored.end <= scored.start:
            continue
        pattern = Pattern(*halves) if len(halves) == 4 else Pattern(inhale_s=halves[0], exhale_s=halves[1])
        asked.append(Asked(scored.start / NS, scored.end / NS, Pacing(scored.start, pattern)))
    return asked


def wave_of(asked: Sequence[Asked]) -> Line:
    """The pacer's wave, 0 with empty and 1 with full lungs, as corners; it breaks where nothing is asked for."""
    times: list[float] = []
    levels: list[float] = []
    for each in asked:
        pattern = each.pacing.pattern
        parts = ((pattern.inhale_s, 1.0), (pattern.full_s, 1.0), (pattern.exhale_s, 0.0), (pattern.empty_s, 0.0))
        at, level = each.start - each.pacing.into_s(HostNs(round(each.start * NS))), 0.0
        corners = [(at, level)]
        while at < each.end:
            for length_s, goal in parts:
                at, level = at + length_s, goal
                corners.append((at, level))
        own = np.array(corners)
        inside = (own[:, 0] > each.start) & (own[:, 0] < each.end)
        ends = np.interp([each.start, each.end], own[:, 0], own[:, 1])
        times += [each.start, *own[inside, 0], each.end, each.end]
        levels += [float(ends[0]), *own[inside, 1], float(ends[1]), np.nan]
    return Line(np.array(times), np.array(levels))


class Chest(NamedTuple):
    """Chest motion: `line` in m/s^2, inhaling upwards, where the breath's phase is known; `stream` it is drawn from."""

    line: Line
    stream: str


def chest_motion(told: Told) -> Chest | None:
    """The chest's movement along the direction in which it goes with the breath; None where no sensor showed it.

    For drawing only: averaged over 0.7 s, without what lasts 20 s, and turned by the phase that was estimated live.
    No figure is made of it.
    """
    stream = _chest_stream(told)
    phases = [each for each in told.estimates.get("breathing/phase_rad", ()) if each.value is not None]
    if stream is None or len(phases) < 2:
        return None
    motion = _cells(told, stream)
    motion = _mean(motion, _SMOOTH_S)
    motion -= _mean(motion, _TREND_S)
    times = np.arange(len(motion), dtype=np.float64) * CELL_S + CELL_S / 2
    phase = _phase_at(times, phases)
    wave = -np.cos(phase)  # least where an inhalation starts
    axes = _mean(motion * wave[:, np.newaxis], _AXIS_S)
    lengths = np.linalg.norm(axes, axis=1)
    along = np.einsum("ij,ij->i", motion, axes) / np.where(lengths > 0, lengths, np.nan)
    along[np.isnan(phase)] = np.nan
    return None if np.isnan(along).all() else Chest(Line(times, along), stream)


def _chest_stream(told: Told) -> str | None:
    if len(told.samples.get("strap/acc", ())):
        return "strap/acc"
    for source, asked in told.header.sources.items():
        if asked.get("placement") in _CHEST and len(told.samples.get(f"{source}/acc", ())):
            return f"{source}/acc"
    return None


def _cells(told: Told, stream: str) -> Floats:
    """Mean acceleration of each cell, (n, 3) m/s^2; NaN where there is none."""
    samples = told.samples[stream]
    places = (samples.times / (CELL_S * NS)).astype(np.int64)
    inside = places >= 0
    places, values = places[inside], samples.values[inside]
    if not len(places):
        return np.empty((0, 3))
    counts = np.bincount(places)
    sums = np.column_stack([np.bincount(places, weights=values[:, axis]) for axis in range(3)])
    with np.errstate(invalid="ignore"):
        return np.asarray(sums / counts[:, np.newaxis])


def _mean(values: Floats, over_s: float) -> Floats:
    """A moving mean of each column, centred, of what is known; NaN where less than a third of it is."""
    width = round(over_s / CELL_S) // 2 * 2 + 1
    is_known = ~np.isnan(values)
    sums = np.cumsum(np.vstack([np.zeros((1, values.shape[1])), np.where(is_known, values, 0.0)]), axis=0)
    counts = np.cumsum(np.vstack([np.zeros((1, values.shape[1])), is_known]), axis=0)
    at = np.arange(len(values))
    start, end = np.maximum(at - width // 2, 0), np.minimum(at + width // 2 + 1, len(values))
    enough = counts[end] - counts[start]
    with np.errstate(invalid="ignore", divide="ignore"):
        means = (sums[end] - sums[start]) / enough
    means[enough < (end - start)[:, np.newaxis] / 3] = np.nan
    return np.asarray(means)


def _phase_at(times: Floats, phases: Sequence[Estimate]) -> Floats:
    """The breath's phase at `times`, rad; NaN where two that are known are more than a second apart."""
    said = np.array([each.t / NS for each in phases])
    turned = np.unwrap([each.value or 0.0 for each in phases])
    phase = np.interp(times, said, turned, left=np.nan, right=np.nan)
    after = np.clip(np.searchsorted(said, times), 1, len(said) - 1)
    phase[said[after] - said[after - 1] > 1.0] = np.nan
    return np.asarray(phase)
