import math

import msgspec
import pytest

from tests.tui import statuses
from tidehold.records import Estimate, HostNs, StreamView
from tidehold.tui.news import News, age, is_stale, last, newest_age_s, said, stream_age_s

WELL = statuses.status(605.2)


def test_value_that_is_known_and_new_is_shown() -> None:
    assert said(News(WELL), "heart/hr_bpm").value == 65.2


def test_nothing_is_known_before_the_first_status() -> None:
    assert said(News(), "heart/hr_bpm").value is None
    assert newest_age_s(News()) is None
    assert not News().is_silent
    assert not News().is_paused
    assert News(silent_s=9.0).since_s == 0.0


def test_value_older_than_3_s_is_taken_away_with_its_age() -> None:
    old = msgspec.structs.replace(WELL.snapshot.estimates["heart/hr_bpm"], t=HostNs(600_000_000_000))
    status = statuses.snapped(WELL, estimates={"heart/hr_bpm": old})
    told = said(News(status), "heart/hr_bpm")
    assert told.value is None
    assert told.quality == 0.0
    assert not told.has_quality
    assert told.why == "no data for 5.2 s"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("strap", "heart/hr_bpm"),
        ("strap", "heart/rmssd_ms"),
        ("strap", "breathing/rate_bpm"),
        ("strap", "breathing/held_s"),
        ("strap", "pacing/score"),
        ("phone", "phone/tilt_deg"),
    ],
)
def test_value_made_of_streams_that_stopped_is_taken_away(source: str, name: str) -> None:
    assert said(News(statuses.aged(WELL, source, 2.9)), name).value is not None
    told = said(News(statuses.aged(WELL, source, 3.1)), name)
    assert told.value is None
    assert told.why == "no data for 3.1 s"


def test_held_breath_is_seen_in_the_motion_of_the_chest_alone() -> None:
    streams = dict(WELL.snapshot.streams)
    streams["strap/acc"] = msgspec.structs.replace(streams["strap/acc"], age_s=3.4)
    status = statuses.snapped(WELL, streams=streams)
    assert said(News(status), "breathing/rate_bpm").value is not None
    assert said(News(status), "breathing/held_s").why == "no data for 3.4 s"


def test_phone_on_the_chest_counts_where_the_strap_has_no_motion() -> None:
    streams = {name: view for name, view in WELL.snapshot.streams.items() if name != "strap/acc"}
    status = statuses.aged(statuses.snapped(WELL, streams=streams), "strap", 9.0)
    assert said(News(status), "breathing/rate_bpm").value is not None
    assert said(News(status), "breathing/held_s").value is not None
    assert said(News(statuses.aged(status, "phone", 4.0)), "breathing/held_s").why == "no data for 4.0 s"
    without = {name: each for name, each in WELL.snapshot.estimates.items() if "motion_evidence" not in name}
    assert said(News(statuses.snapped(status, estimates=without)), "breathing/rate_bpm").why == "no data for 9.0 s"


def test_reason_of_an_estimator_is_told_beside_the_age() -> None:
    status = statuses.aged(statuses.unknown(WELL, heart__hr_bpm="no skin contact"), "strap", 7.0)
    assert said(News(status), "heart/hr_bpm").why == "no data for 7.0 s; no skin contact"


def test_values_are_taken_away_when_statuses_stop_coming() -> None:
    assert said(News(WELL, 2.0), "heart/hr_bpm").value is not None
    told = said(News(WELL, 4.0), "heart/hr_bpm")
    assert told.value is None
    assert told.why == "last news 4.0 s ago"
    assert News(WELL, 0.0, gone="broken pipe").is_silent


def test_unknown_has_its_reason_and_its_confidence() -> None:
    told = said(News(statuses.unknown(WELL, breathing__rate_bpm="too noisy")), "breathing/rate_bpm")
    assert (told.value, told.quality, told.why) == (None, 0.31, "too noisy")
    assert said(News(statuses.unknown(WELL, heart__hr_bpm="")), "heart/hr_bpm").why == "no reason was given"
    assert said(News(WELL), "new/thing", "not yet").why == "not yet"


def test_value_that_is_no_number_is_unknown() -> None:
    for value in (math.nan, math.inf):
        estimate = Estimate(WELL.snapshot.t, "heart/hr_bpm", value, math.nan)
        told = said(News(statuses.snapped(WELL, estimates={"heart/hr_bpm": estimate})), "heart/hr_bpm")
        assert told.value is None
        assert told.quality == 0.0


def test_silence_of_the_recorder_makes_streams_older() -> None:
    assert stream_age_s(News(statuses.aged(WELL, "strap", 0.5), 2.0), "strap/ecg") == 2.5
    assert newest_age_s(News(statuses.aged(statuses.aged(WELL, "strap", 0.5), "phone", 0.2), 1.0)) == pytest.approx(1.2)


def test_battery_is_not_stale_though_it_seldom_speaks() -> None:
    assert not is_stale(News(WELL), "strap/battery")
    assert is_stale(News(WELL, 4.0), "strap/battery")
    assert is_stale(News(WELL), "strap/unheard-of")


def test_paused_replay_grows_no_older_and_a_fast_one_ages_faster() -> None:
    paused = News(statuses.replayed(605.2, 0.0), 60.0)
    assert paused.is_paused
    assert not paused.is_silent
    assert said(paused, "heart/hr_bpm").value is not None
    assert News(statuses.replayed(605.2, 10.0), 0.2).since_s == pytest.approx(2.0)


def test_finished_session_keeps_its_last_figures() -> None:
    over = News(statuses.recorded(WELL, state="finished"), 900.0)
    assert over.is_over
    assert not over.is_silent
    assert said(over, "heart/hr_bpm").value == 65.2
    assert News(WELL, has_ended=True).is_over


@pytest.mark.parametrize(
    ("age_s", "text"), [(-1, "0.0 s"), (0.24, "0.2 s"), (42, "42 s"), (600, "10 min"), (90000, "25 h")]
)
def test_age_takes_few_characters(age_s: float, text: str) -> None:
    assert age(age_s) == text


def test_age_that_is_no_number_is_not_known() -> None:
    view = StreamView(1, None, math.inf, 0, (math.nan,))
    assert stream_age_s(News(statuses.snapped(WELL, streams={"x/y": view})), "x/y") is None
    assert last(view) is None
    assert last(None) is None
