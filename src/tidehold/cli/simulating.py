"""`simulate`: a strap for other programs, a whole session in virtual time, and the list of scenarios."""

from __future__ import annotations

import argparse

import msgspec

from tidehold.cli.output import give, say, table
from tidehold.cli.recording import body_options, need_simulators
from tidehold.cli.settings import Settings
from tidehold.daemon.facts import new_header
from tidehold.daemon.recorder import record_all
from tidehold.daemon.summary import Summary
from tidehold.log.writer import SessionWriter
from tidehold.session.fold import Session


def strap(arguments: argparse.Namespace) -> int:
    """`tidehold simulate strap`: serve it until stopped."""
    need_simulators()
    from tidehold_simulators.strap import main  # noqa: PLC0415 - an extra

    options = ["--scenario", arguments.scenario, "--port", str(arguments.port), *body_options(arguments)]
    return main(options)


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
    plan = virtual_header(scenario, settings.profiles)
    header = new_header(plan.started, settings.profiles, plan.sources)
    log = SessionWriter.create(settings.sessions, header)
    summary = Summary()
    record_all(virtual_inputs(scenario, arguments.seconds, body=body), log, Session(header), summary.hear)
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
