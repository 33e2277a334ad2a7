"""The nouns: what goes into the fold and what it says.

Inputs are everything that can differ between two runs. Outputs are everything
the fold says. Both are frozen; SI units; times are nanoseconds of the session
clock unless the type says otherwise.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from tidehold.routine import Doing, Finding, Guide, Measured, Scored
from tidehold.units import NS
from tidehold.units import DeviceNs as DeviceNs  # noqa: PLC0414 - they are nouns too
from tidehold.units import HostNs as HostNs  # noqa: PLC0414
from tidehold.units import UnixNs as UnixNs  # noqa: PLC0414

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


Part = Literal["inhale", "full", "exhale", "empty"]
"""Of a paced breath; "full" and "empty" are pauses."""
PAUSE_SEEN_S: Final = 3.0
"""Motion that is needed to see that a pause is over (see `estimators.held_breath`)."""


class Pattern(msgspec.Struct, frozen=True):
    """Length of each part of a paced breath, s; a pause may be 0."""

    inhale_s: Annotated[float, msgspec.Meta(gt=0)] = 4.0
    full_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    exhale_s: Annotated[float, msgspec.Meta(gt=0)] = 6.0
    empty_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0

    @property
    def length_s(self) -> float:
        """Of the whole breath, s."""
        return self.inhale_s + self.full_s + self.exhale_s + self.empty_s

    @property
    def rate_bpm(self) -> float:
        """Breaths per minute that it asks for."""
        return 60.0 / self.length_s

    @property
    def text(self) -> str:
        """As a mark "pace" says it: "4/6", or with pauses "4/2/6/0"."""
        has_pause = self.full_s > 0 or self.empty_s > 0
        parts = (self.inhale_s, self.full_s, self.exhale_s, self.empty_s)
        return "/".join(f"{each:g}" for each in (parts if has_pause else parts[::2]))

    def part_at(self, into_s: float) -> tuple[Part, float]:
        """The part of the breath `into_s` after its start, and how long it has gone on, s."""
        parts: tuple[tuple[Part, float], ...] = (
            ("inhale", self.inhale_s),
            ("full", self.full_s),
            ("exhale", self.exhale_s),
            ("empty", self.empty_s),
        )
        for part, length_s in parts:
            if into_s < length_s:
                return part, into_s
            into_s -= length_s
        return "inhale", 0.0  # the end of a breath is the start of the next


class Pacing(msgspec.Struct, frozen=True):
    """Breathing that is asked for: `pattern`, one breath after another, the first one from `since`."""

    since: HostNs
    pattern: Pattern

    def into_s(self, t: HostNs) -> float:
        """How far the breath that is asked for at `t` has gone, s."""
        return (t - self.since) % round(self.pattern.length_s * NS) / NS

    def has_pause(self, t: HostNs, grace_s: float = 1.0) -> bool:
        """Whether the breath is to be held at `t`, or was until `grace_s` before: nobody breathes on at once."""
        times = (t, HostNs(max(self.since, t - round(grace_s * NS))))
        return any(self.pattern.part_at(self.into_s(each))[0] in ("full", "empty") for each in times)

    def had_pause(self, t: HostNs) -> bool:
        """Whether a breath held at `t` is a pause: one that is asked for, or was in the `PAUSE_SEEN_S` before."""
        times = range(t, max(t - round(PAUSE_SEEN_S * NS), self.since) - 1, -NS // 2)
        return any(self.has_pause(HostNs(each), 0.0) for each in times)


class Breath(msgspec.Struct, frozen=True, tag="breath"):
    """One whole breath, seen in chest motion: inhaling from `inhale`, exhaling from `exhale`, over at `end`.

    `t` is when it was known; `end` is where the next inhalation began. `quality` is a confidence in 0..1.
    """

    t: HostNs
    inhale: HostNs
    exhale: HostNs
    end: HostNs
    quality: float


class HoldFigures(msgspec.Struct, frozen=True):
    """Figures of one hold, without its first second and, once it is over, its last half one.

    Angles in deg; None where it cannot be known: see `Hold.why`, or that the
    hold is too short for it or there is no gyroscope.
    """

    inclination_deg: float
    """Of the phone's long (y) axis above the horizontal, mean."""
    angle_deg: float | None
    """Mean signed angle from the neutral pose in the movement's plane; until a movement has shown it, the tilt."""
    rms_deg: float
    """RMS angle from the mean direction."""
    drift_deg_min: float | None
    """Slope of the tilt, whichever way it goes; from 8 s on."""
    shift_deg: float
    """From the mean of the first 2 s to that of the last 2 s."""
    ellipse_deg2: float
    """Area that holds 95 % of the sway."""
    path_deg: float
    velocity_deg_s: float
    """Length of the sway's path, and that per second."""
    jerk_m2_s5: float
    """Half the integral of the squared horizontal jerk."""
    tremor_deg_s: float | None
    """RMS angular rate of 4 to 12 Hz."""
    tremor_hz: float | None
    """Where it peaks, if it stands out by 6 dB."""
    in_band: float
    in_wide_band: float
    """Shares of the time within 3 and 5 deg of the target, or else of its own median."""
    longest_in_band_s: float
    settling_s: float | None
    """From the hold's start until it stayed within 1 deg of its mean for 2 s; None if it never did."""
    corrections: int | None
    slips: tuple[float, ...]
    """Angle of each sudden displacement that stayed."""
    breathing_removed: bool
    """The breathing's own movement was taken out first."""


class Hold(msgspec.Struct, frozen=True, tag="hold"):
    """A hold that is over, from `start` to `end`; `t` is when that was known."""

    t: HostNs
    source: str
    placement: str
    start: HostNs
    end: HostNs
    figures: HoldFigures | None
    """None where it was too short for any."""
    score: float | None
    """Steadiness, 0 to 100, against the person's own earlier holds."""
    parts: dict[str, float]
    """What the score is made of, each 0 to 100, and what slips took off."""
    why: str
    """How the score came about, or why there is none."""

    @property
    def held_s(self) -> float:
        """How long it lasted, s."""
        return (self.end - self.start) / NS


class DueHold(msgspec.Struct, frozen=True):
    """A hold that is asked for since `since`; `target_deg`: at this angle from the neutral pose, if at any."""

    since: HostNs
    target_deg: float | None = None


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

    def is_lost(self, *, was_lost: bool) -> bool:
        """Whether its source is lost; one that was is not back before all its streams are on."""
        return self.state in ("down", "stalled", "refused") or (was_lost and self.state != "armed")


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
    pacing: Pacing | None = None
    """The breathing that is asked for at `t`."""
    holds: tuple[Hold, ...] = ()
    """The last holds that are over, the newest last."""
    due: DueHold | None = None
    """The hold that is asked for at `t`."""
    doing: Doing | None = None
    """What is being measured besides, at `t`."""
    measured: tuple[Measured, ...] = ()
    """What the last tasks came to, the newest last."""
    guide: Guide | None = None
    """Where the person is in the routine, if the session has one."""


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


Output = Sample | Gap | Estimate | Breath | Hold | Measured | Finding | Scored | Cue | Rejected | Snapshot


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
