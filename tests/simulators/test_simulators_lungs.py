"""Breaths have the lengths, depths and holds that were asked for."""

from itertools import pairwise

import numpy as np
import pytest

from tidehold_simulators.lungs import Lungs
from tidehold_simulators.scenario import Breathing, Hold, Pacer
from tidehold_simulators.signals import Floats

T = np.arange(0, 300, 0.01)


def lungs(*breathing: Breathing, variability: float = 0.0, pacer: Pacer | None = None) -> Lungs:
    return Lungs(breathing, variability, np.random.default_rng(7), () if pacer is None else (pacer,))


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


def test_breaths_say_where_inhaling_and_exhaling_begin() -> None:
    breathing = lungs(Breathing(rate_bpm=11, inhale_share=0.35), variability=0.1)
    troughs, peaks = turns(breathing.volume(T))
    breaths = breathing.breaths(290)
    assert all(after.inhale_s == before.end_s for before, after in pairwise(breaths))
    assert breaths[0].inhale_s == 0
    np.testing.assert_allclose([breath.end_s for breath in breaths], troughs[: len(breaths)], atol=0.02)
    np.testing.assert_allclose([breath.exhale_s for breath in breaths], peaks[: len(breaths)], atol=0.02)
    assert 290 - 8 < breaths[-1].end_s <= 290


@pytest.mark.parametrize(("hold", "longest"), [("in", "inhale"), ("out", "exhale")])
def test_a_held_breath_is_in_the_part_that_precedes_it(hold: Hold, longest: str) -> None:
    breathing = lungs(Breathing(seconds=30, rate_bpm=6), Breathing(seconds=20, rate_bpm=6, hold=hold))
    held = max(breathing.breaths(100), key=lambda breath: breath.end_s - breath.inhale_s)
    lengths = {"inhale": held.exhale_s - held.inhale_s, "exhale": held.end_s - held.exhale_s}
    assert lengths[longest] == pytest.approx(20 + (4 if hold == "in" else 6))
    assert [end - start for start, end in breathing.holds(100)] == pytest.approx([20, 20])


def test_a_pacer_is_followed_from_its_first_breath_on() -> None:
    breathing = lungs(Breathing(rate_bpm=13), pacer=Pacer(pattern="4/6", since_s=31, lag_s=0.5))
    breaths = breathing.breaths(200)
    before = [breath for breath in breaths if breath.end_s < 31.6]
    paced = breaths[len(before) :]
    assert before[-1].end_s == pytest.approx(31.5)
    assert all(0.49 < (breath.end_s - breath.inhale_s) * 13 / 60 < 1.51 for breath in before)
    np.testing.assert_allclose([breath.inhale_s for breath in paced], 31.5 + 10 * np.arange(len(paced)))
    np.testing.assert_allclose([breath.exhale_s - breath.inhale_s for breath in paced], 4)
    assert breathing.rate_bpm(100) == pytest.approx(6)


def test_a_follower_has_a_lag_an_inhale_share_and_a_jitter() -> None:
    pacer = Pacer(pattern="5/5", lag_s=1.2, inhale_share=0.3, jitter_s=0.4)
    breaths = lungs(Breathing(), pacer=pacer).breaths(6000)[1:]
    late = np.array([(breath.inhale_s + 5) % 10 - 5 for breath in breaths])
    turn = np.array([breath.exhale_s - breath.inhale_s for breath in breaths])
    assert len(breaths) == pytest.approx(598, abs=2)
    assert late.mean() == pytest.approx(1.2, abs=0.05)
    assert late.std() == pytest.approx(0.4, abs=0.04)
    assert turn.mean() == pytest.approx(3, abs=0.05)
    assert turn.std() == pytest.approx(0.4, abs=0.06)


