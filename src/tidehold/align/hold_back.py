"""Messages and samples back into order, inside a window, and nothing waits that need not.

A phone in a pocket goes silent and then sends a clump, the network swaps and
repeats messages (field-problems 3.4). Where the sender numbers its messages,
a hole in the numbers says that something is under way: only then do later
messages wait for it. Where it does not, each waits a little.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Generic, Literal, NamedTuple, TypeVar

import numpy as np

from tidehold.records import DeviceNs, HostNs, Times, Values
from tidehold.units import NS

WINDOW_NS: Final = 2 * NS
"""How long a message waits for those numbered before it; what swaps messages takes less."""
BLIND_NS: Final = NS // 2
"""How long a message without a number waits."""
CAPACITY: Final = 256
"""Messages held at most; one more, and all are let go."""
RUNS: Final = 8
"""Runs of a sender that are remembered."""
HOLES: Final = 64
"""Holes in the numbers of a run that are remembered."""
FAR_NS: Final = 600 * NS
"""Older than any message that is merely late: a sender that numbers anew has set its clock back, too."""
REMEMBERED: Final = 32
"""Pieces of a stream, as they were let go, in which a sample that comes again is recognised."""

T = TypeVar("T")
Message = tuple[str, int]
"""How the sender numbers a message: its run, and the number in it."""
Standing = Literal[
    "next",  # the one expected, the first of a run, or one without a number
    "ahead",  # others are missing before it
    "old",  # its place was given up: it comes too late, or is from before the first
    "twice",  # it came already
]


class Ready(NamedTuple, Generic[T]):
    """A message whose turn has come; `hole`: those numbered just before it are missing."""

    item: T
    hole: bool


class HoldBack(Generic[T]):
    """Lets the messages of one sender go in the order of their numbers.

    While the numbers have no hole, no message waits. Behind a hole they wait
    until it is filled, or until one of them has waited for 2 s. A run that is
    new, by its name or because its numbers begin anew, waits for nothing.

    Messages without a number wait for 0.5 s each, and go in the order of their
    newest samples.
    """

    __slots__ = ("_blind", "_runs")

    def __init__(self) -> None:
        self._runs: dict[str, _Run[T]] = {}
        self._blind: list[_Held[T]] = []

    @property
    def waiting(self) -> int:
        """How many messages wait."""
        return len(self._blind) + sum(len(run.held) for run in self._runs.values())

    def standing(self, message: Message | None, newest: DeviceNs | None) -> Standing:
        """How a message stands to those before it; `newest`: device time of its newest sample, if it has one."""
        if message is None:
            return "next"
        run = self._runs.get(message[0])
        return "next" if run is None else run.standing(message[1], newest)

    def take(self, item: T, arrival: HostNs, message: Message | None, newest: DeviceNs | None) -> list[Ready[T]]:
        """Take a message in that did not come twice; those whose turn it makes, in order.

        Args:
            item: The message.
            arrival: When it came; not before those taken in earlier.
            message: Its run and number, if it has them.
            newest: Device time of its newest sample, if it has one.
        """
        held = _Held(item, arrival, newest)
        if message is None:
            self._blind.append(held)
            return self.due(arrival) if len(self._blind) <= CAPACITY else self.all()
        name, number = message
        ready: list[Ready[T]] = []
        run = self._runs.get(name)
        if run is None or run.begins_anew(number, newest):
            ready = self.all()
            self._runs.pop(name, None)
            run = self._runs[name] = _Run(number)
            if len(self._runs) > RUNS:
                del self._runs[next(iter(self._runs))]
        return ready + run.take(number, held)

    def due(self, now: HostNs) -> list[Ready[T]]:
        """Messages that have waited long enough at `now`, in order."""
        ready: list[Ready[T]] = []
        for run in self._runs.values():
            if run.held:
                ready += run.due(now)
        if self._blind and self._blind[0].arrival + BLIND_NS <= now:
            newest = max(held.order for held in self._blind if held.arrival + BLIND_NS <= now)
            going = [held for held in self._blind if held.order <= newest]
            self._blind = [held for held in self._blind if held.order > newest]
            ready += [Ready(held.item, hole=False) for held in sorted(going, key=lambda held: held.order)]
        return ready

    def all(self) -> list[Ready[T]]:
        """Everything that waits, in order."""
        ready = [each for run in self._runs.values() for each in run.all()]
        ready += [Ready(held.item, hole=False) for held in sorted(self._blind, key=lambda held: held.order)]
        self._blind = []
        return ready


class _Held(NamedTuple, Generic[T]):
    item: T
    arrival: HostNs
    newest: DeviceNs | None

    @property
    def order(self) -> int:
        return -(1 << 63) if self.newest is None else self.newest


class _Run(Generic[T]):
    """The messages of one run, from the first that came on."""

    __slots__ = ("_first", "_missing", "_newest", "_next", "held")

    def __init__(self, first: int) -> None:
        self.held: dict[int, _Held[T]] = {}
        self._first = self._next = first
        self._newest: int | None = None
        # Ranges of numbers that have not come; what is before the first may still come.
        self._missing: deque[tuple[int, int]] = deque([(-(1 << 63), first)], HOLES)

    def standing(self, number: int, newest: DeviceNs | None) -> Standing:
        if number >= self._next:
            if number in self.held:
                return "twice"
            return "ahead" if number > self._next else "next"
        if self.begins_anew(number, newest):
            return "next"
        return "twice" if self._hole(number) is None else "old"

    def begins_anew(self, number: int, newest: DeviceNs | None) -> bool:
        """Whether a number that is not expected is the first of a new count: its samples are no old ones."""
        if number >= self._next or newest is None or self._newest is None:
            return False
        awaited = number >= self._first and self._hole(number) is not None
        return not awaited and (newest > self._newest or self._newest - newest > FAR_NS)

    def take(self, number: int, held: _Held[T]) -> list[Ready[T]]:
        if held.newest is not None and (self._newest is None or held.newest > self._newest):
            self._newest = held.newest
        if number < self._next:
            self._fill(number)
            return [Ready(held.item, hole=False)]
        if number == self._next and not self.held:
            self._next += 1
            return [Ready(held.item, hole=False)]
        self.held[number] = held
        return self._follow() if len(self.held) <= CAPACITY else self.all()

    def due(self, now: HostNs) -> list[Ready[T]]:
        over = [number for number, held in self.held.items() if held.arrival + WINDOW_NS <= now]
        return self._up_to(max(over)) + self._follow() if over else []

    def all(self) -> list[Ready[T]]:
        return self._up_to(max(self.held)) if self.held else []

    def _up_to(self, last: int) -> list[Ready[T]]:
        """Go on to the number `last`, over holes."""
        ready = []
        for number in sorted(self.held):
            if number > last:
                break
            hole = number > self._next
            if hole:
                self._missing.append((self._next, number))
            ready.append(Ready(self.held.pop(number).item, hole))
            self._next = number + 1
        return ready

    def _follow(self) -> list[Ready[T]]:
        """Go on to the next hole."""
        ready = []
        while held := self.held.pop(self._next, None):
            ready.append(Ready(held.item, hole=False))
            self._next += 1
        return ready

    def _hole(self, number: int) -> tuple[int, int] | None:
        return next((hole for hole in self._missing if hole[0] <= number < hole[1]), None)

    def _fill(self, number: int) -> None:
        hole = self._hole(number)
        if hole is not None:
            self._missing.remove(hole)
            self._missing += [part for part in ((hole[0], number), (number + 1, hole[1])) if part[0] < part[1]]


class Part(NamedTuple):
    """Samples of a stream in one message: times (n,) ns, n > 0, values (n,) or (n, columns)."""

    times: Times
    values: Values
    increasing: bool
    """Whether each time is after the one before it."""


class Merged(NamedTuple):
    """Samples of a stream in order, all after those before: `times` (n,) increasing; what was left out, by number."""

    times: Times
    values: Values
    duplicates: int
    late: int


class StreamOrder:
    """Keeps one stream in order of time, whatever comes: what is too late, or comes again, is left out and counted."""

    __slots__ = ("_recent", "last")

    def __init__(self) -> None:
        self.last: int | None = None
        """Time of the newest sample let go."""
        self._recent: deque[Times] = deque(maxlen=REMEMBERED)

    def merge(self, parts: list[Part]) -> Merged:
        """Let samples go: those of the messages of this turn, one or more."""
        times, values, increasing = parts[0]
        if len(parts) > 1:
            times, values = (np.concatenate([part[column] for part in parts]) for column in (0, 1))
            increasing = bool((times[1:] > times[:-1]).all())
        duplicates = late = 0
        if not increasing:
            order = np.argsort(times, kind="stable")
            times, values = times[order], values[order]
            new = np.concatenate(([True], times[1:] > times[:-1]))
            duplicates = len(times) - int(np.count_nonzero(new))
            times, values = times[new], values[new]
        if self.last is not None and len(times) and times[0] <= self.last:
            cut = int(times.searchsorted(self.last, side="right"))
            again = int(np.count_nonzero(np.isin(times[:cut], np.concatenate(self._recent))))
            duplicates, late = duplicates + again, cut - again
            times, values = times[cut:], values[cut:]
        if len(times):
            self.last = int(times[-1])
            self._recent.append(times)
        return Merged(times, values, duplicates, late)

    def interval_ns(self) -> int | None:
        """Median distance of the samples let go last, ns; None if they are too few to tell."""
        steps = np.sort(np.diff(np.concatenate(self._recent))) if self._recent else ()
        return int(steps[len(steps) // 2]) if len(steps) >= 8 else None
