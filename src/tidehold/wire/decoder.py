"""A device's payloads to readings, by its profile."""

from __future__ import annotations

import msgspec

from tidehold.records import DeviceNs, Values
from tidehold.wire.profile import Profile


class Reading(msgspec.Struct, frozen=True, eq=False):
    """The samples of one stream in one payload, in the stream's unit.

    `values` (n,) or (n, columns), oldest first; `device` is the device's time
    of the last one, where the device tells it.
    """

    stream: str
    values: Values
    device: DeviceNs | None = None


class Decoded(msgspec.Struct, frozen=True, eq=False):
    """All that one payload says.

    `refused` has one reason for each part that could not be used: of a stream
    ("ecg: ..."), or of the whole payload. `text` is what a payload without
    samples says: a firmware version, the answer to a command.
    """

    readings: tuple[Reading, ...] = ()
    refused: tuple[str, ...] = ()
    text: str = ""


class Decoder:
    """Decodes the payloads of one device, in the order they arrived."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    def decode(self, channel: str, payload: bytes) -> Decoded:
        """What `payload`, arrived on `channel`, says. Never raises on bytes."""
        return Decoded(refused=(f"no codec yet for {len(payload)} bytes on {channel} of {self._profile.id}",))
