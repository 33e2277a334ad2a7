"""The delta compression of Polar Measurement Data frames.

A reference sample stands first, each column in whole bytes, little-endian.
Blocks follow: the width of a delta in bits (1 byte), how many samples (1 byte),
then the deltas to the sample before, signed, column by column, packed from the
least significant bit up and filled to whole bytes.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tidehold.errors import WireError

Counts = NDArray[np.int32]
"""Samples as the device counts them, (n,) or (n, columns)."""

MAX_SAMPLES: Final = 4096
"""A width of 0 lets two bytes stand for 255 samples: no real frame comes near this, a hostile one would."""
MAX_WIDTH: Final = 32
MAX_PER_BLOCK: Final = 0xFF

_WEIGHTS: Final = tuple(
    np.array([-(1 << bit) if bit == width - 1 else 1 << bit for bit in range(width)], np.int64)
    for width in range(MAX_WIDTH + 1)
)
"""What each bit of a delta is worth, by its width: two's complement, so the top bit counts negative."""


def decode_deltas(payload: bytes, columns: int, octets: int) -> Counts:
    """Samples (n, columns) of a compressed frame, without its header.

    Args:
        payload: Reference sample and blocks.
        columns: Values per sample.
        octets: Bytes per value of the reference sample, 1..3.

    Raises:
        WireError: A block is cut short, empty, wider than 32 bits, or the frame holds
            more than `MAX_SAMPLES` samples or a value that `octets` cannot hold.
    """
    at = columns * octets
    if len(payload) < at:
        raise WireError(f"delta frame: reference sample of {len(payload)} bytes instead of {at}")
    reference = [int.from_bytes(payload[i : i + octets], "little", signed=True) for i in range(0, at, octets)]
    steps = [np.array([reference], np.int64)]
    total = 1
    while at < len(payload):
        if len(payload) - at < 2:
            raise WireError("delta frame: block without a count")
        width, count = payload[at], payload[at + 1]
        total += count
        if not count or width > MAX_WIDTH or total > MAX_SAMPLES:
            raise WireError(f"delta frame: impossible block of {count} samples with {width} bits")
        start, at = at + 2, at + 2 + (width * count * columns + 7) // 8
        if at > len(payload):
            raise WireError("delta frame: block cut short")
        steps.append(_unpack(payload[start:at], width, count * columns).reshape(count, columns))
    samples = np.concatenate(steps).cumsum(axis=0)
    _check_fits(samples, octets)
    return samples.astype(np.int32)


def encode_deltas(samples: Counts, octets: int, per_block: int = 16) -> bytes:
    """Compress samples (n, columns), n >= 1, in blocks of up to `per_block` samples, each as narrow as it can be.

    Raises:
        WireError: No samples, more than `MAX_SAMPLES`, a value that `octets` cannot hold, or
            `per_block` outside 1..255.
    """
    wide = samples.astype(np.int64)
    if not 1 <= len(wide) <= MAX_SAMPLES:
        raise WireError(f"delta frame: {len(wide)} samples, 1..{MAX_SAMPLES} fit")
    if not 1 <= per_block <= MAX_PER_BLOCK:
        raise WireError(f"delta frame: blocks of {per_block} samples, 1..{MAX_PER_BLOCK} fit")
    _check_fits(wide, octets)
    reference = b"".join(int(value).to_bytes(octets, "little", signed=True) for value in wide[0])
    steps = np.diff(wide, axis=0)
    blocks = (steps[i : i + per_block] for i in range(0, len(steps), per_block))
    return reference + b"".join(map(_encode_block, blocks))


def _encode_block(steps: NDArray[np.int64]) -> bytes:
    # a signed number needs the bits of its magnitude and one for the sign; all zeros need none
    width = max((int(step) ^ int(step) >> 63).bit_length() + 1 for step in steps.flat) if steps.any() else 0
    bits = (steps.reshape(-1, 1) >> np.arange(width)) & 1
    return bytes((width, len(steps))) + np.packbits(bits.astype(np.uint8), bitorder="little").tobytes()


def _unpack(packed: bytes, width: int, count: int) -> NDArray[np.int64]:
    """`count` signed numbers of `width` bits, (count,)."""
    bits = np.unpackbits(np.frombuffer(packed, np.uint8), count=width * count, bitorder="little")
    return bits.reshape(count, width).astype(np.int64) @ _WEIGHTS[width]


def _check_fits(samples: NDArray[np.int64], octets: int) -> None:
    limit = 1 << 8 * octets - 1
    if samples.min() < -limit or samples.max() >= limit:
        raise WireError(f"delta frame: a value outside {8 * octets} bits")
