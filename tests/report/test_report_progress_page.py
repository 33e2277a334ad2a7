"""Progress as a report: what a person reads, and what a program gets."""

from __future__ import annotations

import json
import re

from tests.diary.people import FIRST, entry, person
from tidehold.diary.progress import progress
from tidehold.diary.stop_rules import Warned
from tidehold.report.page import page
from tidehold.report.progress_page import facts, progress_plots, progress_report
from tidehold.report.text import text_of

WARNED = Warned("bladder", FIRST, None, "See a clinician today.", "you answered yes at a check-in")


def test_changes_are_told_with_their_errors_and_nothing_is_promised() -> None:
    told = text_of(progress_report(progress(*person(1, pain=3.5)), (), 3600))
    assert "Better: pain before" in told
    assert "better (error " in told
    assert "no change (error " in told
    assert "not a promise" in told
    assert "Not a medical device" in told
    assert "2026-01-05" in told


def test_a_stop_rule_comes_first_whatever_the_figures_are() -> None:
    report = progress_report(progress(*person(1, pain=5)), [WARNED])
    assert report.sections[0].title == "See a clinician"
    assert report.sections[0].text == ("See a clinician today. (you answered yes at a check-in)",)
    assert report.facts["warnings"][0]["rule"] == "bladder"


def test_what_is_expected_begins_with_the_first_session_of_all() -> None:
    entries, check_ins = person(1, days=60)
    ever, seen = progress(entries, check_ins), progress(entries, check_ins, entries[-7].started)
    assert [each["is_due"] for each in facts(seen)["course"]] == [True, False, False, False]
    report = progress_report(seen, (), 3600, ever)
    assert [each["is_due"] for each in report.facts["course"]] == [True] * 4
    assert "not yet" not in text_of(report)
    assert report.facts["sessions"] == 7


def test_too_few_and_none_are_said_so() -> None:
    few = progress_report(progress([entry(0, score=50.0)], []))
    assert few.sections[0].rows[0].why == "1 value; 6 are needed"
    assert "1 with too few values" in few.sections[0].text[0]
    none = progress_report(progress([], []))
    assert none.sections[0].text[0] == "There are no sessions yet."
    assert "There are no sessions yet." in text_of(none)


def test_names_keep_their_capitals() -> None:
    seen = progress([entry(day, rmssd_ms=30.0 + 20 * (day > 9)) for day in range(20)], [])
    assert progress_report(seen).sections[0].text[0].startswith("Higher: RMSSD")


def test_a_long_break_is_one_line_and_a_short_one_has_its_weeks() -> None:
    rows = progress_report(progress([entry(0), entry(21), entry(63)], [])).sections[1].tables[0].rows
    assert [row[1:] for row in rows] == [
        ("1", "1 of 7"),
        ("0", "0 of 7"),
        ("0", "0 of 7"),
        ("1", "1 of 7"),
        ("0", "none in 5 weeks"),
        ("1", "1 of 7"),
    ]
    assert rows[4][0] == "2026-02-02 on"


def test_facts_are_json() -> None:
    seen = progress(*person(4))
    told = json.loads(json.dumps(facts(seen, [WARNED])))
    assert told["sessions"] == seen.sessions
    assert [each["name"] for each in told["trends"]] == [each.measure.name for each in seen.trends]
    assert sum(week["sessions"] for week in told["weeks"]) == seen.sessions


def test_the_page_has_a_plot_for_each_figure_and_asks_nobody_for_anything() -> None:
    seen = progress(*person(4, days=20))
    plots = progress_plots(seen)
    assert [len(each) for each in plots.values()] == [sum(len(each.points) > 1 for each in seen.trends)]
    html = page(progress_report(seen), plots)
    assert re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=", html) == []
    assert "Content-Security-Policy" in html
