"""`watch`, `status`, `stop`, and the dashboards of `record`, `demo` and `replay`: views of a session."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

from tidehold.cli.output import give, say
from tidehold.cli.settings import place_of
from tidehold.cli.sounding import Hearing, heard, sounding
from tidehold.coach.pacing import pattern_of
from tidehold.daemon.client import Client, HubError, connect, status_now, stop_now
from tidehold.daemon.config import load_config
from tidehold.daemon.launch import launch
from tidehold.daemon.place import Place, is_held
from tidehold.daemon.player import Player, length_of
from tidehold.daemon.summary import Summary
from tidehold.errors import ConfigError
from tidehold.log.reader import read_session
from tidehold.records import Pattern, Status
from tidehold.sources.clock import boot_ns
from tidehold.tui.app import Dashboard, Options, Outcome
from tidehold.units import NS

PROGRAM: Final = (sys.executable, "-m", "tidehold.cli")
FAILED: Final = 1
"""Exit code of a view that broke; it has said how."""
ONCE: Final = ("--new-password", "--headless")
"""Words that are done with when the recorder is started."""


def can_show() -> bool:
    """Whether there is a terminal to draw on and to type on."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def watch(arguments: argparse.Namespace) -> int:
    """`tidehold watch`: the dashboard of the session that is being recorded."""
    need_terminal("status")
    config = load_config(None)
    place = place_of(arguments)
    return _ended(attach(place, pattern_of(config.pacer.pattern), Hearing.of(arguments, config)), place)


def status(arguments: argparse.Namespace) -> int:
    """`tidehold status`: the present moment of the session that is being recorded."""
    now = status_now(place_of(arguments))
    summary = Summary()
    summary.hear(now.snapshot)
    if arguments.json:
        recording = now.recording
        give(
            {
                **summary.result(Path(recording.path)),
                "state": recording.state,
                "bytes_written": recording.bytes_written,
                "unsynced_s": round(recording.unsynced_s, 3),
                "links": {source: link.state for source, link in now.snapshot.links.items()},
            }
        )
    else:
        print(f"{now.recording.path}  {now.recording.bytes_written} bytes")
        print(summary.line())
    return 0


def stop(arguments: argparse.Namespace) -> int:
    """`tidehold stop`: ends the session that is being recorded, and waits until its file is finished."""
    ended = stop_now(place_of(arguments))
    if arguments.json:
        give({"session": ended.path, "reason": ended.reason})
    else:
        say(f"recorded to {ended.path} ({ended.reason})")
    return 0


def need_terminal(instead: str) -> None:
    """Make sure that a dashboard can be drawn.

    Raises:
        ConfigError: There is no terminal.
    """
    if not can_show():
        raise ConfigError(f"the dashboard needs a terminal, found none: use `tidehold {instead}`")


def record_and_watch(words: Sequence[str], place: Place, pattern: Pattern, hearing: Hearing) -> int:
    """Start a recorder that outlives this terminal, and show it."""
    if is_held(place):
        raise ConfigError("Tidehold records already: `tidehold watch` shows it, `tidehold stop` ends it")
    launch([*PROGRAM, *(word for word in words if word not in ONCE), "--headless", "--place", str(place.folder)], place)
    return _ended(attach(place, pattern, hearing), place)


def demo_and_watch(words: Sequence[str], pattern: Pattern, hearing: Hearing) -> int:
    """A demonstration of its own: it ends when its dashboard is closed."""
    with _own_place() as place:
        launch([*PROGRAM, *words, "--headless", "--place", str(place.folder)], place)
        try:
            outcome = attach(place, pattern, hearing)
        finally:
            with contextlib.suppress(HubError):  # it has ended, and said so
                say(f"recorded to {stop_now(place).path}")
    return FAILED if outcome == "failed" else 0


def attach(place: Place, pattern: Pattern, hearing: Hearing) -> Outcome | Literal["failed"]:
    """Show the recorder's session until the person leaves or it is over; `pattern` is for its pacer key."""

    async def show() -> Outcome | Literal["failed"]:
        async with connect(place) as client:
            with sounding(hearing) as sounder:
                options = Options(pattern, sound=sounder)
                app = Dashboard(heard(client.statuses(), sounder), Live(client), options=options)
                outcome = await app.run_async() or "left"
                return "failed" if app.return_code else outcome

    return asyncio.run(show())


class Live:
    """What a person at a dashboard can do to a session that is being recorded."""

    kind: Final[Literal["live", "replay"]] = "live"

    def __init__(self, client: Client) -> None:
        self._client = client

    async def mark(self, verb: str, arg: str = "") -> None:
        """Put something the person did into the session."""
        await self._client.mark(verb, arg)

    async def stop(self) -> None:
        """End the session."""
        await self._client.stop()


def replay_and_watch(arguments: argparse.Namespace) -> int:
    """`tidehold replay --watch`: the dashboard on a file, with pause, seek and speed."""
    need_terminal("replay FILE")
    film = read_session(arguments.file)
    size = arguments.file.stat().st_size
    player = Player(film, str(arguments.file), size, length_of(film), lambda: boot_ns() / NS, arguments.speed)

    hearing = Hearing.of(arguments, load_config(None))

    async def show() -> int:
        with sounding(hearing) as sounder:
            statuses: AsyncIterator[Status] = heard(player.statuses(), sounder)
            app = Dashboard(statuses, player, options=Options(has_sound=False, sound=sounder))
            await app.run_async()
            return app.return_code or 0

    return asyncio.run(show())


def _ended(outcome: Outcome | Literal["failed"], place: Place) -> int:
    if outcome in ("left", "failed") and is_held(place):
        say("the recording goes on: `tidehold watch` shows it again, `tidehold stop` ends it")
    if outcome == "failed":
        return FAILED
    if outcome == "lost":
        say("the recorder is gone: `tidehold sessions` lists what it wrote, `tidehold recover` completes it")
        return HubError.exit_code
    return 0


@contextlib.contextmanager
def _own_place() -> Iterator[Place]:
    """A folder for one socket; Unix sockets want a short path."""
    folder = Path(tempfile.mkdtemp(prefix="tidehold-"))
    try:
        yield Place(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
