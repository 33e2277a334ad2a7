"""BlueZ as a D-Bus mock: a bus of its own, bluezoo with two adapters, and a strap on the second of them."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Final

from dbus_fast import BusType, Message, MessageType, PropertyAccess, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusBool, DBusBytes, DBusDict, DBusObjectPath, DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

BLUEZ: Final = "org.bluez"
ADDRESS: Final = "00:11:22:33:44:66"
NAME: Final = "HRM 0123"
DEVICE: Final = f"/org/bluez/hci0/dev_{ADDRESS.replace(':', '_')}"
HCI0: Final = {"bluez": {"adapter": "hci0"}}

_Strings = Annotated[list[str], DBusSignature("as")]
_Nothing = Annotated[None, DBusSignature("")]

HR, HR_MEASUREMENT = "180d", "2a37"
BATTERY, BATTERY_LEVEL = "180f", "2a19"


def missing() -> str:
    """What keeps the mock from running here; "" if nothing does."""
    if shutil.which("dbus-daemon") is None:
        return "dbus-daemon"
    return "" if find_spec("bluezoo") else "bluezoo"


@contextmanager
def bus(log: Path) -> Generator[str]:
    """A D-Bus daemon for what is the system bus elsewhere; yields its address."""
    command = ["dbus-daemon", "--session", "--print-address=1", "--nofork"]
    with log.open("a") as file, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=file, text=True) as daemon:
        try:
            assert daemon.stdout is not None
            yield daemon.stdout.readline().strip()
        finally:
            daemon.terminate()


@contextmanager
def bluez(log: Path) -> Generator[str]:
    """bluezoo on a bus of its own, with hci0 and hci1; yields the address of the bus."""
    program = [sys.executable, str(Path(__file__).with_name("run_bluezoo.py"))]
    adapters = ["--adapter=00:11:22:33:44:55", f"--adapter={ADDRESS}"]
    command = [*program, "--auto-enable", "--scan-interval=1", *adapters]
    with bus(log) as address, log.open("a") as file:
        environment = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": address}
        with subprocess.Popen(command, stderr=file, env=environment) as mock:
            try:
                yield address
            finally:
                mock.terminate()


class Peer:
    """The other side of the mock: the strap, and whoever else talks to BlueZ."""

    def __init__(self, connection: MessageBus, heart: _Characteristic, advertisement: _Advertisement) -> None:
        self.bus = connection
        self.heart = heart
        self.advertisement = advertisement

    async def call(self, path: str, interface: str, member: str, signature: str = "", *body: Any) -> Any:
        message = Message(
            destination=BLUEZ, path=path, interface=interface, member=member, signature=signature, body=list(body)
        )
        reply = await self.bus.call(message)
        assert reply.message_type is MessageType.METHOD_RETURN, (member, reply.error_name, reply.body)
        return reply.body[0] if reply.body else None

    async def device(self, member: str) -> None:
        """Call a method of the strap as the adapter hci0 sees it: Connect, Disconnect."""
        await self.call(DEVICE, "org.bluez.Device1", member)

    async def is_connected(self) -> bool:
        found = await self.call(
            DEVICE, "org.freedesktop.DBus.Properties", "Get", "ss", "org.bluez.Device1", "Connected"
        )
        return bool(found.value)

    async def powered(self, adapter: str, *, on: bool) -> None:
        path, value = f"/org/bluez/{adapter}", Variant("b", on)
        body = ("org.bluez.Adapter1", "Powered", value)
        await self.call(path, "org.freedesktop.DBus.Properties", "Set", "ssv", *body)


@asynccontextmanager
async def peer() -> AsyncGenerator[Peer]:
    """A heart-rate strap on hci1 that beats and advertises; to be used on the bus of `bluez`."""
    system = await MessageBus(bus_type=BusType.SYSTEM).connect()
    tasks: set[asyncio.Task[None]] = set()
    try:
        advertisement = _Advertisement()
        app = {
            "/strap/service0001": _Service(HR),
            "/strap/service0001/char0002": _Characteristic(HR_MEASUREMENT, "/strap/service0001", ["notify"], b""),
            "/strap/service0003": _Service(BATTERY),
            "/strap/service0003/char0004": _Characteristic(BATTERY_LEVEL, "/strap/service0003", ["read"], b"\x57"),
        }
        for path, interface in app.items():
            system.export(path, interface)
        system.export("/strap/advertisement", advertisement)
        heart = app["/strap/service0001/char0002"]
        assert isinstance(heart, _Characteristic)
        made = Peer(system, heart, advertisement)
        await _ready(made)
        await made.call("/org/bluez/hci1", "org.bluez.GattManager1", "RegisterApplication", "oa{sv}", "/strap", {})
        await made.call(
            "/org/bluez/hci1",
            "org.bluez.LEAdvertisingManager1",
            "RegisterAdvertisement",
            "oa{sv}",
            "/strap/advertisement",
            {},
        )
        tasks |= {asyncio.create_task(_beat(heart)), asyncio.create_task(_advertise(advertisement))}
        yield made
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        system.disconnect()
        await system.wait_for_disconnect()  # type: ignore[no-untyped-call]


async def _ready(made: Peer) -> None:
    """Wait for both adapters to be there and switched on."""
    asked = Message(
        destination=BLUEZ, path="/", interface="org.freedesktop.DBus.ObjectManager", member="GetManagedObjects"
    )
    async with asyncio.timeout(20):
        while True:
            reply = await made.bus.call(asked)
            if reply.message_type is MessageType.METHOD_RETURN:
                adapters = [
                    each["org.bluez.Adapter1"] for each in reply.body[0].values() if "org.bluez.Adapter1" in each
                ]
                if [adapter["Powered"].value for adapter in adapters] == [True, True]:
                    return
            await asyncio.sleep(0.05)


async def _beat(heart: _Characteristic) -> None:
    while True:
        await asyncio.sleep(0.1)
        heart.notify(bytes.fromhex("163c0004"))


async def _advertise(advertisement: _Advertisement) -> None:
    """BlueZ tells of a device that it knows only when something about it changes: so something does."""
    while True:
        await asyncio.sleep(0.5)
        advertisement.change()


class _Service(ServiceInterface):
    def __init__(self, uuid: str) -> None:
        super().__init__("org.bluez.GattService1")
        self._uuid = uuid

    @dbus_property(access=PropertyAccess.READ)
    def UUID(self) -> DBusStr:  # noqa: N802  # a name of BlueZ
        return self._uuid

    @dbus_property(access=PropertyAccess.READ)
    def Primary(self) -> DBusBool:  # noqa: N802
        return True


class _Characteristic(ServiceInterface):
    def __init__(self, uuid: str, service: str, flags: list[str], value: bytes) -> None:
        super().__init__("org.bluez.GattCharacteristic1")
        self._uuid, self._service, self._flags, self._value = uuid, service, flags, value
        self.notifying = False

    def notify(self, value: bytes) -> None:
        if self.notifying:
            self._value = value
            self.emit_properties_changed({"Value": value})

    @dbus_property(access=PropertyAccess.READ)
    def UUID(self) -> DBusStr:  # noqa: N802
        return self._uuid

    @dbus_property(access=PropertyAccess.READ)
    def Service(self) -> DBusObjectPath:  # noqa: N802
        return self._service

    @dbus_property(access=PropertyAccess.READ)
    def Flags(self) -> _Strings:  # noqa: N802
        return self._flags

    @dbus_property(access=PropertyAccess.READ)
    def Value(self) -> DBusBytes:  # noqa: N802
        return self._value

    @dbus_property(access=PropertyAccess.READ)
    def Notifying(self) -> DBusBool:  # noqa: N802
        return self.notifying

    @dbus_method()
    def ReadValue(self, options: DBusDict) -> DBusBytes:  # noqa: N802
        return self._value

    @dbus_method()
    def StartNotify(self) -> _Nothing:  # noqa: N802
        self.notifying = True

    @dbus_method()
    def StopNotify(self) -> _Nothing:  # noqa: N802
        self.notifying = False

    @dbus_method()
    def Confirm(self) -> _Nothing:  # noqa: N802
        pass


class _Advertisement(ServiceInterface):
    def __init__(self) -> None:
        super().__init__("org.bluez.LEAdvertisement1")
        self._count = 0

    def change(self) -> None:
        self._count += 1
        self.emit_properties_changed({"ServiceData": self._service_data})

    @property
    def _service_data(self) -> dict[str, Variant]:
        return {HR: Variant("ay", self._count.to_bytes(4, "little"))}

    @dbus_property(access=PropertyAccess.READ)
    def Type(self) -> DBusStr:  # noqa: N802
        return "peripheral"

    @dbus_property(access=PropertyAccess.READ)
    def LocalName(self) -> DBusStr:  # noqa: N802
        return NAME

    @dbus_property(access=PropertyAccess.READ)
    def ServiceUUIDs(self) -> _Strings:  # noqa: N802
        return [HR]

    @dbus_property(access=PropertyAccess.READ)
    def ServiceData(self) -> DBusDict:  # noqa: N802
        return self._service_data

    @dbus_property(access=PropertyAccess.READ)
    def Discoverable(self) -> DBusBool:  # noqa: N802
        return True

    @dbus_method()
    def Release(self) -> _Nothing:  # noqa: N802
        pass
