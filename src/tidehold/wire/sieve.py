"""What of a phone's message may be written to a session file: only what the profile names.

A phone pushes whatever is switched on in its app: where it is, what networks are
near, what its owner typed. None of that is Tidehold's business, and a session file
is made to be handed on. So a message goes through here before it is an input, and
what was left out is counted (`leftOut`), since silence about it would be a lie.

The bytes of what stays are those that arrived. The sifted message decodes to the
same readings, counts and refusals as the message, and sifts to itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Final, Literal

import msgspec

from tidehold.errors import WireError
from tidehold.wire.json_parts import (
    LEFT_OUT,
    MAX_ENTRIES,
    MAX_MESSAGE,
    NO_CHANNEL,
    NO_OBJECT,
    TEXT,
    Parts,
    add_counts,
    bare_length,
    check_text,
    read_integer,
    read_left_out,
    read_parts,
    read_text,
    refusal,
    write_object,
)
from tidehold.wire.phyphox import TIME, known_buffers
from tidehold.wire.phyphox import left_out as other_buffers
from tidehold.wire.profile import Codec, Profile, Stream
from tidehold.wire.sensor_logger import INT64_MAX, MAX_NAME, read_entries
from tidehold.wire.sensor_logger import left_out as other_entries

Sift = Callable[[bytes], bytes]
"""A payload to what may be kept of it; raises WireError for one that is refused whole."""

TEXT_MARK: Final = msgspec.json.encode({LEFT_OUT: {TEXT: 1}})
"""In place of JSON without a payload: it decodes to the words for such."""


class _Entry(msgspec.Struct, gc=False):
    name: str
    time: int


class _Message(msgspec.Struct, forbid_unknown_fields=True):
    """A message with nothing to leave out, if its entries are of the right sensors and no key is there twice."""

    payload: list[_Entry]
    messageId: Annotated[int, msgspec.Meta(ge=-INT64_MAX, le=INT64_MAX)]  # noqa: N815  # Sensor Logger's name
    sessionId: Annotated[str, msgspec.Meta(max_length=MAX_NAME)]  # noqa: N815
    deviceId: Annotated[str, msgspec.Meta(max_length=MAX_NAME)]  # noqa: N815


class _Happening(msgspec.Struct, forbid_unknown_fields=True):
    event: Literal["START", "PAUSE"]
    experimentTime: float  # noqa: N815  # phyphox's name
    systemTime: float  # noqa: N815


class _Time(msgspec.Struct, forbid_unknown_fields=True):
    """phyphox's times of the experiment's start and pauses, and of the message, s."""

    now: float
    events: list[_Happening] = []


_MESSAGE: Final = msgspec.json.Decoder(_Message)
_TIME: Final = msgspec.json.Decoder(_Time)
_ONCE: Final = (b'"payload"', b'"messageId"', b'"sessionId"', b'"deviceId"')
_PER_ENTRY: Final = (b'"name"', b'"time"', b'"values"')


class Sieve:
    """Leaves out of payloads what a profile does not name."""

    def __init__(self, profile: Profile) -> None:
        self._sifts = {
            channel.id: _SIFTS.get(channel.codec, _keep_all)(
                [stream for stream in profile.stream if stream.channel == channel.id]
            )
            for channel in profile.channel
        }

    def sift(self, channel: str, payload: bytes) -> bytes:
        """The payload with nothing but what the profile names; the same bytes where nothing had to go.

        Never raises. What cannot be sifted is replaced by a document that says
        why, and how long it was.
        """
        sift = self._sifts.get(channel)
        if sift is None:
            return refusal(payload, NO_CHANNEL)
        try:
            return sift(payload)
        except WireError as error:
            return refusal(payload, str(error))


def _keep_all(_: Sequence[Stream]) -> Sift:
    return bytes


def _sensor_logger(streams: Sequence[Stream]) -> Sift:
    sensors = frozenset(stream.sensor for stream in streams)

    def sift(payload: bytes) -> bytes:
        check_text(payload)
        return payload if _is_clean(payload, sensors) else _without_others(payload, sensors)

    return sift


def _is_clean(payload: bytes, sensors: frozenset[str]) -> bool:
    """Whether nothing has to go, found out quickly; False where that takes a closer look.

    A key that is there twice hides its first value from every reader, but not
    from the file: without escapes it can be seen by counting.
    """
    if b"\\" in payload:
        return False
    try:
        entries = _MESSAGE.decode(payload).payload
    except msgspec.DecodeError:
        return False
    return (
        len(entries) <= MAX_ENTRIES
        and all(entry.name in sensors for entry in entries)
        and all(payload.count(key) == 1 for key in _ONCE)
        and all(payload.count(key) == len(entries) for key in _PER_ENTRY)
    )


def _without_others(payload: bytes, sensors: frozenset[str]) -> bytes:
    """The message with the entries of these sensors only, and how it is numbered."""
    parts = read_parts(payload)
    entries = None if parts is None else read_entries(parts)
    if parts is None or entries is None:
        return TEXT_MARK
    kept = {key: parts[key] for key, proper in _NUMBERED.items() if key in parts and proper(parts[key])}
    items = [_once_each(bytes(item), entry) for name, entry, item in entries if name in sensors]
    body: dict[str, bytes | msgspec.Raw] = {**kept, "payload": b"[" + b",".join(items) + b"]"}
    return _assembled(payload, body, read_left_out(parts), other_entries((name for name, _, _ in entries), sensors))


def _once_each(item: bytes, entry: Parts) -> bytes:
    """An entry's bytes; made anew if a key is there twice."""
    anew = write_object(entry.items())
    return item if bare_length(anew) == bare_length(item) else anew


def _assembled(
    payload: bytes, parts: Mapping[str, bytes | msgspec.Raw], before: Mapping[str, int], now: Mapping[str, int]
) -> bytes:
    """An object of the parts that stay, with what was left out of it before and now."""
    same = write_object([*parts.items(), *_counted(before)])
    if not now and bare_length(same) == bare_length(payload):
        return payload
    told = write_object([*parts.items(), *_counted(add_counts(before, now))])
    return told if len(told) <= MAX_MESSAGE else same


def _counted(counts: Mapping[str, int]) -> list[tuple[str, bytes]]:
    return [(LEFT_OUT, msgspec.json.encode(counts))] if counts else []


def _phyphox(streams: Sequence[Stream]) -> Sift:
    known = known_buffers(streams)

    def sift(payload: bytes) -> bytes:
        parts = read_parts(payload)
        if parts is None:
            raise WireError(NO_OBJECT)
        kept = {key: part for key, part in parts.items() if key in known or (key == TIME and _is_time(part))}
        return _assembled(payload, kept, read_left_out(parts), other_buffers(parts, known))

    return sift


def _is_time(part: msgspec.Raw) -> bool:
    try:
        _TIME.decode(part)
    except msgspec.DecodeError:
        return False
    return True


def _is_name(part: msgspec.Raw) -> bool:
    text = read_text(part)
    return text is not None and len(text) <= MAX_NAME


def _is_number(part: msgspec.Raw) -> bool:
    number = read_integer(part)
    return number is not None and abs(number) <= INT64_MAX


_NUMBERED: Final[Mapping[str, Callable[[msgspec.Raw], bool]]] = {
    "messageId": _is_number,
    "sessionId": _is_name,
    "deviceId": _is_name,
}
_SIFTS: Final[Mapping[Codec, Callable[[Sequence[Stream]], Sift]]] = {
    "sensor-logger": _sensor_logger,
    "phyphox": _phyphox,
}
