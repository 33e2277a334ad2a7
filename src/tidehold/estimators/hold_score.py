"""A score of 0 to 100 for a hold, against the person's own earlier holds, with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from tidehold.records import Hold, HoldFigures

_RECENT: Final = 10
"""Earlier holds that count: a person gets better, and tired."""
_ALIKE_DEG: Final = 15.0
_FIRST_RMS_DEG: Final = 0.9
_FIRST_DRIFT_DEG_MIN: Final = 3.0
"""For who has held nothing yet: medians of people who sat or stood for 30 s with a sensor on the chest."""
_LEAST_RMS_DEG: Final = 0.1
_LEAST_DRIFT_DEG_MIN: Final = 0.8
"""Who is as steady as the sensor is not measured by its noise."""
_AS_USUAL: Final = 0.7
"""What a hold like the earlier ones is given: better and worse can both be told."""
_WEIGHTS: Final = {"steadiness": 0.4, "drift": 0.3, "in band": 0.3}
_SLIP_COSTS: Final = 10.0
_SLIPS_COST_AT_MOST: Final = 30.0


class Score(NamedTuple):
    """The score, its parts, each 0 to 100, and both in words."""

    value: float
    parts: dict[str, float]
    why: str


class Usual(NamedTuple):
    """What a person's holds are like: RMS deg and drift deg/min; of `holds` earlier ones, 0: of people."""

    rms_deg: float
    drift_deg_min: float
    holds: int


def usual(earlier: Sequence[Hold], placement: str, now: HoldFigures) -> Usual:
    """Medians of the last scored holds that were like this one: the sensor in the same place, the limb as far raised.

    A leg that lies is no measure for one that is lifted.
    """
    known = [hold.figures for hold in earlier if hold.placement == placement and hold.score is not None]
    recent = [each for each in known if each is not None and _alike(each, now)][-_RECENT:]
    rms = _median([each.rms_deg for each in recent], _FIRST_RMS_DEG)
    drift = _median([each.drift_deg_min for each in recent if each.drift_deg_min is not None], _FIRST_DRIFT_DEG_MIN)
    return Usual(max(_LEAST_RMS_DEG, rms), max(_LEAST_DRIFT_DEG_MIN, drift), len(recent))


def _alike(one: HoldFigures, other: HoldFigures) -> bool:
    if one.angle_deg is not None and other.angle_deg is not None:
        return abs(one.angle_deg - other.angle_deg) <= _ALIKE_DEG
    return abs(one.inclination_deg - other.inclination_deg) <= _ALIKE_DEG


def score(figures: HoldFigures, like: Usual) -> Score:
    """The mean of the parts that are known, less what slips cost."""
    parts = {"steadiness": _part(figures.rms_deg / like.rms_deg)}
    words = [f"RMS {figures.rms_deg:.2f} deg (usual {like.rms_deg:.2f})"]
    if figures.drift_deg_min is not None:
        parts["drift"] = _part(figures.drift_deg_min / like.drift_deg_min)
        words.append(f"drift {figures.drift_deg_min:.1f} deg/min (usual {like.drift_deg_min:.1f})")
    parts["in band"] = 100 * figures.in_band
    words.append(f"{100 * figures.in_band:.0f} % in band")
    value = sum(_WEIGHTS[name] * part for name, part in parts.items()) / sum(_WEIGHTS[name] for name in parts)
    if figures.slips:
        parts["slips"] = -min(_SLIPS_COST_AT_MOST, _SLIP_COSTS * len(figures.slips))
        value = max(0.0, value + parts["slips"])
        words.append(f"{len(figures.slips)} slip{'s' if len(figures.slips) > 1 else ''}")
    if figures.tremor_deg_s is not None and figures.tremor_hz is not None:
        words.append(f"a tremor of {figures.tremor_deg_s:.1f} deg/s at {figures.tremor_hz:.1f} Hz, which is not scored")
    against = (
        (f"your last {like.holds} holds like it" if like.holds > 1 else "your last hold like it")
        if like.holds
        else "people who sit or stand"
    )
    return Score(value, parts, f"{', '.join(words)}; 70 is as steady as {against}")


def _part(ratio: float) -> float:
    """100 for perfect rest, 70 for as usual, 49 for twice that."""
    return float(100 * _AS_USUAL**ratio)


def _median(values: Sequence[float], otherwise: float) -> float:
    return sorted(values)[len(values) // 2] if values else otherwise
