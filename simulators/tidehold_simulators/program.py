"""What the programs that play a device have in common: orders on standard input, a log of what was sent."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final

from tidehold.errors import SourceError, TideholdError
from tidehold_simulators.body import Body, SeededBody
from tidehold_simulators.recording import RecordedBody
from tidehold_simulators.scenario import Scenario, load_scenario

_STDIN: Final = 0
_BOOT_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def boot_ns() -> int:
    """The session clock of a recorder on this machine, ns: counts through suspend, the same in every process."""
    return time.clock_gettime_ns(_BOOT_CLOCK)


def add_body_arguments(parser: argparse.ArgumentParser) -> None:
    """Options that say whose body it is, and when it was born."""
    parser.add_argument("--scenario", default="calm-6", help="name of a scenario, or a TOML file of your own")
    parser.add_argument("--recording", type=Path, help="a recording (.npz) that wears it, not the seeded body")
    parser.add_argument("--seed", type=int, help="seed of the body, if not the scenario's")
    parser.add_argument("--born", type=int, help="when the body was born, ns on the boot clock (default: now)")
    parser.add_argument("--sent-log", type=Path, help="file to append a line to for each message sent")
    parser.add_argument("--leash", action="store_true", help="stop when standard input closes")


def scenario_and_body(arguments: argparse.Namespace) -> tuple[Scenario, Body]:
    """Whom the options of `add_body_arguments` ask for.

    Raises:
        ConfigError: No such scenario or recording.
    """
    scenario = load_scenario(arguments.scenario, arguments.seed)
    if arguments.recording is not None:
        return scenario, RecordedBody(arguments.recording)
    return scenario, SeededBody(scenario.body, scenario.seed)


def be(serve: Coroutine[Any, Any, None], *, complaints: int = logging.ERROR) -> int:
    """Be a device until stopped; gives the exit code.

    Args:
        serve: The device.
        complaints: Least level of what libraries may say: below it they speak of peers that vanish, as they should.
    """
    logging.basicConfig(level=complaints, stream=sys.stderr)
    try:
        asyncio.run(serve)
    except TideholdError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def stop_on_signals() -> asyncio.Event:
    """Set by SIGINT and SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def say_ready(**facts: object) -> None:
    """Tell who started this program, in a line of JSON, that the device is there."""
    sys.stdout.write(json.dumps({"ready": True, **facts}) + "\n")
    sys.stdout.flush()


def sent_log(path: Path | None, files: ExitStack) -> Callable[[str, bytes], None]:
    """A log that has every line in the file before the next message: time (boot clock, ns), channel, value (hex).

    Raises:
        SourceError: The file cannot be written.
    """
    if path is None:
        return lambda _channel, _value: None
    try:
        log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SourceError(f"{path}: cannot write the log of what is sent: {error.strerror}") from None
    files.callback(os.close, log)

    def write(channel: str, value: bytes) -> None:
        os.write(log, f"{boot_ns()} {channel} {value.hex()}\n".encode())

    return write


def obey_stdin(obey: Callable[[Sequence[str]], bool], expected: str, stop: asyncio.Event, *, leash: bool) -> None:
    """Take orders from standard input as they come, if it is of a kind that can be waited for.

    Args:
        obey: Carries out the words of one line; gives False, or raises ValueError, for words that it does not know.
        expected: Words that it knows, for a complaint; besides `quit`.
        stop: Set by `quit`, and on a leash by the end of the input.
        leash: Whether to stop when standard input closes.
    """
    loop = asyncio.get_running_loop()
    unfinished = b""

    def read() -> None:
        nonlocal unfinished
        data = os.read(_STDIN, 4096)
        if not data:
            loop.remove_reader(_STDIN)
            if leash:
                stop.set()
        *lines, unfinished = (unfinished + data).split(b"\n")
        for line in lines:
            words = line.decode(errors="replace").split()
            if words == ["quit"]:
                stop.set()
            elif not _understood(obey, words):
                sys.stderr.write(f"expected {expected} or quit, found {' '.join(words)!r}\n")

    with suppress(OSError):  # a file, /dev/null or closed: nobody to obey
        loop.add_reader(_STDIN, read)


def _understood(obey: Callable[[Sequence[str]], bool], words: Sequence[str]) -> bool:
    try:
        return obey(words)
    except ValueError:
        return False
