"""Inclination of a limb or the trunk from a phone's or another IMU: tilt, its steadiness, and gravity as a check."""

from __future__ import annotations

import math
from collections import deque
from itertools import islice
from typing import Final

import numpy as np

from tidehold.estimators.hold_detector import angle_deg
from tidehold.estimators.imu_grid import CELL, CELL_NS, RATE_HZ
from tidehold.estimators.posture import Moment, Posed, Posture
from tidehold.records import Estimate, Gap, HostNs, Sample, Values
from tidehold.units import NS, STANDARD_GRAVITY

_SILENT_AFTER_S: Final = 3.0
_WINDOW_S: Final = 10.0
_LEAST_S: Final = 5.0
_ZERO_CELLS: Final = 15
_ZERO: Final = "hold still for 2 s to set zero"
_NO_ZERO: Final = "no neutral pose: it was not held still in time"
_TILT_WINDOW_S: Final = 2.0
_LEAST_STILL_S: Final = 1.0
_EXACT_G: Final = 0.03
_OFF_G: Final = 0.1
"""A gravity farther than this from 1 g was not measured in m/s^2: sensors are off by 0.03 at most."""
_UNMEASURED_FIT: Final = 0.5
"""How well gravity fits while it has not been measured."""
_NO_FIT: Final = "the profile does not fit this phone"
_IN_G: Final = "values look like g; try sensor-logger-ios"
_IN_SI: Final = "values look as if they were m/s^2 already; try sensor-logger-standardised or sensor-logger-android"
_LIKELY: Final = ((1 / STANDARD_GRAVITY, _IN_G), (STANDARD_GRAVITY, _IN_SI))
_LIKELY_WITHIN: Final = 0.1


