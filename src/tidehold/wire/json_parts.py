"""JSON from a phone, opened no further than is needed: parts stay the bytes that arrived.

A phone is anything that can reach the broker, so a text is first held against
what a parser can be made to choke on: it must be UTF-8 and not nested deeply.
The depth is a property of the bytes, where a parser's own limit would be one of
the stack it happens to run on, and a replay must refuse what the recording did.

Also what takes the place of parts that must not be kept (`tidehold.wire.sieve`):
`leftOut` in an object counts them, and a whole payload is replaced by its
refusal. Both name their reasons from closed sets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Final

import msgspec

from tidehold.errors import WireError

Parts = dict[str, msgspec.Raw]
"""An object by its keys; of a key that is there twice, the last, as every JSON reader has it."""

MAX_MESSAGE: Final = 262_144
"""Bytes of the longest message: a second of every sensor of a phone at its fastest is a tenth of that."""
MAX_DEPTH: Final = 32
"""Brackets in one another that are always read, three times as many never; Sensor Logger and phyphox nest four."""

TOO_LONG: Final = f"longer than {MAX_MESSAGE} bytes"
NOT_UTF8: Final = "not UTF-8"
NOT_JSON: Final = "not JSON"
TOO_DEEP: Final = f"nested deeper than {MAX_DEPTH}"
NO_OBJECT: Final = "not a JSON object"
NO_LIST: Final = "payload is not a list"
MAX_ENTRIES: Final = 2_000
"""Of one message: more than fit the longest, if they are as long as real ones; each costs time."""
TOO_MANY: Final = f"more than {MAX_ENTRIES} entries"
NO_CHANNEL: Final = "no such channel in the profile"
REASONS: Final = (TOO_LONG, NOT_UTF8, NOT_JSON, TOO_DEEP, NO_OBJECT, NO_LIST, TOO_MANY, NO_CHANNEL)
"""Why a whole payload is refused."""

TEXT: Final = "text"
UNREADABLE: Final = "unreadable"
OTHER: Final = "other"
SENSORS: Final = frozenset(
    (
        *(
            "accelerometer",
            "accelerometeruncalibrated",
            "totalacceleration",
            "gravity",
            "gyroscope",
            "gyroscopeuncalibrated",
        ),
        *("orientation", "compass", "magnetometer", "magnetometeruncalibrated"),
        *(
            "heartrate",
            "wristmotion",
            "headphone",
            "watchbarometer",
            "watchcompass",
            "watchlocation",
            "watchmagnetometer",
            "watchmicrophone",
        ),
        *("activity", "pedometer", "annotation", "microphone", "camera", "location", "altitude", "barometer", "light"),
        *("battery", "batterytemp", "brightness", "network", "wifi", "bluetooth", "bluetoothmetadata"),
    )
)
"""Sensors of Sensor Logger (its UNITS.md), without blanks and capitals: the only names that are counted by name."""
LEFT_OUT: Final = "leftOut"
_COUNTABLE: Final = SENSORS | {UNREADABLE, OTHER}
_MAX_COUNT: Final = 1_000_000

_PARTS: Final = msgspec.json.Decoder(Parts)
_ANY: Final = msgspec.json.Decoder(msgspec.Raw)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_TEXT: Final = msgspec.json.Decoder(str)
_FLOAT: Final = msgspec.json.Decoder(float)
_NUMBER: Final = msgspec.json.Decoder(int | float)
_COUNTS: Final = msgspec.json.Decoder(dict[str, int])

_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b'[]{}"\\'))
_BLANKS: Final = b" \t\r\n"


class _Refusal(msgspec.Struct, forbid_unknown_fields=True):
    """What a payload of `length` bytes was replaced by."""

    refused: str
    length: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = msgspec.field(name="bytes")


_REFUSAL: Final = msgspec.json.Decoder(_Refusal)


def check_text(payload: bytes) -> None:
    """Hold bytes against what no parser should be given.

    Raises:
        WireError: Too long, not UTF-8, or too deeply nested: one of `REASONS`.
    """
    if len(payload) > MAX_MESSAGE:
        raise WireError(TOO_LONG)
    if not payload.isascii():
        try:
            payload.decode()
        except UnicodeDecodeError:
            raise WireError(NOT_UTF8) from None
    if _too_deep(payload):
        raise WireError(TOO_DEEP)


def _too_deep(payload: bytes) -> bool:
    """Whether brackets are nested too deeply.

    Pairs of brackets are taken out from the inside, one or two levels a round;
    of a message that is one, too few are left after some to matter. Else what is left is counted.
    """
    left = payload.translate(None, _NO_BRACKETS).replace(b'""', b"")
    if b'"' in left or b"\\" in left:  # a string with a bracket or an escape in it
        left = _STRING.sub(b"", payload).translate(None, _NO_BRACKETS)
    for _ in range(MAX_DEPTH):
        if len(left) <= MAX_DEPTH:
            return False
        left = left.replace(b"{}", b"").replace(b"[]", b"")
    depth = 0
    for byte in left:
        depth += (byte in b"[{") - (byte in b"]}")
        if not 0 <= depth <= MAX_DEPTH:
            return depth > 0
    return False


def read_parts(payload: bytes) -> Parts | None:
    """The parts of a JSON object; None for JSON that is something else.

    Raises:
        WireError: Not JSON, or refused by `check_text`; also for a payload that `refusal` replaced.
    """
    check_text(payload)
    try:
        parts = _PARTS.decode(payload)
    except msgspec.ValidationError:
        _check_json(payload)
        return None
    except msgspec.DecodeError:
        raise WireError(NOT_JSON) from None
    refused = _refused(payload) if "refused" in parts else None
    if refused:
        raise WireError(refused.refused)
    return parts


def _check_json(payload: bytes) -> None:
    try:
        _ANY.decode(payload)
    except msgspec.DecodeError:
        raise WireError(NOT_JSON) from None


def _refused(payload: bytes) -> _Refusal | None:
    """The refusal that a payload is; None if it is something else."""
    try:
        said = _REFUSAL.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return said if said.refused in REASONS else None


def refusal(payload: bytes, reason: str) -> bytes:
    """What replaces a payload that is refused whole; a refusal stays what it is."""
    before = _refused(payload) if len(payload) <= MAX_MESSAGE else None
    return msgspec.json.encode(before or _Refusal(reason, len(payload)))


def read_list(raw: msgspec.Raw) -> list[msgspec.Raw] | None:
    """The items of an array; None if it is none."""
    try:
        return _LIST.decode(raw)
    except msgspec.DecodeError:
        return None


def read_object(raw: msgspec.Raw) -> Parts | None:
    """The parts of an object inside a payload; None if it is none."""
    try:
        return _PARTS.decode(raw)
    except msgspec.DecodeError:
        return None


def read_text(raw: msgspec.Raw | None) -> str | None:
    """A string; None if it is none."""
    try:
        return None if raw is None else _TEXT.decode(raw)
    except msgspec.DecodeError:
        return None


def read_number(raw: msgspec.Raw) -> float | None:
    """A finite number; None for all else, like true, text and 1e400."""
    try:
        return _FLOAT.decode(raw)
    except msgspec.DecodeError:
        return None


def read_integer(raw: msgspec.Raw | None) -> int | None:
    """A whole number, also one that is written with a point or an exponent; None for all else.

    JavaScript knows one kind of number only, so a producer may write 1.7e18.
    """
    try:
        number = None if raw is None else _NUMBER.decode(raw)
    except msgspec.DecodeError:
        return None
    if isinstance(number, float):
        return int(number) if number.is_integer() else None
    return number


def read_left_out(parts: Mapping[str, msgspec.Raw]) -> dict[str, int]:
    """How many parts were left out of an object before, by name; empty unless it says so properly."""
    if LEFT_OUT not in parts:
        return {}
    try:
        counts = _COUNTS.decode(parts[LEFT_OUT])
    except msgspec.DecodeError:
        return {}
    return proper_counts(counts)


def proper_counts(counts: dict[str, int]) -> dict[str, int]:
    """The counts if they are such as a sieve makes; else none."""
    proper = all(name in _COUNTABLE and 1 <= count <= _MAX_COUNT for name, count in counts.items())
    return counts if proper else {}


def sensor_key(name: str) -> str:
    """Under which name entries of a sensor are counted: its own only if it is a known one."""
    key = name.replace(" ", "").lower()
    return key if key in SENSORS else OTHER


def add_counts(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """Counts of parts that were left out, together, in the order of their names."""
    return {name: min(one.get(name, 0) + other.get(name, 0), _MAX_COUNT) for name in sorted({*one, *other})}


def left_out_reasons(counts: Mapping[str, int]) -> dict[str, int]:
    """The counts by the reason that `Decoded.skipped` names."""
    return {
        "entry: not readable" if name == UNREADABLE else f"{name}: not named in the profile": count
        for name, count in counts.items()
    }


def write_object(parts: Iterable[tuple[str, bytes | msgspec.Raw]]) -> bytes:
    """A JSON object of parts that are JSON already."""
    return b"{" + b",".join(b"%b:%b" % (msgspec.json.encode(key), bytes(part)) for key, part in parts) + b"}"


def bare_length(text: bytes) -> int:
    """Bytes without blanks: an object that has nothing but some parts is as long as one made of them."""
    return len(text.translate(None, _BLANKS))
