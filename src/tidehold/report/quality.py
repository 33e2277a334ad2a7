"""How good the data are: what came of each stream, what is missing and why, clocks, artefacts, and a grade of it."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import Final, Literal

import msgspec
import numpy as np

from tidehold.estimators.rr_cleaning import Flag
from tidehold.log.outputs import Series
from tidehold.log.told import Told
from tidehold.records import StreamView
from tidehold.report.breathing import Breathing
from tidehold.report.hrv import Variability
from tidehold.units import NS

Grade = Literal["good", "fair", "poor"]
GRADES: Final[tuple[Grade, ...]] = ("good", "fair", "poor")
"""The best one first."""
STEADY: Final = frozenset({"ecg", "acc", "gyr", "gravity", "mag"})
"""Streams of a fixed rate."""
MOTION: Final = ("acc", "gravity")
_LEAST_S: Final = 60.0
"""A shorter recording tells little, however good it is."""
_LEAST_SAMPLES: Final = 10


class StreamQuality(msgspec.Struct, frozen=True, kw_only=True):
    """One stream: `coverage` is the share of the recording that its samples account for, where it has a rate."""

    name: str
    samples: int
    rate_hz: float | None
    coverage: float | None
    gaps: int
    lost: int
    missing_s: float


class GapsOf(msgspec.Struct, frozen=True, kw_only=True):
    """The gaps of one stream that have one reason."""

    stream: str
    why: str
    gaps: int
    missing_s: float
    longest_s: float
    lost: int | None


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """One gap; `lost` samples, None where they cannot be counted."""

    stream: str
    start_s: float
    end_s: float
    lost: int | None
    why: str


class ClockQuality(msgspec.Struct, frozen=True, kw_only=True):
    """The clock of one source, as it was said last."""

    source: str
    drift_ppm: float | None
    residual_ms: float | None
    why: str


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the grade: its value, the limits of "good" and "fair", and what it comes to."""

    name: str
    value: str
    good: str
    fair: str
    grade: Grade


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of the data."""

    grade: Grade
    judged: tuple[Judged, ...]
    streams: tuple[StreamQuality, ...]
    gaps: tuple[GapsOf, ...]
    ledger: tuple[Missing, ...]
    """Each gap, in the order in which they were noticed."""
    clocks: tuple[ClockQuality, ...]
    align_ms: float | None
    """Median of what strap and phone may be apart."""
    why_align: str
    """Why that is not known; "" also where strap and phone were not both there."""
    rr_coverage: tuple[float, float] | None
    """Least and most of a minute."""
    artefacts: dict[str, int]
    """Beats by what became of them."""
    rejected: dict[str, int]
    drops: int
    """How often a link was lost."""
    state: str
    """"finished", or how it ended otherwise."""


def quality(told: Told, breathing: Breathing, heart: Variability) -> Quality:
    """Look at all of it."""
    streams = tuple(_stream(told, name) for name in sorted(told.samples) if not name.endswith("/rr_clean"))
    align = [each.value for each in told.estimates.get("align/residual_ms", []) if each.value is not None]
    said = told.estimates.get("align/residual_ms", [])
    align_ms = median(align) if align else None
    judged = _judged(told, streams, breathing, heart, align_ms)
    worst = max((GRADES.index(each.grade) for each in judged), default=0)
    minutes = [each.value for each in told.estimates.get("strap/rr_coverage", []) if each.value is not None]
    return Quality(
        grade=GRADES[worst],
        judged=judged,
        streams=streams,
        gaps=_gaps(told),
        ledger=tuple(
            Missing(stream=gap.stream, start_s=gap.start / NS, end_s=gap.end / NS, lost=gap.lost, why=gap.why)
            for gap in told.gaps
        ),
        clocks=_clocks(told),
        align_ms=align_ms,
        why_align=said[-1].why if said and not align else "",
        rr_coverage=(min(minutes), max(minutes)) if minutes else None,
        artefacts=_artefacts(told),
        rejected=dict(told.rejected),
        drops=sum(link.state == "down" for link in told.links if told.stop is None or link.t < told.stop.t),
        state=_state(told),
    )


def _stream(told: Told, name: str) -> StreamQuality:
    series = told.samples[name]
    view = told.last.streams.get(name) if told.last else None
    kind = name.rpartition("/")[2]
    rate_hz = _rate_hz(series, view) if kind in STEADY else None
    coverage = None
    if rate_hz and told.length_s > 0:
        coverage = min(1.0, len(series) / (rate_hz * told.length_s))
    elif kind == "rr" and len(series) > 1:
        fill_s = float(series.times[-1] - series.times[0]) / NS
        coverage = min(1.0, float(series.values[1:].sum()) / fill_s) if fill_s > 0 else None
    gaps = [gap for gap in told.gaps if gap.stream == name]
    return StreamQuality(
        name=name,
        samples=len(series),
        rate_hz=rate_hz,
        coverage=coverage,
        gaps=len(gaps),
        lost=sum(gap.lost or 0 for gap in gaps),
        missing_s=sum((gap.end - gap.start) / NS for gap in gaps),
    )


def _rate_hz(series: Series, view: StreamView | None) -> float | None:
    """The rate as the fold said it last; of one that it did not say, from the median distance."""
    if view is not None and view.rate_hz:
        return view.rate_hz
    if len(series) < _LEAST_SAMPLES:
        return None
    step = float(np.median(np.diff(series.times)))
    return NS / step if step > 0 else None


def _gaps(told: Told) -> tuple[GapsOf, ...]:
    """By stream and reason, the longest in all first; lengths in a reason do not make it another."""
    kinds: dict[tuple[str, str], list[tuple[float, int | None]]] = {}
    for gap in told.gaps:
        kinds.setdefault((gap.stream, gap.why), []).append(((gap.end - gap.start) / NS, gap.lost))
    found = [
        GapsOf(
            stream=stream,
            why=why,
            gaps=len(each),
            missing_s=sum(length_s for length_s, _ in each),
            longest_s=max(length_s for length_s, _ in each),
            lost=None if all(lost is None for _, lost in each) else sum(lost or 0 for _, lost in each),
        )
        for (stream, why), each in kinds.items()
    ]
    return tuple(sorted(found, key=lambda each: -each.missing_s))


def _clocks(told: Told) -> tuple[ClockQuality, ...]:
    found = []
    for source in told.header.sources:
        said = {name: told.estimates.get(f"{source}/clock_{name}", []) for name in ("drift_ppm", "residual_ms")}
        if not any(said.values()):
            continue
        last = {
            name: next((each for each in all_[::-1] if each.value is not None), None) for name, all_ in said.items()
        }
        drift, residual = last["drift_ppm"], last["residual_ms"]
        whys = [each.why for all_ in said.values() for each in all_[-1:] if each.value is None]
        found.append(
            ClockQuality(
                source=source,
                drift_ppm=drift.value if drift else None,
                residual_ms=residual.value if residual else None,
                why="" if drift and residual else next(iter(whys), ""),
            )
        )
    return tuple(found)


def _artefacts(told: Told) -> dict[str, int]:
    """Beats by flag."""
    counts: Counter[str] = Counter()
    flags = tuple(Flag)
    for name, series in told.samples.items():
        if name.endswith("/rr_clean") and len(series):
            for flag, number in zip(series.values[:, 2].tolist(), series.values[:, 1].tolist(), strict=True):
                counts[str(flags[int(flag)])] += int(number)
    return {str(flag): counts[str(flag)] for flag in flags if counts[str(flag)]}


def _state(told: Told) -> str:
    if told.recovered is not None:
        missing = sum(each.last - each.first + 1 for each in told.recovered.missing)
        return f"recovered from a file that was interrupted or damaged, {missing or 'no'} inputs known to be missing"
    if told.stop is None:
        return "interrupted: the recording has no end; it is told up to its last whole part"
    return "finished"


_Limits = tuple[float, float]
SHARES: Final[dict[str, _Limits]] = {
    "heartbeats known": (0.95, 0.80),
    "breathing known": (0.80, 0.50),
    "motion known": (0.95, 0.80),
}
"""At least so much is good, and fair."""
ARTEFACTS: Final[_Limits] = (0.05, 0.10)
ALIGN_MS: Final[_Limits] = (60.0, 200.0)
"""At most so much is good, and fair."""


def _judged(
    told: Told, streams: tuple[StreamQuality, ...], breathing: Breathing, heart: Variability, align_ms: float | None
) -> tuple[Judged, ...]:
    """Each part that this session has; one without a strap is not judged by its heartbeats."""
    parts = []
    if heart.beats:
        parts.append(_at_least("heartbeats known", heart.coverage))
        parts.append(_at_most("artefacts", heart.artefact_share or 0.0, ARTEFACTS, "%"))
    if breathing.whole.rate_bpm is not None or (breathing.whole.breaths and told.length_s > _LEAST_S):
        parts.append(_at_least("breathing known", breathing.whole.known))
    for stream in streams:
        source, _, kind = stream.name.rpartition("/")
        if kind in MOTION and source != "strap" and stream.coverage is not None:
            name = f"motion known ({stream.name})"
            parts.append(_at_least(name, stream.coverage, SHARES["motion known"]))
    if align_ms is not None:
        parts.append(_at_most("strap and phone apart", align_ms, ALIGN_MS, "ms"))
    whole: Grade = "good" if told.stop is not None and told.recovered is None else "fair"
    if told.recovered is not None and not told.recovered.missing and told.stop is not None:
        whole = "good"
    parts.append(
        Judged(
            name="recording",
            value=_state(told).split()[0].rstrip(":"),
            good="whole",
            fair="cut or with holes",
            grade=whole,
        )
    )
    if told.length_s < _LEAST_S:
        short = f"{told.length_s:.0f} s"
        parts.append(Judged(name="length", value=short, good=f"{_LEAST_S:.0f} s or more", fair="-", grade="poor"))
    parts.append(_heard(told))
    return tuple(parts)


def _heard(told: Told) -> Judged:
    """Whether something came from every sensor that was asked for."""
    heard = {name.partition("/")[0] for name in told.samples}
    silent = [source for source in told.header.sources if source not in heard]
    grade: Grade = "poor" if not heard else "fair" if silent else "good"
    value = "none" if not heard else f"not the {' or the '.join(silent)}" if silent else "all"
    return Judged(name="sensors heard", value=value, good="all", fair="some", grade=grade)


def _at_least(name: str, share: float, limits: _Limits | None = None) -> Judged:
    good, fair = limits or SHARES[name]
    grade: Grade = "good" if share >= good else "fair" if share >= fair else "poor"
    return Judged(
        name=name,
        value=f"{100 * share:.1f} %",
        good=f"{100 * good:.0f} % or more",
        fair=f"{100 * fair:.0f} % or more",
        grade=grade,
    )


def _at_most(name: str, value: float, limits: _Limits, unit: str) -> Judged:
    good, fair = limits
    grade: Grade = "good" if value <= good else "fair" if value <= fair else "poor"
    scale, digits = (100, 1) if unit == "%" else (1, 0)
    return Judged(
        name=name,
        value=f"{scale * value:.{digits}f} {unit}",
        good=f"{scale * good:.0f} {unit} or less",
        fair=f"{scale * fair:.0f} {unit} or less",
        grade=grade,
    )
