"""Live and replay differ in the line that fetches the next input, and in nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from tidehold.daemon.facts import machine, new_header, software
from tidehold.daemon.recorder import record, record_all
from tidehold.log.check import check
from tidehold.log.reader import read_session
from tidehold.log.writer import SessionWriter
from tidehold.records import HostNs, Input, Mark, UnixNs
from tidehold.routine import Measured
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.sources.contract import Put
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold_simulators.scenario import Scenario, load_scenario, scenario_names
from tidehold_simulators.virtual import virtual_header, virtual_inputs

USUAL_S = 40
"""Long enough for every figure to be known."""
LATE = {
    "link-drops": 120,
    "posture-change": 125,
    "breath-held": 90,
    "strap-slips": 85,
    "clock-reset": 70,
    "phone-clock-step": 65,
    "phone-offline": 50,
    "phone-sleeps-20s": 55,
}
"""Scenarios in which something happens later than usual: until then, s."""


class Script:
    """Puts inputs one by one or in bursts, as a busy event loop would."""

    name = "script"

    def __init__(self, items: Sequence[Input], burst: int) -> None:
        self._items = items
        self._burst = burst

    async def run(self, put: Put) -> None:
        for number, item in enumerate(self._items, 1):
            put(item)
            if number % self._burst == 0:
                await asyncio.sleep(0)
        await asyncio.Event().wait()


class Still:
    """A clock that the inputs are never late by."""

    def now(self) -> HostNs:
        return HostNs(0)


def header() -> Header:
    return new_header(UnixNs(1_767_225_600_000_000_000), builtin_profiles())


def content(path: Path) -> list[tuple[str, int, bytes]]:
    return [(message.topic, message.t, message.payload) for message in read_session(path).messages()]


def of_outputs(messages: list[tuple[str, int, bytes]]) -> list[tuple[str, int, bytes]]:
    return [message for message in messages if message[0].startswith("/out/")]


@pytest.mark.parametrize("scenario", ["link-drops", "strap-slips"])
async def test_frames_one_by_one_and_in_bursts_give_the_same_bytes(scenario: str, tmp_path: Path) -> None:
    items = list(virtual_inputs(load_scenario(scenario), 45))
    written = []
    for burst in (1, 7, 10_000):
        with SessionWriter.create(tmp_path / str(burst), header()) as log:
            await record([Script(items, burst)], log, Session(header()), Still())
        written.append(of_outputs(content(next((tmp_path / str(burst)).glob("*.mcap")))))
    assert written[0]
    assert written[0] == written[1] == written[2]


def is_about_a_phone(scenario: Scenario) -> bool:
    faults = {fault.kind.partition("-")[0] for fault in scenario.fault}
    return scenario.phone != load_scenario("calm-6").phone or bool(faults & {"phone", "broker"})


def phone_alone(scenario: Scenario, seconds: float) -> Iterator[Input]:
    """What the phone and the clock say; a strap costs most, and is in the other scenarios."""
    return (item for item in virtual_inputs(scenario, seconds, phone=True) if getattr(item, "source", "") != "strap")


def heard(scenario: Scenario) -> Iterator[Input]:
    """What is particular about a scenario: its strap, or its phone; until the last thing that happens."""
    until_s = LATE.get(scenario.name, USUAL_S)
    return phone_alone(scenario, until_s) if is_about_a_phone(scenario) else virtual_inputs(scenario, until_s)


QUICKLY = ("calm-6", "link-drops", "phone-android", "psoas-relief-broken", "stretch-hold")
"""Those that are not left to the longer checks."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in QUICKLY else pytest.mark.long) for name in scenario_names()],
)
def test_check_holds_for_every_scenario(name: str, tmp_path: Path) -> None:
    scenario = load_scenario(name)
    told = virtual_header(scenario, builtin_profiles(), phone=is_about_a_phone(scenario))
    head = msgspec.structs.replace(header(), sources=told.sources, routine=told.routine, ask_first=told.ask_first)
    with SessionWriter.create(tmp_path, head) as log:
        record_all(heard(scenario), log, Session(head))
    result = check(next(tmp_path.glob("*.mcap")), software=software(), platform=machine())
    assert result.same, result
    assert result.exact
    assert result.unwritten == 0


def test_check_holds_for_a_session_with_tasks(tmp_path: Path) -> None:
    """One task after another; what each came to is in the file."""
    asked = {4: "raise left 1", 60: "stretch 50", 90: "cycles 2", 130: "repetitions 3", 150: "slow", 165: "walk"}
    marks: list[Input] = [Mark(HostNs(at * NS), "do", text) for at, text in asked.items()]
    items = [*phone_alone(load_scenario("stretch-hold"), 175), *marks]
    with SessionWriter.create(tmp_path, header()) as log:
        record_all(sorted(items, key=lambda item: item.t), log, Session(header()))
    (path,) = tmp_path.glob("*.mcap")
    result = check(path, software=software(), platform=machine())
    assert result.same, result
    assert result.exact
    found = [msgspec.json.decode(each[2], type=Measured) for each in content(path) if each[0] == "/out/measured"]
    assert [each.task.kind for each in found] == [text.split()[0] for text in asked.values()]
    assert found[0].figures["raise_deg"] == pytest.approx(45, abs=1)
    assert found[1].figures["reached_deg"] == pytest.approx(54, abs=1.5)
    assert found[-1].figures["cadence_spm"] is None
