"""What the coach asks for at a moment; the fold carries out what changes."""

from __future__ import annotations

from typing import NamedTuple

from tidehold.records import DueHold, HostNs, Pattern
from tidehold.routine import Task


class Asked(NamedTuple):
    """Paced breathing, a hold, a task, and a neutral pose."""

    pattern: Pattern | None = None
    due: DueHold | None = None
    task: Task | None = None
    zeros: int = 0
    """How many neutral poses have been asked for; another one takes the place of that before."""
    zero_from: HostNs | None = None
    """From when on the pose that is held is the neutral one, if there is none yet; None: it is not asked for now."""
    since: HostNs = HostNs(0)
    """When the first breath of `pattern` begins."""
    is_ramp: bool = False
    """`pattern` goes on from the one before, as one breathing that changes."""


NOTHING = Asked()
