"""Shaking while a limb is held: whether a press shows in it, and whether a tremor rises. Both are experimental.

A muscle that works against a wall or the floor shakes the limb a little, more quickly than a limb sways (its sound, the
mechanomyogram, lies between 5 and 40 Hz). A phone on that limb may feel it; that it feels nothing does not show that
nothing was pressed, and what it feels does not show with how much force. A rising tremor is shown as just that.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from tidehold.estimators.imu_grid import RATE_HZ
from tidehold.estimators.tremor import TremorMeter, blind
from tidehold.records import Values

PRESS_S: Final = 5.0
_SETTLING_S: Final = 0.5
"""At both ends of a press, which begin and end it with a jerk."""
_LEAST_S: Final = 2.0
_LOW_HZ: Final = 8.0
_HIGH_HZ: Final = 25.0
_BLOCK: Final = RATE_HZ
_SEEN_DB: Final = 6.0
_NOT_SEEN_DB: Final = 2.0
"""Three times the spread of such a figure of mere noise, 0.6 dB; between the two nothing is said."""
_MOVED_DEG: Final = 4.0
_SEEN_AT: Final = ("shin", "thigh")

_SEGMENT: Final = 4 * RATE_HZ
_HOP: Final = 2 * RATE_HZ
_LEAST_SEGMENTS: Final = 6
"""Of fewer, 14 s, chance orders too many."""
_MOST_SEGMENTS: Final = 120
"""Of a hold longer than four minutes the last ones count."""
_SURE: Final = 2.33
"""Standard deviations of Kendall's score: by chance in one of 100 holds."""
_RISES: Final = 1.5
"""A smaller change than by half is nobody's concern."""
_OVERLAP: Final = 1.4
"""Neighbouring segments share half their samples, which widens the score by so much."""


class Contraction(NamedTuple):
    """Whether a press shows: `rise_db` of the shaking between 8 and 25 Hz over what it was before.

    `seen` is None where it is not observable, and `why` says why; never that nothing was pressed.
    """

    seen: bool | None
    rise_db: float | None
    why: str


class TremorTrend(NamedTuple):
    """How a tremor of 4 to 12 Hz went during a hold: RMS deg/s at both ends of the fitted line, and its slope.

    `rising`: None where the hold is too short to tell, and why.
    """

    first_deg_s: float | None
    last_deg_s: float | None
    percent_per_min: float | None
    rising: bool | None
    why: str


def contraction(before: Values, during: Values, placement: str, gyr_hz: float | None) -> Contraction:
    """Whether a press shows in the angular rate.

    Args:
        before: Angular rates (n, 3) rad/s at 100 Hz of the hold before the press.
        during: The same of the press (5 s); its ends are left out.
        placement: Where the phone is.
        gyr_hz: How many samples of it there really were per second.
    """
    ends = round(_SETTLING_S * RATE_HZ)
    pressed = during[ends : max(ends, len(during) - ends)]
    why = _unobservable(before, pressed, placement, gyr_hz)
    if why:
        return Contraction(None, None, f"not observable: {why}")
    rise = 10 * math.log10(max(1e-12, _power(pressed) / _power(before)))
    if rise >= _SEEN_DB:
        return Contraction(seen=True, rise_db=rise, why="experimental: the limb shook more while it was to press")
    if rise <= _NOT_SEEN_DB:
        why = "experimental: no more shaking than before; a calm press looks the same"
        return Contraction(seen=False, rise_db=rise, why=why)
    return Contraction(None, rise, "not observable: a little more shaking, which sway may make too")


