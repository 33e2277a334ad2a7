"""What has changed over many sessions, and what has not: only what is beyond its error is called a change. Pure.

Of each figure the median of the first sessions is held against that of the last ones, up to `EDGE` at either end. Its
error is the larger of two: what the measurement itself is known to err by, where that is published, and what the
figure's own scatter from one session to the next makes of a difference of two such medians.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from tidehold.diary.improvement import PAIN_STEP, counts
from tidehold.diary.nouns import CheckIn, Entry
from tidehold.diary.own import own
from tidehold.estimators.leg_raise import BETWEEN_RATERS_DEG, SAME_RATER_DEG
from tidehold.records import UnixNs
from tidehold.units import DAY_NS, NS

EDGE: Final = 14
"""Values at either end whose median counts: two weeks of daily sessions."""
LEAST: Final = 6
"""Values without which a figure's scatter is not known."""
SURE: Final = 2.8
"""Standard errors that a difference must have: of 3,600 simulated figures that stayed the same 15 seemed to change."""
_OF_MEDIAN: Final = math.sqrt(math.pi / 2)
"""Standard error of a median over that of a mean, of normal values."""

State = Literal["better", "worse", "higher", "lower", "no change", "too few"]


class Measure(NamedTuple):
    """A figure that is followed.

    Attributes:
        name: In the catalogue, see `CATALOGUED`; without its side, if it has one.
        label: For a person.
        unit: As it is said.
        better: 1 where more is better, -1 where less is, 0 where neither is.
        error: That is published for one measurement against another, in its unit; 0: none.
        digits: That are said.
    """

    name: str
    label: str
    unit: str
    better: int = 0
    error: float = 0.0
    digits: int = 0


PAIN: Final = Measure("pain", "pain before", "of 10", -1, PAIN_STEP)
RAISES: Final = {
    side: Measure(f"raise_{side}_deg", f"straight-leg raise, {side}", "deg", 1, SAME_RATER_DEG)
    for side in ("left", "right")
}
MEASURES: Final = (
    Measure("score", "session score", "of 100", 1),
    Measure("pacing_score", "pacing score", "of 100", 1),
    Measure("rate_bpm", "breathing rate", "/min", digits=1),
    Measure("hr_bpm", "heart rate", "/min", digits=1),
    Measure("rmssd_ms", "RMSSD", "ms"),
    Measure("hold_score", "hold score", "of 100", 1),
    Measure("hold_rms_deg", "unsteadiness of holds", "deg", -1, digits=2),
    Measure("reached_left_deg", "stretch reached, left", "deg", 1, digits=1),
    Measure("reached_right_deg", "stretch reached, right", "deg", 1, digits=1),
    Measure("gain_deg", "gain by contract-relax", "deg", 1, digits=1),
    Measure("cadence_spm", "cadence", "steps/min"),
)
"""Besides pain and straight-leg raise, which people say at check-ins too."""


class Point(NamedTuple):
    """A value and when it was measured."""

    at: UnixNs
    value: float


class Trend(NamedTuple):
    """How a figure went.

    Attributes:
        measure: Of what.
        points: All values, by time.
        then: Median of the first ones; None if there are too few values.
        now: Median of the last ones.
        error: A smaller difference is no change; None if that is not known.
        state: What can be said.
        why: By what that is known.
    """

    measure: Measure
    points: tuple[Point, ...]
    then: float | None
    now: float | None
    error: float | None
    state: State
    why: str


class Week(NamedTuple):
    """A week from Monday on: how many sessions there were, on how many days."""

    monday: dt.date
    sessions: int
    days: int


class Progress(NamedTuple):
    """What is known over time."""

    sessions: int
    first: UnixNs | None
    last: UnixNs | None
    weeks: tuple[Week, ...]
    trends: tuple[Trend, ...]
    flare_ups: tuple[UnixNs, ...]


def progress(
    entries: Iterable[Entry],
    check_ins: Iterable[CheckIn],
    since: UnixNs | None = None,
    now: UnixNs | None = None,
) -> Progress:
    """How all figures went.

    Args:
        entries: Of the catalogue; of simulated ones see `own`.
        check_ins: In any order.
        since: What was before is left out.
        now: Weeks are told up to this one; otherwise to that of the last session.
    """
    entries = [
        each for each in sorted(own(entries), key=lambda each: each.started) if since is None or each.started >= since
    ]
    check_ins = [each for each in sorted(check_ins, key=lambda each: each.at) if since is None or each.at >= since]
    trends = [trend(PAIN, pains(entries, check_ins))]
    for side, measure in RAISES.items():
        points, by_hand = _raises(entries, check_ins, side)
        error = BETWEEN_RATERS_DEG if by_hand else SAME_RATER_DEG
        trends.append(trend(measure._replace(error=error), points))
    trends += [trend(measure, _points(entries, measure)) for measure in MEASURES]
    return Progress(
        sessions=len(entries),
        first=entries[0].started if entries else None,
        last=entries[-1].started if entries else None,
        weeks=tuple(weeks(entries, now)),
        trends=tuple(each for each in trends if each.points),
        flare_ups=tuple(each.at for each in check_ins if each.flare_up),
    )


