from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tidehold.estimators.chest import CHEST_RATE_HZ, CHEST_STEP_NS, ChestStretch
from tidehold.estimators.chest_rate import ChestRate
from tidehold.estimators.rate_tracker import RATES_BPM, RateTracker
from tidehold.records import HostNs, Values
from tidehold.units import NS, STANDARD_GRAVITY

UPRIGHT = np.array([-0.95, 0.1, 0.3])
DIRECTIONS = [(0.3, 0.0, 0.95), (0.0, 1.0, 0.0), (0.6, 0.5, 0.6)]


def lungs(rate_bpm: float | Callable[[Values], Values], seconds: float, *, inhale: float = 0.5) -> Values:
    """How full they are (n,), 0 to 1, at 10 Hz: cosines that meet where inhaling turns into exhaling."""
    t = np.arange(seconds * CHEST_RATE_HZ) / CHEST_RATE_HZ
    rate = rate_bpm(t) if callable(rate_bpm) else np.full(len(t), rate_bpm)
    place = (rate.cumsum() / CHEST_RATE_HZ / 60) % 1
    half = np.where(place < inhale, place / inhale, 1 + (place - inhale) / (1 - inhale))
    return np.asarray((1 - np.cos(np.pi * half)) / 2)


def stretch(
    filling: Values,
    *,
    mg: float = 8.0,
    along: tuple[float, float, float] = DIRECTIONS[0],
    noise_mg: float = 0.03,
    rough_mg: float = 1.0,
    start_s: float = 0.0,
    fresh: bool = True,
    seed: int = 1,
) -> ChestStretch:
    """A chest that lungs move by so many mg, and how much it shakes."""
    dice = np.random.default_rng(seed)
    g = UPRIGHT + mg / 1e3 * filling[:, None] * np.array(along) + noise_mg / 1e3 * dice.normal(size=(len(filling), 3))
    rough = np.full(len(filling), rough_mg)
    return ChestStretch(HostNs(round(start_s * NS)), CHEST_STEP_NS, STANDARD_GRAVITY * g, rough, fresh)


def at(seconds: float) -> HostNs:
    return HostNs(round(seconds * NS))


def seen(stretches: ChestStretch) -> Values:
    channel = ChestRate()
    channel.add(stretches)
    evidence = channel.evidence(at(stretches.start / NS + len(stretches.rough) / CHEST_RATE_HZ))
    assert evidence is not None
    assert channel.why == ""
    return evidence.log_likelihood


def best(log_likelihood: Values) -> float:
    return float(RATES_BPM[log_likelihood.argmax()])


@pytest.mark.parametrize("along", DIRECTIONS)
@pytest.mark.parametrize("rate_bpm", [5, 6, 9, 14, 22, 32])
def test_the_rate_is_found_along_any_direction(rate_bpm: float, along: tuple[float, float, float]) -> None:
    log_likelihood = seen(stretch(lungs(rate_bpm, 40), along=along))
    assert best(log_likelihood) == pytest.approx(rate_bpm, rel=0.07)
    assert log_likelihood.max() > 4


def test_four_seconds_in_and_six_out_is_six_a_minute() -> None:
    assert best(seen(stretch(lungs(6, 40, inhale=0.4)))) == pytest.approx(6, rel=0.06)


def test_a_slow_change_of_posture_hides_no_breath() -> None:
    drift = np.linspace(0, 100, 400) / 8
    assert best(seen(stretch(lungs(14, 40) + drift))) == pytest.approx(14, rel=0.03)


def test_a_fidget_hides_no_breath() -> None:
    filling = lungs(14, 40)
    filling[330:336] += 25
    assert best(seen(stretch(filling))) == pytest.approx(14, rel=0.06)


def test_rest_says_nothing() -> None:
    log_likelihood = seen(stretch(np.zeros(400), noise_mg=0))
    assert log_likelihood.max() - np.median(log_likelihood) < 0.1


def test_slow_sway_counts_for_less() -> None:
    log_likelihood = seen(stretch(np.zeros(400), noise_mg=0))
    assert log_likelihood[0] == pytest.approx(-2, abs=0.1)
    assert np.all(np.diff(log_likelihood) > -0.02)
    assert np.all(np.abs(log_likelihood[RATES_BPM > 8]) < 0.02)


def test_noise_is_mostly_unknown() -> None:
    confidences: list[float] = []
    for seed in range(4):
        whole = stretch(np.zeros(1200), noise_mg=1, seed=seed)
        channel, tracker = ChestRate(), RateTracker()
        for second in range(1, 120):
            rows = slice(10 * second - 10, 10 * second)
            start = HostNs(whole.start + rows.start * CHEST_STEP_NS)
            channel.add(ChestStretch(start, CHEST_STEP_NS, whole.acc[rows], whole.rough[rows], second == 1))
            evidence = channel.evidence(at(second))
            tracker.step(1.0, [evidence] if evidence else [])
            confidences.append(tracker.confidence(tracker.rate_bpm()))
    assert np.mean(np.array(confidences) >= 0.25) < 0.3


