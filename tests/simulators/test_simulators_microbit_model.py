"""The micro:bit in time: when it measures, what it says, and that it does not matter how it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tidehold_simulators.body import SeededBody
from tidehold_simulators.limbs import GRAVITY_M_S2, Motion
from tidehold_simulators.microbit_model import COUNTS_PER_G, PERIODS_MS, Microbit
from tidehold_simulators.scenario import Placement, load_scenario
from tidehold_simulators.signals import Floats

NOISE_COUNTS = 2.0
WITHIN_COUNTS = 5 * NOISE_COUNTS + 2
"""Of the truth: five standard deviations, and half a step."""


@dataclass
class Constant:
    """A body that keeps still, or falls, or whatever it is told."""

    acc: tuple[float, float, float] = (0.0, 0.0, GRAVITY_M_S2)
    asked: list[Placement] = field(default_factory=list)

    def motion(self, placement: Placement, t: Floats) -> Motion:
        self.asked.append(placement)
        return Motion(np.tile(self.acc, (len(t), 1)), np.zeros((len(t), 3)))


def counts(samples: list[bytes]) -> NDArray[np.int16]:
    return np.frombuffer(b"".join(samples), "<i2").reshape(-1, 3)


def test_lying_on_its_back_it_reads_minus_one_g_on_z() -> None:
    body = Constant()
    microbit = Microbit(body, "thigh", 1)
    said = counts(microbit.measured(microbit.due(20.0)))
    assert set(body.asked) == {"thigh"}
    assert len(said) == 999, "its crystal is 40 ppm slow, so that the thousandth is yet to come"
    assert np.abs(said - (0, 0, -COUNTS_PER_G)).max() <= WITHIN_COUNTS
    assert said.mean(axis=0) == pytest.approx((0, 0, -COUNTS_PER_G), abs=0.3)
    assert (said % 4 == 0).all()
    assert said.std(axis=0) == pytest.approx([np.hypot(NOISE_COUNTS, 4 / np.sqrt(12))] * 3, rel=0.1)


def test_on_a_body_it_feels_what_the_body_feels_turned_round() -> None:
    scenario = load_scenario("calm-6")
    body = SeededBody(scenario.body, scenario.seed)
    microbit = Microbit(body, "breastbone", scenario.seed)
    t = microbit.due(10.0)
    truth = -body.motion("breastbone", t).acc * COUNTS_PER_G / GRAVITY_M_S2
    assert np.abs(counts(microbit.measured(t)) - truth).max() <= WITHIN_COUNTS


def test_more_than_two_g_is_not_to_be_had() -> None:
    microbit = Microbit(Constant((100.0, -100.0, 0.0)), "shin", 1)
    assert counts(microbit.measured(np.array([1.0])))[0, :2].tolist() == [-2048, 2047]


@pytest.mark.parametrize("period_ms", PERIODS_MS)
def test_each_period_begins_when_it_is_set(period_ms: int) -> None:
    microbit = Microbit(Constant(), "shin", 1)
    assert microbit.period_ms == 20
    assert len(microbit.due(0.99)) == 49
    microbit.set_period(period_ms)
    assert microbit.period_ms == period_ms
    t = microbit.due(3.0)
    assert t[0] == pytest.approx(0.99 + period_ms / 1e3, rel=1e-4)
    assert np.diff(t) == pytest.approx(period_ms / 1e3 * 1.00004)


@pytest.mark.parametrize("period_ms", [0, 3, 19, 21, 1000, 65535])
def test_other_periods_are_refused(period_ms: int) -> None:
    microbit = Microbit(Constant(), "shin", 1)
    with pytest.raises(ValueError, match=f"expected a period of 1, 2, 5, .* ms, found {period_ms}"):
        microbit.set_period(period_ms)
    assert microbit.period_ms == 20


@given(st.lists(st.floats(0, 0.3), max_size=30), st.integers(0, 9))
def test_in_how_many_steps_it_is_asked_changes_nothing(steps: list[float], seed: int) -> None:
    once, often = (Microbit(Constant(), "shin", seed) for _ in range(2))
    until = np.cumsum([0.0, *steps])
    whole = once.measured(once.due(float(until[-1])))
    parts = [sample for t in until.tolist() for sample in often.measured(often.due(t))]
    assert parts == whole


def test_the_last_sample_can_be_read_at_any_time() -> None:
    microbit = Microbit(Constant(), "shin", 1)
    assert len(microbit.latest()) == 6
    t = microbit.due(1.0)
    assert microbit.latest() == microbit.measured(t)[-1] == microbit.latest()
    assert len(microbit.due(0.5)) == 0, "time does not go back"
    assert microbit.t_s == 1.0


def test_the_seed_decides_the_noise() -> None:
    one, same, other = (Microbit(Constant(), "shin", seed) for seed in (1, 1, 2))
    t = one.due(1.0)
    assert one.measured(t) == same.measured(t) != other.measured(t)
