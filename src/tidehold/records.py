"""The nouns: what goes into the fold and what it says.

Inputs are everything that can differ between two runs. Outputs are everything
the fold says. Both are frozen; SI units; times are nanoseconds of the session
clock unless the type says otherwise.
"""

from __future__ import annotations

from typing import Any, Literal, NewType

import msgspec
import numpy as np
from numpy.typing import NDArray

HostNs = NewType("HostNs", int)
"""Session clock: 0 at the start of the session, counts through suspend."""
DeviceNs = NewType("DeviceNs", int)
"""A device's own clock: any epoch, may drift, may reset."""
UnixNs = NewType("UnixNs", int)
"""Wall clock, nanoseconds since 1970-01-01Z: only in headers and phone payloads."""

Times = NDArray[np.int64]
Values = NDArray[np.float64]

LinkState = Literal[
    "searching",  # looking for the device
    "connecting",
    "up",  # connected; detail: profile, address, name, mtu, and what the device says of itself
    "armed",  # every stream that can be had is on; detail: streams, and missing ones with the reason
    "stalled",  # connected, but a stream is silent; detail: stream, silent_s
    "refused",  # an attempt failed; detail: reason, advice
    "down",  # the link is lost or was closed; detail: reason, uptime_s
]


class Frame(msgspec.Struct, frozen=True, gc=False, tag="frame"):
    """Bytes as they arrived: one notification, indication, read or MQTT message."""

    t: HostNs
    source: str
    channel: str
    payload: bytes


class Link(msgspec.Struct, frozen=True, tag="link"):
    """What became of the connection to a source."""

    t: HostNs
    source: str
    state: LinkState
    detail: dict[str, str] = {}


class Tick(msgspec.Struct, frozen=True, gc=False, tag="tick"):
    """The passing of time, 4 Hz: the fold's only "now"."""

    t: HostNs


class Mark(msgspec.Struct, frozen=True, gc=False, tag="mark"):
    """A person did something: start, pause, skip, note, pain."""

    t: HostNs
    verb: str
    arg: str = ""


class Stop(msgspec.Struct, frozen=True, gc=False, tag="stop"):
    """The end of the session, always its last input."""

    t: HostNs
    reason: str


Input = Frame | Link | Tick | Mark | Stop


class Sample(msgspec.Struct, frozen=True, eq=False, tag="sample"):
    """The samples of one frame together.

    `times` (n,) session time of each sample, ns; `values` (n,) or (n, columns)
    in the stream's unit. `stream` is "<source>/<stream>", as in "strap/ecg".
    For "rr", times are those of the beats that end each RR interval.
    """

    t: HostNs
    stream: str
    times: Times
    values: Values


class Gap(msgspec.Struct, frozen=True, tag="gap"):
    """Samples that are missing from a stream: from when to when, how many, and why."""

    t: HostNs
    stream: str
    start: HostNs
    end: HostNs
    lost: int | None
    why: str


class Estimate(msgspec.Struct, frozen=True, tag="estimate"):
    """One figure at a time; `None` means "don't know", and `why` says why not.

    `quality` is a confidence in 0..1. `name` ends in its unit: "heart/hr_bpm".
    """

    t: HostNs
    name: str
    value: float | None
    quality: float
    why: str = ""


class Cue(msgspec.Struct, frozen=True, tag="cue"):
    """Something worth telling the person now."""

    t: HostNs
    kind: str
    text: str


class Rejected(msgspec.Struct, frozen=True, tag="rejected"):
    """A frame, or a part of it, that could not be used, and why; `count` such parts at once."""

    t: HostNs
    source: str
    channel: str
    why: str
    count: int = 1


class StreamView(msgspec.Struct, frozen=True):
    """Health of one stream. Ages in s; `rate_hz` measured, not nominal."""

    count: int
    rate_hz: float | None
    age_s: float | None
    gaps: int
    last: tuple[float, ...]


class LinkView(msgspec.Struct, frozen=True):
    """State of one source's link since `since`."""

    state: LinkState
    since: HostNs
    detail: dict[str, str]


class Trace(msgspec.Struct, frozen=True, eq=False):
    """The last seconds of a stream: `times` (n,) ns, `values` (n,) or (n, columns)."""

    times: Times
    values: Values


class Snapshot(msgspec.Struct, frozen=True, eq=False, tag="snapshot"):
    """The whole view at one tick; a dashboard needs nothing else."""

    t: HostNs
    inputs: dict[str, int]
    """Frames per "<source>/<channel>"."""
    links: dict[str, LinkView]
    said: dict[str, str]
    """What a device said in words, per "<source>/<channel>": firmware, model, answers to commands."""
    streams: dict[str, StreamView]
    estimates: dict[str, Estimate]
    rejected: dict[str, int]
    """Per "<source>/<channel>: why"."""
    gaps: int
    traces: dict[str, Trace]


class Recording(msgspec.Struct, frozen=True):
    """How the recording itself is going: what the fold cannot know."""

    path: str
    """The session file."""
    session: str
    started: UnixNs
    state: Literal["recording", "finished", "replay"]
    bytes_written: int = 0
    unsynced_s: float = 0.0
    """Age of the oldest bytes that a power cut would take, s."""
    speed: float = 1.0
    """Of a replay, times real time; 0 while it is paused."""
    length_s: float | None = None
    """Of a session that is over."""


class Status(msgspec.Struct, frozen=True, tag="status"):
    """All that a view of a session is told, four times a second."""

    recording: Recording
    snapshot: Snapshot


Output = Sample | Gap | Estimate | Cue | Rejected | Snapshot


def _plain(value: Any) -> Any:
    """Say numpy arrays and scalars in JSON's own types."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"no JSON form for {type(value).__name__}")


_encoder = msgspec.json.Encoder(enc_hook=_plain, order="deterministic")


def encode(item: Input | Output | Status) -> bytes:
    """JSON of a record, the same bytes for the same values (keys sorted, shortest floats)."""
    return _encoder.encode(item)


def _arrays(kind: Any, value: Any) -> Any:
    """The arrays of a trace, from JSON's lists."""
    dtype = np.int64 if kind == Times else np.float64
    return np.array(value, dtype)


_status_decoder = msgspec.json.Decoder(Status, dec_hook=_arrays)


def decode_status(raw: bytes) -> Status:
    """The status that `encode` wrote.

    Raises:
        msgspec.MsgspecError: It is none, or one of another version of Tidehold.
    """
    return _status_decoder.decode(raw)
