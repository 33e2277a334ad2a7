"""`plan` through the command line, and reminders that another library reads."""

from __future__ import annotations

import datetime as dt
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from dateutil.rrule import rrulestr
from icalendar import Calendar

from tests.cli.running import Run
from tests.diary.people import DAY_NS, figured
from tidehold.diary.nouns import CheckIn
from tidehold.diary.store import FILE_NAME, Diary
from tidehold.records import UnixNs


def test_what_is_due_is_listed(tidehold: Run) -> None:
    said = tidehold("plan")
    assert said.code == 0, said.err
    assert [line.split()[0] for line in said.out.splitlines()[1:]] == [
        "monthly-assessment",
        "weekly-strength",
        "daily-5-min",
    ]
    assert "never" in said.out
    told = tidehold("plan", "--json").json
    assert {each["every_days"] for each in told["plan"]} == {1, 7, 28}


def test_reminders_come_when_they_should(tidehold: Run, tmp_path: Path) -> None:
    path = tmp_path / "plan.ics"
    assert tidehold("plan", "--ics", path, "--at", "7:05").code == 0
    calendar = Calendar.from_ical(path.read_bytes())
    events: dict[str, Any] = {str(each["uid"]): each for each in calendar.walk("VEVENT")}
    assert set(events) == {"daily-5-min@tidehold", "weekly-strength@tidehold", "monthly-assessment@tidehold"}
    for uid, days in (("daily-5-min", 1), ("weekly-strength", 7), ("monthly-assessment", 28)):
        event = events[f"{uid}@tidehold"]
        start = event["dtstart"].dt
        assert (start.hour, start.minute, start.tzinfo) == (7, 5, None)
        rule = rrulestr(event["rrule"].to_ical().decode(), dtstart=start)
        assert [each - start for each in rule[:3]] == [dt.timedelta(days=k * days) for k in range(3)]
        assert len(event.walk("VALARM")) == 1
        assert f"tidehold record --routine {uid}" in str(event["description"])
    assert events["daily-5-min@tidehold"]["duration"].dt <= dt.timedelta(minutes=6)
    again = tidehold("plan", "--ics", path)
    assert again.code == 2
    assert "is there already" in again.err


@pytest.mark.parametrize("at", ["", "7", "24:00", "7:60", "7:5", "x"])
def test_a_time_of_day_is_one(tidehold: Run, at: str) -> None:
    ran = tidehold("plan", "--at", at)
    assert ran.code == 2
    assert "--at: expected a time of day as in 18:00" in ran.err


def test_without_the_library_it_is_said(tidehold: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "icalendar", None)
    ran = tidehold("plan", "--ics", tmp_path / "a.ics")
    assert ran.code == 2
    assert "pip install 'tidehold[calendar]'" in ran.err
    assert not (tmp_path / "a.ics").exists()


def test_what_is_late_and_what_must_not_wait_are_said(tidehold: Run, home: Path) -> None:
    path = home / "state/tidehold" / FILE_NAME
    path.parent.mkdir(parents=True)
    now = time.time_ns()
    done = {"done_share": 1.0}
    with Diary.open(path) as diary:
        for days, routine in ((2, "daily-5-min"), (10, "weekly-strength")):
            started = UnixNs(now - days * DAY_NS)
            diary.put_entry(msgspec.structs.replace(figured(0, done, routine), started=started, utc_offset_s=0))
        diary.add_check_in(CheckIn(at=UnixNs(now), bladder="yes"))
    ran = tidehold("plan")
    assert "today, 1 day late" in ran.out
    assert "today, 3 days late" in ran.out
    assert "!! STOP NOW" in ran.err
    assert [each["rule"] for each in tidehold("plan", "--json").json["warnings"]] == ["bladder"]
