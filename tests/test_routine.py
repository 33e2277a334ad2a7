"""The nouns of a guided session keep what they are given, and refuse what cannot be."""

import msgspec
import pytest

from tidehold.records import HostNs, encode
from tidehold.routine import Finding, Measured, Phase, Routine, Step, Task

FIRST = Step(id="1", name="breathe", kind="breathe", seconds=60, pattern="4/6")
HOLDS = tuple(Step(id="2", name="hold", kind="hold", seconds=30, side=side) for side in ("left", "right"))
ROUTINE = Routine(
    id="short",
    name="Short",
    phases=(Phase(id="a", name="A", steps=(FIRST,)), Phase(id="b", name="B", steps=HOLDS)),
)


def test_the_steps_of_a_routine_are_those_of_its_phases_in_their_order() -> None:
    assert ROUTINE.steps == (FIRST, *HOLDS)


def test_a_routine_lasts_as_long_as_its_steps() -> None:
    assert ROUTINE.seconds == 120


def test_a_routine_is_the_same_after_it_has_been_written_and_read() -> None:
    assert msgspec.json.decode(msgspec.json.encode(ROUTINE), type=Routine) == ROUTINE


@pytest.mark.parametrize(
    ("key", "value"),
    [("seconds", 0), ("seconds", -1.0), ("wait_s", -1), ("cycles", 0), ("count", -3), ("kind", "jump"), ("colour", 1)],
)
def test_a_step_that_cannot_be_is_refused(key: str, value: object) -> None:
    step = {"id": "1", "name": "x", "kind": "free", "seconds": 1.0} | {key: value}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(step, Step)


def test_what_is_said_has_its_name_and_its_time_in_the_file() -> None:
    finding = Finding(HostNs(5), "past-target", "2.4", "left", HostNs(3), None, "past the target")
    measured = Measured(HostNs(9), "phone", Task("raise", "left"), HostNs(1), HostNs(9), {"raise_deg": None}, 0.0)
    assert b'"type":"finding"' in encode(finding)
    assert b'"t":9' in encode(measured)
