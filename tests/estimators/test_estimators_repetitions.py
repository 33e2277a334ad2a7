from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike

from tests.estimators.holds import leaning, moment
from tests.estimators.limbs import limb
from tests.estimators.moves import before, moments, mounted, people_set
from tests.estimators.test_estimators_movement_plane import slant
from tidehold.estimators.imu_grid import CELL_NS
from tidehold.estimators.posture import Moment
from tidehold.estimators.repetitions import (
    RepetitionCounter,
    Repetitions,
    likely_plane,
    repetitions,
    summary,
    to_and_fro,
    turning_points,
    unwrapped,
)
from tidehold.records import HostNs, Values

UNSEEN = range(1000, 1020)
"""Seeds that no threshold was chosen with."""


def counted(listed: list[Moment], **how: str) -> Repetitions:
    counter = RepetitionCounter("left", "clock" if how.get("shape") == "clock" else "hinge")
    counter.add(listed)
    return counter.found()


def of(angles_deg: ArrayLike) -> Repetitions:
    """Of angles each 0.1 s."""
    listed = np.asarray(angles_deg, np.float64).tolist()
    starts = [HostNs(number * CELL_NS) for number in range(len(listed))]
    return summary(repetitions(starts, listed, 8.0), "", 1.0, "none")


def cycles(count: int, size: float, period_s: float, rest_s: float = 2.0) -> Values:
    """Cosine movements out and back, with rests at both ends."""
    t = np.arange(round(10 * count * period_s)) / 10
    rest = np.zeros(round(10 * rest_s))
    return np.concatenate((rest, size / 2 * (1 - np.cos(2 * np.pi * t / period_s)), rest))


@pytest.mark.parametrize("seed", UNSEEN)
def test_sets_of_other_people_are_counted_exactly(seed: int) -> None:
    done = people_set(seed)
    found = counted(moments(mounted(limb(done.angle, done.length_s, seed), slant(seed))))
    assert found.done == done.repetitions
    assert found.side == "left"
    # While the gyroscope's bias is being learnt from someone who sways, the first ones may be off by some degrees.
    assert [one.amplitude_deg for one in found.each] == pytest.approx(done.amplitudes_deg, abs=6)
    assert found.amplitude_deg == pytest.approx(float(np.median(done.amplitudes_deg)), abs=2)
    assert found.quality == pytest.approx(1, abs=0.01)
    apart = np.diff(done.starts_s)
    assert found.tempo_s == pytest.approx(float(np.median(apart[apart <= 1.75 * np.median(apart)])), rel=0.1)


@pytest.mark.parametrize("seed", UNSEEN[:8])
def test_so_are_small_movements(seed: int) -> None:
    done = people_set(seed + 100, least_deg=12, most_deg=25)
    found = counted(moments(mounted(limb(done.angle, done.length_s, seed), slant(seed))))
    assert found.done == done.repetitions


def test_tempo_amplitude_and_evenness() -> None:
    found = of(cycles(8, 40, 4))
    assert found.done == 8
    assert found.tempo_s == pytest.approx(4, abs=0.02)
    assert found.amplitude_deg == pytest.approx(40, abs=0.5)
    assert found.tempo_cv == pytest.approx(0, abs=0.02)
    assert found.amplitude_cv == pytest.approx(0, abs=0.01)
    assert found.pauses == 0
    one = found.each[3]
    assert one.peak_deg_s == pytest.approx(np.pi * 40 / 4, rel=0.03)
    assert one.out_s == pytest.approx(one.back_s, abs=0.21)
    assert one.there_s == pytest.approx(4 * np.arccos(0.8) / np.pi, abs=0.21)


def test_an_uneven_set_is_told_from_an_even_one() -> None:
    uneven = of(np.concatenate([cycles(1, size, period, 0.2) for size, period in ((40, 3), (55, 5), (35, 4), (50, 6))]))
    assert uneven.done == 4
    assert uneven.tempo_cv is not None
    assert uneven.tempo_cv > 0.15
    assert uneven.amplitude_cv is not None
    assert uneven.amplitude_cv > 0.1


