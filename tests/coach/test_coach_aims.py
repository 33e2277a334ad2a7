"""The angle that is asked for: named, or grown from what was reached, and scaled once."""

import pytest

from tests.coach.led import plain, step
from tidehold.coach.aims import Aim, Reached, aim
from tidehold.routine import Side, Target

REACHED: dict[tuple[str, Side], Reached] = {
    ("a", "left"): Reached(40.0, had_target=False),
    ("b", "left"): Reached(26.0, had_target=True),
    ("c", ""): Reached(30.0, had_target=False),
    ("d", "left"): Reached(None, had_target=False),
}


@pytest.mark.parametrize(
    ("target", "intensity", "raised_deg", "deg"),
    [
        (Target(deg=45), 1.0, 0.0, 45),
        (Target(deg=45, growth=1.1), 0.6, 30.0, 45 * 1.1 * 0.6 + 30),
        (Target(of="a", growth=1.1), 1.0, 0.0, 44),
        (Target(of="a", growth=1.1), 0.6, 0.0, 26.4),
        (Target(of="a", growth=1.1), 1.0, 30.0, 44),  # the session's own zero is raised already
        (Target(of="b"), 0.6, 0.0, 26),  # and what was scaled once is not scaled again
        (Target(of="c"), 1.0, 0.0, 30),
    ],
)
def test_the_angle_of_a_step(target: Target, intensity: float, raised_deg: float, deg: float) -> None:
    followed = plain(10, intensity=intensity, raised_deg=raised_deg)
    found = aim(step("hold", side="left", target=target), followed, REACHED)
    assert found.deg == pytest.approx(deg)
    assert found.why == ""


@pytest.mark.parametrize("of", ["d", "e"])
def test_an_angle_that_is_not_known_has_a_reason(of: str) -> None:
    found = aim(step("hold", side="left", target=Target(of=of)), plain(10), REACHED)
    assert found == Aim(None, f"no target: what {of} left reached is not known")


@pytest.mark.parametrize("target", [None, Target()])
def test_where_no_angle_is_wanted_there_is_none(target: Target | None) -> None:
    assert aim(step("hold", target=target), plain(10), REACHED) == Aim(None)
