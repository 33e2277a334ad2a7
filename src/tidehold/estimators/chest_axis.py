"""The direction in which breathing turns a chest sensor, and which way along it is in.

The velocity of each of the sensor's axes drives an oscillator of the breathing
rate. Where the three agree in phase is breathing: the axis is the principal
direction of their phasors, each in units of what its oscillator does not
foresee. It follows a sensor that slips, and is found anew when posture changes.
"""

from __future__ import annotations

import cmath
import math
from collections import deque
from typing import Final, NamedTuple

from tidehold.estimators.phase import Lock

_STEP_S: Final = 0.1
_GAIN: Final = 4.0
"""Of the oscillators, per breath: memory of half a breath. 3 to 6 are within 0.01 of the best phase lock."""
_SECOND_GAIN: Final = 0.25
"""Of the second harmonic, relative to the first: an inhalation is shorter than an exhalation."""
_BIAS_GAIN: Final = 0.01
_NOISE_GAIN: Final = 0.01
_CLIP: Final = 3.5
"""In standard deviations of what was not foreseen: a jerk is no breath."""
_WARM_UP: Final = 50
_AXIS_GAIN: Final = _STEP_S / 25
"""Memory of the axis. With 12 s it follows sway, with 60 s it is late after a change of posture."""
_POSTURE_S: Final = 8.0
_POSTURE_COS: Final = math.cos(math.radians(15))
"""A turn of gravity by this against its mean over 8 s is a new posture: breathing and sway turn it by 1 to 5."""
_CALM_EVERY: Final = 10
_CALM: Final = 10
"""Looks at what is not foreseen, one a second: that of before a movement to a new posture holds after it."""
_SETTLING: Final = 30
"""Cells for which such a movement goes on, and is no measure of what is not foreseen: breathing would look still."""
_RESTLESS: Final = 600
"""Cells within which more changes of posture are moving about, and soon ordinary."""
_LOOSENED: Final = 0.1
"""What is left of the old axis then, so that the new one is found within some breaths."""
_SKEW_CELLS: Final = 1200
_VOTE_S: Final = 20.0
_FIRST_VOTE_S: Final = 5.0
"""The first voices count as if so many seconds had said nothing."""
_FIRST_SURE: Final = 0.05
_FIRST_CELLS: Final = 300
"""So much of what spoke for the old way counts still in a new posture."""
_SURE: Final = 0.6
"""By which the evidence for the other way must win before in and out are swapped; in the first half minute, less."""
_MOVED_SURE: Final = 0.3
"""The same in a new posture, where a breath may move the sensor the other way."""
_SKEW_WEIGHT: Final = 0.5
_RSA_WEIGHT: Final = 2.0
_PACER_WEIGHT: Final = 1.0
_AHEAD: Final = 12
"""Cells (1.2 s, the age of the newest motion at a tick) over which the phase must have been foreseen."""
_AXES: Final = (0, 1, 2)
_TINY: Final = 1e-9


class Motion(NamedTuple):
    """One cell along the axis: `velocity` (m/s^3, positive is in) and whether the axis was lost (`fresh`).

    `relative` is that velocity, of either sign, in standard deviations of what the oscillators did not foresee
    of late: a great movement is soon an ordinary one.
    """

    velocity: float
    relative: float
    fresh: bool


