from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.hearts import Heart, Item, asked, from_intervals, lost, person, told, without
from tidehold.estimators.breathing import BreathingEstimator
from tidehold.records import Estimate

STRAPS = ["a frame a second", "half a second later", "a frame for each beat"]


def rates(heart: Heart, seconds: int, strap: str = STRAPS[0], least: float = 0.25) -> list[Estimate]:
    """What is said of the breathing rate each second."""
    phase_s = 0.5 if strap == STRAPS[1] else 0.0
    items = told(heart, phase_s=phase_s, together=strap != STRAPS[2])
    return [answer[0] for answer in asked(BreathingEstimator(least), items, range(seconds))]


def values(estimates: list[Estimate]) -> list[float]:
    return [estimate.value for estimate in estimates if estimate.value is not None]


@pytest.mark.parametrize("strap", STRAPS)
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("rate_bpm", [6, 12, 18])
def test_a_person_who_breathes_steadily_is_followed(rate_bpm: float, seed: int, strap: str) -> None:
    said = rates(person(rate_bpm, 180, seed), 180, strap)[60:]
    assert len(values(said)) > 0.8 * len(said)
    assert values(said) == pytest.approx([rate_bpm] * len(values(said)), abs=0.5)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_four_seconds_in_and_six_out_is_six_a_minute(seed: int) -> None:
    said = values(rates(person(6, 240, seed, rsa_s=0.08, inhale=0.4), 240)[60:])
    assert len(said) > 120
    assert np.median(said) == pytest.approx(6, abs=0.3)
    assert np.mean(np.abs(np.array(said) - 6) < 1) > 0.95


@pytest.mark.parametrize(("before", "after"), [(10, 14), (14, 18), (18, 12), (6, 12)])
def test_a_change_of_pace_is_followed(before: float, after: float) -> None:
    heart = person(lambda t: before if t < 90 else after, 180, seed=4)
    assert values(rates(heart, 180)[85:90]) == pytest.approx([before] * 5, abs=0.6)
    assert values(rates(heart, 180)[150:]) == pytest.approx([after] * 30, abs=1.0)


def test_the_first_answer_comes_within_half_a_minute() -> None:
    said = rates(person(12, 60, seed=5), 60)
    first = next(second for second, estimate in enumerate(said) if estimate.value is not None)
    assert 8 < first < 30
    assert said[3].why == "collecting heartbeats: 2 s of 20 s"
    assert all(
        estimate.why.startswith("collecting heartbeats: ") for estimate in said[2:first] if second_of(estimate) < 20
    )


def second_of(estimate: Estimate) -> float:
    return estimate.t / 1e9


def test_quality_is_the_confidence_also_where_the_rate_is_unknown() -> None:
    said = rates(person(12, 60, seed=5), 60)
    unknown = [estimate for estimate in said[15:] if estimate.value is None]
    assert all(0.02 < estimate.quality < 0.25 for estimate in unknown)
    assert all(estimate.quality >= 0.25 and not estimate.why for estimate in said if estimate.value is not None)
    assert said[50].quality > 0.5


def test_what_is_shown_is_a_matter_of_the_least_confidence() -> None:
    heart = person(12, 60, seed=5)
    always, strict = rates(heart, 60, least=0.0), rates(heart, 60, least=0.9)
    assert all(estimate.value is not None for estimate in always[20:])
    assert [estimate.quality for estimate in strict] == [estimate.quality for estimate in always]
    unknown = [estimate for estimate in strict[30:] if estimate.value is None]
    assert unknown
    assert all(estimate.why == f"confidence {estimate.quality:.2f} is below 0.90" for estimate in unknown)


def test_a_steady_heart_says_nothing_of_the_breath() -> None:
    said = rates(from_intervals([0.8] * 200), 150)
    assert values(said) == []
    assert {estimate.why for estimate in said[25:]} == {"RSA too weak (0 ms)"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_weak_rsa_is_a_reason(seed: int) -> None:
    """A ventilated person: 1 ms of RSA under the strap's own millisecond of rounding."""
    dice = np.random.default_rng(seed)
    t = np.arange(200) * 0.66
    rr = np.round((0.66 + 0.001 * np.sin(2 * np.pi * t / 4) + dice.normal(0, 0.0015, 200)) * 1024) / 1024
    said = rates(from_intervals(rr), 125)
    assert values(said) == []
    assert {estimate.why for estimate in said[30:]} <= {f"RSA too weak ({ms} ms)" for ms in (1, 2, 3)}


def test_noise_is_mostly_unknown() -> None:
    said = [
        estimate
        for seed in range(4)
        for estimate in rates(from_intervals(np.random.default_rng(seed).normal(0.8, 0.03, 200)), 150)[30:]
    ]
    assert len(values(said)) < 0.35 * len(said)


def test_breathing_above_half_the_heart_rate_is_not_said() -> None:
    """Breathing 24 a minute while the heart slows from 75 to 42 beats a minute."""
    heart = person(24, 200, seed=6, rr_s=lambda t: float(np.interp(t, [80, 110], [0.8, 1.43])))
    said = rates(heart, 200)
    assert values(said[60:80]) == pytest.approx([24] * 20, abs=0.6)
    assert "breathing above half the heart rate cannot be seen in RR" in {estimate.why for estimate in said[90:]}
    assert all(rate < 0.5 * 60 / 1.3 for rate in values(said[125:]))


def test_after_a_gap_what_was_known_is_not_said_until_it_is_seen_again() -> None:
    items: list[Item] = [*told(without(person(12, 200, seed=7), 90, 125)), lost(90, 125)]
    said = [answer[0] for answer in asked(BreathingEstimator(), items, range(200))]
    assert all(estimate.value is not None for estimate in said[80:90])
    assert {estimate.value for estimate in said[96:132]} == {None}
    assert said[127].why.startswith("collecting heartbeats: ")
    assert values(said[165:]) == pytest.approx([12] * 35, abs=0.7)


def test_beats_without_a_clean_one_among_them_are_a_reason() -> None:
    good = person(12, 60, seed=8).rr_s.tolist()
    said = rates(from_intervals([*good, *([3.1, 0.15, 5.3, 0.11, 4.4, 0.2] * 8)]), 150)
    assert "too few clean heartbeats" in {estimate.why for estimate in said[70:]}
    assert values(said[75:]) == []
