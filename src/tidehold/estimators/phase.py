"""Where in a breath a person is now: an oscillator of the breathing rate, led by chest motion or RR changes.

An oscillator turns with the breathing rate and is corrected by a share of what
it did not foresee (an observer with fixed gains: a Kalman filter of a damped
oscillation settles on the same). Its memory is half a breath: breaths are
uneven, and what is older misleads. The phase is that of its first harmonic.
"""

from __future__ import annotations

import cmath
import math
from typing import Final, NamedTuple

from tidehold.estimators.rr_cleaning import Beat, Flag
from tidehold.records import HostNs
from tidehold.units import NS

_LOCK_S: Final = 12.0
"""Over which the lock is judged."""
_TINY: Final = 1e-12

_RR_GAIN: Final = 4.0
"""Of the RSA oscillator, per breath: the middle of a flat optimum (3 to 6)."""
_RR_BIAS_GAIN: Final = 0.02
_RR_CLIP: Final = 3.0
"""In RMS changes: an ectopic beat that got through is no breath."""
_RR_MEMORY_S: Final = 15.0
_RR_HOLE_S: Final = 4.0
"""Between two intervals whose change is still used."""
_RR_LEAST: Final = 8
_RR_STALE_S: Final = 6.0
_RR_OFFSET_DEG: Final = 315.0
_RR_OFFSET_PER_BPM: Final = 4.5
"""RR shortens from a while after an inhalation starts on, sooner (in degrees) the faster one breathes."""
_RR_USUAL_S: Final = 60.0
"""Over which the rate is usual: 30 to 300 s are within 0.01 of the best phase lock."""
_RR_PASSING: Final = 0.2
"""As a share of the usual rate. The newest change of RR is some 2 s old; a rate that differs by less from the usual one
is mostly one breath's whim, gone by the next. One that differs by more is a change of rate."""
_RR_QUALITY: Final = 1.3
"""Noise hides in the amplitude even of a phase that is right: so that quality reaches the confidence."""


class Phase(NamedTuple):
    """Where in a breath: `radians` from 0 (an inhalation starts) to 2 pi, or None and `why`.

    `quality` 0..1: how sure it is that the rate is right and the phase is locked.
    """

    radians: float | None
    quality: float
    why: str = ""


class Lock:
    """How well an oscillator follows: `quality` is 1 where all it sees is foreseen."""

    def __init__(self) -> None:
        self._agreement = 0j
        self._power = _TINY
        self._error = _TINY

    def add(self, seen: complex, foreseen: complex, error: float, step_s: float) -> None:
        """Compare the phasor with what was foreseen of it; `error` is what the last value was not foreseen by."""
        fresh = step_s / (step_s + _LOCK_S)
        turn = seen * foreseen.conjugate()
        size = abs(turn)
        if size > 0:
            self._agreement += (turn / size - self._agreement) * fresh
        self._power += ((seen * seen.conjugate()).real / 2 - self._power) * fresh
        self._error += (error * error - self._error) * fresh

    @property
    def quality(self) -> float:
        """How well phase was foreseen (mean cosine), times the share of breathing in the signal (amplitude)."""
        return self._of(self._power)

    def quality_of(self, phasor: complex) -> float:
        """The same where breathing is as large as this one: while it is shallow, its phase is less sure."""
        return self._of((phasor * phasor.conjugate()).real / 2)

    def _of(self, power: float) -> float:
        return max(0.0, self._agreement.real) * math.sqrt(power / (power + self._error + _TINY))


def wrapped(radians: float) -> float:
    """The same angle in 0 to 2 pi."""
    angle = radians % (2 * math.pi)
    return 0.0 if angle >= 2 * math.pi else angle


class RrPhase:
    """Phase of breathing from RSA: fed with every cleaned beat, asked at any time.

    `rate_bpm` is the rate at which breaths come now (`RateTracker.rate_bpm`, not the mean of the last
    half minute), `confidence` the tracker's. How far RSA comes after the breath differs between people:
    the start of an inhalation is known to about 25 degrees (SD over recordings).
    """

    def __init__(self) -> None:
        self._origin: HostNs | None = None
        self._usual_bpm = 0.0
        self._known_s = 0.0
        self.reset()

    def reset(self) -> None:
        """Beats are missing: forget the phase."""
        self._before: tuple[float, float] | None = None
        self._bias = 0.0
        self._phasor = 0j
        self._square = 0.0
        self._lock = Lock()
        self._number = 0

    def add(self, beat: Beat, rate_bpm: float) -> None:
        """Take a settled beat; `rate_bpm` as it was last known."""
        if beat.flag is Flag.STRAY:
            return
        if self._origin is None:
            self._origin = beat.t
        at_s = beat.middle_s(self._origin)
        if self._before is not None:
            step_s = at_s - self._before[0]
            if step_s >= _RR_HOLE_S or step_s < 0:
                self.reset()
            elif step_s > 0:
                self._step(self._before[1] - beat.rr_s, step_s, rate_bpm / 60)
                self._known_s = min(self._known_s + step_s, _RR_USUAL_S)
                self._usual_bpm += (rate_bpm - self._usual_bpm) * (step_s / self._known_s)
        self._before = (at_s, beat.rr_s)

    def _step(self, change_s: float, step_s: float, rate_hz: float) -> None:
        """`change_s`: by how much RR became shorter."""
        if self._number == 0:
            self._square = change_s * change_s
        limit = _RR_CLIP * math.sqrt(self._square) + 1e-3
        foreseen = self._phasor * cmath.exp(2j * math.pi * rate_hz * step_s)
        error = change_s - self._bias - foreseen.real
        error = max(-limit, min(limit, error))
        self._square += (change_s * change_s - self._square) * (1 - math.exp(-step_s / _RR_MEMORY_S))
        gain = 1 - math.exp(-_RR_GAIN * rate_hz * step_s)
        self._bias += _RR_BIAS_GAIN * error
        self._phasor = foreseen + gain * error
        self._lock.add(self._phasor, foreseen, error, step_s)
        self._number += 1

    def live(self, now: HostNs, rate_bpm: float, confidence: float) -> Phase:
        """The phase at `now`, extrapolated from the last beat."""
        if self._before is None or self._origin is None or self._number < _RR_LEAST:
            return Phase(None, 0.0, f"collecting: {self._number} of {_RR_LEAST} changes of RR")
        at_s, rr_s = self._before
        age_s = (now - self._origin) / NS - at_s
        if age_s > _RR_STALE_S:
            return Phase(None, 0.0, f"no heartbeats for {age_s:.0f} s")
        # A change of RR lies between two intervals' middles: half an interval before the beat.
        ahead_bpm = self._ahead_bpm(rate_bpm)
        turned = 2 * math.pi * ahead_bpm / 60 * (age_s + rr_s / 2)
        offset = math.radians(_RR_OFFSET_DEG - _RR_OFFSET_PER_BPM * ahead_bpm)
        quality = confidence * min(1.0, _RR_QUALITY * self._lock.quality_of(self._phasor))
        return Phase(wrapped(cmath.phase(self._phasor) + turned - offset), quality)

    def _ahead_bpm(self, rate_bpm: float) -> float:
        """The rate to extrapolate with: the usual one, if `rate_bpm` is not another altogether."""
        away_bpm = rate_bpm - self._usual_bpm
        return rate_bpm - away_bpm * math.exp(-((away_bpm / (_RR_PASSING * self._usual_bpm)) ** 2))
