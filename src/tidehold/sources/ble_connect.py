"""One connection: made with a fresh client, looked over, and let go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bleak import BleakClient
from bleak.backends import BleakBackend
from bleak.backends.service import BleakGATTServiceCollection

from tidehold.sources.ble_options import Timing, Transport
from tidehold.sources.ble_scan import Sighting
from tidehold.sources.ble_step import StepError, see_through, step
from tidehold.sources.profiles import match_profile
from tidehold.wire.profile import Profile

FRAME_MTU: Final = 232
"""What a strap needs to send whole frames of ECG: 229 bytes and the ATT header."""

_MTU_DEFAULT: Final = 23
_POLL_S: Final = 0.1

_ours: set[str] = set()


def is_ours(address: str) -> bool:
    """Whether this process holds a link to a device, or is making one."""
    return address in _ours


@dataclass(frozen=True, slots=True)
class Connection:
    """A link that is up. `lost` is set when the Bluetooth stack says that it is gone."""

    client: BleakClient
    services: BleakGATTServiceCollection
    profile: Profile
    address: str
    name: str
    mtu: int | None
    """ATT MTU; None where the stack does not tell."""
    lost: asyncio.Event


async def connect(
    transport: Transport, sighting: Sighting, profiles: Mapping[str, Profile], timing: Timing
) -> Connection:
    """Connect to a device that was just seen.

    A client is used once: one that is used again may get every notification twice
    (bleak #2002), or hold on to services that are no longer there.

    Raises:
        StepError: It did not work; nothing is left open.
    """
    lost = asyncio.Event()
    client = BleakClient(sighting.device, lambda _: lost.set(), **transport.client)
    _ours.add(client.address)

    async def discover() -> BleakGATTServiceCollection:
        await client.connect()
        return client.services  # raises if the link is gone already

    try:
        async with transport.air.connecting:
            services = await step("connect", timing.connect, discover())
        offers = dict.fromkeys((*sighting.services, *(service.uuid for service in services)))
        profile = match_profile(profiles, sighting.name, tuple(offers))
        if profile is None:
            raise StepError("choose a profile", LookupError(f"none fits a device with {', '.join(offers)}"))
        mtu = await _settled_mtu(lambda: _mtu(client, services), profile, timing.mtu)
    except BaseException:
        await see_through(release(client, timing))
        raise
    return Connection(client, services, profile, client.address, sighting.name or client.address, mtu, lost)


async def release(client: BleakClient, timing: Timing) -> None:
    """Disconnect, also from a link that is lost already: a client holds more than its link. Never raises."""
    try:
        await step("disconnect", timing.disconnect, client.disconnect())
    except StepError:
        pass  # whatever is left is an orphan, and looked for before the next scan
    finally:
        _ours.discard(client.address)


async def _settled_mtu(read: Callable[[], int | None], profile: Profile, within_s: float) -> int | None:
    """The ATT MTU. If whole frames would not fit, its exchange may still be under way: wait for it a while."""
    if any(stream.start for stream in profile.stream):
        for _ in range(round(within_s / _POLL_S)):
            if (mtu := read()) is None or mtu >= FRAME_MTU:
                break
            await asyncio.sleep(_POLL_S)
    return read()


def _mtu(client: BleakClient, services: BleakGATTServiceCollection) -> int | None:
    """The ATT MTU as far as the stack tells.

    bleak's `mtu_size` is always 23 on BlueZ. The characteristics tell the truth from
    BlueZ 5.62 on; before, they say 23 too, which is taken for "not told".
    """
    if client.backend_id != BleakBackend.BLUEZ_DBUS:
        return client.mtu_size
    told = max((each.max_write_without_response_size for each in services.characteristics.values()), default=0) + 3
    return told if told > _MTU_DEFAULT else None
