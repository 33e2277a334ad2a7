"""A routine acted out: what the body does from the first step to the last, which keys are pressed, and the truth of it.

Everything happens at its time, as the routine has it: whoever plays the body, in virtual time or in real processes,
needs no word from the coach. Steps of questions last as long as the answer takes; a hold that is waited for begins when
the person is there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import Final, NamedTuple

import msgspec
import numpy as np

from tidehold.routine import Question, Routine, Step
from tidehold_simulators.body_spec import BodySpec, Breathing, Pacer, Placement
from tidehold_simulators.lungs import Lungs
from tidehold_simulators.moves import MISTAKES, Did, Mistake, Person, Slip

SINCE_S: Final = 10.0
"""When the person starts the routine: both sensors have been there for a while."""
AFTER_S: Final = 6.0
"""How long the session goes on after the last step."""
_ANSWER_S: Final = 1.5
_NOTICED_S: Final = 1.6
"""From being where a hold is to be held to the hold's having begun."""
_BREATH_VARIES: Final = 0.06
"""Free breathing at rest varies by this and more from breath to breath (Tobin et al. 1988, J Appl Physiol 65:309)."""
_HELD_S: Final = 14.0
"""Shorter pauses belong to the pacer."""


class Key(NamedTuple):
    """A mark that the person makes."""

    at_s: float
    verb: str
    arg: str = ""


class Acted(NamedTuple):
    """A routine as one person does it."""

    body: BodySpec
    keys: tuple[Key, ...]
    seconds: float
    """How long the session is."""
    did: tuple[Did, ...]
    slips: tuple[Slip, ...]


def act(  # noqa: PLR0913  # each of them can be told apart
    routine: Routine,
    seed: int,
    mistakes: Collection[Mistake] = (),
    *,
    placement: Placement = "breastbone",
    since_s: float = SINCE_S,
    asked_first: bool = True,
) -> Acted:
    """Somebody follows a routine.

    Args:
        routine: As it is followed.
        seed: Who it is.
        mistakes: What goes wrong; all else goes well.
        placement: Where the phone is.
        since_s: When it is started, s of the body's life.
        asked_first: Whether the routine's questions come before its first step.

    Raises:
        ValueError: The routine has no step in which that mistake can be made.
    """
    person = Person(routine, seed, placement)
    made = _assigned(routine, seed, mistakes)
    keys = [Key(since_s, "start")]
    at_s = since_s
    for question in routine.questions if asked_first else ():
        at_s += _ANSWER_S
        keys.append(Key(at_s, "answer", f"{question.id} {_answer(question)}"))
    did: list[Did] = []
    for number, step in enumerate(routine.steps):
        long_s = step.seconds
        if step.question is not None:
            long_s = min(long_s, 2 * _ANSWER_S)
            keys.append(Key(at_s + long_s, "answer", f"{step.question.id} {_answer(step.question)}"))
        if step.waits:
            long_s += 3.0 + _NOTICED_S
        did.append(person.do(number, step, at_s, at_s + long_s, made.get(number, ())))
        at_s += long_s
    last_s = at_s + AFTER_S
    person.trunk.go(at_s + person.reaction_s(), 0.0, 2.0)
    body, slips = _breathing(person, routine, did, made, seed)
    body = msgspec.structs.replace(body, leg=person.leg.poses(), trunk=person.trunk.poses())
    return Acted(body, tuple(keys), last_s, tuple(did), (*person.slips, *slips))


def possible(routine: Routine) -> tuple[Mistake, ...]:
    """Mistakes that this routine has a step for."""
    return tuple(mistake for mistake in MISTAKES if [*_places(routine, mistake)])


def _assigned(routine: Routine, seed: int, mistakes: Collection[Mistake]) -> dict[int, tuple[Mistake, ...]]:
    """In which step, by its number, which mistake is made: one in a step, if there are enough."""
    rng = np.random.default_rng((seed, 23))
    made: dict[int, tuple[Mistake, ...]] = {}
    for mistake in MISTAKES:
        draw = float(rng.random())
        if mistake not in mistakes:
            continue
        places = [*_places(routine, mistake)]
        if not places:
            raise ValueError(f"{routine.id}: no step for the mistake {mistake!r}")
        free = [place for place in places if place not in made] or places
        number = free[int(draw * len(free))]
        made[number] = (*made.get(number, ()), mistake)
    return made


