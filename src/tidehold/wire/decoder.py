"""A device's payloads to readings in SI units, by its profile."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec
import numpy as np

from tidehold.errors import WireError
from tidehold.records import DeviceNs, Values
from tidehold.units import RR_TICKS_PER_S, STANDARD_GRAVITY, Unit
from tidehold.wire.gatt import decode_battery, decode_body_location, decode_system_id, decode_text
from tidehold.wire.heart_rate import decode_heart_rate
from tidehold.wire.pmd import Measurement, decode_frame, unit_gain
from tidehold.wire.pmd_control import OK, Op, Response, decode_control, start_factor
from tidehold.wire.profile import Codec, Profile

MAX_LENGTH: Final = 512
"""Bytes of the longest attribute value (Bluetooth Core, Vol 3, Part F, 3.2.9)."""


class Reading(msgspec.Struct, frozen=True, eq=False):
    """The samples of one stream in one payload, in the stream's unit.

    `values` (n,) or (n, columns), n >= 1, oldest first; `device` is the
    device's time of the last one, where the device tells it.
    """

    stream: str
    values: Values
    device: DeviceNs | None = None


class Decoded(msgspec.Struct, frozen=True, eq=False):
    """All that one payload says.

    `refused` has a reason for each part that could not be used: the whole
    payload, or one stream of it ("ecg: ..."). Reasons hold no sample values,
    so that equal troubles count as one. `text` is what a payload without
    samples says: a firmware version, the answer to a command.
    """

    readings: tuple[Reading, ...] = ()
    refused: tuple[str, ...] = ()
    text: str = ""


Factors = dict[int, float | None]
"""By measurement, what a count of compressed PMD frames is worth, as the device said at the start."""


class Carried(NamedTuple):
    """What a codec makes of one stream: its unit, and how many columns (0: plain numbers)."""

    unit: Unit
    columns: int = 0


class Grammar(NamedTuple):
    """A codec: how its payloads are read, and the streams that they can carry."""

    decode: Callable[[bytes, Factors], Decoded]
    carries: Mapping[str, Carried] = MappingProxyType({})


_ANY: Final = (-math.inf, math.inf)

PMD_STREAMS: Final[dict[int, tuple[str, float]]] = {
    Measurement.ECG: ("ecg", 1e-6),  # uV
    Measurement.ACC: ("acc", STANDARD_GRAVITY / 1000),  # mG
}


class Decoder:
    """Decodes the payloads of one device, in the order they arrived.

    It remembers one thing: the factor that a device names when it starts a
    compressed stream. A new link wants a new decoder.
    """

    def __init__(self, profile: Profile) -> None:
        self._codecs = {channel.id: CODECS[channel.codec].decode for channel in profile.channel}
        self._ranges = {(stream.channel, stream.id): stream.range or _ANY for stream in profile.stream}
        self._factors: Factors = {}

    def decode(self, channel: str, payload: bytes) -> Decoded:
        """What `payload`, arrived on `channel`, says.

        Never raises on bytes. Streams that the profile does not list are left
        out; values outside a stream's plausible range refuse that stream's
        part of the payload whole, since a series with a hole is no series.
        """
        codec = self._codecs.get(channel)
        if codec is None:
            return Decoded(refused=("no such channel in the profile",))
        if len(payload) > MAX_LENGTH:
            return Decoded(refused=(f"longer than {MAX_LENGTH} bytes",))
        try:
            decoded = codec(payload, self._factors)
        except WireError as error:
            return Decoded(refused=(str(error),))
        readings, refused = [], []
        for reading in decoded.readings:
            limits = self._ranges.get((channel, reading.stream))
            if limits is None:
                continue
            low, high = limits
            if reading.values.min() >= low and reading.values.max() <= high:
                readings.append(reading)
            else:
                refused.append(f"{reading.stream}: outside {low:g}..{high:g}")
        return Decoded(tuple(readings), tuple(refused), decoded.text)


def _heart_rate(payload: bytes, _: Factors) -> Decoded:
    measurement = decode_heart_rate(payload)
    readings = [Reading("contact", _one(measurement.contact))]
    if measurement.rate:  # 0 is how straps say that they have none
        readings.insert(0, Reading("hr", _one(measurement.rate)))
    if measurement.energy_kj is not None:
        readings.append(Reading("energy", _one(measurement.energy_kj * 1000)))
    if measurement.rr_ticks:
        readings.append(Reading("rr", np.array(measurement.rr_ticks, np.float64) / RR_TICKS_PER_S))
    return Decoded(tuple(readings))


def _pmd(payload: bytes, factors: Factors) -> Decoded:
    frame = decode_frame(payload)
    stream, unit = PMD_STREAMS[frame.measurement]
    values = np.multiply(frame.counts, unit * unit_gain(frame, factors.get(frame.measurement)), dtype=np.float64)
    return Decoded((Reading(stream, values, frame.device),))


def _pmd_control(payload: bytes, factors: Factors) -> Decoded:
    said = decode_control(payload)
    if isinstance(said, Response) and said.op == Op.START and said.status == OK:
        factors[said.measurement] = start_factor(said)
    return Decoded(text=said.text)


def _one(value: float) -> Values:
    return np.array([value], np.float64)


CODECS: Final[dict[Codec, Grammar]] = {
    "heart-rate": Grammar(
        _heart_rate, {"hr": Carried("1/min"), "contact": Carried("1"), "energy": Carried("J"), "rr": Carried("s")}
    ),
    "body-location": Grammar(lambda payload, _: Decoded(text=decode_body_location(payload))),
    "battery": Grammar(
        lambda payload, _: Decoded((Reading("battery", _one(decode_battery(payload))),)),
        {"battery": Carried("1")},  # in percent
    ),
    "text": Grammar(lambda payload, _: Decoded(text=decode_text(payload))),
    "system-id": Grammar(lambda payload, _: Decoded(text=str(decode_system_id(payload)))),
    "pmd-control": Grammar(_pmd_control),
    "pmd": Grammar(_pmd, {"ecg": Carried("V"), "acc": Carried("m/s^2", 3)}),
}
