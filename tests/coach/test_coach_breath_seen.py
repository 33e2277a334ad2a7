"""A held breath by chest and rhythm, and in a still stretch by the rhythm alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.coach.led import ns
from tidehold.coach.breath_seen import BreathSeen
from tidehold.records import Estimate


def said(t: float, confidence: float, rate_bpm: float | None = 12.0) -> Estimate:
    return Estimate(ns(t), "breathing/rate_bpm", rate_bpm, confidence)


def told(
    confidence: Callable[[int], float],
    held_s: Callable[[int], float | None] = float,
    rate_bpm: Callable[[int], float | None] = lambda t: 12.0,
    seconds: int = 60,
) -> list[tuple[int, float]]:
    """When the breath was held by the rhythm alone, and for how long that was said to be."""
    seen = BreathSeen()
    found = []
    for t in range(seconds):
        seen.hear_rate(said(t, confidence(t), rate_bpm(t)), held_s(t))
        if seen.gone_s(ns(t)):
            found.append((t, seen.gone_s(ns(t))))
    return found


def fading(t: int) -> float:
    """As of a breath that is held from 25 s on for 20 s."""
    return 0.94 - 0.02 * max(0, min(t, 45) - 25) + 0.03 * max(0, t - 45)


def test_the_rhythm_alone_tells_late_but_surely_and_from_when() -> None:
    found = told(fading)
    first, for_s = found[0]
    assert 25 + 12 <= first <= 25 + 17
    assert first - for_s == pytest.approx(25, abs=1)
    assert found[-1][0] < 55


def test_chest_and_rhythm_together_tell_sooner() -> None:
    seen = BreathSeen()
    for t in range(40):
        if t == 29:
            seen.hear_cue("breath-held", ns(t))
        seen.hear_rate(said(t, fading(t)), None)
        if seen.is_held:
            assert t <= 31
            break
    else:
        pytest.fail("it was never told")
    seen.hear_cue("breath-back", ns(50))
    assert not seen.is_held


def test_a_rhythm_that_is_clear_again_ends_what_a_deceived_chest_began() -> None:
    seen, held = BreathSeen(), []
    for t in range(60):
        if t == 20:
            seen.hear_cue("breath-held", ns(t))
        seen.hear_rate(said(t, {22: 0.8, 23: 0.8, 24: 0.9}.get(t, 0.95)), None)
        held += [t] if seen.is_held else []
    assert held == [23, 24]


def test_one_second_of_less_confidence_is_no_fading() -> None:
    seen = BreathSeen()
    for t in range(40):
        if t == 20:
            seen.hear_cue("breath-held", ns(t))
        seen.hear_rate(said(t, 0.7 if t % 2 else 0.95), None)
        assert not seen.is_held


@pytest.mark.parametrize(("faster", "is_held"), [(0.0, True), (0.01, False), (-0.01, True)])
def test_who_breathes_faster_breathes(faster: float, is_held: bool) -> None:
    """Per second; of a breath that is held the rate that is guessed stays, or falls."""
    seen, held = BreathSeen(), []
    for t in range(40):
        if t == 29:
            seen.hear_cue("breath-held", ns(t))
        rate_bpm = 12.0 * (1 + faster * max(0, t - 22))
        seen.hear_rate(said(t, fading(t), rate_bpm), None)
        held += [t] if seen.is_held else []
    assert bool(held) == is_held


def test_a_chest_that_has_been_still_for_long_while_the_rhythm_was_clear_is_no_witness() -> None:
    seen = BreathSeen()
    seen.hear_cue("breath-held", ns(5))
    for t in range(40):
        seen.hear_rate(said(t, 0.95 if t < 20 else 0.8), None)
        assert not seen.is_held


@pytest.mark.parametrize(
    ("why", "held_s", "rate_bpm"),
    [
        ("no stretch is held", lambda t: None, lambda t: 12.0),
        ("it has just begun to be still", lambda t: t % 8, lambda t: 12.0),
        ("the rate changes", float, lambda t: 14.0 if t < 27 else 9.0),
        ("no rate is known", float, lambda t: None),
    ],
)
def test_a_rhythm_that_fades_for_another_reason_is_no_held_breath(
    why: str, held_s: Callable[[int], float | None], rate_bpm: Callable[[int], float | None]
) -> None:
    assert told(fading, held_s, rate_bpm, seconds=46) == [], why


def test_what_was_never_sure_cannot_fade_and_a_moment_is_none() -> None:
    assert told(lambda t: 0.6 * fading(t)) == []
    assert told(lambda t: 0.94 if t % 10 < 8 else 0.5) == []


def test_a_new_hold_begins_anew() -> None:
    assert told(lambda t: 0.95 if t < 20 else 0.6, lambda t: t if t < 20 else None if t < 24 else t - 24) == []
