"""What a step of a routine can measure, which sensor sees it, and what is missed without that sensor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from tidehold.coach.fit import STRAP, fitting, placed
from tidehold.estimators.chest import ON_CHEST
from tidehold.routine import Routine, Step

Seen = Literal["clock", "person", "strap", "phone", "breath"]
"""By what: no sensor; the person's own answer; the heart's beats; a motion sensor that is worn where the step says;
breathing, from the strap or from a motion sensor on breastbone or belly."""

MEASURES: Final[dict[str, Seen]] = {
    "time": "clock",
    "time per site": "clock",
    "answer": "person",
    "heart rate": "strap",
    "HRV": "strap",
    "RSA": "strap",
    "breathing rate": "breath",
    "pacing adherence": "breath",
    "breath holding": "breath",
    "neutral pose": "phone",
    "hinge range": "phone",
    "angle reached": "phone",
    "angle against target": "phone",
    "stability": "phone",
    "rotation": "phone",
    "gain per cycle": "phone",
    "contraction (experimental)": "phone",
    "angular speed": "phone",
    "pauses": "phone",
    "repetitions": "phone",
    "tempo": "phone",
    "raise angle": "phone",
    "cadence": "phone",
    "step variability": "phone",
    "step asymmetry": "phone",
}
"""The closed table of what can be measured, by the words that a routine uses."""


def needs_of(measures: tuple[str, ...]) -> tuple[Literal["strap", "phone"], ...]:
    """Sensors without which none of these can be measured."""
    seen = {MEASURES[measure] for measure in measures}
    kinds: tuple[Literal["strap", "phone"], ...] = ("strap", "phone")
    return tuple(kind for kind in kinds if seen == {kind})


def not_measured(step: Step, worn: Mapping[str, str]) -> dict[str, str]:
    """What of a step cannot be measured, and why.

    Args:
        step: As it is followed.
        worn: The session's sources, and where each is worn ("" where nobody said).
    """
    without = {
        "strap": "" if STRAP in worn else "no strap",
        "phone": "" if fitting(step, worn) else _without_phone(step, worn),
        "breath": _without_breath(worn),
    }
    missed = {measure: without.get(MEASURES.get(measure, "clock"), "") for measure in step.measures}
    return {measure: why for measure, why in missed.items() if why}


def _without_phone(step: Step, worn: Mapping[str, str]) -> str:
    places = [place for source, place in worn.items() if source != STRAP]
    if not places:
        return "no phone" + (f" on the {' or '.join(step.worn)}" if step.worn else "")
    return f"{placed(worn)}, not on the {' or '.join(step.worn)}" if all(places) else placed(worn)


def _without_breath(worn: Mapping[str, str]) -> str:
    if STRAP in worn or any(place in ON_CHEST for place in worn.values()):
        return ""
    return "no strap, and no phone on breastbone or belly"


def best_worn(routine: Routine) -> str:
    """The placement from which most of a routine's time is measured; "" if it is all the same to it."""
    seconds: dict[str, float] = {}
    for step in routine.steps:
        for place in step.worn:
            seconds[place] = seconds.get(place, 0.0) + step.seconds
    return max(seconds, key=lambda place: seconds[place], default="")


def advice(routine: Routine, worn: Mapping[str, str]) -> str:
    """Where a phone would measure most, in words; "" if there is one, or it is all the same."""
    best = best_worn(routine)
    return f"a phone on the {best} would measure most of it" if best and best not in worn.values() else ""
