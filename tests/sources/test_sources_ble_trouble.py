"""Named failures, each with what to do."""

from types import SimpleNamespace
from typing import Literal

import msgspec
import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
)

from tests.sources.fakes import profile
from tidehold.sources.ble_trouble import IMU, STRAP, Trouble, Words, explain, is_gone, loss_of, words_for

Why = BleakBluetoothNotAvailableReason


def dbus(name: str, text: str = "") -> BleakDBusError:
    return BleakDBusError(name, [text])


LASTING = [
    (BleakBluetoothNotAvailableError("none", Why.NO_BLUETOOTH), "no Bluetooth adapter", "plug one in"),
    (BleakBluetoothNotAvailableError("none", Why.NO_BLE_CENTRAL_ROLE), "cannot do Low Energy", "4.0 or newer"),
    (BleakBluetoothNotAvailableError("off", Why.POWERED_OFF), "Bluetooth is off", "bluetoothctl power on"),
    (BleakBluetoothNotAvailableError("no", Why.DENIED_BY_USER), "no permission", "allow this user"),
    (BleakBluetoothNotAvailableError("no", Why.DENIED_BY_SYSTEM), "no permission", "allow this user"),
    (BleakBluetoothNotAvailableError("no", Why.DENIED_BY_UNKNOWN), "no permission", "allow this user"),
    (dbus("org.freedesktop.DBus.Error.ServiceUnknown"), "service is not running", "systemctl start bluetooth"),
    (dbus("org.freedesktop.DBus.Error.AccessDenied"), "no permission", "group 'bluetooth'"),
    (dbus("org.bluez.Error.NotReady"), "Bluetooth is off", "switch it on"),
    (PermissionError(13, "Permission denied"), "no permission", "allow this user"),
    (FileNotFoundError(2, "No such file or directory"), "no D-Bus", "systemctl start dbus"),
    (ConnectionRefusedError(111, "Connection refused"), "no D-Bus", "systemctl start dbus"),
    (BleakError("adapter 'hci7' not found"), "adapter 'hci7' not found", "bluetoothctl list"),
]
PASSING = [
    (dbus("org.bluez.Error.InProgress"), "adapter is busy", "close other programs that scan"),
    (dbus("org.bluez.Error.Failed", "le-connection-abort-by-local"), "le-connection-abort-by-local", "come closer"),
    (
        dbus("org.bluez.Error.Failed", "Software caused connection abort"),
        "Software caused",
        "another Bluetooth adapter",
    ),
    (BleakDeviceNotFoundError("F0", "It may have been removed from BlueZ"), "removed from BlueZ", "looked for again"),
    (BleakBluetoothNotAvailableError("hm", Why.UNKNOWN), "hm", "wait a little"),
    (BleakError("Not connected"), "Not connected", "wait a little"),
    (AssertionError(), "AssertionError", "wait a little"),
]


@pytest.mark.parametrize(("error", "reason", "advice"), LASTING, ids=repr)
def test_what_will_not_pass_by_waiting(error: Exception, reason: str, advice: str) -> None:
    trouble = explain(error, is_system=True)
    assert reason in trouble.reason
    assert advice in trouble.advice
    assert trouble.is_lasting


@pytest.mark.parametrize(("error", "reason", "advice"), PASSING, ids=repr)
def test_what_may_pass(error: Exception, reason: str, advice: str) -> None:
    trouble = explain(error, is_system=True, advice="wait a little")
    assert reason in trouble.reason
    assert advice in trouble.advice
    assert not trouble.is_lasting


def test_a_missing_socket_of_another_backend_is_not_taken_for_d_bus() -> None:
    trouble = explain(ConnectionRefusedError(111, "Connection refused"), is_system=False)
    assert "D-Bus" not in str(trouble)
    assert not trouble.is_lasting


def test_trouble_in_one_line() -> None:
    assert str(Trouble("Bluetooth is off", "switch it on")) == "Bluetooth is off; switch it on"


def test_only_a_forgotten_device_makes_further_tries_useless() -> None:
    assert is_gone(BleakDeviceNotFoundError("F0"))
    assert not is_gone(BleakError("Not connected"))


@pytest.mark.parametrize(
    ("known", "reason", "advice"),
    [
        (0x08, "Connection Timeout (0x08)", "out of range"),
        (0x3B, "Unacceptable Connection Parameters (0x3B)", "another"),
        (0x99, "Unknown (0x99)", ""),
        ("Remote User Terminated Connection (0x13)", "Remote User Terminated Connection (0x13)", "another app"),
        ("radio lost", "radio lost", ""),
        (None, "link lost", ""),
    ],
)
def test_why_a_link_was_lost(known: object, reason: str, advice: str) -> None:
    said, advised = loss_of(SimpleNamespace(_backend=SimpleNamespace(disconnect_reason=known)), STRAP)
    assert said == reason
    assert advice in advised
    assert bool(advice) == bool(advised)


def test_a_backend_that_knows_no_reasons() -> None:
    assert loss_of(SimpleNamespace(), IMU) == ("link lost", "")


@pytest.mark.parametrize(
    ("kinds", "words"), [((), STRAP), (("strap",), STRAP), (("imu", "imu"), IMU), (("imu", "strap"), STRAP)]
)
def test_words_for_a_kind(kinds: tuple[Literal["strap", "imu"], ...], words: Words) -> None:
    profiles = {str(n): msgspec.structs.replace(profile(), kind=kind) for n, kind in enumerate(kinds)}
    assert words_for(profiles) is words


def test_a_motion_sensor_is_not_told_about_skin_and_electrodes() -> None:
    said = " ".join((IMU.anyone, IMU.unheard, IMU.held, IMU.stuck, *IMU.losses.values()))
    assert not {"strap", "skin", "electrodes", "wear", "chest"}.intersection(said.replace(":", "").split())
    assert IMU.losses.keys() == STRAP.losses.keys()
