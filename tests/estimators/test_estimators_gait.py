from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import pytest

from tests.estimators.limbs import SOURCE, Limb, Series, limb, still, told, waved, without
from tests.estimators.moves import posed
from tests.estimators.walkers import Walker, walker
from tidehold.estimators.gait import LIVE_S, GaitCheck, Walk, walk
from tidehold.estimators.imu_grid import Stretch
from tidehold.estimators.posture import Posture
from tidehold.records import HostNs
from tidehold.units import NS

UNSEEN = range(1000, 1020)
"""Seeds that no threshold was chosen with."""


class Checked(NamedTuple):
    """What a walk came to in the task: its gait, and the posture that measured it."""

    gait: GaitCheck
    posture: Posture

    def found(self, last_s: float | None = None) -> Walk:
        return self.gait.found(self.posture.acc_hz or 0.0, last_s)


def check(person: Limb, every_s: float = 0.9) -> Checked:
    posture, gait = Posture(SOURCE), GaitCheck()
    posture.follow(lambda posed: gait.add(posed.stretch))
    for sample in told(person, every_s=every_s):
        posture.update(sample)
        posture.advance()
    return Checked(gait, posture)


@functools.cache
def seen(seed: int) -> tuple[Walker, Walk]:
    person = walker(seed)
    return person, check(person.limb).found()


@pytest.mark.parametrize("seed", UNSEEN)
def test_cadence_of_other_people_is_within_a_step_per_minute(seed: int) -> None:
    person, found = seen(seed)
    assert found.cadence_spm == pytest.approx(person.cadence_spm, abs=1.0)
    assert found.strides * 120 / person.cadence_spm == pytest.approx(120, abs=4)
    assert found.why == ""


@pytest.mark.parametrize("seed", UNSEEN)
def test_their_asymmetry_is_within_two_points(seed: int) -> None:
    person, found = seen(seed)
    assert found.step_asymmetry == pytest.approx(person.asymmetry, abs=0.02)
    assert found.why_no_steps == ""


@pytest.mark.parametrize("seed", UNSEEN)
def test_their_variability(seed: int) -> None:
    person, found = seen(seed)
    assert found.stride_cv == pytest.approx(person.stride_cv, abs=0.004)
    assert found.step_cv == pytest.approx(person.step_cv, abs=0.012)


@pytest.mark.parametrize("hz", [60.0, 200.0])
def test_slower_and_faster_phones(hz: float) -> None:
    person = walker(1003, hz=hz)
    found = check(person.limb).found()
    assert found.cadence_spm == pytest.approx(person.cadence_spm, abs=1.0)
    assert found.step_asymmetry == pytest.approx(person.asymmetry, abs=0.03)


def test_a_20_hz_phone_tells_of_strides_only() -> None:
    person = walker(1003, hz=20)
    found = check(person.limb).found()
    assert found.cadence_spm == pytest.approx(person.cadence_spm, abs=1.0)
    assert found.step_asymmetry is None
    assert found.why_no_steps == "not observable: 20 samples a second are too few to tell the steps"


def test_a_pause_half_way_is_not_walked() -> None:
    person = walker(1004, pause_s=20)
    found = check(person.limb).found()
    assert found.cadence_spm == pytest.approx(person.cadence_spm, abs=1.0)
    assert found.step_asymmetry == pytest.approx(person.asymmetry, abs=0.02)
    assert found.walked_s == pytest.approx(97, abs=4)
    assert found.heard_s == pytest.approx(122, abs=1)


def test_a_hole_in_the_stream_leaves_the_rest() -> None:
    person = walker(1005)
    holed = person.limb._replace(acc=without(person.limb.acc, 50, 56), gyr=without(person.limb.gyr, 50, 56))
    found = check(holed).found()
    assert found.cadence_spm == pytest.approx(person.cadence_spm, abs=1.0)
    assert found.step_asymmetry == pytest.approx(person.asymmetry, abs=0.02)
    assert found.heard_s == pytest.approx(116, abs=1)


