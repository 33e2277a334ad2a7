"""What a body does: its breathing, its poses, its taps; part of a scenario.

Every figure has a plausible default. Sources of the figures are in the modules that carry them out.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tidehold.coach.pacing import pattern_of
from tidehold.errors import ConfigError
from tidehold.records import Pattern

Positive = Annotated[float, Meta(gt=0, le=1e9)]
NotNegative = Annotated[float, Meta(ge=0, le=1e9)]
Share = Annotated[float, Meta(ge=0, le=1)]

Hold = Literal["in", "out"]
Segment = Literal["leg", "trunk"]
Placement = Literal["shin", "thigh", "breastbone", "belly"]


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
    until_s: Positive | None = None
    """No breath is asked for from then on; None: for ever."""
    to_pattern: str = ""
    """Reached at `until_s`, in a straight line; "": the pattern stays."""
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
            for pattern in (self.pattern, self.to_pattern or self.pattern):
                pattern_of(pattern)
        except ConfigError:
            raise ValueError('Expected a pattern such as "4/6" or "4/2/6/0"') from None
        if self.until_s is not None and self.until_s <= self.since_s:
            raise ValueError("Expected `until_s` > `since_s`")
        if self.to_pattern and self.until_s is None:
            raise ValueError("Expected `until_s` beside `to_pattern`")

    @property
    def asked(self) -> Pattern:
        """The pattern, at first."""
        return pattern_of(self.pattern)

    def asked_at(self, t_s: float) -> Pattern:
        """The pattern of a breath that is to begin at `t_s`."""
        if not self.to_pattern or self.until_s is None:
            return self.asked
        share = min(max((t_s - self.since_s) / (self.until_s - self.since_s), 0.0), 1.0)
        first, last = msgspec.structs.astuple(self.asked), msgspec.structs.astuple(pattern_of(self.to_pattern))
        return Pattern(*(a + share * (b - a) for a, b in zip(first, last, strict=True)))

    def share_of(self, asked: Pattern) -> float:
        """Of inhaling in a breath without its pauses."""
        return asked.inhale_s / (asked.inhale_s + asked.exhale_s) if self.inhale_share is None else self.inhale_share

    @property
    def share(self) -> float:
        """Of inhaling in the first breath, without its pauses."""
        return self.share_of(self.asked)


class Pose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One posture of a limb: how it is reached, and how well it is kept."""

    seconds: Positive | None = None
    """With the way there; None: until the end. The last pose with a length leads back to the first."""
    segment: Segment = "leg"
    """What moves; the rest of the body stays where it is."""
    angle_deg: Annotated[float, Meta(ge=-180, le=180)] = 0.0
    """Inclination that is reached."""
    roll_deg: Annotated[float, Meta(ge=-180, le=180)] = 0.0
    """Tilt sideways."""
    yaw_deg: Annotated[float, Meta(ge=-180, le=180)] = 0.0
    """Turning about the vertical, which gravity does not show."""
    move_s: Annotated[float, Meta(ge=0.1, le=60)] = 1.5
    """How long it takes to get there."""
    sway_deg: Annotated[float, Meta(ge=0, le=30)] = 0.3
    """RMS of the irregular sway of the tilt, 0.03-0.6 Hz."""
    wander_deg: Annotated[float, Meta(ge=0, le=30)] = 0.0
    """RMS of its slow wandering, 0.005-0.06 Hz, which most of a person's sway is (Winter 1995, Gait Posture 3:193)."""
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
    circles: Annotated[int, Meta(ge=0, le=1000)] = 0
    """Round like a clock's hand, from `move_s` on: so many circles."""
    circle_deg: Annotated[float, Meta(ge=0, le=45)] = 5.0
    """Their radius, as a tilt."""
    circle_s: Annotated[float, Meta(ge=0.5, le=60)] = 4.0
    """Of one circle."""
    walk_spm: Annotated[float, Meta(ge=0, le=200)] = 0.0
    """Walking from `move_s` on until the end: steps per minute; 0: none."""
    walk_asymmetry: Annotated[float, Meta(ge=-0.5, le=0.5)] = 0.0
    """The phone's own leg's step minus the other's, over their mean."""

    def __post_init__(self) -> None:
        if self.walk_spm and self.seconds is None:
            raise ValueError("Expected `seconds` beside `walk_spm`")
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
    """Turned on by a mark."""
    paced: tuple[Pacer, ...] = ()
    """Turned on by somebody else, such as a routine: one after the other, and each with its end."""
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
    leg: tuple[Pose, ...] = ()
    """What the legs do whatever the rest does, in place of `pose`; `segment` says nothing."""
    trunk: tuple[Pose, ...] = ()
    """What the trunk does whatever the rest does, in place of `pose`."""
    tap: tuple[Tap, ...] = ()
