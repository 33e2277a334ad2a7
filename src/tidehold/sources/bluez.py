"""Links that a killed run left behind in BlueZ, found and released.

BlueZ keeps a connection for the program that asked for it, and goes on keeping it
when that program is killed. The strap then shows itself to nobody, "gone for ever"
(bleak #315, #367). Linux only; without D-Bus or BlueZ there is nothing to release.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

if sys.platform == "linux":
    from bleak.backends.bluezdbus.utils import get_dbus_authenticator
    from dbus_fast import BusType, DBusFastError, Message, MessageType, unpack_variants
    from dbus_fast.aio import MessageBus

IsWanted = Callable[[str, str | None, Sequence[str]], bool]
"""Whether a device is meant, by its address, name and service UUIDs."""

_BLUEZ: Final = "org.bluez"
_DEVICE: Final = "org.bluez.Device1"
_POLL_S: Final = 0.05


async def release_orphans(is_wanted: IsWanted, adapter: str | None = None) -> list[str]:
    """Disconnect every wanted device that BlueZ holds a link to.

    To be called while this program holds none of its own to such a device.

    Args:
        is_wanted: Which devices.
        adapter: Only those of this adapter, as in "hci0"; None for all.

    Returns:
        What was released, in words; empty where there is no BlueZ to ask.
    """
    if sys.platform != "linux":
        return []
    try:
        bus = MessageBus(bus_type=BusType.SYSTEM, auth=get_dbus_authenticator())
    except (OSError, DBusFastError):
        return []
    try:
        await bus.connect()
        return [
            f"{device.get('Alias', device['Address'])} ({device['Address']})"
            for path, device in (await _devices(bus)).items()
            if device["Connected"]
            and path.startswith(f"/org/bluez/{adapter}/" if adapter else "/org/bluez/")
            and is_wanted(device["Address"], device.get("Name"), device.get("UUIDs", ()))
            and await _release(bus, path)
        ]
    except (OSError, EOFError, DBusFastError):
        return []
    finally:
        bus.disconnect()


async def _release(bus: MessageBus, path: str) -> bool:
    """Disconnect one device and wait until it is; False if BlueZ will not."""
    reply = await bus.call(Message(destination=_BLUEZ, path=path, interface=_DEVICE, member="Disconnect"))
    if reply.message_type is MessageType.ERROR:
        return False
    while (await _devices(bus)).get(path, {}).get("Connected", False):  # noqa: ASYNC110  # simpler than a signal
        await asyncio.sleep(_POLL_S)
    return True


async def _devices(bus: MessageBus) -> dict[str, dict[str, Any]]:
    """Properties of all devices that BlueZ knows, by object path; none without BlueZ."""
    reply = await bus.call(
        Message(
            destination=_BLUEZ,
            path="/",
            interface="org.freedesktop.DBus.ObjectManager",
            member="GetManagedObjects",
        )
    )
    if reply.message_type is MessageType.ERROR:
        return {}
    return {
        path: unpack_variants(interfaces[_DEVICE])
        for path, interfaces in reply.body[0].items()
        if _DEVICE in interfaces
    }
