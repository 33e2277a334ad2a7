"""Which sensors can measure a step: those that are there, and are worn where the step says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tidehold.routine import Routine, Step, StepKind

STRAP: Final = "strap"
"""The source that is no motion sensor on a limb; every other one is."""
MOVES: Final[frozenset[StepKind]] = frozenset({"hold", "cycles", "repetitions", "raise", "walk", "slow", "calibrate"})
"""Kinds of steps that a motion sensor measures."""
_SENSOR: Final = {"strap": "no heart-rate strap in this session", "phone": "no phone or motion sensor in this session"}
NOT_MEASURED: Final = "not measured: "


def fitting(step: Step, worn: Mapping[str, str]) -> tuple[str, ...]:
    """Motion sensors that can measure the step, in the session's order.

    Args:
        step: Of any kind.
        worn: The session's sources, and where each is worn ("" where nobody said).
    """
    moving = [source for source in worn if source != STRAP]
    return tuple(source for source in moving if not step.worn or worn[source] in step.worn)


def unmeasured(step: Step, worn: Mapping[str, str]) -> str:
    """Why nothing of the step can be measured; "" if something can, or if it measures nothing anyway."""
    has_motion = any(source != STRAP for source in worn)
    absent = [need for need in step.needs if not (STRAP in worn if need == STRAP else has_motion)]
    if absent:
        return NOT_MEASURED + _SENSOR[absent[0]]
    if step.kind not in MOVES or fitting(step, worn):
        return ""
    if not has_motion:
        return NOT_MEASURED + _SENSOR["phone"]
    return f"{NOT_MEASURED}{placed(worn)}, and this is measured from the {' or '.join(step.worn)}"


def placed(worn: Mapping[str, str]) -> str:
    """Where the motion sensors are, in words."""
    return ", ".join(
        f"the {source} is on the {place}" if place else f"nobody said where the {source} is worn"
        for source, place in worn.items()
        if source != STRAP
    )


def missing(routine: Routine, worn: Mapping[str, str]) -> str:
    """What of the routine will not be measured, in words, to be said before its start; "" if all will be."""
    why_of: dict[str, list[str]] = {}
    for step in routine.steps:
        why = unmeasured(step, worn).removeprefix(NOT_MEASURED)
        if why and step.id not in why_of.setdefault(why, []):
            why_of[why].append(step.id)
    told = [f"{', '.join(ids)} ({why})" for why, ids in why_of.items() if ids]
    if not told:
        return ""
    able = sum(not unmeasured(step, worn) for step in routine.steps)
    return f"{NOT_MEASURED}{'; '.join(told)}; {able} of {len(routine.steps)} steps go on as they are"