def test_a_pause_between_repetitions_is_counted_and_is_not_uneven() -> None:
    found = of(np.concatenate((cycles(4, 40, 4, 0), np.zeros(100), cycles(4, 40, 4, 0))))
    assert found.done == 8
    assert found.pauses == 1
    assert found.tempo_cv == pytest.approx(0, abs=0.02)


def test_sway_and_drift_alone_are_no_repetitions() -> None:
    dice = np.random.default_rng(3)
    found = of(np.linspace(0, 30, 1200) + dice.normal(0, 1.0, 1200))
    assert found == Repetitions("", (), None, None, None, None, 0, 1.0, "none")


def test_the_last_one_counts_when_the_limb_is_half_way_back() -> None:
    angles = cycles(3, 40, 4, 0)
    assert of(angles[:-25]).done == 2
    assert of(angles[:-5]).done == 3


def test_getting_into_the_pose_and_out_of_it_is_no_repetition() -> None:
    up, down = np.linspace(0, 95, 20), np.linspace(95, 0, 20)
    there = 95 - cycles(6, 30, 4)
    assert of(np.concatenate((np.zeros(20), up, there, down, np.zeros(20)))).done == 6


def test_of_one_alone_the_tempo_is_its_length() -> None:
    found = of(cycles(1, 40, 4))
    assert found.done == 1
    assert found.tempo_s == pytest.approx(3.2, abs=0.2)
    assert found.tempo_cv is None


def test_movements_that_are_small_beside_the_others_do_not_count() -> None:
    fidgets = np.concatenate([cycles(3, 10, 2), cycles(6, 60, 4), cycles(2, 12, 2)])
    assert of(fidgets).done == 6


def test_the_count_follows_while_it_goes_on() -> None:
    done = people_set(12)
    listed = moments(limb(done.angle, done.length_s, 1))
    after = [counted(before(listed, start - 0.3)).done for start in done.starts_s]
    assert after == list(range(done.repetitions))


def test_a_hole_in_the_middle_costs_quality_and_no_repetition() -> None:
    ups = [moment(number, leaning(angle)) for number, angle in enumerate(cycles(8, 40, 4).tolist())]
    found = counted([each for number, each in enumerate(ups) if not 100 <= number < 130])
    assert found.done == 8
    assert found.quality == pytest.approx(1 - 30 / len(ups), abs=0.01)


def test_nothing_heard_and_nothing_done_have_their_reasons() -> None:
    assert RepetitionCounter().found().why == "nothing has been heard yet"
    assert counted([moment(number) for number in range(50)]).why == "no movement of 8 deg and back yet"
    assert counted([moment(number) for number in range(50)], shape="clock").why == "no movement of 4 deg and back yet"


def test_how_cells_are_cut_does_not_matter() -> None:
    done = people_set(4)
    listed = moments(limb(done.angle, done.length_s, 1))
    counter = RepetitionCounter("left")
    for each in listed:
        counter.add([each])
    assert counter.found() == counted(listed)


@pytest.mark.parametrize("rest_s", [2, 400])
def test_in_a_very_long_set_every_repetition_counts(rest_s: float) -> None:
    listed = [moment(number, leaning(angle)) for number, angle in enumerate(cycles(400, 40, 4, rest_s).tolist())]
    found = counted(listed)
    assert found.done == 400
    assert found.tempo_s == pytest.approx(4, abs=0.1)
    assert found.tempo_cv == pytest.approx(0, abs=0.01)
    assert counted(clock(200, 8, 5, 1), shape="clock").done == 200


