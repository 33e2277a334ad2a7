"""`demo`: a session without any hardware."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import AsyncIterator

from tidehold.cli.extras import need_broker, need_simulators
from tidehold.cli.phone import USER, Plan, phone_profile, phone_sources, push_topic
from tidehold.cli.radio import transport_to
from tidehold.cli.recording import Setup, live, paced
from tidehold.cli.settings import Settings, wanted_words
from tidehold.cli.simulating import body_options
from tidehold.cli.watching import can_show, demo_and_watch
from tidehold.coach.pacing import VERB as PACE
from tidehold.coach.pacing import pattern_of
from tidehold.daemon.config import Remembered
from tidehold.errors import SourceError
from tidehold.records import HostNs
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
    if not arguments.headless and can_show():
        return demo_and_watch(arguments.words, pattern_of(pace or settings.config.pacer.pattern))
    from tidehold_simulators.process import StrapProcess  # noqa: PLC0415 - an extra
    from tidehold_simulators.scenario import load_scenario  # noqa: PLC0415

    scenario = load_scenario(arguments.scenario)
    profile = phone_profile(settings, scenario.phone.profile)
    phone = Plan(profile, push_topic(profile), Remembered(LOOPBACK, 0, new_password()))
    born = boot_ns()
    one_body = [*body_options(arguments), "--born", str(born)]
    asks = scenario.body.pacer if arguments.pace is None else None
    if arguments.pace is None and asks is None:
        pace = settings.config.pacer.pattern
    try:
        strap = StrapProcess(arguments.scenario, *one_body)
    except RuntimeError as error:
        raise SourceError(f"{error}; its own words are above") from None
    wanted = Wanted(address=strap.address)

    @contextlib.asynccontextmanager
    async def devices(clock: SessionClock) -> AsyncIterator[list[Source]]:
        async with (
            transport_to(strap.radio) as transport,
            phone_sources(phone, clock) as (port, sources),
            _phone_on(arguments.scenario, phone, port, one_body),
        ):
            if asks is not None:  # on the body's clock, which began before the session's
                moment = HostNs(born + round(asks.since_s * NS) - (boot_ns() - clock.now()))
                sources.append(At(clock, moment, PACE, asks.pattern))
            yield [BleDevice("strap", clock, settings.of_kind("strap"), transport, wanted), *sources]

    asked = {"strap": wanted_words(wanted, strap.radio), "phone": phone.asked}
    profiles = settings.of_kind("strap") | {profile.id: profile}
    secrets = (phone.embedded.password,)
    with strap:
        return live(arguments, Setup(settings.sessions, profiles, asked, devices, settings.recorded, secrets, pace))


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
