"""What every device does with its links, shown by one that does nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import pytest
from bleak import BleakClient
from bleak.exc import BleakGATTProtocolError
from bumble import core, data_types
from bumble.core import AdvertisingData
from bumble.gatt import Service

from tidehold_simulators.bleak_backend import Radio
from tidehold_simulators.on_air import LOW_ENERGY_ONLY, OnAir, Presence, characteristic, information_service
from tidehold_simulators.program import boot_ns
from tidehold_simulators.scenario import Fault

if TYPE_CHECKING:
    from tests.simulators.conftest import Air, Heard, Links

PRESENCE: Final = Presence("Tick", "F0:00:00:00:00:07")
UUIDS: Final = [f"0000fff{n}-0000-1000-8000-00805f9b34fb" for n in range(4)]
SERVICE, TICKS, READ, WRITTEN = UUIDS


class Tick(OnAir):
    """Counts the moments of its life."""

    def __init__(self, air: Air, presence: Presence = PRESENCE, **options: Any) -> None:
        super().__init__(air.ether, presence, **options)
        self.lived: list[float] = []
        self.fault: Fault | None = None
        self.forgot = 0
        self.written: list[bytes] = []
        self.ticks = characteristic(core.UUID(TICKS), notify=True)
        read = characteristic(core.UUID(READ), read=lambda: b"read")
        written = characteristic(core.UUID(WRITTEN), write=lambda _, value: self.written.append(value))
        self._device.add_services([Service(core.UUID(SERVICE), [self.ticks, read, written])])
        self._device.add_services([information_service({"model": "Tick"})])

    def _advertisement(self) -> tuple[AdvertisingData, AdvertisingData]:
        name = data_types.CompleteLocalName(self.presence.name)
        return AdvertisingData([LOW_ENERGY_ONLY, name]), AdvertisingData()

    async def _act(self, t_s: float) -> None:
        self.lived.append(t_s)
        await self._notify("ticks", self.ticks, len(self.lived).to_bytes(30, "big"), self._links)

    def _fault(self) -> Fault | None:
        return self.fault

    def _forget(self) -> None:
        self.forgot += 1


@asynccontextmanager
async def alive(tick: Tick, air: Air) -> AsyncGenerator[None]:
    playing = asyncio.create_task(tick.run())
    await air.soon(tick.advertised.wait())
    yield
    playing.cancel()
    with suppress(asyncio.CancelledError):
        await playing


async def connected(air: Air, radio: Radio, links: Links | None = None, **options: Any) -> BleakClient:
    client = BleakClient(await air.find(radio, PRESENCE.name), links, **radio.transport()[1], **options)
    await air.soon(client.connect())
    return client


async def test_who_listens_is_told_if_it_fits(air: Air, hear: type[Heard]) -> None:
    sent: list[tuple[str, bytes]] = []
    tick = Tick(air, on_sent=lambda channel, value: sent.append((channel, value)))
    async with alive(tick, air):
        radio = await air.radio()
        short = await connected(air, radio, mtu=23)
        heard = hear()
        await short.start_notify(TICKS, heard)
        count = len(tick.lived)
        await air.until(lambda: len(tick.lived) > count + 5)
        assert heard.so_far() == []
        assert sent == [], "30 bytes do not fit an MTU of 23"
        await short.disconnect()
        long = await connected(air, radio)
        await long.start_notify(TICKS, heard)
        values = [await heard.next() for _ in range(5)]
        assert sent[:5] == [("ticks", value) for value in values]
        await long.disconnect()


async def test_a_characteristic_permits_what_it_says(air: Air) -> None:
    tick = Tick(air)
    async with alive(tick, air):
        client = await connected(air, await air.radio())
        assert await client.read_gatt_char(READ) == b"read"
        await client.write_gatt_char(WRITTEN, b"written", response=True)
        assert tick.written == [b"written"]
        with pytest.raises(BleakGATTProtocolError):
            await client.read_gatt_char(WRITTEN)
        with pytest.raises(BleakGATTProtocolError):
            await client.write_gatt_char(READ, b"", response=True)
        await client.disconnect()


@pytest.mark.parametrize(
    ("fault", "reason", "forgets"),
    [
        ("link-drop", "Remote User Terminated Connection (0x13)", 0),
        ("restart", "Remote Device Terminated Connection due to Power Off (0x15)", 1),
        ("supervision-timeout", "Connection Timeout (0x08)", 0),
    ],
)
async def test_faults_of_its_own_accord(air: Air, links: Links, fault: Any, reason: str, forgets: int) -> None:
    tick = Tick(air)
    async with alive(tick, air):
        radio = await air.radio()
        await connected(air, radio, links)
        tick.fault = Fault(kind=fault, at_s=0, for_s=1)
        assert await links.next() == reason
        await air.until(lambda: tick.forgot == forgets)
        assert await air.sought(radio, 0.2, PRESENCE.name) is None, "it lasts"
        tick.fault = None
        await (await connected(air, radio)).disconnect()


@pytest.mark.parametrize(("age_s", "speed", "life_s"), [(1000.0, 1.0, 1000.0), (10.0, 20.0, 200.0), (-0.3, 1.0, 0.0)])
async def test_it_is_as_old_as_its_body(air: Air, age_s: float, speed: float, life_s: float) -> None:
    began_s = asyncio.get_running_loop().time()
    tick = Tick(air, born_ns=boot_ns() - round(age_s * 1e9), speed=speed)
    async with alive(tick, air):
        late_s = asyncio.get_running_loop().time() - began_s
        assert tick.lived[0] == pytest.approx(life_s + 0.05, abs=(late_s + 0.05) * speed)
        assert late_s > -age_s, "before its body is born it is not there"
        assert tick.lived == sorted(tick.lived)
