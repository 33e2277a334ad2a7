"""Polar Measurement Data: the control point, where streams are asked for, started and stopped.

Read, it lists what the device measures. Written, it takes commands; each is
answered by an indication. The device may also say that it stopped by itself.
"""

from __future__ import annotations

import enum
import math
import struct
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from tidehold.errors import WireError
from tidehold.wire.pmd import MEASUREMENT_MASK, Measurement


class Op(enum.IntEnum):
    """What a command asks for."""

    SETTINGS = 1
    START = 2
    STOP = 3


_OPS: Final[dict[int, str]] = {op.value: op.name.lower() for op in Op}
_NAMES: Final[dict[int, str]] = {kind.value: kind.name.lower().replace("_", " ") for kind in Measurement}


class Setting(enum.IntEnum):
    """What can be set, or is told, about a measurement."""

    RATE_HZ = 0
    RESOLUTION_BITS = 1
    RANGE = 2
    RANGE_MILLI = 3
    CHANNELS = 4
    FACTOR = 5
    SECURITY = 6


SETTING_CODES: Final[dict[int, str]] = {
    Setting.RATE_HZ: "H",
    Setting.RESOLUTION_BITS: "H",
    Setting.RANGE: "H",
    Setting.RANGE_MILLI: "I",
    Setting.CHANNELS: "B",
    Setting.FACTOR: "f",
    Setting.SECURITY: "16s",
}
"""How one value of a setting is packed; the wire says how many there are, never their width."""

Settings = dict[int, tuple[int | float | bytes, ...]]
"""Values by `Setting`: those on offer, or the one chosen."""

OK: Final = 0
STATUS: Final[dict[int, str]] = {
    OK: "ok",
    1: "unknown command",
    2: "unknown measurement type",
    3: "not supported",
    4: "wrong length",
    5: "wrong parameter",
    6: "already in that state",
    7: "wrong resolution",
    8: "wrong sample rate",
    9: "wrong range",
    10: "MTU too small",
    11: "wrong number of channels",
    12: "not possible in this state",
    13: "not possible on the charger",
    14: "disk full",
}
SUCCESS: Final = (OK, 6)
"""A stream that runs already is what a start asks for, and a stopped one what a stop does."""

RESPONSE: Final = 0xF0
FEATURES: Final = 0x0F
STOPPED: Final = 0x01
"""First byte of what the control point says."""


class Features(msgspec.Struct, frozen=True):
    """The measurement types a device offers, ascending."""

    measurements: tuple[int, ...]

    @property
    def text(self) -> str:
        """In words."""
        return f"offers {_names(self.measurements) or 'nothing'}"


class Response(msgspec.Struct, frozen=True):
    """The answer to a command."""

    op: int
    measurement: int
    status: int = OK
    more: bool = False
    """Whether the parameters go on in the next indication."""
    parameters: bytes = b""

    @property
    def ok(self) -> bool:
        """Whether what was asked for holds now."""
        return self.status in SUCCESS

    @property
    def text(self) -> str:
        """In words: "start acc: ok"."""
        verb = _OPS.get(self.op, f"command {self.op}")
        return f"{verb} {_name(self.measurement)}: {STATUS.get(self.status, f'status {self.status}')}"


class Stopped(msgspec.Struct, frozen=True):
    """The device stopped these measurements by itself."""

    measurements: tuple[int, ...]

    @property
    def text(self) -> str:
        """In words."""
        return f"the device stopped {_names(self.measurements) or 'a measurement'}"


class Command(msgspec.Struct, frozen=True):
    """What is written; only a start carries settings."""

    op: Op
    measurement: int
    settings: Settings = {}


def decode_features(payload: bytes) -> Features:
    """What a read of the control point says: 0x0F, then a bit per measurement type.

    Raises:
        WireError: Not a list of features, or a bit past the last possible type.
    """
    if len(payload) < 2 or payload[0] != FEATURES:
        raise WireError("PMD features: no list")
    mask = int.from_bytes(payload[1:], "little")
    if mask >> MEASUREMENT_MASK + 1:
        raise WireError("PMD features: a type past 63")
    return Features(tuple(kind for kind in range(mask.bit_length()) if mask >> kind & 1))


def encode_features(features: Features) -> bytes:
    """What a read of the control point says, 17 bytes as the H10 sends.

    Raises:
        WireError: A type outside 0..63.
    """
    if not all(0 <= kind <= MEASUREMENT_MASK for kind in features.measurements):
        raise WireError(f"PMD features: a type outside 0..63 in {features.measurements}")
    return bytes((FEATURES,)) + sum(1 << kind for kind in dict.fromkeys(features.measurements)).to_bytes(16, "little")


def decode_settings(payload: bytes) -> Settings:
    """Settings, each as id, count, and as many values of the width its id implies.

    Raises:
        WireError: An unknown id (its width is unknown too), one that comes twice,
            values cut short, or a factor that is no finite number.
    """
    settings: Settings = {}
    at = 0
    while at < len(payload):
        setting = payload[at]
        code = SETTING_CODES.get(setting)
        if code is None or setting in settings:
            raise WireError(f"PMD settings: id {setting} is unknown or comes twice")
        layout = struct.Struct("<" + code * int.from_bytes(payload[at + 1 : at + 2]))
        if at + 2 + layout.size > len(payload):
            raise WireError("PMD settings: cut short")
        values = layout.unpack_from(payload, at + 2)
        if code == "f" and not all(map(math.isfinite, values)):
            raise WireError("PMD settings: a factor that is no finite number")
        settings[setting] = values
        at += 2 + layout.size
    return settings


