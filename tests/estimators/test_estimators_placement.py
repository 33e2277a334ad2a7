"""Where a phone is said to be against how it moves: simulated people, and what every estimator promises."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache

import numpy as np
import pytest

from tests.estimators import limbs, straps
from tests.estimators.limbs import Angle, Limb, Series, limb, still, waved
from tests.estimators.straps import apart, chest, listened, moved
from tests.estimators.test_estimators_contract import DAYS, HOSTILE, hushed
from tidehold.estimators.placement import PlacementCheck
from tidehold.estimators.posture import Posture
from tidehold.records import Cue, Estimate, HostNs, Output, Sample, Values
from tidehold.units import NS, STANDARD_GRAVITY
from tidehold_simulators.body import SeededBody
from tidehold_simulators.scenario import BodySpec, Breathing, Placement, Pose

SAID = ("shin", "thigh", "breastbone", "belly")
ON_LEG = SAID[:2]
some_or_all = pytest.mark.parametrize("people", [8, pytest.param(20, marks=pytest.mark.long)])
PHONE_HZ, STRAP_HZ = 25, 5


@cache
def person(seed: int) -> tuple[SeededBody, int]:
    """Somebody who breathes, raises a leg and leans with the trunk three times each, and rests in between; s."""
    dice = np.random.default_rng((seed, 77))
    poses = [Pose(seconds=float(dice.uniform(4, 9)), sway_deg=float(dice.uniform(0.05, 0.5)))]
    for number in range(seed, seed + 6):
        leans = number % 2 == 1
        angle_deg = float(dice.uniform(25, 70)) * (float(dice.choice([-1, 1])) if leans else 1.0)
        move_s, sway_deg = float(dice.uniform(1, 4)), float(dice.uniform(0.1, 0.8))
        poses += [
            Pose(
                seconds=float(dice.uniform(7, 9)),
                segment="trunk" if leans else "leg",
                angle_deg=angle_deg,
                move_s=move_s,
                sway_deg=sway_deg,
            ),
            Pose(seconds=float(dice.uniform(6, 9)), move_s=move_s, sway_deg=float(dice.uniform(0.05, 0.5))),
        ]
    seconds = int(sum(pose.seconds or 0.0 for pose in poses))
    breathing = Breathing(rate_bpm=float(dice.uniform(4, 16)), depth=float(dice.uniform(0.5, 1.2)))
    return SeededBody(BodySpec(pose=(*poses, Pose()), breathing=(breathing,)), seed), seconds


def told(stream: str, times_s: Values, values: Values) -> list[Sample]:
    """What was measured in each 4 s."""
    part = (times_s / 4).astype(int)
    return [
        Sample(HostNs((k + 1) * 4 * NS), stream, np.rint(times_s[part == k] * NS).astype(np.int64), values[part == k])
        for k in np.unique(part).tolist()
    ]


def strap_of(body: SeededBody, seconds: int) -> list[Sample]:
    times_s = np.arange(0.3, seconds, 1 / STRAP_HZ)
    return told("strap/acc", times_s, STANDARD_GRAVITY * body.acc_g(times_s))


def phone_of(body: SeededBody, place: Placement, seconds: int, seed: int) -> list[Sample]:
    dice = np.random.default_rng(seed)
    times_s = np.arange(0.2, seconds, 1 / PHONE_HZ)
    motion = body.motion(place, times_s)
    acc, gyr = motion.acc + 0.02 * dice.standard_normal((len(times_s), 3)), motion.gyr
    return [*told("phone/acc", times_s, acc), *told("phone/gyr", times_s, gyr)]


class Judged:
    """What is said of one phone, were it said to be here or there."""

    def __init__(self, samples: Iterable[Sample], places: Iterable[str] = SAID) -> None:
        posture = Posture("phone")
        checks = {said: PlacementCheck("phone", said, posture) for said in places}
        self.cues: dict[str, list[Cue]] = {said: [] for said in checks}
        self.fits: dict[str, Estimate] = {}
        ordered = sorted(samples, key=lambda sample: sample.t)
        for k, sample in enumerate(ordered):
            posture.update(sample)
            for check in checks.values():
                check.update(sample)
            if k + 1 < len(ordered) and ordered[k + 1].t == sample.t:
                continue
            posture.advance()
            for said, check in checks.items():
                (self.fits[said],) = check.estimate(sample.t)
                self.cues[said] += [out for out in check.live(sample.t) if isinstance(out, Cue)]


@cache
def judged(seed: int, place: Placement) -> Judged:
    body, seconds = person(seed)
    places = ("thigh", "belly") if seed % 2 else ("shin", "breastbone")  # to a check the two of a kind are the same
    return Judged([*strap_of(body, seconds), *phone_of(body, place, seconds, seed)], places)


PLACES: tuple[Placement, ...] = ("shin", "thigh", "breastbone")


def right(place: Placement, seed: int) -> tuple[str, str]:
    """What of the two that are tried is right and what is wrong: shin and thigh, or breastbone and belly, are alike."""
    leg, trunk = judged(seed, place).cues
    return (leg, trunk) if place in ON_LEG else (trunk, leg)


@some_or_all
@pytest.mark.parametrize("place", PLACES)
def test_no_right_placement_is_ever_asked_about(place: Placement, people: int) -> None:
    for seed in range(people):
        said, _ = right(place, seed)
        assert judged(seed, place).cues[said] == []
        fit = judged(seed, place).fits[said]
        assert fit.value == 1
        assert fit.quality > 0.3


@some_or_all
@pytest.mark.parametrize("place", PLACES)
def test_a_wrong_placement_is_asked_about_once_when_legs_and_trunk_have_moved(place: Placement, people: int) -> None:
    wrong = [right(place, seed)[1] for seed in range(people)]
    asked = [judged(seed, place).cues[said] for seed, said in enumerate(wrong)]
    assert sum(len(cues) == 1 for cues in asked) >= people - max(1, people // 10)
    assert all(len(cues) <= 1 for cues in asked)
    assert all(judged(seed, place).fits[said].value == 0 for seed, said in enumerate(wrong))


def test_the_question_says_what_was_seen_and_where_to_say_it() -> None:
    (cue,) = judged(0, "shin").cues["breastbone"]
    assert cue.kind == "placement"
    assert cue.text == (
        "phone is set as worn on the breastbone, but it moves as a leg does, and the chest does not: "
        "is it in the right place? (placement in tidehold.toml, or --placement)"
    )
    (cue,) = judged(1, "breastbone").cues["thigh"]
    assert cue.text.startswith("phone is set as worn on the thigh, but it moves with the chest: is it")


def moving(phone: Angle, trunk: Angle, seconds: int = 120, *, strap: bool = True) -> Judged:
    """A phone and a strap that are turned as said, in deg of seconds."""
    samples: list[Sample] = [*limbs.told(limb(phone, seconds, 3))]
    if strap:
        worn: Limb = limb(trunk, seconds, 4, axis=(0.3, 0.9, 0.1), hz=25)
        samples += [
            Sample(each.t, "strap/acc", each.times, each.values)
            for each in limbs.told(worn)
            if each.stream == "phone/acc"
        ]
    return Judged(samples)


def there_and_back(degrees: float, *starts_s: float, in_s: float = 1.5, for_s: float = 6.0) -> Angle:
    def angle(seconds: Values) -> Values:
        total = np.zeros_like(seconds)
        for start_s in starts_s:
            total += limbs.raised(degrees, start_s, in_s)(seconds)
            total -= limbs.raised(degrees, start_s + for_s, in_s)(seconds)
        return total

    return angle


def test_a_phone_that_is_put_on_and_stays_there_is_no_leg_that_moves() -> None:
    def put_on(seconds: Values) -> Values:
        steps = [limbs.raised(degrees, 8 + 9 * k, 1.0)(seconds) for k, degrees in enumerate((40, 35, -17, 34, 30, -16))]
        return np.asarray(sum(steps))

    found = moving(put_on, still)
    assert found.cues["breastbone"] == []
    assert found.fits["breastbone"].value is None
    assert found.fits["breastbone"].why == "no leg was moved and no posture changed there and back yet"


def test_a_person_who_turns_over_in_one_piece_twice_is_not_asked() -> None:
    turns = there_and_back(90, 15, 40)
    found = moving(turns, turns)
    assert found.cues["shin"] == found.cues["breastbone"] == []
    assert found.fits["breastbone"].value == 1


def test_legs_that_moved_outweigh_a_body_that_turns_over() -> None:
    turns, raises = there_and_back(70, 60, 80, 100), there_and_back(45, 10, 25, 40)
    found = moving(lambda t: turns(t) + raises(t), turns)
    assert found.cues["shin"] == []
    assert found.fits["shin"].value == 0.5


def test_movements_that_do_not_stop_are_seen_too() -> None:
    def sets(seconds: Values) -> Values:
        return np.asarray(abs(waved(50, 0.25, 10, 30)(seconds)) + abs(waved(50, 0.25, 60, 80)(seconds)))

    found = moving(sets, still)
    assert len(found.cues["belly"]) == 1
    assert found.fits["thigh"].value == 1


def test_a_trunk_that_leans_while_the_phone_stays_is_a_reason_to_ask() -> None:
    found = moving(still, there_and_back(35, 10, 40, 70))
    (cue,) = found.cues["breastbone"]
    assert "but it stays where it is when the chest moves: is it" in cue.text
    assert found.cues["shin"] == []


@pytest.mark.parametrize("strap", [True, False])
def test_what_swings_as_a_leg_that_walks_is_not_on_the_trunk(strap: bool) -> None:
    walks = waved(22, 0.9, 10, 60)
    found = moving(walks, still, 80, strap=strap)
    (cue,) = found.cues["breastbone"]
    assert "but it swings as a leg does" in cue.text
    assert found.fits["breastbone"].value == 0
    assert found.cues["thigh"] == []


@pytest.mark.parametrize("rolls", [waved(40, 0.2, 10, 70), waved(12, 0.9, 10, 70), there_and_back(80, 10, 30, 50)])
def test_a_trunk_without_a_strap_may_roll_bend_and_walk(rolls: Angle) -> None:
    found = moving(rolls, still, 80, strap=False)
    assert found.cues["breastbone"] == []
    fit = found.fits["breastbone"]
    assert (fit.value, fit.why) == (None, "no strap that measures acceleration, to compare with")


def test_what_the_chest_swings_along_with_is_no_walk() -> None:
    swings = waved(40, 0.7, 10, 70)
    assert moving(swings, swings, 80).cues["breastbone"] == []


def test_what_moved_while_the_strap_was_away_is_no_evidence() -> None:
    leg, seconds = limb(there_and_back(50, 20, 45, 70), 100, 3), 100
    strap = Series(leg.acc.times[::4], np.tile([0.0, 0.0, STANDARD_GRAVITY], (len(leg.acc.times[::4]), 1)))
    heard = [
        Sample(each.t, "strap/acc", each.times, each.values)
        for each in limbs.told({"acc": strap})
        if each.t < 18 * NS or 30 * NS < each.t < 43 * NS or 55 * NS < each.t < 68 * NS or each.t > 80 * NS
    ]
    found = Judged([*limbs.told(leg), *heard])
    assert found.fits["breastbone"].value is None
    assert found.fits["breastbone"].why == "no leg was moved and no posture changed there and back yet"
    assert seconds * NS >= found.fits["breastbone"].t


AWKWARD = (
    ("nothing", "chest"),
    ("leg", "nothing"),
    ("one sample", "one frame of each"),
    ("leg with a gap", "chest with a gap"),
    ("leg without gyroscope", "chest walking"),
    ("leg a minute late", "chest"),
    ("leg's gyroscope alone", "chest"),
    ("no numbers", "chest of no numbers"),
    ("beyond numbers", "chest beyond numbers"),
    ("leg", "chest in free fall"),
    ("tumbling in noise", "chest saturated"),
)


@pytest.mark.parametrize(("leg", "strap"), AWKWARD)
def test_the_fit_is_a_share_or_unknown_with_a_reason(leg: str, strap: str) -> None:
    items = sorted([*HOSTILE[leg], *HOSTILE[strap]], key=lambda item: item.t)
    for outputs in listened(PlacementCheck("phone", "breastbone"), items, range(0, 125, 4)):
        (fit,) = estimates(outputs)
        assert fit.name == "phone/placement_fit"
        assert 0 <= fit.quality <= 1
        assert 0 <= fit.value <= 1 if fit.value is not None else fit.why
        assert all(math.isfinite(each.value) for each in estimates(outputs) if each.value is not None)


def estimates(outputs: Iterable[Output]) -> list[Estimate]:
    return [out for out in outputs if isinstance(out, Estimate)]


def both(seconds: float = 100) -> list[Sample]:
    leg = limb(there_and_back(50, 15, 40, 65), seconds, 3)
    strap = straps.told(chest(12, seconds, seed=5), rr=False, ecg=False)
    return sorted([*limbs.told(leg), *strap], key=lambda sample: sample.t)


def test_how_samples_are_cut_and_when_a_session_began_changes_nothing() -> None:
    here = listened(PlacementCheck("phone", "belly"), both(), range(100))
    assert estimates(here[-1])[0].value == 0
    assert listened(PlacementCheck("phone", "belly"), apart(both()), range(100)) == here
    later = listened(PlacementCheck("phone", "belly"), both(), range(100), shift=DAYS)
    assert [[moved(out, DAYS) for out in outputs] for outputs in here] == later


def test_what_comes_later_changes_nothing_before() -> None:
    samples = both()
    before = [sample for sample in samples if sample.t < 60 * NS]
    whole = listened(PlacementCheck("phone", "belly"), samples, range(100))
    assert listened(PlacementCheck("phone", "belly"), before, range(59)) == whole[:59]


def test_a_break_is_no_movement() -> None:
    found = Judged(each for each in hushed(both(), 42, 68) if isinstance(each, Sample))
    assert found.fits["belly"].quality == pytest.approx(1 / 3)  # one of three was seen there and back
