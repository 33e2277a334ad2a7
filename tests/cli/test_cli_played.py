"""Simulated people who follow the routine that is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import Run
from tidehold.cli.parser import parse
from tidehold.cli.played import SINCE_S, Played, played
from tidehold.cli.settings import Settings
from tidehold.daemon.config import load_config
from tidehold.log.reader import read_session
from tidehold.records import Mark

pytestmark = pytest.mark.usefixtures("home")


def who(*words: str) -> Played:
    arguments = parse(["simulate", "session", *words])
    with played(arguments, Settings(load_config(), {}, Path())) as found:
        return found


def test_who_is_asked_for_a_routine_follows_it() -> None:
    found = who("--routine", "psoas-relief", "--variant", "hypermobility", "--seed", "7", "--mistake", "holds-breath")
    assert found.plan.routine is not None
    assert (found.plan.routine.variant, found.plan.starts, found.plan.ask_first) == ("hypermobility", False, True)
    assert (found.scenario.seed, found.scenario.phone.placement) == (7, "breastbone")
    assert (found.scenario.press[0].at_s, found.scenario.press[0].verb) == (SINCE_S, "start")
    assert [press.arg.rpartition(" ")[2] for press in found.scenario.press[1:4]] == ["no"] * 3
    assert not Path(found.name).exists(), "it was there only as long as it was needed"


@pytest.mark.parametrize(
    ("routine", "placement"), [("weekly-strength", "thigh"), ("monthly-assessment", "shin"), ("calm-6", "breastbone")]
)
def test_the_phone_is_where_it_measures_most(routine: str, placement: str) -> None:
    assert who("--routine", routine).scenario.phone.placement == placement


def test_a_scenario_that_knows_of_no_routine_is_started_by_itself() -> None:
    found = who("--routine", "calm-6", "--scenario", "ramp-12-to-6")
    assert (found.scenario.name, found.plan.starts, found.plan.ask_first) == ("ramp-12-to-6", True, False)


def test_without_a_routine_it_is_a_scenario() -> None:
    assert (who().scenario.name, who().plan.routine) == ("calm-6", None)


def test_a_scenario_may_bring_its_routine(home: Path) -> None:
    file = home / "led.toml"
    file.write_text('name = "led"\nabout = "x"\n[routine]\nname = "calm-6"\nvariant = "ramp"\n', encoding="utf-8")
    found = who("--scenario", str(file))
    assert found.plan.routine is not None
    assert (found.plan.routine.id, found.plan.routine.variant) == ("calm-6", "ramp")
    assert found.plan.starts is False
    assert who("--scenario", str(file), "--routine", "none").plan.routine is None


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--mistake", "too-fast"], "--mistake: expected --routine beside it, and no --scenario"),
        (["--routine", "calm-6", "--mistake", "snores"], "--mistake: expected one of breathes-14, found 'snores'"),
        (["--routine", "calm-6", "--mistake", "too-fast"], "--mistake: expected one of breathes-14, found 'too-fast'"),
    ],
)
def test_a_mistake_that_cannot_be_made(words: list[str], complaint: str, tidehold: Run) -> None:
    ran = tidehold("simulate", "session", *words)
    assert ran.code == 2
    assert complaint in ran.err


def test_a_routine_without_a_step_for_any_mistake_says_so(tidehold: Run, tmp_path: Path) -> None:
    text = 'id = "rest"\nname = "Rest"\n[[phase]]\nid = "p"\nname = "P"\n'
    text += '[[step]]\nphase = "p"\nid = "1"\nname = "Rest"\nkind = "free"\nseconds = 60\n'
    (tmp_path / "rest.toml").write_text(text, encoding="utf-8")
    ran = tidehold("simulate", "session", "--routine", tmp_path / "rest.toml", "--mistake", "too-fast")
    assert ran.code == 2
    assert "--mistake: expected none: the routine has no step for one, found 'too-fast'" in ran.err


def test_a_simulated_session_holds_its_routine_and_begins_it(tidehold: Run) -> None:
    said = tidehold("simulate", "session", "--routine", "calm-6", "--seconds", 30, "--json").json
    film = read_session(Path(said["session"]))
    assert film.header.routine is not None
    assert film.header.routine.id == "calm-6"
    verbs = [item.verb for item in film.inputs() if isinstance(item, Mark)]
    assert verbs == ["start", "answer", "answer", "answer"]
    assert [cue["kind"] for cue in said["cues"]][-1] == "step"
    plain = ("--scenario", "link-drops", "--routine", "calm-6", "--seconds", 5)
    started = tidehold("simulate", "session", *plain, "--phone", "--json").json
    marks = [item for item in read_session(Path(started["session"])).inputs() if isinstance(item, Mark)]
    assert [(mark.verb, mark.t) for mark in marks] == [("start", 0)]
