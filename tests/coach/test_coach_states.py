"""The table of the coach's states is total, and none of its ways leads nowhere."""

from __future__ import annotations

from typing import get_args

import pytest

from tests.coach.led import ALARM, Led, plain
from tidehold.coach.states import CAME, SAID, STATES, TABLE, Deed
from tidehold.routine import GuideState


def test_the_table_says_what_to_do_at_every_input_in_every_state() -> None:
    assert set(TABLE) == set(STATES)
    assert {state: set(row) for state, row in TABLE.items()} == {state: {*SAID, *CAME} for state in STATES}


def test_every_deed_is_done_somewhere_and_by_the_coach() -> None:
    used = {move.deed for row in TABLE.values() for move in row.values()}
    assert used == set(get_args(Deed))
    assert {*Led(plain(1)).coach._deeds} == used - {"", "refuse"}


def test_what_is_refused_or_ignored_changes_no_state_and_only_what_is_refused_has_a_reason() -> None:
    for state, row in TABLE.items():
        for move in row.values():
            assert move.deed not in ("", "refuse") or move.then == state
            assert (move.deed == "refuse") == bool(move.why)


def in_state(state: GuideState) -> Led:
    led = Led(plain(10, 10, questions=(ALARM,)))
    ways: dict[GuideState, tuple[tuple[str, str], ...]] = {
        "ready": (),
        "asking": (("start", ""), ("pain", "3")),
        "running": (("start", ""),),
        "paused": (("start", ""), ("pause", "")),
        "done": (("start", ""), ("skip", ""), ("skip", "")),
        "stopped": (("start", ""), ("quit", "")),
        "waiting": (),
    }
    for verb, arg in ways[state]:
        led.mark(verb, arg)
    return led


@pytest.mark.parametrize("state", [state for state in STATES if state != "waiting"])
@pytest.mark.parametrize("verb", SAID)
def test_the_coach_does_what_the_table_says(state: GuideState, verb: str) -> None:
    led = in_state(state)
    assert led.to(0.25).state == state
    move = TABLE[state][next(each for each in SAID if each == verb)]
    args = {"answer": "numb no", "pain": "4 left hip"}
    led.mark(verb, args.get(verb, ""))
    if move.deed == "refuse":
        assert led.refused() == [move.why]
    elif move.deed == "take" and state == "running":  # no question is a step here
        assert led.refused() == ["expected \"ID ANSWER\", waiting for none, found 'numb no'"]
    else:
        assert led.refused() == []
    after = led.coach.guide(led.coach.asked.since).state
    begins = move.then in ("step", "before") or move.deed in ("take", "start")
    assert after == ("running" if begins else move.then)
