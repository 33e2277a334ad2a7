"""What went wrong with the radio, in words, and what to do about it."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from bleak.exc import (
    CONTROLLER_ERROR_CODES,
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
)

from tidehold.sources.ble_step import said
from tidehold.wire.profile import Profile

_NO_BUS: tuple[type[Exception], ...] = (FileNotFoundError, ConnectionRefusedError)
"""What opening the D-Bus socket raises where nothing serves it."""
if sys.platform == "linux":
    from dbus_fast import InvalidAddressError

    _NO_BUS += (InvalidAddressError,)


class Trouble(NamedTuple):
    """A failure in words. `is_lasting`: it will not pass by waiting, somebody has to do something."""

    reason: str
    advice: str
    is_lasting: bool = False

    def __str__(self) -> str:
        return f"{self.reason}; {self.advice}"


OTHER_APP: Final = (
    "another app or watch may hold the strap's only link: close it, "
    "or switch on dual Bluetooth in the maker's app; if neither helps, take the strap off for a minute"
)
OFF_FOR_A_MINUTE: Final = (
    "take the strap off for a minute, then put it on again: it may still be busy with a link that was not closed"
)
WEAR_IT: Final = "put the strap on and wet its electrodes: it only shows itself when worn, and to one app at a time"
SWITCH_IT_ON: Final = "switch the motion sensor on and bring it near: it shows itself to one app at a time"
OTHER_HOLDER: Final = (
    "another app may hold the motion sensor's only link: close it; if that does not help, switch the sensor off and on"
)
OFF_AND_ON: Final = "switch the motion sensor off and on: it may still be busy with a link that was not closed"

_RADIO: Final = "radio trouble: come closer, move away from USB 3 and Wi-Fi devices, or use another Bluetooth adapter"
_PERMISSION: Final = (
    "allow this user to use Bluetooth (on Linux: be a member of the group 'bluetooth' or log in at the desk)"
)
_NO_ADAPTER: Final = Trouble("no Bluetooth adapter", "plug one in, or give this machine access to it", is_lasting=True)
_OFF: Final = Trouble("Bluetooth is off", "switch it on (on Linux: bluetoothctl power on)", is_lasting=True)
_DENIED: Final = Trouble("no permission to use Bluetooth", _PERMISSION, is_lasting=True)
_NO_DBUS: Final = Trouble(
    "no D-Bus system bus, which Bluetooth on Linux needs",
    "start it (systemctl start dbus); in a container, share /run/dbus/system_bus_socket with it",
    is_lasting=True,
)
_NO_BLUEZ: Final = Trouble(
    "the Bluetooth service is not running", "start it (systemctl start bluetooth)", is_lasting=True
)

_Why = BleakBluetoothNotAvailableReason
_NOT_AVAILABLE: Final[dict[BleakBluetoothNotAvailableReason, Trouble]] = {
    _Why.NO_BLUETOOTH: _NO_ADAPTER,
    _Why.NO_BLE_CENTRAL_ROLE: Trouble(
        "the Bluetooth adapter cannot do Low Energy", "use one of Bluetooth 4.0 or newer", is_lasting=True
    ),
    _Why.POWERED_OFF: _OFF,
    _Why.DENIED_BY_USER: _DENIED,
    _Why.DENIED_BY_SYSTEM: _DENIED,
    _Why.DENIED_BY_UNKNOWN: _DENIED,
}
_DBUS: Final[dict[str, Trouble]] = {
    "org.freedesktop.DBus.Error.ServiceUnknown": _NO_BLUEZ,
    "org.freedesktop.DBus.Error.NameHasNoOwner": _NO_BLUEZ,
    "org.freedesktop.DBus.Error.AccessDenied": _DENIED,
    "org.bluez.Error.NotReady": _OFF,
    "org.bluez.Error.InProgress": Trouble("the Bluetooth adapter is busy", "close other programs that scan"),
}
_PHRASES: Final[dict[str, str]] = {
    "le-connection-abort-by-local": _RADIO,
    "Software caused connection abort": _RADIO,
    "removed from BlueZ": "it went out of sight between the scan and the connection; it is looked for again",
}
_LOSSES: Final[dict[int, str]] = {
    0x3B: "device and adapter disagree on connection parameters, a known fault of some adapters: use another one",
    0x3E: _RADIO,
}
"""Advice by HCI error code (Core 6.0, Vol 1 Part F 1.3), whatever the device."""


class Words(NamedTuple):
    """What is said of one kind of device, and advised."""

    anyone: str
    """Any device of the kind."""
    unheard: str
    """What to do if it is not heard."""
    held: str
    """If it is heard, but takes no link."""
    stuck: str
    """If its links end as soon as they are up."""
    losses: Mapping[int, str]
    """If a link was lost, by HCI error code."""


STRAP: Final = Words(
    "any heart-rate strap",
    WEAR_IT,
    OTHER_APP,
    OFF_FOR_A_MINUTE,
    _LOSSES
    | {
        0x08: "out of range, or a body in between: keep the receiver in sight of the chest",
        0x13: "the strap ended it: off the skin, or taken over by another app or watch",
        0x15: "the strap switched itself off: battery low, or off the skin",
    },
)
IMU: Final = Words(
    "any motion sensor",
    SWITCH_IT_ON,
    OTHER_HOLDER,
    OFF_AND_ON,
    _LOSSES
    | {
        0x08: "out of range, or a body in between: keep the receiver in sight of the motion sensor",
        0x13: "the motion sensor ended it: switched off, or taken over by another app",
        0x15: "the motion sensor switched itself off: battery low, or its reset button",
    },
)


def words_for(profiles: Mapping[str, Profile]) -> Words:
    """How to speak of the devices of some profiles."""
    return IMU if profiles and all(profile.kind == "imu" for profile in profiles.values()) else STRAP


def explain(error: BaseException, *, is_system: bool, advice: str = "it is tried again") -> Trouble:
    """A failure of the Bluetooth stack, in words.

    Args:
        error: What was raised.
        is_system: Whether by the system's own Bluetooth, so that a missing socket is that of D-Bus.
        advice: What to do if the error says nothing better.
    """
    if isinstance(error, BleakBluetoothNotAvailableError) and error.reason in _NOT_AVAILABLE:
        return _NOT_AVAILABLE[error.reason]
    if isinstance(error, BleakDBusError) and error.dbus_error in _DBUS:
        return _DBUS[error.dbus_error]
    if isinstance(error, PermissionError):
        return _DENIED
    if is_system and isinstance(error, _NO_BUS):
        return _NO_DBUS
    text = said(error)
    if "adapter" in text and "not found" in text:
        return Trouble(text, "name one that is there (on Linux: bluetoothctl list)", is_lasting=True)
    return Trouble(text, next((hint for phrase, hint in _PHRASES.items() if phrase in text), advice))


def is_gone(error: BaseException) -> bool:
    """Whether the stack has forgotten the device, so that trying again without scanning is useless."""
    return isinstance(error, BleakDeviceNotFoundError)


def loss_of(client: Any, words: Words) -> tuple[str, str]:
    """Why a client's link ended, and advice ("" if there is none), as far as its backend knows.

    bleak has no word for the reason. A backend that knows it holds it in `disconnect_reason`:
    the HCI error code, or a text with the code in it. From all others it is "link lost".
    """
    reason = getattr(getattr(client, "_backend", None), "disconnect_reason", None)
    if isinstance(reason, int):
        reason = f"{CONTROLLER_ERROR_CODES.get(reason, 'Unknown')} (0x{reason:02X})"
    if not isinstance(reason, str):
        return "link lost", ""
    code = re.search(r"0x([0-9A-Fa-f]{2})", reason)
    return reason, words.losses.get(int(code[1], 16), "") if code else ""
