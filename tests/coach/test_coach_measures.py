"""What of a step can be measured with the sensors that are there."""

from __future__ import annotations

import pytest

from tests.coach.routines import WHOLE
from tidehold.coach.measures import best_worn, needs_of, not_measured
from tidehold.coach.routine_toml import lay_out, parse_routine
from tidehold.routine import Step

ROUTINE = lay_out(parse_routine(WHOLE, "small.toml"))
STEPS = {step.id: step for step in ROUTINE.steps}


@pytest.mark.parametrize(
    ("measures", "needs"),
    [
        ((), ()),
        (("heart rate", "HRV"), ("strap",)),
        (("angle reached",), ("phone",)),
        (("angle reached", "breath holding"), ()),
        (("time",), ()),
    ],
)
def test_a_step_needs_what_all_its_measures_come_from(measures: tuple[str, ...], needs: tuple[str, ...]) -> None:
    assert needs_of(measures) == needs


BREATH = "no strap, and no phone on breastbone or belly"


@pytest.mark.parametrize(
    ("step", "worn", "missed"),
    [
        ("1", {"strap": ""}, {}),
        ("1", {"phone": "shin"}, {"pacing adherence": BREATH, "HRV": "no strap"}),
        ("1", {"phone": "belly"}, {"HRV": "no strap"}),
        ("4", {"strap": ""}, {"angle reached": "no phone on the breastbone"}),
        ("4", {"strap": "", "phone": "breastbone"}, {}),
        ("4", {"strap": "", "phone": "shin"}, {"angle reached": "the phone is on the shin, not on the breastbone"}),
        ("4", {"strap": "", "imu": ""}, {"angle reached": "nobody said where the imu is worn"}),
        ("4", {"strap": "", "phone": "shin", "imu": "breastbone"}, {}),
        ("4", {"phone": "breastbone"}, {}),
        ("7a", {"strap": ""}, {"repetitions": "no phone on the shin or thigh"}),
        ("8", {}, {}),
    ],
)
def test_what_is_not_measured_is_said_with_its_reason(step: str, worn: dict[str, str], missed: dict[str, str]) -> None:
    assert not_measured(STEPS[step], worn) == missed


def test_a_step_that_says_no_placement_is_measured_from_any() -> None:
    step = Step(id="1", name="x", kind="calibrate", seconds=1, measures=("neutral pose",))
    assert not_measured(step, {"imu": ""}) == {}
    assert not_measured(step, {"strap": ""}) == {"neutral pose": "no phone"}


def test_where_a_phone_measures_most() -> None:
    assert best_worn(ROUTINE) == "breastbone"
    assert best_worn(lay_out(parse_routine(WHOLE.replace("worn =", "#"), "x"))) == ""
