from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.holds import leaning, moment
from tests.estimators.limbs import limb
from tests.estimators.moves import moments, mounted
from tests.estimators.test_estimators_movement_plane import slant
from tidehold.estimators.articulation import Articulated, Articulation
from tidehold.estimators.posture import Moment
from tidehold.records import HostNs, Values
from tidehold.units import NS


def at(angles_deg: Values) -> list[Moment]:
    return [moment(number, leaning(angle)) for number, angle in enumerate(angles_deg.tolist())]


def watched(listed: list[Moment], limit_deg_s: float = 10.0) -> Articulated:
    watch = Articulation(limit_deg_s)
    watch.add(listed)
    return watch.found()


def rolled_up(steps: int, stop_s: float, speed_deg_s: float = 8.0, whole_deg: float = 80.0) -> Values:
    """From bent forward to upright at one speed, with stops between the steps, and rests at both ends."""
    parts, level = [np.full(20, whole_deg)], whole_deg
    for number in range(steps):
        goal = level - whole_deg / steps
        parts.append(np.arange(level, goal, -speed_deg_s / 10))
        parts.append(np.full(round(10 * stop_s) if number < steps - 1 else 20, goal))
        level = goal
    return np.concatenate(parts)


def test_speed_time_and_stops_of_rolling_up() -> None:
    found = watched(at(rolled_up(5, 3.0)))
    assert found.peak_deg_s == pytest.approx(8, abs=0.1)
    assert found.over_share == 0
    assert found.pauses == 4
    assert found.paused_s == pytest.approx(12, abs=1.5)
    assert found.moving_s == pytest.approx(10, abs=2)
    assert found.quality == 1
    assert found.why == ""


def test_what_is_too_fast_is_told_at_once_and_in_the_end() -> None:
    watch = Articulation(10.0)
    slow, fast = rolled_up(1, 0, 8.0), rolled_up(1, 0, 25.0)
    listed = at(np.concatenate((slow, fast)))
    watch.add(listed[: len(slow)])
    told = [watch.too_fast]
    watch.add(listed[len(slow) : len(slow) + 30])
    assert [*told, watch.too_fast] == [False, True]
    watch.add(listed[len(slow) + 30 :])
    found = watch.found()
    assert found.peak_deg_s == pytest.approx(200, abs=1)  # the jump back to the start in between
    assert found.over_s == pytest.approx(3.2 + 0.3, abs=0.5)
    assert found.over_share == pytest.approx(found.over_s / found.moving_s)


def test_a_hesitation_is_no_stop_and_what_came_before_and_after_is_none() -> None:
    assert watched(at(rolled_up(4, 0.8))).pauses == 0


@pytest.mark.parametrize("seed", range(3))
def test_with_sensors_a_tremor_does_not_make_it_faster(seed: int) -> None:
    def angle(seconds: Values) -> Values:
        bend = 40 * (1 + np.cos(np.pi * np.clip((seconds - 3) / 15, 0, 1)))
        return np.asarray(bend + 0.05 * np.sin(2 * np.pi * 8 * seconds))

    found = watched(moments(mounted(limb(angle, 21, seed), slant(seed))))
    assert found.peak_deg_s == pytest.approx(40 * np.pi / 15, abs=0.5)
    assert found.over_share == 0


def test_a_break_is_no_movement_and_costs_quality() -> None:
    listed = at(np.concatenate((np.zeros(20), np.full(20, 60.0))))
    broken = listed[:20] + [
        each._replace(cell=each.cell._replace(start=HostNs(each.cell.start + 3 * NS))) for each in listed[20:]
    ]
    found = watched(broken)
    assert found.peak_deg_s is None
    assert found.quality == pytest.approx(40 / 70)
    assert found.why == "nothing has moved yet"
    assert watched([]).why == "nothing has been heard yet"
    assert watched([]).quality == 0


def test_how_cells_are_cut_does_not_matter() -> None:
    listed, watch = at(rolled_up(5, 3.0)), Articulation(10.0)
    for each in listed:
        watch.add([each])
    assert watch.found() == watched(listed)
