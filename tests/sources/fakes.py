"""A strap, an air and a bleak backend in memory, in time that a test does not have to wait for.

For the failures that a real link cannot be made to have. What can be shown over the
real one is shown there.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any, Self, TypeVar

from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDBusError, BleakError

from tidehold.records import Frame, Input, Link
from tidehold.sources.ble_arm import Streams
from tidehold.sources.ble_connect import Connection, connect, release
from tidehold.sources.ble_gatt import Gatt
from tidehold.sources.ble_options import ANY, USUAL, Timing, Transport
from tidehold.sources.ble_scan import find
from tidehold.sources.ble_watch import StallWatch
from tidehold.sources.clock import SessionClock
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold.wire.profile import Profile, full_uuid

T = TypeVar("T")

HR = full_uuid("180d")
PLAIN = ("hr", "contact", "energy", "rr", "battery")
"""Streams of the simulated strap that need no start."""
READS = ["body-location", "battery", "manufacturer", "model", "serial", "firmware", "hardware", "software"]
ADDRESS = "F0:54:48:00:00:01"
ECG_SETTINGS = bytes.fromhex("f0010000000001820001010e00")
ACC_SETTINGS = bytes.fromhex("f0010200000004190032006400c800010110000203020004000800")
IMU_ADDRESS = "E7:62:69:74:00:01"
FACE_UP = bytes.fromhex("0000000000fc")
"""z = -1024: a micro:bit that lies on its back."""
HR_60 = bytes.fromhex("163c0004")
ECG_FRAME = bytes.fromhex("000094357700000000000280ff028000")
ACC_FRAME = bytes.fromhex("02009435770000000001f7ffffffe703")


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time passes only while it has nothing to do, and then at once."""

    def __init__(self) -> None:
        super().__init__(_Impatient(self))
        self.now_s = 0.0

    def time(self) -> float:
        return self.now_s


