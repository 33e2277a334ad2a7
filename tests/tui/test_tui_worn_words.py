import pytest

from tests.tui import statuses
from tidehold.records import Estimate, HostNs, Status
from tidehold.tui.hold_words import hold_lines
from tidehold.tui.lines import plain
from tidehold.tui.news import News
from tidehold.tui.worn_words import JOINT, joint_lines, placed_lines

WELL = statuses.status(605.2)
FIT = "phone/placement_fit"
QUESTION = "phone is set as worn on the shin, but it moves with the chest: is it in the right place?"


def told(name: str, value: float | None, why: str = "", age_s: float = 0.0) -> Status:
    said = Estimate(HostNs(WELL.snapshot.t - round(age_s * 1e9)), name, value, 0.6, why)
    return statuses.snapped(WELL, estimates={**WELL.snapshot.estimates, name: said})


def test_a_placement_that_cannot_be_true_is_asked_about_above_the_hold() -> None:
    asked = News(told(FIT, 0.0, QUESTION))
    assert plain(placed_lines(asked, "phone")) == f"! {QUESTION}"
    assert placed_lines(asked, "phone")[0][0].tone == "warn"
    assert placed_lines(asked, "imu") == ()
    assert plain(hold_lines(asked, 100, 12)).split("\n! ")[1].startswith("phone is set as worn on the shin")


@pytest.mark.parametrize(("value", "why"), [(1.0, ""), (0.4, ""), (None, "no posture changed yet")])
def test_without_a_reason_nothing_is_asked(value: float | None, why: str) -> None:
    assert placed_lines(News(told(FIT, value, why)), "phone") == ()
    assert placed_lines(News(WELL), "phone") == placed_lines(News(), "phone") == ()
    assert placed_lines(News(told(FIT, 0.0, QUESTION), 9.0), "phone") == ()


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (told(JOINT, -49.6), "joint -50°"),
        (
            told(JOINT, None, "raise the whole limb once, straight"),
            "joint unknown: raise the whole limb once, straight",
        ),
        (told(JOINT, 12.0, age_s=4), "joint unknown: no data for 4.0 s"),
        (WELL, ""),
    ],
)
def test_the_joint_has_its_angle_or_what_to_do_for_it(status: Status, text: str) -> None:
    assert plain(joint_lines(News(status))) == text
    assert "\n" + text in plain(hold_lines(News(status), 100, 12))
    assert joint_lines(News()) == joint_lines(News(status, 9.0)) == ()


def test_what_a_session_says_is_not_trusted_to_be_printable() -> None:
    status = told(FIT, 0.0, "a\x1b[31mb")
    assert "\x1b" not in plain(placed_lines(News(status), "phone"))
