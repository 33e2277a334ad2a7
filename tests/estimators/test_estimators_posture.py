from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.limbs import SOURCE, angle_deg, limb, raised, still, told, waved, without
from tidehold.estimators.posture import Posed, Posture
from tidehold.records import HostNs, Sample
from tidehold.units import NS


def posed(items: list[Sample], every: int = 1) -> tuple[Posture, list[Posed]]:
    """All that a follower gets when it is let know after each `every` samples."""
    posture, got = Posture(SOURCE), list[Posed]()
    posture.follow(got.append)
    for number, item in enumerate(items):
        posture.update(item)
        if number % every == every - 1:
            posture.advance()
    posture.advance()
    return posture, got


def test_followers_get_direction_and_rate_of_every_cell() -> None:
    one = limb(waved(20, 0.3), 10, acc_noise=0, gyr_noise_deg_s=0)
    posture, got = posed(told(one))
    ups = np.concatenate([each.up for each in got])
    seconds = np.arange(len(ups)) / 100
    assert len(ups) == 1000
    assert angle_deg(ups, one.up_at(seconds)).max() < 0.5
    assert sum(len(each.moments) for each in got) == 100
    assert posture.end == 10 * NS
    assert posture.newest == one.acc.times[-1]
    rates = [moment.rate_deg_s for each in got for moment in each.moments]
    assert max(rate or 0.0 for rate in rates) == pytest.approx(20 * 2 * np.pi * 0.3, rel=0.02)


def test_every_follower_gets_the_same_in_the_order_in_which_they_came() -> None:
    posture, heard = Posture(SOURCE), list[tuple[str, Posed]]()
    posture.follow(lambda each: heard.append(("first", each)))
    posture.follow(lambda each: heard.append(("second", each)))
    for item in told(limb(still, 2)):
        posture.update(item)
    posture.advance()
    assert [name for name, _ in heard] == ["first", "second"]
    assert heard[0][1] is heard[1][1]


@pytest.mark.parametrize("every", [3, 40, 1000])
def test_how_often_it_is_worked_out_does_not_matter(every: int) -> None:
    items = told(limb(raised(45), 12, jitter=0.3))
    one, other = posed(items)[1], posed(items, every)[1]
    assert [moment for each in one for moment in each.moments] == [moment for each in other for moment in each.moments]


def test_a_break_and_a_lost_gyroscope_are_fresh_starts() -> None:
    one = limb(still, 30)
    streams = {"acc": without(one.acc, 10, 13), "gyr": without(without(one.gyr, 10, 13), 20, 40)}
    got = [each for each in posed(told(streams))[1] if each.fresh]
    assert [each.gyroscope for each in got] == [True, True, False]
    assert not got[2].turning.any()
    assert got[1].moments[0].cell.start == pytest.approx(13 * NS, abs=0.2 * NS)


@pytest.mark.parametrize("hz", [10, 20, 104, 400])
def test_the_rate_of_the_gyroscope_is_measured(hz: float) -> None:
    posture, _ = posed(told(limb(still, 8, hz=hz)))
    assert posture.gyr_hz == pytest.approx(hz, rel=0.01)


def test_the_rates_of_both_sensors_are_told_apart() -> None:
    posture, _ = posed(told(limb(still, 8, hz=20, gyr_hz=100)))
    assert posture.acc_hz == pytest.approx(20, rel=0.01)
    assert posture.gyr_hz == pytest.approx(100, rel=0.01)


def test_the_rate_is_that_since_the_last_break_and_what_comes_twice_counts_once() -> None:
    slow, fast = limb(still, 8, hz=20).gyr, limb(still, 30, start_s=20).gyr
    for repeated in (1, 2):
        posture = Posture(SOURCE)
        for item in [*told({"gyr": slow}), *told({"gyr": fast})]:
            for _ in range(repeated):
                posture.update(item)
        assert posture.gyr_hz == pytest.approx(100, rel=0.01)


def test_without_a_gyroscope_it_has_no_rate_and_other_sources_are_not_heard() -> None:
    posture, got = posed(told({"acc": limb(still, 5).acc}))
    assert posture.gyr_hz is None
    assert not posture.gyroscope
    assert got
    assert posed(told(limb(still, 5), source="imu"))[1] == []


def test_before_anything_is_known_nothing_is_moving() -> None:
    posture = Posture(SOURCE)
    assert (posture.newest, posture.end, posture.rate_deg_s, posture.moving) == (None, None, None, False)
    posture.update(Sample(HostNs(0), f"{SOURCE}/acc", np.array([0]), np.array([[0.0, 0.0, 9.8]])))
    posture.advance()
    assert posture.end is None


def test_the_cells_since_a_time_are_whole_ones_with_all_that_belongs_to_them() -> None:
    whole = posed(told(limb(waved(20, 0.3), 4)), every=1000)[1][0]
    starts = [moment.cell.start for moment in whole.moments]
    later = whole.since(HostNs(starts[4] - 1))
    assert later is not None
    assert later.moments == whole.moments[4:]
    assert later.stretch.start == starts[4]
    assert later.stretch.gyr is not None
    assert whole.stretch.gyr is not None
    for part, all_of_it in (
        (later.turning, whole.turning),
        (later.up, whole.up),
        (later.stretch.acc, whole.stretch.acc),
        (later.stretch.gyr, whole.stretch.gyr),
        (later.stretch.heard, whole.stretch.heard),
    ):
        np.testing.assert_array_equal(part, all_of_it[40:])
    assert whole.since(starts[0]) is whole
    assert whole.since(HostNs(starts[-1] + 1)) is None
