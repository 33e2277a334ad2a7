"""The figures that outlets say are those that a session says."""

from __future__ import annotations

import pytest

from tests.outlets.said import snapshot
from tidehold.outlets.contract import FIGURES, Figure, figure_of
from tidehold.records import HostNs, Snapshot
from tidehold.session.fold import Session
from tidehold.sources.profiles import builtin_profiles
from tidehold_simulators.scenario import load_scenario
from tidehold_simulators.virtual import virtual_header, virtual_inputs


@pytest.fixture(scope="module")
def estimates() -> set[str]:
    """Names of all that a session with strap, phone and pacer says."""
    scenario = load_scenario("paced-4-6")
    session = Session(virtual_header(scenario, builtin_profiles(), phone=True))
    last: Snapshot | None = None
    for item in virtual_inputs(scenario, 45, phone=True):
        for out in session.feed(item):
            last = out if isinstance(out, Snapshot) else last
    assert last is not None
    return set(last.estimates)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.key)
def test_a_session_says_it(figure: Figure, estimates: set[str]) -> None:
    assert figure.estimate in estimates


def test_keys_are_unique() -> None:
    assert len({figure.key for figure in FIGURES}) == len(FIGURES)


def test_one_that_was_never_said_is_none() -> None:
    now = snapshot()
    heart, held = (next(each for each in FIGURES if each.key == key) for key in ("heart_rate", "breath_held"))
    found = figure_of(now, heart)
    assert found is not None
    assert (found.value, found.t) == (61.5, HostNs(1_000_000_000))
    assert figure_of(now, held) is None
