"""The recorder loop: one queue orders the inputs, the log keeps them, the fold is told of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from tidehold.errors import LogError, TideholdError
from tidehold.records import HostNs, Input, Output, Stop
from tidehold.sources.contract import Put, Source
from tidehold.units import NS

FLUSH_EVERY_S = 0.5
"""A killed process loses at most this much, and the time of one flush."""
BACKLOG_LIMIT_S = 10.0
"""Inputs older than this when their turn comes mean that the machine cannot keep up."""
BACKLOG_GRACE_S = 1.0
"""...if they stay so for this long: a process that was merely frozen catches up in milliseconds."""


class Clock(Protocol):
    """What the recorder asks the time of; see `tidehold.sources.clock.SessionClock`."""

    def now(self) -> HostNs:
        """Nanoseconds since the session began."""
        ...


class Log(Protocol):
    """What the recorder asks of a session file; see `tidehold.log.writer.SessionWriter`."""

    def append(self, item: Input) -> None:
        """Keep an input."""
        ...

    def put(self, out: Output) -> None:
        """Keep what the fold said of it."""
        ...

    def flush(self) -> None:
        """Hand everything to the operating system."""
        ...

    def sync(self) -> None:
        """Hand everything to the disk; called in a thread."""
        ...

    def finish(self) -> object:
        """Complete the file; called in a thread."""
        ...


class Fold(Protocol):
    """What the recorder asks of a session; see `tidehold.session.fold.Session`."""

    def feed(self, item: Input) -> list[Output]:
        """What one input leads to."""
        ...


Show = Callable[[Output], None]


class Durable:
    """Up to when all that had arrived is on the disk: what a power cut could not take."""

    until: HostNs = HostNs(0)


class BacklogError(TideholdError):
    """Inputs came faster than they could be written for too long."""


def discard(_: Output) -> None:
    """Show outputs to nobody."""


async def record(  # noqa: PLR0913, PLR0917 - what a recording is made of
    sources: Iterable[Source],
    log: Log,
    session: Fold,
    clock: Clock,
    show: Show = discard,
    durable: Durable | None = None,
) -> Stop:
    """Record until a source puts a `Stop`; the file is finished when this returns. `durable` is kept up to date.

    Raw input is logged before it is looked at, and never dropped.

    Raises:
        SourceError: A source gave up; the file is finished all the same.
        BacklogError: More than 10 s of backlog; all that had arrived is in the finished file.
        LogError: The file cannot be written; what was flushed can be recovered.
    """
    inbox: asyncio.Queue[Input] = asyncio.Queue()
    given_up: list[TideholdError] = []
    stop: Stop | None = None

    async def run(source: Source) -> None:
        try:
            await source.run(inbox.put_nowait)
        except TideholdError as error:
            given_up.append(error)
            inbox.put_nowait(Stop(clock.now(), f"{source.name}: {error}"))

    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(run(s), name=s.name) for s in (*sources, _Flusher(log, clock, durable or Durable()))
        ]
        try:
            try:
                stop = await _consume(inbox, log, session, clock, show)
            except BacklogError as error:
                given_up.append(error)
            await asyncio.to_thread(log.finish)
        except LogError as error:  # let out of the task group, it would arrive wrapped
            given_up.append(error)
        except BaseException:  # a bug, or cancelled from outside: what has arrived stays recoverable
            log.flush()
            raise
        for task in running:
            task.cancel()
    if given_up or stop is None:
        raise given_up[0]
    return stop


def record_all(inputs: Iterable[Input], log: Log, session: Fold, show: Show = discard) -> None:
    """Record inputs that are there already, without waiting: the same file as `record` makes, in virtual time."""
    flushed = 0
    for item in inputs:
        log.append(item)
        _tell(session.feed(item), log, show)
        if item.t - flushed > FLUSH_EVERY_S * NS:
            log.flush()
            flushed = item.t
    log.finish()


async def _consume(inbox: asyncio.Queue[Input], log: Log, session: Fold, clock: Clock, show: Show) -> Stop:
    """Log and fold what arrives, up to the stop.

    Raises:
        BacklogError: Too late for too long; all that had arrived is logged and folded.
    """
    late_since: HostNs | None = None
    while True:
        item = await inbox.get()
        now = clock.now()
        late_since = (late_since or now) if now - item.t > BACKLOG_LIMIT_S * NS else None
        if late_since is not None and now - late_since > BACKLOG_GRACE_S * NS:
            behind = f"{(now - item.t) / NS:.0f} s behind with {inbox.qsize()} inputs waiting"
            _give_up([item, *_drain(inbox)], Stop(now, f"backlog: {behind}"), log, session, show)
            raise BacklogError(f"recording stopped, {behind}: close other programs and start again")
        log.append(item)
        _tell(session.feed(item), log, show)
        if isinstance(item, Stop):
            return item
        if not inbox.empty():
            await asyncio.sleep(0)  # Queue.get does not yield while there is more: sources need their turn


def _give_up(waiting: list[Input], stop: Stop, log: Log, session: Fold, show: Show) -> None:
    """Keep all that has arrived, first of all; then fold it, so that the file is whole."""
    rest: list[Input] = [*(item for item in waiting if not isinstance(item, Stop)), stop]
    for item in rest:
        log.append(item)
    log.flush()
    for item in rest:
        _tell(session.feed(item), log, show)


def _drain(inbox: asyncio.Queue[Input]) -> Iterable[Input]:
    while not inbox.empty():
        yield inbox.get_nowait()


def _tell(outputs: list[Output], log: Log, show: Show) -> None:
    for out in outputs:
        log.put(out)
        show(out)


class _Flusher:
    """Flushes on the loop (0.2 ms) and syncs off it (up to tens of ms); no input of its own but trouble."""

    name = "disk"

    def __init__(self, log: Log, clock: Clock, durable: Durable) -> None:
        self._log = log
        self._clock = clock
        self._durable = durable

    async def run(self, _: Put) -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            flushed = self._clock.now()
            self._log.flush()
            await asyncio.to_thread(self._log.sync)
            self._durable.until = flushed
