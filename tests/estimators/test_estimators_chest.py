from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.estimators.hearts import lost
from tidehold.estimators.chest import CHEST_DELAY_S, CHEST_STEP_NS, Chest, ChestStretch
from tidehold.records import HostNs, Sample, Times, Values
from tidehold.units import NS, STANDARD_GRAVITY

UPRIGHT = np.array([-0.95, 0.1, 0.3])
"""Gravity on a chest, in g."""
ACROSS = np.array([0.3, 0.0, 0.95])

Milligrams = Callable[[Values], Values]


def wave(hertz: float, mg: float) -> Milligrams:
    return lambda t: np.asarray(mg * np.sin(2 * np.pi * hertz * t))


def moved(mg: Milligrams, seconds: float, hz: float, *, jitter: float = 0.0, noise_mg: float = 0.0) -> Sample:
    """A chest that is moved across gravity, sampled at `hz`, in one frame."""
    dice = np.random.default_rng(1)
    n = np.arange(int(seconds * hz))
    t = (n + jitter * dice.uniform(-0.5, 0.5, len(n)) + 0.5) / hz
    g = UPRIGHT + mg(t)[:, None] / 1e3 * ACROSS + noise_mg / 1e3 * dice.normal(size=(len(n), 3))
    return sample(np.rint(t * NS).astype(np.int64), STANDARD_GRAVITY * g)


def sample(times: Times, values: Values, stream: str = "strap/acc") -> Sample:
    return Sample(HostNs(int(times[-1]) if len(times) else 0), stream, times, values)


def framed(whole: Sample, size: int) -> list[Sample]:
    return [
        sample(whole.times[i : i + size], whole.values[i : i + size], whole.stream)
        for i in range(0, len(whole.times), size)
    ]


def taken(frames: list[Sample], every: int = 1) -> list[ChestStretch]:
    """What a chest says of these frames, asked after every so many of them."""
    chest = Chest("strap")
    stretches: list[ChestStretch] = []
    for number, frame in enumerate(frames, 1):
        chest.update(frame)
        if number % every == 0 or number == len(frames):
            stretches += chest.take()
    return stretches


def joined(stretches: list[ChestStretch]) -> tuple[Times, Values, Values]:
    """Times (n,), acceleration (n, 3) and roughness (n,) of one stretch after another."""
    return (
        np.concatenate([each.start + each.step_ns * np.arange(len(each.rough)) for each in stretches]),
        np.concatenate([each.acc for each in stretches]),
        np.concatenate([each.rough for each in stretches]),
    )


def rms(values: Values) -> float:
    return float(np.sqrt(np.mean(values**2)))


@pytest.mark.parametrize("hz", [10, 25, 52, 100, 200, 400])
@pytest.mark.parametrize("jitter", [0.0, 0.8])
def test_a_breath_is_followed_at_any_rate_and_its_delay_is_as_stated(hz: float, jitter: float) -> None:
    times, acc, _ = joined(taken([moved(wave(0.25, 10), 60, hz, jitter=jitter)]))
    settled = times > 10 * NS
    swing = (acc / STANDARD_GRAVITY - UPRIGHT) @ ACROSS / (ACROSS @ ACROSS) * 1e3
    expected = wave(0.25, 10)(times / NS - CHEST_DELAY_S)
    assert swing[settled] == pytest.approx(expected[settled], abs=0.4)