def encode_settings(settings: Settings) -> bytes:
    """Settings, the reverse of `decode_settings`.

    Raises:
        WireError: An unknown id, more than 255 values, or a value that does not fit its width.
    """
    return b"".join(_encode_setting(*item) for item in settings.items())


def decode_command(payload: bytes) -> Command:
    """A command, as the device reads it.

    Raises:
        WireError: An unknown command, or one that is too short or too long.
    """
    if len(payload) < 2 or payload[0] not in _OPS:
        raise WireError("PMD command: unknown or without a measurement type")
    if payload[0] != Op.START and len(payload) > 2:
        raise WireError(f"PMD command: {_OPS[payload[0]]} takes no settings")
    return Command(Op(payload[0]), payload[1] & MEASUREMENT_MASK, decode_settings(payload[2:]))


def encode_command(command: Command) -> bytes:
    """A command, as it is written.

    Raises:
        WireError: A measurement type outside 0..63, or settings that do not fit.
    """
    return bytes((command.op, _checked(command.measurement))) + encode_settings(command.settings)


def decode_response(payload: bytes) -> Response:
    """The answer to a command. A refusal may end after its status.

    Raises:
        WireError: Not an answer, or cut short.
    """
    if len(payload) < 4 or payload[0] != RESPONSE:
        raise WireError("PMD response: none, or cut short")
    _, op, measurement, status = payload[:4]
    if status == OK and len(payload) < 5:
        raise WireError("PMD response: cut short")
    return Response(op, measurement & MEASUREMENT_MASK, status, any(payload[4:5]), payload[5:])


def encode_response(response: Response) -> bytes:
    """The answer to a command, as the device sends it.

    Raises:
        WireError: A number does not fit its byte.
    """
    if not (0 <= response.op <= 0xFF and 0 <= response.status <= 0xFF):
        raise WireError(f"PMD response: {response} does not fit its bytes")
    head = (RESPONSE, response.op, _checked(response.measurement), response.status, response.more)
    return bytes(head) + response.parameters


def decode_stopped(payload: bytes) -> Stopped:
    """Which measurements the device stopped by itself.

    Raises:
        WireError: Not this announcement.
    """
    if payload[:1] != bytes((STOPPED,)):
        raise WireError("PMD control point: no announcement of a stop")
    return Stopped(tuple(kind & MEASUREMENT_MASK for kind in payload[1:]))


def encode_stopped(stopped: Stopped) -> bytes:
    """The announcement that measurements were stopped.

    Raises:
        WireError: A measurement type outside 0..63.
    """
    return bytes((STOPPED, *map(_checked, stopped.measurements)))


_CONTROL: Final[dict[int, Callable[[bytes], Features | Response | Stopped]]] = {
    FEATURES: decode_features,
    RESPONSE: decode_response,
    STOPPED: decode_stopped,
}


def decode_control(payload: bytes) -> Features | Response | Stopped:
    """Whatever the control point says, read or indicated.

    Raises:
        WireError: None of the three.
    """
    decode = _CONTROL.get(payload[0]) if payload else None
    if decode is None:
        raise WireError(f"PMD control point: begins with {payload[:1].hex() or 'nothing'}")
    return decode(payload)


def start_factor(response: Response) -> float | None:
    """The factor of compressed counts, where the answer to a start names one.

    The H10 names none: it ends its answer for acceleration with a lone 0x01.

    Raises:
        WireError: The settings it names are damaged.
    """
    if response.op != Op.START or response.parameters[:1] != bytes((Setting.FACTOR,)):
        return None
    factors: Iterator[float] = (float(value) for value in decode_settings(response.parameters)[Setting.FACTOR])
    return next(factors, None)


def _encode_setting(setting: int, values: tuple[int | float | bytes, ...]) -> bytes:
    try:
        packed = struct.pack("<BB" + SETTING_CODES[setting] * len(values), setting, len(values), *values)
    except (KeyError, OverflowError, struct.error) as error:
        raise WireError(f"PMD settings: {setting} = {values} does not fit: {error}") from None
    # struct cuts and pads bytes silently; only a factor may change, to the nearest of 32 bits
    if decode_settings(packed)[setting] != values and setting != Setting.FACTOR:
        raise WireError(f"PMD settings: {setting} = {values} does not fit")
    return packed


def _checked(measurement: int) -> int:
    if not 0 <= measurement <= MEASUREMENT_MASK:
        raise WireError(f"PMD: measurement type {measurement} is outside 0..63")
    return measurement


def _name(measurement: int) -> str:
    return _NAMES.get(measurement, f"type {measurement}")


def _names(measurements: tuple[int, ...]) -> str:
    return ", ".join(map(_name, measurements))
