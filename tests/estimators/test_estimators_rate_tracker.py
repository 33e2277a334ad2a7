from __future__ import annotations

import numpy as np
import pytest

from tidehold.estimators.rate_tracker import LN_RATES, OCTAVE, RATES_BPM, Evidence, RateTracker, _blur
from tidehold.records import Values

FLAT = Evidence(np.zeros(len(RATES_BPM)), 20.0)


def seen(rate_bpm: float, strength: float = 10.0) -> Evidence:
    """Evidence for one rate, half of it lost 8 % away."""
    return Evidence(strength * np.exp(-0.5 * ((LN_RATES - np.log(rate_bpm)) / 0.07) ** 2), 20.0)


def test_the_grid_goes_from_4_to_40_in_steps_of_one_and_a_half_percent() -> None:
    assert RATES_BPM[0] == pytest.approx(4)
    assert RATES_BPM[-1] == pytest.approx(40, rel=0.015)
    assert np.all(np.diff(RATES_BPM) / RATES_BPM[:-1] < 0.0151)
    assert RATES_BPM[OCTAVE:] == pytest.approx(2 * RATES_BPM[:-OCTAVE])


@pytest.mark.parametrize("rate_bpm", [5, 9, 14, 22, 35])
def test_it_finds_the_rate_and_is_sure_of_it(rate_bpm: float) -> None:
    tracker = RateTracker()
    for _ in range(40):
        tracker.step(1.0, [seen(rate_bpm)])
        assert tracker.posterior.sum() == pytest.approx(1)
        assert tracker.posterior.min() > 0
    assert tracker.rate_bpm() == pytest.approx(rate_bpm, rel=0.02)
    assert tracker.confidence(tracker.rate_bpm()) > 0.75


def test_a_change_is_followed_within_half_a_minute() -> None:
    tracker = RateTracker()
    for _ in range(120):
        tracker.step(1.0, [seen(10)])
    for _ in range(30):
        tracker.step(1.0, [seen(16)])
    assert tracker.rate_bpm() == pytest.approx(16, rel=0.03)


def test_confidence_is_the_posterior_within_one_or_seven_percent() -> None:
    tracker = RateTracker()
    for _ in range(12):
        tracker.step(1.0, [seen(20, 6)])
    for rate_bpm, tolerance in ((9.0, 1.0), (20.0, 1.4), (30.0, 2.1)):
        within = [p for rate, p in zip(RATES_BPM, tracker.posterior, strict=True) if abs(rate - rate_bpm) <= tolerance]
        assert tracker.confidence(rate_bpm) == pytest.approx(sum(within))


def test_channels_add_up_and_one_without_information_drops_out() -> None:
    alone, beside, twice = RateTracker(), RateTracker(), RateTracker()
    for _ in range(10):
        alone.step(1.0, [seen(12, 5)])
        beside.step(1.0, [FLAT, seen(12, 5)])
        twice.step(1.0, [seen(12, 5), seen(12, 5)])
    assert beside.posterior == pytest.approx(alone.posterior)
    assert twice.confidence(12) > 1.3 * alone.confidence(12)


def test_a_contradicting_channel_costs_confidence() -> None:
    agreed, contradicted = RateTracker(), RateTracker()
    for _ in range(30):
        agreed.step(1.0, [seen(12, 5), seen(12, 5)])
        contradicted.step(1.0, [seen(12, 5), seen(18, 5)])
    assert contradicted.confidence(contradicted.rate_bpm()) < 0.6 * agreed.confidence(agreed.rate_bpm())


def test_without_evidence_it_forgets() -> None:
    tracker = RateTracker()
    for _ in range(60):
        tracker.step(1.0, [seen(30)])
    for wait_s in (1, 10, 100, 1000):
        before = tracker.confidence(30)
        tracker.step(wait_s, [])
        assert tracker.confidence(30) < before
    assert tracker.confidence(30) < 0.1


@pytest.mark.parametrize("dt_s", [1e-9, 10.0, 86_400.0, 1e6])
def test_any_length_of_time_may_pass(dt_s: float) -> None:
    tracker = RateTracker()
    tracker.step(1.0, [seen(4.2)])
    tracker.step(dt_s, [seen(12)])
    assert tracker.posterior.sum() == pytest.approx(1)
    assert np.all(tracker.posterior > 0)


def test_ten_steps_of_a_second_are_about_one_of_ten() -> None:
    slow, fast = RateTracker(), RateTracker()
    for tracker in (slow, fast):
        for _ in range(30):
            tracker.step(1.0, [seen(12)])
    slow.step(10.0, [])
    for _ in range(10):
        fast.step(1.0, [])
    assert slow.posterior == pytest.approx(fast.posterior, abs=0.002)


def test_no_time_is_no_step() -> None:
    tracker = RateTracker()
    before = tracker.posterior.copy()
    tracker.step(0.0, [seen(20)])
    tracker.step(-5.0, [seen(20)])
    assert np.array_equal(tracker.posterior, before)


@pytest.mark.parametrize("sd", [0.001, 0.02, 0.1, 3.0])
@pytest.mark.parametrize("place", [0, 3, 80, -1])
def test_wandering_is_a_convolution_mirrored_at_the_ends(sd: float, place: int) -> None:
    spike: Values = np.zeros(len(RATES_BPM))
    spike[place] = 1
    blurred = _blur(spike, sd)
    assert blurred.sum() == pytest.approx(1)
    step = LN_RATES[1] - LN_RATES[0]
    reach = min(len(spike), int(4 * sd / step) + 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / sd) ** 2)
    expected = np.convolve(np.pad(spike, reach, mode="symmetric"), kernel / kernel.sum(), mode="valid")
    assert blurred == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("rate_bpm", [0.5, 4, 5, 6, 10, 15, 25, 40, 90])
def test_a_rate_that_is_asked_for_is_no_answer(rate_bpm: float) -> None:
    tracker = RateTracker()
    tracker.expect(rate_bpm)
    assert tracker.prior.sum() == pytest.approx(1)
    for _ in range(600):
        tracker.step(1.0, [FLAT])
    assert tracker.confidence(tracker.rate_bpm()) < 0.22
    assert all(tracker.confidence(rate) < 0.24 for rate in RATES_BPM)


def test_a_rate_that_is_asked_for_gives_way_to_what_is_seen() -> None:
    tracker = RateTracker()
    tracker.expect(6)
    for _ in range(60):
        tracker.step(1.0, [seen(14)])
    assert tracker.rate_bpm() == pytest.approx(14, rel=0.02)
    assert tracker.confidence(14) > 0.75


def test_a_rate_that_is_asked_for_is_the_likelier_one_and_is_forgotten_when_no_longer_asked_for() -> None:
    asked, free = RateTracker(), RateTracker()
    asked.expect(6)
    for tracker in (asked, free):
        for _ in range(300):
            tracker.step(1.0, [])
    assert asked.confidence(6) > 1.2 * free.confidence(6)
    asked.expect(None)
    for _ in range(3000):
        asked.step(1.0, [])
        free.step(1.0, [])
    assert asked.posterior == pytest.approx(free.posterior, abs=1e-4)
