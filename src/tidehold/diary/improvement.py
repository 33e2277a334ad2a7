"""Whether consistent sessions have led to an improvement: the definition behind the third stop rule. Pure.

That 14 consistent sessions without improvement are enough is the source's word. What "consistent" and "improvement"
mean it does not say: that is our reading, in `Improvement` and docs/diary.md. No score goes into it.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

from tidehold.coach.routine_book import REGULAR_SESSIONS
from tidehold.diary.nouns import CheckIn, Entry
from tidehold.diary.own import own
from tidehold.estimators.leg_raise import BETWEEN_RATERS_DEG, SAME_RATER_DEG
from tidehold.records import UnixNs
from tidehold.units import DAY_NS, NS

SESSIONS: Final = REGULAR_SESSIONS
"""Consistent sessions without improvement that are enough: 14, the source's figure."""
WITHIN_DAYS: Final = 28
"""Of 14 consistent sessions, from the first to the last: one every other day. A longer break begins a new run."""
LEAST_DONE: Final = 0.8
"""Share of its time that was spent in a routine's steps, for a session to count."""
EDGE: Final = 5
"""Sessions at either end of the 14 that are compared; four lie between."""
LEAST_PAINS: Final = 3
"""At either end: a median of fewer is a chance."""
PAIN_STEP: Final = 1.0
"""Of the numeric rating scale: people give a pain that has not changed as one more or one less."""
LITTLE_PAIN: Final = 1.0
"""Who has no more than that has nothing left to improve."""
RAISE_DAYS: Final = 35
"""How old the first straight-leg raise may be: it is measured monthly."""
_SIDES: Final = ("left", "right")
_BEFORE_NS: Final = 3 * 3600 * NS
"""What is said so long before a session belongs to it."""

State = Literal["better", "not better", "unknown", "too few"]


class Improvement(NamedTuple):
    """Whether there is any, as known at the last of some sessions.

    Those are looked at that were followed to their end, for at least 80 % of their time, since the last break of more
    than 28 days. `state` is "too few" while the last 14 of them do not lie within 28 days, and "unknown" where neither
    pain nor straight-leg raise is known at both ends. It is "better" if, by pain or by the raise of either leg, the
    last five sessions are better than the first five of the last 14, or better than the first five of all and not
    worse than the best five since. Better and worse are more than 1 point of pain (medians), or more than the test's
    error in degrees; and pain of at most 1 has nothing left to improve. Otherwise it is "not better".
    """

    state: State
    why: str
    sessions: int
    """Of this run so far."""
    at: UnixNs
    """End of the last session."""


class _Raised(NamedTuple):
    """A straight-leg raise, and whether a phone has measured it."""

    at: int
    deg: float
    by_phone: bool


_Found = tuple[bool | None, str]
"""Whether it is better, and by what; None and why where that is not known."""


def improvement(entries: Iterable[Entry], check_ins: Iterable[CheckIn]) -> Improvement | None:
    """Whether there is any now; None before the first session that counts."""
    found = improvements(entries, check_ins)
    return found[-1] if found else None


def improvements(entries: Iterable[Entry], check_ins: Iterable[CheckIn]) -> list[Improvement]:
    """For each session that counts, by start: whether there is any, as known before the next one."""
    entries, check_ins = sorted(own(entries), key=lambda entry: (entry.started, entry.session)), list(check_ins)
    pains = [sorted(_pains(entries, check_ins, after=after)) for after in (False, True)]
    raises = [sorted(_raises(side, entries, check_ins)) for side in _SIDES]
    found: list[Improvement] = []
    for run in _runs([entry for entry in entries if counts(entry)]):
        starts = [entry.started - _BEFORE_NS for entry in run]
        fives = [[_median(said, starts, place) for place in range(len(run) - EDGE + 1)] for said in pains]
        for count in range(1, len(run) + 1):
            end = starts[count] if count < len(starts) else math.inf
            of_raises = [_raise(starts[:count], end, side, said) for side, said in zip(_SIDES, raises, strict=True)]
            found.append(_improved(run[:count], _pain([each[: max(0, count - EDGE + 1)] for each in fives]), of_raises))
    return found


def counts(entry: Entry) -> bool:
    """Whether a session can be one of the consistent ones: a routine followed to its end."""
    return bool(entry.routine) and entry.ended == "done" and entry.figures.get("done_share", 0.0) >= LEAST_DONE


def _runs(done: Sequence[Entry]) -> list[list[Entry]]:
    """Sessions without a long break between them."""
    runs: list[list[Entry]] = []
    for entry in done:
        if runs and entry.started - runs[-1][-1].started <= WITHIN_DAYS * DAY_NS:
            runs[-1].append(entry)
        else:
            runs.append([entry])
    return runs


