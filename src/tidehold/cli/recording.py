"""`record` and `demo`: a live session from a strap, real or simulated."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shutil
import sys
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path

from tidehold.cli.output import give, say
from tidehold.cli.settings import Settings
from tidehold.daemon.facts import new_header
from tidehold.daemon.recorder import record as record_session
from tidehold.daemon.summary import Summary
from tidehold.errors import ConfigError, SourceError
from tidehold.log.disk import is_locked
from tidehold.log.writer import SessionWriter
from tidehold.records import Cue, Output, Snapshot
from tidehold.session.fold import Session
from tidehold.sources.ble import BleStrap, Transport, Wanted
from tidehold.sources.clock import SessionClock
from tidehold.sources.contract import Source
from tidehold.sources.stop import Length, Signals
from tidehold.sources.ticker import Ticker
from tidehold.units import NS

LINE_EVERY_S = 2
TOLD = ("refused", "stalled", "armed")
"""States of a link that a person should hear of; its loss is a cue."""


def record(arguments: argparse.Namespace) -> int:
    """`tidehold record`: until Ctrl-C, SIGTERM, or the asked-for length."""
    settings = Settings.of(arguments)
    return asyncio.run(_live(arguments, settings, settings.wanted_strap(arguments.strap), arguments.radio))


def demo(arguments: argparse.Namespace) -> int:
    """`tidehold demo`: the same from a simulated strap, in a process of its own, over a virtual Bluetooth link."""
    settings = Settings.of(arguments)
    need_simulators()
    from tidehold_simulators.process import StrapProcess  # noqa: PLC0415 - an extra

    try:
        strap = StrapProcess(arguments.scenario, *body_options(arguments))
    except RuntimeError as error:
        raise SourceError(f"{error}; its own words are above") from None
    with strap:
        return asyncio.run(_live(arguments, settings, Wanted(address=strap.address), strap.radio))


def body_options(arguments: argparse.Namespace) -> list[str]:
    """The strap process's options that say who wears it."""
    options = [] if arguments.recording is None else ["--recording", str(arguments.recording)]
    return options if arguments.seed is None else [*options, "--seed", str(arguments.seed)]


def need_simulators() -> None:
    """Make sure that the simulators, an extra, are installed.

    Raises:
        ConfigError: They are not.
    """
    try:
        import_module("bumble")
        import_module("tidehold_simulators")
    except ImportError as error:
        raise ConfigError(f"this needs the simulators ({error}): pip install 'tidehold[sim]'") from None


@contextlib.asynccontextmanager
async def transport_to(radio: str | None) -> AsyncIterator[Transport]:
    """The system's Bluetooth, or a simulated radio."""
    if radio is None:
        yield Transport()
        return
    need_simulators()
    from tidehold_simulators.bleak_backend import open_radio  # noqa: PLC0415 - see need_simulators

    async with open_radio(radio) as simulated:
        scanner, client = simulated.transport()
        yield Transport(scanner, client, {})


async def _live(arguments: argparse.Namespace, settings: Settings, wanted: Wanted, radio: str | None) -> int:
    _mention_unfinished(settings.sessions)
    async with transport_to(radio) as transport:
        clock = SessionClock()
        asked = {"address": wanted.address or "", "name": wanted.name or "", "radio": radio or "system"}
        header = new_header(clock.started, settings.profiles, {"strap": asked})
        summary = Summary()
        line = _Line(summary, quiet=arguments.headless)
        sources: list[Source] = [
            Signals(clock),
            Ticker(clock),
            BleStrap("strap", clock, settings.profiles, transport, wanted),
        ]
        if arguments.seconds is not None:
            sources.append(Length(clock, arguments.seconds))

        news = _News()

        def show(out: Output) -> None:
            summary.hear(out)
            news.hear(out)
            line.hear(out)

        with SessionWriter.create(settings.sessions, header) as log, contextlib.closing(line):
            say(f"recording to {log.path}; Ctrl-C ends it")
            stop = await record_session(sources, log, Session(header), clock, show)
    result = summary.result(log.path)
    say(f"recorded {result['seconds']:.1f} s ({stop.reason}) to {log.path}")
    if arguments.json:
        give(result)
    return 0


def _mention_unfinished(folder: Path) -> None:
    """An interrupted session must not lie unnoticed."""
    unfinished = [path for path in folder.glob("*.mcap.part") if not is_locked(path)]
    if unfinished:
        say(f"{len(unfinished)} interrupted in {folder}: `tidehold recover {folder}` completes them")


class _News:
    """Says what became of a link and what to do about it, once each time it changes; and every cue."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}

    def hear(self, out: Output) -> None:
        if isinstance(out, Cue):
            say(out.text)
        if not isinstance(out, Snapshot):
            return
        for source, link in out.links.items():
            if link.state not in TOLD:
                continue
            told = [link.detail[key] for key in ("stream", "reason", "missing", "advice") if link.detail.get(key)]
            text = f"{source} {link.state}" + "".join(f"; {each}" for each in told)
            if text != self._said.get(source):
                self._said[source] = text
                say(text)


class _Line:
    """The running line on a terminal, for a person without a dashboard."""

    def __init__(self, summary: Summary, *, quiet: bool) -> None:
        self._summary = summary
        self._quiet = quiet or not sys.stderr.isatty()
        self._next = 0

    def hear(self, out: Output) -> None:
        if isinstance(out, Snapshot) and not self._quiet and out.t >= self._next:
            self._next = out.t + LINE_EVERY_S * NS
            width = shutil.get_terminal_size().columns - 1  # a wrapped line could not be overwritten
            sys.stderr.write(f"\r\x1b[K{self._summary.line()[:width]}")
            sys.stderr.flush()

    def close(self) -> None:
        if not self._quiet:
            sys.stderr.write("\n")
