"""HRV Logger's files: times of arrival and of beats are told apart, leaps do no harm, and no garbage crashes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidehold.errors import LogError
from tidehold.imports.hrv_logger import LEAD_NS, read_hrv_logger, stamp_ns
from tidehold.imports.nouns import Broken, Found
from tidehold.sources.profiles import file_profiles
from tidehold.units import NS

PROFILES = file_profiles()
T0 = 1_675_889_367_255
RR = [894, 930, 891, 895, 908, 880, 870, 915, 904, 842, 847, 795, 764, 758, 777, 880]
ARRIVALS = [0, 50, 988, 1011, 1979, 2970, 3960, 4948, 5938, 6930, 6963, 7920, 8910, 9900, 10888, 11878]
HEADING = "timestamp, rr, since_start \n\n"


def read(text: str) -> Found:
    return read_hrv_logger(Path("h.csv"), text.encode(), PROFILES)


def lines(stamps: list[int], heading: str = HEADING) -> str:
    return heading + "".join(f"{t},{rr},0\n" for t, rr in zip(stamps, RR, strict=False))


def ends() -> list[int]:
    return [T0 + sum(RR[1 : k + 1]) for k in range(len(RR))]


def test_times_of_beats_stay_to_the_ms() -> None:
    found = read(lines(ends()))
    assert (found.profile, found.about, found.broken) == ("hrv-logger-beats", {"times": "of beats"}, [])
    assert found.started == (T0 - RR[0]) * 1_000_000
    assert [frame.t // 1_000_000 for frame in found.frames[1:]] == [t - T0 + RR[0] for t in ends()]
    assert found.frames[0].payload == b"timestamp, rr, since_start \n"
    assert found.frames[1].payload == b"%d,894,0\n" % T0


def test_times_of_begins_are_known_by_the_steps() -> None:
    begins = [T0 + sum(RR[:k]) for k in range(len(RR))]
    found = read(lines(begins))
    assert (found.profile, found.started) == ("hrv-logger-beats", T0 * 1_000_000)
    assert [frame.t // 1_000_000 for frame in found.frames[1:]] == [sum(RR[: k + 1]) for k in range(len(RR))]


def test_times_of_arrival_are_taken_for_that() -> None:
    found = read(lines([T0 + t for t in ARRIVALS]))
    assert (found.profile, found.about) == ("hrv-logger", {"times": "of arrival"})
    assert [frame.t for frame in found.frames[1:]] == [LEAD_NS + (t + RR[0]) * 1_000_000 for t in ARRIVALS]


def test_a_gap_leaves_the_times_as_they_are() -> None:
    stamps = ends()
    found = read(lines(stamps[:8] + [t + 60_000 for t in stamps[8:]]))
    assert found.profile == "hrv-logger-beats"
    assert found.length_ns == (stamps[-1] + 60_000 - T0 + RR[0]) * 1_000_000
    assert found.broken == []


def test_a_clock_that_is_set_back_or_leaps_takes_no_beat_along() -> None:
    stamps = ends()
    for leap in (-3_600_000, 50_000_000):
        found = read(lines(stamps[:8] + [t + leap for t in stamps[8:]]))
        assert found.broken == [Broken("h.csv:11", "its time leaps: placed behind the line before it")]
        assert found.length_ns == (stamps[-1] - T0 + RR[0]) * 1_000_000


def test_broken_lines_are_named_in_order_and_the_rest_goes_on() -> None:
    text = lines(ends()).replace(",891,", ",x,").replace(str(ends()[4]), "soon").replace(",870,", ",87000,")
    found = read(text)
    assert found.broken == [
        Broken("h.csv:5", "rr: value is not a number"),
        Broken("h.csv:7", "no time: placed behind the line before it"),
        Broken("h.csv:9", "rr: outside 0.2..4"),
    ]
    assert len(found.frames) == 1 + len(RR)
    assert found.frames[5].t // 1_000_000 == ends()[4] - T0 + RR[0]


def test_no_two_beats_are_at_once() -> None:
    times = [frame.t for frame in read(lines([T0] * 5)).frames]
    assert len(set(times)) == len(times)
    assert times == sorted(times)


def test_dates_are_read_as_the_iphone_writes_them() -> None:
    assert stamp_ns("2025-03-11 09:57:38 +0000") == 1_741_687_058 * NS
    assert stamp_ns("2025-03-11T09:57:38.250+01:00") == 1_741_683_458_250_000_000
    local = round(dt.datetime(2025, 3, 11, 9, 57, 38).astimezone().timestamp()) * NS
    assert stamp_ns("2025-03-11 09:57:38") == local
    assert (stamp_ns("1675889367255"), stamp_ns("1675889367.5")) == (T0 * 1_000_000, 1_675_889_367_500_000_000)
    assert [stamp_ns(each) for each in ("", "soon", "0", "-5", "1e99", "0001-01-01 00:00:00")] == [None] * 6


def test_columns_are_where_the_heading_says() -> None:
    rows = "".join(f"{rr},{t},0\n" for t, rr in zip(ends(), RR, strict=True))
    found = read("rr,date,x\n" + rows)
    assert (found.profile, found.broken) == ("hrv-logger-beats", [])
    assert found.started == (T0 - RR[0]) * 1_000_000


def test_one_line_is_enough_and_none_is_too_few() -> None:
    assert read(lines(ends()[:1])).length_ns == RR[0] * 1_000_000
    for text in (HEADING, HEADING + "soon,800,0\n", HEADING + f"{T0},8,0\n"):
        with pytest.raises(LogError, match=r"h\.csv: no RR interval with a time in it"):
            read(text)


def test_days_are_refused() -> None:
    far = [T0 + k * 11 * 3_600_000 for k in range(4)]
    with pytest.raises(LogError, match="24 h is no session"):
        read(lines(far))


FIELD = st.one_of(st.integers(T0, T0 + 10**8).map(str), st.integers(200, 3000).map(str), st.text(max_size=8))


@settings(max_examples=60)
@given(st.lists(st.lists(FIELD, max_size=4).map(",".join), max_size=10))
def test_no_lines_crash_it(rows: list[str]) -> None:
    try:
        found = read(HEADING + "\n".join(rows))
    except LogError:
        return
    times = [frame.t for frame in found.frames]
    assert times[0] >= 0
    assert times == sorted(times)
