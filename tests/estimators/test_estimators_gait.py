from __future__ import annotations

import functools

import numpy as np
import pytest

from tests.estimators.limbs import Limb, Series, limb, still, told, waved, without
from tests.estimators.walkers import Walker, walker
from tidehold.estimators.gait import LIVE_S, GaitCheck, Walk, walk
from tidehold.records import Gap, HostNs
from tidehold.units import NS

UNSEEN = range(1000, 1020)
"""Seeds that no threshold was chosen with."""


def check(person: Limb, every_s: float = 0.9) -> GaitCheck:
    gait, asked = GaitCheck("phone"), HostNs(0)
    for sample in told(person, every_s=every_s):
        if sample.t > asked:
            gait.advance()
            asked = sample.t
        gait.update(sample)
    return gait


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


def test_figures_have_names_and_stride_length_is_said_to_be_not_measured() -> None:
    said = check(walker(1007).limb).estimate(HostNs(122 * NS))
    names = [each.name for each in said]
    assert names == [
        f"phone/{name}" for name in ("cadence_spm", "stride_cv", "step_cv", "step_asymmetry", "stride_length_m")
    ]
    assert all(each.value is not None and each.quality > 0.8 and not each.why for each in said[:-1])
    assert said[-1].value is None
    assert said[-1].quality == 0
    assert "not measured" in said[-1].why


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
    assert gait.estimate(HostNs(122 * NS))[0].value == recent.cadence_spm
    assert gait.found(1000.0) == gait.found()


def test_after_silence_nothing_is_told_until_there_are_strides_again() -> None:
    person = walker(1013, 60.0).limb
    holed = told(person._replace(acc=without(person.acc, 30, 40), gyr=without(person.gyr, 30, 40)))
    gait, said = GaitCheck("phone"), {}
    for second in range(1, 62):
        for sample in holed:
            if (second - 1) * NS < sample.t <= second * NS:
                gait.update(sample)
        said[second] = gait.estimate(HostNs(second * NS))
    assert said[29][0].quality > 0.9
    assert said[36][0].value is None
    assert said[36][0].why == "no samples for 6 s"
    assert said[58][0].value == pytest.approx(said[29][0].value, rel=0.05)
    assert said[42][0].quality < said[58][0].quality


def test_what_is_not_this_source_is_none_of_it() -> None:
    gait = GaitCheck("other")
    for sample in told(walker(1000, 5.0).limb):
        gait.update(sample)
    gait.gap(Gap(HostNs(0), "other/acc", HostNs(0), HostNs(1), None, "lost"))
    assert gait.found().why == "nothing has been heard yet"


def test_only_strides_in_a_row_tell_of_steps() -> None:
    person = walker(1012)
    acc, gyr = person.limb.acc.values, person.limb.gyr.values
    part = round(1.9 * 100 * 120 / person.cadence_spm)
    found = walk([(acc[start : start + part], gyr[start : start + part]) for start in range(0, len(acc) - part, part)])
    assert found.cadence_spm is not None
    assert found.why_no_steps == "too few strides in a row"


def test_a_sensor_of_zeros_does_not_walk() -> None:
    assert "no walking seen" in walk([(np.zeros((500, 3)), np.zeros((500, 3)))]).why


def test_after_ten_minutes_no_more_is_kept() -> None:
    times = np.arange(65_000, dtype=np.int64) * (NS // 100)
    nothing = Series(times, np.zeros((65_000, 3)))
    gait = check(Limb(nothing, nothing, lambda seconds: seconds), 20.0)
    assert gait.found().heard_s == 600


def test_without_a_gyroscope_and_before_anything_there_is_no_figure() -> None:
    person = walker(1009, 20.0).limb
    alone = person._replace(gyr=Series(person.gyr.times[:0], person.gyr.values[:0]))
    assert check(alone).found().why == "no gyroscope"
    said = GaitCheck("phone").estimate(HostNs(0))
    assert [each.why for each in said[:4]] == ["nothing has been heard yet"] * 4
    assert [each.quality for each in said] == [0.0] * 5


def test_shifting_every_time_changes_nothing() -> None:
    person, days = walker(1010, 30.0).limb, 9 * 86_400 * NS + 12_345_678_901
    acc, gyr = (Series(series.times + days, series.values) for series in (person.acc, person.gyr))
    assert check(Limb(acc, gyr, person.up_at)).found() == check(person).found()


def test_how_samples_are_cut_does_not_matter() -> None:
    person = walker(1010, 30.0).limb
    assert check(person, 0.1).found() == check(person, 0.5).found()
