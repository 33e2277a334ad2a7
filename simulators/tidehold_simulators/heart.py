"""The heart: when it beats, and what an electrode on the chest sees of it."""

from __future__ import annotations

from itertools import accumulate
from typing import Final

import numpy as np

from tidehold_simulators.lungs import Lungs
from tidehold_simulators.scenario import BodySpec
from tidehold_simulators.signals import Floats, Noise, Waves

_START_S: Final = -6.0
"""The heart beats before the strap is switched on: t = 0 has beats behind it."""
_BLOCK_S: Final = 30.0
_GRID_S: Final = 0.05
_SLOWEST_BPM: Final = 30.0
_RSA_CORNER_HZ: Final = 7.2 / 60

_QRS_S: Final = np.arange(-0.36, 0.121, 0.001)


def _gaussian(t: Floats, centre: float | Floats, width: float | Floats) -> Floats:
    return np.exp(-0.5 * ((t - centre) / width) ** 2)


def _wave(theta_deg: float, width_rad: float, height: float) -> tuple[float, float, float]:
    """ECGSYN's angle, width and height of a wave as s, s and share of the R wave, at 60 beats/min."""
    return theta_deg / 360, width_rad / (2 * np.pi), height * width_rad**2 / (30 * 0.1**2)


_P, _Q, _R, _S, _T = (
    _wave(-70, 0.25, 1.2),
    _wave(-15, 0.1, -5.0),
    _wave(0, 0.1, 30.0),
    _wave(15, 0.1, -7.5),
    _wave(100, 0.4, 0.75),
)
_QRS: Final = sum((height * _gaussian(_QRS_S, at, width) for at, width, height in (_P, _Q, _R, _S)), np.zeros(1))


class Heart:
    """Beats by integral pulse frequency modulation, made as far as anyone has asked.

    The heart rate is integrated; the heart beats when the integral has grown by
    one (Mateo & Laguna 2000, IEEE Trans Biomed Eng 47:985). It follows:

    - breathing, through a first-order low-pass: RSA is the same for all rates up
      to a corner of 7.2 breaths/min, falls by 20 dB per decade above, and grows
      in proportion to the depth; 20 +- 5 beats/min for slow breathing (Hirsch &
      Bishop 1981, Am J Physiol 241:H620). A held breath drives nothing;
    - Mayer waves around 0.1 Hz (Julien 2006, Cardiovasc Res 70:12);
    - very slow waves, 0.003-0.04 Hz (Task Force 1996, Circulation 93:1043).

    The threshold of each beat is noisy, and a beat may come early by a quarter
    to two fifths of its interval, with the next one in its old place (a premature
    beat with a full compensatory pause).
    """

    def __init__(self, spec: BodySpec, lungs: Lungs, rng: np.random.Generator) -> None:
        self._spec = spec
        self._lungs = lungs
        self._rng = rng
        self._mayer = Waves(rng, sd=spec.mayer_bpm, low_hz=0.085, high_hz=0.115)
        self._drift = Waves(rng, sd=spec.drift_bpm, low_hz=0.003, high_hz=0.04)
        self._noise = Noise(rng)
        self._t = _START_S
        self._rsa = 0.0
        self._until_next = float(rng.uniform(0.0, 1.0))
        """Beats from `_t` to the next one."""
        self._premature = False
        self._beats: list[float] = []
        self._made: Floats = np.empty(0)

    def beats(self, until_s: float) -> Floats:
        """Times (n,) of all R peaks made so far, from a few seconds before 0 to at least `until_s`."""
        if self._t <= until_s:
            while self._t <= until_s:
                self._make_block()
            self._made = np.array(self._beats)
        return self._made

    def ecg_uv(self, t: Floats) -> Floats:
        """What a chest strap's electrodes see (n,), uV, at ascending times `t` (n,), s.

        Waves after ECGSYN's defaults (McSharry et al. 2003, IEEE Trans Biomed Eng
        50:289), R = 1 mV; the T wave moves with the square root of the RR interval
        (Bazett 1920). The electrodes move with the chest: breathing scales the
        waves (Moody et al. 1985, Comput Cardiol 12:113) and shifts the baseline.
        """
        beats = self.beats(float(t.max(initial=0.0)) + 3)
        k = np.searchsorted(beats, t, "right") - 1
        since = t - beats[k]
        stretch = np.sqrt(beats[k] - beats[k - 1])
        at, width, height = _T
        waves = (
            np.interp(since, _QRS_S, _QRS, right=0.0)
            + np.interp(t - beats[k + 1], _QRS_S, _QRS, left=0.0)
            + height * _gaussian(since, at * stretch, width * stretch)
        )
        filling = self._lungs.volume(t) - 0.5
        return 1000 * waves * (1 - 0.1 * filling) + 20 * filling + 8 * self._noise(t)

    def _make_block(self) -> None:
        """The beats of the next block of time; blocks are fixed, so that asking often changes nothing."""
        t: Floats = self._t + _GRID_S * np.arange(round(_BLOCK_S / _GRID_S) + 1, dtype=np.float64)
        hr_hz = self._rate_bpm(t) / 60
        passed = np.concatenate(([0.0], np.cumsum((hr_hz[1:] + hr_hz[:-1]) / 2 * _GRID_S)))
        noise_s = self._spec.beat_noise_ms / 1000
        due = self._until_next
        while due < passed[-1]:
            self._beat(float(np.interp(due, passed, t)))
            rate_hz = float(np.interp(due, passed, hr_hz))
            due += max(0.5, 1 + noise_s * rate_hz * float(self._rng.standard_normal()))
        self._until_next = due - float(passed[-1])
        self._t = float(t[-1])

    def _rate_bpm(self, t: Floats) -> Floats:
        """Heart rate (n,) on the grid of one block; carries the low-pass on to the next."""
        share = 1 - np.exp(-_GRID_S * 2 * np.pi * _RSA_CORNER_HZ)
        drive = self._lungs.drive(t[1:]).tolist()
        rsa = np.fromiter(accumulate(drive, lambda y, x: y + share * (x - y), initial=self._rsa), float, len(t))
        self._rsa = float(rsa[-1])
        spec = self._spec
        rate = spec.heart_rate_bpm + spec.rsa_bpm * rsa + self._mayer(t) + self._drift(t)
        return np.maximum(rate, _SLOWEST_BPM)

    def _beat(self, t_s: float) -> None:
        early = float(self._rng.uniform(0.25, 0.4))
        self._premature = not self._premature and bool(self._rng.random() < self._spec.ectopic_share)
        if self._premature and self._beats:
            t_s -= early * (t_s - self._beats[-1])
        self._beats.append(t_s)
