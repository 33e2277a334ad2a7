"""The heart before, during and after."""

from __future__ import annotations

import numpy as np
import pytest

from tests.report.made import beats, cells, each_second, gap, made, ns, paced, rows
from tidehold.log.told import Told
from tidehold.records import HostNs, Sample
from tidehold.report.heart import OWN, change_in_words, clean_beats, heart, heart_section


def intervals(rr_s: float, seconds: float, swing_s: float) -> list[float]:
    count = round(seconds / rr_s)
    return [rr_s + (swing_s if place % 2 else -swing_s) for place in range(count)]


@pytest.fixture
def told() -> Told:
    """90 s at 75/min, two minutes of pacing at 60/min, 90 s at 66.7/min."""
    told = made(301)
    beats(told, [*intervals(0.8, 90, 0.01), *intervals(1.0, 120, 0.03), *intervals(0.9, 90, 0.02)])
    paced(told, 91, 211, plv=0.9)
    each_second(told, "heart/rsa_ms", 95, 210, 120.0)
    return told


def test_each_stretch_has_its_own_figures(told: Told) -> None:
    found = heart(told)
    assert found.led
    for stretch, hr_bpm, rmssd_ms in ((found.before, 75, 20), (found.during, 60, 60), (found.after, 66.7, 40)):
        assert stretch.hr_bpm == pytest.approx(hr_bpm, rel=0.01)
        assert stretch.rmssd_ms == pytest.approx(rmssd_ms, rel=0.15)  # the change from one to the next is in it
    assert (found.during.rsa_ms, found.before.rsa_ms) == (120, None)
    (only,) = found.paced
    assert (only.name, only.hr_bpm) == ("paced 1", found.during.hr_bpm)


def test_the_table_has_them_side_by_side_with_the_windows_named(told: Told) -> None:
    section = heart_section(heart(told))
    (table,) = section.tables
    assert table.columns == ("", "before", "during", "after", "paced 1")
    assert cells(table)["from"] == ("0:00", "1:31", "3:31", "1:31")
    assert cells(table)["length"] == ("1 min 31 s", "2 min", "1 min 30 s", "2 min")
    assert cells(table)["heart rate, /min"][1] == "60.0"
    assert cells(table)["RSA, ms"] == ("-", "120", "-", "120")
    assert "Before: from the start of the recording to the first thing asked for." in section.text[0]
    assert rows(section)["artefacts"] == "0.0 %"


def test_the_change_is_said_only_of_what_was_asked_for(told: Told) -> None:
    text = change_in_words(heart(told))
    assert text.startswith("75 before and 67 after what was asked for; RMSSD was 20 ms before and 4")
    told.pacings.clear()
    told.estimates.clear()
    assert not heart(told).led
    assert change_in_words(heart(told)) == ""
    short = made(200)
    beats(short, intervals(0.8, 198, 0.01))
    paced(short, 20, 150, plv=0.9)
    assert change_in_words(heart(short)) == ""
    spoilt = made(260)
    beats(spoilt, intervals(0.8, 250, 0.01), flags=[2 if place % 8 == 0 else 0 for place in range(312)])
    paced(spoilt, 80, 180, plv=0.9)
    assert change_in_words(heart(spoilt)) == "75 before and 75 after what was asked for"


def test_a_gap_of_the_intervals_breaks_the_series() -> None:
    one, two = made(160), made(160)
    for told in (one, two):
        beats(told, [*intervals(0.8, 72, 0.0), *intervals(1.0, 80, 0.0)])
    gap(two, "strap/rr", 73, 73.5)
    gap(two, "strap/ecg", 20, 30)
    assert (heart(one).whole.rmssd_ms or 0) > 0
    assert heart(two).whole.rmssd_ms == 0


def test_a_strap_without_intervals_gives_its_own_rate_and_no_variability() -> None:
    told = made(120)
    times = np.arange(1, 120, dtype=np.int64) * 1_000_000_000
    told.hear(Sample(ns(119), "strap/hr", times, np.concatenate((np.zeros(9), np.full(110, 70.0)))))
    found = heart(told)
    assert (found.whole.hr_bpm, found.whole.rmssd_ms, found.whole.why) == (70, None, "the strap sends no RR intervals")
    section = heart_section(found)
    assert rows(section)["heart rate"] == f"70.0 /min ({OWN})"
    assert cells(section.tables[0])["heart rate, /min"] == ("70.0", "70.0", "70.0")
    silent = made(120)
    silent.hear(Sample(ns(5), "strap/hr", np.array([ns(5)]), np.zeros(1)))
    assert heart(silent).whole.hr_bpm is None


def test_without_a_heartbeat_there_is_no_table() -> None:
    found = heart(made(120))
    assert clean_beats(made()) is None
    section = heart_section(found)
    assert (section.text, section.tables) == (("No heartbeats were recorded.",), ())
    assert rows(section)["heart rate"] == "- no heartbeats in this session"
    assert found.whole.end_s == HostNs(120)
