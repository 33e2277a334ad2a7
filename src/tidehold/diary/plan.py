"""What is due: routines for every day, week and month. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

from tidehold.diary.improvement import counts
from tidehold.diary.nouns import Entry
from tidehold.diary.own import own
from tidehold.diary.progress import day_of

Every = Literal["day", "week", "month"]
DAYS: Final[dict[Every, int]] = {"day": 1, "week": 7, "month": 28}
"""From one time to the next; a month is four weeks, so that it falls on the same weekday."""


class Planned(NamedTuple):
    """A routine, how often it is wanted, and which others do as well.

    Attributes:
        routine: Id.
        every: How often.
        instead: Ids of routines that count for it.
    """

    routine: str
    every: Every
    instead: tuple[str, ...] = ()


USUAL: Final = (
    Planned("daily-5-min", "day", ("psoas-relief",)),
    Planned("weekly-strength", "week"),
    Planned("monthly-assessment", "month"),
)


class Due(NamedTuple):
    """When a routine is due.

    Attributes:
        planned: Which.
        last: Day on which it was done last; None: never.
        on: Day on which it is due; today if that is past.
        late_days: For how many days it has been due.
    """

    planned: Planned
    last: dt.date | None
    on: dt.date
    late_days: int


def due(entries: Iterable[Entry], today: dt.date, plan: Sequence[Planned] = USUAL) -> list[Due]:
    """What is due when, the most urgent first. Sessions that were not done to their end do not count."""
    done = [(entry.routine, day_of(entry)) for entry in own(entries) if counts(entry)]
    found = []
    for planned in plan:
        days = [day for routine, day in done if routine == planned.routine or routine in planned.instead]
        last = max(days, default=None)
        wanted = today if last is None else last + dt.timedelta(days=DAYS[planned.every])
        late_days = 0 if last is None else max(0, (today - wanted).days)
        found.append(Due(planned, last, max(today, wanted), late_days))
    return sorted(found, key=lambda each: (each.on, -DAYS[each.planned.every]))
