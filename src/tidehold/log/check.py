"""Folds a session's inputs again and compares with what the live run wrote."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from tidehold.errors import LogError
from tidehold.log.derived import Entry
from tidehold.log.inputs import is_input, read_input
from tidehold.log.notes import KEPT
from tidehold.log.reader import SessionFile, read_session
from tidehold.log.refold import MakeFold, Refold
from tidehold.log.scan import Message
from tidehold.session.fold import Session

TOLERANCE: Final = 1e-9
"""Largest relative difference that another platform or library version may make."""
_TINY: Final = 1e-12
"""Differences below this are none: sums around zero have no relative difference to speak of."""
_SHOWN: Final = 10


class Difference(msgspec.Struct, frozen=True):
    """Where a replay said something else: after which input, in which field, and both values."""

    input: int
    field: str
    live: Any
    again: Any


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """What `check` found.

    `same`: the replay says what the live run said; to the byte where `exact`
    (same software and platform), otherwise every number within `tolerance`
    (relative). `largest` gives, for each field with a difference, the largest.
    `unwritten` outputs are those that an interrupted run had no time to write.
    `differences` are the first few; `why` is empty where `same`.
    """

    path: str
    same: bool
    exact: bool
    tolerance: float
    inputs: int
    outputs: int
    unwritten: int
    largest: dict[str, float]
    differences: tuple[Difference, ...]
    why: str


class _Comparison:
    """Compares message by message and keeps count."""

    def __init__(self, *, exact: bool) -> None:
        self.exact = exact
        self.outputs = 0
        self.largest: dict[str, float] = {}
        self.differences: list[Difference] = []
        self.count = 0

    def add(self, number: int, live: Message, again: Entry) -> None:
        """Compare what the live run wrote after input `number` with what the replay says."""
        self.outputs += 1
        if (live.topic, live.t, live.payload) == (again.topic, again.t, again.payload):
            return
        before = self.count
        if live.topic != again.topic:
            self.differ(number, "topic", live.topic, again.topic)
        else:
            self._compare(number, live.topic, msgspec.json.decode(live.payload), msgspec.json.decode(again.payload))
        if self.exact and self.count == before:
            self.differ(number, live.topic, live.payload.decode(), again.payload.decode())

    def differ(self, number: int, field: str, live: Any, again: Any) -> None:
        """Note a difference."""
        self.count += 1
        if len(self.differences) < _SHOWN:
            self.differences.append(Difference(number, field, live, again))

    def _compare(self, number: int, field: str, live: Any, again: Any) -> None:
        if isinstance(live, dict) and isinstance(again, dict) and live.keys() == again.keys():
            for key in live:
                self._compare(number, f"{field} {key}", live[key], again[key])
        elif isinstance(live, list) and isinstance(again, list) and len(live) == len(again):
            for mine, other in zip(live, again, strict=True):
                self._compare(number, field, mine, other)
        elif isinstance(live, int | float) and isinstance(again, int | float):
            self._number(number, field, live, again)
        elif live != again and (self.exact or field != "/out/digest hash"):
            self.differ(number, field, live, again)

    def _number(self, number: int, field: str, live: float, again: float) -> None:
        if live == again:
            return
        relative = abs(live - again) / max(abs(live), abs(again))
        self.largest[field] = max(relative, self.largest.get(field, 0.0))
        if self.exact or not math.isclose(live, again, rel_tol=TOLERANCE, abs_tol=_TINY):
            self.differ(number, field, live, again)


def check(
    path: Path, *, software: Mapping[str, str], platform: Mapping[str, str], make_fold: MakeFold = Session
) -> CheckResult:
    """Fold a session's inputs again and compare with what the live run wrote.

    An interrupted session may be checked as it is: it must agree as far as it goes.

    Args:
        path: The session file.
        software: Versions in use now; where they and `platform` are those of the header, every byte must be the same.
        platform: The machine in use now.
        make_fold: Makes the fold.

    Raises:
        LogError: See `read_session`.
    """
    file = read_session(path, unfinished=True)
    if file.recovered is not None and file.recovered.header != KEPT:
        raise LogError(f"{path} cannot be checked: {file.recovered.header}")
    exact = (file.header.software, file.header.platform) == (dict(software), dict(platform))
    comparison = _Comparison(exact=exact)
    why = ""
    unwritten = 0
    try:
        unwritten = _compare(file, Refold(file.header, make_fold), comparison)
    except LogError as error:
        why = str(error)
    else:
        if comparison.count:
            why = f"the replay differs from the live run in {comparison.count} places"
        elif unwritten and file.finished and file.recovered is None:
            why = f"the live run did not write the last {unwritten} outputs of the replay"
    return CheckResult(
        path=str(path),
        same=not why,
        exact=exact,
        tolerance=0.0 if exact else TOLERANCE,
        inputs=file.inputs_count,
        outputs=comparison.outputs,
        unwritten=unwritten,
        largest=comparison.largest,
        differences=tuple(comparison.differences),
        why=why,
    )


def _compare(file: SessionFile, refold: Refold, comparison: _Comparison) -> int:
    """Run the comparison; how many outputs of the replay the file does not have."""
    waiting: deque[tuple[int, Entry]] = deque()  # a recorder that is behind writes several inputs, then their outputs
    last = 0
    closed = False
    for topic, number, t, payload in file.messages():
        if is_input(topic):
            last = number
            waiting.extend((number, entry) for entry in refold.feed(number, read_input(topic, t, payload)))
        elif topic.startswith("/out/"):
            if not waiting and not closed:
                closed = True
                waiting.extend((last, entry) for entry in refold.close())
            if waiting:
                after, again = waiting.popleft()
                comparison.add(after, Message(topic, number, t, payload), again)
            else:
                comparison.differ(last, topic, payload.decode(), None)
    return len(waiting) + (0 if closed else len(refold.close()))
