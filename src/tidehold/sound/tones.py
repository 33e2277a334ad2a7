"""The tones: what each sounds like. Soft at both ends, from 165 to 1047 Hz, with an overtone for small loudspeakers."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

RATE_HZ: Final = 48_000
ATTACK_S: Final = 0.012
"""Long enough that nothing clicks, short enough that the ear hears a beginning."""
OVERTONE: Final = 0.18
"""Of a note's second harmonic, against its first: rounder than a bare sine, and still no higher than 2.2 kHz."""

Sound = NDArray[np.float32]
"""Samples (n,) at 48 kHz, -1 to 1."""
Kind = Literal[
    "in",
    "out",
    "pause",
    "hold-start",
    "hold-end",
    "press",
    "deepen",
    "step",
    "question",
    "warning",
    "lost",
    "back",
    "done",
    "stopped",
]
PACER: Final[frozenset[str]] = frozenset({"in", "out", "pause"})
"""What the breathing pacer says."""


class Note(NamedTuple):
    """One note, gliding evenly (in semitones) from one pitch to another."""

    at_s: float
    seconds: float
    from_hz: float
    to_hz: float
    level: float


def _notes(level: float, seconds: float, *pitches_hz: float, every_s: float) -> tuple[Note, ...]:
    return tuple(Note(k * every_s, seconds, hz, hz, level) for k, hz in enumerate(pitches_hz))


TONES: Final[dict[Kind, tuple[Note, ...]]] = {
    "in": (Note(0.0, 0.8, 294.0, 440.0, 0.26),),
    "out": (Note(0.0, 0.8, 440.0, 294.0, 0.26),),
    "pause": (Note(0.0, 0.07, 990.0, 990.0, 0.1),),
    "hold-start": _notes(0.22, 0.22, 523.3, 784.0, every_s=0.13),
    "hold-end": _notes(0.22, 0.22, 784.0, 523.3, every_s=0.13),
    "press": _notes(0.3, 0.12, 220.0, 220.0, 220.0, every_s=0.16),
    "deepen": (Note(0.0, 0.9, 247.0, 165.0, 0.3),),
    "step": (Note(0.0, 0.9, 659.3, 659.3, 0.22),),
    "question": (*_notes(0.2, 0.16, 587.3, every_s=0.2), Note(0.2, 0.4, 587.3, 880.0, 0.2)),
    "warning": _notes(0.26, 0.13, 1047.0, 831.0, 1047.0, 831.0, every_s=0.15),
    "lost": _notes(0.26, 0.3, 415.3, 311.1, 233.1, every_s=0.22),
    "back": _notes(0.22, 0.3, 233.1, 311.1, 415.3, every_s=0.22),
    "done": _notes(0.22, 0.5, 523.3, 659.3, 784.0, 1046.5, every_s=0.2),
    "stopped": _notes(0.26, 0.7, 392.0, 261.6, every_s=0.4),
}
"""Breathing rises and falls; a hold is two notes up, its end two notes down; what goes wrong is several quick notes."""


@lru_cache(maxsize=len(TONES))
def tone(kind: Kind) -> Sound:
    """The samples (n,) of a tone; not to be written to."""
    notes = TONES[kind]
    sound = np.zeros(round(max(note.at_s + note.seconds for note in notes) * RATE_HZ), np.float32)
    for note in notes:
        start = round(note.at_s * RATE_HZ)
        played = _played(note)[: len(sound) - start]
        sound[start : start + len(played)] += played
    sound.setflags(write=False)
    return sound


def _played(note: Note) -> Sound:
    n = round(note.seconds * RATE_HZ)
    share = np.arange(n) / n
    ratio = note.to_hz / note.from_hz
    slope = np.log(ratio)
    # The phase is the integral of the pitch: exponential in time where it glides.
    turns = note.from_hz * note.seconds * (share if ratio == 1.0 else np.expm1(slope * share) / slope)
    wave = np.sin(2 * np.pi * turns) + OVERTONE * np.sin(4 * np.pi * turns)
    attack = np.minimum(1.0, share * note.seconds / ATTACK_S)
    rise = (1 - np.cos(np.pi * attack)) / 2
    fall = (1 + np.cos(np.pi * share)) / 2
    return np.asarray(note.level * wave * rise * fall / (1 + OVERTONE), np.float32)
