"""People who follow a routine, or break it in named ways, as scenarios."""

from __future__ import annotations

from collections.abc import Collection

from tidehold.routine import Routine
from tidehold_simulators.acting import SINCE_S, act
from tidehold_simulators.body_spec import Placement
from tidehold_simulators.moves import Mistake
from tidehold_simulators.scenario import PhoneSpec, Scenario, as_acted


def follow(  # noqa: PLR0913  # each of them can be told apart
    routine: Routine,
    seed: int,
    mistakes: Collection[Mistake] = (),
    placement: Placement = "breastbone",
    *,
    since_s: float = SINCE_S,
    asked_first: bool = True,
) -> Scenario:
    """Somebody who wears strap and phone follows a routine, from `since_s` on; `act` tells the truth of it.

    The session is over a few seconds after the last step.

    Args:
        routine: As it is followed.
        seed: Who it is.
        mistakes: What goes wrong, once each; all else goes well.
        placement: Where the phone is.
        since_s: When it is started, s of the body's life.
        asked_first: Whether the routine's questions are asked, and so answered, before its first step.

    Raises:
        ValueError: The routine has no step in which that mistake can be made.
    """
    acted = act(routine, seed, mistakes, placement=placement, since_s=since_s, asked_first=asked_first)
    broken = f", with these mistakes: {', '.join(sorted(mistakes))}" if mistakes else ""
    scenario = Scenario(
        name=f"{routine.id}-{seed}",
        about=f"{routine.name}, followed{broken}.",
        seed=seed,
        phone=PhoneSpec(placement=placement),
    )
    return as_acted(scenario, acted)
