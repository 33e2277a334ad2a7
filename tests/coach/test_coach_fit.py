"""Which sensors can measure a step, and what is said where none can."""

from typing import Any

import pytest

from tests.coach.led import routine, step
from tidehold.coach.fit import NOT_MEASURED, fitting, missing, unmeasured

FROM = "this is measured from"
NO_PHONE = "not measured: no phone or motion sensor in this session"


@pytest.mark.parametrize(
    ("more", "worn", "sources"),
    [
        ({}, {"strap": "", "phone": "shin"}, ("phone",)),
        ({"worn": ("shin", "thigh")}, {"phone": "thigh", "imu": "shin", "other": "belly"}, ("phone", "imu")),
        ({"worn": ("shin",)}, {"phone": ""}, ()),
        ({}, {"phone": ""}, ("phone",)),
        ({}, {}, ()),
    ],
)
def test_a_step_is_measured_by_what_is_worn_where_it_says(
    more: dict[str, Any], worn: dict[str, str], sources: tuple[str, ...]
) -> None:
    assert fitting(step("hold", **more), worn) == sources


@pytest.mark.parametrize(
    ("kind", "more", "worn", "why"),
    [
        ("hold", {}, {"strap": ""}, NO_PHONE),
        ("hold", {}, {"phone": "shin"}, ""),
        ("free", {}, {}, ""),
        ("breathe", {"needs": ("strap",)}, {"phone": "shin"}, "not measured: no heart-rate strap in this session"),
        ("breathe", {"needs": ("strap",)}, {"strap": ""}, ""),
        ("breathe", {"needs": ("phone",)}, {"strap": ""}, NO_PHONE),
        ("breathe", {"worn": ("belly",)}, {"phone": "shin"}, ""),
        (
            "walk",
            {"worn": ("thigh",)},
            {"phone": "shin"},
            f"{NOT_MEASURED}the phone is on the shin, and {FROM} the thigh",
        ),
        (
            "walk",
            {"worn": ("thigh", "shin")},
            {"strap": "", "phone": "", "imu": "belly"},
            f"{NOT_MEASURED}nobody said where the phone is worn, the imu is on the belly, and {FROM} the thigh or shin",
        ),
    ],
)
def test_why_nothing_of_a_step_can_be_measured(kind: str, more: dict[str, Any], worn: dict[str, str], why: str) -> None:
    assert unmeasured(step(kind, **more), worn) == why


def test_before_the_start_all_that_will_not_be_measured_is_said_once() -> None:
    followed = routine(
        step("hold", id="a", side="left"), step("hold", id="a", side="right"), step("walk", id="b"), step(id="c")
    )
    assert missing(followed, {"strap": ""}) == (
        "not measured: a, b (no phone or motion sensor in this session); 1 of 4 steps go on as they are"
    )
    assert missing(followed, {"phone": "shin"}) == ""
