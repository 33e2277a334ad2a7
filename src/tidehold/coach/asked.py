"""What the coach asks for at a moment; the fold carries out what changes."""

from __future__ import annotations

from typing import NamedTuple

from tidehold.records import DueHold, HostNs, Pattern
from tidehold.routine import Task


class Asked(NamedTuple):
    """Paced breathing, a hold, a task, and how often a neutral pose has been asked for."""

    pattern: Pattern | None = None
    due: DueHold | None = None
    task: Task | None = None
    zeros: int = 0
    since: HostNs = HostNs(0)
    """When the first breath of `pattern` begins."""
    is_ramp: bool = False
    """`pattern` goes on from the one before, as one breathing that changes."""


NOTHING = Asked()
