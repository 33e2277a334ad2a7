"""`simulate`: a strap for other programs, a whole session in virtual time, and the list of scenarios."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Final

from tidehold.cli.extras import need_simulators
from tidehold.cli.guided import START, tell_guided
from tidehold.cli.output import give, say, table
from tidehold.cli.played import Played, played
from tidehold.cli.settings import Settings
from tidehold.daemon.facts import new_header
from tidehold.daemon.recorder import record_all
from tidehold.daemon.summary import Summary
from tidehold.log.writer import SessionWriter
from tidehold.records import HostNs, Input, Mark
from tidehold.session.fold import Session
from tidehold.session.header import worn_of

if TYPE_CHECKING:
    from tidehold_simulators.recording import RecordedBody

SECONDS: Final = 60.0
"""Length of a session in virtual time without a routine."""

PASSWORD_VARIABLE = "TIDEHOLD_PHONE_PASSWORD"  # noqa: S105 - its name, not its value
"""Environment variable with the password of a simulated phone: on a command line everybody could read it."""


def strap(arguments: argparse.Namespace) -> int:
    """`tidehold simulate strap`: serve it until stopped."""
    need_simulators()
    from tidehold_simulators.strap import main  # noqa: PLC0415 - an extra

    options = ["--scenario", arguments.scenario, "--port", str(arguments.port), *body_options(arguments)]
    return main(options)


def phone(arguments: argparse.Namespace) -> int:
    """`tidehold simulate phone`: publish to a broker until stopped."""
    need_simulators()
    from tidehold_simulators.phone import main  # noqa: PLC0415 - an extra

    options = ["--scenario", arguments.scenario, "--broker", arguments.broker, *body_options(arguments)]
    for option in ("topic", "placement"):
        if value := getattr(arguments, option):
            options += [f"--{option}", value]
    if arguments.user:
        options += ["--username", arguments.user, "--password-env", PASSWORD_VARIABLE]
    return main(options)


def imu(arguments: argparse.Namespace) -> int:
    """`tidehold simulate imu`: a micro:bit on a radio of its own, until stopped."""
    need_simulators()
    from tidehold_simulators.microbit import main  # noqa: PLC0415 - an extra

    return main(["--scenario", arguments.scenario, "--port", str(arguments.port), *body_options(arguments)])


def body_options(arguments: argparse.Namespace) -> list[str]:
    """Options of a simulator's process that say whose body it is on."""
    options = [] if arguments.recording is None else ["--recording", str(arguments.recording)]
    return options if arguments.seed is None else [*options, "--seed", str(arguments.seed)]


def session(arguments: argparse.Namespace) -> int:
    """`tidehold simulate session`: an hour in seconds, in the same file format."""
    settings = Settings.of(arguments)
    need_simulators()
    from tidehold_simulators.recording import RecordedBody  # noqa: PLC0415 - an extra

    body = None if arguments.recording is None else RecordedBody(arguments.recording)
    with played(arguments, settings) as who:
        return _write(arguments, settings, who, body)


def _write(arguments: argparse.Namespace, settings: Settings, who: Played, body: RecordedBody | None) -> int:
    from tidehold_simulators.virtual import virtual_header, virtual_inputs  # noqa: PLC0415 - an extra

    scenario = who.scenario
    virtual = virtual_header(scenario, settings.profiles, phone=arguments.phone)
    sources = dict(virtual.sources)
    if arguments.phone:
        sources["phone"] = sources["phone"] | {"placement": scenario.phone.placement}
    tell_guided(who.plan, worn_of(sources))
    seconds = arguments.seconds or (SECONDS if who.plan.routine is None else scenario.seconds or who.plan.seconds)
    header = new_header(virtual.started, settings.profiles, sources, **who.plan.header)
    log = SessionWriter.create(settings.sessions, header)
    summary = Summary()
    inputs: Iterator[Input] = virtual_inputs(scenario, seconds, body=body, phone=arguments.phone)
    if who.plan.starts:
        inputs = chain([Mark(HostNs(0), START)], inputs)
    record_all(inputs, log, Session(header), summary.hear)
    say(f"wrote {seconds:.0f} s of {scenario.name} to {log.path}")
    if arguments.json:
        give(summary.result(log.path))
    return 0


def scenarios(arguments: argparse.Namespace) -> int:
    """`tidehold simulate list`."""
    need_simulators()
    from tidehold_simulators.scenario import load_scenario, scenario_names  # noqa: PLC0415 - an extra

    known = [load_scenario(name) for name in scenario_names()]
    if arguments.json:
        give({"scenarios": [{"name": each.name, "about": each.about} for each in known]})
    else:
        table([("scenario", "what happens"), *((each.name, each.about) for each in known)])
    return 0
