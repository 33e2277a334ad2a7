"""Stretches: what is reached and passed, turning and tremor, contract-relax cycles, the hinge of the trunk."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.limbs import Limb, limb, raised, told, waved
from tests.session.motions import Motion, Rig, bending, creeping, measured, motion, pressing
from tidehold.records import Cue, Estimate, HostNs, Output, Values
from tidehold.routine import Measured, Task
from tidehold.units import NS


def came_to(person: Limb, placement: str, text: str, at_s: float, seconds: float) -> Measured:
    return measured(Rig(placement).run(told(person), seconds, {at_s: text}))[-1]


def texts(said: list[list[Output]]) -> list[tuple[float, str]]:
    return [(out.t / NS, out.text) for outputs in said for out in outputs if isinstance(out, Cue)]


def turned(limb_: Limb, degrees: float, at_s: float, in_s: float) -> Limb:
    """The same, turned about the vertical besides: left is positive."""
    seconds = limb_.gyr.times / NS
    x = np.clip((seconds - at_s) / in_s, 0, 1)
    rate = np.radians(degrees) * 30 * x**2 * (1 - x) ** 2 / in_s
    up = limb_.up_at(seconds)
    return limb_._replace(gyr=limb_.gyr._replace(values=limb_.gyr.values + rate[:, None] * up))


def test_a_stretch_that_stays_in_its_band_is_past_nothing() -> None:
    found = came_to(limb(raised(40, 5, 3), 30), "thigh", "stretch 41", 3, 30)
    assert found.figures["reached_deg"] == pytest.approx(40, abs=0.3)
    assert found.figures["past_target_deg"] == 0


def test_a_target_on_the_other_side_is_passed_there() -> None:
    def angle(t: Values) -> Values:
        return np.asarray(raised(20, 3, 2)(t) + raised(-20, 6, 2)(t) - creeping(t - 6))

    found = came_to(limb(angle, 50), "thigh", "stretch -41", 9, 50)
    assert found.figures["reached_deg"] == pytest.approx(-42.5, abs=1.5)
    assert found.figures["past_target_deg"] == pytest.approx(4, abs=0.5)


def test_without_a_target_nothing_is_past_it_and_without_a_hold_nothing_reached() -> None:
    found = came_to(limb(waved(30, 0.2), 20), "thigh", "stretch", 3, 20)
    assert (found.figures["reached_deg"], found.why["reached_deg"]) == (None, "no hold yet")
    assert found.why["past_target_deg"] == "no angle is asked for"
    moving = came_to(limb(waved(30, 0.2, 5), 20), "thigh", "stretch 20", 6, 20)
    assert (moving.figures["reached_deg"], moving.why["reached_deg"]) == (None, "no hold yet")
    assert moving.why["past_target_deg"] == "no hold yet"
    assert moving.why["tremor_rise_percent_min"] == "no hold yet"


@pytest.mark.parametrize("degrees", [25.0, -18.0])
def test_turning_in_a_stretch_is_seen_with_its_side_and_its_error(degrees: float) -> None:
    person = turned(limb(raised(40, 5, 3), 40), degrees, 18, 4)
    said = Rig("breastbone").run(told(person), 40, {15.0: "stretch 40"})
    (found,) = measured(said)
    assert found.figures["turned_deg"] == pytest.approx(degrees, abs=1.5)
    assert found.why["turned_deg"].startswith("experimental: relative, without a compass")
    assert found.figures["turned_error_deg"] == pytest.approx(0.05 * 25, abs=0.05)
    live = [out for outputs in said for out in outputs if getattr(out, "name", "") == "phone/turned_deg"]
    assert isinstance(live[-2], Estimate)
    assert live[-2].value == pytest.approx(degrees, abs=1.5)


def test_a_tremor_that_rises_in_a_hold_is_told_as_just_that() -> None:
    def angle(t: Values) -> Values:
        size = 0.006 * np.exp(np.clip(t - 8, 0, None) / 20)
        return np.asarray(raised(40, 5, 3)(t) + size * np.sin(2 * np.pi * 7 * t) * (t > 8))

    found = came_to(limb(angle, 50), "shin", "stretch", 3, 50)
    rise = found.figures["tremor_rise_percent_min"]
    assert rise is not None
    assert rise > 200
    assert found.why["tremor_rise_percent_min"].startswith("experimental: tremor rising")
    steady = came_to(limb(raised(40, 5, 3), 50), "shin", "stretch", 3, 50)
    assert steady.figures["tremor_rise_percent_min"] == 0
    assert steady.why["tremor_rise_percent_min"] == "experimental: no tremor rises beyond chance"
    short = came_to(limb(raised(40, 5, 3), 16), "shin", "stretch", 3, 16)
    assert short.why["tremor_rise_percent_min"] == "the hold is too short to tell"


def test_past_the_hinge_that_was_calibrated_before() -> None:
    def then(t: Values) -> Values:
        return np.asarray(bending(np.minimum(t, 17)) + raised(60, 20, 3)(t))

    person = limb(then, 40)
    found = measured(Rig("breastbone").run(told(person), 40, {1.0: "hinge", 18.0: "stretch"}))
    assert found[0].figures["hinge_deg"] == pytest.approx(50, abs=0.5)
    assert found[1].figures["past_hinge_deg"] == pytest.approx(10, abs=0.5)
    assert "one phone cannot tell a rounded back from a deeper hinge" in found[1].why["past_hinge_deg"]
    within = measured(Rig("breastbone").run(told(limb(bending, 30)), 27, {1.0: "hinge", 18.0: "stretch"}))
    assert within[1].figures["past_hinge_deg"] == 0
    uncalibrated = came_to(person, "breastbone", "stretch", 18, 40)
    assert uncalibrated.figures["past_hinge_deg"] is None
    assert "the hinge has not been calibrated" in uncalibrated.why["past_hinge_deg"]
    leg = came_to(person, "shin", "stretch", 18, 40)
    assert leg.why["past_hinge_deg"] == "not observable: the phone is on the shin, not on the trunk"


def test_the_hinge_is_led() -> None:
    person = motion("hinge").limb
    said = texts(Rig("breastbone").run(told(person), 35, {1.0: "hinge"}))
    assert [text for _, text in said] == [
        "keep upright and still for 2 s",
        "bend forward once with a straight back, and come back",
        "come back up",
        "that was the bend: sit tall",
    ]


def test_who_is_upright_already_is_asked_to_bend_at_once() -> None:
    said = texts(Rig("breastbone").run(told(limb(bending, 20)), 15, {4.0: "hinge"}))
    assert said[0] == (4.0, "bend forward once with a straight back, and come back")


def test_who_hardly_bends_shows_no_hinge() -> None:
    found = came_to(limb(raised(8, 5, 2), 15), "breastbone", "hinge", 1, 15)
    assert (found.figures["hinge_deg"], found.why["hinge_deg"]) == (None, "hardly any bend yet: it takes 15 deg")


def test_how_one_settled_before_zero_was_known_is_no_hinge() -> None:
    """Bent by 40 deg and rocking by 15 for 5 s, then upright and still, and never a bend."""

    def settling(t: Values) -> Values:
        return np.asarray(40 + np.where(t < 5, 15 * np.sin(np.pi * t), 0) + raised(-40, 5, 1.5)(t))

    said = Rig("breastbone").run(told(limb(settling, 15)), 15, {0.25: "hinge"})
    (found,) = measured(said)
    assert (found.figures["hinge_deg"], found.why["hinge_deg"]) == (None, "hardly any bend yet: it takes 15 deg")
    assert texts(said)[-1][1] == "bend forward once with a straight back, and come back"


def test_cycles_are_asked_for_by_the_clock() -> None:
    each = motion("cycles")
    said = texts(Rig("breastbone").run(told(each.limb), each.seconds, each.marks))
    assert said == [
        (20.0, "press"),
        (25.0, "let go, and deepen the stretch"),
        (35.0, "press"),
        (40.0, "let go, and deepen the stretch"),
        (50.0, "press"),
        (55.0, "let go, and deepen the stretch"),
        (65.0, "done"),
    ]


@pytest.mark.parametrize("skipped", [0, 1, 2])
@pytest.mark.parametrize("placement", ["breastbone", "shin", ""])
def test_a_skipped_cycle_is_missed(placement: str, skipped: int) -> None:
    person = limb(lambda t: pressing(t, skipped), 66)
    found = measured(Rig(placement).run(told(person), 65, {20.0: "cycles 3"}))[-1]
    assert found.figures["cycles_done"] == 2
    assert found.figures["gain_deg"] == pytest.approx(6, abs=0.4)
    gains = [found.figures[f"gain_{number}_deg"] for number in (1, 2, 3)]
    assert gains == pytest.approx([0 if number == skipped else 3 for number in range(3)], abs=0.4)


def test_presses_are_felt_on_the_leg_and_nowhere_else() -> None:
    person = motion("cycles").limb
    felt = measured(Rig("shin").run(told(person), 65, {20.0: "cycles 3"}))[-1]
    assert felt.figures["presses_felt"] == 3
    assert felt.why["presses_felt"].startswith("experimental")
    for placement, why in (
        ("breastbone", "not observable: a phone on the breastbone does not feel the leg press"),
        ("", "not observable: nobody said where the phone is"),
    ):
        found = measured(Rig(placement).run(told(person), 65, {20.0: "cycles 3"}))[-1]
        assert (found.figures["presses_felt"], found.why["presses_felt"]) == (None, why)


def test_cycles_are_counted_while_they_go_on() -> None:
    each = motion("cycles")
    said = Rig("breastbone").run(told(each.limb), each.seconds, each.marks)
    counts = {
        out.t // NS: out.value
        for outputs in said
        for out in outputs
        if isinstance(out, Estimate) and out.name == "phone/cycles_done"
    }
    assert [counts[second] for second in (24, 35, 50, 65)] == [0, 1, 2, 3]


def test_where_neither_press_nor_angle_is_known_neither_are_the_cycles() -> None:
    def never_still(t: Values) -> Values:
        return np.asarray(waved(6, 0.5)(t))

    found = came_to(limb(never_still, 45), "breastbone", "cycles 2", 5, 45)
    assert found.figures["cycles_done"] is None
    assert "not observable" in found.why["cycles_done"]
    assert "where the limb was is not known either" in found.why["cycles_done"]
    assert (found.figures["gain_deg"], found.why["gain_deg"]) == (None, "hold still for 2 s to set zero")


def test_a_gain_within_the_error_says_so() -> None:
    found = came_to(limb(raised(40, 5, 3), 50), "shin", "cycles 2", 12, 50)
    assert found.figures["gain_deg"] == pytest.approx(0, abs=0.3)
    assert found.why["gain_deg"] == "a gain below 3.3 deg is within the error of an angle"
    assert found.figures["cycles_done"] == 0


def test_cycles_that_take_no_time_are_not_done() -> None:
    rig = Rig("shin")
    rig.tasks.ask(HostNs(0), Task("cycles", count=3, press_s=0.0, deepen_s=0.0))
    for sample in told(limb(raised(40, 5, 3), 12)):
        rig.estimator.update(sample)
    (found, *_) = rig.tasks.close(HostNs(12 * NS))
    assert isinstance(found, Measured)
    assert found.figures["cycles_done"] is None


def test_a_stretch_of_which_the_zero_is_set_anew_is_measured_from_there() -> None:
    rig = Rig("thigh")
    each = Motion(limb(raised(40, 5, 3), 30), "thigh", {3.0: "stretch"}, 30, {})
    rig.estimator.set_zero(HostNs(9 * NS))
    (found,) = measured(rig.run(told(each.limb), 30, each.marks))
    assert found.figures["reached_deg"] == pytest.approx(0, abs=0.5)


def test_a_stretch_that_follows_another_knows_how_far_that_one_left_it_turned() -> None:
    person = turned(turned(limb(raised(40, 5, 3), 60), -25, 18, 3), 50, 38, 4)
    said = measured(Rig("breastbone").run(told(person), 60, {15.0: "stretch left", 35.0: "stretch right"}))
    assert [each.figures["turned_deg"] for each in said] == pytest.approx([-25, 25], abs=1.5)
    errors = [each.figures["turned_error_deg"] for each in said]
    assert errors == pytest.approx([1, 2.25], abs=0.1)
    apart = measured(Rig("breastbone").run(told(person), 60, {15.0: "stretch left", 32.0: "", 35.0: "stretch right"}))
    assert apart[1].figures["turned_deg"] == pytest.approx(50, abs=1.5)


@pytest.mark.parametrize(("let_go_s", "in_s"), [(33.5, 1.2), (27.0, 1.2)])
def test_who_lets_go_before_the_end_was_turned_as_in_the_hold_and_begins_the_next_where_he_is(
    let_go_s: float, in_s: float
) -> None:
    """Just before the end of the stretch, or long enough before it to rest there."""
    left = turned(turned(limb(raised(40, 5, 3), 60), 40, 18, 4), -40, let_go_s, in_s)
    person = turned(left, -40, 38, 4)
    said = measured(Rig("breastbone").run(told(person), 60, {15.0: "stretch left", 35.0: "stretch right"}))
    assert [each.figures["turned_deg"] for each in said] == pytest.approx([40, -40], abs=1.5)


def test_cycles_gain_against_what_the_last_stretch_of_this_side_reached() -> None:
    """Who has held the other side in between, at 30 deg, comes back in the first press."""

    def angle(t: Values) -> Values:
        other = raised(-10, 21, 2)(t) + raised(10, 30.3, 2)(t)
        press = raised(-2, 33.5, 0.6)(t) + raised(5, 35.3, 1.5)(t)
        return np.asarray(raised(40, 5, 3)(t) + other + press)

    marks = {10.0: "stretch left", 20.0: "stretch right", 30.0: "cycles left 1"}
    left, right, cycles = measured(Rig("thigh").run(told(limb(angle, 46)), 45, marks))
    assert [each.figures["reached_deg"] for each in (left, right)] == pytest.approx([40, 30], abs=0.3)
    assert cycles.figures["before_deg"] == pytest.approx(40, abs=0.3)
    assert cycles.figures["gain_deg"] == pytest.approx(3, abs=0.3)
    assert cycles.figures["cycles_done"] == 1
    del marks[10.0]
    unknown = measured(Rig("thigh").run(told(limb(angle, 46)), 45, marks))[-1]
    assert unknown.figures["before_deg"] == pytest.approx(38, abs=0.5)
