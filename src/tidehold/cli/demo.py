"""`demo`: a session without any hardware."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import AsyncIterator

from tidehold.cli.extras import need_broker, need_simulators
from tidehold.cli.guided import tell_guided
from tidehold.cli.outlets import MakeOutlet, outlets_of
from tidehold.cli.phone import USER, Plan, phone_profile, phone_sources, push_topic
from tidehold.cli.played import Played, played
from tidehold.cli.radio import transport_to
from tidehold.cli.recording import Setup, live, paced
from tidehold.cli.settings import Settings, wanted_words
from tidehold.cli.simulating import body_options
from tidehold.cli.sounding import Hearing
from tidehold.cli.watching import can_show, demo_and_watch
from tidehold.coach.pacing import VERB as PACE
from tidehold.coach.pacing import pattern_of
from tidehold.daemon.config import Remembered
from tidehold.errors import SourceError
from tidehold.records import HostNs
from tidehold.session.header import worn_of
from tidehold.sources.ble import BleDevice, Wanted
from tidehold.sources.broker_passwords import new_password
from tidehold.sources.clock import SessionClock, boot_ns
from tidehold.sources.contract import Source
from tidehold.sources.marks import At
from tidehold.units import NS

LOOPBACK = "127.0.0.1"


def demo(arguments: argparse.Namespace) -> int:
    """`tidehold demo`: a simulated strap on a virtual Bluetooth link, and a phone that publishes to our own broker.

    Each is a process of its own, and both are on one body.
    """
    settings = Settings.of(arguments)
    need_simulators()
    need_broker()
    pace = paced(arguments, settings)
    told = outlets_of(arguments, settings)
    if not arguments.headless and can_show():
        pattern = pattern_of(pace or settings.config.pacer.pattern)
        return demo_and_watch(arguments.words, pattern, Hearing.of(arguments, settings.config))
    with played(arguments, settings) as who:
        return _live(arguments, settings, who, pace, told)


def _live(
    arguments: argparse.Namespace, settings: Settings, who: Played, pace: str, told: tuple[MakeOutlet, ...]
) -> int:
    from tidehold_simulators.process import StrapProcess  # noqa: PLC0415 - an extra

    scenario = who.scenario
    profile = phone_profile(settings, scenario.phone.profile)
    placement = "" if who.plan.routine is None else scenario.phone.placement
    phone = Plan(profile, push_topic(profile), Remembered(LOOPBACK, 0, new_password()), placement=placement)
    born = boot_ns()
    one_body = [*body_options(arguments), "--born", str(born)]
    keys = [(press.at_s, press.verb, press.arg) for press in scenario.press]
    if arguments.pace is None and who.plan.routine is None:
        asks = scenario.body.pacer
        keys += [(asks.since_s, PACE, asks.pattern)] if asks else []
        pace = "" if asks else settings.config.pacer.pattern
    try:
        strap = StrapProcess(who.name, *one_body)
    except RuntimeError as error:
        raise SourceError(f"{error}; its own words are above") from None
    wanted = Wanted(address=strap.address)

    @contextlib.asynccontextmanager
    async def devices(clock: SessionClock) -> AsyncIterator[list[Source]]:
        async with (
            transport_to(strap.radio) as transport,
            phone_sources(phone, clock) as (port, sources),
            _phone_on(who.name, phone, port, one_body),
        ):
            zero = boot_ns() - clock.now()  # the body's clock began before the session's
            presses = [At(clock, HostNs(born + round(at_s * NS) - zero), verb, arg) for at_s, verb, arg in keys]
            yield [*presses, BleDevice("strap", clock, settings.of_kind("strap"), transport, wanted), *sources]

    # "virtual": nobody took part, so the diary does not take it for a session of the person
    asked = {"strap": wanted_words(wanted, strap.radio) | {"kind": "virtual"}, "phone": phone.asked}
    profiles = settings.of_kind("strap") | {profile.id: profile}
    secrets = (phone.embedded.password,)
    tell_guided(who.plan, worn_of(asked))
    setup = Setup(settings.sessions, profiles, asked, devices, settings.recorded, secrets, pace, who.plan, told)
    with strap:
        return live(arguments, setup)


@contextlib.asynccontextmanager
async def _phone_on(scenario: str, phone: Plan, port: int, options: list[str]) -> AsyncIterator[None]:
    """The simulated phone, started beside the loop: the broker that it connects to runs in this process."""
    from tidehold_simulators.process import PhoneProcess  # noqa: PLC0415 - an extra

    reached = f"{LOOPBACK}:{port}"
    try:
        process = await asyncio.to_thread(
            PhoneProcess, scenario, reached, *options, user=USER, password=phone.embedded.password
        )
    except RuntimeError as error:
        raise SourceError(f"{error}; its own words are above") from None
    try:
        yield
    finally:
        await asyncio.to_thread(process.stop)
