"""Tells every view of the session how it goes, and takes their wishes; none of them can slow it down.

A view that does not read costs nothing: one line is on its way to it, and when that is through it is
told the newest status, whatever came between. `Hub.tell` only ever writes what the system takes at once.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import socket
import struct
from collections.abc import Callable
from typing import Final, Protocol, Self, cast

from tidehold import __version__
from tidehold.daemon.lines import (
    PROTOCOL,
    WISH_LIMIT,
    Done,
    End,
    Hello,
    Lines,
    MarkWish,
    QuietWish,
    Said,
    StopWish,
    Trouble,
    Wish,
    read_wish,
    write,
)
from tidehold.daemon.place import Seat
from tidehold.daemon.recorder import Clock
from tidehold.errors import ConfigError, TideholdError
from tidehold.records import HostNs, Mark, Recording, Snapshot, Status, Stop, encode
from tidehold.sources.contract import Put
from tidehold.units import NS

VIEW_LIMIT: Final = 32
"""Views at a time."""
TROUBLE_LIMIT: Final = 10
"""Lines without sense after which a view is sent away."""
WISH_BURST: Final = 20
"""Wishes that a view may have at once..."""
WISHES_PER_S: Final = 10.0
"""...and in the long run: wishes are inputs, and inputs are never dropped."""
UNSENT_LIMIT: Final = 1024 * 1024
"""Bytes of answers that a view may leave unread before it is cut."""
GOODBYE_S: Final = 1.0
"""How long the end of the session waits for views that do not read."""

_log = logging.getLogger(__name__)


class Connection(Protocol):
    """What is asked of a socket; asyncio gives its own kind."""

    def fileno(self) -> int:
        """Its descriptor."""
        ...

    def getsockopt(self, level: int, optname: int, buflen: int, /) -> bytes:
        """An option's bytes."""
        ...


def peer_uid(connection: Connection) -> int | None:
    """The user at the other end of a Unix socket; None where the system does not tell."""
    if hasattr(socket, "SO_PEERCRED"):
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", raw)[1])
    get = getattr(ctypes.CDLL(None), "getpeereid", None)  # BSD, macOS
    uid, gid = ctypes.c_uint32(), ctypes.c_uint32()
    if get is None or get(connection.fileno(), ctypes.byref(uid), ctypes.byref(gid)):
        return None  # the folder's mode keeps others out all the same
    return uid.value


class Hub:
    """A source of what people wish, and the place where views are told of the session.

    Use it in an `async with` around the recording: views hear the end, and its reason, on leaving.

    Args:
        clock: Stamps the wishes.
        seat: Where it serves, see `tidehold.daemon.place.claim`.
        recording: How the recording itself is going, at the moment it is called.
        look_every_s: How often it makes sure that views can still find the socket.
    """

    name: Final = "hub"

    def __init__(
        self, clock: Clock, seat: Seat, recording: Callable[[], Recording], *, look_every_s: float = 5.0
    ) -> None:
        self._clock = clock
        self._seat = seat
        self._recording = recording
        self._look_every_s = look_every_s
        self._views: set[_View] = set()
        self._put: Put | None = None
        self._newest: Snapshot | None = None
        self._line = b""
        self._reason = ""
        self._stopping = self._failed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is not None:
            self._reason = str(error) if isinstance(error, TideholdError) else f"it failed ({type(error).__name__})"
        await self._say_goodbye()

    async def run(self, put: Put) -> None:
        """Serves until cancelled; views that are there then stay until the hub is left."""
        loop = asyncio.get_running_loop()
        self._put = put
        server = await loop.create_unix_server(lambda: _View(self), sock=self._seat.listener)
        lost = False
        try:
            while True:
                await asyncio.sleep(self._look_every_s)
                if self._seat.is_there():
                    continue
                server.close()
                try:
                    self._seat.renew()
                except ConfigError as error:  # the recording goes on without new views
                    if not lost:
                        _log.warning("views cannot connect any more: %s", error)
                    lost = True
                    continue
                lost = False
                server = await loop.create_unix_server(lambda: _View(self), sock=self._seat.listener)
        finally:
            self._put = None
            server.close()

    def tell(self, snapshot: Snapshot) -> None:
        """Tell every view; never waits, never raises."""
        self._newest, self._line = snapshot, b""
        for view in tuple(self._views):
            view.tell()

    def end(self, reason: str) -> None:
        """Say why the session ended; views are told on leaving the hub."""
        self._reason = reason

    @property
    def views(self) -> int:
        """How many are connected."""
        return len(self._views)

    def status(self) -> bytes:
        """The newest status as a line, empty if there is none yet; encoded once for all views."""
        if not self._line and self._newest is not None:
            try:
                self._line = encode(Status(self._recording(), self._newest)) + b"\n"
            except Exception:  # noqa: BLE001 - a bug in what is shown must not end what is recorded
                if not self._failed:
                    _log.exception("a status could not be told")
                self._failed = True
        return self._line

    def admit(self, view: _View, uid: int | None) -> None:
        """Greet a new view, or send it away."""
        if uid is not None and uid != os.geteuid():
            view.send_away(f"this recorder is user {os.geteuid()}'s, and you are user {uid}")
        elif len(self._views) >= VIEW_LIMIT:
            view.send_away(f"{VIEW_LIMIT} views are connected already: close one of them")
        else:
            now = self._recording()
            view.say(Hello(PROTOCOL, __version__, now.session, now.path, os.getpid()))
            self._views.add(view)
            view.tell()

    def forget(self, view: _View) -> None:
        """A view is gone."""
        self._views.discard(view)

    def now(self) -> HostNs:
        """Session time, ns."""
        return self._clock.now()

    def grant(self, wish: MarkWish | StopWish) -> Said:
        """Make an input of a wish."""
        if self._put is None:
            return Trouble("the session is over")
        if isinstance(wish, MarkWish):
            self._put(Mark(self.now(), wish.verb, wish.arg))
        elif not self._stopping:
            self._put(Stop(self.now(), "asked to"))
            self._stopping = True
        return Done()

    async def _say_goodbye(self) -> None:
        """The last status and the reason, to those who read; the others are cut."""
        views = tuple(self._views)
        if not views:
            return
        self._line = b""  # the recording is in another state than at the last tick
        last = self.status() + write(End(self._reason or "it was ended", self._recording().path))
        for view in views:
            view.finish(last)
        _, frozen = await asyncio.wait([view.closed for view in views], timeout=GOODBYE_S)
        for view in views:
            view.cut()
        if frozen:
            await asyncio.wait(frozen)


