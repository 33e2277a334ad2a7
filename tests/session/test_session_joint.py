"""Two phones in the fold, one on each side of a joint: its angle against the truth, and why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import msgspec
import pytest

from tidehold.estimators.hold import HoldEstimator
from tidehold.records import Estimate, Frame, HostNs, Input, Link, Mark, Output, Snapshot, Tick
from tidehold.session.fold import Session
from tidehold.session.joint import NAME, JointEstimator, joint_of
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold_simulators.body import SeededBody
from tidehold_simulators.limbs import STILL_S
from tidehold_simulators.scenario import BodySpec, Fault, PhoneSpec, Placement, Pose, Scenario
from tidehold_simulators.virtual import STARTED, virtual_header
from tidehold_simulators.virtual_phone import phone_inputs

Steps = Sequence[tuple[float, float]]
"""How long, s, and at which angle, deg."""
STILL: Steps = [(8, 0)]
RAISED: Steps = [(6, 45), (6, 0)]
"""The whole leg, straight: what shows both phones the plane."""


def phone(placement: Placement, steps: Steps, seed: int) -> Scenario:
    """A leg's segment that goes from angle to angle, and a phone that lies askew on it."""
    poses = tuple(Pose(seconds=seconds, angle_deg=angle_deg, move_s=1.5, sway_deg=0.2) for seconds, angle_deg in steps)
    return Scenario(
        name=placement,
        about="",
        seed=seed,
        body=BodySpec(pose=(*poses, Pose(angle_deg=steps[-1][1], sway_deg=0.2))),
        phone=PhoneSpec(placement=placement, rate_hz=50.0, extras=False, gravity=False),
    )


def folded(one: Scenario, other: Scenario, seconds: float, marks: Iterable[Mark] = ()) -> list[Output]:
    """Both phones in one session; "phone" is the first."""
    head = virtual_header(one, builtin_profiles(), phone=True)
    said = head.sources["phone"]
    sources = {
        "phone": {**said, "placement": one.phone.placement},
        "phone2": {**said, "placement": other.phone.placement},
    }
    items: list[Input] = [Tick(HostNs(number * NS // 4)) for number in range(1, round(4 * seconds) + 1)]
    items += marks
    for name, scenario in (("phone", one), ("phone2", other)):
        body, profile = SeededBody(scenario.body, scenario.seed), head.profiles[scenario.phone.profile]
        for item in phone_inputs(scenario, body, profile, seconds, started=STARTED):
            assert isinstance(item, Frame | Link)
            items.append(msgspec.structs.replace(item, source=name))
    fold = Session(msgspec.structs.replace(head, sources=sources))
    return [out for item in sorted(items, key=lambda item: item.t) for out in fold.feed(item)]


def joints(outputs: Iterable[Output]) -> dict[int, Estimate]:
    return {out.t // NS: out for out in outputs if isinstance(out, Estimate) and out.name == NAME}


def truth_deg(upper: Steps, lower: Steps, t_s: float) -> float:
    """How far the lower segment is turned more than the upper one, while both are held."""
    upper_deg, lower_deg = (
        next(
            angle_deg
            for k, (_, angle_deg) in enumerate(steps)
            if t_s < STILL_S + sum(s for s, _ in steps[: k + 1]) or k + 1 == len(steps)
        )
        for steps in (upper, lower)
    )
    return lower_deg - upper_deg


THIGH: Steps = [*STILL, *RAISED, (10, 30), (10, 60), (12, 20)]
SHIN: Steps = [*STILL, *RAISED, (10, -30), (10, 60), (12, -60)]


@cache
def bent(seed: int) -> tuple[Output, ...]:
    """A knee that is bent by 60 deg, stretched, and bent by 80."""
    return tuple(folded(phone("thigh", THIGH, seed), phone("shin", SHIN, seed + 40), 62))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 4))])
