import math

import pytest

from tidehold.records import HostNs
from tidehold.tui.timeline import AHEAD_S, LEAST_DELAY_S, MOST_DELAY_S, Delay, Timeline
from tidehold.units import NS


def ns(t_s: float) -> HostNs:
    return HostNs(round(t_s * NS))


def test_before_the_first_status_it_is_0() -> None:
    assert Timeline().at(500.0) == 0.0


def test_time_goes_on_between_statuses() -> None:
    timeline = Timeline()
    timeline.hear(ns(10), 1.0, 500.0)
    assert timeline.at(500.2) == pytest.approx(10.2)


def test_jitter_of_statuses_is_hardly_seen() -> None:
    timeline = Timeline()
    jitter = [0.0, 0.02, 0.15, 0.0, 0.08, 0.01] * 10
    for k, late_s in enumerate(jitter):
        now_s = 500 + k / 4 + late_s
        timeline.hear(ns(k / 4), 1.0, now_s)
        assert timeline.at(now_s) == pytest.approx(k / 4 + late_s, abs=0.1)


def test_seek_is_followed_at_once() -> None:
    timeline = Timeline()
    timeline.hear(ns(100), 1.0, 500.0)
    timeline.hear(ns(90), 1.0, 500.25)
    assert timeline.at(500.25) == pytest.approx(90)


def test_without_news_time_stands_still_after_a_second() -> None:
    timeline = Timeline()
    timeline.hear(ns(10), 1.0, 500.0)
    assert timeline.at(560.0) == 10 + AHEAD_S


def test_paused_replay_stands_still_and_a_fast_one_runs() -> None:
    timeline = Timeline()
    timeline.hear(ns(10), 0.0, 500.0)
    assert timeline.at(530.0) == 10.0
    timeline.hear(ns(10), 20.0, 530.0)
    assert timeline.at(530.5) == pytest.approx(20.0)


@pytest.mark.parametrize("speed", [math.nan, math.inf])
def test_speed_that_is_no_number_is_real_time(speed: float) -> None:
    timeline = Timeline()
    timeline.hear(ns(10), speed, 500.0)
    assert timeline.at(500.5) == pytest.approx(10.5)


def test_delay_covers_the_oldest_newest_sample() -> None:
    delay = Delay()
    assert delay.seconds == LEAST_DELAY_S
    delay.hear(0.81)
    assert delay.seconds == 1.0
    for _ in range(100):
        delay.hear(0.3)
    assert delay.seconds == LEAST_DELAY_S


def test_stream_that_stopped_does_not_hold_the_picture_back() -> None:
    delay = Delay()
    delay.hear(60.0)
    delay.hear(-1.0)
    assert delay.seconds == LEAST_DELAY_S
    delay.hear(MOST_DELAY_S)
    assert delay.seconds == MOST_DELAY_S
