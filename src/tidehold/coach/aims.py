"""The angle that a hold is to be held at: as the routine names it, or from what an earlier hold has reached."""

from __future__ import annotations

from typing import NamedTuple

from tidehold.estimators.stretch_range import target_deg
from tidehold.routine import Routine, Side, Step


class Reached(NamedTuple):
    """What a hold came to, whether it was asked for an angle itself, and why it is not known."""

    deg: float | None
    had_target: bool
    why: str = ""


class Aim(NamedTuple):
    """The angle, or None and, where one was wanted, why it is not known."""

    deg: float | None
    why: str = ""


def aim(step: Step, routine: Routine, reached: dict[tuple[str, Side], Reached]) -> Aim:
    """The angle of a step.

    An angle that the routine names is measured from the usual neutral pose: intensity scales it, and it moves with a
    torso that is supported higher. One that was reached in this session was measured from the neutral pose of this
    session, which is higher already, and was scaled already if it was asked for at an angle itself.
    """
    wanted = step.target
    if wanted is None:
        return Aim(None)
    if not wanted.of:
        if wanted.deg is None:
            return Aim(None)
        return Aim(
            target_deg(wanted.deg, growth=wanted.growth, intensity=routine.intensity, raised_deg=routine.raised_deg)
        )
    found = reached.get((wanted.of, step.side)) or reached.get((wanted.of, ""))
    if found is None or found.deg is None:
        side = f" {step.side}" if step.side else ""
        why = f": {found.why}" if found is not None and found.why else ""
        return Aim(None, f"no target: what {wanted.of}{side} reached is not known{why}")
    intensity = 1.0 if found.had_target else routine.intensity
    return Aim(target_deg(found.deg, growth=wanted.growth, intensity=intensity))