def _places(routine: Routine, mistake: Mistake) -> Iterator[int]:
    """Numbers of the steps in which a mistake can be made."""
    steps = routine.steps
    for number, step in enumerate(steps):
        rolls_up_next = number + 1 < len(steps) and steps[number + 1].kind == "slow"  # from the stretch, so keep it
        is_hold, turns = step.kind == "hold", "rotation" in step.measures
        fits = {
            "holds-breath": is_hold and step.target is not None and not turns and step.seconds >= 45,
            "past-target": is_hold and step.target is not None and turns,
            "breathes-14": step.kind == "breathe" and bool(step.pattern),
            "lets-go": is_hold and step.seconds >= 45 and not rolls_up_next,
            "skips-cycle": step.kind == "cycles" and step.cycles > 1,
            "too-fast": step.kind == "slow",
        }
        if fits[mistake]:
            yield number


def _answer(question: Question) -> str:
    if question.most:
        return "3"
    return next((answer for answer in question.answers if answer not in question.stops), "nothing")


def _breathing(
    person: Person, routine: Routine, did: list[Did], made: dict[int, tuple[Mistake, ...]], seed: int
) -> tuple[BodySpec, list[Slip]]:
    """With the pacer where there is one, freely elsewhere, and not at all where the breath is held."""
    slips: list[Slip] = []
    paced: list[Pacer] = []
    held: list[tuple[float, float, Step]] = []
    rng = np.random.default_rng((seed, 24))
    rate_bpm = person.traits.free_bpm
    for number, (step, done) in enumerate(zip(routine.steps, did, strict=True)):
        wrong, (into, lasts_s) = made.get(number, ()), (float(rng.uniform(0.3, 0.45)), float(rng.uniform(20.0, 26.0)))
        if "holds-breath" in wrong:
            held.append((done.start_s + into * (done.end_s - done.start_s), lasts_s, step))
        if step.kind != "breathe" or not step.pattern:
            continue
        if "breathes-14" in wrong:
            rate_bpm = 14.0
            slips.append(Slip("breathes-14", "pace-off", step.id, step.side, done.start_s, done.end_s))
            continue
        paced.append(
            Pacer(
                pattern=step.pattern,
                to_pattern=step.to_pattern,
                since_s=done.start_s,
                until_s=done.end_s,
                lag_s=person.traits.lag_s,
                jitter_s=person.traits.jitter_s,
            )
        )
    breathing = _free(rate_bpm, held)
    lungs = Lungs(breathing, _BREATH_VARIES, np.random.default_rng((seed, 0)), paced)
    for start_s, end_s in lungs.holds(did[-1].end_s):
        for at_s, lasts_s, step in held:
            if end_s - start_s > _HELD_S and 0 <= start_s - at_s < lasts_s:
                slips.append(Slip("holds-breath", "breath-held", step.id, step.side, float(start_s), float(end_s)))
    return BodySpec(breathing=breathing, breath_variability=_BREATH_VARIES, paced=tuple(paced)), slips


def _free(rate_bpm: float, held: list[tuple[float, float, Step]]) -> tuple[Breathing, ...]:
    """Calm breathing, held from those moments on, for so long."""
    calm = Breathing(rate_bpm=rate_bpm, depth=0.6)
    stretches: list[Breathing] = []
    for (ended_s, before_s), (at_s, lasts_s) in pairwise([(0.0, 0.0), *((at_s, lasts_s) for at_s, lasts_s, _ in held)]):
        stretches.append(Breathing(seconds=at_s - ended_s - before_s, rate_bpm=rate_bpm, depth=0.6))
        stretches.append(Breathing(seconds=lasts_s, rate_bpm=rate_bpm, depth=0.6, hold="in"))
    return (*stretches, calm)
