"""The stretches that a session is looked at in: before, during and after what it was for, and what was paced."""

from __future__ import annotations

from typing import Final

import msgspec

from tidehold.log.told import Told
from tidehold.records import HostNs, Pattern
from tidehold.routine import Scored, Step, StepKind
from tidehold.units import NS

LED: Final[frozenset[StepKind]] = frozenset({"breathe", "hold", "cycles", "repetitions", "raise", "walk", "slow"})
"""Kinds of steps that ask something of the body; rest, calibration and questions do not."""
STEP_SCORE: Final = "pacing/step_score"


class Span(msgspec.Struct, frozen=True):
    """A named stretch, from `start` up to `end`; `what`: where it begins and ends, in words."""

    name: str
    what: str
    start: HostNs
    end: HostNs

    @property
    def length_s(self) -> float:
        """From its start to its end, s."""
        return (self.end - self.start) / NS


class Paced(msgspec.Struct, frozen=True):
    """A stretch in which one breathing was asked for, and the patterns in their order (one, unless it changed).

    `closed`: its end was recorded, so that its figures were said.
    """

    start: HostNs
    end: HostNs
    patterns: tuple[Pattern, ...]
    closed: bool
    step: Scored | None

    @property
    def length_s(self) -> float:
        """From its start to its end, s."""
        return (self.end - self.start) / NS


def whole(told: Told) -> Span:
    """All of the session."""
    return Span("whole", "the whole recording", HostNs(0), HostNs(round(told.length_s * NS)))


def steps_of(told: Told) -> dict[tuple[str, str], Step]:
    """The routine's steps by id and side."""
    routine = told.header.routine
    return {} if routine is None else {(step.id, step.side): step for step in routine.steps}


def done_steps(told: Told) -> list[Scored]:
    """What steps that had begun came to, in order of time."""
    begun = [each for each in told.scored if each.scope == "step" and each.state != "todo" and each.end > each.start]
    return sorted(begun, key=lambda each: each.start)


def paced(told: Told) -> list[Paced]:
    """The stretches of paced breathing, in order."""
    last = whole(told).end
    begun = [(since, pacing.pattern) for since, pacing in told.pacings if pacing is not None]
    offs = [since for since, pacing in told.pacings if pacing is None]
    ends = sorted({each.t for each in told.estimates.get(STEP_SCORE, [])})
    steps = [each for each in done_steps(told) if _kind(told, each) == "breathe"]
    found: list[Paced] = []
    while begun:
        start = begun[0][0]
        end = next((each for each in ends if each > start), None)
        closed = end is not None
        if end is None:
            end = next((each for each in offs if each > start), last)
        mine = [pattern for since, pattern in begun if since < end] or [begun[0][1]]
        begun = begun[len(mine) :]
        step = next((each for each in steps if each.start < end and each.end > start), None)
        if end > start:
            found.append(Paced(start, end, tuple(dict.fromkeys(mine)), closed, step))
    return found


def parts(told: Told) -> tuple[bool, tuple[Span, Span, Span]]:
    """Before, during and after what the session was for.

    With a routine: until its first step that asks something of the body, until the end of its last one, and what
    comes then. Without one the same of what marks asked for: breathing, holds and tasks. With none of them: the
    first, second and last third.

    Returns:
        Whether anything was asked for, and the three.
    """
    end = whole(told).end
    led, of = _led(told)
    if not led:
        first, second = HostNs(end // 3), HostNs(2 * end // 3)
        return False, (
            Span("before", "the first third, for nothing was asked for", HostNs(0), first),
            Span("during", "the second third", first, second),
            Span("after", "the last third", second, end),
        )
    first, last = min(start for start, _ in led), max(stop for _, stop in led)
    return True, (
        Span("before", f"from the start of the recording to the first {of}", HostNs(0), first),
        Span("during", f"from the first {of} to the end of the last", first, last),
        Span("after", f"from the end of the last {of} to the end of the recording", last, end),
    )


def _led(told: Told) -> tuple[list[tuple[HostNs, HostNs]], str]:
    """From when to when something was asked of the body, and what it is called."""
    end = whole(told).end
    if told.header.routine is not None:
        spans = [(each.start, each.end) for each in done_steps(told) if _kind(told, each) in LED]
        open_ones = [(each.start, each.end) for each in paced(told) if not each.closed]
        return [*spans, *open_ones], "led step"
    spans = [(each.start, each.end) for each in paced(told)]
    spans += [(each.start, each.end) for each in told.measured]
    asked = [mark for mark in told.marks if mark.verb == "hold"]
    for mark, after in zip(asked, [*(each.t for each in asked[1:]), end], strict=False):  # of none there is an end too
        if mark.arg:
            spans.append((mark.t, after))
    return spans, "thing asked for"


def _kind(told: Told, scored: Scored) -> StepKind | None:
    step = steps_of(told).get((scored.id, scored.side))
    return step.kind if step else None
