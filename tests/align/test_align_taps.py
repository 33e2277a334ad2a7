"""Three knocks on strap and phone, against the truth."""

from __future__ import annotations

import numpy as np
import pytest

from tidehold.align.taps import Match, find_taps, match_taps
from tidehold.records import Times, Values
from tidehold.units import NS

TAPS_S = (5.0, 5.62, 6.31)


def knocked(
    seed: int, rate_hz: float, taps_s: tuple[float, ...], *, late_s: float = 0.0, ring: float = 0.0
) -> tuple[Times, Values]:
    """20 s of a breathing chest, with spikes as wide as the sensor's own filter makes them."""
    rng = np.random.default_rng(seed)
    true_s = np.arange(rng.uniform(0, 1 / rate_hz), 20.0, 1 / rate_hz)
    values = rng.normal(0.0, 0.15, (len(true_s), 3)) + np.array([0.3, 0.2, 9.8])
    values[:, 1] += 0.4 * np.sin(2 * np.pi * 0.1 * true_s)
    width_s = max(0.012, 0.6 / rate_hz)
    for tap_s in taps_s:
        peak = rng.uniform(12.0, 25.0)
        for after_s, share in ((0.0, 1.0), (0.05, -ring), (0.1, ring**2)):
            values[:, 2] += share * peak * np.exp(-0.5 * ((true_s - tap_s - after_s) / width_s) ** 2)
    return np.rint((true_s + late_s) * NS).astype(np.int64), values


@pytest.mark.parametrize("rate_hz", [25.0, 50.0, 100.0, 200.0])
@pytest.mark.parametrize("seed", range(4))
def test_spikes_are_found_between_samples(seed: int, rate_hz: float) -> None:
    found = find_taps(*knocked(seed, rate_hz, TAPS_S)) / NS
    assert found == pytest.approx(TAPS_S, abs=0.25 / rate_hz + 0.001)


@pytest.mark.parametrize("rates_hz", [(25.0, 20.0), (25.0, 100.0), (200.0, 50.0), (200.0, 100.0)])
@pytest.mark.parametrize("late_s", [-0.7, -0.03, 0.0, 0.045, 0.9])
def test_the_shift_is_that_of_the_taps(rates_hz: tuple[float, float], late_s: float) -> None:
    errors = []
    for seed in range(10):
        strap = find_taps(*knocked(seed, rates_hz[0], TAPS_S))
        phone = find_taps(*knocked(seed + 50, rates_hz[1], TAPS_S, late_s=late_s))
        match = match_taps(strap, phone)
        if isinstance(match, Match):
            errors.append(match.shift_ns / NS + late_s)
            assert match.scatter_ns <= NS // 50
            assert match.last_ns / NS == pytest.approx(TAPS_S[2], abs=0.02)
    assert len(errors) >= 8
    assert np.abs(errors).max() < 0.01


def test_a_spike_more_on_one_side_does_no_harm() -> None:
    strap = find_taps(*knocked(1, 200.0, TAPS_S))
    phone = find_taps(*knocked(2, 100.0, (3.1, *TAPS_S, 6.9), late_s=0.02))
    match = match_taps(strap, phone)
    assert isinstance(match, Match)
    assert match.shift_ns / NS == pytest.approx(-0.02, abs=0.003)


def test_noise_and_breathing_are_no_taps() -> None:
    for seed in range(20):
        assert len(find_taps(*knocked(seed, 100.0, ()))) == 0


def test_a_tap_that_rings_is_one() -> None:
    for seed in range(5):
        found = find_taps(*knocked(seed, 200.0, TAPS_S, ring=0.6)) / NS
        assert found == pytest.approx(TAPS_S, abs=0.003)


def test_too_few_samples_tell_nothing() -> None:
    assert len(find_taps(np.arange(5), np.zeros((5, 3)))) == 0


@pytest.mark.parametrize(
    ("mine_ms", "theirs_ms", "why"),
    [
        ((), (1000, 1600, 2300), "0 taps on one and 3 on the other, no three"),
        ((1000, 1600), (1000, 1600, 2300), "2 taps on one"),
        ((1000, 1100, 1200), (1000, 1600, 2300), "3 taps on one"),  # too quick
        ((1000, 1600, 9300), (1000, 1600, 2300), "3 taps on one"),  # too slow
        ((1000, 1600, 2300), (3000, 3600, 4300), "more than 1 s"),
        ((1000, 1600, 2300), (1000, 1650, 2300), "disagree by 50 ms"),
        ((1000, 1500, 2000), (1000, 1500, 2000, 2500), "more than one way"),
    ],
)
def test_what_is_no_match_is_refused_with_its_reason(
    mine_ms: tuple[int, ...], theirs_ms: tuple[int, ...], why: str
) -> None:
    found = match_taps(np.array(mine_ms, np.int64) * 10**6, np.array(theirs_ms, np.int64) * 10**6)
    assert isinstance(found, str)
    assert why in found
