"""A routine acted out: every step at its time, and a truth that the body's signals bear out."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from tidehold.coach.routine_layout import lay_out
from tidehold.routine import Routine
from tidehold.sources.routines import find_routine, load_all
from tidehold_simulators.acting import AFTER_S, Acted, act, possible
from tidehold_simulators.body import SeededBody
from tidehold_simulators.moves import MISTAKES, Did, Mistake, Slip

PSOAS = lay_out(find_routine("psoas-relief"))
EVERY = {
    f"{name} {variant}": lay_out(book, variant) for name, book in load_all().items() for variant in ("", *book.variant)
}


def steps(acted: Acted, step: str) -> list[Did]:
    return [did for did in acted.did if did.step == step]


def within(did: Did, share: float) -> float:
    return did.start_s + share * (did.end_s - did.start_s)


def slip(acted: Acted) -> Slip:
    (made,) = acted.slips
    return made


@pytest.mark.parametrize("name", EVERY)
def test_every_step_of_every_routine_is_done_at_its_time(name: str) -> None:
    routine = EVERY[name]
    acted = act(routine, 3)
    assert [(did.step, did.side) for did in acted.did] == [(step.id, step.side) for step in routine.steps]
    at_s = acted.did[0].start_s
    assert at_s == acted.keys[len(routine.questions)].at_s
    for did, step in zip(acted.did, routine.steps, strict=True):
        assert did.start_s == at_s
        at_s = did.end_s
        if step.question is None and not step.waits:
            assert did.end_s - did.start_s == pytest.approx(step.seconds)
    assert acted.seconds == at_s + AFTER_S
    body = SeededBody(acted.body, 3)
    t = np.arange(0, acted.seconds, 0.1)
    for place in ("shin", "breastbone"):
        assert np.abs(body.motion(place, t).gyr).max() < np.radians(300)


def test_questions_are_answered_before_the_first_step_if_they_are_asked() -> None:
    verbs = [(key.verb, key.arg) for key in act(PSOAS, 1).keys]
    answers = [f"{question.id} no" for question in PSOAS.questions]
    assert verbs == [("start", ""), *(("answer", answer) for answer in answers)]
    keys = act(PSOAS, 1, asked_first=False, since_s=12.5).keys
    assert [(key.at_s, key.verb) for key in keys] == [(12.5, "start")]
    monthly = act(EVERY["monthly-assessment "], 1)
    assert [key.arg for key in monthly.keys[-2:]] == ["pain-now 3", "month nothing"]
    assert monthly.keys[-1].at_s == steps(monthly, "2")[0].end_s


def test_the_trunk_goes_where_the_truth_says() -> None:
    acted = act(PSOAS, 5)
    body = SeededBody(acted.body, 5)

    def tilt(*at_s: float) -> list[float]:
        return [float(each) for each in body.tilt_deg("breastbone", np.array(at_s))]

    (calibrated,) = steps(acted, "2.1")
    assert tilt(within(calibrated, 0.3))[0] < 2
    assert max(tilt(*np.arange(calibrated.start_s, calibrated.end_s, 0.1))) == pytest.approx(
        calibrated.figures["hinge_deg"], abs=2
    )
    reached = {}
    for step in ("2.2", "2.3", "2.4"):
        for did in steps(acted, step):
            assert tilt(within(did, 0.8))[0] == pytest.approx(did.figures["reached_deg"], abs=2)
            reached[step, did.side] = did.figures["reached_deg"]
    for side in ("left", "right"):
        assert reached["2.3", side] / reached["2.2", side] == pytest.approx(1.1, abs=0.06)
        assert reached["2.4", side] / reached["2.2", side] == pytest.approx(1.1, abs=0.06)
    trunk = [body.yaw_deg("breastbone", np.array([within(did, 0.5)]))[0] for did in steps(acted, "2.4")]
    assert trunk == pytest.approx([did.figures["yaw_deg"] for did in steps(acted, "2.4")])
    assert trunk[0] < -14
    assert trunk[1] > 14
    for did in steps(acted, "2.5"):
        before, press, deep = tilt(*(did.start_s + 25 + each for each in (-1.0, 4.5, 12.0)))
        assert press < before - 0.8
        assert deep > before + 0.8
        assert did.figures["gain_deg"] > 4


def test_rolling_up_is_slow_unless_it_is_the_mistake() -> None:
    calm, hasty = act(PSOAS, 5), act(PSOAS, 5, ["too-fast"])
    made = slip(hasty)
    (did,) = steps(calm, "3.1")
    for acted, most in ((calm, 10.0), (hasty, np.inf)):
        t = np.arange(did.start_s, did.end_s, 0.1)
        speed = np.abs(np.degrees(SeededBody(acted.body, 5).motion("breastbone", t).gyr)).max(axis=1)
        if most < np.inf:
            assert speed.max() < most
        else:
            fast = t[speed > 15]
            assert made.since_s - 0.1 <= fast.min() < fast.max() <= made.until_s + 0.1


def test_breathing_follows_the_pacer_in_its_step_and_is_free_elsewhere() -> None:
    acted = act(PSOAS, 8)
    (paced,) = steps(acted, "1.2")
    onsets = [b.inhale_s for b in SeededBody(acted.body, 8).breaths(acted.seconds)]
    inside = [each - paced.start_s for each in onsets if paced.start_s < each < paced.end_s - 1]
    assert inside == pytest.approx([10 * k + 0.2 for k in range(18)], abs=0.5)
    free = np.diff([each for each in onsets if each > paced.end_s + 5])
    assert 10 < 60 / np.median(free) < 16
    assert not [hold for hold in SeededBody(acted.body, 8).holds(acted.seconds) if hold[1] - hold[0] > 1]


def test_repetitions_are_felt_at_the_shin_as_often_as_they_are_told() -> None:
    acted = act(PSOAS, 4)
    body = SeededBody(acted.body, 4)
    for step, around_deg in (("1.3", 75.0), ("3.3a", 90.0), ("3.3b", 0.0)):
        for did in steps(acted, step):
            t = np.arange(did.figures["since_s"] - 0.5, did.end_s, 0.02)
            away = np.abs(body.tilt_deg("shin", t) - around_deg) > did.figures["repetition_deg"] / 2
            assert int((away[1:] & ~away[:-1]).sum()) == did.figures["repetitions"]


def test_a_walk_and_a_raise_are_done_by_the_leg() -> None:
    weekly = act(EVERY["weekly-strength "], 6, placement="thigh")
    (walk,) = steps(weekly, "2")
    t = np.arange(walk.start_s + 10, walk.end_s - 5, 0.01)
    tilt = SeededBody(weekly.body, 6).tilt_deg("thigh", t)
    power = np.abs(np.fft.rfft(tilt - tilt.mean()))
    stride_hz = np.fft.rfftfreq(len(t), 0.01)[power.argmax()]
    assert 120 * stride_hz == pytest.approx(walk.figures["cadence_spm"], rel=0.02)
    monthly = act(EVERY["monthly-assessment "], 6, placement="shin")
    for did in steps(monthly, "4"):
        t = np.arange(did.start_s, did.end_s, 0.05)
        tilt = SeededBody(monthly.body, 6).tilt_deg("shin", t)
        assert tilt.max() == pytest.approx(did.figures["raise_deg"], abs=1.5)
        raised = tilt > 30
        assert int((raised[1:] & ~raised[:-1]).sum()) == did.figures["raise_attempts"] == 3


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_changes_its_own_step_and_nothing_else(mistake: Mistake) -> None:
    well, wrong = act(PSOAS, 2), act(PSOAS, 2, [mistake])
    made = slip(wrong)
    (did,) = [each for each in wrong.did if (each.step, each.side) == (made.step, made.side)]
    assert did.start_s <= made.since_s < made.until_s <= did.end_s + 1
    assert made.name == mistake
    t = np.arange(0, well.seconds, 0.25)
    one, other = (SeededBody(each.body, 2) for each in (well, wrong))
    apart_deg = np.abs(one.tilt_deg("breastbone", t) - other.tilt_deg("breastbone", t))
    breathes = mistake in ("holds-breath", "breathes-14")
    its_own = (t > did.start_s) & (t < did.end_s + 8)
    assert (apart_deg[its_own].max() > 1.5) != breathes
    assert apart_deg[~its_own].max() < 4, "one goes on from where one is"
    assert wrong.keys == well.keys


def test_mistakes_are_what_their_names_say() -> None:
    breath = act(PSOAS, 11, ["holds-breath"])
    made = slip(breath)
    body = SeededBody(breath.body, 11)
    assert (made.step, made.kind) == ("2.3", "breath-held")
    assert 19 < made.until_s - made.since_s < 27
    assert all(body.truth(at_s).holding for at_s in np.arange(made.since_s + 0.1, made.until_s - 0.1, 1.0))
    past = act(PSOAS, 11, ["past-target"])
    made = slip(past)
    (did,) = [each for each in steps(past, "2.4") if each.side == made.side]
    at_end = SeededBody(past.body, 11).tilt_deg("breastbone", np.array([did.end_s - 1]))[0]
    assert at_end > did.figures["reached_deg"] + 6
    quick = act(PSOAS, 11, ["breathes-14"])
    made = slip(quick)
    rates = [SeededBody(quick.body, 11).truth(at_s).rate_bpm or 0.0 for at_s in np.arange(made.since_s, made.until_s)]
    assert np.mean(rates) == pytest.approx(14, abs=0.6)
    gone = act(PSOAS, 11, ["lets-go"])
    made = slip(gone)
    assert made.step in ("2.3", "2.4")
    assert SeededBody(gone.body, 11).tilt_deg("breastbone", np.array([made.until_s - 1]))[0] < 15
    skips = act(PSOAS, 11, ["skips-cycle"])
    made = slip(skips)
    still = SeededBody(skips.body, 11).tilt_deg("breastbone", np.arange(made.since_s + 4, made.until_s, 0.5))
    assert np.ptp(still) < 3
    (did,) = [each for each in steps(skips, "2.5") if each.side == made.side]
    assert did.figures["cycles_done"] == 2


def test_all_mistakes_at_once_are_in_steps_of_their_own() -> None:
    made = act(PSOAS, 1, MISTAKES).slips
    assert {each.name for each in made} == set(MISTAKES)
    assert len({(each.step, each.side) for each in made}) == len(MISTAKES)
    assert possible(PSOAS) == MISTAKES
    assert possible(EVERY["calm-6 "]) == ("breathes-14",)
    with pytest.raises(ValueError, match="no step for the mistake 'skips-cycle'"):
        act(EVERY["daily-5-min "], 1, ["skips-cycle"])


def test_the_same_seed_is_the_same_person_and_another_one_is_not() -> None:
    assert act(PSOAS, 7, MISTAKES) == act(PSOAS, 7, MISTAKES)
    assert act(PSOAS, 7).body != act(PSOAS, 8).body


def test_who_is_asked_for_less_bends_less() -> None:
    calm = act(EVERY["psoas-relief hypermobility"], 3)
    first, second = (steps(calm, step)[0].figures["reached_deg"] for step in ("2.2", "2.3"))
    assert second / first == pytest.approx(0.66, abs=0.06)


def test_a_torso_that_is_supported_is_higher_by_that_from_its_neutral_pose_on() -> None:
    """Tilt has no sign: before the bend it is that of leaning back."""
    plain, raised = act(PSOAS, 5), act(EVERY["psoas-relief acute-sciatica"], 5)
    assert raised.did == plain.did
    bodies = [SeededBody(acted.body, 5) for acted in (plain, raised)]

    def tilts(step: str, share: float) -> list[float]:
        at_s = np.array([within(steps(plain, step)[0], share)])
        return [float(body.tilt_deg("breastbone", at_s)[0]) for body in bodies]

    assert tilts("1.2", 0.5) == pytest.approx([0, 0], abs=2)
    assert tilts("2.1", 0.3) == pytest.approx([0, 30], abs=2)
    low, high = tilts("2.2", 0.8)
    assert low - high == pytest.approx(30, abs=2)


def test_a_hold_that_waits_begins_when_the_person_is_there() -> None:
    waiting = [
        msgspec.structs.replace(
            phase, steps=tuple(msgspec.structs.replace(step, waits=step.kind == "hold") for step in phase.steps)
        )
        for phase in PSOAS.phases
    ]
    acted = act(msgspec.structs.replace(PSOAS, phases=tuple(waiting)), 3)
    did = steps(acted, "2.3")[0]
    assert did.end_s - did.start_s > 60
    assert did.figures["there_s"] < did.end_s - 60


def routine_of_one(routine: Routine, kind: str) -> Routine:
    phases = [
        msgspec.structs.replace(phase, steps=tuple(step for step in phase.steps if step.kind == kind))
        for phase in routine.phases
    ]
    return msgspec.structs.replace(routine, phases=tuple(phase for phase in phases if phase.steps))


def test_part_of_a_routine_can_be_followed_by_itself() -> None:
    acted = act(routine_of_one(PSOAS, "cycles"), 3)
    assert [did.step for did in acted.did] == ["2.5", "2.5"]
    assert acted.did[1].figures["cycles_done"] == 3