class TiltEstimator:
    """Tilt, steadiness and gravity of one IMU; see `tidehold.estimators.contract.Estimator`.

    It takes what `Posture` takes; `<source>/` stands before each name.

    - `tilt_deg`: angle between gravity now and in the neutral pose, which is the mean over the first 1.5 s in
      which the sensor was still. Rotation of the gravity vector, no Euler angle. Quality: share of the last 2 s
      that was heard times how well gravity fits.
    - `rms_deg`: RMS angle between gravity and its own mean, over the last 10 s but not farther back than the last
      movement faster than 25 deg/s. Quality: share of the last 10 s that was heard times how well gravity fits.
    - `gravity_g`: mean magnitude of acceleration while still, in the last 10 s. Quality: how well it fits, 1
      within 0.03 g of 1 g, 0 from 0.1 g on, where nothing else is said either.

    Windows end at the newest sample. Without a gyroscope it answers only while still.

    Args:
        source: Name of the source, the first part of its streams' names.
        posture: The source's, where others follow it too; then whoever has it feeds it.
    """

    def __init__(self, source: str, posture: Posture | None = None) -> None:
        self._source = source
        self._fed = posture is not None
        self._posture = posture or Posture(source)
        self._posture.follow(self._digest)
        self._up = (0.0, 0.0, 1.0)  # there
        # Of the last 10 s: start, share heard, magnitude of acceleration if the sensor was still.
        self._cells: deque[tuple[HostNs, float, float | None]] = deque()
        self._ups: Values = np.empty((3, 0))  # since the last movement, of the last 10 s
        self._gravity_g: float | None = None
        self._zero: tuple[float, float, float] | None = None
        self.zero_since: HostNs | None = None
        """When the neutral pose was known."""
        self._zero_from: HostNs | None = None
        self._zero_until: HostNs | None = None
        self._poses: deque[tuple[float, float, float]] = deque(maxlen=_ZERO_CELLS)

    @property
    def zero(self) -> tuple[float, float, float] | None:
        """Direction of "up" in the neutral pose; None until it is known."""
        return self._zero

    @property
    def no_zero(self) -> str:
        """Why there is no neutral pose; "" if there is one."""
        if self._zero is not None:
            return ""
        return _ZERO if self._zero_until is None else _NO_ZERO

    @property
    def fit(self) -> float:
        """How well gravity fits, 0..1."""
        return _fit(self._gravity_g)

    @property
    def misfit(self) -> str:
        """Why these values cannot be m/s^2; "" if nothing is known to be wrong with them."""
        return _misfit(self._gravity_g)

    def update(self, sample: Sample) -> None:
        """Take the samples of one frame ("acc", "gyr" or "gravity" of this source)."""
        if not self._fed:
            self._posture.update(sample)

    def gap(self, gap: Gap) -> None:
        """Nothing to do: the times of the samples show it too."""

    def set_zero(self, now: HostNs) -> None:
        """Let the next 1.5 s of stillness after `now` be the neutral pose; until then there is no tilt."""
        self._zero = None
        self.seek_zero(now, now)

    def seek_zero(self, now: HostNs, since: HostNs | None) -> None:
        """Where there is no neutral pose, look for it from `since` on; None: no longer, from `now` on.

        Stillness until then counts, also where its samples come later.
        """
        if since is None:
            self._zero_until = now
            return
        self._zero_from, self._zero_until = since, None
        self._poses.clear()

    def estimate(self, now: HostNs) -> tuple[Estimate, ...]:
        """Tilt, its RMS deviation and gravity, in this order."""
        self._posture.advance()
        still_s = self._weigh()
        silence, trouble = self._silence(now), self.trouble(now)
        return (
            self._say(now, "tilt_deg", self._tilt(trouble), _TILT_WINDOW_S),
            self._say(now, "rms_deg", self._rms(trouble), _WINDOW_S),
            self._gravity(now, silence, still_s),
        )

    def _weigh(self) -> float:
        """Measure gravity, if that can be done; how long the sensor was still in the last 10 s, s."""
        still = [magnitude for _, _, magnitude in self._cells if magnitude is not None]
        if len(still) * CELL_NS >= _LEAST_STILL_S * NS:
            self._gravity_g = sum(still) / len(still) / STANDARD_GRAVITY
        return len(still) * CELL_NS / NS

    def _digest(self, posed: Posed) -> None:
        if posed.fresh:
            self._ups = self._ups[:, :0]
            self._poses.clear()
        after = 0  # the samples since the last movement
        for moment in posed.moments:
            self._add(moment)
            after = 0 if moment.moving else after + 1
        self._up = tuple(posed.up[-1].tolist())
        settled = posed.up[len(posed.up) - after * CELL :].T
        before = self._ups if settled.shape[1] == len(posed.up) else self._ups[:, :0]
        self._ups = np.concatenate((before, settled), axis=1)[:, -round(_WINDOW_S * RATE_HZ) :]

    def _add(self, moment: Moment) -> None:
        cell = moment.cell
        self._cells.append((cell.start, cell.heard, cell.magnitude if moment.still else None))
        while cell.start + CELL_NS - self._cells[0][0] > _WINDOW_S * NS:
            self._cells.popleft()
        if moment.still and self._gravity_g is None:  # whether a hold may be told depends on it
            self._weigh()
        if self._zero is not None or not self._may_be_zero(cell.start):
            return
        if not moment.still:
            self._poses.clear()
            return
        self._poses.append(cell.up)
        if len(self._poses) == _ZERO_CELLS:
            x, y, z = (sum(axis) for axis in zip(*self._poses, strict=True))
            length = math.hypot(x, y, z)
            self._zero = (x / length, y / length, z / length)
            self.zero_since = HostNs(cell.start + CELL_NS)

    def _may_be_zero(self, start: HostNs) -> bool:
        """Whether a cell lies where the neutral pose is looked for."""
        since, until = self._zero_from, self._zero_until
        return (since is None or start >= since) and (until is None or start + CELL_NS <= until)

    def trouble(self, now: HostNs) -> str:
        """Why nothing can be said of posture now; "" if something can."""
        return self._silence(now) or self.misfit

    def _silence(self, now: HostNs) -> str:
        """Why nothing can be said about now; "" if the sensor is heard."""
        newest = self._posture.newest
        if newest is None:
            return "no samples yet"
        silent_s = (now - newest) / NS
        if silent_s > _SILENT_AFTER_S:
            return f"no samples for {silent_s:.0f} s"
        if self._posture.end is None or (now - self._posture.end) / NS > _SILENT_AFTER_S:
            return "collecting samples"
        if self._posture.rate_deg_s is None:
            return "collecting: less than 1 s, and there is no gyroscope"
        return ""

    def _tilt(self, trouble: str) -> tuple[float | None, str]:
        if trouble:
            return None, trouble
        if self._posture.moving and not self._posture.gyroscope:
            return None, "moving, and there is no gyroscope"
        if self._zero is None:
            return None, self.no_zero
        return angle_deg(self._up, self._zero), ""

    def _rms(self, trouble: str) -> tuple[float | None, str]:
        if trouble:
            return None, trouble
        if self._posture.moving:
            return None, "moving" if self._posture.gyroscope else "moving, and there is no gyroscope"
        samples = self._ups.shape[1]
        collected_s = samples / RATE_HZ
        if collected_s < _LEAST_S:
            return None, f"collecting: {collected_s:.0f} of {_LEAST_S:.0f} s"
        mean = self._ups.sum(axis=1, keepdims=True) / samples
        chord = self._ups - mean / max(1e-12, math.hypot(*mean[:, 0].tolist()))
        half = np.minimum(1.0, 0.5 * np.sqrt((chord * chord).sum(axis=0)))
        return math.degrees(math.sqrt(float(np.square(2 * np.arcsin(half)).sum()) / samples)), ""

    def _gravity(self, now: HostNs, silence: str, still_s: float) -> Estimate:
        name = f"{self._source}/gravity_g"
        if silence:
            return Estimate(now, name, None, 0.0, silence)
        if still_s < _LEAST_STILL_S or self._gravity_g is None:
            why = f"hold still to measure gravity: {still_s:.1f} of {_LEAST_STILL_S:.0f} s"
            return Estimate(now, name, None, 0.0, why)
        return Estimate(now, name, self._gravity_g, _fit(self._gravity_g), _misfit(self._gravity_g))

    def _say(self, now: HostNs, figure: str, answer: tuple[float | None, str], window_s: float) -> Estimate:
        value, why = answer
        quality = 0.0 if value is None else self._heard(window_s) * _fit(self._gravity_g)
        return Estimate(now, f"{self._source}/{figure}", value, quality, why)

    def _heard(self, window_s: float) -> float:
        """Share of the last seconds, up to the newest sample, that was heard."""
        since = (self._posture.end or 0) - round(window_s * NS)
        recent = islice(reversed(self._cells), round(window_s * NS / CELL_NS))
        return sum([heard for start, heard, _ in recent if start >= since]) * CELL_NS / (window_s * NS)


def _fit(gravity_g: float | None) -> float:
    """How well gravity fits: 1 for what sensors measure, 0 for what none does."""
    if gravity_g is None:
        return _UNMEASURED_FIT
    return min(1.0, max(0.0, (_OFF_G - abs(gravity_g - 1)) / (_OFF_G - _EXACT_G)))


def _misfit(gravity_g: float | None) -> str:
    """What is wrong with the values if gravity is not 1 g; "" if nothing is known to be."""
    if gravity_g is None or abs(gravity_g - 1) <= _OFF_G:
        return ""
    for likely_g, advice in _LIKELY:
        if abs(gravity_g / likely_g - 1) < _LIKELY_WITHIN:
            return f"gravity measures {gravity_g:.2f} g: {_NO_FIT} ({advice})"
    return f"gravity measures {gravity_g:.2f} g: these cannot be m/s^2 of a sensor at rest; does the profile fit?"
