from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.holds import cell, leaning
from tidehold.estimators.slips import Slip, SlipWatch
from tidehold.records import Values
from tidehold.units import NS


def minimum_jerk(degrees: float, at_s: float, in_s: float) -> Values:
    """Angles (n,) of 10 s at 1 kHz."""
    x = np.clip((np.arange(10_000) / 1000 - at_s) / in_s, 0, 1)
    return np.asarray(degrees * (10 * x**3 - 15 * x**4 + 6 * x**5))


def watched(angles: Values, tremor_deg_s: float = 0.0) -> tuple[SlipWatch, list[tuple[int, Slip]]]:
    """The slips by the cell with which they are known."""
    watch = SlipWatch()
    found: list[tuple[int, Slip]] = []
    cells = angles.reshape(-1, 100)
    rates = np.sqrt((np.gradient(angles, 0.001).reshape(-1, 100) ** 2).mean(axis=1) + tremor_deg_s**2)
    for number, (degrees, rate) in enumerate(zip(cells.mean(axis=1), rates, strict=True)):
        slip = watch.add(cell(number, leaning(40 + degrees), rate))
        if slip is not None:
            found.append((number, slip))
    return watch, found


@pytest.mark.parametrize("degrees", [2.0, -3.0, 5.0, 10.0])
@pytest.mark.parametrize("at_s", [5.0, 5.03, 5.05, 5.08])
def test_a_slip_is_known_within_half_a_second_of_its_beginning(degrees: float, at_s: float) -> None:
    watch, found = watched(minimum_jerk(degrees, at_s, 0.2))
    assert len(found) == 1
    number, slip = found[0]
    assert slip.angle_deg == pytest.approx(abs(degrees), abs=0.2)
    assert (number + 1) / 10 - at_s < 0.5
    assert slip.start / NS == pytest.approx(at_s, abs=0.1)
    assert slip.end / NS == pytest.approx(at_s + 0.2, abs=0.1)
    assert watch.corrections == []


def test_what_comes_back_is_a_correction() -> None:
    angles = minimum_jerk(4, 5, 0.15) - minimum_jerk(4, 5.15, 0.15)
    watch, found = watched(angles)
    assert found == []
    assert watch.corrections == [5 * NS]


def test_a_small_burst_is_neither() -> None:
    watch, found = watched(minimum_jerk(1.0, 5, 0.2) - minimum_jerk(1.0, 5.2, 0.2))
    assert (found, watch.corrections) == ([], [])


def test_sway_and_drift_are_no_slips() -> None:
    seconds = np.arange(10_000) / 1000
    watch, found = watched(2 * np.sin(2 * np.pi * 0.3 * seconds) + 0.5 * seconds)
    assert (found, watch.corrections) == ([], [])


def test_a_long_movement_is_no_slip() -> None:
    assert watched(minimum_jerk(30, 5, 2.0))[1] == []


def test_a_strong_tremor_is_no_row_of_corrections_and_hides_no_slip() -> None:
    watch, found = watched(minimum_jerk(6, 5, 0.2), tremor_deg_s=9)
    assert [slip.angle_deg for _, slip in found] == [pytest.approx(6, abs=0.2)]
    assert watch.corrections == []


def test_two_slips_are_two() -> None:
    _, found = watched(minimum_jerk(3, 3, 0.2) + minimum_jerk(2, 6, 0.2))
    assert [round(slip.angle_deg) for _, slip in found] == [3, 2]


def test_a_hold_that_begins_with_a_burst_has_nothing_to_compare_with() -> None:
    assert watched(minimum_jerk(10, -0.1, 0.2))[1] == []