class _View(asyncio.Protocol):
    """One client: what it wishes, and the newest status when it has read the one before."""

    def __init__(self, hub: Hub) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._hub = hub
        self._lines = Lines(WISH_LIMIT)
        self._held = self._due = self._quiet = self._asked = False
        self._troubles = 0
        self._tokens = float(WISH_BURST)
        self._counted = hub.now()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=0)  # to be told when all is with the system
        self._hub.admit(self, peer_uid(self._transport.get_extra_info("socket")))

    def connection_lost(self, _: Exception | None) -> None:
        self._hub.forget(self)
        if not self.closed.done():
            self.closed.set_result(None)

    def pause_writing(self) -> None:
        self._held = True

    def resume_writing(self) -> None:
        self._held = False
        if self._due:
            self.tell()

    def data_received(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            if self._transport.is_closing():
                return
            self._take(line)

    def tell(self) -> None:
        """The newest status, now or when the one before is through."""
        if self._transport.is_closing() or (self._quiet and not self._asked):
            return
        self._due = self._held
        status = b"" if self._held else self._hub.status()
        if not status:
            return
        self._transport.write(status)
        if self._asked:
            self._asked = False
            self.say(Done())

    def say(self, line: Said) -> None:
        """An answer, after what is on its way."""
        if self._transport.get_write_buffer_size() > UNSENT_LIMIT:
            self.cut()
        else:
            self._transport.write(write(line))

    def send_away(self, why: str) -> None:
        """Close, with a reason for those who read."""
        self.say(Trouble(why))
        self._transport.close()
        if self._held:
            self.cut()

    def finish(self, last: bytes) -> None:
        """Say this and close."""
        self._transport.write(last)
        self._transport.close()

    def cut(self) -> None:
        """Close at once, whatever is unsent."""
        self._transport.abort()

    def _take(self, line: bytes | None) -> None:
        if line is None:
            self._complain(f"expected lines of at most {WISH_LIMIT} bytes, found a longer one")
        elif not self._may():
            self._complain(f"expected at most {WISHES_PER_S:.0f} wishes a second, found more")
        else:
            try:
                wish = read_wish(line)
            except ValueError as error:
                self._complain(f"expected a wish, found: {str(error)[:200]}")
            else:
                self._answer(wish)

    def _answer(self, wish: Wish) -> None:
        if isinstance(wish, QuietWish):
            self._quiet = self._asked = True
            self.tell()
        else:
            self.say(self._hub.grant(wish))

    def _may(self) -> bool:
        now = self._hub.now()
        refill = (now - self._counted) / NS * WISHES_PER_S
        self._tokens, self._counted = min(float(WISH_BURST), self._tokens + refill), now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _complain(self, why: str) -> None:
        self._troubles += 1
        if self._troubles < TROUBLE_LIMIT:
            self.say(Trouble(why))
        else:
            _log.warning("a view was sent away after %d lines without sense", self._troubles)
            self.send_away(f"{why}; that was the {self._troubles}th such line")
