"""`plan`: what is due, and reminders for a calendar."""

from __future__ import annotations

import argparse
import datetime as dt
import math
import re
import time
from typing import Any, Final

from tidehold.cli.diary import tell_warnings, warning_trees
from tidehold.cli.extras import need_calendar
from tidehold.cli.output import give, say, table
from tidehold.cli.progress import known, tell_simulated
from tidehold.cli.settings import Settings
from tidehold.coach.routine_layout import lay_out
from tidehold.diary.plan import DAYS, Due, due
from tidehold.errors import ConfigError
from tidehold.log.whole import whole
from tidehold.sources.routines import find_routine

_RULES: Final[dict[str, dict[str, Any]]] = {
    "day": {"freq": "daily"},
    "week": {"freq": "weekly"},
    "month": {"freq": "weekly", "interval": 4},
}


def plan(arguments: argparse.Namespace) -> int:
    """`tidehold plan`: daily, weekly and monthly routines, and when each is due."""
    at = _time_of_day(arguments.at)
    if arguments.ics is not None:
        need_calendar()
    now = dt.datetime.fromtimestamp(time.time(), dt.UTC).astimezone()  # noqa: TID251 - of a day, not of a session
    with known(Settings.of(arguments)) as (entries, check_ins):
        found = due(entries, now.date())
        tell_simulated(entries)
        warned = tell_warnings(entries, check_ins)
    if arguments.ics is not None:
        with whole(arguments.ics, force=arguments.force) as beside:
            beside.write_bytes(calendar(found, at, now))
        say(f"wrote {arguments.ics}: import it into your calendar")
    if arguments.json:
        today = now.date().isoformat()
        give({"today": today, "plan": [_told(each) for each in found], "warnings": warning_trees(warned)})
    elif arguments.ics is None:
        table([("routine", "how often", "last done", "due"), *(_row(each, now.date()) for each in found)])
    return 0


def calendar(found: list[Due], at: dt.time, now: dt.datetime) -> bytes:
    """Reminders as iCalendar (RFC 5545): one series for each routine, in the calendar's own time zone.

    Args:
        found: What is due.
        at: Time of day.
        now: When this was made.
    """
    from icalendar import Alarm, Calendar, Event  # noqa: PLC0415 - an extra

    whole_calendar = Calendar()
    whole_calendar.add("prodid", "-//tidehold//plan//EN")
    whole_calendar.add("version", "2.0")
    for each in found:
        name = each.planned.routine
        event = Event()
        event.add("uid", f"{name}@tidehold")
        event.add("dtstamp", now.astimezone(dt.UTC))
        event.add("dtstart", dt.datetime.combine(each.on, at))
        event.add("duration", _length(name))
        event.add("rrule", _RULES[each.planned.every])
        event.add("summary", f"Tidehold: {name}")
        event.add("description", f"tidehold record --routine {name}")
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"Tidehold: {name}")
        alarm.add("trigger", dt.timedelta(0))
        event.add_component(alarm)
        whole_calendar.add_component(event)
    made: bytes = whole_calendar.to_ical()
    return made


def _length(name: str) -> dt.timedelta:
    """Of a routine, in whole minutes."""
    return dt.timedelta(minutes=math.ceil(lay_out(find_routine(name)).seconds / 60))


def _time_of_day(text: str) -> dt.time:
    found = re.fullmatch(r"(\d{1,2}):(\d\d)", text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise ConfigError(f"--at: expected a time of day as in 18:00, found {text!r}")
    return dt.time(int(found[1]), int(found[2]))


def _told(each: Due) -> dict[str, Any]:
    return {
        "routine": each.planned.routine,
        "every_days": DAYS[each.planned.every],
        "last": None if each.last is None else each.last.isoformat(),
        "due": each.on.isoformat(),
        "late_days": each.late_days,
    }


def _row(each: Due, today: dt.date) -> tuple[str, ...]:
    last = "never" if each.last is None else each.last.isoformat()
    days = "1 day" if each.late_days == 1 else f"{each.late_days} days"
    late = f"today, {days} late" if each.late_days else "today"
    return each.planned.routine, f"every {each.planned.every}", last, each.on.isoformat() if each.on > today else late
