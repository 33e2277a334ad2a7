"""A whole report, of made sessions and of folded ones: whatever was there, and whatever was not."""

from __future__ import annotations

import json

import pytest

from tests.report.made import BOTH, beats, folded, link, made, mark, rows, snapshot
from tidehold.log.notes import Recovered
from tidehold.log.told import Told
from tidehold.records import UnixNs
from tidehold.report.content import SECTIONS, report_of
from tidehold.report.nouns import Report, Section
from tidehold.report.text import text_of


def section(report: Report, id_: str) -> Section:
    return next(each for each in report.sections if each.id == id_)


def hold_together(report: Report) -> None:
    """What every report keeps to."""
    assert tuple(each.id for each in report.sections) == SECTIONS
    json.dumps(report.facts, allow_nan=False)
    for each in report.sections:
        for row in each.rows:
            assert row.text
            assert (row.value is None) == (row.tone == "unknown")
            assert row.value is not None or row.why
        for table in each.tables:
            assert table.rows
            assert all(len(line) == len(table.columns) for line in table.rows)
    text = text_of(report)
    assert text.count("not a medical device") == 1
    assert "nan" not in text.split()
    assert "None" not in text


@pytest.fixture(scope="module")
def paced() -> Told:
    return folded("paced-4-6", 100)


def test_a_strap_alone_with_a_pacer(paced: Told) -> None:
    report = report_of(paced)
    hold_together(report)
    facts = report.facts
    assert facts["breathing"]["paced"][0]["asked"] == "4/6"
    assert facts["breathing"]["paced"][0]["measured"]["rate_bpm"] == pytest.approx(6, abs=0.5)
    assert facts["heart"]["whole"]["hr_bpm"] == pytest.approx(65, abs=3)
    assert facts["heart"]["during"]["start_s"] == pytest.approx(30, abs=1)
    assert not facts["holds"]["each"]
    assert any("No phone or motion sensor" in row[2] for row in section(report, "unmeasured").tables[0].rows)
    assert "strap (simulated" in report.about["devices"]
    assert report.title == "Session, 2026-01-01 00:00"


@pytest.mark.parametrize("length_s", [0.5, 5])
def test_a_session_of_a_moment(length_s: float) -> None:
    report = report_of(folded("calm-6", length_s))
    hold_together(report)
    assert report.facts["quality"]["grade"] == "poor"


def test_intervals_alone_tell_of_the_heart_and_how_fast_one_breathes_but_of_no_breath() -> None:
    report = report_of(folded("paced-4-6", 100, without=("pmd",)))
    hold_together(report)
    assert report.facts["heart"]["whole"]["rmssd_ms"] is not None
    assert report.facts["breathing"]["whole"]["breaths"] == 0
    assert "chest motion" in rows(section(report, "breathing"))["breaths seen"]


def test_a_phone_alone_has_holds_and_no_heart() -> None:
    report = report_of(folded("stretch-hold", 60, phone=True, without=("strap/*",)))
    hold_together(report)
    assert report.facts["heart"]["whole"]["hr_bpm"] is None
    assert section(report, "heart").text == ("No heartbeats were recorded.",)
    assert len(report.facts["holds"]["each"]) >= 2
    assert any(row[1] == "all of the strap" for row in section(report, "unmeasured").tables[0].rows)


def test_a_session_that_was_interrupted_or_recovered_says_so(paced: Told) -> None:
    told = Told(paced.path, paced.header)
    told.__dict__ |= paced.__dict__ | {"stop": None}
    report = report_of(told)
    hold_together(report)
    assert report.about["ended"] == "not: the recording has no end"
    assert report.facts["stopped"] is None
    told.recovered = Recovered(source="old.part", when=UnixNs(0), lost=(), missing=(), header="kept", outputs="kept")
    again = report_of(told)
    hold_together(again)
    assert again.about["recovered from"] == "old.part"
    assert again.facts["recovered"] is True


def test_what_the_person_did_is_among_the_facts() -> None:
    told = made(60)
    mark(told, 5, "note", "warm")
    assert report_of(told).facts["marks"] == [{"t_s": 5.0, "verb": "note", "arg": "warm"}]


def test_nothing_at_all() -> None:
    report = report_of(made(0, sources={}, software={}))
    hold_together(report)
    assert (report.about["devices"], report.about["recorded with"]) == ("none", "unknown software")


def test_devices_are_named_with_where_they_are_worn_and_what_they_say_of_themselves() -> None:
    told = made(60, sources=BOTH | {"imu": {}, "strap": {}}, utc_offset_s=7200)
    link(told, 1, "strap", "up", profile="polar-h10")
    snapshot(told, 1, said={"strap/model": "H10", "strap/firmware": "5.0"})
    about = report_of(told).about
    assert about["devices"] == "strap (polar-h10, H10, firmware 5.0); phone (android, on the breastbone); imu"
    assert about["date"].endswith("(UTC+0200)")


def test_the_same_session_gives_the_same_report(paced: Told) -> None:
    assert report_of(paced) == report_of(paced)


def test_every_figure_that_is_not_known_is_under_what_was_not_measured() -> None:
    told = made(120)
    beats(told, [0.8] * 20)
    report = report_of(told)
    told_of = " ".join(" ".join(row) for row in section(report, "unmeasured").tables[0].rows)
    for each in report.sections[1:]:
        for row in each.rows:
            assert row.value is not None or row.name in told_of


@pytest.mark.long
def test_the_daily_routine_whole() -> None:
    report = report_of(folded("daily-followed", 320.5, phone=True))
    hold_together(report)
    facts = report.facts
    assert [each["state"] for each in facts["steps"]] == ["done"] * 6
    assert facts["score"] == pytest.approx(94, abs=4)
    left, right = facts["holds"]["each"]
    assert left["reached_deg"] == pytest.approx(44.4, abs=2)
    assert right["reached_deg"] == pytest.approx(40.7, abs=2)
    assert facts["breathing"]["paced"][0]["plv"] > 0.8
    assert facts["quality"]["grade"] == "good"
