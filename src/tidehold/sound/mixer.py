"""Puts sounds together, each from its own moment on."""

from __future__ import annotations

import threading
from typing import Final

import numpy as np

from tidehold.sound.tones import PACER, RATE_HZ, Sound

STALE_S: Final = 1.0
"""What should have begun so long ago is not begun any more."""
FADE_S: Final = 0.03
"""In which something that is cut short dies away."""
SPEECH: Final = "speech"
MOST_VOICES: Final = 32
"""At a time; more can only be if nobody listens."""


class _Voice:
    def __init__(self, kind: str, sound: Sound, at_s: float) -> None:
        self.kind = kind
        self.sound = sound
        self.at_s = at_s
        self.done: int | None = None  # samples that were played; None: it has not begun


class Mixer:
    """Sounds that are due, and what comes of them block by block; safe for several threads.

    What has begun goes on by count of samples, so that jitter of the clock between two blocks is not heard.
    """

    def __init__(self, volume: float = 1.0) -> None:
        self._voices: list[_Voice] = []
        self._lock = threading.Lock()
        self._gain = self._wanted = volume**2

    def add(self, kind: str, sound: Sound, at_s: float) -> None:
        """Play `sound` from `at_s` of the hearer's clock on."""
        with self._lock:
            self._voices = [*self._voices[-MOST_VOICES + 1 :], _Voice(kind, sound, at_s)]

    def forget(self, after_s: float) -> None:
        """The pacer's tones that have not begun, and are due after `after_s`, are not played."""
        with self._lock:
            self._voices = [
                each for each in self._voices if each.kind not in PACER or each.at_s <= after_s or each.done is not None
            ]

    def hush(self) -> None:
        """Let what is being said die away."""
        with self._lock:
            self._voices = [each for each in self._voices if each.kind != SPEECH or each.done is not None]
            for each in self._voices:
                if each.kind == SPEECH and each.done is not None:
                    left = each.sound[each.done : each.done + round(FADE_S * RATE_HZ)]
                    each.sound, each.done = left * np.linspace(1, 0, len(left), dtype=np.float32), 0

    def loudness(self, volume: float, *, muted: bool) -> None:
        """How loud from now on, 0 to 1; as the ear has it, half is about half as loud."""
        with self._lock:
            self._wanted = 0.0 if muted else min(max(volume, 0.0), 1.0) ** 2

    @property
    def is_idle(self) -> bool:
        """Nothing sounds, and nothing is due."""
        with self._lock:
            return not self._voices

    def render(self, start_s: float, n: int) -> Sound:
        """The next `n` samples (n,), the first of them at `start_s`."""
        mixed = np.zeros(n, np.float32)
        with self._lock:
            self._voices = [voice for voice in self._voices if self._goes_on(voice, mixed, start_s)]
            before, self._gain = self._gain, self._wanted
        if before == self._gain:
            mixed *= np.float32(before)
        else:
            mixed *= np.linspace(before, self._gain, n, dtype=np.float32)
        return np.clip(mixed, -1.0, 1.0)

    @staticmethod
    def _goes_on(voice: _Voice, mixed: Sound, start_s: float) -> bool:
        """Add a voice's part of a block; False once it is over."""
        first = 0
        if voice.done is None:
            late_s = start_s - voice.at_s
            if late_s > STALE_S:
                return False
            first = max(0, round(-late_s * RATE_HZ))
            if first >= len(mixed):
                return True
            voice.done = 0
        part = voice.sound[voice.done : voice.done + len(mixed) - first]
        mixed[first : first + len(part)] += part
        voice.done += len(part)
        return voice.done < len(voice.sound)
