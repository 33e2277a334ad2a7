"""A view's end of the recorder's socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeVar

import msgspec

from tidehold import __version__
from tidehold.daemon.lines import (
    PROTOCOL,
    STATUS_LIMIT,
    STATUS_START,
    Done,
    End,
    Hello,
    Lines,
    MarkWish,
    QuietWish,
    StopWish,
    Trouble,
    Wish,
    read_said,
    write,
)
from tidehold.daemon.place import Place, check_place, holder, is_held
from tidehold.errors import TideholdError
from tidehold.records import Status, decode_status

ANSWER_S: Final = 5.0
"""How long a recorder may take for an answer: it has none of its own to wait for."""
GONE: Final = (
    "the recorder is gone without a word (was it killed?): `tidehold sessions` lists the session as interrupted, "
    "and `tidehold recover` completes it"
)

Result = TypeVar("Result")


class HubError(TideholdError):
    """The recorder cannot be asked; the text says what to do."""

    exit_code = 4


class NoRecorderError(HubError):
    """Nothing is being recorded."""


@contextlib.asynccontextmanager
async def connect(place: Place, within_s: float = ANSWER_S) -> AsyncIterator[Client]:
    """Be a view of what is being recorded.

    Raises:
        NoRecorderError: Nothing is being recorded there.
        HubError: The recorder does not answer, or speaks otherwise.
        ConfigError: The folder of the socket is not to be trusted.
    """
    try:
        check_place(place)
        async with asyncio.timeout(within_s):
            transport, wire = await asyncio.get_running_loop().create_unix_connection(_Wire, str(place.socket))
    except FileNotFoundError:
        raise NoRecorderError(f"nothing is being recorded (no socket in {place.folder}): {_START}") from None
    except ConnectionRefusedError:
        if is_held(place):
            raise HubError(f"the recorder {_named(place)} is just starting or ending: try again") from None
        raise NoRecorderError(
            "nothing is being recorded; the last recorder ended without a word: `tidehold sessions` lists "
            f"its session as interrupted; {_START}"
        ) from None
    except TimeoutError:
        raise HubError(_silent(place)) from None
    except OSError as error:
        raise HubError(f"cannot reach the recorder at {place.socket}: {error.strerror or error}") from None
    try:
        yield Client(wire, await _greeted(wire, place, within_s))
    finally:
        transport.abort()
        await wire.closed


class Client:
    """A view: what it is told, and what it may wish."""

    def __init__(self, wire: _Wire, hello: Hello) -> None:
        self._wire = wire
        self.hello: Final = hello

    @property
    def ended(self) -> End | None:
        """Why the session ended, once it did."""
        return self._wire.end

    async def statuses(self) -> AsyncIterator[Status]:
        """The newest status each time there is one, up to the end of the session; for one consumer.

        Raises:
            HubError: The recorder is gone, or speaks otherwise.
        """
        wire = self._wire
        while True:
            await wire.changed.wait()
            wire.changed.clear()
            if wire.status:
                status, wire.status = wire.status, b""
                yield _decoded(status)
            if wire.end is not None:
                return
            wire.check()

    async def mark(self, verb: str, arg: str = "") -> None:
        """Tell what the person did.

        Raises:
            HubError: The recorder does not take it; says why.
        """
        await self._wish(MarkWish(verb, arg))

    async def stop(self) -> None:
        """Ask for the end of the session; `statuses` and `finished` tell when it has come.

        Raises:
            HubError: The recorder does not take it; says why.
        """
        await self._wish(StopWish())

    async def one_status(self) -> Status:
        """The newest status, and no more after it.

        Raises:
            HubError: There is none.
        """
        await self._wish(QuietWish())
        if not self._wire.status:
            raise HubError("the session ended before there was anything to tell")
        return _decoded(self._wire.status)

    async def finished(self, within_s: float) -> End:
        """Wait for the end of the session.

        Raises:
            HubError: The recorder is gone, or takes longer.
        """
        try:
            async with asyncio.timeout(within_s):
                async for _ in self.statuses():
                    pass
        except TimeoutError:
            raise HubError(f"the recorder (process {self.hello.pid}) is still at it after {within_s:.0f} s") from None
        assert self._wire.end is not None  # noqa: S101 - or statuses() had raised
        return self._wire.end

    async def _wish(self, wish: Wish) -> None:
        answer = self._wire.ask(wish)
        try:
            async with asyncio.timeout(ANSWER_S):
                said = await answer
        except TimeoutError:
            raise HubError(f"the recorder (process {self.hello.pid}) does not answer: is it frozen?") from None
        if isinstance(said, Trouble):
            raise HubError(f"the recorder did not take it: {said.why}")


def hello_now(place: Place, within_s: float = ANSWER_S) -> Hello:
    """Who records there; for programs without a loop.

    Raises:
        HubError: As from `connect`.
    """

    async def answer(client: Client) -> Hello:
        return client.hello

    return _once(place, answer, within_s)


def status_now(place: Place) -> Status:
    """The newest status; for programs without a loop.

    Raises:
        HubError: As from `connect` and `Client.one_status`.
    """
    return _once(place, Client.one_status)


def stop_now(place: Place, within_s: float = 60.0) -> End:
    """End the session and wait until its file is finished; for programs without a loop.

    Raises:
        HubError: As from `connect`, `Client.stop` and `Client.finished`.
    """

    async def stop(client: Client) -> End:
        await client.stop()
        return await client.finished(within_s)

    return _once(place, stop)


_START: Final = "`tidehold record` starts"


def _once(place: Place, ask: Callable[[Client], Awaitable[Result]], within_s: float = ANSWER_S) -> Result:
    async def run() -> Result:
        async with connect(place, within_s) as client:
            return await ask(client)

    return asyncio.run(run())


def _named(place: Place) -> str:
    pid = holder(place)
    return f"(process {pid})" if pid else "(of an unknown process)"


def _silent(place: Place) -> str:
    return f"the recorder {_named(place)} does not answer: is it frozen? Try again, or end it with `kill`"


async def _greeted(wire: _Wire, place: Place, within_s: float) -> Hello:
    try:
        async with asyncio.timeout(within_s):
            said = await wire.greeting
    except TimeoutError:
        raise HubError(_silent(place)) from None
    if isinstance(said, Trouble):
        raise HubError(f"the recorder refuses: {said.why}")
    if said.protocol != PROTOCOL:
        raise HubError(
            f"the recorder is Tidehold {said.tidehold} with protocol {said.protocol}, this is Tidehold {__version__} "
            f"with protocol {PROTOCOL}: use the same version, or end it there (`kill {said.pid}` finishes its file)"
        )
    return said


def _decoded(status: bytes) -> Status:
    try:
        return decode_status(status)
    except (ValueError, RecursionError) as error:
        raise HubError(f"the recorder tells a status that this version cannot read: {error}") from None


class _Wire(asyncio.Protocol):
    """Reads all that comes, and keeps the newest of it: however slow the view is, the recorder is not held up."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.greeting: asyncio.Future[Hello | Trouble] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self.changed = asyncio.Event()
        self.status = b""
        self.end: End | None = None
        self._why = ""
        self._waiting: deque[asyncio.Future[Done | Trouble]] = deque()
        self._lines = Lines(STATUS_LIMIT)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            self._take(line)
        self.changed.set()

    def connection_lost(self, _: Exception | None) -> None:
        self._give_up(GONE)
        self.closed.set_result(None)

    def ask(self, wish: Wish) -> asyncio.Future[Done | Trouble]:
        """Send a wish; the answer comes in turn.

        Raises:
            HubError: There is nobody to ask.
        """
        self.check()
        if self.end is not None:
            raise HubError("the session is over")
        answer: asyncio.Future[Done | Trouble] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        assert isinstance(self._transport, asyncio.WriteTransport)  # noqa: S101 - a socket's
        self._transport.write(write(wish))
        return answer

    def check(self) -> None:
        """Whether the recorder is there.

        Raises:
            HubError: It is not, and it said no goodbye.
        """
        if self._why and self.end is None:
            raise HubError(self._why)

    def _take(self, line: bytes | None) -> None:
        if line is not None and line.startswith(STATUS_START):
            self.status = line
            return
        try:
            said = read_said(line or b"")
        except (ValueError, msgspec.MsgspecError):
            self._give_up("something else than a Tidehold recorder of this version serves there: stop it first")
            self._transport.close()
            return
        match said:
            case End():
                self.end = said
                self._give_up("the session is over")
            case Hello():
                _settle(self.greeting, said)
            case Done() | Trouble():
                if isinstance(said, Trouble):
                    _settle(self.greeting, said)
                if self._waiting:
                    _settle(self._waiting.popleft(), said)

    def _give_up(self, why: str) -> None:
        """Nothing more will come."""
        self._why = self._why or why
        _settle(self.greeting, Trouble(why))
        for answer in self._waiting:
            _settle(answer, Trouble(why) if self.end is None else Done())
        self._waiting.clear()
        self.changed.set()


def _settle(future: asyncio.Future[Result], result: Result) -> None:
    if not future.done():
        future.set_result(result)