def _unobservable(before: Values, pressed: Values, placement: str, gyr_hz: float | None) -> str:
    """Why nothing can be said of a press; "" if something can."""
    if placement not in _SEEN_AT:
        return f"a phone on the {placement} does not feel the leg press"
    if gyr_hz is None:
        return "no gyroscope"
    if gyr_hz < 2 * _HIGH_HZ:
        return f"{gyr_hz:.0f} samples a second are too few"
    if min(len(before), len(pressed)) < _LEAST_S * RATE_HZ:
        return "less than 2 s of the hold before it, or of the press"
    turned = np.cumsum(pressed, axis=0) / RATE_HZ
    span = turned.max(axis=0) - turned.min(axis=0)
    moved = math.degrees(math.sqrt(float((span * span).sum())))
    if moved > _MOVED_DEG:
        return f"the limb moved by {moved:.0f} deg meanwhile"
    return "" if _power(before) > 0 else "the sensor says nothing but zeros"


class TremorWatch:
    """Watches the tremor of one hold, from its start on.

    Args:
        skip: Samples at the start that do not count.
    """

    def __init__(self, skip: int = RATE_HZ) -> None:
        self._skip = skip
        self._waiting: Values = np.empty((0, 3))
        self._rms: list[float] = []

    def add(self, turning: Values) -> None:
        """Take the next angular rates (n, 3) rad/s at 100 Hz."""
        self._waiting = np.concatenate((self._waiting, turning))
        skipped = min(self._skip, len(self._waiting))
        self._waiting, self._skip = self._waiting[skipped:], self._skip - skipped
        while len(self._waiting) >= _SEGMENT:
            meter = TremorMeter(0)
            meter.add(self._waiting[:_SEGMENT])
            tremor = meter.tremor(_SEGMENT)
            self._rms.append(0.0 if tremor is None else tremor.rms_deg_s)
            self._waiting = self._waiting[_HOP:]
        del self._rms[:-_MOST_SEGMENTS]

    def trend(self, gyr_hz: float | None) -> TremorTrend:
        """How it went so far."""
        return TremorTrend(None, None, None, None, why) if (why := blind(gyr_hz)) else trend(self._rms)


def trend(rms_deg_s: list[float]) -> TremorTrend:
    """Whether a tremor rose, from its RMS in segments of 4 s, every 2 s.

    By the median of all slopes of its logarithm (Theil 1950, Sen 1968), and
    Kendall's score for whether there is one.
    """
    n = len(rms_deg_s)
    if n < _LEAST_SEGMENTS:
        return TremorTrend(None, None, None, None, "the hold is too short to tell")
    logs = [math.log(max(1e-6, rms)) for rms in rms_deg_s]
    slopes = sorted((logs[j] - logs[i]) / (j - i) for i in range(n) for j in range(i + 1, n))
    slope = slopes[len(slopes) // 2]
    level = sorted(log - slope * place for place, log in enumerate(logs))[n // 2]
    score = sum((later > sooner) - (later < sooner) for i, sooner in enumerate(logs) for later in logs[i + 1 :])
    spread = _OVERLAP * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    rising = score > _SURE * spread and slope * (n - 1) > math.log(_RISES)
    per_min = 100 * (math.exp(slope * 60 * RATE_HZ / _HOP) - 1)
    why = "experimental: tremor rising; why it does so one phone cannot tell" if rising else "experimental"
    return TremorTrend(math.exp(level), math.exp(level + slope * (n - 1)), per_min, rising, why)


def _power(turning: Values) -> float:
    """Power between 8 and 25 Hz of angular rates (n, 3), all axes; the median of seconds, which no jolt moves."""
    blocks = [turning[start : start + _BLOCK] for start in range(0, len(turning) - _BLOCK + 1, _BLOCK // 2)]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_BLOCK) / _BLOCK)
    powers = []
    for block in blocks:
        calm = (block - block.sum(axis=0) / _BLOCK) * window[:, None]
        spectrum = np.fft.rfft(calm, axis=0)[round(_LOW_HZ) : round(_HIGH_HZ) + 1]
        powers.append(float((spectrum.real**2 + spectrum.imag**2).sum()))
    return sorted(powers)[len(powers) // 2]
