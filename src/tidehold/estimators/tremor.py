"""Tremor of a limb that is held: what the angular rate does between 4 and 12 Hz (Welch 1967, segments of 4 s)."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from tidehold.estimators.imu_grid import RATE_HZ
from tidehold.records import Values

_SEGMENT: Final = 4 * RATE_HZ
_HOP: Final = _SEGMENT // 2
_BIN_HZ: Final = RATE_HZ / _SEGMENT
_WINDOW: Final = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_SEGMENT) / _SEGMENT)
_SCALE: Final = 2 / (RATE_HZ * float((_WINDOW * _WINDOW).sum())) * math.degrees(1) ** 2
"""From the squares of a spectrum to a one-sided density, (deg/s)^2/Hz."""
_LOW_HZ: Final = 4.0
_HIGH_HZ: Final = 12.0
_BAND: Final = slice(round(_LOW_HZ / _BIN_HZ), round(_HIGH_HZ / _BIN_HZ) + 1)
_FLOOR: Final = slice(round(3.0 / _BIN_HZ), round(15.0 / _BIN_HZ) + 1)
"""The floor is the median here: a peak is too narrow to move it."""
_LEAST_PEAK: Final = 10**0.6
"""6 dB over the floor."""
_LEAST_SEGMENTS: Final = 3
"""Of two, one bin of mere noise may stand that high."""
_LEAST_HZ: Final = 30.0
"""A slower sensor does not tell 12 Hz."""
_LONGEST_S: Final = 600.0


class Tremor(NamedTuple):
    """RMS between 4 and 12 Hz of the angular rate, all axes together; `peak_hz` where one frequency stands out."""

    rms_deg_s: float
    peak_hz: float | None


class TremorMeter:
    """Spectra of the angular rate of one hold, without a break, from its start on.

    Args:
        skip: Samples at the start that do not count.
    """

    def __init__(self, skip: int) -> None:
        self._skip = skip
        self._blocks: list[Values] = []
        self._waiting = 0
        self._spectra: list[Values] = []
        self._shed = 0  # segments that are over before those

    def add(self, turning: Values) -> None:
        """Take the next samples (n, 3) rad/s at 100 Hz."""
        self._blocks.append(turning)
        self._waiting += len(turning)
        while self._waiting - self._skip >= _SEGMENT:
            samples = np.concatenate(self._blocks)
            segment = samples[self._skip : self._skip + _SEGMENT]
            left = samples[self._skip + _HOP :]
            self._blocks, self._waiting, self._skip = [left], len(left), 0
            self._spectra.append(_density(segment))
            if len(self._spectra) * _HOP > _LONGEST_S * RATE_HZ:
                self._spectra.pop(0)
                self._shed += 1

    def tremor(self, samples: int) -> Tremor | None:
        """Of the first `samples` after those that do not count; None before the first 4 s of them."""
        segments = (samples - _SEGMENT) // _HOP + 1 - self._shed
        spectra = self._spectra[: max(0, segments)]
        if not spectra:
            return None
        density = sum(spectra[1:], spectra[0]) / len(spectra)
        band = density[_BAND]
        return Tremor(math.sqrt(float(band.sum()) * _BIN_HZ), _peak_hz(density) if _enough(spectra) else None)


def blind(gyr_hz: float | None) -> str:
    """Why a gyroscope of that rate shows no tremor; "" if it does."""
    if gyr_hz is None:
        return "no gyroscope"
    if gyr_hz >= _LEAST_HZ:
        return ""
    return f"{gyr_hz:.0f} samples a second are too few for tremor: set the app to 50 or more"


def _density(segment: Values) -> Values:
    """Power spectral density (bins,) of samples (n, 3) rad/s, the sum over the axes, (deg/s)^2/Hz.

    Not of the rate's magnitude, which swings twice in a period.
    """
    calm = segment - segment.sum(axis=0) / _SEGMENT
    spectrum = np.fft.rfft(calm * _WINDOW[:, None], axis=0)
    density: Values = _SCALE * (spectrum.real**2 + spectrum.imag**2).sum(axis=1)
    return density


def _enough(spectra: list[Values]) -> bool:
    return len(spectra) >= _LEAST_SEGMENTS


def _peak_hz(density: Values) -> float | None:
    """The frequency that stands out, between bins; None if none does or the band's edge is highest."""
    band = density[_BAND]
    top = int(band.argmax())
    floor = float(np.sort(density[_FLOOR])[(_FLOOR.stop - _FLOOR.start) // 2])
    if top in (0, len(band) - 1) or float(band[top]) < _LEAST_PEAK * floor or float(band[top]) <= 0:
        return None
    before, at, after = (math.log(max(1e-300, float(power))) for power in band[top - 1 : top + 2])
    bend = before - 2 * at + after
    return _LOW_HZ + _BIN_HZ * (top + (0.5 * (before - after) / bend if bend < 0 else 0.0))
