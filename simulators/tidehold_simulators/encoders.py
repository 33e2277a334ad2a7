"""The strap's bytes, written straight from the specifications, with nothing of Tidehold's decoders.

Heart Rate Service 1.0 and GATT Specification Supplement (Heart Rate
Measurement); Polar Measurement Data as in Polar's SDK documentation.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec
import numpy as np

from tidehold_simulators.signals import Floats

Stream = Literal["ecg", "acc"]

PMD_TYPE: Final[dict[Stream, int]] = {"ecg": 0, "acc": 2}
ECG_FULL_SCALE_UV: Final = 20_000
"""A real H10's range (Polar SDK, Polar H10 product page)."""


class Offer(msgspec.Struct, frozen=True):
    """What a PMD stream can be asked for; `frame` is how many samples the strap puts into one notification."""

    rates_hz: tuple[int, ...]
    resolutions_bit: tuple[int, ...]
    ranges_g: tuple[int, ...]
    frame: int


OFFERS: Final[dict[Stream, Offer]] = {
    "ecg": Offer(rates_hz=(130,), resolutions_bit=(14,), ranges_g=(), frame=73),
    "acc": Offer(rates_hz=(25, 50, 100, 200), resolutions_bit=(16,), ranges_g=(2, 4, 8), frame=36),
}
"""Of a Polar H10."""


def heart_rate_measurement(hr_bpm: int, rr_ticks: Sequence[int], *, contact: bool | None) -> bytes:
    """A 0x2A37 value: heart rate 0..65535, RR intervals in 1/1024 s (oldest first), `contact` None = not supported."""
    wide = hr_bpm > 0xFF
    flags = wide | (contact is True) << 1 | (contact is not None) << 2 | bool(rr_ticks) << 4
    return struct.pack(f"<B{'H' if wide else 'B'}{len(rr_ticks)}H", flags, hr_bpm, *rr_ticks)


def pmd_features(streams: Iterable[Stream]) -> bytes:
    """What reading the PMD control point gives (17 bytes): a bit for each stream on offer."""
    bits = sum(1 << PMD_TYPE[stream] for stream in streams)
    return struct.pack("<BH", 0x0F, bits) + bytes(14)


def pmd_settings(offer: Offer) -> bytes:
    """An offer as TLVs: kind (0 rate, 1 resolution, 2 range), count, that many uint16."""
    kinds = (offer.rates_hz, offer.resolutions_bit, offer.ranges_g)
    return b"".join(
        struct.pack(f"<BB{len(values)}H", kind, len(values), *values) for kind, values in enumerate(kinds) if values
    )


def pmd_head(stream: Stream, device_ns: int, frame_type: int) -> bytes:
    """The first 10 bytes of a PMD frame; `device_ns` is the time of its last sample, ns since 2000-01-01Z."""
    return struct.pack("<BQB", PMD_TYPE[stream], device_ns, frame_type)


def ecg_samples(uv: Floats) -> bytes:
    """Samples (n,) in uV as 3-byte little-endian integers (frame type 0), clipped to the strap's range."""
    whole = np.rint(uv).clip(-ECG_FULL_SCALE_UV, ECG_FULL_SCALE_UV).astype("<i4")
    return whole.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def acc_samples(g: Floats) -> bytes:
    """Samples (n, 3) in g as 16-bit mG (frame type 1), clipped to the 8 g range."""
    return np.rint(g * 1000).clip(-8000, 8000).astype("<i2").tobytes()
