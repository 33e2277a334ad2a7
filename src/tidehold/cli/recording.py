"""`record`: a live session from a strap, a phone, a motion sensor."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tidehold.cli.guided import NOT_GUIDED, START, Guided, go_on, guided, keep, tell_guided, tell_keys
from tidehold.cli.outlets import MakeOutlet, outlets_of, outlets_open
from tidehold.cli.output import give, say
from tidehold.cli.phone import ask_on_terminal, phone_sources, plan_phone, secrets_of, tell
from tidehold.cli.radio import transport_to
from tidehold.cli.settings import Settings, is_first_run, place_of, wanted_words
from tidehold.cli.sounding import Hearing
from tidehold.cli.watching import can_show, record_and_watch
from tidehold.coach.pacing import VERB as PACE
from tidehold.coach.pacing import pattern_of
from tidehold.daemon.facts import new_header
from tidehold.daemon.followed import Following
from tidehold.daemon.hub import Hub
from tidehold.daemon.logs import log_path, logging_to
from tidehold.daemon.place import Seat, claim, is_held
from tidehold.daemon.recorder import Durable
from tidehold.daemon.recorder import record as record_session
from tidehold.daemon.summary import Summary
from tidehold.daemon.unit import Watchdog
from tidehold.errors import ConfigError
from tidehold.log.disk import is_locked
from tidehold.log.writer import SessionWriter
from tidehold.records import Cue, HostNs, Output, Recording, Rejected, Snapshot, Stop
from tidehold.session.fold import Session
from tidehold.session.header import Header, worn_of
from tidehold.sources.ble import BleDevice
from tidehold.sources.clock import SessionClock
from tidehold.sources.contract import Source
from tidehold.sources.marks import At, Once
from tidehold.sources.stop import Length, Signals
from tidehold.sources.ticker import Ticker
from tidehold.units import NS
from tidehold.wire.profile import Profile

LINE_EVERY_S = 2
FIRST_RUN = "no strap chosen yet: `tidehold setup` leads through it"
TOLD = ("refused", "stalled", "armed")
"""States of a link that a person should hear of; its loss is a cue."""


class Setup(NamedTuple):
    """What a session is recorded from: where to, devices that may come, how they were asked for, and their sources."""

    sessions: Path
    profiles: dict[str, Profile]
    asked: dict[str, dict[str, str]]
    devices: Callable[[SessionClock], contextlib.AbstractAsyncContextManager[list[Source]]]
    config: dict[str, Any] = {}  # noqa: RUF012 - never changed
    secrets: tuple[str, ...] = ()
    pace: str = ""
    """The breathing that is asked for from the start, as a mark "pace" says it."""
    guided: Guided = NOT_GUIDED
    outlets: tuple[MakeOutlet, ...] = ()
    tell: Callable[[], bool] = lambda: False
    """Tells the person what they need to set, and returns whether there is anything."""


def record(arguments: argparse.Namespace) -> int:
    """`tidehold record`: a recorder in the background and its dashboard, or `--headless` in the foreground."""
    settings = Settings.of(arguments)
    if can_show() and is_first_run(arguments):
        say(FIRST_RUN)
    pace = paced(arguments, settings)
    plan = guided(arguments, settings)
    setup = setup_of(arguments, settings)._replace(pace=pace, guided=plan, outlets=outlets_of(arguments, settings))
    has_told = setup.tell()
    misses = tell_guided(plan, worn_of(setup.asked))
    if arguments.headless or not can_show():
        tell_keys(plan)
        return live(arguments, setup)
    if misses and not go_on():
        raise ConfigError("not started: the routine measures less with these sensors")
    if has_told:  # the dashboard will cover it
        sys.stderr.write("Press Enter when the phone is set. ")
        sys.stderr.flush()
        sys.stdin.readline()
    pattern = pattern_of(pace or settings.config.pacer.pattern)
    # in the background it is headless, and yet a key of the dashboard is to begin the routine
    words = arguments.words if plan.routine is None or arguments.start else [*arguments.words, "--no-start"]
    place = place_of(arguments)
    code = record_and_watch(words, place, pattern, Hearing.of(arguments, settings.config))
    if code == 0 and not is_held(place):
        _tell_of_next(arguments)
    return code


def paced(arguments: argparse.Namespace, settings: Settings) -> str:
    """The pattern that `--pace` asks for from the start; empty for none.

    Raises:
        ConfigError: It is no pattern.
    """
    if arguments.pace in (None, "off"):
        return ""
    return pattern_of(arguments.pace or settings.config.pacer.pattern).text


def setup_of(arguments: argparse.Namespace, settings: Settings) -> Setup:
    """The sensors that flags and configuration ask for. Asks the person where that is needed.

    Raises:
        ConfigError: They do not fit together, or something that they need is missing.
    """
    strap = settings.wanted_strap(arguments.strap)
    imu = settings.wanted_imu(arguments.imu)
    phone = plan_phone(arguments, settings, ask_on_terminal)
    if strap is None and imu is None and phone is None:
        raise ConfigError("--strap none: expected --phone or --imu beside it, found neither: nothing to record")
    radio = arguments.radio or "system"
    wanted = {name: each for name, each in (("strap", strap), ("imu", imu)) if each is not None}
    asked = {name: wanted_words(each, radio) for name, each in wanted.items()}
    profiles = {known: profile for name in wanted for known, profile in settings.of_kind(name).items()}
    if phone is not None:
        asked |= {each.name: each.asked for each in phone.both}
        profiles |= phone.profiles

    @contextlib.asynccontextmanager
    async def devices(clock: SessionClock) -> AsyncIterator[list[Source]]:
        async with contextlib.AsyncExitStack() as opened:
            sources: list[Source] = []
            if wanted:
                transport = await opened.enter_async_context(transport_to(arguments.radio))
                for name, each in wanted.items():
                    sources.append(BleDevice(name, clock, settings.of_kind(name), transport, each))
            if phone is not None:
                _, ours = await opened.enter_async_context(phone_sources(phone, clock))
                sources += ours
            yield sources

    return Setup(
        settings.sessions, profiles, asked, devices, settings.recorded, secrets_of(phone), tell=lambda: tell(phone)
    )


def live(arguments: argparse.Namespace, setup: Setup) -> int:
    """Record until something ends it, tell the person what happens, and give the result."""
    return asyncio.run(_live(arguments, setup))


async def _live(arguments: argparse.Namespace, setup: Setup) -> int:
    _mention_unfinished(setup.sessions)
    clock = SessionClock()
    summary = Summary()
    with contextlib.ExitStack() as opened:
        seat = opened.enter_context(_seat(arguments))
        noted = opened.enter_context(logging_to(log_path(), setup.secrets))
        if noted.trouble:
            say(noted.trouble)
        async with setup.devices(clock) as sources:
            header = new_header(clock.started, setup.profiles, setup.asked, setup.config, **setup.guided.header)
            log = opened.enter_context(SessionWriter.create(setup.sessions, header))
            line = opened.enter_context(contextlib.closing(_Line(summary, quiet=arguments.headless)))
            following = Following(setup.guided.routine, asks=setup.guided.ask_first)
            shown: list[Callable[[Output], None]] = [summary.hear, noted.hear, _News().hear, line.hear]
            shown.append(following.hear)
            shown += opened.enter_context(outlets_open(setup.outlets, header, clock))
            everything: list[Source] = [Signals(clock), Ticker(clock), Watchdog(clock), *sources]
            if arguments.seconds is not None:
                everything.append(Length(clock, arguments.seconds))
            if setup.pace:
                everything.append(At(clock, HostNs(0), PACE, setup.pace))
            if setup.guided.starts:
                everything.append(At(clock, HostNs(0), START))
            if arguments.taps:
                taps = Once(clock, "align")
                everything.append(taps)
                shown.append(_when_all_armed(setup.asked, taps))
            say(f"recording to {log.path}; Ctrl-C ends it")
            noted.started(header.session, log.path, setup.asked)
            try:
                stop = await _recorded(everything, log, header, clock, shown, seat)
            except Exception as error:
                noted.failed(error)
                raise
            noted.ended(stop.reason)
    if arguments.verb_name == "record":  # a demonstration's person is nobody
        keep(setup.guided, following)
    result = summary.result(log.path)
    say(f"recorded {result['seconds']:.1f} s ({stop.reason}) to {log.path}")
    if arguments.json:
        give(result)
    elif arguments.verb_name == "record":
        _tell_of_next(arguments, str(log.path))
    return 0


def _tell_of_next(arguments: argparse.Namespace, path: str = "FILE") -> None:
    """What is there after a session, for a person at a terminal."""
    if sys.stderr.isatty() and not arguments.json:
        say(f"`tidehold check-in after` notes how you are now; `tidehold report {path}` shows what it came to")


async def _recorded(  # noqa: PLR0913, PLR0917 - all that a recording is made of
    sources: list[Source],
    log: SessionWriter,
    header: Header,
    clock: SessionClock,
    shown: list[Callable[[Output], None]],
    seat: Seat | None,
) -> Stop:
    """Record, with a hub for views if there is a seat for it."""

    def show(out: Output) -> None:
        for view in shown:
            view(out)

    if seat is None:
        return await record_session(sources, log, Session(header), clock, show)
    over: list[float] = []
    durable = Durable()

    def recording() -> Recording:
        return Recording(
            str(log.path),
            header.session,
            header.started,
            "finished" if over else "recording",
            bytes_written=log.bytes_written,
            unsynced_s=0.0 if over else (clock.now() - durable.until) / NS,
            length_s=over[0] if over else None,
        )

    async with Hub(clock, seat, recording) as hub:
        shown.append(lambda out: hub.tell(out) if isinstance(out, Snapshot) else None)
        stop = await record_session([*sources, hub], log, Session(header), clock, show, durable)
        over.append(stop.t / NS)
        hub.end(stop.reason)
    return stop


@contextlib.contextmanager
def _seat(arguments: argparse.Namespace) -> Iterator[Seat | None]:
    """Where views can connect. Not having one is no reason not to record."""
    with contextlib.ExitStack() as opened:
        seat = None
        if arguments.place is not None or arguments.verb_name == "record":
            try:
                seat = opened.enter_context(claim(place_of(arguments)))
            except ConfigError as error:
                say(f"no dashboard can show this session: {error}")
        yield seat


def _when_all_armed(sources: Iterable[str], taps: Once) -> Callable[[Output], None]:
    """Asks for the taps once every sensor streams."""

    def hear(out: Output) -> None:
        if not isinstance(out, Snapshot) or taps.due.is_set():
            return
        if all(source in out.links and out.links[source].state == "armed" for source in sources):
            say("now tap the phone against the strap three times, half a second apart, within 30 s")
            taps.due.set()

    return hear


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
        if isinstance(out, Rejected) and out.source == "person":
            say(f"refused: {out.channel}: {out.why}")
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
