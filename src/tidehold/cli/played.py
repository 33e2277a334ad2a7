"""Whom a demonstration or a simulated session is about: a scenario, or somebody who follows the routine asked for."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from tidehold.cli.guided import NONE, NOT_GUIDED, START, Guided, guided, routine_folders
from tidehold.cli.parser import SCENARIO
from tidehold.cli.settings import Settings
from tidehold.coach.measures import best_worn
from tidehold.errors import ConfigError
from tidehold.routine import Routine
from tidehold.sources.routines import routine_files

if TYPE_CHECKING:
    from tidehold_simulators.scenario import Scenario

SINCE_S: Final = 15.0
"""When somebody who follows a routine starts it: by then strap and phone have been found, also as processes."""


class Played(NamedTuple):
    """A scenario, how a simulator's process names it, and the routine of its session."""

    scenario: Scenario
    name: str
    plan: Guided


@contextlib.contextmanager
def played(arguments: argparse.Namespace, settings: Settings) -> Iterator[Played]:
    """The scenario that is asked for, for as long as this is open; the simulators must be installed.

    Raises:
        ConfigError: Scenario, routine or mistake is none, or they do not fit together.
    """
    from tidehold_simulators.acting import possible  # noqa: PLC0415 - an extra
    from tidehold_simulators.scenario import load_scenario, routine_of  # noqa: PLC0415

    plan = guided(arguments, settings, is_person=False)
    if arguments.mistake and (plan.routine is None or arguments.scenario):
        raise ConfigError("--mistake: expected --routine beside it, and no --scenario")
    can_be = possible(plan.routine) if plan.routine is not None else ()
    for mistake in arguments.mistake:
        if mistake not in can_be:
            wanted = f"one of {', '.join(can_be)}" if can_be else "none: the routine has no step for one"
            raise ConfigError(f"--mistake: expected {wanted}, found {mistake!r}")
    if plan.routine is not None and arguments.scenario is None:
        with _follower(arguments, settings, plan.routine) as path:
            yield Played(load_scenario(path, arguments.seed), str(path), plan._replace(starts=False))
        return
    name = arguments.scenario or SCENARIO
    scenario = load_scenario(name, arguments.seed)
    if plan is NOT_GUIDED and scenario.routine is not None and arguments.routine != NONE:
        plan = Guided(routine_of(scenario), ask_first=scenario.routine.asked_first)
    elif plan.routine is not None:  # nobody in the scenario knows of it
        presses = any(press.verb == START for press in scenario.press)
        plan = plan._replace(ask_first=presses, starts=not presses)
    yield Played(scenario, name, plan)


@contextlib.contextmanager
def _follower(arguments: argparse.Namespace, settings: Settings, routine: Routine) -> Iterator[Path]:
    """A scenario's file about somebody who follows the routine, and breaks it as asked for."""
    wanted = arguments.routine or settings.config.routine.name
    files = routine_files(routine_folders(settings))
    file = files.get(wanted) or Path(wanted).expanduser().absolute()
    first = arguments.first or settings.config.routine.first
    led = {
        "name": str(file),
        "variant": routine.variant,
        "first": first,
        "affected": arguments.affected or settings.config.routine.affected or first,
        "mistakes": arguments.mistake,
        "since_s": SINCE_S,
    }
    best = best_worn(routine)
    tables: dict[str, dict[str, Any]] = {
        "phone": {"placement": best if best in ("shin", "thigh") else "breastbone"},
        "routine": led,
    }
    lines = [_line("name", routine.id), _line("about", f"{routine.name}, followed.")]
    for table, keys in tables.items():
        lines += [f"[{table}]", *(_line(key, value) for key, value in keys.items())]
    with tempfile.TemporaryDirectory(prefix="tidehold-") as folder:
        path = Path(folder, "follower.toml")
        path.write_text("\n".join(lines), encoding="utf-8")
        yield path


def _line(key: str, value: object) -> str:
    return f"{key} = {msgspec.json.encode(value).decode()}"  # the same in TOML
