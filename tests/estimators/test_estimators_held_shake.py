from __future__ import annotations

import numpy as np
import pytest

from tidehold.estimators.held_shake import Contraction, TremorTrend, TremorWatch, contraction, trend
from tidehold.records import Values


def shaking(seconds: float, rms_deg_s: float, seed: int, *, low_hz: float = 8.0, high_hz: float = 25.0) -> Values:
    """A limb that sways, a noisy sensor, and shaking in a band (n, 3) rad/s."""
    dice = np.random.default_rng(seed)
    t = np.arange(round(100 * seconds)) / 100
    hertz, phase = dice.uniform(low_hz, high_hz, 40), dice.uniform(0, 2 * np.pi, 40)
    quick = rms_deg_s * np.sqrt(2 / 40) * np.sin(2 * np.pi * np.outer(t, hertz) + phase).sum(axis=1)
    sway = 0.5 * np.sin(2 * np.pi * 0.3 * t + phase[0])
    return np.asarray(np.radians(np.outer(quick + sway, [0.6, -0.48, 0.64]) + 0.08 * dice.standard_normal((len(t), 3))))


@pytest.mark.parametrize("seed", range(1000, 1020))
def test_a_press_that_shakes_the_leg_is_seen_and_a_calm_one_is_not(seed: int) -> None:
    before = shaking(8, 0.1, seed)
    strong, calm = (contraction(before, shaking(5, rms, seed + 1), "shin", 100.0) for rms in (0.5, 0.1))
    assert strong.seen is True
    assert strong.rise_db is not None
    assert strong.rise_db > 6
    assert "experimental" in strong.why
    assert calm.seen is not True
    assert calm.rise_db == pytest.approx(0, abs=3)


def test_a_little_more_shaking_is_left_open() -> None:
    found = contraction(shaking(8, 0.3, 1), shaking(5, 0.5, 2), "thigh", 100.0)
    assert found.seen is None
    assert found.rise_db is not None
    assert found.why.startswith("not observable: a little more shaking")


def test_the_jerks_that_begin_and_end_a_press_are_none() -> None:
    press = shaking(5, 0.1, 2)
    press[:40] += shaking(0.4, 20, 3)
    press[-40:] += shaking(0.4, 20, 4)
    press[250:262] += shaking(0.12, 20, 5)  # a jolt in between
    assert contraction(shaking(8, 0.1, 1), press, "shin", 100.0).seen is not True


@pytest.mark.parametrize(
    ("before_s", "press_s", "placement", "hz", "why"),
    [
        (8, 5, "breastbone", 100.0, "a phone on the breastbone does not feel the leg press"),
        (8, 5, "shin", None, "no gyroscope"),
        (8, 5, "shin", 40.0, "40 samples a second are too few"),
        (1, 5, "shin", 100.0, "less than 2 s of the hold before it, or of the press"),
        (8, 2, "shin", 100.0, "less than 2 s of the hold before it, or of the press"),
    ],
)
def test_what_is_not_observable_says_why(
    before_s: float, press_s: float, placement: str, hz: float | None, why: str
) -> None:
    found = contraction(shaking(before_s, 0.1, 1), shaking(press_s, 0.8, 2), placement, hz)
    assert found == Contraction(None, None, f"not observable: {why}")


def test_a_limb_that_moves_tells_nothing_of_a_press() -> None:
    moved = shaking(5, 0.5, 2) + np.radians([3.0, 0, 0])
    assert "the limb moved by 12 deg" in contraction(shaking(8, 0.1, 1), moved, "shin", 100.0).why


def test_a_sensor_of_zeros_tells_nothing() -> None:
    assert "nothing but zeros" in contraction(np.zeros((800, 3)), np.zeros((500, 3)), "shin", 100.0).why


def watched(turning: Values, block: int = 100) -> TremorTrend:
    watch = TremorWatch()
    for start in range(0, len(turning), block):
        watch.add(turning[start : start + block])
    return watch.trend(100.0)


def grown(seconds: float, first: float, last: float, seed: int) -> Values:
    size = np.geomspace(first, last, round(100 * seconds))[:, None]
    return np.asarray(size * shaking(seconds, 1.0, seed, low_hz=5, high_hz=11))


@pytest.mark.parametrize("seed", range(1000, 1020))
def test_a_tremor_that_rises_is_seen_and_a_steady_one_is_not(seed: int) -> None:
    rising, steady, falling = (
        watched(grown(60, first, last, seed)) for first, last in ((0.3, 1.2), (0.5, 0.5), (1, 0.3))
    )
    assert rising.rising is True
    assert rising.first_deg_s == pytest.approx(0.3, rel=0.4)
    assert rising.last_deg_s == pytest.approx(1.2, rel=0.4)
    assert rising.percent_per_min == pytest.approx(300, rel=0.6)
    assert rising.why.startswith("experimental: tremor rising")
    assert steady.rising is False
    assert steady.why == "experimental"
    assert falling.rising is False


def test_a_short_hold_has_no_trend_and_a_slow_sensor_is_blind() -> None:
    assert watched(grown(12, 0.3, 1.2, 1)) == TremorTrend(None, None, None, None, "the hold is too short to tell")
    watch = TremorWatch()
    watch.add(grown(60, 0.3, 1.2, 1))
    assert watch.trend(20.0).why == "20 samples a second are too few for tremor: set the app to 50 or more"
    assert watch.trend(None).why == "no gyroscope"


def test_of_a_very_long_hold_the_last_four_minutes_count() -> None:
    late = watched(np.concatenate((grown(120, 0.1, 0.5, 1), grown(250, 0.5, 0.5, 2))))
    assert late.rising is False
    assert late.first_deg_s == pytest.approx(0.5, rel=0.2)


def test_zeros_do_not_rise() -> None:
    assert watched(np.zeros((6000, 3))).rising is False
    assert trend([0.5] * 20).percent_per_min == 0


def test_how_samples_are_cut_does_not_matter() -> None:
    turning = grown(30, 0.3, 1.0, 3)
    assert watched(turning, 10) == watched(turning, 730)
