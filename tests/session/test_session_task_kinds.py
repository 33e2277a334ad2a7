"""Repetitions, leg raises, walks and slow movements: what each says to the person, and what it makes of it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.limbs import limb, still, told
from tests.estimators.moves import mounted, people_set, posed
from tests.estimators.test_estimators_leg_raise import SLANTS, TOPS, lain
from tests.estimators.test_estimators_movement_plane import slant
from tests.estimators.test_estimators_repetitions import clock
from tests.estimators.walkers import walker
from tests.session.motions import Motion, Rig, measured, motion
from tidehold.estimators.hold import HoldEstimator
from tidehold.records import Cue, Estimate, HostNs, Output
from tidehold.routine import Measured, Task
from tidehold.session.task_kinds import RepetitionTask, Seen, WalkTask, always, rarely, seldom
from tidehold.units import NS


def cues(said: list[list[Output]]) -> list[tuple[float, str]]:
    return [(out.t / NS, out.text) for outputs in said for out in outputs if isinstance(out, Cue)]


def came_to(each: Motion) -> Measured:
    (found,) = measured(Rig(each.placement).run(told(each.limb), each.seconds, each.marks))
    return found


def test_the_leg_raise_is_led_from_lying_still_to_the_third_raise_and_each_move_is_a_cue() -> None:
    each = motion("raise")
    said = cues(Rig("shin").run(told(each.limb), each.seconds, each.marks))
    assert [text for _, text in said][:4] == [
        "lie flat, leg straight and still, for 2 s",
        "raise the straight leg slowly (1 of 3)",
        "raise the straight leg slowly as far as it goes, stay a second, then lower it",
        "raise the straight leg slowly (2 of 3)",
    ]
    assert said[0][0] == 0.5
    assert said[-1][1] == "done"
    assert len(said) == 8


def test_the_published_error_stands_beside_the_angle_live_and_when_it_is_over() -> None:
    each = motion("raise")
    said = Rig("shin").run(told(each.limb), each.seconds, each.marks)
    (found,) = measured(said)
    assert (found.figures["mdc95_same_rater_deg"], found.figures["mdc95_between_raters_deg"]) == (3.3, 10.2)
    live = [out for outputs in said[-8:-1] for out in outputs if isinstance(out, Estimate)]
    for text in (found.why["raise_deg"], *(out.why for out in live if out.name == "phone/raise_deg")):
        assert "3.3 deg" in text
        assert "10.2 deg" in text
    assert found.figures["raise_spread_deg"] == pytest.approx(max(TOPS) - min(TOPS), abs=1)


def test_a_raise_that_does_not_count_says_why() -> None:
    swung = lain((80.0,), up_s=0.7)
    said = Rig("shin").run(told(swung), 12, {0.5: "raise left 1"})
    (found,) = measured(said)
    assert found.figures["raise_deg"] is None
    assert found.figures["raise_attempts"] == 0
    assert "swung" in found.why["raise_deg"]
    assert any("does not count: the leg was swung" in text for _, text in cues(said))


@pytest.mark.parametrize("put_on", SLANTS[1:])
def test_the_angle_is_within_a_degree_however_the_phone_is_put_on(put_on: int) -> None:
    each = motion("raise")._replace(limb=lain(TOPS, put_on))
    assert came_to(each).figures["raise_deg"] == pytest.approx(max(TOPS), abs=1)


def test_the_stride_length_of_a_walk_is_said_to_be_not_measured() -> None:
    each = motion("walk")
    said = Rig("thigh").run(told(each.limb), each.seconds, each.marks)
    (found,) = measured(said)
    assert found.figures["stride_length_m"] is None
    assert found.why["stride_length_m"].startswith("stride length is not measured: a phone on one thigh")
    assert cues(said) == [(0.5, "walk as you usually do")]
    lengths = [out for outputs in said for out in outputs if getattr(out, "name", "") == "phone/stride_length_m"]
    assert len(lengths) == 43
    assert all(isinstance(out, Estimate) and out.value is None for out in lengths)


def test_live_a_walk_is_that_of_the_last_seconds_and_in_the_end_all_of_it() -> None:
    each = motion("walk")
    said = Rig("thigh").run(told(each.limb), each.seconds, each.marks)
    live = [out for outputs in said for out in outputs if getattr(out, "name", "") == "phone/cadence_spm"]
    known = [out for out in live if isinstance(out, Estimate) and out.value is not None]
    assert known[0].t <= 22 * NS
    (found,) = measured(said)
    strides = found.figures["strides"]
    assert strides is not None
    assert strides * 120 / each.finds["cadence_spm"][0] == pytest.approx(38, abs=2)


def test_steps_need_a_quick_accelerometer_however_quick_the_gyroscope_is() -> None:
    each = motion("walk")
    slow = each.limb.acc
    person = each.limb._replace(acc=slow._replace(times=slow.times[::5], values=slow.values[::5]))
    found = came_to(each._replace(limb=person))
    assert found.figures["cadence_spm"] == pytest.approx(each.finds["cadence_spm"][0], abs=1)
    assert (found.figures["step_cv"], found.figures["step_asymmetry"]) == (None, None)
    assert found.why["step_cv"] == "not observable: 20 samples a second are too few to tell the steps"


def test_of_a_walk_of_more_than_ten_minutes_it_is_said_that_its_end_is_told() -> None:
    runner = WalkTask(Seen(Task("walk"), "phone", "thigh", HoldEstimator("phone"), HostNs(0)))
    each = posed(limb(still, 2))[0]
    for minute in range(11):
        start, nothing = HostNs(minute * 60 * NS), np.zeros((6000, 3))
        stretch = each.stretch._replace(start=start, acc=nothing, gyr=nothing, heard=np.ones(6000, bool))
        runner.take(each._replace(stretch=stretch))
        part = "of its last ten minutes" if minute >= 10 else ""
        assert runner.found(HostNs(start + 60 * NS)).figures["walked_s"].why == part
    assert runner.found(None).figures["walked_s"].why == ""


def test_one_who_stands_does_not_walk() -> None:
    found = came_to(Motion(limb(still, 20), "thigh", {1.0: "walk"}, 20, {}))
    assert found.figures["cadence_spm"] is None
    assert "no walking seen" in found.why["cadence_spm"]
    assert found.quality == 0


def test_who_moves_too_fast_is_told_to_be_slower_and_then_no_more() -> None:
    each = motion("slow")
    said = cues(Rig("breastbone").run(told(each.limb), each.seconds, each.marks))
    assert [text for _, text in said] == ["move slowly, part by part", "slower", "move slowly, part by part"]
    assert said[1][0] == pytest.approx(22.75, abs=0.5)
    assert said[2][0] == pytest.approx(27.6, abs=0.6)


def test_the_speed_is_that_of_now_while_it_lasts_and_in_the_end_the_highest() -> None:
    each = motion("slow")
    said = Rig("breastbone").run(told(each.limb), each.seconds, each.marks)
    speeds = {
        out.t // NS: out.value
        for outputs in said
        for out in outputs
        if isinstance(out, Estimate) and out.name == "phone/speed_deg_s"
    }
    assert speeds[18] == pytest.approx(20 / 6, abs=0.5)
    assert speeds[24] == pytest.approx(20, abs=1)
    assert speeds[29] == pytest.approx(0, abs=0.5)
    (found,) = measured(said)
    assert found.figures["stops"] == 1
    assert found.figures["over_s"] == pytest.approx(3, abs=0.4)


def test_too_fast_is_what_the_task_says_or_else_the_usual_limit() -> None:
    each = motion("slow")
    for text, over in (("slow 25", 0.0), ("slow", 1 / 3)):
        found = came_to(each._replace(marks={12.0: text}))
        assert found.figures["over_share"] == pytest.approx(over, abs=0.06)


def test_where_nothing_moves_there_are_no_repetitions_and_no_speed() -> None:
    found = came_to(Motion(limb(still, 12), "shin", {1.0: "repetitions"}, 12, {}))
    assert found.figures["repetitions"] == 0
    assert (found.figures["repetition_deg"], found.figures["repetition_tempo_s"]) == (None, None)
    assert found.why["repetition_deg"] == "no movement of 8 deg and back yet"
    slow = came_to(Motion(limb(still, 12), "shin", {1.0: "slow"}, 12, {}))
    assert slow.figures["speed_deg_s"] is None
    assert slow.why["speed_deg_s"] == "nothing has moved yet"


def test_repetitions_are_led_only_where_a_number_is_asked_for() -> None:
    seen = Seen(Task("repetitions"), "phone", "", HoldEstimator("phone"), HostNs(0))
    assert RepetitionTask(seen).asks(HostNs(0)) == ""
    assert RepetitionTask(seen._replace(task=Task("repetitions", count=5))).asks(HostNs(0)) == "5 repetitions"
    assert (
        RepetitionTask(seen._replace(task=Task("repetitions", "right", count=5))).asks(HostNs(0))
        == "5 repetitions, right"
    )


def test_a_round_of_a_clock_is_a_repetition() -> None:
    seen = Seen(Task("repetitions", shape="clock", count=6), "phone", "", HoldEstimator("phone"), HostNs(0))
    runner = RepetitionTask(seen)
    runner.take(posed(limb(still, 2))[0]._replace(moments=clock(6, 8, 5, 1)))
    found = runner.found(None).figures
    assert found["repetitions"].value == 6
    assert found["repetition_tempo_s"].value == pytest.approx(5, abs=0.3)
    assert runner.asks(HostNs(0)) == "done"


def test_what_is_dear_is_worked_out_less_often() -> None:
    assert [always(5000), seldom(0), seldom(400), seldom(4000), rarely(0), rarely(5000)] == [1, 20, 20, 200, 100, 100]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_repetitions_of_people_are_exact(seed: int) -> None:
    each = people_set(seed)
    person = mounted(limb(each.angle, each.length_s, seed), slant(seed))
    found = came_to(Motion(person, "shin", {1.0: "repetitions"}, each.length_s, {}))
    assert found.figures["repetitions"] == each.repetitions


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_walks_of_people(seed: int) -> None:
    person = walker(seed)
    found = came_to(Motion(person.limb, "thigh", {1.0: "walk"}, 122, {}))
    assert found.figures["cadence_spm"] == pytest.approx(person.cadence_spm, abs=1)
    assert found.figures["step_asymmetry"] == pytest.approx(person.asymmetry, abs=0.025)