def _improved(run: Sequence[Entry], of_pain: _Found, of_raises: Sequence[_Found]) -> Improvement:
    """What pain and raises say of a run."""
    last, count = run[-1], len(run)
    at = UnixNs(last.started + round(last.length_s * NS))
    if count < SESSIONS or last.started - run[-SESSIONS].started > WITHIN_DAYS * DAY_NS:
        why = f"no {SESSIONS} sessions were followed to their end within {WITHIN_DAYS} days"
        return Improvement("too few", why, count, at)
    known = [(better, why) for better, why in (of_pain, *of_raises) if better is not None]
    if not known:
        return Improvement("unknown", "; ".join(why for _, why in (of_pain, *of_raises)), count, at)
    state: State = "better" if any(better for better, _ in known) else "not better"
    whys = [why for better, why in known if better or state != "better"]
    return Improvement(state, f"after {count} consistent sessions: {'; '.join(whys)}", count, at)


def _pain(fives: Sequence[Sequence[float | None]]) -> _Found:
    """Of the medians at every five sessions, before sessions or if need be after them."""
    for medians in fives:
        if len(medians) <= SESSIONS - EDGE:
            continue
        first, before, now = medians[0], medians[EDGE - SESSIONS - 1], medians[-1]
        if now is None or before is None:
            continue
        best = min(each for each in medians if each is not None)
        first = before if first is None else first
        better = now <= LITTLE_PAIN or _is_better(-now, -before, -first, -best, PAIN_STEP)
        earlier = f"{first:g} at first, " if first != before else ""
        return better, f"pain {earlier}{before:g}, then {now:g} (medians)"
    return None, f"pain was noted at too few of the first and of the last {EDGE} sessions, {LEAST_PAINS} are needed"


def _is_better(now: float, before: float, first: float, best: float, error: float) -> bool:
    """Whether `now` is higher than `before`, or higher than at `first` and not lower than the `best` since."""
    return now - before > error or (now - first > error and best - now <= error)


def _median(said: Sequence[tuple[int, float]], starts: Sequence[int], place: int) -> float | None:
    """Of what was said at five sessions, from this one on; None if that is too little."""
    end = starts[place + EDGE] if place + EDGE < len(starts) else math.inf
    inside = said[bisect_left(said, (starts[place],)) : bisect_left(said, (end,))]
    return statistics.median(value for _, value in inside) if len(inside) >= LEAST_PAINS else None


def _pains(entries: Iterable[Entry], check_ins: Iterable[CheckIn], *, after: bool) -> Iterator[tuple[int, float]]:
    """Pain that was said at check-ins and marked in sessions."""
    for each in check_ins:
        if each.pain is not None and (each.when == "after") == after:
            yield each.at, float(each.pain)
    name = "pain_after" if after else "pain_before"
    for entry in entries:
        if name in entry.figures:
            yield entry.started + (round(entry.length_s * NS) if after else 0), entry.figures[name]


def _raises(side: str, entries: Iterable[Entry], check_ins: Iterable[CheckIn]) -> Iterator[_Raised]:
    name = f"raise_{side}_deg"
    for entry in entries:
        if name in entry.figures:
            yield _Raised(entry.started, entry.figures[name], by_phone=True)
    for each in check_ins:
        deg = each.raise_left_deg if side == "left" else each.raise_right_deg
        if deg is not None:
            yield _Raised(each.at, deg, by_phone=False)


def _raise(starts: Sequence[int], end: float, side: str, said: Sequence[_Raised]) -> _Found:
    """Of a leg, by what was measured before `end`."""
    none = f"no {side} leg raise at the first and the last of the last {SESSIONS} sessions"
    if len(starts) < SESSIONS:
        return None, none
    old = RAISE_DAYS * DAY_NS
    said = [each for each in said if starts[0] - old <= each.at < end]
    early = [each for each in said if starts[-SESSIONS] - old <= each.at < starts[EDGE - SESSIONS]]
    if not early or said[-1].at < starts[-EDGE]:
        return None, none
    first, before, now = said[0], early[-1], said[-1]
    error_deg = SAME_RATER_DEG if all(each.by_phone for each in (first, before, now)) else BETWEEN_RATERS_DEG
    better = _is_better(now.deg, before.deg, first.deg, max(each.deg for each in said), error_deg)
    earlier = f"{first.deg:.0f} at first, " if first != before else ""
    return better, f"{side} leg raise {earlier}{before.deg:.0f}, then {now.deg:.0f} deg (error {error_deg:g})"
