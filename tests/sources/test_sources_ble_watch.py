"""Silence: when it is a stall, and when it is not."""

import pytest

from tidehold.sources.ble_watch import StallWatch
from tidehold.sources.clock import SessionClock
from tidehold.units import NS


class Time:
    """Session time, set by the test."""

    def __init__(self) -> None:
        self.s = 0.0
        self.clock = SessionClock(lambda: round(self.s * NS), lambda: 0)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def watch(time: Time) -> StallWatch:
    watch = StallWatch(time.clock, warm_up_s=35)
    watch.arm("ecg", 5)
    watch.arm("acc", 5)
    return watch


def test_a_stream_may_warm_up_before_its_first_frame(time: Time, watch: StallWatch) -> None:
    time.s = 35
    assert watch.silent() == {}
    assert watch.warming_up() == ("ecg", "acc")
    time.s = 35.5
    assert watch.silent() == {"ecg": 35.5, "acc": 35.5}


def test_one_stream_may_stall_while_the_other_flows(time: Time, watch: StallWatch) -> None:
    for time.s in (1, 2):
        watch.saw("ecg")
        watch.saw("acc")
    for time.s in (3, 4, 5, 6, 7, 7.5):
        watch.saw("acc")
    assert watch.silent() == {"ecg": 5.5}
    assert not watch.all_silent()
    assert watch.warming_up() == ()


def test_all_are_silent_when_nothing_comes_at_all(time: Time, watch: StallWatch) -> None:
    watch.saw("ecg")
    watch.saw("acc")
    time.s = 6
    assert watch.all_silent()


def test_started_again_it_has_its_usual_time_to_come_back(time: Time, watch: StallWatch) -> None:
    watch.saw("ecg")
    watch.saw("acc")
    time.s = 6
    watch.arm_again("ecg")
    assert watch.silent() == {"acc": 6}
    assert (watch.restarts("ecg"), watch.restarts("acc")) == (1, 0)
    time.s = 11.5
    assert watch.silent() == {"ecg": 11.5, "acc": 11.5}, "silent all the while"
    watch.saw("ecg")
    assert watch.restarts("ecg") == 0


def test_one_that_never_flowed_has_the_time_to_warm_up_again(time: Time, watch: StallWatch) -> None:
    time.s = 36
    watch.arm_again("ecg")
    time.s = 70
    assert watch.silent() == {"acc": 70}


def test_one_that_the_device_stopped_is_silent_at_once(time: Time, watch: StallWatch) -> None:
    watch.saw("ecg")
    time.s = 1
    watch.stopped("ecg")
    assert watch.silent() == {"ecg": 1}
    watch.arm_again("ecg")
    assert watch.silent() == {}


def test_what_is_silent_by_nature_is_not_watched(time: Time, watch: StallWatch) -> None:
    watch.arm("battery", None)
    watch.saw("battery")
    watch.stopped("battery")
    watch.forget("ecg")
    watch.forget("battery")
    time.s = 40
    assert watch.silent() == {"acc": 40}


def test_a_suspend_is_silence_too(time: Time, watch: StallWatch) -> None:
    watch.saw("acc")
    time.s = 3600
    assert watch.silent() == {"ecg": 3600, "acc": 3600}
