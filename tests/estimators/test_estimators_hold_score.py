from __future__ import annotations

import msgspec
import pytest

from tests.estimators.holds import leaning, logged
from tidehold.estimators import hold_score
from tidehold.estimators.hold_metrics import figures
from tidehold.estimators.hold_score import Usual, score
from tidehold.records import Hold, HoldFigures, HostNs

FIRST = Usual(0.9, 3.0, 0)


def like(rms_deg: float = 0.9, drift_deg_min: float | None = 3.0, in_band: float = 1.0) -> HoldFigures:
    found = figures(logged([leaning(40)] * 100))
    assert found is not None
    return msgspec.structs.replace(found, rms_deg=rms_deg, drift_deg_min=drift_deg_min, in_band=in_band)


def usual(earlier: list[Hold], now: HoldFigures | None = None, placement: str = "shin") -> Usual:
    return hold_score.usual(earlier, placement, now or like())


def hold(found: HoldFigures | None, scored: float | None = 70.0) -> Hold:
    return Hold(HostNs(0), "phone", "shin", HostNs(0), HostNs(1), found, scored, {}, "")


def test_as_usual_is_70_and_perfect_rest_100() -> None:
    assert score(like(), FIRST).parts == {"steadiness": pytest.approx(70), "drift": pytest.approx(70), "in band": 100}
    assert score(like(), FIRST).value == pytest.approx(79)
    assert score(like(0, 0), FIRST).value == pytest.approx(100)
    assert score(like(9, 60, 0), FIRST).value < 2


def test_steadier_calmer_and_longer_in_band_is_better() -> None:
    middle = score(like(0.9, 3.0, 0.8), FIRST).value
    for better in (like(0.8, 3.0, 0.8), like(0.9, 2.0, 0.8), like(0.9, 3.0, 0.9)):
        assert middle < score(better, FIRST).value <= 100


def test_the_measure_is_the_median_of_the_last_ten_scored_holds() -> None:
    assert usual([]) == FIRST
    assert usual([hold(like(0.4, 1.0)), hold(None), hold(like(9.0), None)]) == Usual(0.4, 1.0, 1)
    many = [hold(like(5.0, 50.0)) for _ in range(20)] + [hold(like(rms, None)) for rms in (0.3, 0.4, 0.5, 0.6, 0.7) * 2]
    assert usual(many) == Usual(0.5, 3.0, 10)
    assert score(like(0.5), usual(many)).parts["steadiness"] == pytest.approx(70)


def test_only_holds_like_this_one_are_a_measure() -> None:
    lying, raised = like(0.1), msgspec.structs.replace(like(0.6), angle_deg=60.0)
    earlier = [
        hold(lying),
        hold(raised),
        hold(msgspec.structs.replace(lying, inclination_deg=lying.inclination_deg - 40)),
    ]
    assert usual(earlier, lying).holds == 2  # of one, neither angle is known
    assert usual(earlier, msgspec.structs.replace(raised, angle_deg=50.0)).rms_deg == 0.6
    assert usual(earlier, msgspec.structs.replace(raised, angle_deg=30.0)).holds == 1
    assert usual(earlier, lying, "thigh") == FIRST


def test_who_is_as_steady_as_the_sensor_is_not_measured_by_its_noise() -> None:
    assert usual([hold(like(0.001, 0.0))]) == Usual(0.1, 0.8, 1)


def test_an_unknown_part_is_left_out() -> None:
    found = score(like(0.9, None), FIRST)
    assert set(found.parts) == {"steadiness", "in band"}
    assert found.value == pytest.approx((0.4 * 70 + 0.3 * 100) / 0.7)


def test_slips_cost_ten_each_and_thirty_at_most() -> None:
    for slips, cost in (((3.0,), 10), ((3.0, 4.0), 20), ((3.0,) * 5, 30)):
        found = score(msgspec.structs.replace(like(), slips=slips), FIRST)
        assert found.value == pytest.approx(79 - cost)
        assert found.parts["slips"] == -cost
    assert score(msgspec.structs.replace(like(9, 60, 0), slips=(3.0,)), FIRST).value == 0


def test_the_score_says_what_it_is_made_of() -> None:
    found = msgspec.structs.replace(like(0.5, 1.25, 0.98), slips=(2.0,))
    assert score(found, FIRST).why == (
        "RMS 0.50 deg (usual 0.90), drift 1.2 deg/min (usual 3.0), 98 % in band, 1 slip; "
        "70 is as steady as people who sit or stand"
    )
    assert score(found, Usual(0.5, 1.0, 1)).why.endswith("70 is as steady as your last hold like it")
