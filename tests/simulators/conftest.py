"""For tests of the virtual radio: an ether with straps and radios in it, all in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import Any, TypeVar

import msgspec
import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice

from tidehold_simulators.bleak_backend import Radio, open_radio
from tidehold_simulators.body import SeededBody
from tidehold_simulators.ether import Ether
from tidehold_simulators.peripheral import Peripheral, Presence
from tidehold_simulators.scenario import Fault, StrapSpec, load_scenario
from tidehold_simulators.strap_model import Strap

T = TypeVar("T")

WITHIN_S = 5.0
"""Deadline of anything that should happen at once; a slow machine may need a moment."""

SPEED = 20.0
"""The strap lives faster than we do: a heart rate every 50 ms."""


class Heard:
    """What notifications brought, in order."""

    def __init__(self) -> None:
        self._values: asyncio.Queue[bytes] = asyncio.Queue()

    def __call__(self, _characteristic: object, value: bytearray) -> None:
        self._values.put_nowait(bytes(value))

    async def next(self) -> bytes:
        async with asyncio.timeout(WITHIN_S):
            return await self._values.get()

    def so_far(self) -> list[bytes]:
        return [self._values.get_nowait() for _ in range(self._values.qsize())]


class Links:
    """Clients whose link ended, and why they think it did."""

    def __init__(self) -> None:
        self.ended: asyncio.Queue[str | None] = asyncio.Queue()

    def __call__(self, client: BleakClient) -> None:
        assert not client.is_connected
        self.ended.put_nowait(reason(client))

    async def next(self) -> str | None:
        async with asyncio.timeout(WITHIN_S):
            return await self.ended.get()


def reason(client: BleakClient) -> str | None:
    found: str | None = getattr(client._backend, "disconnect_reason", "the backend has no such thing")
    return found


async def over(playing: asyncio.Task[None]) -> None:
    """End a strap that is still on; a strap that broke fails the test."""
    playing.cancel()
    with suppress(asyncio.CancelledError):
        await playing


class FaultyStrap(Strap):
    """A strap whose link goes down when the test says so."""

    fault: Fault | None = None

    def link_down(self, t_s: float) -> Fault | None:
        return self.fault


def strap_model() -> FaultyStrap:
    calm = msgspec.structs.replace(load_scenario("calm-6"), strap=StrapSpec(warm_up_s=0.0))
    return FaultyStrap(calm, SeededBody(calm.body, calm.seed))


class Air:
    """An ether on a TCP port, and what is put into it."""

    def __init__(self, stack: AsyncExitStack, ether: Ether, port: int) -> None:
        self._stack = stack
        self.ether = ether
        self.port = port

    async def strap(
        self,
        presence: Presence | None = None,
        *,
        model: Strap | None = None,
        on_sent: Callable[[str, bytes], None] = lambda _channel, _value: None,
    ) -> tuple[Peripheral, asyncio.Task[None]]:
        """A strap on the air, and the task that plays it."""
        model = model or strap_model()
        presence = presence or Presence(model.spec.name, model.spec.address)
        peripheral = Peripheral(self.ether, model, presence, speed=SPEED, on_sent=on_sent)
        playing = asyncio.create_task(peripheral.run())
        self._stack.push_async_callback(over, playing)
        await self.soon(peripheral.advertised.wait())
        return peripheral, playing

    async def radio(self) -> Radio:
        return await self._stack.enter_async_context(open_radio(f"tcp-client:127.0.0.1:{self.port}", WITHIN_S))

    async def find(self, radio: Radio, name: str = "Tidehold Sim 0001") -> BLEDevice:
        device = await self.sought(radio, WITHIN_S, name)
        assert device is not None
        return device

    async def sought(self, radio: Radio, timeout_s: float, name: str = "Tidehold Sim 0001") -> BLEDevice | None:
        scanner, _ = radio.transport()
        return await BleakScanner.find_device_by_name(name, timeout_s, **scanner)

    async def connect(self, radio: Radio, links: Links | None = None, **options: Any) -> BleakClient:
        """A client connected to the strap that is on the air."""
        _, client = radio.transport()
        strap = BleakClient(await self.find(radio), links, **client, **options)
        await self.soon(strap.connect())
        self._stack.push_async_callback(strap.disconnect)
        return strap

    @staticmethod
    async def soon(awaitable: Awaitable[T]) -> T:
        async with asyncio.timeout(WITHIN_S):
            return await awaitable

    @staticmethod
    async def until(holds: Callable[[], bool]) -> None:
        """Wait for something that tells nobody when it happens."""
        async with asyncio.timeout(WITHIN_S):
            while not holds():  # noqa: ASYNC110  # there is no event to wait for
                await asyncio.sleep(0.005)


@pytest.fixture
async def air(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Air]:
    # Straps are found, and given up for lost, faster than real ones: tests have no patience.
    monkeypatch.setattr("tidehold_simulators.on_air.ADVERTISING_MS", 20.0)
    monkeypatch.setattr("tidehold_simulators.on_air.SUPERVISION_TIMEOUT_S", 0.2)
    ether = Ether()
    async with ether.serve() as port, AsyncExitStack() as stack:
        yield Air(stack, ether, port)


@pytest.fixture
def model() -> FaultyStrap:
    return strap_model()


@pytest.fixture
def links() -> Links:
    return Links()


@pytest.fixture
def hear() -> type[Heard]:
    return Heard
