"""Breaths have the lengths, depths and holds that were asked for."""

import numpy as np
import pytest

from tidehold_simulators.lungs import Lungs
from tidehold_simulators.scenario import Breathing
from tidehold_simulators.signals import Floats

T = np.arange(0, 300, 0.01)


def lungs(*breathing: Breathing, variability: float = 0.0) -> Lungs:
    return Lungs(breathing, variability, np.random.default_rng(7))


def turns(volume: Floats) -> tuple[Floats, Floats]:
    """Times of the lowest and highest volumes inside T."""
    rising = np.diff(volume) > 0
    return T[1:-1][~rising[:-1] & rising[1:]], T[1:-1][rising[:-1] & ~rising[1:]]


def test_inhale_and_exhale_have_lengths_of_their_own() -> None:
    troughs, peaks = turns(lungs(Breathing(rate_bpm=6, inhale_share=0.4)).volume(T))
    np.testing.assert_allclose(np.diff(troughs), 10, atol=0.02)
    np.testing.assert_allclose(peaks[1:] - troughs[: len(peaks) - 1], 4, atol=0.02)


def test_volume_swings_by_the_depth() -> None:
    volume = lungs(Breathing(depth=1.7)).volume(T)
    assert volume.min() == pytest.approx(0, abs=1e-9)
    assert volume.max() == pytest.approx(1.7, abs=1e-3)
    assert np.abs(np.diff(volume)).max() < 0.01  # no jumps


def test_rate_follows_a_ramp_and_stays_where_it_leads() -> None:
    breath = lungs(Breathing(seconds=120, rate_bpm=12, to_rate_bpm=6), Breathing(rate_bpm=6))
    assert breath.rate_bpm(0) == pytest.approx(12)
    assert breath.rate_bpm(60) == pytest.approx(9, abs=0.5)
    assert breath.rate_bpm(140) == pytest.approx(6)
    passed = np.diff(breath.cycle(np.array([0.0, 120.0])))[0]
    assert passed == pytest.approx(18, abs=0.6)  # 2 min at 9 breaths/min on average


def test_stretches_with_lengths_repeat() -> None:
    breath = lungs(Breathing(seconds=30, rate_bpm=12), Breathing(seconds=30, rate_bpm=6))
    assert [round(breath.rate_bpm(t)) for t in (1, 29, 31, 59, 61, 91, 119)] == [12, 12, 6, 6, 12, 6, 6]


@pytest.mark.parametrize(("hold", "volume"), [("out", 0.0), ("in", 1.0)])
def test_held_breath_stands_still(hold: str, volume: float) -> None:
    breathing = (
        Breathing(seconds=30, rate_bpm=6),
        Breathing(seconds=20, rate_bpm=6, hold="in" if hold == "in" else "out"),
    )
    breath = lungs(*breathing)
    held = breath.holding(T)
    assert held.sum() * 0.01 == pytest.approx(5 * 20, abs=0.1)  # in 300 s: 30 s + 20 s held + 10 s, five times
    np.testing.assert_allclose(breath.volume(T)[held], volume, atol=1e-9)
    np.testing.assert_array_equal(breath.drive(T)[held], 0.0)
    edges = T[1:][np.diff(held.astype(int)) == 1]
    np.testing.assert_allclose(np.diff(edges), 60, atol=0.02)


def test_holds_follow_one_another() -> None:
    hold = Breathing(seconds=5, hold="out", rate_bpm=60)
    held = lungs(hold, hold).holding(np.array([0.0, 4.99, 5.5, 6.0, 10.99, 11.5]))
    assert held.tolist() == [True, True, False, True, True, False]


def test_drive_has_no_mean() -> None:
    assert lungs(Breathing(inhale_share=0.25)).drive(T).mean() == pytest.approx(0, abs=1e-3)


def test_breaths_vary_by_as_much_as_asked() -> None:
    breath = lungs(Breathing(rate_bpm=15), variability=0.1)
    rates = np.array([breath.rate_bpm(t) for t in np.arange(0, 4000, 4.0)])
    assert rates.std() / rates.mean() == pytest.approx(0.1, abs=0.02)
    assert rates.mean() == pytest.approx(15, rel=0.03)


def test_order_of_questions_changes_nothing() -> None:
    forward, backward = (lungs(Breathing(), variability=0.1) for _ in range(2))
    late = backward.volume(np.array([2900.0]))
    steps = [forward.volume(np.array([t])) for t in np.arange(0.0, 2901.0, 100.0)]
    np.testing.assert_array_equal(steps[-1], late)
    np.testing.assert_array_equal(backward.volume(T), forward.volume(T))
