"""Scenarios: what the body does, what the strap is like, and what goes wrong.

A scenario is a TOML file: keys of `Scenario` at the top, `[body]`,
`[[body.breathing]]`, `[body.pacer]`, `[[body.pose]]`, `[[body.tap]]`, `[strap]`, `[phone]`
and any number of `[[fault]]`. Unknown keys are errors. Everything has a plausible default,
so a scenario says only what is special about it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

import msgspec
from msgspec import Meta

from tidehold.coach.pacing import pattern_of
from tidehold.errors import ConfigError
from tidehold.records import Pattern

Positive = Annotated[float, Meta(gt=0, le=1e9)]
NotNegative = Annotated[float, Meta(ge=0, le=1e9)]
Share = Annotated[float, Meta(ge=0, le=1)]

CLOCK_2019_NS: Final = 599_616_000_000_000_000
"""2019-01-01Z in ns since 2000-01-01Z: what an unset Polar strap believes (TimeSystemExplained.md)."""

LINK_FAULTS: Final = ("link-drop", "supervision-timeout", "restart")
"""Faults of the strap's link, carried out by whoever plays the strap: peripheral or virtual time."""
OFFLINE_FAULTS: Final = ("phone-offline", "broker-lost")
"""Faults of the phone's link."""

INSTANT_FAULTS: Final = ("clock-reset", "phone-clock-step")
"""Faults that take no time."""

Hold = Literal["in", "out"]
Segment = Literal["leg", "trunk"]
Placement = Literal["shin", "thigh", "breastbone"]
App = Literal["sensor-logger-ios", "sensor-logger-android", "sensor-logger-standardised", "phyphox"]
FaultKind = Literal[
    "link-drop",
    "supervision-timeout",
    "restart",
    "strap-slip",
    "clock-reset",
    "phone-sleep",
    "phone-offline",
    "phone-late",
    "phone-clock-step",
    "broker-lost",
]


class Breathing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One stretch of breathing, or one held breath.

    A stretch changes to the next one between breaths, so it may last up to one
    breath longer than `seconds`.
    """

    seconds: Positive | None = None
    """None: until the end. The last stretch with a length leads back to the first."""
    rate_bpm: Annotated[float, Meta(ge=1, le=60)] = 6.0
    to_rate_bpm: Annotated[float, Meta(ge=1, le=60)] | None = None
    """Reached at the end of the stretch, in a straight line; None: the rate stays."""
    inhale_share: Annotated[float, Meta(ge=0.1, le=0.9)] = 0.4
    """Ti/Ttot: 0.4 is 4 s in and 6 s out at 6 breaths/min."""
    depth: Annotated[float, Meta(ge=0, le=3)] = 1.0
    """Tidal volume, 1 = a calm deep breath."""
    hold: Hold | None = None
    """Hold the breath for `seconds` after breathing in (lungs full) or out (empty)."""

    def __post_init__(self) -> None:
        if self.seconds is None and (self.hold or self.to_rate_bpm is not None):
            raise ValueError("Expected `seconds` beside `hold` or `to_rate_bpm`")


class Pacer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Breathing that is asked for, and how it is followed.

    Whoever follows breathes as `breathing` says up to the first breath that is asked for. From then on
    breath k begins `lag_s` after its cue, and turns when `inhale_share` of it has passed, both more or
    less `jitter_s`; pauses are as long as they are asked for.
    """

    pattern: str
    """As a person types it: "4/6", "4/2/6/0"."""
    since_s: NotNegative = 0.0
    """When its first breath begins."""
    follows: bool = True
    """False: breathing goes on as if there were no pacer."""
    lag_s: Annotated[float, Meta(ge=-30, le=30)] = 0.0
    """How late each breath begins; negative: early."""
    inhale_share: Annotated[float, Meta(ge=0.1, le=0.9)] | None = None
    """Of a breath without its pauses; None: as it is asked for."""
    jitter_s: Annotated[float, Meta(ge=0, le=2)] = 0.0
    """Standard deviation of the times at which inhalations and exhalations begin."""

    def __post_init__(self) -> None:
        try:
            pattern_of(self.pattern)
        except ConfigError:
            raise ValueError('Expected a pattern such as "4/6" or "4/2/6/0"') from None

    @property
    def asked(self) -> Pattern:
        """The pattern."""
        return pattern_of(self.pattern)

    @property
    def share(self) -> float:
        """Of inhaling in a breath without its pauses."""
        asked = self.asked
        return asked.inhale_s / (asked.inhale_s + asked.exhale_s) if self.inhale_share is None else self.inhale_share


