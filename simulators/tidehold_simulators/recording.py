"""A real recording as the body that wears the strap."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tidehold.errors import ConfigError
from tidehold_simulators.body import Truth
from tidehold_simulators.limbs import GRAVITY_M_S2, Motion
from tidehold_simulators.scenario import Placement
from tidehold_simulators.signals import Floats

_R_WAVE_UV: Final = 1000.0


class RecordedBody:
    """A recording (.npz) of heartbeats, ECG or chest motion, as far as it has them.

    Fields, each optional, but one of the first three must be there:

    - `beat_t` (n,) R peaks, s; or only `rr_ms` (n,), then each beat ends its interval;
    - `ecg` (n,) beside `fs_ecg`, Hz. Recordings disagree on the unit, so the ECG is
      scaled to an R wave of 1 mV: its 99.5th percentile away from the median;
    - `acc` (n, 3) in g beside `fs_acc`, Hz;
    - `duration`, s: where the body ends (else at its last beat or sample);
    - `win32` (n, 8), `inhale_on`, `exhale_on`: reference of the breathing, for `truth`.

    Samples are joined by straight lines. The body ends with the recording: the strap
    then falls silent. Its limbs keep still, in all recordings.
    """

    def __init__(self, path: str | Path) -> None:
        """Read a recording.

        Raises:
            ConfigError: The file cannot be read or is no such recording; the text
                names file, field, what was expected and what was found.
        """
        self._where = str(path)
        fields = self._read()
        beats, rr_ms = self._numbers(fields, "beat_t", 1), self._numbers(fields, "rr_ms", 1)
        if not len(beats):
            beats = np.cumsum(np.nan_to_num(rr_ms)) / 1000
        self._beats = beats
        if (np.diff(beats) <= 0).any() or not np.isfinite(beats).all():
            raise self._wrong("beat_t", "ascending times", "others")
        self._ecg, self._ecg_hz = self._signal(fields, "ecg", 1)
        self._acc, self._acc_hz = self._signal(fields, "acc", 2)
        if self.has_acc and self._acc.shape[1] != 3:
            raise self._wrong("acc", "3 columns", f"{self._acc.shape[1]}")
        if not (self.has_beats or self.has_ecg or self.has_acc):
            raise self._wrong("beat_t", "beat_t, rr_ms, ecg or acc", f"only {', '.join(fields) or 'nothing'}")
        if self.has_ecg:
            self._ecg = _in_microvolts(self._ecg)
        duration = self._numbers(fields, "duration", 0)
        self._windows = self._numbers(fields, "win32", 2)
        self._inhale, self._exhale = (self._numbers(fields, name, 1) for name in ("inhale_on", "exhale_on"))
        self.ends_s = float(duration) if duration.ndim == 0 else self._last_s()

    @property
    def has_beats(self) -> bool:
        """Whether the recording has heartbeats."""
        return len(self._beats) > 0

    @property
    def has_ecg(self) -> bool:
        """Whether the recording has an ECG."""
        return len(self._ecg) > 0

    @property
    def has_acc(self) -> bool:
        """Whether the recording has chest motion."""
        return len(self._acc) > 0

    def beats(self, until_s: float) -> Floats:
        """Times (n,) of all R peaks up to `until_s`, s."""
        return self._beats[: np.searchsorted(self._beats, until_s)]

    def ecg_uv(self, t: Floats) -> Floats:
        """ECG (n,) at `t` (n,), uV; 0 outside the recording."""
        return np.interp(t * self._ecg_hz, np.arange(len(self._ecg)), self._ecg, left=0.0, right=0.0)

    def acc_g(self, t: Floats) -> Floats:
        """Acceleration (n, 3) at `t` (n,), g; outside the recording its first or last."""
        index = np.arange(len(self._acc))
        return np.stack([np.interp(t * self._acc_hz, index, axis) for axis in self._acc.T], axis=1)

    def motion(self, placement: Placement, t: Floats) -> Motion:
        """A phone that lies still (n,), screen up."""
        return Motion(self.gravity(placement, t), np.zeros((len(t), 3)))

    def gravity(self, _placement: Placement, t: Floats) -> Floats:
        """Gravity (n, 3) at `t` (n,), m/s^2, on a phone that lies screen up."""
        return np.tile((0.0, 0.0, GRAVITY_M_S2), (len(t), 1))

    def tilt_deg(self, _placement: Placement, t: Floats) -> Floats:
        """No tilt (n,) at `t` (n,), degrees."""
        return np.zeros_like(t)

    def truth(self, t_s: float) -> Truth:
        """The reference nearest to `t_s`: rate of the last 32 s, phase between marked breaths; volume is not known."""
        rate = None
        if len(self._windows):
            nearest = float(self._windows[np.abs(self._windows[:, 0] - t_s).argmin(), 1])
            rate = nearest if np.isfinite(nearest) else None
        return Truth(rate_bpm=rate, phase_rad=self._phase(t_s), volume=None, holding=False)

    def _phase(self, t_s: float) -> float | None:
        """Straight lines from inhale (0) to exhale (pi) to inhale (2 pi); None where a mark is missing."""
        turns = sorted([*((t, 0.0) for t in self._inhale), *((t, np.pi) for t in self._exhale)])
        after = next((i for i, (t, _) in enumerate(turns) if t > t_s), 0)
        if after == 0:
            return None
        (start, phase), (end, next_phase) = turns[after - 1], turns[after]
        if phase == next_phase:
            return None
        return float(phase + np.pi * (t_s - start) / (end - start))

    def _last_s(self) -> float:
        """Where the longest stream ends."""
        lengths = (len(self._ecg) / self._ecg_hz, len(self._acc) / self._acc_hz)
        return max(*lengths, float(self._beats[-1]) if self.has_beats else 0.0)

    def _read(self) -> dict[str, NDArray[np.generic]]:
        try:
            with (
                Path(self._where).open("rb") as file,
                zipfile.ZipFile(file),
                np.load(file, allow_pickle=False) as fields,
            ):
                return {name: fields[name] for name in fields.files}
        except FileNotFoundError:
            raise ConfigError(f"{self._where}: expected a recording (.npz), found no such file") from None
        except (OSError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            raise ConfigError(f"{self._where}: expected a recording (.npz), found: {error}") from None

    def _signal(self, fields: dict[str, NDArray[np.generic]], name: str, ndim: int) -> tuple[Floats, float]:
        """Samples and their rate, Hz."""
        samples = self._numbers(fields, name, ndim)
        if not len(samples):
            return samples, 1.0
        if not np.isfinite(samples).all():
            raise self._wrong(name, "finite numbers", "others")
        rate = self._numbers(fields, f"fs_{name}", 0)
        if rate.ndim or not 0 < float(rate) < np.inf:
            raise self._wrong(f"fs_{name}", "a rate in Hz", "none" if rate.ndim else f"{float(rate)}")
        return samples, float(rate)

    def _numbers(self, fields: dict[str, NDArray[np.generic]], name: str, ndim: int) -> Floats:
        """A field as floats of `ndim` dimensions; an empty (0,) array if it is not there."""
        if name not in fields:
            return np.empty(0)
        field = fields[name]
        if field.ndim != ndim or field.dtype.kind not in "fiu":
            raise self._wrong(name, f"numbers in {ndim} dimensions", f"{field.dtype} in {field.ndim}")
        return field.astype(np.float64)

    def _wrong(self, field: str, expected: str, found: str) -> ConfigError:
        return ConfigError(f"{self._where}: {field}: expected {expected}, found {found}")


def _in_microvolts(ecg: Floats) -> Floats:
    """An ECG in any unit, scaled to an R wave of 1 mV."""
    low, middle, high = np.percentile(ecg, (0.5, 50, 99.5))
    swing = max(high - middle, middle - low)
    return (ecg - middle) * (_R_WAVE_UV / swing) if swing > 0 else ecg * 0.0
