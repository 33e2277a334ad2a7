"""Small characteristics of the standard services: battery, sensor location, device information."""

from __future__ import annotations

from typing import Final

import msgspec

from tidehold.errors import WireError

BODY_LOCATIONS: Final = ("other", "chest", "wrist", "finger", "hand", "ear lobe", "foot")
"""By the value of Body Sensor Location (Heart Rate Service)."""

SYSTEM_ID_LENGTH: Final = 8


def decode_battery(payload: bytes) -> int:
    """Battery Level, 0x2A19, in percent (Battery Service).

    Raises:
        WireError: Not one byte of 0..100; the rest is reserved.
    """
    if len(payload) != 1:
        raise WireError(f"battery: {len(payload)} bytes instead of 1")
    if payload[0] > 100:
        raise WireError("battery: more than 100 %")
    return payload[0]


def encode_battery(percent: int) -> bytes:
    """Battery Level, the reverse of `decode_battery`.

    Raises:
        WireError: `percent` is outside 0..100.
    """
    if not 0 <= percent <= 100:
        raise WireError(f"battery: {percent} % is outside 0..100")
    return bytes((percent,))


def decode_body_location(payload: bytes) -> str:
    """Body Sensor Location, 0x2A38, as one of `BODY_LOCATIONS`.

    Raises:
        WireError: Not one byte, or a reserved value.
    """
    if len(payload) != 1:
        raise WireError(f"body location: {len(payload)} bytes instead of 1")
    if payload[0] >= len(BODY_LOCATIONS):
        raise WireError(f"body location: {payload[0]} is reserved")
    return BODY_LOCATIONS[payload[0]]


def encode_body_location(location: str) -> bytes:
    """Body Sensor Location, the reverse of `decode_body_location`.

    Raises:
        WireError: Not one of `BODY_LOCATIONS`.
    """
    if location not in BODY_LOCATIONS:
        raise WireError(f"body location: {location!r} is none of {', '.join(BODY_LOCATIONS)}")
    return bytes((BODY_LOCATIONS.index(location),))


def decode_text(payload: bytes) -> str:
    """A string of Device Information, 0x180A: maker, model, serial, versions.

    Devices pad with NUL as C does, so the text ends at the first one. Text
    that a terminal would obey instead of show is refused.

    Raises:
        WireError: Not UTF-8, or not printable.
    """
    try:
        text = payload.partition(b"\0")[0].decode()
    except UnicodeDecodeError:
        raise WireError("text: not UTF-8") from None
    if not text.isprintable():
        raise WireError("text: not printable")
    return text


def encode_text(text: str) -> bytes:
    """A string of Device Information, the reverse of `decode_text`.

    Raises:
        WireError: Not printable (a NUL, a line break, half a surrogate pair).
    """
    if not text.isprintable():
        raise WireError(f"text: {text!r} is not printable")
    return text.encode()


class SystemId(msgspec.Struct, frozen=True, gc=False):
    """System ID: the organisation (24 bits, given by the IEEE) and its number for the device (40 bits)."""

    organisation: int
    device: int

    def __str__(self) -> str:
        """Organisation and device in hexadecimal, as they are printed on labels."""
        return f"{self.organisation:06X}-{self.device:010X}"


def decode_system_id(payload: bytes) -> SystemId:
    """System ID, 0x2A23 (Device Information Service): little-endian, device first.

    Raises:
        WireError: Not eight bytes.
    """
    if len(payload) != SYSTEM_ID_LENGTH:
        raise WireError(f"system id: {len(payload)} bytes instead of {SYSTEM_ID_LENGTH}")
    return SystemId(organisation=int.from_bytes(payload[5:], "little"), device=int.from_bytes(payload[:5], "little"))


def encode_system_id(system_id: SystemId) -> bytes:
    """System ID, the reverse of `decode_system_id`.

    Raises:
        WireError: A number does not fit its bits.
    """
    try:
        return system_id.device.to_bytes(5, "little") + system_id.organisation.to_bytes(3, "little")
    except OverflowError:
        raise WireError(f"system id: {system_id} does not fit 24 and 40 bits") from None
