"""A simulated BBC micro:bit in a process of its own: `python -m tidehold_simulators.microbit --placement shin`.

It is strapped to a limb of the scenario's body and has its accelerometer service
on. Like the strap's process it serves a virtual radio on TCP, and says so in one
line of JSON on standard output:

    {"ready": true, "radio": "tcp-client:127.0.0.1:9517", "name": "BBC micro:bit [zuvav]", "address": ..., "born": ...}

With `--with-strap` the same body wears a strap too, on the same radio, and `strap`
in that line has its name and address. `born` is when the body was, on the boot
clock, ns. It goes on until SIGTERM or SIGINT. Words on standard input, one order
a line: `drop`, `vanish SECONDS`, `quit`; the first two with `strap` after them mean
the strap.
"""

from __future__ import annotations

import argparse
import struct
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Final, Unpack, get_args

from bumble import att, core, data_types
from bumble.core import AdvertisingData
from bumble.gatt import Characteristic, Service

from tidehold_simulators.ether import Ether
from tidehold_simulators.microbit_model import Microbit
from tidehold_simulators.on_air import (
    LOW_ENERGY_ONLY,
    NOTIFY,
    ORDERS,
    OnAir,
    Options,
    Presence,
    characteristic,
    information_service,
    serve,
)
from tidehold_simulators.peripheral import Peripheral
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
from tidehold_simulators.scenario import Placement
from tidehold_simulators.strap_model import Strap

ACCELEROMETER: Final = core.UUID("E95D0753-251D-470A-A062-FA1922DFA9A8")
DATA: Final = core.UUID("E95DCA4B-251D-470A-A062-FA1922DFA9A8")
PERIOD: Final = core.UUID("E95DFB24-251D-470A-A062-FA1922DFA9A8")
"""Of the micro:bit Bluetooth profile."""
NAME: Final = "BBC micro:bit [zuvav]"
ADDRESS: Final = "E7:62:69:74:00:01"
"""A static random address: its two top bits are set (Core 6.0, Vol 6 Part B 1.3.2.1)."""

USUAL: Final = Presence(NAME, ADDRESS, mtu=att.ATT_DEFAULT_MTU)

_INFORMATION: Final = {
    "manufacturer": "The Cast of W1A",
    "model": "BBC micro:bit",
    "serial": "0000000001",
    "firmware": "2.0.0",
}


class MicrobitPeripheral(OnAir):
    """A micro:bit on the air.

    Args:
        ether: As for `OnAir`.
        microbit: The model to play.
        presence: As for `OnAir`; a micro:bit takes ATT messages of 23 bytes at most.
        **options: As for `OnAir`; the channel is "accelerometer".
    """

    def __init__(
        self,
        ether: Ether,
        microbit: Microbit,
        presence: Presence = USUAL,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(ether, presence, **options)
        self._microbit = microbit
        self._data = characteristic(DATA, read=microbit.latest, notify=True)
        period: Characteristic[bytes] = characteristic(
            PERIOD, read=lambda: struct.pack("<H", microbit.period_ms), write=lambda _, value: self._set_period(value)
        )
        accelerometer = Service(ACCELEROMETER, [self._data, period])
        self._device.add_services([accelerometer, information_service(_INFORMATION)])

    def _advertisement(self) -> tuple[AdvertisingData, AdvertisingData]:
        """As a real one: its name, none of its services, nothing more when it is asked."""
        return AdvertisingData([LOW_ENERGY_ONLY, data_types.CompleteLocalName(self.presence.name)]), AdvertisingData()

    async def _act(self, t_s: float) -> None:
        due = self._microbit.due(t_s)
        listening = [link for link in self._links if self._listens(link, self._data, NOTIFY)]
        if listening and len(due):
            for sample in self._microbit.measured(due):
                await self._notify("accelerometer", self._data, sample, listening)

    def _set_period(self, value: bytes) -> None:
        if len(value) != 2:
            raise att.ATT_Error(att.ErrorCode.INVALID_ATTRIBUTE_LENGTH)
        try:
            self._microbit.set_period(*struct.unpack("<H", value))
        except ValueError:
            raise att.ATT_Error(att.ErrorCode.VALUE_NOT_ALLOWED) from None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of a micro:bit process."""
    add_body_arguments(parser)
    parser.add_argument("--placement", choices=get_args(Placement), default="shin", help="where it is strapped to")
    parser.add_argument("--with-strap", action="store_true", help="put the body's strap on the same radio")
    parser.add_argument("--port", type=int, default=0, help="TCP port of the radio on 127.0.0.1 (default: any)")


async def _serve(arguments: argparse.Namespace) -> None:
    stop = stop_on_signals()
    scenario, body = scenario_and_body(arguments)
    born_ns = boot_ns() if arguments.born is None else arguments.born
    ether = Ether()
    with ExitStack() as files:
        options = Options(born_ns=born_ns, on_sent=sent_log(arguments.sent_log, files))
        microbit = Microbit(body, arguments.placement, scenario.seed)
        devices: dict[str, OnAir] = {"imu": MicrobitPeripheral(ether, microbit, **options)}
        if arguments.with_strap:
            presence = Presence(scenario.strap.name, scenario.strap.address)
            devices["strap"] = Peripheral(ether, Strap(scenario, body), presence, **options)

        def ready(radio: str) -> None:
            obey_stdin(lambda order: _obey(order, devices), ORDERS, stop, leash=arguments.leash)
            found = {name: _whereabouts(device) for name, device in devices.items()}
            say_ready(radio=radio, **found.pop("imu"), born=born_ns, **found)

        await serve(ether, devices.values(), arguments.port, stop, ready)


def _whereabouts(device: OnAir) -> dict[str, str]:
    return {"name": device.presence.name, "address": device.presence.address}


def _obey(order: Sequence[str], devices: Mapping[str, OnAir]) -> bool:
    named = order[-1] if order and order[-1] in devices else None
    return devices[named or "imu"].obey(order[:-1] if named else order)


def main(argv: Sequence[str] | None = None) -> int:
    """The program."""
    parser = argparse.ArgumentParser(
        prog="python -m tidehold_simulators.microbit", description="A simulated micro:bit."
    )
    add_arguments(parser)
    return be(_serve(parser.parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