class Pose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One posture of a limb: how it is reached, and how well it is kept."""

    seconds: Positive | None = None
    """With the way there; None: until the end. The last pose with a length leads back to the first."""
    segment: Segment = "leg"
    """What moves; the rest of the body stays where it is."""
    angle_deg: Annotated[float, Meta(ge=-180, le=180)] = 0.0
    """Inclination that is reached."""
    move_s: Annotated[float, Meta(ge=0.1, le=60)] = 1.5
    """How long it takes to get there."""
    sway_deg: Annotated[float, Meta(ge=0, le=30)] = 0.3
    """RMS of the slow, irregular sway of the tilt."""
    tremor_deg: Annotated[float, Meta(ge=0, le=30)] = 0.0
    """Amplitude of the tremor."""
    tremor_hz: Annotated[float, Meta(ge=1, le=20)] = 8.0
    drift_deg_per_min: Annotated[float, Meta(ge=-600, le=600)] = 0.0
    slip_deg: Annotated[float, Meta(ge=-90, le=90)] = 0.0
    """The limb gives way once by so much, in 0.2 s."""
    slip_s: NotNegative | None = None
    """When, from the beginning of the pose."""
    breath_tilt: Annotated[float, Meta(ge=-3, le=3)] = 1.0
    """How far a breath tilts the chest, 1 = as when upright; negative: to the other side."""

    def __post_init__(self) -> None:
        if self.seconds is not None and self.seconds < self.move_s:
            raise ValueError("Expected `seconds` >= `move_s`")
        if (self.slip_s is None) != (self.slip_deg == 0):
            raise ValueError("Expected `slip_deg` and `slip_s`, or neither")


class Tap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Three taps, half a second apart, on strap and phone at once."""

    at_s: NotNegative


class BodySpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lungs, heart, chest and limbs of a seeded body; sources of the figures in the modules of these names."""

    breathing: Annotated[tuple[Breathing, ...], Meta(min_length=1)] = (Breathing(),)
    pacer: Pacer | None = None
    breath_variability: Annotated[float, Meta(ge=0, le=0.3)] = 0.02
    """Coefficient of variation of the length and depth of a breath."""
    heart_rate_bpm: Annotated[float, Meta(ge=35, le=180)] = 65.0
    rsa_bpm: NotNegative = 18.0
    """Highest minus lowest heart rate within one breath of depth 1, were it very slow."""
    mayer_bpm: NotNegative = 1.5
    """Standard deviation of the heart rate's waves around 0.1 Hz."""
    drift_bpm: NotNegative = 1.5
    """Standard deviation of the heart rate's very slow waves (below 0.04 Hz)."""
    beat_noise_ms: Annotated[float, Meta(ge=0, le=50)] = 5.0
    """Standard deviation of what is left in an RR interval, from beat to beat."""
    ectopic_share: Annotated[float, Meta(ge=0, le=0.3)] = 0.0
    """Premature beats with a full compensatory pause, per beat."""
    tilt_deg: NotNegative = 1.5
    """How far a breath of depth 1 tilts the strap."""
    pose: Annotated[tuple[Pose, ...], Meta(min_length=1)] = (Pose(),)
    """What the limbs do, after 3 s of stillness."""
    tap: tuple[Tap, ...] = ()


class StrapSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The strap: what it is called, what it can do, how good its clock is."""

    name: Annotated[str, Meta(min_length=1, max_length=26)] = "Tidehold Sim 0001"
    address: Annotated[str, Meta(pattern=r"^([0-9A-F]{2}:){5}[0-9A-F]{2}$")] = "F0:54:48:00:00:01"
    """A static random address: its two top bits are set (Core 6.0, Vol 6 Part B 1.3.2.1)."""
    pmd: bool = True
    """Serves ECG and acceleration (Polar Measurement Data)."""
    contact_supported: bool = True
    """Says whether it touches the skin. An H10 does or does not, by firmware."""
    clock_start_ns: Annotated[int, Meta(ge=0, le=(1 << 63) - 1)] = 820_000_000_000_000_000
    """What its clock says when it is switched on, ns since 2000-01-01Z."""
    drift_ppm: Annotated[float, Meta(ge=-1000, le=1000)] = 60.0
    """How much faster than true time its clock runs."""
    acc_rate_factor: Annotated[float, Meta(ge=0.9, le=1.1)] = 51 / 50
    """True sample rate over the nominal one; a real H10's "50 Hz" was 51.0."""
    ecg_rate_factor: Annotated[float, Meta(ge=0.9, le=1.1)] = 1.0
    warm_up_s: NotNegative = 0.5
    """From the start of a PMD stream to its first sample."""
    beat_latency_s: Annotated[float, Meta(ge=0, le=5)] = 0.3
    """From a beat to the strap having recognised it."""
    battery_percent: Annotated[int, Meta(ge=0, le=100)] = 87


class PhoneSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The phone: which app it runs, where it is, how good its sensors, its clock and its network are."""

    app: App = "sensor-logger-standardised"
    """`-standardised`: with "Standardise Units & Frames" on."""
    claims: App | None = None
    """Which app its owner says that it runs; None: the truth."""
    placement: Placement = "shin"
    rate_hz: Annotated[float, Meta(ge=1, le=1000)] = 100.0
    rate_factor: Annotated[float, Meta(ge=0.5, le=1.5)] = 1.001
    """True sample rate over the nominal one."""
    jitter_share: Annotated[float, Meta(ge=0, le=0.2)] | None = None
    """Standard deviation of the intervals; None: 0 of an iPhone, 0.01 of others."""
    batch_s: Annotated[float, Meta(ge=0.01, le=60)] = 0.2
    """From message to message."""
    clock_offset_s: Annotated[float, Meta(ge=-1e9, le=1e9)] = 0.35
    """Its wall clock minus true UTC when the body is born."""
    drift_ppm: Annotated[float, Meta(ge=-1000, le=1000)] = 20.0
    """How much faster than true time its clock runs."""
    gyr_noise_deg_s: NotNegative = 0.05
    gyr_bias_deg_s: NotNegative = 0.1
    """Length of the constant error."""
    acc_noise_m_s2: NotNegative = 0.02
    latency_s: Annotated[float, Meta(ge=0, le=5)] = 0.01
    """From a sample to the app having it."""
    network_s: tuple[NotNegative, NotNegative] = (0.002, 0.030)
    """Shortest and longest way of a message to the broker."""
    gravity: bool = True
    """Sends gravity besides; phyphox does not."""
    extras: bool = True
    """Sends what real apps send besides, though nobody here wants it: place, sound, battery, orientation."""
    old_first: bool = True
    """Each sensor of Sensor Logger begins with a sample from before the start, twice, as it lay in a buffer."""
    duplicate_share: Share = 0.0
    """Samples that come twice."""
    resend_share: Share = 0.0
    """Messages that come twice."""
    reorder_share: Share = 0.0
    """Messages that the one after them overtakes."""

    def __post_init__(self) -> None:
        if self.network_s[0] > self.network_s[1]:
            raise ValueError("Expected the shorter of `network_s` first")

    @property
    def profile(self) -> str:
        """Id of the device profile that its owner would choose."""
        return self.claims or self.app


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that goes wrong at `at_s` for `for_s`, and again every `every_s` if given.

    `link-drop`: the strap closes the link and cannot be found for a while;
    `supervision-timeout`: it falls silent without a word; `restart`: its process dies
    and comes back; `strap-slip`: it loses the skin; `clock-reset`: its clock falls back
    to 2019, in no time.

    `phone-sleep`: the phone measures nothing, or with `late` all, which its app gets in
    one piece on waking; `phone-offline`: it measures on, and its app sends what it had to
    keep, in order, when it is back; `phone-late`: messages are held up on the way and come
    all at once; `phone-clock-step`: its wall clock is set forward by `step_s`, in no time;
    `broker-lost`: the broker is gone for everyone, the phone and who listens to it.
    """

    kind: FaultKind
    at_s: NotNegative
    for_s: NotNegative = 0.0
    every_s: Positive | None = None
    late: bool = False
    step_s: Annotated[float, Meta(ge=-1e9, le=1e9)] = 0.0

    def __post_init__(self) -> None:
        if (self.for_s == 0) != (self.kind in INSTANT_FAULTS):
            raise ValueError(f"Expected `for_s` for every kind but {' and '.join(INSTANT_FAULTS)}")
        if self.every_s is not None and self.every_s <= self.for_s:
            raise ValueError("Expected `every_s` > `for_s`")
        if (self.step_s != 0) != (self.kind == "phone-clock-step"):
            raise ValueError("Expected `step_s` for phone-clock-step, and for no other kind")
        if self.late and self.kind != "phone-sleep":
            raise ValueError("Expected `late` for phone-sleep only")

    def onset(self, t_s: float) -> float | None:
        """When the latest occurrence at or before `t_s` began, s; None before the first."""
        if t_s < self.at_s:
            return None
        if self.every_s is None:
            return self.at_s
        return self.at_s + (t_s - self.at_s) // self.every_s * self.every_s

    def active(self, t_s: float) -> bool:
        """Whether it is going on at `t_s`: from its onset up to, not at, its end."""
        onset = self.onset(t_s)
        return onset is not None and t_s < onset + self.for_s

    def windows(self, until_s: float) -> Iterator[tuple[float, float]]:
        """Onset and end of every occurrence that begins before `until_s`, s."""
        onset, count = self.at_s, 0
        while onset < until_s:
            yield onset, onset + self.for_s
            if self.every_s is None:
                return
            count += 1
            onset = self.at_s + count * self.every_s


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body wearing a strap and a phone, and what goes wrong."""

    name: str
    about: str
    seconds: Positive | None = None
    """How long the strap lives; None: for ever."""
    seed: Annotated[int, Meta(ge=0)] = 1
    body: BodySpec = BodySpec()
    strap: StrapSpec = StrapSpec()
    phone: PhoneSpec = PhoneSpec()
    """Who does not ask for a phone has none."""
    fault: tuple[Fault, ...] = ()


_WORDS: Final = {
    "kind": get_args(FaultKind),
    "hold": get_args(Hold),
    "segment": get_args(Segment),
    "placement": get_args(Placement),
    "app": get_args(App),
    "claims": get_args(App),
}
"""Keys that take one of a few words."""
_FOLDER: Final = Path(__file__).parent / "scenarios"


def scenario_names() -> tuple[str, ...]:
    """Names of the scenarios that come with the simulators, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def load_scenario(name_or_path: str | Path) -> Scenario:
    """A scenario by its name, or from a TOML file of one's own.

    Raises:
        ConfigError: No such scenario, or the file breaks the format; the text
            names the file, the key, what was expected and what was found.
    """
    names = scenario_names()
    path = _FOLDER / f"{name_or_path}.toml" if str(name_or_path) in names else Path(name_or_path)
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{name_or_path}: expected a TOML file or one of {', '.join(names)}, found neither") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: expected a readable TOML file, found: {error}") from None
    try:
        return msgspec.convert(tree, Scenario)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {_explain(str(error), tree)}") from None


def _explain(complaint: str, tree: dict[str, Any]) -> str:
    """The complaint of msgspec as "key: expected ..., found ..."."""
    what, _, place = complaint.partition(" - at `$")
    steps = re.findall(r"\w+", place)
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", what):
        return f"{_key([*steps, unknown[1]])}: expected no such key, found it"
    if missing := re.fullmatch(r"Object missing required field `(.*)`", what):
        return f"{_key([*steps, missing[1]])}: expected a value, found none"
    found: Any = tree
    for step in steps:
        found = found[int(step) if isinstance(found, list) else step]
    if what.startswith("Invalid enum value"):
        what = f"Expected one of {', '.join(_WORDS[steps[-1]])}"
    return f"{_key(steps)}: {what.partition(', got')[0].replace('Expected', 'expected')}, found {found!r}"


def _key(steps: list[str]) -> str:
    """`["fault", "0", "at_s"]` as "fault[0].at_s", the way a person counts it from the file's top."""
    return re.sub(r"\.(\d+)", r"[\1]", ".".join(steps))