def trend(measure: Measure, points: Sequence[Point]) -> Trend:
    """How one figure went, from its values by time."""
    values = [point.value for point in points]
    one_error = measure.error > 0 and len(values) >= 2
    if one_error and points[-1].at - points[0].at < DAY_NS:  # over a day pain goes up and down
        return Trend(measure, tuple(points), None, None, None, "too few", f"{len(values)} values, all within a day")
    if len(values) < LEAST and not one_error:
        why = f"{len(values)} value{'s' if len(values) != 1 else ''}; {LEAST} are needed"
        return Trend(measure, tuple(points), None, None, None, "too few", why)
    edge = min(EDGE, len(values) // 2)
    then, now = statistics.median(values[:edge]), statistics.median(values[-edge:])
    spread = scatter(values) if len(values) >= LEAST else 0.0
    of_scatter = SURE * spread * _OF_MEDIAN * math.sqrt(2 / edge)
    error = max(measure.error, of_scatter)
    why = f"median of the first {edge} and of the last {edge}" if edge > 1 else "the first and the last"
    why += ", error of the test" if error == measure.error else ", error by how it varies from session to session"
    return Trend(measure, tuple(points), then, now, error, _state(measure, now - then, error), why)


def _state(measure: Measure, change: float, error: float) -> State:
    if abs(change) <= error:
        return "no change"
    if measure.better == 0:
        return "higher" if change > 0 else "lower"
    return "better" if change * measure.better > 0 else "worse"


def scatter(values: Sequence[float]) -> float:
    """Standard deviation of a value about its slow course: of normal ones, a mean step is 2/sqrt(pi) of it."""
    steps = [abs(later - earlier) for earlier, later in pairwise(values)]
    return statistics.fmean(steps) * math.sqrt(math.pi) / 2


def _points(entries: Iterable[Entry], measure: Measure) -> list[Point]:
    return [Point(each.started, each.figures[measure.name]) for each in entries if measure.name in each.figures]


def pains(entries: Iterable[Entry], check_ins: Iterable[CheckIn]) -> list[Point]:
    """Pain before sessions and between them, by time: what is said right after a session is about that session."""
    said = [Point(each.at, float(each.pain)) for each in check_ins if each.pain is not None and each.when != "after"]
    said += [Point(each.started, each.figures["pain_before"]) for each in entries if "pain_before" in each.figures]
    return sorted(said)


def _raises(entries: Iterable[Entry], check_ins: Iterable[CheckIn], side: str) -> tuple[list[Point], bool]:
    """Straight-leg raises of a side, and whether one of them was not measured by a phone."""
    name = f"raise_{side}_deg"
    points = [Point(each.started, each.figures[name]) for each in entries if name in each.figures]
    by_hand = [Point(each.at, deg) for each in check_ins if (deg := getattr(each, name)) is not None]
    return sorted(points + by_hand), bool(by_hand)


def weeks(entries: Sequence[Entry], now: UnixNs | None = None) -> Iterator[Week]:
    """Sessions with a routine that were done, or without one, per week of the person's own days; empty weeks too."""
    days = [day_of(each) for each in entries if counts(each) or not each.routine]
    if not days:
        return
    until = max(days) if now is None else max(*days, local(now, entries[-1].utc_offset_s).date())
    monday, last = _monday(min(days)), _monday(until)
    count = Counter(days)
    while monday <= last:
        inside = [monday + dt.timedelta(days=k) for k in range(7)]
        yield Week(monday, sum(count[day] for day in inside), sum(day in count for day in inside))
        monday += dt.timedelta(days=7)


def day_of(entry: Entry) -> dt.date:
    """The day on which a session began, where the person was."""
    return local(entry.started, entry.utc_offset_s).date()


def local(at: UnixNs, utc_offset_s: int) -> dt.datetime:
    """Wall time of a moment in a time zone."""
    return dt.datetime.fromtimestamp(at // NS, dt.timezone(dt.timedelta(seconds=utc_offset_s)))


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())
