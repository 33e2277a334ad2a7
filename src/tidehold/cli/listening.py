"""`listen`: a session for closed eyes, without a screen."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tidehold.cli.output import give, say
from tidehold.cli.settings import place_of
from tidehold.cli.sounding import Hearing, heard
from tidehold.daemon.client import Client, connect
from tidehold.daemon.config import load_config
from tidehold.daemon.place import Place
from tidehold.errors import ConfigError, SourceError
from tidehold.sound.desk import Desk
from tidehold.sound.desk_process import DeskProcess
from tidehold.sound.orders import Report
from tidehold.sound.sinks import FileSink
from tidehold.sound.sounder import Desk as AnyDesk
from tidehold.sound.sounder import Sounder
from tidehold.sound.speech import find_engine
from tidehold.units import NS


def listen(arguments: argparse.Namespace) -> int:
    """`tidehold listen`: until the session is over, or Ctrl-C; the recording does not notice.

    Raises:
        ConfigError: The file cannot be written.
        SourceError: Nothing can be heard here.
    """
    hearing = Hearing.of(arguments, load_config(None))
    result = asyncio.run(_listen(place_of(arguments), hearing, arguments.to))
    if arguments.json:
        give(result)
    return 0


async def _listen(place: Place, hearing: Hearing, to: Path | None) -> dict[str, Any]:
    result: dict[str, Any] = {}
    async with connect(place) as client:
        sounder = Sounder(
            lambda report: _desk(report, hearing, to, result), volume=hearing.volume, muted=hearing.is_muted
        )
        say(f"listening to {client.hello.path}; Ctrl-C ends that, and not the recording")
        reading = asyncio.ensure_future(_read(client, sounder, result))
        for each in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(each, reading.cancel)
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await reading
        finally:
            await asyncio.to_thread(sounder.close)
    return result


async def _read(client: Client, sounder: Sounder, result: dict[str, Any]) -> None:
    async for status in heard(client.statuses(), sounder):
        result["session"] = status.recording.path
        result["to_s"] = status.snapshot.t / NS
        if "file" in result:
            result["from_s"] = (result["started_ns"] - status.recording.started) / NS
        failure = sounder.failure
        for text in iter(sounder.news, ""):
            if text != failure:
                say(text)
        if failure:
            raise SourceError(failure)


def _desk(report: Callable[[Report], None], hearing: Hearing, to: Path | None, result: dict[str, Any]) -> AnyDesk:
    if to is None:
        return DeskProcess(report, speaks=hearing.speaks)
    engine = find_engine() if hearing.speaks else None
    try:
        desk = Desk(lambda mixer, now, hear: FileSink(to, mixer, now, hear), engine, report, speaks=hearing.speaks)
    except OSError as error:
        raise ConfigError(f"--to {to}: expected a file that can be written, found: {error.strerror or error}") from None
    # when its first sample is: the clock of the sound is not the wall clock
    result |= {"file": str(to), "started_ns": time.time_ns() - round((time.monotonic() - desk.sink.start_s) * NS)}
    return desk