def test_where_the_other_foot_is_not_felt_only_strides_are_told() -> None:
    person = walker(1006, other_jolt=0.02)
    found = check(person.limb).found()
    assert found.cadence_spm == pytest.approx(person.cadence_spm, abs=1.0)
    assert found.stride_cv is not None
    assert found.step_asymmetry is None
    assert found.step_cv is None
    assert "does not stand out" in found.why_no_steps


def test_one_who_stands_or_sways_does_not_walk() -> None:
    for angle in (still, waved(3.0, 0.9)):
        found = check(limb(angle, 30)).found()
        assert found.cadence_spm is None
        assert "no walking seen" in found.why


def test_a_few_strides_are_too_few() -> None:
    found = check(walker(1008, 8.0).limb).found()
    assert found.cadence_spm is None
    assert "strides seen, 10 needed" in found.why


def test_while_it_goes_on_the_last_seconds_are_told() -> None:
    person = walker(1011)
    gait = check(person.limb)
    recent = gait.found(LIVE_S)
    assert recent.heard_s == LIVE_S
    assert recent.cadence_spm == pytest.approx(person.cadence_spm, abs=2.5)
    assert recent.step_asymmetry == pytest.approx(person.asymmetry, abs=0.04)
    assert gait.found(1000.0) == gait.found()


def test_only_strides_in_a_row_tell_of_steps() -> None:
    person = walker(1012)
    acc, gyr = person.limb.acc.values, person.limb.gyr.values
    part = round(1.9 * 100 * 120 / person.cadence_spm)
    found = walk([(acc[start : start + part], gyr[start : start + part]) for start in range(0, len(acc) - part, part)])
    assert found.cadence_spm is not None
    assert found.why_no_steps == "too few strides in a row"


def test_a_sensor_of_zeros_does_not_walk() -> None:
    assert "no walking seen" in walk([(np.zeros((500, 3)), np.zeros((500, 3)))]).why


def test_of_a_walk_of_more_than_ten_minutes_the_last_ones_count() -> None:
    """Eleven minutes of standing, then two of walking: told live as any other walk."""
    person = walker(1011)
    gait = GaitCheck()
    nothing = np.zeros((66_000, 3))
    gait.add(Stretch(HostNs(0), nothing, nothing, np.ones(66_000, bool), fresh=True))
    assert gait.found(100.0).heard_s == 600
    assert gait.is_cut
    start = HostNs(660 * NS)
    for each in posed(person.limb):
        later = HostNs(each.stretch.start + start)
        gait.add(each.stretch._replace(start=later, fresh=False))
    plain = check(person.limb)
    assert not plain.gait.is_cut
    assert gait.found(100.0, LIVE_S) == plain.found(LIVE_S)
    whole = gait.found(100.0)
    assert whole.heard_s == 600
    assert whole.cadence_spm == pytest.approx(person.cadence_spm, abs=1.0)


def test_without_a_gyroscope_and_before_anything_there_is_no_figure() -> None:
    person = walker(1009, 20.0).limb
    alone = person._replace(gyr=Series(person.gyr.times[:0], person.gyr.values[:0]))
    assert check(alone).found().why == "no gyroscope"
    assert GaitCheck().found(100.0).why == "nothing has been heard yet"


def test_shifting_every_time_changes_nothing() -> None:
    person, days = walker(1010, 30.0).limb, 9 * 86_400 * NS + 12_345_678_901
    acc, gyr = (Series(series.times + days, series.values) for series in (person.acc, person.gyr))
    assert check(Limb(acc, gyr, person.up_at)).found() == check(person).found()


def test_how_samples_are_cut_does_not_matter() -> None:
    person = walker(1010, 30.0).limb
    assert check(person, 0.1).found() == check(person, 0.5).found()
