"""Scenarios: what the body does, what the strap is like, and what goes wrong.

A scenario is a TOML file: keys of `Scenario` at the top, `[body]`,
`[[body.breathing]]`, `[body.pacer]`, `[[body.pose]]`, `[[body.tap]]`, `[strap]`, `[phone]`
`[routine]`, and any number of `[[press]]` and `[[fault]]`. Unknown keys are errors. Everything has a plausible default,
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

from tidehold.coach.routine_layout import lay_out
from tidehold.errors import ConfigError
from tidehold.routine import Routine
from tidehold.sources.routines import find_routine
from tidehold_simulators.acting import SINCE_S, Acted, act
from tidehold_simulators.body_spec import (
    BodySpec,
    Breathing,
    Hold,
    NotNegative,
    Pacer,
    Placement,
    Pose,
    Positive,
    Segment,
    Share,
    Tap,
)
from tidehold_simulators.moves import MISTAKES, Mistake

__all__ = [
    "BodySpec",
    "Breathing",
    "Fault",
    "Hold",
    "Led",
    "Pacer",
    "PhoneSpec",
    "Placement",
    "Pose",
    "Press",
    "Scenario",
    "Segment",
    "StrapSpec",
    "Tap",
    "as_acted",
    "load_scenario",
    "routine_of",
    "scenario_names",
]

CLOCK_2019_NS: Final = 599_616_000_000_000_000
"""2019-01-01Z in ns since 2000-01-01Z: what an unset Polar strap believes (TimeSystemExplained.md)."""

LINK_FAULTS: Final = ("link-drop", "supervision-timeout", "restart")
"""Faults of the strap's link, carried out by whoever plays the strap: peripheral or virtual time."""
OFFLINE_FAULTS: Final = ("phone-offline", "broker-lost")
"""Faults of the phone's link."""

INSTANT_FAULTS: Final = ("clock-reset", "phone-clock-step")
"""Faults that take no time."""

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


class Press(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key that the person presses: the mark that it makes."""

    at_s: NotNegative
    verb: Annotated[str, Meta(min_length=1)]
    arg: str = ""


class Led(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The routine that the person follows, and how well: `[routine]`.

    Breathing, legs, trunk and keys are then what the routine asks for, by the scenario's seed.
    """

    name: Annotated[str, Meta(min_length=1)]
    """Of a built-in routine, or a TOML file."""
    variant: str = ""
    first: Literal["left", "right"] = "left"
    affected: Literal["left", "right", "both"] = "left"
    session_number: Annotated[int, Meta(ge=0)] = 0
    mistakes: tuple[Mistake, ...] = ()
    """What goes wrong, once each."""
    since_s: Annotated[float, Meta(ge=5, le=600)] = SINCE_S
    """When it is started."""
    asked_first: bool = True
    """Whether the routine's questions are asked before its first step, and so answered."""


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
    press: tuple[Press, ...] = ()
    routine: Led | None = None
    fault: tuple[Fault, ...] = ()


_WORDS: Final = {
    "kind": get_args(FaultKind),
    "hold": get_args(Hold),
    "segment": get_args(Segment),
    "placement": get_args(Placement),
    "app": get_args(App),
    "claims": get_args(App),
    "mistakes": MISTAKES,
    "first": ("left", "right"),
    "affected": ("left", "right", "both"),
}
"""Keys that take one of a few words."""
_FOLDER: Final = Path(__file__).parent / "scenarios"


def scenario_names() -> tuple[str, ...]:
    """Names of the scenarios that come with the simulators, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def as_acted(scenario: Scenario, acted: Acted) -> Scenario:
    """The scenario of somebody who follows a routine."""
    keys = tuple(Press(at_s=key.at_s, verb=key.verb, arg=key.arg) for key in acted.keys)
    return msgspec.structs.replace(scenario, body=acted.body, press=keys, seconds=acted.seconds)


def routine_of(scenario: Scenario) -> Routine | None:
    """The routine that the person follows, laid out; None if there is none.

    Raises:
        ConfigError: There is no such routine, or not this variant of it.
    """
    led = scenario.routine
    if led is None:
        return None
    return lay_out(find_routine(led.name), led.variant, led.first, led.affected, led.session_number)


def load_scenario(name_or_path: str | Path, seed: int | None = None) -> Scenario:
    """A scenario by its name, or from a TOML file of one's own.

    Args:
        name_or_path: Of one that comes with the simulators, or of a file.
        seed: Another one than its own.

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
        scenario = msgspec.convert(tree, Scenario)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {_explain(str(error), tree)}") from None
    if seed is not None:
        scenario = msgspec.structs.replace(scenario, seed=seed)
    return _led(scenario, path)


def _led(scenario: Scenario, path: Path) -> Scenario:
    """The scenario, with its routine acted out if there is one."""
    led, routine = scenario.routine, routine_of(scenario)
    if led is None or routine is None:
        return scenario
    try:
        acted = act(
            routine,
            scenario.seed,
            led.mistakes,
            placement=scenario.phone.placement,
            since_s=led.since_s,
            asked_first=led.asked_first,
        )
    except ValueError as error:
        raise ConfigError(f"{path}: routine.mistakes: expected a routine with such a step, found {error}") from None
    return as_acted(scenario, acted)


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
        key = next(step for step in reversed(steps) if not step.isdigit())
        what = f"Expected one of {', '.join(_WORDS[key])}"
    return f"{_key(steps)}: {what.partition(', got')[0].replace('Expected', 'expected')}, found {found!r}"


def _key(steps: list[str]) -> str:
    """`["fault", "0", "at_s"]` as "fault[0].at_s", the way a person counts it from the file's top."""
    return re.sub(r"\.(\d+)", r"[\1]", ".".join(steps))
