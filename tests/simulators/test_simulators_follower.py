"""Who follows a routine is a scenario like any other: keys, header, strap and phone on one body."""

from __future__ import annotations

import pytest

from tidehold.coach.routine_layout import lay_out
from tidehold.records import Frame, Mark
from tidehold.sources.profiles import builtin_profiles
from tidehold.sources.routines import find_routine
from tidehold.units import NS
from tidehold_simulators.acting import act
from tidehold_simulators.follower import follow
from tidehold_simulators.scenario import load_scenario, routine_of
from tidehold_simulators.virtual import virtual_header, virtual_inputs

DAILY = lay_out(find_routine("daily-5-min"))


def test_the_scenario_has_the_acted_body_and_its_keys() -> None:
    scenario, acted = follow(DAILY, 3, ["too-fast"]), act(DAILY, 3, ["too-fast"])
    assert scenario.body == acted.body
    assert scenario.seconds == acted.seconds
    assert scenario.seed == 3
    assert [(press.at_s, press.verb, press.arg) for press in scenario.press] == list(acted.keys)
    assert scenario.about == "Daily five minutes, followed, with these mistakes: too-fast."
    assert scenario.phone.placement == "breastbone"
    assert follow(DAILY, 3, placement="shin").phone.placement == "shin"


def test_keys_are_marks_and_the_phone_comes_in_virtual_time() -> None:
    scenario = follow(DAILY, 3)
    items = list(virtual_inputs(scenario, 30, acc_hz=25, phone=True))
    marks = [(item.t / NS, item.verb, item.arg) for item in items if isinstance(item, Mark)]
    assert marks == [(press.at_s, press.verb, press.arg) for press in scenario.press]
    assert {item.source for item in items if isinstance(item, Frame)} == {"strap", "phone"}
    assert items == list(virtual_inputs(follow(DAILY, 3), 30, acc_hz=25, phone=True))


def test_the_header_says_what_is_followed_and_where_the_phone_is() -> None:
    header = virtual_header(follow(DAILY, 3), builtin_profiles(), phone=True, routine=DAILY)
    assert header.routine == DAILY
    assert header.ask_first
    assert header.sources["phone"]["placement"] == "breastbone"
    shipped = load_scenario("psoas-relief-followed")
    header = virtual_header(shipped, builtin_profiles(), phone=True)
    assert header.routine == routine_of(shipped) == lay_out(find_routine("psoas-relief"))
    assert virtual_header(load_scenario("calm-6"), builtin_profiles(), phone=True).routine is None


def test_no_mistake_without_a_step_for_it() -> None:
    with pytest.raises(ValueError, match="daily-5-min: no step for the mistake 'skips-cycle'"):
        follow(DAILY, 1, ["skips-cycle"])
