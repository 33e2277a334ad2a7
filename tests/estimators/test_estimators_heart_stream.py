from __future__ import annotations

import pytest

from tests.estimators.hearts import from_intervals, lost, scalar, told
from tidehold.estimators.heart_stream import HeartStream
from tidehold.estimators.rr_cleaning import Flag
from tidehold.records import HostNs
from tidehold.units import NS


def heard(*intervals: float, start_s: float = 0.0) -> HeartStream:
    stream = HeartStream()
    for sample in told(from_intervals(intervals, start_s)):
        stream.update(sample)
    return stream


def at(seconds: float) -> HostNs:
    return HostNs(round(seconds * NS))


def test_each_interval_is_cleaned_and_the_series_dated() -> None:
    stream = HeartStream()
    (sample,) = told(from_intervals([0.25, 0.25, 0.25]))
    beats = stream.update(sample)
    assert [(beat.t, beat.rr_s, beat.flag, beat.follows) for beat in beats] == [
        (at(0.25), 0.25, Flag.CLEAN, False),
        (at(0.5), 0.25, Flag.CLEAN, True),
        (at(0.75), 0.25, Flag.CLEAN, True),
    ]
    assert (stream.started, stream.newest) == (at(0.25), at(0.75))


def test_before_the_first_beat_and_five_seconds_after_the_last_it_says_why() -> None:
    assert HeartStream().silence(at(3)) == "no heartbeats yet"
    stream = heard(0.8, 0.8, 0.9)
    assert stream.silence(at(7.5)) == ""
    assert stream.silence(at(7.51)) == "no heartbeats for 5 s"
    assert stream.silence(at(12.5)) == "no heartbeats for 10 s"


def test_a_gap_in_the_beats_starts_a_new_series() -> None:
    stream = heard(0.8, 0.8, 0.8)
    stream.gap(lost(2.4, 20, "strap/ecg"))
    assert stream.started == at(0.8)
    stream.gap(lost(2.4, 20))
    (sample,) = told(from_intervals([0.25, 0.25], 20))
    assert [beat.follows for beat in stream.update(sample)] == [False, True]
    assert stream.started == at(20.25)


@pytest.mark.parametrize("value", [0, 2], ids=["not supported", "detected"])
def test_only_the_value_1_means_that_the_skin_is_lost(value: int) -> None:
    stream = heard(0.8, 0.8)
    stream.update(scalar(1.6, "contact", value))
    assert stream.contact
    assert stream.silence(at(2)) == ""


def test_without_contact_beats_are_none() -> None:
    stream = heard(0.8, 0.8)
    stream.update(scalar(1.6, "contact", 1))
    assert stream.silence(at(2)) == "no skin contact"
    (sample,) = told(from_intervals([0.25, 0.25], 10))
    assert stream.update(sample) == []
    assert stream.newest == at(1.6)
    stream.update(scalar(12, "contact", 2))
    assert stream.silence(at(12)) == "no heartbeats for 10 s"
    assert [beat.follows for beat in stream.update(sample)] == [False, True]


def test_a_strap_that_keeps_saying_lost_breaks_the_series_once() -> None:
    stream = heard(0.8, 0.8)
    for t in (2, 3, 4):
        stream.update(scalar(t, "contact", 1))
    assert stream.started is None
