"""The body that wears strap and phone: what a body can be asked, and a seeded one that knows its truth."""

from __future__ import annotations

import math
from typing import Final, NamedTuple, Protocol, get_args

import numpy as np

from tidehold_simulators.heart import Heart
from tidehold_simulators.limbs import GRAVITY_M_S2, Limb, Motion, poses_of, tap_jolt
from tidehold_simulators.lungs import Breath, Lungs
from tidehold_simulators.scenario import BodySpec, Placement
from tidehold_simulators.signals import Floats, Noise, Waves


class Truth(NamedTuple):
    """What the body really does at one moment; None where a body does not know."""

    rate_bpm: float | None
    """Of the breath that is being taken; 0 while the breath is held."""
    phase_rad: float | None
    """0 where inhaling begins, pi where exhaling begins, up to 2 pi."""
    volume: float | None
    """Above the resting lungs, 1 = a full breath of depth 1."""
    holding: bool


class Body(Protocol):
    """Times are s since it was born, or the strap switched on; signals answer for any ascending times."""

    @property
    def has_beats(self) -> bool:
        """Whether there is a heart to feel."""
        ...

    @property
    def has_ecg(self) -> bool:
        """Whether `ecg_uv` may be asked."""
        ...

    @property
    def has_acc(self) -> bool:
        """Whether `acc_g` may be asked."""
        ...

    @property
    def ends_s(self) -> float:
        """When the body is over, s; `math.inf` if never."""
        ...

    def beats(self, until_s: float) -> Floats:
        """Times (n,) of all R peaks from 0 to `until_s`, ascending, s."""
        ...

    def ecg_uv(self, t: Floats) -> Floats:
        """Chest ECG (n,) at `t` (n,), uV."""
        ...

    def acc_g(self, t: Floats) -> Floats:
        """Acceleration of the strap (n, 3) at `t` (n,), g, in the strap's own axes."""
        ...

    def motion(self, placement: Placement, t: Floats) -> Motion:
        """What a phone at `placement` feels at `t` (n,), in its own axes."""
        ...

    def gravity(self, placement: Placement, t: Floats) -> Floats:
        """Gravity's share of the specific force (n, 3) at `t` (n,), m/s^2, in the axes of a phone at `placement`."""
        ...

    def tilt_deg(self, placement: Placement, t: Floats) -> Floats:
        """How far a phone at `placement` has tilted (n,) since 0, degrees."""
        ...

    def truth(self, t_s: float) -> Truth:
        """What the body really does at `t_s`."""
        ...


_UPRIGHT: Final = np.array([-0.947, 0.144, 0.286])
"""Gravity in the axes of a real H10 on a person sitting upright, length 1."""
_BEAT_HZ: Final = 18.0
_BEAT_DELAY_S: Final = 0.09


