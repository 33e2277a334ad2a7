"""`simulate`: a strap for other programs, a whole session in virtual time, and the list of scenarios."""

from __future__ import annotations

import argparse

import msgspec

from tidehold.cli.extras import need_simulators
from tidehold.cli.output import give, say, table
from tidehold.cli.settings import Settings
from tidehold.daemon.facts import new_header
from tidehold.daemon.recorder import record_all
from tidehold.daemon.summary import Summary
from tidehold.log.writer import SessionWriter
from tidehold.session.fold import Session

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
    from tidehold_simulators.scenario import load_scenario  # noqa: PLC0415
    from tidehold_simulators.virtual import virtual_header, virtual_inputs  # noqa: PLC0415

    scenario = load_scenario(arguments.scenario)
    if arguments.seed is not None:
        scenario = msgspec.structs.replace(scenario, seed=arguments.seed)
    body = None if arguments.recording is None else RecordedBody(arguments.recording)
    plan = virtual_header(scenario, settings.profiles, phone=arguments.phone)
    header = new_header(plan.started, settings.profiles, plan.sources)
    log = SessionWriter.create(settings.sessions, header)
    summary = Summary()
    inputs = virtual_inputs(scenario, arguments.seconds, body=body, phone=arguments.phone)
    record_all(inputs, log, Session(header), summary.hear)
    say(f"wrote {arguments.seconds:.0f} s of {scenario.name} to {log.path}")
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
