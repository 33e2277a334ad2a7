"""A simulated strap in a process of its own: `python -m tidehold_simulators.strap --scenario calm-6`.

It serves a virtual radio on TCP (HCI, a controller per connection) with the
strap on the air in it, and says so in one line of JSON on standard output:

    {"ready": true, "radio": "tcp-client:127.0.0.1:9517", "name": "Tidehold Sim 0001", "address": "F0:54:48:00:00:01",
     "born": 3925657519043709}

`born` is when the body was, on the boot clock, ns: what else is given the same
`--born` is worn by the same body. It goes on until SIGTERM or SIGINT. Words on
standard input, one order a line, force at once what scenarios do in their own
time: `drop`, `vanish SECONDS`, `quit`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from tidehold_simulators.ether import Ether
from tidehold_simulators.on_air import ORDERS, serve
from tidehold_simulators.peripheral import Peripheral, Presence
from tidehold_simulators.program import (
    add_body_arguments,
    be,
    boot_ns,
    obey_stdin,
    say_ready,
    scenario_and_body,
    sent_log,
    stop_on_signals,
)
from tidehold_simulators.strap_model import Strap


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of a strap process, for this program or a larger one."""
    add_body_arguments(parser)
    parser.add_argument("--port", type=int, default=0, help="TCP port of the radio on 127.0.0.1 (default: any)")
    parser.add_argument("--speed", type=_positive, default=1.0, help="seconds of the strap's life per second")
    parser.add_argument("--held", action="store_true", help="another app holds the link: seen, but connecting fails")
    parser.add_argument("--dual", action="store_true", help="take two links at once")


def _positive(text: str) -> float:
    if not (number := float(text)) > 0:
        raise ValueError
    return number


async def _serve(arguments: argparse.Namespace) -> None:
    stop = stop_on_signals()
    scenario, body = scenario_and_body(arguments)
    presence = Presence(scenario.strap.name, scenario.strap.address, held=arguments.held, dual=arguments.dual)
    born_ns = boot_ns() if arguments.born is None else arguments.born
    with ExitStack() as files:
        on_sent = sent_log(arguments.sent_log, files)
        ether = Ether()
        strap = Strap(scenario, body)
        device = Peripheral(ether, strap, presence, speed=arguments.speed, born_ns=born_ns, on_sent=on_sent)

        def ready(radio: str) -> None:
            obey_stdin(device.obey, ORDERS, stop, leash=arguments.leash)
            say_ready(radio=radio, name=presence.name, address=presence.address, born=born_ns)

        await serve(ether, [device], arguments.port, stop, ready)


def main(argv: Sequence[str] | None = None) -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m tidehold_simulators.strap", description="A simulated strap.")
    add_arguments(parser)
    return be(_serve(parser.parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