def test_the_pauses_of_a_pattern_are_held_and_of_the_asked_length() -> None:
    breathing = lungs(Breathing(), pacer=Pacer(pattern="4/2/6/1"))
    held = breathing.holding(T)
    edges = T[1:][np.diff(held.astype(int)) == 1]
    np.testing.assert_allclose(edges[:4], [4, 12, 17, 25], atol=0.02)
    assert held[T < 130].sum() * 0.01 == pytest.approx(30, abs=0.2)
    np.testing.assert_allclose(breathing.volume(np.array([4.5, 5.5, 12.5, 17.5])), [1, 1, 0, 1], atol=1e-9)


def test_who_does_not_follow_breathes_as_if_there_were_no_pacer() -> None:
    deaf = lungs(Breathing(rate_bpm=14), variability=0.05, pacer=Pacer(pattern="4/6", follows=False))
    np.testing.assert_array_equal(deaf.volume(T), lungs(Breathing(rate_bpm=14), variability=0.05).volume(T))


@pytest.mark.parametrize(("jitter_s", "inhale_share"), [(2.0, 0.1), (2.0, 0.9)])
def test_the_wildest_follower_still_breathes_in_and_out(jitter_s: float, inhale_share: float) -> None:
    pacer = Pacer(pattern="1/0.5/1/0.5", lag_s=-3, inhale_share=inhale_share, jitter_s=jitter_s)
    for breath in lungs(Breathing(rate_bpm=20), pacer=pacer).breaths(300):
        assert breath.inhale_s + 0.35 < breath.exhale_s < breath.end_s - 0.35


def test_a_breath_held_over_the_first_cue_is_followed_by_what_is_asked_then() -> None:
    hold = (Breathing(seconds=20, rate_bpm=12), Breathing(seconds=30, hold="out"))
    breaths = lungs(*hold, pacer=Pacer(pattern="4/6", since_s=35)).breaths(120)
    paced = [breath for breath in breaths if breath.inhale_s > 60]
    np.testing.assert_allclose([breath.inhale_s % 10 for breath in paced], 5)


def test_pacers_come_one_after_the_other_and_in_between_breathing_is_free() -> None:
    pacers = (
        Pacer(pattern="4/6", since_s=30, until_s=90, lag_s=0.2),
        Pacer(pattern="5/5", since_s=150, until_s=210, lag_s=0.2),
    )
    breaths = Lungs((Breathing(rate_bpm=14),), 0.05, np.random.default_rng(7), pacers).breaths(300)
    starts = [round(breath.inhale_s, 6) for breath in breaths]
    assert [start for start in starts if 29 < start < 85] == pytest.approx([30.2 + 10 * k for k in range(6)])
    assert [start for start in starts if 149 < start < 205] == pytest.approx([150.2 + 10 * k for k in range(6)])
    free = [breath.end_s - breath.inhale_s for breath in breaths if 91 < breath.inhale_s < 140 or breath.inhale_s > 211]
    assert len(free) > 25
    assert 3.4 < min(free) < max(free) < 5.4


def test_a_ramp_is_followed_breath_by_breath_to_its_end() -> None:
    pacer = Pacer(pattern="2/3", to_pattern="4/6", since_s=10, until_s=130)
    breaths = Lungs((Breathing(rate_bpm=12),), 0.0, np.random.default_rng(7), (pacer,)).breaths(150)
    paced = [breath for breath in breaths if 9.9 < breath.inhale_s < 120]
    for breath in paced[:-1]:
        asked = pacer.asked_at(breath.inhale_s)
        assert breath.end_s - breath.inhale_s == pytest.approx(asked.length_s, abs=1e-6)
        assert breath.exhale_s - breath.inhale_s == pytest.approx(asked.inhale_s, abs=1e-6)
    assert paced[0].end_s - paced[0].inhale_s == pytest.approx(5)
    assert paced[-2].end_s - paced[-2].inhale_s > 8.5
    after = [breath.end_s - breath.inhale_s for breath in breaths if breath.inhale_s > 136]
    assert after[1:] == pytest.approx([5.0] * len(after[1:]))