def clock(
    rounds: int, radius_deg: float, period_s: float, seed: int, *, flat: float = 1.0, back: int = 0
) -> list[Moment]:
    """Out from the middle, round, some rounds back, and to the middle again; on a body that sways."""
    dice = np.random.default_rng(seed)
    mount, begin = slant(seed), dice.uniform(0, 2 * np.pi)
    turned = np.concatenate((np.arange(round(10 * rounds * period_s)), -np.arange(round(10 * back * period_s))))
    angle = begin + 2 * np.pi * turned / (10 * period_s)
    radius = radius_deg * np.concatenate(
        (np.zeros(30), np.linspace(0, 1, 10), np.ones(len(angle)), np.linspace(1, 0, 10), np.zeros(30))
    )
    angle = np.concatenate((np.full(40, angle[0]), angle, np.full(40, angle[-1])))
    t = np.arange(len(angle)) / 10
    x = radius * np.cos(angle) + 0.3 * np.sin(2 * np.pi * 0.11 * t) + dice.normal(0, 0.05, len(t)) + 0.02 * t
    y = flat * radius * np.sin(angle) + 0.3 * np.sin(2 * np.pi * 0.17 * t + 1) + dice.normal(0, 0.05, len(t))
    p, q = np.radians(x), np.radians(y)
    ups = np.column_stack((np.sin(q), -np.sin(p) * np.cos(q), np.cos(p) * np.cos(q)))
    listed = np.einsum("ij,nj->ni", mount, ups).tolist()
    return [moment(number, (a, b, c)) for number, (a, b, c) in enumerate(listed)]


@pytest.mark.parametrize("seed", UNSEEN)
def test_rounds_of_a_pelvic_clock_are_counted_exactly(seed: int) -> None:
    dice = np.random.default_rng(seed)
    rounds, radius, period_s = int(dice.integers(5, 13)), dice.uniform(4, 12), dice.uniform(3, 9)
    found = counted(clock(rounds, radius, period_s, seed, flat=dice.uniform(0.5, 1.0)), shape="clock")
    assert found.done == rounds
    assert found.tempo_s == pytest.approx(period_s, rel=0.1)
    assert found.tempo_cv is not None
    assert found.each[0].out_s is None


def test_rounds_the_other_way_count_too() -> None:
    assert counted(clock(5, 8, 5, 1, back=5), shape="clock").done == 10


@pytest.mark.parametrize("seed", UNSEEN[:8])
def test_a_clock_hand_that_goes_to_and_fro_is_counted_as_such(seed: int) -> None:
    found = counted(clock(6, 8, 5, seed, flat=0.05), shape="clock")
    assert found.done == 6
    assert found.each[0].out_s is not None


def test_to_and_fro_may_begin_anywhere() -> None:
    t = np.arange(200) / 40
    for begin in (0, 0.25, 0.5, 0.75):
        angles = (10 * np.sin(2 * np.pi * (t + begin))).tolist()
        starts = [HostNs(number * CELL_NS) for number in range(200)]
        assert len(to_and_fro(starts, angles, 4.0)) == pytest.approx(5, abs=0 if begin in {0.25, 0.75} else 1)
    assert to_and_fro([], [], 4.0) == []


def test_turning_points_alternate_and_are_the_extremes() -> None:
    assert turning_points([0, 1, 5, 4, 6, 1, 0, 3, 2.5, 0.5, 4], 2.5) == [0, 4, 6, 7, 9, 10]
    assert turning_points([5, 0, 5], 3) == [0, 1, 2]
    assert turning_points([1, 1, 1], 0.5) == []
    assert turning_points([], 1) == []


def test_angles_past_half_a_turn_go_on() -> None:
    assert unwrapped(np.array([170.0, 179.0, -175.0, 178.0])) == pytest.approx([170, 179, 185, 178])


def test_the_likely_plane_reads_the_true_angle() -> None:
    ups = np.array([leaning(angle) for angle in range(0, 90, 3)])
    angles = likely_plane(ups).angles_deg(ups)
    np.testing.assert_allclose(np.abs(angles), np.arange(0, 90, 3), atol=1e-6)
