"""Held breaths in velocity along the breathing axis."""

from __future__ import annotations

import numpy as np
import pytest

from tidehold.estimators.held_breath import HeldBreath
from tidehold.records import Values


def breathing(seconds: float, seed: int, holds: tuple[tuple[float, float], ...] = (), period_s: float = 4.0) -> Values:
    dice = np.random.default_rng(seed)
    t = np.arange(0, seconds, 0.1)
    velocity = np.sin(2 * np.pi * t / period_s) * (1 + 0.2 * np.sin(t / 7))
    for start, end in holds:
        velocity[(t >= start) & (t < end)] *= 0.1
    noise: Values = 0.05 * dice.standard_normal(len(t)) + 0.1 * np.sin(2 * np.pi * 1.1 * t)
    return velocity + noise


def spans(velocity: Values, *, seen: bool = True) -> list[tuple[float, float]]:
    """When the breath was known to be held, from and to, s."""
    held = HeldBreath()
    was, since = False, 0.0
    found: list[tuple[float, float]] = []
    for i, v in enumerate(velocity):
        held.add(i / 10, float(v), seen=seen)
        if (held.since_s is not None) != was:
            was = not was
            if was:
                since = i / 10
            else:
                found.append((since, i / 10))
    return [*found, (since, len(velocity) / 10)] if was else found


@pytest.mark.parametrize("period_s", [3.0, 4.0, 6.0])
def test_a_held_breath_is_known_within_five_seconds_and_ends_soon_after_it_ends(period_s: float) -> None:
    ((start, end),) = spans(breathing(120, 1, ((80, 95),), period_s))
    assert 80 < start <= 85
    assert 95 < end <= 98.5


def test_two_holds_are_two() -> None:
    assert len(spans(breathing(200, 2, ((70, 85), (160, 175))))) == 2


@pytest.mark.parametrize("seed", range(3))
def test_breathing_is_not_held(seed: int) -> None:
    assert spans(breathing(240, seed)) == []


def test_who_pauses_for_a_moment_after_every_breath_is_not_alarmed_about() -> None:
    t = np.arange(0, 240, 0.1)
    place = t % 6
    velocity = np.where(place < 4.5, np.sin(2 * np.pi * place / 4.5), 0.0)
    velocity += 0.03 * np.random.default_rng(4).standard_normal(len(t))
    assert spans(velocity) == []


def test_since_is_about_when_it_began() -> None:
    held = HeldBreath()
    sinces = []
    for i, v in enumerate(breathing(90, 5, ((75, 90),))):
        held.add(i / 10, float(v), seen=True)
        sinces.append(held.since_s)
    assert sinces[-1] is not None
    assert abs(sinces[-1] - 75) <= 1.5


def test_who_was_never_seen_to_breathe_is_not_seen_to_hold() -> None:
    assert spans(breathing(120, 6, ((80, 95),)), seen=False) == []


def test_a_hold_that_never_ends_is_given_up() -> None:
    velocity = breathing(300, 7, ((60, 300),))
    assert spans(velocity)[0][1] < 260


def test_who_slows_down_because_the_pacer_asks_for_it_does_not_hold_the_breath() -> None:
    """The same breath in thrice the time moves the chest a third as fast, and its lulls are long."""
    dice = np.random.default_rng(5)
    t = np.arange(0, 60, 0.1)
    quick, slow = np.sin(2 * np.pi * t / 4), np.sin(2 * np.pi * t / 12) / 3
    noise = 0.02 * dice.standard_normal(2 * len(t))
    told, untold = HeldBreath(), HeldBreath()
    alarms = [0, 0]
    for i, velocity in enumerate((np.concatenate((quick, slow)) + noise).tolist()):
        if i == len(t):
            told.expect(4 / 12, 6.0)
        for place, held in enumerate((told, untold)):
            held.add(i / 10, velocity, seen=True)
            alarms[place] += held.since_s is not None
    assert alarms[0] == 0 < alarms[1]


def test_a_breath_held_while_paced_is_noticed_too() -> None:
    held = HeldBreath()
    held.expect(1.0, 6.0)
    noticed: list[float] = []
    for i, velocity in enumerate(breathing(100, 6, ((80, 95),), period_s=10.0).tolist()):
        held.add(i / 10, velocity, seen=True)
        if held.since_s is not None:
            noticed.append(i / 10)
    assert 80 < noticed[0] < 88