def test_the_knee_is_within_2_deg_of_the_truth_wherever_the_phones_lie(seed: int) -> None:
    said = joints(bent(seed))
    for second in (*range(20, 23), *range(26, 33), *range(36, 43), *range(47, 56)):
        angle = said[second]
        assert angle.value == pytest.approx(truth_deg(THIGH, SHIN, second - 0.2), abs=2), second
        assert angle.quality > 0.8
    assert [round((said[second].value or 0) / 20) for second in (30, 40, 55)] == [-3, 0, -4]


def test_until_the_limb_was_raised_the_person_is_told_to() -> None:
    said = joints(bent(0))
    assert said[1].why == "hold still for 2 s to set zero"
    assert (said[8].value, said[8].why) == (None, "raise the whole limb once, straight, to show the joint's plane")
    shown = [out for out in bent(0) if isinstance(out, Snapshot)][-1]
    assert shown.estimates[NAME].value is not None


def test_a_knee_that_bends_instead_is_refused_and_the_next_straight_raise_will_do() -> None:
    crooked: Steps = [*STILL, (6, 45), (6, 0), *RAISED, (10, 30)]
    shin: Steps = [*STILL, (6, 15), (6, 0), *RAISED, (10, -20)]
    upper, lower = phone("thigh", crooked, 1), phone("shin", shin, 2)
    said = joints(folded(upper, lower, 48))
    assert said[15].value is None
    assert said[15].why.startswith("the two phones turned by angles that differ by ")
    assert said[15].why.endswith(" deg: go back, and raise the whole limb once, straight")
    assert said[45].value == pytest.approx(truth_deg(crooked, shin, 44.8), abs=2)


def test_a_phone_that_moved_alone_is_named() -> None:
    said = joints(folded(phone("thigh", [*STILL, (20, 0)], 1), phone("shin", [*STILL, (20, 40)], 2), 25))
    assert said[24].why == "only the lower phone moved: go back, and raise the whole limb once, straight"


def test_a_new_zero_is_a_new_plane() -> None:
    upper, lower = phone("thigh", THIGH, 0), phone("shin", SHIN, 40)
    said = joints(folded(upper, lower, 34, [Mark(HostNs(29 * NS - 1), "zero", "")]))
    assert said[28].value is not None
    assert said[29].why.endswith("hold still for 2 s to set zero")
    assert said[33].why == "raise the whole limb once, straight, to show the joint's plane"


def test_a_phone_that_sleeps_is_named_and_the_angle_comes_back() -> None:
    upper, lower = phone("thigh", THIGH, 0), phone("shin", SHIN, 40)
    fault = Fault(kind="phone-sleep", at_s=30, for_s=8)
    said = joints(folded(upper, msgspec.structs.replace(lower, fault=(fault,)), 48))
    assert said[36].value is None
    assert said[36].why.startswith("phone2: no samples for ")
    assert said[42].value == pytest.approx(truth_deg(THIGH, SHIN, 41.8), abs=2)


@pytest.mark.parametrize(
    ("one", "other", "is_joint"),
    [
        ("shin", "thigh", True),
        ("belly", "thigh", True),
        ("breastbone", "shin", True),
        ("breastbone", "belly", False),
        ("shin", "shin", False),
        ("shin", "", False),
    ],
)
def test_which_places_have_a_joint_between_them(one: str, other: str, is_joint: bool) -> None:
    made = joint_of([(one, HoldEstimator("phone")), (other, HoldEstimator("phone2"))])
    assert isinstance(made, JointEstimator) == is_joint
    assert joint_of([(one, HoldEstimator("phone"))]) is None


def test_on_the_trunk_the_person_is_told_to_lean() -> None:
    lower, upper = phone("thigh", STILL, 3), phone("breastbone", STILL, 4)
    said = joints(folded(lower, upper, 8))
    assert said[7].why == "lean once with trunk and leg in one line, to show the joint's plane"