def test_points_are_a_tenth_of_a_second_apart_from_the_first_sample_on() -> None:
    whole = moved(wave(0.25, 10), 10, 25)
    times, acc, rough = joined(taken(framed(whole, 36)))
    assert times[0] == whole.times[0] + CHEST_STEP_NS // 2
    assert set(np.diff(times)) == {CHEST_STEP_NS} == {NS // 10}
    assert acc.shape == (len(times), 3)
    assert rough.shape == times.shape
    assert 9 < len(times) / 10 <= 10


@pytest.mark.parametrize("hz", [25, 50, 200])
def test_shaking_reads_the_same_at_every_rate_of_samples(hz: float) -> None:
    """2 Hz, as of steps: the high-pass takes 3 %, averaging 0.1 s takes 6 %."""
    _, acc, rough = joined(taken([moved(wave(2, 20), 30, hz)]))
    assert rms(rough[50:]) == pytest.approx(0.91 * 20 / 2**0.5, rel=0.06)
    assert rms(acc[50:] / STANDARD_GRAVITY * 1e3 - UPRIGHT * 1e3) < 0.3 * 20


def test_breathing_is_no_shaking() -> None:
    _, _, rough = joined(taken([moved(wave(0.25, 10), 30, 25)]))
    assert rms(rough[50:]) < 0.1 * 10 / 2**0.5


def test_heartbeats_and_the_noise_of_a_sensor_are_averaged_away() -> None:
    _, _, beats = joined(taken([moved(wave(18, 8), 30, 200)]))
    _, _, noise = joined(taken([moved(wave(1, 0), 30, 200, noise_mg=3)]))
    assert rms(beats[50:]) < 1
    assert rms(noise[50:]) < 1.5


def test_who_rests_is_at_rest_from_the_first_point_on() -> None:
    _, acc, rough = joined(taken([moved(wave(1, 0), 10, 25)]))
    assert acc == pytest.approx(np.tile(STANDARD_GRAVITY * UPRIGHT, (len(acc), 1)))
    assert rough == pytest.approx(np.zeros(len(rough)), abs=1e-6)


@pytest.mark.parametrize("hz", [10, 25, 200])
@pytest.mark.parametrize(("size", "every"), [(1, 1), (1, 7), (7, 1), (36, 1), (36, 3), (1000, 1)])
def test_how_samples_are_cut_into_frames_changes_no_bit(hz: float, size: int, every: int) -> None:
    whole = moved(wave(0.3, 10), 20, hz, jitter=0.9 if hz == 25 else 0.0, noise_mg=2)
    one, other = joined(taken([whole])), joined(taken(framed(whole, size), every))
    assert [each.tobytes() for each in one] == [each.tobytes() for each in other]


@pytest.mark.parametrize("shift", [1, 12_345_678_901, 9 * 86_400 * NS + 7])
def test_shifting_all_times_changes_nothing_else(shift: int) -> None:
    whole = moved(wave(0.3, 10), 20, 25, jitter=0.5)
    here = joined(taken(framed(whole, 36)))
    there = joined(taken(framed(sample(whole.times + shift, whole.values), 36)))
    assert np.array_equal(there[0], here[0] + shift)
    assert there[1].tobytes() == here[1].tobytes()
    assert there[2].tobytes() == here[2].tobytes()


def cut(whole: Sample, start_s: float, end_s: float) -> Sample:
    kept = (whole.times < start_s * NS) | (whole.times >= end_s * NS)
    return sample(whole.times[kept], whole.values[kept])


def test_a_short_hole_is_bridged() -> None:
    stretches = taken(framed(cut(moved(wave(0.1, 10), 30, 25), 12, 13.5), 36))
    assert [each.fresh for each in stretches].count(True) == 1
    assert set(np.diff(joined(stretches)[0])) == {CHEST_STEP_NS}


@pytest.mark.parametrize("size", [1, 36, 1000])
def test_a_long_hole_starts_afresh(size: int) -> None:
    whole = cut(moved(wave(0.1, 10), 30, 25), 12, 16)
    stretches = taken(framed(whole, size))
    fresh = [each.start for each in stretches if each.fresh]
    assert fresh == [whole.times[0] + CHEST_STEP_NS // 2, whole.times[whole.times >= 16 * NS][0] + CHEST_STEP_NS // 2]
    alone = cut(whole, 0, 14)
    after = [each for each in stretches if each.start > 14 * NS]
    assert joined(after)[1].tobytes() == joined(taken([alone]))[1].tobytes()


@pytest.mark.parametrize("size", [1, 36])
def test_samples_without_a_number_or_out_of_order_do_not_count(size: int) -> None:
    whole = moved(wave(0.3, 10), 20, 25)
    values, times = whole.values.copy(), whole.times.copy()
    values[::7, 1] = np.nan
    values[3::50] = np.inf
    times[11::40] -= NS
    good = np.asarray(np.isfinite(values).all(axis=1))
    good[11::40] = False
    expected = joined(taken([sample(whole.times[good], whole.values[good])]))
    spoiled = joined(taken(framed(sample(times, values), size)))
    assert [each.tobytes() for each in spoiled] == [each.tobytes() for each in expected]


def test_what_no_sensor_can_measure_stays_finite() -> None:
    _, acc, rough = joined(taken([sample(np.arange(0, 20 * NS, NS // 25), np.full((500, 3), 1e300))]))
    assert np.isfinite(acc).all()
    assert np.isfinite(rough).all()


def test_gravity_stands_in_until_there_is_acceleration() -> None:
    whole = moved(wave(0.3, 10), 20, 50)
    chest = Chest("phone")
    chest.update(sample(whole.times, whole.values, "phone/gravity"))
    assert len(joined(chest.take())[0]) > 190
    later = sample(whole.times + 20 * NS, whole.values, "phone/acc")
    chest.update(later)
    chest.update(sample(later.times, later.values * 2, "phone/gravity"))
    (stretch,) = chest.take()
    assert stretch.fresh
    assert np.abs(stretch.acc).max() < 1.1 * STANDARD_GRAVITY


@pytest.mark.parametrize("stream", ["phone/acc", "strap/gyr", "strap/ecg", "strap/rr", "acc"])
def test_other_streams_are_ignored(stream: str) -> None:
    whole = moved(wave(0.3, 10), 20, 25)
    chest = Chest("strap")
    chest.update(sample(whole.times, whole.values, stream))
    assert chest.take() == []
    assert chest.newest is None


def test_what_has_not_three_axes_is_ignored() -> None:
    chest = Chest("strap")
    chest.update(sample(np.arange(100, dtype=np.int64) * NS, np.zeros(100)))
    chest.update(sample(np.arange(100, dtype=np.int64) * NS, np.zeros((100, 2))))
    chest.update(sample(np.empty(0, np.int64), np.empty((0, 3))))
    assert chest.take() == []
    assert chest.newest is None


def test_the_newest_sample_is_known_and_a_gap_alone_changes_nothing() -> None:
    whole = moved(wave(0.3, 10), 20, 25)
    chest = Chest("strap")
    chest.update(whole)
    chest.gap(lost(5, 6, "strap/acc"))
    assert chest.newest == whole.times[-1]
    assert joined(chest.take())[1].tobytes() == joined(taken([whole]))[1].tobytes()
    assert chest.take() == []
