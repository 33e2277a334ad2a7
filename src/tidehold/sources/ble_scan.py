"""Who is there: scanning, and choosing the device to connect to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from typing import Final, NamedTuple

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from tidehold.errors import SourceError
from tidehold.sources.ble_options import USUAL, Timing, Transport, Wanted
from tidehold.sources.ble_step import StepError
from tidehold.sources.ble_trouble import explain
from tidehold.sources.profiles import match_profile
from tidehold.wire.profile import Profile

_UNKNOWN_RSSI: Final = (127, -127)
"""What controllers (Core 6.0, Vol 4 Part E 7.7.65.2) and BlueZ say for "not known"."""
_FAR_DBM: Final = -200


class Sighting(NamedTuple):
    """What a device has said of itself in this scan: its advertisements and scan responses put together."""

    device: BLEDevice
    name: str | None
    services: tuple[str, ...]
    rssi_dbm: int | None


class Seen(NamedTuple):
    """A device within reach; `profile` is the id of the profile that would serve it, None if none does."""

    address: str
    name: str | None
    rssi_dbm: int | None
    services: tuple[str, ...]
    profile: str | None


def is_wanted(
    wanted: Wanted, profiles: Mapping[str, Profile], address: str, name: str | None, services: Sequence[str]
) -> bool:
    """Whether a device is the one to connect to: with no wish, any that one of the profiles knows."""
    if wanted.address:
        return address.casefold() == wanted.address.casefold()
    if wanted.name:
        return wanted.name.casefold() in (name or "").casefold()
    return match_profile(profiles, name, services) is not None


async def scan(
    transport: Transport, seconds: float, profiles: Mapping[str, Profile], timing: Timing = USUAL
) -> list[Seen]:
    """All devices heard within `seconds`: those that a profile knows first, then the nearest first.

    Raises:
        SourceError: There is no Bluetooth to scan with; the text says what to do.
    """
    sightings: dict[str, Sighting] = {}
    try:
        async with _listening(transport, timing, sightings):
            await asyncio.sleep(seconds)
    except StepError as error:
        raise SourceError(str(explain(error.cause, is_system=transport.is_system))) from error
    seen = [_as_seen(sighting, profiles) for sighting in sightings.values()]
    return sorted(seen, key=lambda each: (each.profile is None, -_nearness(each.rssi_dbm), each.address))


async def listen(
    transport: Transport,
    profiles: Mapping[str, Profile],
    tell: Callable[[list[Seen]], None],
    timing: Timing = USUAL,
    every_s: float = 0.5,
) -> None:
    """Tell all devices within reach, in the order in which they were first heard, again and again until cancelled.

    One that is heard neither in this round of scanning nor in the one before is told no more.

    Args:
        transport: How to reach Bluetooth.
        profiles: Devices that are known, by id.
        tell: Told of all devices.
        timing: Deadlines, and the length of a round.
        every_s: How often to tell.

    Raises:
        SourceError: There is no Bluetooth to scan with; the text says what to do.
    """
    before: dict[str, Sighting] = {}
    try:
        while True:
            sightings: dict[str, Sighting] = {}
            async with _listening(transport, timing, sightings):
                for _ in range(max(round(timing.scan_round / every_s), 1)):
                    await asyncio.sleep(every_s)
                    tell([_as_seen(each, profiles) for each in (before | sightings).values()])
            before = {address: each for address, each in (before | sightings).items() if address in sightings}
    except StepError as error:
        raise SourceError(str(explain(error.cause, is_system=transport.is_system))) from error


async def find(
    transport: Transport,
    wanted: Wanted,
    profiles: Mapping[str, Profile],
    timing: Timing,
    known_name: str | None = None,
) -> Sighting | None:
    """The wanted device, as soon as it is heard; None if it is not within one round of scanning.

    With no device named, the nearest of those heard within a moment of the first:
    it is rather on this person than the neighbour's. A device's name, which its profile
    is chosen by, may come a moment after its services, in a scan response.

    Args:
        transport: How to reach Bluetooth.
        wanted: Which device.
        profiles: Devices that are known, by id: those of the wanted kind only.
        timing: Deadlines.
        known_name: Its name if known from before, so that there is no need to wait for it.

    Raises:
        StepError: Scanning could not start.
    """
    sightings: dict[str, Sighting] = {}
    heard = asyncio.Event()

    def candidates() -> list[Sighting]:
        return [s for s in sightings.values() if is_wanted(wanted, profiles, s.device.address, s.name, s.services)]

    def is_settled() -> bool:
        return bool(wanted.address or wanted.name) and all(s.name or known_name for s in candidates())

    async with _listening(transport, timing, sightings, heard.set):
        await _until(heard, lambda: bool(candidates()), timing.scan_round)
        if candidates():
            await _until(heard, is_settled, timing.choose)
    nearest = max(candidates(), key=lambda s: _nearness(s.rssi_dbm), default=None)
    return nearest and nearest._replace(name=nearest.name or known_name)


async def _until(heard: asyncio.Event, is_enough: Callable[[], bool], seconds: float) -> None:
    """Wait until what was heard is enough, but no longer than `seconds`."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not is_enough():
                heard.clear()
                await heard.wait()


def _nearness(rssi_dbm: int | None) -> int:
    """Signal strength to sort by; unknown is far."""
    return _FAR_DBM if rssi_dbm is None else rssi_dbm


def _listening(
    transport: Transport,
    timing: Timing,
    sightings: dict[str, Sighting],
    on_heard: Callable[[], None] = lambda: None,
) -> AbstractAsyncContextManager[None]:
    """Scan, keeping the latest of every device by its address."""

    def on_advertisement(device: BLEDevice, said: AdvertisementData) -> None:
        before = sightings.get(device.address)
        services = dict.fromkeys((*(before.services if before else ()), *map(str.lower, said.service_uuids)))
        name = said.local_name or device.name or (before.name if before else None)
        rssi_dbm = None if said.rssi in _UNKNOWN_RSSI else said.rssi
        sightings[device.address] = Sighting(device, name, tuple(services), rssi_dbm)
        on_heard()

    return transport.air.listening(
        on_advertisement, start_s=timing.scan_start, stop_s=timing.scan_stop, stale_s=timing.scan_round
    )


def _as_seen(sighting: Sighting, profiles: Mapping[str, Profile]) -> Seen:
    profile = match_profile(profiles, sighting.name, sighting.services)
    return Seen(
        sighting.device.address,
        sighting.name,
        sighting.rssi_dbm,
        sighting.services,
        profile.id if profile else None,
    )
