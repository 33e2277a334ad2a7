"""How a device is reached, which one is wanted, and how long each step may take."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

from tidehold.sources.ble_air import Air


def _use_start_notify() -> dict[str, Any]:
    """BlueZ's other way, AcquireNotify, makes many straps disconnect; bleak's default has changed over its versions."""
    return {"bluez": {"use_start_notify": True}}


@dataclass(frozen=True, slots=True)
class Transport:
    """Keyword arguments for bleak; none is the system's own Bluetooth.

    `scanner` goes to every BleakScanner, `client` to every BleakClient, and `notify`
    to every `BleakClient.start_notify`. `backend=` in the first two is how another
    Bluetooth stack is plugged in. Sources that share an adapter must share its
    transport: through it they take turns.
    """

    scanner: dict[str, Any] = field(default_factory=dict)
    client: dict[str, Any] = field(default_factory=dict)
    notify: dict[str, Any] = field(default_factory=_use_start_notify)
    _airs: WeakKeyDictionary[asyncio.AbstractEventLoop, Air] = field(
        default_factory=WeakKeyDictionary, init=False, repr=False, compare=False
    )

    @property
    def air(self) -> Air:
        """What the sources in the running event loop share of the adapter."""
        return self._airs.setdefault(asyncio.get_running_loop(), Air(self.scanner))

    @property
    def is_system(self) -> bool:
        """Whether it is the system's own Bluetooth."""
        return "backend" not in self.client


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which device: the one with this address, else one with this in its name, else any that a profile knows."""

    address: str | None = None
    name: str | None = None

    def in_words(self, anyone: str) -> str:
        """What is looked for; `anyone` says it if there is no wish."""
        if self.address or self.name:
            return self.address or f"a name with {self.name!r}"
        return anyone


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Every deadline and pause of the link, s; and the number of tries."""

    orphan: float = 3.0
    """For finding and releasing the link that a killed run left behind."""
    scan_start: float = 5.0
    scan_stop: float = 3.0
    scan_round: float = 30.0
    """A scan is begun anew after this long: some stacks go deaf without a word."""
    choose: float = 0.5
    """With no device named, how long to wait for a nearer one than the first."""
    connect: float = 10.0
    tries: int = 5
    """Connections tried on one sighting, before looking again."""
    try_pause: float = 0.1
    """Before the second try; doubles with each further one."""
    backoff: float = 0.2
    """Before the second attempt; doubles with each further one, up to `backoff_max`."""
    backoff_max: float = 5.0
    mtu: float = 2.0
    """How long to wait for an MTU that carries whole frames."""
    read: float = 3.0
    write: float = 3.0
    """For a setting to be taken."""
    notify: float = 5.0
    command: float = 3.0
    """From a control point command to its response."""
    retry_start: float = 1.0
    """Before a stream that was refused for a passing reason is started again."""
    warm_up: float = 35.0
    """A strap may take 30 s to its first ECG or acceleration frame: no stall until then."""
    watch: float = 0.5
    """How often silence is looked for."""
    short_link: float = 5.0
    """Two links in a row that were lost sooner than this: the device is still busy with one that was not closed."""
    stop_streams: float = 1.5
    """For all stop commands and notifications off together, on the way out."""
    disconnect: float = 2.5


SYSTEM: Final = Transport()
ANY: Final = Wanted()
USUAL: Final = Timing()