class ChestAxis:
    """Finds the axis and its sign from cells of acceleration at 10 Hz, and follows the phase along it.

    Attributes:
        phasor: Of the velocity along the axis now, inward positive.
        cells: Seen since the last break.
        lock: How well the phase is followed.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all."""
        self.cells = 0
        self.lock = Lock()
        self.phasor = 0j
        self._heard = 0
        self._sign = 1.0
        self._before: tuple[float, float, float] | None = None
        self._mean = [0.0, 0.0, 0.0]
        self._bias = [0.0, 0.0, 0.0]
        self._one = [0j, 0j, 0j]
        self._two = [0j, 0j, 0j]
        self._noise = [1e-6, 1e-6, 1e-6]
        self._spread: tuple[float, ...] = (_TINY, 0.0, 0.0, _TINY, 0.0, _TINY)  # xx xy xz yy yz zz
        self._axis = (0.6, 0.5, 0.62)
        self._past: deque[complex] = deque()
        self._rate_bpm = 0.0
        self._turn = self._turn_ahead = 1 + 0j
        self._square = _TINY
        self._skew = 0.0
        self._oriented = 0
        self._votes = {"rsa": 0.0, "pacer": 0.0}
        self._heard_s = {"rsa": 0.0, "pacer": 0.0}
        self._inward = 0.0
        self._settled: int | None = None  # cells since the last change of posture, if there was one
        self._calm: deque[tuple[float, ...]] = deque(maxlen=_CALM)

    @property
    def sure(self) -> float:
        """How sure it is which way is in, 0 to 1, in a new posture: 0 where in and out are about to be swapped."""
        return 1.0 if self._settled is None else min(1.0, max(0.0, 1 + self._inward / _MOVED_SURE))

    def loosen(self, *, hole: bool = False) -> None:
        """A new posture, or a hole: look anew, from the same axis and sign (the sensor has not moved on the chest)."""
        self.cells = 0
        self.lock = Lock()
        self._past.clear()
        self._one, self._two = [0j, 0j, 0j], [0j, 0j, 0j]
        self._spread = tuple(_LOOSENED * each for each in self._spread)
        self._votes = dict.fromkeys(self._votes, 0.0)
        self._heard_s = dict.fromkeys(self._heard_s, 0.0)
        if hole:
            self._before = None
        else:
            self._oriented = min(self._oriented, _FIRST_CELLS)
            if self._settled is None or self._settled > _RESTLESS:
                self._settled = 0
                self._noise = list(self._calm[0]) if self._calm else self._noise

    def add(self, acc: tuple[float, float, float], rate_bpm: float) -> Motion:
        """Take the next cell, m/s^2; `rate_bpm` as it was last known."""
        fresh = self._before is None
        if self._turned(acc):
            self.loosen()
            self._mean = list(acc)
            fresh = True
        if self._before is None:
            self._before, self._mean = acc, list(acc)
        if rate_bpm != self._rate_bpm:
            self._rate_bpm = rate_bpm
            self._turn = cmath.exp(2j * math.pi * rate_bpm / 60 * _STEP_S)
            self._turn_ahead = self._turn**_AHEAD
        gain = min(0.3, _GAIN * rate_bpm / 60 * _STEP_S)
        warm = self._heard > _WARM_UP
        settling = self._settles()
        seen, missed, along, length = 0j, 0.0, 0.0, _TINY
        phasors: list[complex] = []
        for k in _AXES:
            axis = self._axis[k]
            velocity = (acc[k] - self._before[k]) / _STEP_S - self._bias[k]
            one, two = self._one[k] * self._turn, self._two[k] * self._turn * self._turn
            error = velocity - one.real - two.real
            limit = _CLIP * math.sqrt(self._noise[k])
            if warm and not -limit <= error <= limit:
                error = math.copysign(limit, error)
            if not settling:
                self._noise[k] += _NOISE_GAIN * (error * error - self._noise[k])
            self._bias[k] += _BIAS_GAIN * error
            one += gain * error
            self._one[k], self._two[k] = one, two + _SECOND_GAIN * gain * error
            scale = 1 / (math.sqrt(self._noise[k]) + _TINY)
            phasors.append(one * scale)
            weight = axis * scale
            seen += weight * one
            missed += weight * error
            along += weight * velocity
            length += weight * weight
        self._before = acc
        self.cells += 1
        self._heard += 1
        self._find(phasors)
        past = self._past
        past.append(seen)
        if len(past) > _AHEAD:
            self.lock.add(seen, past.popleft() * self._turn_ahead, missed, _STEP_S)
        self.phasor = self._sign * seen
        velocity = along * self._sign / math.sqrt(length)
        if self._orient(velocity):
            return Motion(-velocity, along, fresh=True)
        return Motion(velocity, along, fresh)

    def _settles(self) -> bool:
        """Whether a movement to a new posture goes on; another cell of what is not foreseen is noted."""
        settling = self._settled is not None and self._settled < _SETTLING
        if self._settled is not None:
            self._settled += 1
        if self._heard % _CALM_EVERY == 0 and not settling:
            self._calm.append(tuple(self._noise))
        return settling

    def _turned(self, acc: tuple[float, float, float]) -> bool:
        """Whether gravity points elsewhere than it did."""
        if self._before is None:
            return False
        mean = self._mean
        x, y, z = acc
        u, v, w = mean
        dot = x * u + y * v + z * w
        size = math.sqrt((x * x + y * y + z * z) * (u * u + v * v + w * w))
        for k in _AXES:
            mean[k] += (acc[k] - mean[k]) * (_STEP_S / _POSTURE_S)
        return dot < _POSTURE_COS * size

    def _find(self, phasors: list[complex]) -> None:
        """One step of power iteration on the spread of the phasors."""
        x, y, z = phasors
        square = (x * x.conjugate() + y * y.conjugate() + z * z.conjugate()).real
        share = _AXIS_GAIN / max(1.0, square)  # a great movement counts no more than a clear breath
        xx, xy, xz, yy, yz, zz = self._spread
        xx += share * (x.real * x.real + x.imag * x.imag) - _AXIS_GAIN * xx
        xy += share * (x.real * y.real + x.imag * y.imag) - _AXIS_GAIN * xy
        xz += share * (x.real * z.real + x.imag * z.imag) - _AXIS_GAIN * xz
        yy += share * (y.real * y.real + y.imag * y.imag) - _AXIS_GAIN * yy
        yz += share * (y.real * z.real + y.imag * z.imag) - _AXIS_GAIN * yz
        zz += share * (z.real * z.real + z.imag * z.imag) - _AXIS_GAIN * zz
        self._spread = xx, xy, xz, yy, yz, zz
        u, v, w = self._axis
        u, v, w = xx * u + xy * v + xz * w, xy * u + yy * v + yz * w, xz * u + yz * v + zz * w
        length = math.sqrt(u * u + v * v + w * w)
        if length > 0:
            self._axis = (u / length, v / length, w / length)

    def _orient(self, along: float) -> bool:
        """Whether in and out have to be swapped; then they are. Inhaling is mostly the faster of the two."""
        if self.cells <= _WARM_UP:
            return False
        self._oriented += 1
        fresh = 1 / min(self._oriented, _SKEW_CELLS)
        self._square += (along * along - self._square) * fresh
        unit = max(-3.0, min(3.0, along / (math.sqrt(self._square) + _TINY)))
        self._skew += (unit**3 - self._skew) * fresh
        inward = _SKEW_WEIGHT * max(-1.0, min(1.0, self._skew))
        inward += _RSA_WEIGHT * self._votes["rsa"] + _PACER_WEIGHT * self._votes["pacer"]
        self._inward = inward
        first = self._oriented < _FIRST_CELLS
        limit = _FIRST_SURE if first else _SURE if self._settled is None else _MOVED_SURE
        if self._oriented < _WARM_UP or inward > -limit:
            return False
        self._sign = -self._sign
        self._skew, self._inward = -self._skew, -inward
        for who, vote in self._votes.items():
            self._votes[who] = -vote
        self.phasor = -self.phasor
        return True

    def vote(self, who: str, agreement: float, step_s: float) -> None:
        """What another witness ("rsa", "pacer") says of the sign: the cosine between its phase and ours, weighed."""
        memory_s = min(_VOTE_S, _FIRST_VOTE_S + self._heard_s[who])
        self._heard_s[who] += step_s
        self._votes[who] += (agreement - self._votes[who]) * (1 - math.exp(-step_s / memory_s))
