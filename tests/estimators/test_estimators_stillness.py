from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.limbs import Limb, limb, raised, still, waved
from tidehold.estimators.attitude import Attitude
from tidehold.estimators.imu_grid import CELL_NS
from tidehold.estimators.stillness import Cell, Stillness, cells
from tidehold.records import HostNs, Values


def cells_of(one: Limb, *, gyroscope: bool = True) -> list[Cell]:
    acc = one.acc.values
    up, turning = Attitude(gyroscope=gyroscope).update(acc, one.gyr.values if gyroscope else None)
    return list(cells(HostNs(7), np.ones(len(acc), np.bool_), acc, turning, up))


def judged(one: Limb, *, gyroscope: bool = True) -> list[tuple[float | None, bool, bool]]:
    stillness, said = Stillness(gyroscope=gyroscope), []
    for cell in cells_of(one, gyroscope=gyroscope):
        stillness.add(cell)
        said.append((stillness.rate_deg_s, stillness.still, stillness.moving))
    return said


def steady(deg_s: float) -> Limb:
    def angle(seconds: Values) -> Values:
        return np.asarray(deg_s * seconds)

    return limb(angle, 4, acc_noise=0.01, gyr_noise_deg_s=0.01)


def test_cells_are_means_of_ten_samples() -> None:
    acc, up = np.arange(60.0).reshape(20, 3), np.arange(60.0, 120.0).reshape(20, 3)
    turning = np.full((20, 3), 2.0)
    one, other = cells(HostNs(5), np.arange(20) % 2 == 0, acc, turning, up)
    assert (one.start, other.start) == (5, 5 + CELL_NS)
    assert other.acc == pytest.approx(acc[10:].mean(axis=0))
    assert other.up == pytest.approx(up[10:].mean(axis=0))
    assert one.heard == 0.5
    assert one.turning == pytest.approx(12)
    assert one.square == pytest.approx((acc[:10] ** 2).sum(axis=1).mean())
    assert one.magnitude == pytest.approx(np.linalg.norm(acc[:10], axis=1).mean())


def test_a_cell_is_the_same_alone_and_among_others() -> None:
    one = limb(waved(20, 1.3), 5)
    up, turning = Attitude().update(one.acc.values, one.gyr.values)
    heard = np.ones(10, np.bool_)
    apart = [
        next(cells(HostNs(7 + i * CELL_NS // 10), heard, one.acc.values[part], turning[part], up[part]))
        for i in range(0, 500, 10)
        for part in [slice(i, i + 10)]
    ]
    assert apart == cells_of(one)


@pytest.mark.parametrize(
    ("deg_s", "is_still", "moves"), [(0, True, False), (2, True, False), (4, False, False), (30, False, True)]
)
def test_the_angular_rate_decides(deg_s: float, is_still: bool, moves: bool) -> None:
    for rate, at_rest, moving in judged(steady(deg_s))[1:]:
        assert rate == pytest.approx(deg_s, abs=0.3)
        assert (at_rest, moving) == (is_still, moves)


@pytest.mark.parametrize(
    ("deg_s", "is_still", "moves"), [(0, True, False), (2, True, False), (4, False, False), (9, False, True)]
)
def test_without_a_gyroscope_it_is_guessed_from_a_second_of_acceleration(
    deg_s: float, is_still: bool, moves: bool
) -> None:
    answers = judged(steady(deg_s), gyroscope=False)
    assert answers[:9] == [(None, False, False)] * 9
    for rate, at_rest, moving in answers[9:]:
        assert rate == pytest.approx(deg_s, rel=0.05, abs=0.5)
        assert (at_rest, moving) == (is_still, moves)


def test_a_shaken_sensor_is_not_still_though_it_does_not_turn() -> None:
    axis_up = limb(still, 4)
    axis_up.acc.values[:, 2] += 1.0 * np.sin(20 * np.arange(400) / 100)
    assert not any(at_rest for _, at_rest, _ in judged(axis_up)[3:])


@pytest.mark.parametrize("gyroscope", [True, False])
def test_units_do_not_matter_to_stillness(gyroscope: bool) -> None:
    one = limb(still, 3)
    assert all(at_rest for _, at_rest, _ in judged(one, gyroscope=gyroscope)[9:])
    for factor in (0.102, 9.81):
        one.acc.values[:] *= factor
        assert all(at_rest for _, at_rest, _ in judged(one, gyroscope=gyroscope)[9:])


def test_what_was_bridged_is_not_still() -> None:
    acc = limb(still, 1).acc.values
    up, turning = Attitude().update(acc, np.zeros_like(acc))
    heard = np.arange(100) != 55
    stillness, said = Stillness(), []
    for cell in cells(HostNs(0), heard, acc, turning, up):
        stillness.add(cell)
        said.append(stillness.still)
    assert said == [True] * 5 + [False] + [True] * 4


def test_free_fall_and_noise_without_a_direction() -> None:
    fall = limb(still, 3)
    fall.acc.values[:] = 0
    assert judged(fall, gyroscope=False)[-1] == (0.0, True, False)
    fall.acc.values[:] = np.random.default_rng(1).normal(size=(300, 3))
    assert judged(fall, gyroscope=False)[-1] == (180.0, False, True)


def test_a_movement_is_over_three_tenths_of_a_second_after_it() -> None:
    moving = [moves for _, _, moves in judged(limb(raised(45, 2, 1), 5))]
    assert moving.index(True) in (21, 22, 23)
    assert not any(moving[33:])
    assert all(moving[24:29])
