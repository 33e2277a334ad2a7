"""What a device is, as facts: its channels, its streams, how to switch them on, examples.

One TOML file per device holds one `Profile`; see `tidehold.wire.profile_toml`
for the reading and checking of it, and `device_profiles/` for those that come
with Tidehold. A profile names codecs; the grammar of bytes is code, in
`tidehold.wire.decoder` and the modules below it.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from tidehold.units import Unit

Codec = Literal[
    "heart-rate",  # Heart Rate Measurement, 0x2A37
    "body-location",  # Body Sensor Location, 0x2A38
    "battery",  # Battery Level, 0x2A19
    "text",  # the strings of Device Information, 0x180A
    "system-id",  # System ID, 0x2A23
    "pmd-control",  # Polar Measurement Data: control point
    "pmd",  # Polar Measurement Data: frames
    "packed",  # numbers at fixed places, as the channel's layout says
    "setting",  # carries nothing: a value that is written when the link is up
    "sensor-logger",  # Sensor Logger's pushed JSON
    "phyphox",  # phyphox's mqtt/json
    "table",  # lines of a table in a file
    "sensor-logger-export",  # lines or records of a file that Sensor Logger exported
]

AXIS_PATTERN: Final = r"^-?[A-Za-z0-9_]+$"
ID_PATTERN: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
HEX_PATTERN: Final = r"^([0-9A-Fa-f]{2})*$"
UUID_PATTERN: Final = r"^([0-9A-Fa-f]{4}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|)$"

Id = Annotated[str, msgspec.Meta(pattern=ID_PATTERN, description="lower-case words joined by hyphens")]
Hex = Annotated[str, msgspec.Meta(pattern=HEX_PATTERN, description="bytes in hexadecimal, without spaces")]
Uuid = Annotated[str, msgspec.Meta(pattern=UUID_PATTERN, description="a UUID of 4 or of 32 hexadecimal digits")]
Axis = Annotated[
    str, msgspec.Meta(pattern=AXIS_PATTERN, description="the name of a value, with a minus to turn it round")
]
Positive = Annotated[float, msgspec.Meta(gt=0, le=1e6, description="a number above 0, at most a million")]
Text = Annotated[str, msgspec.Meta(min_length=1, description="a text that is not empty")]


def full_uuid(uuid: str) -> str:
    """The 128-bit, lower-case form of a UUID; 16-bit ones sit on the Bluetooth base UUID."""
    return (f"0000{uuid}-0000-1000-8000-00805f9b34fb" if len(uuid) == 4 else uuid).lower()


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to recognise the device in a scan: all that is given must hold."""

    name_prefix: str = ""
    services: tuple[Uuid, ...] = ()
    """Service UUIDs that are advertised; always held in their 128-bit form."""

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "services", tuple(map(full_uuid, self.services)))


class Clock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The clock behind the device's time stamps."""

    kind: Literal["none", "epoch", "boot", "file"] = "none"
    """No time in the frames; or ns since `epoch`; or ns since the device was switched on or its experiment began; or
    the frames of a file came when it says that their samples were taken."""
    epoch: str | None = None
    """ISO date that the device counts from, UTC."""
    resets: bool = False
    """Whether the clock falls back when the device loses power: then it is never wall time."""


class Channel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way bytes arrive: a GATT characteristic, or an MQTT topic."""

    id: Id
    mode: Literal["notify", "indicate", "read", "write", "message", "slice"]
    """What is done with the characteristic; `message` for a topic, `slice` for a file."""
    codec: Codec
    uuid: Uuid = ""
    """Of the characteristic; always held in its 128-bit form, as is `service`; empty for a topic."""
    service: Uuid = ""
    topic: str = ""
    """Where the device publishes unless it was told otherwise; empty for a characteristic."""
    layout: str = ""
    """Of codec `packed`: how Python's `struct` names the numbers of a payload, as in "<hhh". Of codecs
    of files: names of the columns, as in "time, x", as long as no line of the file has said them."""
    value: Hex | None = None
    """Of codec `setting`: what is written."""
    stalls_after_s: Positive | None = None
    """Silence that means something is wrong, s; None where silence is normal."""

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "uuid", full_uuid(self.uuid))
        msgspec.structs.force_setattr(self, "service", full_uuid(self.service))


class Stream(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One quantity that a channel carries."""

    id: Id
    channel: Id
    unit: Unit
    columns: tuple[Text, ...] = ()
    """Names of the columns of a sample with several; empty for plain numbers."""
    sensor: str = ""
    """What the payload calls it: a sensor of `sensor-logger`, the buffer of times of `phyphox`."""
    axes: tuple[Axis, ...] = ()
    """Where the columns come from: keys of the sensor's values, ids of buffers, names of a table's columns, or
    positions in a layout."""
    scale: float = 1.0
    """From what the payload counts in to `unit`."""
    rate_hz: Positive | None = None
    """Nominal; a real device is up to 2 % off, so `align` measures it."""
    range: tuple[float, float] | None = None
    """Lowest and highest plausible value, in `unit`; a frame beyond is refused."""
    settings: Hex | None = None
    """Written to the control channel to ask which settings the device offers."""
    start: Hex | None = None
    """Written to the control channel to start the stream; None for one that needs no start."""
    stop: Hex | None = None
    optional: bool = False
    """Whether a device of this profile may do without."""


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A payload and all that it must decode to."""

    channel: Id
    payload: Hex | None = None
    json: str = ""
    """A payload that is text, in place of `payload`."""
    expect: dict[str, tuple[float | tuple[float, ...], ...]] = {}
    """Every stream that the payload carries: its values, or rows of values, in the stream's unit."""
    device_ns: int | None = None
    """Device time of the last sample, ns; of samples with their own times, the newest."""
    text: str = ""
    """What a payload without samples says."""
    refused: str = ""
    """Part of the reason why the payload, or a stream of it, is refused."""
    skipped: dict[str, int] = {}
    """Samples that are left out one by one, by reason."""

    def encoded(self) -> bytes:
        """The payload as it arrives."""
        return bytes.fromhex(self.payload or "") or self.json.encode()


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The facts about one kind of device."""

    id: Id
    name: Text
    kind: Literal["strap", "imu", "phone"]
    source: Literal["ble", "mqtt", "file"]
    match: Match = Match()
    channel: tuple[Channel, ...] = ()
    stream: tuple[Stream, ...] = ()
    clock: Clock = Clock()
    example: tuple[Example, ...] = ()
