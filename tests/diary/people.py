"""Many sessions of a person whose course is known."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Mapping
from typing import Final

from tidehold.diary.nouns import CheckIn, Entry
from tidehold.records import UnixNs
from tidehold.units import NS

DAY_NS: Final = 86_400 * NS
FIRST: Final = UnixNs(round(dt.datetime(2026, 1, 5, 18, 0, tzinfo=dt.UTC).timestamp()) * NS)
"""A Monday."""
FLARES: Final = ((25, 31), (55, 60))
"""Days of the two flare-ups."""


def entry(day: float, routine: str = "daily-5-min", *, ended: str = "done", **figures: float) -> Entry:
    return figured(day, figures, routine, ended)


def figured(day: float, figures: Mapping[str, float], routine: str = "daily-5-min", ended: str = "done") -> Entry:
    """A session of this day, which was done whole unless its figures say otherwise."""
    started = UnixNs(FIRST + round(day * DAY_NS))
    return Entry(
        session=f"s{day:g}{routine[:1]}",
        path=f"{day:g}.mcap",
        started=started,
        utc_offset_s=3600,
        length_s=320.0,
        routine=routine,
        ended=ended,  # type: ignore[arg-type]
        figures={"done_share": 1.0, **figures},
    )


def said(day: float, **what: object) -> CheckIn:
    return CheckIn(at=UnixNs(FIRST + round(day * DAY_NS) - 600 * NS), when="before", **what)  # type: ignore[arg-type]


def person(
    seed: int, days: int = 90, *, flares: tuple[tuple[int, int], ...] = FLARES, **course: float
) -> tuple[list[Entry], list[CheckIn]]:
    """A person who does the daily routine for `days` days.

    What improves from the first day to the last is told by `course`: "pain" by how many points, "reached" and "hold"
    by how many deg and points of score; everything else stays as it is, but for noise. In a flare-up it hurts more.
    """
    dice = random.Random(seed)
    entries, check_ins = [], []
    for day in range(days):
        share = day / (days - 1)
        flare = any(first <= day <= last for first, last in flares)
        pain = 6 - course.get("pain", 0.0) * share + 2 * flare + dice.gauss(0, 0.8)
        check_ins.append(said(day, pain=max(0, min(10, round(pain))), flare_up=flare or None))
        figures = {
            "score": 80 + dice.gauss(0, 5),
            "pacing_score": 75 + dice.gauss(0, 8),
            "rate_bpm": 6.3 + dice.gauss(0, 0.4),
            "hr_bpm": 66 + dice.gauss(0, 3),
            "rmssd_ms": 40 * math.exp(dice.gauss(0, 0.2)),
            "hold_score": 60 + course.get("hold", 0.0) * share + dice.gauss(0, 6),
            "hold_rms_deg": 0.6 * math.exp(dice.gauss(0, 0.2)),
            "reached_left_deg": 40 + course.get("reached", 0.0) * share + dice.gauss(0, 3),
            "reached_right_deg": 43 + dice.gauss(0, 3),
        }
        entries.append(figured(day, figures))
        if day % 28 == 0:
            raised = {f"raise_{side}_deg": 55 + dice.gauss(0, 1.0) for side in ("left", "right")}
            entries.append(figured(day + 0.1, raised, "monthly-assessment"))
    return entries, check_ins
