"""What of a status is heard when it changes: tones and words for what has become of the session since the last one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from tidehold.records import HostNs, Snapshot
from tidehold.routine import ENDED, Finding, Guide
from tidehold.sound.tones import Kind

HOLD: Final = "/hold_s"
"""Ends the name of the estimate that says how long a hold has lasted."""
_PARTS: Final[dict[str, Kind]] = {"press": "press", "deepen": "deepen"}
_NUMBER: Final = re.compile(r"\d+")


class Change(NamedTuple):
    """Something to be heard: a tone, or words, or both; `urgent` words come instead of others."""

    kind: Kind | None
    text: str = ""
    urgent: bool = False


class Seen(NamedTuple):
    """All of a snapshot that is heard when it changes."""

    guide: Guide | None
    asks: str
    lost: frozenset[str]
    holding: frozenset[str]
    ended: frozenset[tuple[str, HostNs]]
    """Holds that are over, by source and start."""
    is_held: bool
    """The breath, though nobody asked for it."""


def seen(snapshot: Snapshot, before: Seen | None) -> Seen:
    """What is to be seen of a snapshot; a sensor that was lost before is so until all its streams are on again."""
    was_lost = before.lost if before else frozenset()
    return Seen(
        snapshot.guide,
        snapshot.doing.asks if snapshot.doing else "",
        frozenset(source for source, link in snapshot.links.items() if link.is_lost(was_lost=source in was_lost)),
        frozenset(
            name.removesuffix(HOLD)
            for name, estimate in snapshot.estimates.items()
            if name.endswith(HOLD) and estimate.value is not None
        ),
        frozenset((hold.source, hold.start) for hold in snapshot.holds),
        _is_held(snapshot),
    )


def changes(before: Seen, after: Seen, snapshot: Snapshot) -> Iterator[Change]:
    """What is to be heard, what matters most first."""
    yield from _of_guide(before.guide, after.guide)
    yield from _of_sensors(before, after, snapshot)
    if after.guide is None:  # else the coach says so, if it is wrong there
        if after.is_held and not before.is_held:
            yield Change("warning", "breath held")
        if after.asks and _words(after.asks) != _words(before.asks):
            yield Change(None, after.asks, urgent=True)
    # Who follows a routine lies still for many a reason; only where a hold is asked for is its beginning news.
    if (after.guide is None or snapshot.due is not None) and not after.holding <= before.holding:
        yield Change("hold-start")
    if (after.guide is None or _is_hold(before.guide, snapshot)) and not after.ended <= before.ended:
        yield Change("hold-end")


def _of_guide(before: Guide | None, after: Guide | None) -> Iterator[Change]:
    if after is None or before is None or after.routine != before.routine:
        if after is not None and after.state in ("asking", "waiting", "running"):
            yield from _step(after)
        return
    changed = after.state != before.state
    if changed and after.state in ENDED:
        is_done = after.state == "done"
        yield Change("done" if is_done else "stopped", after.ended or ("that was all" if is_done else ""), urgent=True)
    elif after.question is not None:
        if after.question != before.question:
            yield from _step(after)
    elif changed and after.state == "paused":
        yield Change("step", "paused", urgent=True)
    elif after.at != before.at or (changed and before.state in ("ready", "asking", "paused")):
        yield from _step(after)
        if after.part:
            yield Change(_PARTS.get(after.part))  # the step has been told with what to do
    elif after.part != before.part and after.part:
        yield Change(_PARTS.get(after.part), after.prompt or after.part, urgent=True)
    elif after.prompt and _words(after.prompt) != _words(before.prompt):
        yield Change(None, after.prompt, urgent=True)
    yield from _findings(before, after)


def _findings(before: Guide, after: Guide) -> Iterator[Change]:
    known = {_key(finding) for finding in before.findings}
    for finding in after.findings:
        if _key(finding) not in known and finding.until is None:
            is_lost = finding.kind == "sensor-lost"  # its tone comes with the link's news, or has come
            yield Change(None if is_lost else "warning", finding.text)


def _step(guide: Guide) -> Iterator[Change]:
    """A step begins, or its question waits."""
    if guide.question is not None:
        answers = f" Answer {' or '.join(guide.question.answers)}." if guide.question.answers else ""
        yield Change("question", f"{guide.question.text}{answers}", urgent=True)
    elif 0 <= guide.at < len(guide.bars) and guide.state in ("waiting", "running"):
        bar = guide.bars[guide.at]
        name = f"{bar.name}, {bar.side}" if bar.side and bar.side not in bar.name else bar.name
        text = name if not guide.prompt or guide.prompt == bar.name else f"{name}. {guide.prompt}"
        yield Change("step", text, urgent=True)


def _of_sensors(before: Seen, after: Seen, snapshot: Snapshot) -> Iterator[Change]:
    for source in sorted(after.lost - before.lost):
        is_refused = snapshot.links[source].state == "refused"
        yield Change("lost", f"{source} {'cannot be reached' if is_refused else 'lost'}")
    for source in sorted(before.lost - after.lost):
        yield Change("back", f"{source} is back")


def _is_hold(guide: Guide | None, snapshot: Snapshot) -> bool:
    """Whether a hold was asked for until now: at its end, what is asked for may be over already."""
    return snapshot.due is not None or (guide is not None and guide.target_deg is not None)


def _key(finding: Finding) -> tuple[str, str, str, HostNs]:
    return finding.kind, finding.step, finding.side, finding.since


def _words(text: str) -> str:
    """A text without its numbers: what counts down is not said again every second."""
    return _NUMBER.sub("", text)


def _is_held(snapshot: Snapshot) -> bool:
    held = snapshot.estimates.get("breathing/held_s")
    if held is None or not held.value:
        return False
    return snapshot.pacing is None or not snapshot.pacing.had_pause(snapshot.t)
