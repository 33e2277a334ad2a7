"""Turning points of breathing motion."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from tidehold.estimators.breaths import Turn, Turns
from tidehold.records import Values


def turned(velocity: Values) -> list[tuple[float, Turn]]:
    turns = Turns()
    found = [(i / 10, turns.add(i / 10, float(v))) for i, v in enumerate(velocity)]
    return [(known_s, turn) for known_s, turn in found if turn is not None]


T = np.arange(0, 120, 0.1)
PERIOD_S = 4.8
VELOCITY: Values = np.sin(2 * np.pi * T / PERIOD_S)
"""Inhaling from 0, 4.8, ... on."""


def test_inhale_and_exhale_take_turns() -> None:
    kinds = [turn.inhale for _, turn in turned(VELOCITY)]
    assert all(a != b for a, b in pairwise(kinds))


def test_every_breath_is_found_where_it_starts() -> None:
    inhaled = np.array([turn.at_s for _, turn in turned(VELOCITY) if turn.inhale and turn.at_s > 20])
    assert len(inhaled) in {20, 21}
    late = (inhaled + PERIOD_S / 2) % PERIOD_S - PERIOD_S / 2
    assert np.abs(late).max() < 0.4


def test_a_turn_is_known_within_a_second() -> None:
    assert all(known_s - turn.at_s <= 1.3 for known_s, turn in turned(VELOCITY) if turn.at_s > 20)


def test_wobbles_below_the_hysteresis_are_no_turns() -> None:
    wobbling = VELOCITY + 0.6 * np.sin(2 * np.pi * 1.3 * T)
    late = [turn for _, turn in turned(wobbling) if turn.at_s > 20]
    assert abs(len(late) - 2 * 100 / PERIOD_S) <= 2


def test_breaths_that_get_smaller_are_still_found() -> None:
    fading = VELOCITY * np.linspace(1, 0.3, len(T))
    inhaled = [turn for _, turn in turned(fading) if turn.inhale and turn.at_s > 20]
    assert len(inhaled) >= 20


def test_nothing_moves_nothing_turns() -> None:
    assert turned(np.zeros(600)) == []
