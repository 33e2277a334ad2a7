"""How a leg walks: its swing, and what the steps do to the whole body.

The hip swings by 40 to 45 degrees in a stride, forwards faster than backwards, as its first three harmonics have it
(Winter 1991, Biomechanics and Motor Control of Human Gait). The body goes up and down by 2 to 5 cm with each step, and
each heel's landing is a damped jolt of 12 to 25 Hz, the other leg's half as strong by way of the pelvis.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from tidehold_simulators.signals import Floats

_HALF_SWING_RAD: Final = np.radians(21.0)
_BOB_M: Final = 0.015
_OWN: Final = (9.0, 20.0, 0.02)
_OTHER: Final = (4.5, 15.0, 0.025)
"""Of a heel's landing: first swing, m/s^2; Hz; decay, s."""
_UNEVEN: Final = 0.02
"""Coefficient of variation of a stride, of people who walk at ease (Hausdorff 2005, JNER 2:19)."""
_FADE: Final = 0.5
"""Strides in which the walking begins, and in which it ends."""

_FINE: Final = np.linspace(0.0, 1.0, 2001)
_RAW: Final = (
    np.cos(2 * np.pi * (_FINE + 0.07)) + 0.18 * np.cos(4 * np.pi * (_FINE + 0.17)) + 0.05 * np.cos(6 * np.pi * _FINE)
)
_MIDDLE: Final = float(_RAW.max() + _RAW.min()) / 2
_SCALE: Final = float(_RAW.max() - _RAW.min()) / 2


class Gait:
    """One walk: whole strides from `start_s` on, as many as there is time for until `end_s`.

    Its strides differ by what is drawn from its own start, so that all limbs of a body walk the same.

    Args:
        start_s: When the first stride begins.
        end_s: By when the last one is over.
        spm: Steps per minute: of all strides together exactly.
        asymmetry: Own step minus the other, over their mean.
    """

    def __init__(self, start_s: float, end_s: float, spm: float, asymmetry: float) -> None:
        stride_s = 120 / spm
        count = max(1, int((end_s - start_s) / stride_s))
        rng = np.random.default_rng(round(start_s * 1e6))
        lengths = 1 + _UNEVEN * rng.standard_normal(count).clip(-2.5, 2.5)
        lengths *= stride_s * count / lengths.sum()
        self.own: Floats = start_s + np.concatenate(([0.0], lengths.cumsum()))
        """When the leg's own heel lands (n + 1,), s."""
        self.other: Floats = self.own[:-1] + (0.5 + asymmetry / 4) * lengths
        """When the other heel lands (n,), s."""
        slope = np.gradient(np.arange(count + 1.0), self.own) if count > 1 else np.full(2, 1 / stride_s)
        self._slope: Floats = slope

    def swing_rad(self, t: Floats) -> Floats:
        """How far the thigh is from hanging straight (n,) at `t` (n,)."""
        strides = self._strides(t)
        around = 2 * np.pi * strides
        shape = np.cos(around + 0.14 * np.pi) + 0.18 * np.cos(2 * around + 0.68 * np.pi) + 0.05 * np.cos(3 * around)
        swing: Floats = _HALF_SWING_RAD * (shape - _MIDDLE) / _SCALE * self._fade(strides)
        return swing

    def jolts(self, t: Floats) -> Floats:
        """What the body's going up and down and the heels add to gravity (n,), m/s^2."""
        strides = self._strides(t)
        stride_s = (self.own[-1] - self.own[0]) / (len(self.own) - 1)
        bob = -_BOB_M * (4 * np.pi / stride_s) ** 2 * np.cos(4 * np.pi * strides) * self._fade(strides)
        total: Floats = bob + _landings(t, self.own, _OWN) + _landings(t, self.other, _OTHER)
        return total

    def _strides(self, t: Floats) -> Floats:
        """Strides so far (n,): cubic between the landings, so that the swing has no kinks."""
        last = len(self.own) - 1
        k = np.clip(np.searchsorted(self.own, t, "right") - 1, 0, last - 1)
        length = self.own[k + 1] - self.own[k]
        u = np.clip((t - self.own[k]) / length, 0.0, 1.0)
        before, after = self._slope[k] * length, self._slope[k + 1] * length
        strides: Floats = k + u * u * (3 - 2 * u) + before * u * (1 - u) ** 2 - after * u * u * (1 - u)
        return strides

    def _fade(self, strides: Floats) -> Floats:
        share = np.clip(np.minimum(strides, len(self.own) - 1 - strides) / _FADE, 0.0, 1.0)
        fade: Floats = share**3 * (10 - 15 * share + 6 * share * share)
        return fade


@lru_cache(maxsize=16)
def gait(start_s: float, end_s: float, spm: float, asymmetry: float) -> Gait:
    """The walk of these figures; it is asked for again and again."""
    return Gait(start_s, end_s, spm, asymmetry)


def _landings(t: Floats, at: Floats, jolt: tuple[float, float, float]) -> Floats:
    """The ring of the latest landing (n,)."""
    size, hertz, decay_s = jolt
    since = t - at[np.clip(np.searchsorted(at, t, "right") - 1, 0, len(at) - 1)]
    there = (since > 0) & (since < 10 * decay_s)
    ring = np.zeros_like(t)
    ring[there] = size * np.exp(-since[there] / decay_s) * np.sin(2 * np.pi * hertz * since[there])
    return ring
