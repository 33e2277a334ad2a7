import msgspec
import pytest

from tests.tui import statuses
from tidehold.routine import Bar, StepState
from tidehold.tui.course import SIGNS, course_line
from tidehold.tui.lines import plain

LATER: StepState = "todo"


def bars(*states: StepState, seconds: float = 60.0) -> list[Bar]:
    return [Bar(f"{k}", "", "x", "p", seconds, state) for k, state in enumerate(states)]


def drawn(bars: list[Bar], at: int, into_s: float, width: int) -> str:
    return plain([course_line(bars, at, into_s, width)])


def test_each_state_has_a_sign_of_its_own_so_that_no_colour_is_needed() -> None:
    assert len({sign for sign, _ in SIGNS.values()}) == len(SIGNS)
    steps = bars("done", "skipped", "cut", "now", "todo")
    assert drawn(steps, 3, 30.0, 24) == "■■■■ xxxx //// ■■▶□ ····"


def test_steps_are_as_long_as_their_time() -> None:
    steps = [Bar("a", "", "", "", 30.0, "done"), Bar("b", "", "", "", 90.0, "todo")]
    assert drawn(steps, 1, 0.0, 41) == "■" * 10 + "■" + " " + "·" * 29


@pytest.mark.parametrize(("into_s", "shown"), [(-5, "▶□□□□□"), (0, "▶□□□□□"), (59, "■■■■■▶"), (90, "■■■■■▶")])
def test_place_in_the_step_is_shown_and_stays_in_it(into_s: float, shown: str) -> None:
    assert drawn(bars("now"), 0, into_s, 6) == shown


@pytest.mark.parametrize("width", [1, 5, 14, 15, 30, 44, 45, 76, 158])
def test_line_is_as_wide_as_asked_for_whatever_the_number_of_steps(width: int) -> None:
    for steps in (list(statuses.bars(4)), bars(*[LATER] * 1000), bars("now")):
        assert len(drawn(steps, 0, 1.0, width)) == width


def test_nonsense_is_drawn_too() -> None:
    assert course_line([], 0, 0.0, 40) == ()
    assert course_line(bars("now"), 0, 0.0, 0) == ()
    assert drawn(bars("now", "todo", seconds=0.0), 0, 5.0, 9) == "▶□□□ ····"
    odd = [
        msgspec.structs.replace(each, seconds=float(text))
        for each, text in zip(bars("done", "todo"), ("inf", "-3"), strict=True)
    ]
    assert len(drawn(odd, 2, float("inf"), 20)) == 20
