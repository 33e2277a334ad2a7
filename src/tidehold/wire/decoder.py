"""A device's payloads to readings in SI units, by its profile."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tidehold.errors import WireError
from tidehold.records import Values
from tidehold.units import RR_TICKS_PER_S, STANDARD_GRAVITY, Unit
from tidehold.wire.gatt import decode_battery, decode_body_location, decode_system_id, decode_text
from tidehold.wire.heart_rate import decode_heart_rate
from tidehold.wire.json_parts import MAX_MESSAGE, NO_CHANNEL
from tidehold.wire.packed import Packed
from tidehold.wire.phyphox import Phyphox
from tidehold.wire.pmd import Measurement, decode_frame, unit_gain
from tidehold.wire.pmd_control import OK, Op, Response, decode_control, start_factor
from tidehold.wire.profile import Channel, Codec, Profile, Stream
from tidehold.wire.reading import Decoded, Reading, timed
from tidehold.wire.sensor_logger import SensorLogger
from tidehold.wire.sensor_logger_export import SensorLoggerExport
from tidehold.wire.table import Table

__all__ = ["CODECS", "MAX_LENGTH", "PMD_STREAMS", "Carried", "Decoded", "Decoder", "Grammar", "Reading"]

MAX_LENGTH: Final = 512
"""Bytes of the longest attribute value (Bluetooth Core, Vol 3, Part F, 3.2.9)."""


Factors = dict[int, float | None]
"""By measurement, what a count of compressed PMD frames is worth, as the device said at the start."""


class Carried(NamedTuple):
    """What a codec makes of one stream: its unit, and how many columns (0: plain numbers)."""

    unit: Unit
    columns: int = 0


Decode = Callable[[bytes, Factors], Decoded]
"""How payloads are read; raises WireError for one that is refused whole."""


class Grammar(NamedTuple):
    """A codec: how the payloads of a channel with such streams are read, and which streams they can carry."""

    bind: Callable[[Channel, Sequence[Stream]], Decode]
    carries: Mapping[str, Carried] | None = MappingProxyType({})
    """None: whatever streams the profile makes of them."""


_ANY: Final = (-sys.float_info.max, sys.float_info.max)

PMD_STREAMS: Final[dict[int, tuple[str, float]]] = {
    Measurement.ECG: ("ecg", 1e-6),  # uV
    Measurement.ACC: ("acc", STANDARD_GRAVITY / 1000),  # mG
}


class Decoder:
    """Decodes the payloads of one device, in the order they arrived.

    It remembers the factor that a device names when it starts a compressed
    stream, and the columns that a file's heading names. A new link wants a new decoder.
    """

    def __init__(self, profile: Profile) -> None:
        self._codecs = {channel.id: _bound(profile, channel) for channel in profile.channel}
        self._limits = {channel.id: _longest(channel) for channel in profile.channel}
        self._ranges = {(stream.channel, stream.id): stream.range or _ANY for stream in profile.stream}
        self._factors: Factors = {}

    def decode(self, channel: str, payload: bytes) -> Decoded:
        """What `payload`, arrived on `channel`, says.

        Never raises on bytes. Streams that the profile does not list are left
        out; values outside a stream's plausible range refuse that stream's
        part of the payload whole, since a series with a hole is no series.
        Samples that have their own times are skipped one by one instead.
        """
        codec = self._codecs.get(channel)
        if codec is None:
            return Decoded(refused=(NO_CHANNEL,))
        if len(payload) > self._limits[channel]:
            return Decoded(refused=(f"longer than {self._limits[channel]} bytes",))
        try:
            decoded = codec(payload, self._factors)
        except WireError as error:
            return Decoded(refused=(str(error),))
        if all(self._is_plausible(channel, reading) for reading in decoded.readings):
            return decoded
        readings, refused, skipped = [], list(decoded.refused), dict(decoded.skipped)
        for reading in decoded.readings:
            limits = self._ranges.get((channel, reading.stream))
            if limits is None:
                continue
            low, high = limits
            if self._is_plausible(channel, reading):
                readings.append(reading)
                continue
            outside = f"{reading.stream}: outside {low:g}..{high:g}"
            if reading.times is None:
                refused.append(outside)
            else:
                inside = _inside(reading.values, low, high)
                skipped[outside] = int((~inside).sum())
                if inside.any():
                    readings.append(timed(reading.stream, reading.values[inside], reading.times[inside]))
        return Decoded(tuple(readings), tuple(refused), decoded.text, skipped, decoded.message)

    def _is_plausible(self, channel: str, reading: Reading) -> bool:
        """Whether all of a reading is of a stream of the profile, and within its range."""
        limits = self._ranges.get((channel, reading.stream))
        return limits is not None and bool(reading.values.min() >= limits[0] and reading.values.max() <= limits[1])


def _bound(profile: Profile, channel: Channel) -> Decode:
    """The decoding of one channel."""
    return CODECS[channel.codec].bind(channel, [stream for stream in profile.stream if stream.channel == channel.id])


def _longest(channel: Channel) -> int:
    """Bytes of the longest payload that is looked at."""
    return MAX_MESSAGE if channel.mode in ("message", "slice") else MAX_LENGTH


def _inside(values: Values, low: float, high: float) -> NDArray[np.bool_]:
    """Which samples are plausible, (n,)."""
    inside = (values >= low) & (values <= high)
    whole: NDArray[np.bool_] = np.logical_and.reduce(inside.reshape(len(values), -1), axis=1)
    return whole


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


def _setting(_: bytes, __: Factors) -> Decoded:
    raise WireError("setting: carries nothing")


def _always(decode: Decode) -> Callable[[Channel, Sequence[Stream]], Decode]:
    """A codec that reads alike on every channel."""
    return lambda _, __: decode


def _packed(channel: Channel, streams: Sequence[Stream]) -> Decode:
    codec = Packed(channel.layout, streams)
    return lambda payload, _: codec.decode(payload)


def _sensor_logger(_: Channel, streams: Sequence[Stream]) -> Decode:
    codec = SensorLogger(streams)
    return lambda payload, _: codec.decode(payload)


def _phyphox(_: Channel, streams: Sequence[Stream]) -> Decode:
    codec = Phyphox(streams)
    return lambda payload, _: codec.decode(payload)


def _table(channel: Channel, streams: Sequence[Stream]) -> Decode:
    codec = Table(channel.layout, streams)
    return lambda payload, _: codec.decode(payload)


def _sensor_logger_export(channel: Channel, streams: Sequence[Stream]) -> Decode:
    codec = SensorLoggerExport(channel.layout, streams)
    return lambda payload, _: codec.decode(payload)


CODECS: Final[dict[Codec, Grammar]] = {
    "heart-rate": Grammar(
        _always(_heart_rate),
        {"hr": Carried("1/min"), "contact": Carried("1"), "energy": Carried("J"), "rr": Carried("s")},
    ),
    "body-location": Grammar(_always(lambda payload, _: Decoded(text=decode_body_location(payload)))),
    "battery": Grammar(
        _always(lambda payload, _: Decoded((Reading("battery", _one(decode_battery(payload))),))),
        {"battery": Carried("1")},  # in percent
    ),
    "text": Grammar(_always(lambda payload, _: Decoded(text=decode_text(payload)))),
    "system-id": Grammar(_always(lambda payload, _: Decoded(text=str(decode_system_id(payload))))),
    "pmd-control": Grammar(_always(_pmd_control)),
    "pmd": Grammar(_always(_pmd), {"ecg": Carried("V"), "acc": Carried("m/s^2", 3)}),
    "packed": Grammar(_packed, None),
    "setting": Grammar(_always(_setting)),
    "sensor-logger": Grammar(_sensor_logger, None),
    "phyphox": Grammar(_phyphox, None),
    "table": Grammar(_table, None),
    "sensor-logger-export": Grammar(_sensor_logger_export, None),
}
