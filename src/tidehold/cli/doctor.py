"""`doctor`: looks at everything that a session needs, and says what to do."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import time

from tidehold.cli.output import give, say, table
from tidehold.cli.recording import Setup, setup_of
from tidehold.cli.settings import Settings
from tidehold.cli.sounding import check_sound
from tidehold.daemon.checkup import check_clock, check_disk, check_sensors, check_software, check_terminal
from tidehold.daemon.facts import new_header
from tidehold.daemon.recorder import record as record_session
from tidehold.errors import TideholdError
from tidehold.records import Input, Output, Snapshot
from tidehold.session.fold import Session
from tidehold.sources.clock import SessionClock
from tidehold.sources.contract import Source
from tidehold.sources.stop import Length, Signals
from tidehold.sources.ticker import Ticker


def doctor(arguments: argparse.Namespace) -> int:
    """`tidehold doctor`: exit 0 if nothing failed, 1 otherwise."""
    settings = Settings.of(arguments)
    output = sys.stdout
    checks = [
        *check_software(),
        *check_clock(time.time_ns),
        *check_disk(settings.sessions),
        check_sound(settings.config),
        *check_terminal(shutil.get_terminal_size(), is_terminal=output.isatty(), encoding=output.encoding),
    ]
    if arguments.seconds > 0:
        setup = setup_of(arguments, settings)
        setup.tell()
        say(f"trying {', '.join(setup.asked)} for up to {arguments.seconds:.0f} s; nothing is recorded")
        snapshot, trouble = asyncio.run(_trial(setup, arguments.seconds))
        checks += check_sensors(snapshot, tuple(setup.asked), trouble)
    failed = any(check.state == "failed" for check in checks)
    if arguments.json:
        give({"well": not failed, "checks": [check._asdict() for check in checks]})
    else:
        table([("check", "", "found"), *((check.name, check.state, check.found) for check in checks)])
        for check in checks:
            if check.advice:
                say(f"{check.name}: {check.advice}")
    return 1 if failed else 0


async def _trial(setup: Setup, seconds: float) -> tuple[Snapshot | None, str]:
    """A session that goes nowhere: its last snapshot, and what ended it early."""
    clock = SessionClock()
    last: list[Snapshot] = []

    def show(out: Output) -> None:
        if isinstance(out, Snapshot):
            last[:] = [out]

    try:
        async with setup.devices(clock) as sources:
            header = new_header(clock.started, setup.profiles, setup.asked)
            everything: list[Source] = [Signals(clock), Ticker(clock), Length(clock, seconds), *sources]
            await record_session(everything, _Nowhere(), Session(header), clock, show)
    except TideholdError as error:
        return (last[0] if last else None), str(error)
    return (last[0] if last else None), ""


class _Nowhere:
    """A log that keeps nothing."""

    def append(self, item: Input) -> None:
        """Let it go."""

    def put(self, out: Output) -> None:
        """Let it go."""

    def flush(self) -> None:
        """Nothing to hand over."""

    def sync(self) -> None:
        """Nothing to wait for."""

    def finish(self) -> None:
        """Nothing to complete."""
