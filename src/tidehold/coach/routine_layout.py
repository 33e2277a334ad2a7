"""From a routine as it is written to the routine as it is followed: variant chosen, each side a step of its own."""

from __future__ import annotations

import functools
from itertools import groupby
from typing import Final, Literal, NamedTuple

import msgspec

from tidehold.coach.measures import needs_of
from tidehold.coach.routine_book import RoutineBook, StepSpec, VariantSpec, kept_by, steps_of
from tidehold.errors import ConfigError
from tidehold.routine import Phase, Routine, Say, Side, Step

Leg = Literal["left", "right"]
Affected = Literal["left", "right", "both"]
OTHER: Final[dict[Side, Leg]] = {"left": "right", "right": "left"}


class Sided(NamedTuple):
    """Whose turn it is: the sides in their order, those that are done in this session, and those that are affected."""

    done: tuple[Leg, ...]
    affected: tuple[Leg, ...]


def lay_out(
    book: RoutineBook,
    variant: str = "",
    first: Leg = "left",
    affected: Affected = "left",
    session_number: int = 0,
) -> Routine:
    """The routine as it is followed.

    Args:
        book: As it is written.
        variant: One of the book's; "": the routine as it stands.
        first: The side to begin with.
        affected: The side of the steps that are for the affected one.
        session_number: How many sessions of it there were before; a variant may change sides from one to the next.

    Raises:
        ConfigError: There is no such variant; the text names those that there are.
    """
    if variant and variant not in book.variant:
        known = ", ".join(book.variant) or "none"
        raise ConfigError(f"{book.id}: variant: expected one of {known}, found {variant!r}")
    spec = book.variant.get(variant)
    sided = sided_by(spec, first, affected, session_number)
    steps = [step for each in steps_of(book, variant) for step in _per_side(each, sided)]
    names = {phase.id: phase.name for phase in book.phase}
    phases = tuple(
        Phase(id=phase, name=names[phase], steps=tuple(step for _, step in group))
        for phase, group in groupby(steps, key=lambda pair: pair[0])
    )
    routine = Routine(
        id=book.id,
        name=book.name,
        about=book.about,
        variant=variant,
        phases=phases,
        questions=book.question,
        notes=book.notes,
    )
    if spec is None:
        return routine
    return msgspec.structs.replace(
        routine,
        intensity=spec.intensity,
        raised_deg=spec.raised_deg,
        about=spec.about or book.about,
        notes=(*book.notes, *spec.notes),
    )


def sided_by(spec: VariantSpec | None, first: Leg, affected: Affected, session_number: int) -> Sided:
    """The sides of a session."""
    both = (first, OTHER[first])
    rule = "both" if spec is None else spec.sides
    at = session_number % 2 if rule == "alternate" else 0
    done = both if rule == "both" else (both[at],)
    return Sided(done, done if affected == "both" else (affected,))


def sides_of(step: StepSpec, sided: Sided) -> tuple[Side, ...]:
    """The sides that a step is done on, in their order."""
    if not step.sides:
        return ("",)
    return sided.affected if step.sides == "affected" else sided.done


def share_s(step: StepSpec, sides: tuple[Side, ...]) -> float:
    """How long a step lasts on each of its sides, s."""
    return step.seconds if step.sides in ("", "each") else step.seconds / len(sides)


def _per_side(spec: StepSpec, sided: Sided) -> list[tuple[str, Step]]:
    """A written step as the steps that are followed, each with its phase."""
    sides = sides_of(spec, sided)
    plain = Step(**kept_by(spec) | {"seconds": share_s(spec, sides), "needs": needs_of(spec.measures)})
    return [(spec.phase, _on(plain, side)) for side in sides]


def _on(step: Step, side: Side) -> Step:
    """The step on one side, its words included."""
    if not side:
        return step
    says = tuple(Say(say.at_s, spoken(say.text, side)) for say in step.says)
    return msgspec.structs.replace(step, side=side, text=spoken(step.text, side), says=says)


def spoken(text: str, side: Side) -> str:
    """A text with its side in it."""
    words: dict[str, str] = {"side": side, "other": OTHER[side]}
    words |= {name.capitalize(): word.capitalize() for name, word in words.items()}
    return functools.reduce(lambda said, name: said.replace(f"{{{name}}}", words[name]), words, text)