def test_there_is_a_reason_for_silence() -> None:
    channel = ChestRate()
    assert channel.evidence(at(5)) is None
    assert channel.why == "no chest motion sensor"
    channel.add(stretch(lungs(14, 5)))
    assert channel.evidence(at(5)) is None
    assert channel.why == "collecting chest motion: 5 s of 8 s"
    channel.add(stretch(lungs(14, 35), start_s=5, fresh=False))
    assert channel.evidence(at(44.8)) is not None
    assert channel.why == ""
    assert channel.evidence(at(49)) is None
    assert channel.why == "no chest motion for 9 s"


@pytest.mark.parametrize(
    ("rough_mg", "why"), [(4, ""), (9, ""), (11, "moving: 11 mg above 1 Hz"), (35, "moving: 35 mg above 1 Hz")]
)
def test_who_walks_is_not_looked_at(rough_mg: float, why: str) -> None:
    channel = ChestRate()
    channel.add(stretch(lungs(14, 40), rough_mg=rough_mg))
    assert (channel.evidence(at(40)) is None) == bool(why)
    assert channel.why == why


def test_who_stood_still_again_is_looked_at_fifteen_seconds_later() -> None:
    channel = ChestRate()
    channel.add(stretch(lungs(14, 20), rough_mg=40))
    channel.add(stretch(lungs(14, 14), start_s=20, fresh=False))
    assert channel.evidence(at(34)) is None
    channel.add(stretch(lungs(14, 2), start_s=34, fresh=False))
    assert channel.evidence(at(36)) is not None


def test_what_was_before_a_break_does_not_count() -> None:
    channel = ChestRate()
    channel.add(stretch(lungs(20, 60)))
    channel.add(stretch(lungs(10, 30), start_s=70))
    evidence = channel.evidence(at(100))
    assert evidence is not None
    assert evidence.log_likelihood.tobytes() == seen(stretch(lungs(10, 30), start_s=70)).tobytes()


def test_how_points_are_cut_into_stretches_changes_no_bit() -> None:
    whole = stretch(lungs(14, 40))
    channel = ChestRate()
    for first in range(0, 400, 5):
        rows = slice(first, first + 5)
        start = HostNs(whole.start + first * CHEST_STEP_NS)
        channel.add(ChestStretch(start, CHEST_STEP_NS, whole.acc[rows], whole.rough[rows], first == 0))
    evidence = channel.evidence(at(40))
    assert evidence is not None
    assert evidence.log_likelihood.tobytes() == seen(whole).tobytes()


def counted(filling: Values, rate_bpm: float) -> float:
    channel = ChestRate()
    channel.add(stretch(filling))
    assert channel.evidence(at(len(filling) / CHEST_RATE_HZ)) is not None
    belief = np.exp(-0.5 * (np.log(RATES_BPM / rate_bpm) / 0.05) ** 2)
    return channel.counted_bpm(belief / belief.sum(), rate_bpm)


@pytest.mark.parametrize("rate_bpm", [6, 12, 18, 25])
def test_breaths_of_the_last_half_minute_are_counted(rate_bpm: float) -> None:
    assert counted(lungs(rate_bpm, 60), rate_bpm) == pytest.approx(rate_bpm, rel=0.02)
    assert counted(lungs(rate_bpm, 60), rate_bpm * 1.08) == pytest.approx(rate_bpm, rel=0.04)


def test_a_long_breath_lowers_the_count() -> None:
    """Five breaths at 15 a minute and one of 8 s in half a minute: the reading in parts smooths it."""
    filling = lungs(lambda t: np.where((t > 40) & (t < 48), 7.5, 15.0), 60)
    assert 12.5 < counted(filling, 15) < 14.7


def test_a_change_of_rate_counts_as_its_mean() -> None:
    assert counted(lungs(lambda t: np.where(t < 45, 14.0, 17.0), 60), 16) == pytest.approx(15.5, abs=0.6)


def test_with_too_little_to_count_the_rate_is_what_was_asked() -> None:
    belief = np.full(len(RATES_BPM), 1 / len(RATES_BPM))
    assert ChestRate().counted_bpm(belief, 13.0) == 13.0
    channel = ChestRate()
    channel.add(stretch(lungs(14, 5)))
    assert channel.evidence(at(5)) is None
    assert channel.counted_bpm(belief, 13.0) == 13.0