class SeededBody:
    """Lungs that move a heart and a chest; the same seed is the same body, for ever.

    The chest tilts the strap as it fills; it sways a little; each beat shakes it
    (a damped ring of a few mg after the valves open, as in seismocardiography: Inan
    et al. 2015, IEEE J Biomed Health Inform 19:1414); the sensor adds noise. The
    limbs take the poses of the scenario; taps are felt by strap and phone.
    """

    has_beats: Final = True
    has_ecg: Final = True
    has_acc: Final = True
    ends_s: Final = math.inf

    def __init__(self, spec: BodySpec, seed: int) -> None:
        lungs, heart, chest = (np.random.default_rng((seed, part)) for part in range(3))
        self._tilt_rad = math.radians(spec.tilt_deg)
        pacers = (*(() if spec.pacer is None else (spec.pacer,)), *spec.paced)
        self._lungs = Lungs(spec.breathing, spec.breath_variability, lungs, pacers)
        self._heart = Heart(spec, self._lungs, heart)
        self._sway = Waves(chest, sd=math.radians(0.15), low_hz=0.005, high_hz=0.06)
        self._noise = tuple(Noise(chest) for _ in range(3))
        self._taps = spec.tap
        self._limbs = {
            place: Limb(place, poses_of(spec, place), np.random.default_rng((seed, 5, number)), self._lungs.volume)
            for number, place in enumerate(get_args(Placement))
        }

    def beats(self, until_s: float) -> Floats:
        """Times (n,) of all R peaks from 0 to `until_s`, ascending, s."""
        beats = self._heart.beats(until_s)
        first, last = np.searchsorted(beats, (0.0, until_s), ("left"))
        return beats[first:last]

    def ecg_uv(self, t: Floats) -> Floats:
        """Chest ECG (n,) at ascending `t` (n,), uV."""
        return self._heart.ecg_uv(t)

    def acc_g(self, t: Floats) -> Floats:
        """Acceleration of the strap (n, 3) at ascending `t` (n,), g."""
        trunk = self._limbs["breastbone"]
        breath = self._tilt_rad * trunk.breath_tilt(t) * self._lungs.volume(t)
        tilt = breath + self._sway(t) + trunk.posture_rad(t)
        sin, cos = np.sin(tilt), np.cos(tilt)
        x, y, z = _UPRIGHT
        ring = self._beat_ring(t)
        axes = (x * cos - z * sin + 0.003 * ring, np.full_like(t, y), x * sin + z * cos + 0.008 * ring)
        acc = np.stack([axis + 0.0015 * noise(t) for axis, noise in zip(axes, self._noise, strict=True)], axis=1)
        acc[:, 2] += tap_jolt(self._taps, t) / GRAVITY_M_S2
        acc *= 1 + trunk.jolts(t)[:, np.newaxis] / GRAVITY_M_S2
        return acc

    def motion(self, placement: Placement, t: Floats) -> Motion:
        """What a phone at `placement` feels at `t` (n,), in its own axes, before the noise of its sensors."""
        limb = self._limbs[placement]
        force = tap_jolt(self._taps, t)
        if placement == "breastbone":
            force += 0.008 * GRAVITY_M_S2 * self._beat_ring(t)
        motion = limb.motion(t)
        return Motion(motion.acc + limb.across(force), motion.gyr)

    def gravity(self, placement: Placement, t: Floats) -> Floats:
        """Gravity's share of the specific force (n, 3) at `t` (n,), m/s^2, in the axes of a phone at `placement`."""
        return self._limbs[placement].gravity(t)

    def tilt_deg(self, placement: Placement, t: Floats) -> Floats:
        """How far a phone at `placement` has tilted (n,) since 0, degrees."""
        return self._limbs[placement].tilt_deg(t)

    def yaw_deg(self, placement: Placement, t: Floats) -> Floats:
        """How far the poses turn a phone at `placement` about the vertical (n,), degrees."""
        return self._limbs[placement].yaw_deg(t)

    def truth(self, t_s: float) -> Truth:
        """What the body really does at `t_s`."""
        t = np.array([t_s])
        cycle = float(self._lungs.cycle(t)[0])
        holding = bool(self._lungs.holding(t)[0])
        return Truth(
            rate_bpm=0.0 if holding else self._lungs.rate_bpm(t_s),
            phase_rad=2 * math.pi * (cycle % 1),
            volume=float(self._lungs.volume(t)[0]),
            holding=holding,
        )

    def breaths(self, until_s: float) -> list[Breath]:
        """The breaths that are over by `until_s`, in order: when each begins to inhale and to exhale."""
        return self._lungs.breaths(until_s)

    def holds(self, until_s: float) -> list[tuple[float, float]]:
        """From when to when the breath is held, s: all that begin before `until_s`, a pacer's pauses among them."""
        return self._lungs.holds(until_s)

    def _beat_ring(self, t: Floats) -> Floats:
        """The ring of the latest beat (n,), of amplitude 1."""
        beats = self._heart.beats(float(t.max(initial=0.0)) + 3)
        since = t - beats[np.searchsorted(beats, t, "right") - 1] - _BEAT_DELAY_S
        return np.where(since > 0, np.exp(-since / 0.06) * np.sin(2 * np.pi * _BEAT_HZ * since), 0.0)
