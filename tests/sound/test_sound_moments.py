from __future__ import annotations

import pytest

from tidehold.sound.moments import ENOUGH, LAGS, Moments


def test_the_earliest_arrival_is_the_nearest_to_the_truth() -> None:
    moments = Moments()
    for k, late_s in enumerate([0.2, 0.1, 0.004, 0.15, 0.03] * 10):
        assert moments.hear(k / 4, 700 + k / 4 + late_s)
    assert moments.hearer_s(20.0) == pytest.approx(720.004)
    assert moments.session_s(720.004) == pytest.approx(20.0)


def test_it_is_sure_after_some_statuses() -> None:
    moments = Moments()
    for k in range(ENOUGH):
        assert not moments.is_sure
        moments.hear(k / 4, 700 + k / 4)
    assert moments.is_sure


def test_the_same_status_again_says_nothing_new() -> None:
    moments = Moments()
    for now_s in (700.0, 700.1, 700.2, 702.0):
        assert moments.hear(5.0, now_s)
    assert not moments.is_sure
    assert moments.hearer_s(5.0) == 700.0


@pytest.mark.parametrize("to_s", [2.0, 40.0])
def test_a_seek_is_a_beginning(to_s: float) -> None:
    moments = Moments()
    for k in range(10):
        moments.hear(20 + k / 4, 700 + k / 4)
    assert not moments.hear(to_s, 702.5)
    assert not moments.is_sure
    assert moments.hearer_s(to_s) == 702.5


def test_arrivals_of_long_ago_are_forgotten() -> None:
    moments = Moments()
    moments.hear(0.0, 700.0)
    for k in range(1, LAGS + 1):
        moments.hear(k / 4, 700.1 + k / 4)  # a clock was set, or the way has become longer
    assert moments.hearer_s(10.0) == pytest.approx(710.1)


def test_it_can_begin_anew() -> None:
    moments = Moments()
    moments.hear(10.0, 700.0)
    moments.forget()
    assert moments.hear(3.0, 800.0)
    assert moments.hearer_s(3.0) == 800.0
