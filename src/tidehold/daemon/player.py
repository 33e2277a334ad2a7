"""Plays a finished session to a view: as it was, faster, paused, or from somewhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Final, Protocol

from tidehold.errors import SourceError
from tidehold.records import HostNs, Input, Recording, Snapshot, Status
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.units import NS

STEP_S: Final = 0.1
"""How often the position moves on."""
SLICE_S: Final = 0.02
"""Longest time of folding without giving the view its turn."""
SPEEDS: Final = (0.25, 100.0)
LEAD_S: Final = 1.0
"""So long before it one lands, s."""
_NEAR_S: Final = 1.5
"""Back from a landmark that was just passed means the one before it, s."""
_JUST_S: Final = 0.2


class Film(Protocol):
    """What is played; see `tidehold.log.reader.SessionFile`."""

    @property
    def header(self) -> Header:
        """Of the session."""
        ...

    def inputs(self) -> Iterator[Input]:
        """Its inputs, from the start."""
        ...

    def landmarks(self) -> Iterator[HostNs]:
        """When a person did something, or something began to go wrong, in order."""
        ...


class Player:
    """Folds a session again at the pace that its viewer asks for; what it says is what the live run said.

    Going back means folding from the start: the fold only ever goes forward.

    Args:
        film: The session.
        path: Its file.
        length_s: Of the session.
        now: A steady clock, s.
        speed: Times real time.
    """

    kind: Final = "replay"

    def __init__(  # noqa: PLR0913, PLR0917 - what is played, and how
        self, film: Film, path: str, size: int, length_s: float, now: Callable[[], float], speed: float = 1.0
    ) -> None:
        self._film = film
        self._path = path
        self._size = size
        self._length_ns = round(length_s * NS)
        self._now = now
        self._speed = speed
        self._paused = False
        self._position_ns = 0  # at the time `_since`
        self._since = now()
        self._stopped = asyncio.Event()
        self._landmarks: list[int] | None = None
        self._looking = asyncio.Lock()

    async def statuses(self) -> AsyncIterator[Status]:
        """What a view is told, ten times a second, until it asks to stop."""
        fold, inputs, ahead = self._rewound()
        last: Snapshot | None = None
        while not self._stopped.is_set():
            position = self._position()
            if last is not None and last.t > position + NS:
                fold, inputs, ahead = self._rewound()
                last = None
            began = self._now()
            while ahead is not None and ahead.t <= position and self._now() - began < SLICE_S:
                for out in fold.feed(ahead):
                    if isinstance(out, Snapshot):
                        last = out
                ahead = next(inputs, None)
            if last is not None:
                yield self._status(last)
            behind = ahead is not None and ahead.t <= position
            await asyncio.sleep(0 if behind else STEP_S)

    async def pause(self) -> None:
        """Stand still."""
        self._move(self._position())
        self._paused = True

    async def resume(self) -> None:
        """Go on."""
        self._move(self._position())
        self._paused = False

    async def seek(self, by_s: float) -> None:
        """Jump, forward or back; not past the ends."""
        self._move(self._position() + round(by_s * NS))

    async def jump(self, forward: bool) -> None:  # noqa: FBT001 - a direction
        """Go to shortly before the next finding or mark, or the one before.

        Raises:
            SourceError: There is none.
        """
        async with self._looking:  # whoever presses the key again meanwhile comes after
            if self._landmarks is None:
                self._landmarks = await asyncio.to_thread(self._look)  # the whole file is read for it
        here = self._position()
        if forward:
            place = next((t for t in self._landmarks if t > here + _JUST_S * NS), None)
        else:
            place = next((t for t in reversed(self._landmarks) if t < here - _NEAR_S * NS), None)
        if place is None:
            raise SourceError(f"there is no finding or mark {'after' if forward else 'before'} this moment")
        self._move(place)

    async def speed(self, times: float) -> None:
        """Play so many times as fast as it was, within 0.25 and 100."""
        self._move(self._position())
        self._speed = min(max(times, SPEEDS[0]), SPEEDS[1])

    async def stop(self) -> None:
        """End the replay."""
        self._stopped.set()

    async def mark(self, verb: str, arg: str = "") -> None:
        """A session that is over takes no marks."""

    def _look(self) -> list[int]:
        return sorted({max(t - round(LEAD_S * NS), 0) for t in self._film.landmarks()})

    def _rewound(self) -> tuple[Session, Iterator[Input], Input | None]:
        inputs = self._film.inputs()
        return Session(self._film.header), inputs, next(inputs, None)

    def _position(self) -> int:
        if self._paused:
            return self._position_ns
        gone_ns = round((self._now() - self._since) * self._speed * NS)
        return min(self._position_ns + gone_ns, self._length_ns)

    def _move(self, position_ns: int) -> None:
        self._position_ns = min(max(position_ns, 0), self._length_ns)
        self._since = self._now()

    def _status(self, snapshot: Snapshot) -> Status:
        header = self._film.header
        speed = 0.0 if self._paused or self._position() >= self._length_ns else self._speed
        recording = Recording(
            self._path,
            header.session,
            header.started,
            "replay",
            bytes_written=self._size,
            speed=speed,
            length_s=self._length_ns / NS,
        )
        return Status(recording, snapshot)


def length_of(film: Film) -> float:
    """Length of a session, s: when its last input came."""
    last = HostNs(0)
    for item in film.inputs():
        last = item.t
    return last / NS
