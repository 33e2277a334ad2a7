"""What is to be done, in plain words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.coach.led import TIRED, Led, ns, plain, routine, step
from tidehold.coach.prompts import announced, breath, ready, title
from tidehold.records import Cue, Pattern
from tidehold.routine import Say, Target


@pytest.mark.parametrize(
    ("kind", "more", "at_s", "words"),
    [
        ("breathe", {"pattern": "4/2/6/0"}, 1, "Breathe with the pacer: 4 s in, 2 s hold, 6 s out."),
        ("breathe", {"pattern": ""}, 1, "Breathe calmly."),
        ("hold", {}, 1, "Hold still."),
        ("hold", {"target": Target(deg=44.6)}, 1, "Hold at 45 degrees."),
        ("hold", {"waits": True}, 1, "Go into the position: the time begins when you hold still."),
        ("hold", {"says": (Say(5, "Turn to the other side."),)}, 4, "Hold still."),
        ("hold", {"says": (Say(5, "Turn to the other side."),)}, 6, "Turn to the other side."),
        ("cycles", {}, 2, "Press."),
        ("cycles", {}, 8, "Let go, and sink deeper."),
        ("cycles", {}, 28, "Rest."),
        ("repetitions", {"count": 5}, 1, "5 repetitions, at your own pace."),
        ("repetitions", {}, 1, "At your own pace."),
        ("raise", {}, 1, "Raise the leg slowly, knee straight, and lower it again."),
        ("walk", {}, 1, "Walk at your usual pace."),
        ("slow", {}, 1, "Slowly, with stops."),
        ("calibrate", {"hinge": True}, 9, "Keep still: this becomes zero."),
        ("calibrate", {"hinge": True}, 16, "Bend forward once with a straight back, and come up again."),
        ("calibrate", {}, 16, "Keep still: this becomes zero."),
        ("question", {"question": TIRED}, 1, TIRED.text),
        ("free", {}, 1, "a free"),
        ("free", {"text": "Rest."}, 1, "Rest."),
    ],
)
def test_each_kind_says_what_to_do(kind: str, more: dict[str, Any], at_s: float, words: str) -> None:
    one = Led(routine(step(kind, 30, **more)), {"phone": "shin"})
    one.mark("start")
    assert one.to(at_s).prompt == words


def test_what_a_task_asks_for_is_the_prompt_but_not_of_cycles() -> None:
    for kind, words in (("slow", "slower"), ("cycles", "Press.")):
        one = Led(routine(step(kind, 30)), {"phone": "shin"})
        one.mark("start")
        one.hear(Cue(ns(1), "task", "slower"))
        assert one.to(2).prompt == words


def test_a_step_is_announced_with_its_side_and_what_to_do() -> None:
    assert announced(step(name="Stage 1", side="left", text="Hinge forward.")) == "Stage 1, left. Hinge forward."
    assert announced(step(name="Rest")) == "Rest."
    assert title(step(name="Rest")) == "Rest"


def test_before_the_start_it_says_how_long_it_will_take() -> None:
    assert ready(plain(100, 200)) == "Ready: R, 2 steps, 5 min. Start when you are."
    assert ready(plain(60)) == "Ready: R, 1 step, 1 min. Start when you are."


def test_a_breath_leaves_out_the_pauses_that_are_none() -> None:
    assert breath(Pattern(4.1234, 0, 6, 1.5)) == "4.12 s in, 6 s out, 1.5 s hold"
