"""The sensors of a phone, and its clocks: what is measured when, and which time the phone gives it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from statistics import NormalDist
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tidehold_simulators.body import Body
from tidehold_simulators.phone_encoders import Entry, Samples, Sensor, as_said
from tidehold_simulators.scenario import Fault, PhoneSpec
from tidehold_simulators.signals import Floats, Noise

_JITTER: Final = {"sensor-logger-ios": 0.0}
_ANDROID_JITTER: Final = 0.01
_MOST_JITTER: Final = 0.4
"""Share of an interval: samples stay in order."""
_OLD_S: Final = (0.2, 1.0)
"""By how much a sample from before the start is too old."""


class PhoneClock:
    """What the phone's clocks say.

    Args:
        spec: Offset and drift.
        steps: Faults that set the wall clock.
        started_unix_ns: True UTC when the body was born.
        from_s: When the app was started, s since then.
    """

    def __init__(self, spec: PhoneSpec, steps: tuple[Fault, ...], started_unix_ns: int, from_s: float) -> None:
        self._rate = 1 + spec.drift_ppm * 1e-6
        self._zero_ns = started_unix_ns + round(spec.clock_offset_s * 1e9)
        self._steps = steps
        self._from_s = from_s

    def wall_ns(self, t: Floats) -> NDArray[np.int64]:
        """The wall clock (n,) at `t` (n,), ns since 1970-01-01Z."""
        ahead = t * (self._rate * 1e9)
        for fault in self._steps:
            times = 1.0 if fault.every_s is None else 1 + (t - fault.at_s) // fault.every_s
            ahead = ahead + np.where(t >= fault.at_s, times * fault.step_s * 1e9, 0.0)
        return self._zero_ns + np.rint(ahead).astype(np.int64)

    def elapsed_ns(self, t: Floats) -> NDArray[np.int64]:
        """How long the app has been running (n,) at `t` (n,), ns; nobody can set this clock."""
        return np.rint((t - self._from_s) * (self._rate * 1e9)).astype(np.int64)


class MotionSensor:
    """One of the phone's motion sensors: its samples come a little unevenly, and a little noisy."""

    def __init__(self, sensor: Sensor, spec: PhoneSpec, body: Body, rng: np.random.Generator, from_s: float) -> None:
        self._sensor = sensor
        self._spec = spec
        self._body = body
        self._rate_hz = spec.rate_hz * spec.rate_factor
        self._start_s = from_s + float(rng.random()) / self._rate_hz
        self.old_s = from_s - float(rng.uniform(*_OLD_S))
        """When the sample was measured that still lay in the buffer."""
        wanted = _JITTER.get(spec.app, _ANDROID_JITTER) if spec.jitter_share is None else spec.jitter_share
        # An interval is the difference of two such errors.
        self._jitter = wanted / math.sqrt(2)
        self._uneven = Noise(rng)
        self._noise = tuple(Noise(rng) for _ in range(3))
        self._twice = Noise(rng)
        direction = rng.standard_normal(3)
        self._bias: Floats = math.radians(spec.gyr_bias_deg_s) * direction / np.linalg.norm(direction)
        self._taken = 0

    def take(self, until_s: float) -> Floats:
        """Times (n,) of the samples that the app gets since the last call, by `until_s`; some come twice."""
        last = int((until_s - self._start_s) * self._rate_hz) + 2
        number = np.arange(self._taken, max(self._taken, last), dtype=np.float64)
        uneven = np.clip(self._jitter * self._uneven(number), -_MOST_JITTER, _MOST_JITTER)
        t: Floats = self._start_s + (number + uneven) / self._rate_hz
        t = t[: np.searchsorted(t + self._spec.latency_s, until_s, "right")]
        self._taken += len(t)
        twice = hits(self._twice, t, self._spec.duplicate_share)
        return np.repeat(t, np.where(twice, 2, 1))

    def samples(self, t: Floats, clock: PhoneClock) -> Samples:
        """What the app says of the samples taken at `t` (n,)."""
        app = self._spec.app
        times = clock.elapsed_ns(t) if app == "phyphox" else clock.wall_ns(t)
        return as_said(app, self._sensor, times, self._measured(t))

    def _measured(self, t: Floats) -> Floats:
        placement = self._spec.placement
        noise = np.stack([axis(t) for axis in self._noise], axis=1)
        match self._sensor:
            case "gravity":  # the phone's own estimate: smooth
                return self._body.gravity(placement, t) + 0.1 * self._spec.acc_noise_m_s2 * noise
            case "gyr":
                error = math.radians(self._spec.gyr_noise_deg_s) * noise + self._bias
                return self._body.motion(placement, t).gyr + error
            case "acc":
                return self._body.motion(placement, t).acc + self._spec.acc_noise_m_s2 * noise


class ExtraSensor:
    """Something else that the app sends unasked, every `every_s`."""

    def __init__(self, name: str, every_s: float, values: Callable[[float], Mapping[str, Any]], from_s: float) -> None:
        self._name = name
        self._every_s = every_s
        self._values = values
        self._from_s = from_s
        self._taken = 0

    def take(self, until_s: float) -> Floats:
        """Times (n,) of the readings since the last call."""
        whole = max(self._taken, int((until_s - self._from_s) / self._every_s) + 2)
        t: Floats = self._from_s + self._every_s * np.arange(self._taken, whole, dtype=np.float64)
        t = t[t <= until_s]
        self._taken += len(t)
        return t

    def entries(self, t: Floats, clock: PhoneClock) -> list[Entry]:
        """The readings at `t` (n,)."""
        times = clock.wall_ns(t) // 1000 * 1000
        return [Entry(time, self._name, self._values(at)) for time, at in zip(times.tolist(), t.tolist(), strict=True)]


def extra_sensors(rng: np.random.Generator, from_s: float) -> list[ExtraSensor]:
    """What Sensor Logger sends beside motion when a person has switched on all that there is; nobody's place."""
    loud = Noise(rng)

    def microphone(t_s: float) -> dict[str, Any]:
        return {"dBFS": -40 + 3 * float(loud(np.array([t_s]))[0])}

    def location(t_s: float) -> dict[str, Any]:
        return {
            "latitude": 12.3456789 + 1e-7 * t_s,
            "longitude": -45.6789123,
            "altitude": 67.8,
            "speed": -1,
            "horizontalAccuracy": 4.9,
        }

    def orientation(t_s: float) -> dict[str, Any]:
        half = 0.05 * math.sin(t_s / 20)
        return {
            "yaw": 2 * half,
            "pitch": 0.0,
            "roll": 0.0,
            "qx": 0.0,
            "qy": 0.0,
            "qz": math.sin(half),
            "qw": math.cos(half),
        }

    def battery(t_s: float) -> dict[str, Any]:
        level = max(0.01, round(0.9 - 0.1 * t_s / 3600, 2))
        return {"batteryLevel": level, "batteryState": "unplugged", "lowPowerMode": False}

    kinds = {"orientation": (0.1, orientation), "microphone": (0.1, microphone), "location": (1.0, location)}
    kinds["battery"] = (60.0, battery)
    return [ExtraSensor(name, every_s, values, from_s) for name, (every_s, values) in kinds.items()]


def hits(noise: Noise, t: Floats, share: float) -> NDArray[np.bool_]:
    """Which of `t` (n,) belong to a share of them, drawn by lot."""
    if 0 < share < 1:
        return noise(t) < NormalDist().inv_cdf(share)
    return np.full(len(t), share == 1)
