"""A strap's answers on the control point of Polar Measurement Data, as an H10 gives them.

Bytes in, bytes out, no Bluetooth, and nothing of Tidehold's own codec, for which
this is a witness. Commands and their answers:

    01 type              -> F0 01 type status 00 | id count values... | ...
    02 type | id 01 value| ... -> F0 02 type status 00 frame-type
    03 type              -> F0 03 type status 00

Setting values are little-endian, as wide as their id says; `count` counts
values, not bytes.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from tidehold_simulators.encoders import PMD_TYPE, Offer, Stream, pmd_settings

RESPONSE: Final = 0xF0

MIN_MTU: Final = 232
"""An ECG frame of 73 samples is 229 bytes, and a notification's header 3."""


class Streaming(Protocol):
    """The part of a strap that a control point steers."""

    @property
    def streams(self) -> Sequence[Stream]:
        """Streams on offer."""
        ...

    @property
    def running(self) -> Sequence[Stream]:
        """Streams that are on."""
        ...

    def settings(self, stream: Stream) -> Offer:
        """What a stream on offer can be asked for."""
        ...

    def start(self, stream: Stream, rate_hz: int) -> None:
        """Start a stream that is off."""
        ...

    def stop(self, stream: Stream) -> None:
        """Stop a stream."""
        ...


class Op(enum.IntEnum):
    """What a command asks for."""

    SETTINGS = 1
    START = 2
    STOP = 3


class Status(enum.IntEnum):
    """What a command comes to."""

    OK = 0
    BAD_OP = 1
    BAD_TYPE = 2
    UNSUPPORTED = 3
    BAD_LENGTH = 4
    BAD_PARAMETER = 5
    ALREADY_IN_STATE = 6
    BAD_RESOLUTION = 7
    BAD_RATE = 8
    BAD_RANGE = 9
    BAD_MTU = 10


_STREAM_OF_TYPE: Final[Mapping[int, Stream]] = {kind: stream for stream, kind in PMD_TYPE.items()}
_KNOWN_TYPES: Final = frozenset({0, 1, 2, 3, 5, 6, 7, 9, 10, 11, 12, 13, 14})
_TYPE_MASK: Final = 0x3F

_FRAME_TYPE: Final[Mapping[Stream, int]] = {"ecg": 0, "acc": 1}
"""Frame type that the stream will come in: 24-bit ECG, 16-bit acceleration."""

_RATE, _RESOLUTION, _RANGE = 0, 1, 2
_WIDTH: Final[Mapping[int, int]] = {0: 2, 1: 2, 2: 2, 3: 4, 4: 1, 5: 4, 6: 16}
"""Bytes of a value, by setting: rate, resolution, range, range in milli-units, channels, factor, security."""

_REFUSAL: Final[Mapping[int, Status]] = {
    _RESOLUTION: Status.BAD_RESOLUTION,
    _RATE: Status.BAD_RATE,
    _RANGE: Status.BAD_RANGE,
}


class _Refused(Exception):  # noqa: N818  # an answer, not an error
    def __init__(self, status: Status) -> None:
        self.status = status


def answer(strap: Streaming, command: bytes, mtu: int) -> bytes:
    """Carry out a command that came by a link of this `mtu`; the answer is to be indicated.

    A stream once started goes on until it is stopped, link or no link.
    """
    op, kind = (*command[:2], 0, 0)[:2]
    try:
        tail = _carry_out(strap, command, mtu)
    except _Refused as refused:
        return bytes((RESPONSE, op, kind, refused.status, 0))
    return bytes((RESPONSE, op, kind, Status.OK, 0)) + tail


def _carry_out(strap: Streaming, command: bytes, mtu: int) -> bytes:
    if len(command) < 2:
        raise _Refused(Status.BAD_LENGTH)
    op, kind, parameters = command[0], command[1] & _TYPE_MASK, command[2:]
    if op not in Op.__members__.values():
        raise _Refused(Status.BAD_OP)
    if kind not in _KNOWN_TYPES:
        raise _Refused(Status.BAD_TYPE)
    stream = _STREAM_OF_TYPE.get(kind)
    if stream is None or stream not in strap.streams:
        raise _Refused(Status.UNSUPPORTED)
    if op == Op.START:
        return _start(strap, stream, parameters, mtu)
    if parameters:
        raise _Refused(Status.BAD_LENGTH)
    return pmd_settings(strap.settings(stream)) if op == Op.SETTINGS else _stop(strap, stream)


def _start(strap: Streaming, stream: Stream, parameters: bytes, mtu: int) -> bytes:
    offer = strap.settings(stream)
    offered = {_RESOLUTION: offer.resolutions_bit, _RATE: offer.rates_hz, _RANGE: offer.ranges_g}
    chosen = _parse(parameters)
    if chosen.keys() != {setting for setting, values in offered.items() if values}:
        raise _Refused(Status.BAD_PARAMETER)
    for setting, value in chosen.items():
        if value not in offered[setting]:
            raise _Refused(_REFUSAL[setting])
    if mtu < MIN_MTU:
        raise _Refused(Status.BAD_MTU)
    if stream in strap.running:
        raise _Refused(Status.ALREADY_IN_STATE)
    strap.start(stream, chosen[_RATE])
    return bytes((_FRAME_TYPE[stream],))


def _stop(strap: Streaming, stream: Stream) -> bytes:
    if stream not in strap.running:
        raise _Refused(Status.ALREADY_IN_STATE)
    strap.stop(stream)
    return b""


def _parse(parameters: bytes) -> dict[int, int]:
    """Chosen value by setting id, from `id 01 value` after `id 01 value`."""
    chosen: dict[int, int] = {}
    at = 0
    while at < len(parameters):
        setting = parameters[at]
        if setting not in _WIDTH or setting in chosen:
            raise _Refused(Status.BAD_PARAMETER)
        end = at + 2 + _WIDTH[setting]
        if end > len(parameters):
            raise _Refused(Status.BAD_LENGTH)
        if parameters[at + 1] != 1:
            raise _Refused(Status.BAD_PARAMETER)
        chosen[setting] = int.from_bytes(parameters[at + 2 : end], "little")
        at = end
    return chosen
