"""Heart Rate Measurement, characteristic 0x2A37 (Bluetooth Heart Rate Service 1.0, 3.1)."""

from __future__ import annotations

import enum
import struct
from typing import Final

import msgspec

from tidehold.errors import WireError

WIDE_RATE: Final = 0x01
ENERGY: Final = 0x08
RR: Final = 0x10
"""Flag bits; 1 and 2 hold the contact, 5 to 7 are reserved and ignored."""

UINT16_MAX: Final = 0xFFFF
MAX_LENGTH: Final = 20
"""Bytes that one notification carries with the default ATT_MTU of 23."""


class Contact(enum.IntEnum):
    """Whether the sensor touches the skin. "Not supported" is not "lost"."""

    NOT_SUPPORTED = 0
    LOST = 1
    DETECTED = 2


_CONTACTS: Final = (Contact.NOT_SUPPORTED, Contact.NOT_SUPPORTED, Contact.LOST, Contact.DETECTED)
"""By `(flags >> 1) & 3`: without the "supported" bit the "detected" bit means nothing (3.1.1.1)."""


class HeartRate(msgspec.Struct, frozen=True, gc=False):
    """One measurement, in the units of the wire."""

    rate: int
    """1/min, 0..65535; straps send 0 for "no rate now"."""
    contact: Contact = Contact.NOT_SUPPORTED
    energy_kj: int | None = None
    """Since the last reset, kJ; stays at 65535 once there."""
    rr_ticks: tuple[int, ...] | None = None
    """RR intervals in 1/1024 s, oldest first. None: the sensor sent no list; (): an empty one."""


def decode_heart_rate(payload: bytes) -> HeartRate:
    """The measurement in a notification.

    Raises:
        WireError: The payload is shorter than its flags promise, or longer than they allow.
    """
    if not payload:
        raise WireError("heart rate: empty")
    flags = payload[0]
    rate_end = 3 if flags & WIDE_RATE else 2
    energy_end = rate_end + 2 if flags & ENERGY else rate_end
    if len(payload) < energy_end:
        raise WireError(f"heart rate: {len(payload)} bytes, the flags promise {energy_end}")
    rest = len(payload) - energy_end
    if rest and not flags & RR:
        raise WireError(f"heart rate: {rest} bytes too many")
    if rest % 2:
        raise WireError("heart rate: half an RR interval at the end")
    return HeartRate(
        rate=int.from_bytes(payload[1:rate_end], "little"),
        contact=_CONTACTS[flags >> 1 & 3],
        energy_kj=int.from_bytes(payload[rate_end:energy_end], "little") if flags & ENERGY else None,
        rr_ticks=struct.unpack_from(f"<{rest // 2}H", payload, energy_end) if flags & RR else None,
    )


def encode_heart_rate(measurement: HeartRate) -> bytes:
    """The shortest notification that says `measurement`; the rate takes two bytes only if it must.

    Raises:
        WireError: A figure does not fit its field, or the RR intervals do not fit
            a notification of 20 bytes (9 fit, one less for each of a wide rate and an energy).
    """
    energy = () if measurement.energy_kj is None else (measurement.energy_kj,)
    words = (*energy, *(measurement.rr_ticks or ()))
    if not all(0 <= word <= UINT16_MAX for word in (measurement.rate, *words)):
        raise WireError(f"heart rate: a figure outside 0..{UINT16_MAX} in {measurement}")
    wide = measurement.rate > 0xFF
    flags = (
        (WIDE_RATE if wide else 0)
        | _CONTACTS.index(measurement.contact) << 1
        | (ENERGY if energy else 0)
        | (0 if measurement.rr_ticks is None else RR)
    )
    payload = struct.pack(f"<B{'H' if wide else 'B'}{len(words)}H", flags, measurement.rate, *words)
    if len(payload) > MAX_LENGTH:
        raise WireError(f"heart rate: {len(payload)} bytes, a notification carries {MAX_LENGTH}")
    return payload
