"""The routine of a session: which one flags and configuration ask for, and what of it the sensors can see."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from tidehold.cli.output import say
from tidehold.cli.settings import Settings
from tidehold.coach.measures import advice, best_worn, not_measured
from tidehold.coach.routine_book import RoutineBook, steps_of
from tidehold.coach.routine_toml import lay_out
from tidehold.daemon.config import Followed, recall_followed, remember_followed
from tidehold.daemon.followed import Following, asks_first, name_of
from tidehold.errors import ConfigError
from tidehold.routine import Routine
from tidehold.sources.paths import own_path
from tidehold.sources.routines import find_routine

START: Final = "start"
"""Verb of the mark that begins the routine."""
NONE: Final = "none"
AFTER_S: Final = 5.0


class Guided(NamedTuple):
    """What a session leads through."""

    routine: Routine | None = None
    ask_first: bool = True
    """Whether its questions come before its first step."""
    starts: bool = False
    """Whether it begins with the recording, instead of by a key."""
    note: str = ""

    @property
    def seconds(self) -> float:
        """How long its session is, with a little time after its last step, s."""
        return AFTER_S + (self.routine.seconds if self.routine else 0.0)

    @property
    def header(self) -> dict[str, Any]:
        """What the session's header keeps of it."""
        return {"routine": self.routine, "ask_first": self.ask_first}


NOT_GUIDED: Final = Guided()


def routine_folders(settings: Settings) -> tuple[Path, ...]:
    """Where the person's own routines are.

    Raises:
        ConfigError: A path is none.
    """
    return tuple(own_path(folder) for folder in settings.config.routines)


def guided(arguments: argparse.Namespace, settings: Settings, *, is_person: bool = True) -> Guided:
    """The routine that flags, or else the configuration, ask for.

    Args:
        arguments: Of the command.
        settings: Where routines are, and which one is set.
        is_person: Whether a person follows it, of whom earlier sessions are remembered; simulated people have none.

    Raises:
        ConfigError: There is no such routine or variant, it is wrong, or a variant was asked for without a routine.
    """
    wanted = settings.config.routine
    name = arguments.routine or wanted.name
    if not name or name == NONE:
        if arguments.variant:
            raise ConfigError(f"--variant: expected --routine beside it, found {arguments.variant!r} alone")
        return NOT_GUIDED
    book = find_routine(name, routine_folders(settings))
    # a configured variant is one of the configured routine
    variant = (wanted.variant if name == wanted.name else "") if arguments.variant is None else arguments.variant
    first = arguments.first or wanted.first
    affected = arguments.affected or wanted.affected
    before = recall_followed() if is_person else Followed()
    routine = lay_out(book, variant, first, affected or first, before.sessions.get(name_of(book.id, variant), 0))
    starts = getattr(arguments, "start", None)
    return Guided(
        routine,
        ask_first=asks_first(routine, before),
        starts=bool(getattr(arguments, "headless", True) if starts is None else starts),
        note="" if affected else _assumed(book, variant, first),
    )


def _assumed(book: RoutineBook, variant: str, side: str) -> str:
    steps = [step.id for step in steps_of(book, variant) if step.sides == "affected"]
    if not steps:
        return ""
    return f"{', '.join(steps)}: for the {side} side, as nobody said which is affected (--affected left|right|both)"


def tell_guided(plan: Guided, worn: Mapping[str, str]) -> bool:
    """Say what the person will be led through, and what of it cannot be measured; whether anything cannot."""
    if plan.routine is None:
        return False
    routine = plan.routine
    variant = f", {routine.variant}" if routine.variant else ""
    say(f"{routine.name}{variant}: {minutes(routine.seconds)}")
    for note in filter(None, (*routine.notes, plan.note)):
        say(f"  {note}")
    missing = list(missing_lines(routine, worn))
    for line in missing:
        say(line)
    return bool(missing)


def tell_keys(plan: Guided) -> None:
    """Say how the routine is answered and begun where no dashboard has keys for that."""
    if plan.routine is None:
        return
    if not plan.starts:
        say("  `tidehold mark start` begins it, or a key in `tidehold watch`")
    if plan.ask_first and plan.routine.questions:
        ids = ", ".join(question.id for question in plan.routine.questions)
        say(f"  it asks first ({ids}): `tidehold mark answer ID no`, or a key in `tidehold watch`")


def missing_lines(routine: Routine, worn: Mapping[str, str]) -> Iterator[str]:
    """What of a routine is not measured, step by step, and what still works; nothing if all is measured."""
    measured: dict[str, None] = {}  # in order
    lost = False
    told: set[str] = set()
    for step in routine.steps:
        missed = not_measured(step, worn)
        measured |= dict.fromkeys(measure for measure in step.measures if measure not in missed)
        if step.id in told:  # of the other side
            continue
        told.add(step.id)
        for why in dict.fromkeys(missed.values()):
            lost = True
            measures = ", ".join(measure for measure, reason in missed.items() if reason == why)
            yield f"  {step.id} {step.name}: {measures}: not measured ({why})"
    if lost:
        works = f", and {', '.join(measured)} where the step says so" if measured else ""
        yield f"  what still works: every step with its time, its texts and its tones{works}"
        if helps := advice(routine, worn):
            yield f"  {helps} (--phone, --placement {best_worn(routine)})"


def go_on() -> bool:
    """Ask on the terminal whether to start all the same; anything but no is a yes."""
    sys.stderr.write("Start all the same? [Y/n] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() not in {"n", "no"}


def keep(plan: Guided, following: Following) -> None:
    """Remember what came of it. That it cannot be kept must not make a recording fail."""
    if plan.routine is None:
        return
    try:
        before = recall_followed()
        if (after := following.after(before)) != before:
            remember_followed(after)
    except (OSError, ConfigError) as error:
        say(f"the routine is not remembered: {error}")


def minutes(seconds: float) -> str:
    """A length as a person says it."""
    whole, rest = divmod(round(seconds), 60)
    return f"{whole} min {rest} s" if whole and rest else f"{whole} min" if whole else f"{rest} s"
