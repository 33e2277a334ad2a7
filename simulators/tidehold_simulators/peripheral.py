"""A chest strap as a real GATT peripheral: plays a strap model in real time.

Heart Rate (0x180D), Battery (0x180F), Device Information (0x180A) and, if the
strap has streams, Polar Measurement Data. The model decides what is sent; this
decides to whom.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final, Protocol, Unpack

from bumble import att, core, data_types, gatt
from bumble.core import AdvertisingData
from bumble.device import Connection
from bumble.gatt import Service

from tidehold_simulators import control_point
from tidehold_simulators.encoders import pmd_features
from tidehold_simulators.ether import Ether
from tidehold_simulators.on_air import (
    INDICATE,
    LOW_ENERGY_ONLY,
    NOTIFY,
    OnAir,
    Options,
    Presence,
    characteristic,
    information_service,
)
from tidehold_simulators.scenario import Fault
from tidehold_simulators.strap_model import Emission

__all__ = ["Peripheral", "Presence", "StrapModel"]

PMD_SERVICE: Final = core.UUID("FB005C80-02E7-F387-1CAD-8ACD2D8DF0C8")
PMD_CONTROL: Final = core.UUID("FB005C81-02E7-F387-1CAD-8ACD2D8DF0C8")
PMD_DATA: Final = core.UUID("FB005C82-02E7-F387-1CAD-8ACD2D8DF0C8")

CHEST: Final = 1
"""Body Sensor Location (0x2A38)."""

_CCCD_IMPROPERLY_CONFIGURED: Final = 0xFD
"""Core Specification Supplement, Part B 1.2: what a strap says when its answer could not be indicated."""


class StrapModel(control_point.Streaming, Protocol):
    """What a strap does in time; `strap_model.Strap` is one."""

    hr_on: bool

    @property
    def battery_percent(self) -> int:
        """Charge, 0..100."""
        ...

    @property
    def information(self) -> dict[str, str]:
        """Device Information strings: manufacturer, model, serial, firmware, hardware, software."""
        ...

    def advance(self, until_s: float) -> Sequence[Emission]:
        """All that the strap sends up to `until_s`, in order of time."""
        ...

    def link_down(self, t_s: float) -> Fault | None:
        """The link fault that is going on at `t_s`."""
        ...


class Peripheral(OnAir):
    """A strap on the air.

    PMD streams go on until they are stopped, whatever becomes of the link; who
    connects anew must ask for notifications again, and finds the streams "already
    in state".

    Args:
        ether: As for `OnAir`.
        strap: The model to play.
        presence: As for `OnAir`.
        **options: As for `OnAir`; channels are "hr", "pmd" and "battery".
    """

    def __init__(self, ether: Ether, strap: StrapModel, presence: Presence, **options: Unpack[Options]) -> None:
        super().__init__(ether, presence, **options)
        self._strap = strap
        self._battery_told: dict[Connection, int] = {}
        self._indications: set[asyncio.Future[None]] = set()
        self._channels = {
            "hr": characteristic(gatt.GATT_HEART_RATE_MEASUREMENT_CHARACTERISTIC, notify=True),
            "battery": characteristic(gatt.GATT_BATTERY_LEVEL_CHARACTERISTIC, read=self._battery, notify=True),
            "pmd": characteristic(PMD_DATA, notify=True),
        }
        self._control = characteristic(
            PMD_CONTROL, read=lambda: pmd_features(strap.streams), write=self._on_command, indicate=True
        )
        self._device.add_services(self._services())

    def _services(self) -> Iterable[Service]:
        location = characteristic(gatt.GATT_BODY_SENSOR_LOCATION_CHARACTERISTIC, read=lambda: bytes((CHEST,)))
        yield Service(gatt.GATT_HEART_RATE_SERVICE, [self._channels["hr"], location])
        yield Service(gatt.GATT_BATTERY_SERVICE, [self._channels["battery"]])
        yield information_service(self._strap.information)
        if self._strap.streams:
            yield Service(PMD_SERVICE, [self._control, self._channels["pmd"]])

    def _advertisement(self) -> tuple[AdvertisingData, AdvertisingData]:
        services = data_types.CompleteListOf16BitServiceUUIDs([gatt.GATT_HEART_RATE_SERVICE])
        name = data_types.CompleteLocalName(self._presence.name)
        return AdvertisingData([LOW_ENERGY_ONLY, services]), AdvertisingData([name])

    async def _act(self, t_s: float) -> None:
        """Do what is due at this moment of the strap's life."""
        self._strap.hr_on = any(self._listens(link, self._channels["hr"], NOTIFY) for link in self._links)
        for emission in self._strap.advance(t_s):
            await self._send(emission.channel, emission.payload, self._links)
        level = self._strap.battery_percent
        self._battery_told = {link: told for link, told in self._battery_told.items() if link in self._links}
        untold = [link for link in self._links if self._battery_told.get(link) != level]
        for link in await self._send("battery", self._battery(), untold):
            self._battery_told[link] = level

    def _fault(self) -> Fault | None:
        return self._strap.link_down(self._life_s * self._speed)

    def _forget(self) -> None:
        for stream in tuple(self._strap.running):
            self._strap.stop(stream)

    async def _send(self, channel: str, value: bytes, links: Iterable[Connection]) -> list[Connection]:
        return await self._notify(channel, self._channels[channel], value, links)

    def _battery(self) -> bytes:
        return bytes((self._strap.battery_percent,))

    def _on_command(self, link: Connection, command: bytes) -> None:
        """A write to the control point: carried out now, answered by an indication after the write's own response."""
        if not self._listens(link, self._control, INDICATE):
            raise att.ATT_Error(_CCCD_IMPROPERLY_CONFIGURED)
        answer = control_point.answer(self._strap, command, link.att_mtu)
        indication = asyncio.ensure_future(link.cancel_on_disconnection(self._indicate(link, answer)))
        self._indications.add(indication)
        indication.add_done_callback(self._indications.discard)

    async def _indicate(self, link: Connection, answer: bytes) -> None:
        with suppress(TimeoutError):  # a client that does not confirm
            await self._device.indicate_subscriber(link, self._control, answer)
