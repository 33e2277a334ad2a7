"""A simulated strap in a process of its own: `python -m tidehold_simulators.strap --scenario calm-6`.

It serves a virtual radio on TCP (HCI, a controller per connection) with the
strap on the air in it, and says so in one line of JSON on standard output:

    {"ready": true, "radio": "tcp-client:127.0.0.1:9517", "name": "Tidehold Sim 0001", "address": "F0:54:48:00:00:01"}

It goes on until SIGTERM or SIGINT. Words on standard input, one order a line,
force at once what scenarios do in their own time: `drop`, `vanish SECONDS`, `quit`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

import msgspec

from tidehold.errors import SourceError, TideholdError
from tidehold_simulators.body import Body, SeededBody
from tidehold_simulators.ether import Ether
from tidehold_simulators.peripheral import Peripheral, Presence
from tidehold_simulators.recording import RecordedBody
from tidehold_simulators.scenario import load_scenario
from tidehold_simulators.strap_model import Strap

_HOST: Final = "127.0.0.1"
_STDIN: Final = 0
_BOOT_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""The session clock of a recorder on this machine: counts through suspend, the same in every process."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of a strap process, for this program or a larger one."""
    parser.add_argument("--scenario", default="calm-6", help="name of a scenario, or a TOML file of your own")
    parser.add_argument("--recording", type=Path, help="a recording (.npz) that wears the strap, not the seeded body")
    parser.add_argument("--seed", type=int, help="seed of the body, if not the scenario's")
    parser.add_argument("--port", type=int, default=0, help="TCP port of the radio on 127.0.0.1 (default: any)")
    parser.add_argument("--sent-log", type=Path, help="file to append a line to for each notification sent")
    parser.add_argument("--speed", type=_positive, default=1.0, help="seconds of the strap's life per second")
    parser.add_argument("--held", action="store_true", help="another app holds the link: seen, but connecting fails")
    parser.add_argument("--dual", action="store_true", help="take two links at once")
    parser.add_argument("--leash", action="store_true", help="stop when standard input closes")


def _positive(text: str) -> float:
    if not (number := float(text)) > 0:
        raise ValueError
    return number


def run(arguments: argparse.Namespace) -> int:
    """Serve until stopped, with the options of `add_arguments`; gives the exit code."""
    # bumble's warnings are about peers that vanish, which is the point here.
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    try:
        scenario = load_scenario(arguments.scenario)
        if arguments.seed is not None:
            scenario = msgspec.structs.replace(scenario, seed=arguments.seed)
        body: Body
        if arguments.recording is not None:
            body = RecordedBody(arguments.recording)
        else:
            body = SeededBody(scenario.body, scenario.seed)
        presence = Presence(scenario.strap.name, scenario.strap.address, held=arguments.held, dual=arguments.dual)
        asyncio.run(_serve(Strap(scenario, body), presence, arguments))
    except TideholdError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


async def _serve(strap: Strap, presence: Presence, arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with ExitStack() as files:
        on_sent = _sent_log(arguments.sent_log, files)
        ether = Ether()
        peripheral = Peripheral(ether, strap, presence, speed=arguments.speed, on_sent=on_sent)
        try:
            async with ether.serve(_HOST, arguments.port) as port, asyncio.TaskGroup() as tasks:
                playing = tasks.create_task(peripheral.run(), name="strap")
                await peripheral.advertised.wait()
                _obey_stdin(peripheral, stop, leash=arguments.leash)
                radio = f"tcp-client:{_HOST}:{port}"
                ready = {"ready": True, "radio": radio, "name": presence.name, "address": presence.address}
                sys.stdout.write(json.dumps(ready) + "\n")
                sys.stdout.flush()
                await stop.wait()
                playing.cancel()
        except OSError as error:
            raise SourceError(
                f"cannot serve a radio on {_HOST}:{arguments.port}: {os.strerror(error.errno or 0)}"
            ) from None


def _sent_log(path: Path | None, files: ExitStack) -> Callable[[str, bytes], None]:
    """A log that has every line in the file before the next notification: time (boot clock, ns), channel, value (hex).

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
        os.write(log, f"{time.clock_gettime_ns(_BOOT_CLOCK)} {channel} {value.hex()}\n".encode())

    return write


def _obey_stdin(peripheral: Peripheral, stop: asyncio.Event, *, leash: bool) -> None:
    """Take orders from standard input as they come, if it is of a kind that can be waited for."""
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
            _obey(line.decode(errors="replace").split(), peripheral, stop)

    with suppress(OSError):  # a file, /dev/null or closed: nobody to obey
        loop.add_reader(_STDIN, read)


def _obey(order: Sequence[str], peripheral: Peripheral, stop: asyncio.Event) -> None:
    try:
        match order:
            case ["drop"]:
                peripheral.drop()
            case ["vanish", seconds]:
                peripheral.vanish(float(seconds))
            case ["quit"]:
                stop.set()
            case _:
                raise ValueError
    except ValueError:
        sys.stderr.write(f"expected drop, vanish SECONDS or quit, found {' '.join(order)!r}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m tidehold_simulators.strap", description="A simulated strap.")
    add_arguments(parser)
    return run(parser.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
