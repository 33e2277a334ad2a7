"""Polar Measurement Data: the frames of ECG and acceleration.

A frame is `[type][time of the last sample, ns, u64][frame type][samples]`,
little-endian. The upper two bits of the type are flags of newer devices. Bit 7
of the frame type says that the samples are compressed (see `delta`).
"""

from __future__ import annotations

import enum
import struct
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from tidehold.errors import WireError
from tidehold.records import DeviceNs
from tidehold.wire.delta import Counts, decode_deltas, encode_deltas


class Measurement(enum.IntEnum):
    """What a frame, a command or an answer is about."""

    ECG = 0
    PPG = 1
    ACC = 2
    PPI = 3
    GYRO = 5
    MAG = 6
    SKIN_TEMPERATURE = 7
    SDK_MODE = 9
    LOCATION = 10
    PRESSURE = 11
    TEMPERATURE = 12
    OFFLINE_RECORDING = 13
    OFFLINE_HR = 14


MEASUREMENT_MASK: Final = 0x3F
COMPRESSED: Final = 0x80

_HEADER: Final = struct.Struct("<BQB")
_DEVICE_NS_MAX: Final = (1 << 63) - 1


class Form(NamedTuple):
    """The layout of one frame type."""

    columns: int
    octets: int
    """Bytes per value; in a compressed frame, of the reference sample."""


ECG_UV: Final = 0
ACC_MG_8: Final = 0
ACC_MG_16: Final = 1
ACC_MG_24: Final = 2
ACC_FACTOR_DELTA: Final = COMPRESSED | 0
ACC_MG_DELTA: Final = COMPRESSED | 1
"""Frame types by what they count: uV, mG, or counts of the factor that the device names at the start."""

FORMS: Final[dict[tuple[int, int], Form]] = {
    (Measurement.ECG, ECG_UV): Form(1, 3),
    (Measurement.ACC, ACC_MG_8): Form(3, 1),
    (Measurement.ACC, ACC_MG_16): Form(3, 2),
    (Measurement.ACC, ACC_MG_24): Form(3, 3),
    (Measurement.ACC, ACC_FACTOR_DELTA): Form(3, 2),
    (Measurement.ACC, ACC_MG_DELTA): Form(3, 2),
}
"""By measurement and frame type; compressed type 0 counts in 16 bits, though plain type 0 has 8."""

_DECODED: Final = frozenset(measurement for measurement, _ in FORMS)


class PmdFrame(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One frame: `counts` (n,) of ECG in uV, (n, 3) of acceleration, n >= 1, oldest first."""

    measurement: int
    frame_type: int
    device: DeviceNs
    """Device time of the last sample, ns."""
    counts: Counts


def decode_frame(payload: bytes) -> PmdFrame:
    """The samples in a notification of the data characteristic.

    Raises:
        WireError: A measurement or frame type that is not known here, samples that are
            missing, cut short or too many, or a time past 2^63 ns.
    """
    if len(payload) < _HEADER.size:
        raise WireError(f"PMD frame: {len(payload)} bytes, the header alone has {_HEADER.size}")
    first, device, frame_type = _HEADER.unpack_from(payload)
    measurement = first & MEASUREMENT_MASK
    form = _form(measurement, frame_type)
    if device > _DEVICE_NS_MAX:
        raise WireError("PMD frame: time past 2^63 ns")
    samples = payload[_HEADER.size :]
    if frame_type & COMPRESSED:
        return PmdFrame(measurement, frame_type, DeviceNs(device), decode_deltas(samples, *form))
    if not samples or len(samples) % (form.columns * form.octets):
        raise WireError(f"PMD frame: {len(samples)} bytes are no whole samples of {form.columns * form.octets}")
    counts = _unpack(samples, form.octets)
    return PmdFrame(
        measurement, frame_type, DeviceNs(device), counts if form.columns == 1 else counts.reshape(-1, form.columns)
    )


def encode_frame(frame: PmdFrame, per_block: int = 16) -> bytes:
    """A notification, the reverse of `decode_frame`; `per_block` samples to a compressed block.

    Raises:
        WireError: A measurement or frame type that is not known here, no samples or samples
            of the wrong shape, a value that does not fit, or a time outside 0..2^63 ns.
    """
    form = _form(frame.measurement, frame.frame_type)
    if not 0 <= frame.device <= _DEVICE_NS_MAX:
        raise WireError("PMD frame: time outside 0..2^63 ns")
    shape = (len(frame.counts),) if form.columns == 1 else (len(frame.counts), form.columns)
    if not len(frame.counts) or frame.counts.shape != shape:
        raise WireError(f"PMD frame: samples of shape {frame.counts.shape}")
    header = _HEADER.pack(frame.measurement, frame.device, frame.frame_type)
    if frame.frame_type & COMPRESSED:
        return header + encode_deltas(frame.counts, form.octets, per_block)
    return header + _pack(frame.counts, form.octets)


def unit_gain(frame: PmdFrame, factor: float | None) -> float:
    """What one count is worth, in uV or mG.

    Args:
        frame: Whose counts.
        factor: What the device named in its answer to the start command, or None.

    Raises:
        WireError: The frame counts in factors and none was named.
    """
    if not frame.frame_type & COMPRESSED:
        return 1.0
    if frame.frame_type == ACC_MG_DELTA:
        return 1.0 if factor is None else factor
    if factor is None:
        raise WireError(f"PMD frame: type {frame.frame_type:#04x} before the factor of its counts was named")
    return factor * 1000.0  # the factor is in g


def _form(measurement: int, frame_type: int) -> Form:
    form = FORMS.get((measurement, frame_type))
    if form is not None:
        return form
    if measurement not in _DECODED:
        raise WireError(f"PMD frame: measurement type {measurement} is not decoded")
    raise WireError(f"PMD frame: frame type {frame_type:#04x} of measurement type {measurement} is not decoded")


def _unpack(samples: bytes, octets: int) -> Counts:
    """Signed little-endian values of `octets` bytes each, (n,)."""
    if octets < 3:
        return np.frombuffer(samples, f"<i{octets}").astype(np.int32)
    # numpy has no 24-bit integer: place the bytes in the upper three of four, then shift the sign down
    padded = np.zeros((len(samples) // 3, 4), np.uint8)
    padded[:, 1:] = np.frombuffer(samples, np.uint8).reshape(-1, 3)
    counts: NDArray[np.int32] = padded.view("<i4").ravel() >> 8
    return counts


def _pack(counts: Counts, octets: int) -> bytes:
    limit = 1 << 8 * octets - 1
    if counts.min() < -limit or counts.max() >= limit:
        raise WireError(f"PMD frame: a value outside {8 * octets} bits")
    return np.ascontiguousarray(counts, "<i4").view(np.uint8).reshape(-1, 4)[:, :octets].tobytes()