class _Impatient(selectors.DefaultSelector):
    """Does not wait: tells the loop instead how long it would have waited."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "the test would wait for ever"
            self._loop.now_s += max(timeout, 0.0)
        return ready


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


def virtual_clock() -> SessionClock:
    """Session time of the running (virtual) loop."""
    loop = asyncio.get_running_loop()
    return SessionClock(lambda: round(loop.time() * NS), lambda: 0)


@cache
def profile(of: str = "simulated") -> Profile:
    return builtin_profiles()[of]


class FakeStrap:
    """A strap with the characteristics of a profile. Everything it is asked is in `asked`, in order."""

    def __init__(
        self, *, name: str | None = "Tidehold Sim 0001", address: str = ADDRESS, of: str = "simulated"
    ) -> None:
        self.name = name
        self.address = address
        self.rssi = -60
        self.scan_response = False
        """Whether the name comes by itself, after the services."""
        self.services = [HR]
        self.mtu = 247
        self.connect_s = 0.1
        self.failures: list[Exception | None] = []
        """What the next connections fail with; None: not at all."""
        self.asked: list[str] = []
        self.clients: list[FakeClient] = []
        self.mute: set[str] = set()
        """Of "hr", "ecg", "acc": what is not sent although it is on."""
        self.running: set[str] = set()
        self.deaf: set[str] = set()
        """Operations that are never answered, as they are written to `asked`."""
        self.broken: dict[str, Exception] = {}
        """Operations that fail, as they are written to `asked`."""
        self.answers: dict[str, bytes | None] = {
            "0100": ECG_SETTINGS,
            "0102": ACC_SETTINGS,
            "0200": bytes.fromhex("f002000000"),
            "0202": bytes.fromhex("f00202000001"),
            "0300": bytes.fromhex("f003000000"),
            "0302": bytes.fromhex("f003020000"),
        }
        """By the first two bytes of a command."""
        self.reads = {"pmd-control": bytes.fromhex("0f05" + "00" * 15), "battery": b"\x57", "body-location": b"\x01"}
        self.table: dict[str, tuple[str, str, list[str]]] = {
            channel.id: (channel.service, channel.uuid, [channel.mode]) for channel in profile(of).channel
        }
        if "pmd-control" in self.table:
            self.table["pmd-control"][2].extend(["read", "write"])

    @property
    def link(self) -> FakeClient | None:
        return next((client for client in self.clients if client.is_connected), None)

    def drop(self, reason: object = None) -> None:
        """The link ends, and the other side is told."""
        assert self.link is not None
        self.link.end(reason)

    def send(self, channel: str, payload: bytes) -> None:
        if self.link is not None and channel in self.link.notified:
            self.link.notified[channel](bytearray(payload))

    async def do(self, operation: str) -> None:
        self.asked.append(operation)
        await asyncio.sleep(0.01)
        if operation in self.deaf:
            await asyncio.get_running_loop().create_future()
        if operation in self.broken:
            raise self.broken[operation]

    async def command(self, command: bytes) -> None:
        await self.do(command.hex())
        answer = self.answers.get(command[:2].hex())
        if answer is None:
            return
        stream = {0: "ecg", 2: "acc"}[command[1]]
        if answer[3] == 0 and command[0] > 1:
            (self.running.add if command[0] == 2 else self.running.discard)(stream)
        self.send("pmd-control", answer)

    async def live(self) -> None:
        """Send what is on: everything once a second."""
        while True:
            await asyncio.sleep(1)
            for stream, channel, payload in (("hr", "hr", HR_60), ("ecg", "pmd", ECG_FRAME), ("acc", "pmd", ACC_FRAME)):
                if stream not in self.mute and (stream == "hr" or stream in self.running):
                    self.send(channel, payload)


class FakeImu(FakeStrap):
    """A micro:bit: advertises its name only, and sends acceleration every 20 ms."""

    def __init__(self, *, name: str | None = "BBC micro:bit [zuvav]", address: str = IMU_ADDRESS) -> None:
        super().__init__(name=name, address=address, of="micro-bit-imu")
        self.services = []
        self.mtu = 23

    async def live(self) -> None:
        while True:
            await asyncio.sleep(0.02)
            if "acc" not in self.mute:
                self.send("accelerometer", FACE_UP)


class FakeAir:
    """All straps within reach, and the radio."""

    def __init__(self, *straps: FakeStrap) -> None:
        self.straps = list(straps)
        self.failure: Exception | None = None
        """What scanning fails with."""
        self.scans = 0
        self.scanning = 0
        """Scans that are on. As BlueZ does, it refuses a second one."""
        self.connecting = 0
        """Attempts to connect that are under way; of two the second fails, as on many adapters."""
        self.stop_failure: Exception | None = None

    @property
    def transport(self) -> Transport:
        return Transport({"backend": FakeScanner, "air": self}, {"backend": FakeClient, "air": self})


class FakeScanner(BaseBleakScanner):
    def __init__(self, callback: Any, services: Any, mode: str, *, air: FakeAir, **_: Any) -> None:
        super().__init__(callback, services)
        self._air = air
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._air.scans += 1
        await asyncio.sleep(0.01)
        if self._air.failure is not None:
            raise self._air.failure
        if self._air.scanning:
            raise BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"])
        self._air.scanning += 1
        self._task = asyncio.create_task(self._advertise())

    async def stop(self) -> None:
        assert self._task is not None
        self._task.cancel()
        self._air.scanning -= 1
        if self._air.stop_failure is not None:
            raise self._air.stop_failure

    async def _advertise(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            for strap in self._air.straps:
                if strap.link is None:
                    self._hear(strap, None if strap.scan_response else strap.name, strap.services)
            await asyncio.sleep(0.1)
            for strap in self._air.straps:
                if strap.link is None and strap.scan_response:
                    self._hear(strap, strap.name, [])

    def _hear(self, strap: FakeStrap, name: str | None, services: list[str]) -> None:
        said = AdvertisementData(name, {}, {}, services, None, strap.rssi, ())
        device = self.create_or_update_device(strap.address, strap.address, name, strap, said)
        self.call_detection_callbacks(device, said)


class FakeClient(BaseBleakClient):
    disconnect_reason: object = None

    def __init__(self, device: BLEDevice | str, *, air: FakeAir, services: Any = None, **kwargs: Any) -> None:
        super().__init__(device, **kwargs)
        assert isinstance(device, BLEDevice)
        self._air = air
        self.strap: FakeStrap = device.details
        self.strap.clients.append(self)
        self.notified: dict[str, NotifyCallback] = {}
        self.notify_options: dict[str, Any] = {}
        self._connected = False
        self.closed = False

    @property
    def mtu_size(self) -> int:
        return self.strap.mtu

    @property
    def is_connected(self) -> bool:
        return self._connected

    async def connect(self, pair: bool = False, **_: Any) -> None:
        assert not self.closed, "a client is used once"
        self.strap.asked.append("connect")
        if self._air.connecting:
            raise BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"])
        self._air.connecting += 1
        try:
            await asyncio.sleep(self.strap.connect_s)
        finally:
            self._air.connecting -= 1
        failure = self.strap.failures.pop(0) if self.strap.failures else None
        if failure is not None:
            raise failure
        self._connected = True
        self.services = self._discover()

    def end(self, reason: object = None, *, tell: bool = True) -> None:
        self._connected = False
        self.services = None
        self.disconnect_reason = reason
        self.notified.clear()
        if tell and self._disconnected_callback is not None:
            self._disconnected_callback()

    async def disconnect(self) -> None:
        self.closed = True
        await self.strap.do("disconnect")
        if self._connected:
            self.end()

    async def pair(self, *_: Any, **__: Any) -> None:
        raise NotImplementedError

    async def unpair(self) -> None:
        raise NotImplementedError

    def _discover(self) -> BleakGATTServiceCollection:
        found = BleakGATTServiceCollection()
        uuids = dict.fromkeys(service for service, _, _ in self.strap.table.values())
        handles = {uuid: handle for handle, uuid in enumerate(uuids, 1)}
        for uuid, handle in handles.items():
            found.add_service(BleakGATTService(None, handle, uuid))
        for handle, (channel, (service, uuid, properties)) in enumerate(self.strap.table.items(), 100):
            of = found.services[handles[service]]
            names: Any = properties  # bleak keeps its type of them to itself
            found.add_characteristic(
                BleakGATTCharacteristic(channel, handle, uuid, names, lambda: self.strap.mtu - 3, of)
            )
        return found

    async def _do(self, operation: str) -> None:
        if not self._connected:
            raise BleakError("Not connected")
        await self.strap.do(operation)

    async def read_gatt_char(self, characteristic: BleakGATTCharacteristic, **_: Any) -> bytearray:
        await self._do(f"read {characteristic.obj}")
        return bytearray(self.strap.reads.get(characteristic.obj, b"text"))

    async def write_gatt_char(self, characteristic: BleakGATTCharacteristic, data: Any, response: bool) -> None:
        assert response, "whether it was taken must be known"
        if characteristic.obj == "pmd-control":
            await self.strap.command(bytes(data))
        else:
            await self._do(f"write {characteristic.obj} {bytes(data).hex()}")

    async def start_notify(self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **kw: Any) -> None:
        await self._do(f"notify {characteristic.obj}")
        self.notified[characteristic.obj] = callback
        self.notify_options = kw

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        await self._do(f"unnotify {characteristic.obj}")
        del self.notified[characteristic.obj]

    async def read_gatt_descriptor(self, descriptor: BleakGATTDescriptor, **_: Any) -> bytearray:
        raise NotImplementedError

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: Any) -> None:
        raise NotImplementedError


class Kept:
    """Keeps what a source puts, and can be waited on."""

    def __init__(self) -> None:
        self.inputs: list[Input] = []
        self._more = asyncio.Event()

    def put(self, item: Input) -> None:
        self.inputs.append(item)
        self._more.set()

    @property
    def links(self) -> list[Link]:
        return [item for item in self.inputs if isinstance(item, Link)]

    @property
    def states(self) -> list[str]:
        return [link.state for link in self.links]

    def frames(self, channel: str) -> list[Frame]:
        return [item for item in self.inputs if isinstance(item, Frame) and item.channel == channel]

    async def until(self, is_enough: Callable[[], object], seconds: float = 600.0) -> None:
        """Wait until enough was put.

        Raises:
            TimeoutError: It never was; the links so far are in the text.
        """
        try:
            async with asyncio.timeout(seconds):
                while not is_enough():
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            raise TimeoutError(
                "\n".join(f"{link.t / NS:.3f} {link.state} {link.detail}" for link in self.links)
            ) from None

    async def until_state(self, state: str, count: int = 1, seconds: float = 600.0) -> Link:
        """The `count`-th link of a state, as soon as there is one."""
        await self.until(lambda: self.states.count(state) >= count, seconds)
        return [link for link in self.links if link.state == state][count - 1]


async def ended(task: asyncio.Task[Any]) -> None:
    """Cancel a task and see it end, which it must by being cancelled."""
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


class Bench:
    """A strap that is connected, and its streams, which `on` has switched on."""

    def __init__(self, strap: FakeStrap, profiles: dict[str, Profile] | None = None, timing: Timing = USUAL) -> None:
        self.strap = strap
        self.profiles = profiles or builtin_profiles()
        self.timing = timing
        self.heard: list[tuple[str, bytes]] = []

    async def __aenter__(self) -> Self:
        air = FakeAir(self.strap)
        sighting = await find(air.transport, ANY, self.profiles, self.timing)
        assert sighting is not None
        self.link: Connection = await connect(air.transport, sighting, self.profiles, self.timing)
        self.strap.asked.clear()
        self.watch = StallWatch(virtual_clock(), self.timing.warm_up)
        self.gatt = Gatt(self.link, self.hear, air.transport, self.timing)
        self.streams = Streams(self.link, self.hear, self.watch, air.transport, self.timing)
        return self

    async def __aexit__(self, *_: object) -> None:
        await release(self.link.client, self.timing)

    def hear(self, channel: str, payload: bytes) -> None:
        self.heard.append((channel, payload))


def on(strap: FakeStrap, test: Callable[[Bench], object], **options: Any) -> None:
    """Run `test` with a bench whose strap was switched on."""

    async def main() -> None:
        async with Bench(strap, **options) as bench:
            await bench.streams.switch_on()
            work = test(bench)
            if isinstance(work, Coroutine):
                await work

    run(main())
