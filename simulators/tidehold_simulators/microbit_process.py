"""Start a simulated micro:bit as a process, alone or with a strap on the same radio."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tidehold_simulators.process import StrapProcess
from tidehold_simulators.scenario import Placement


class Whereabouts(NamedTuple):
    """How a device is found on the air."""

    name: str
    address: str


class MicrobitProcess(StrapProcess):
    """A micro:bit that is on the air while this is open; a strap's name, address and orders are the micro:bit's here.

        with MicrobitProcess("calm-6", "--with-strap", placement="thigh") as microbit:
            async with open_radio(microbit.radio) as radio: ...

    Args:
        scenario: Name of a scenario, or a TOML file.
        *options: More of `tidehold_simulators.microbit`'s options.
        placement: Where it is strapped to.

    Raises:
        RuntimeError: As for `DeviceProcess`.
    """

    device = "microbit"

    def __init__(self, scenario: str | Path = "calm-6", *options: str, placement: Placement = "shin") -> None:
        super().__init__(scenario, "--placement", placement, *options)
        self.strap = Whereabouts(**self.ready["strap"]) if "strap" in self.ready else None
        """The strap on the same radio, with `--with-strap`."""

    def drop_strap(self) -> None:
        """Make the strap hang up; it can be found again at once."""
        self._order("drop strap")

    def vanish_strap(self, seconds: float) -> None:
        """Make the strap fall silent for `seconds`; the link dies of supervision time-out."""
        self._order(f"vanish {seconds} strap")
