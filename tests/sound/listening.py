"""Sessions to be heard in virtual time, and ears: where in a WAV file something begins."""

from __future__ import annotations

import random
import wave
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from tidehold.records import HostNs, Pacing, Pattern, Recording, Snapshot, Status, UnixNs, Values
from tidehold.routine import Bar, Guide
from tidehold.sound.mixer import Mixer
from tidehold.sound.orders import Forget, Loudness, Order, Play, Speak
from tidehold.sound.score import Score, transitions
from tidehold.sound.sinks import WavFile
from tidehold.sound.tones import RATE_HZ, tone
from tidehold.units import NS

BORN_S = 5000.0
"""On the hearer's clock, when session time is 0."""
BARS = (
    Bar("1.1", "", "lie down", "1", 30.0, "now"),
    Bar("2.2", "left", "half kneeling", "2", 60.0, "todo"),
    Bar("2.2", "right", "half kneeling", "2", 60.0, "todo"),
)


def ns(t_s: float) -> HostNs:
    return HostNs(round(t_s * NS))


def paced(text: str, since_s: float = 0.0) -> Pacing:
    lengths = [float(each) for each in text.split("/")]
    pattern = Pattern(lengths[0], 0.0, lengths[1], 0.0) if len(lengths) == 2 else Pattern(*lengths)
    return Pacing(ns(since_s), pattern)


def guided(**changes: Any) -> Guide:
    guide = Guide("psoas-relief", "Psoas relief", "running", BARS, 0, into_s=5.0)
    return msgspec.structs.replace(guide, **changes)


def recorded(speed: float | None = None, state: Any = "recording") -> Recording:
    if speed is None:
        return Recording("/x.mcap", "1", UnixNs(0), state)
    return Recording("/x.mcap", "1", UnixNs(0), "replay", speed=speed)


def status(t_s: float, *, recording: Recording | None = None, **changes: Any) -> Status:
    snapshot = Snapshot(ns(t_s), inputs={}, links={}, said={}, streams={}, estimates={}, rejected={}, gaps=0, traces={})
    return Status(recording or recorded(), msgspec.structs.replace(snapshot, **changes))


def session(seconds: float, at: Callable[[float], dict[str, Any]], *, seed: int = 1) -> Iterator[tuple[Status, float]]:
    """Statuses four times a second, and when each arrives: mostly at once, now and then a quarter second late."""
    dice = random.Random(seed)
    for k in range(1, round(4 * seconds) + 1):
        t_s = k / 4
        late_s = dice.uniform(0.15, 0.24) if dice.random() < 0.1 else dice.uniform(0.001, 0.02)
        yield status(t_s, **at(t_s)), BORN_S + t_s + late_s


class Heard(NamedTuple):
    """What came of a session: tones and when, on the session's clock; and words."""

    tones: list[tuple[str, float]]
    words: list[str]

    def named(self, kind: str) -> list[float]:
        return [at_s for each, at_s in self.tones if each == kind]


def hear(told: Iterable[tuple[Status, float]]) -> Heard:
    """What is ordered, less what is called back."""
    score = Score()
    tones: list[tuple[str, float]] = []
    words: list[str] = []
    for each, now_s in told:
        for order in score.hear(each, now_s):
            match order:
                case Play():
                    tones.append((order.kind, max(order.at_s, now_s) - BORN_S))
                case Forget():
                    called_back = order.after_s - BORN_S
                    tones = [each for each in tones if each[0] not in ("in", "out", "pause") or each[1] <= called_back]
                case Speak():
                    words.append(order.text)
                case Loudness():
                    raise AssertionError(order)
    return Heard(tones, words)


def obey(mixer: Mixer, orders: Iterable[Order]) -> None:
    for order in orders:
        if isinstance(order, Play):
            mixer.add(order.kind, tone(order.kind), order.at_s)
        elif isinstance(order, Forget):
            mixer.forget(order.after_s)


def write_wav(path: Path, told: Iterable[tuple[Status, float]], until_s: float) -> None:
    """What a session sounds like; the file begins with session time."""
    score, mixer = Score(), Mixer()
    wav = WavFile(path, mixer, BORN_S)
    for each, now_s in told:
        wav.advance(now_s)
        obey(mixer, score.hear(each, now_s))
    wav.advance(BORN_S + until_s)
    wav.close()


def samples(path: Path) -> Values:
    """(n,) -1 to 1."""
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767


def onsets_s(sound: Values, level: float = 0.004, quiet_s: float = 0.1) -> Values:
    """Where something begins to sound after silence (n,), s."""
    step = RATE_HZ // 1000
    loud = np.abs(sound[: len(sound) // step * step]).reshape(-1, step).max(axis=1) > level
    at = np.flatnonzero(loud)
    if not len(at):
        return np.empty(0)
    first = np.concatenate(([True], np.diff(at) > quiet_s * 1000))
    return at[first] / 1000


def moments_s(pacing: Pacing, from_s: float, to_s: float) -> list[float]:
    """Where the parts of the paced breath begin, s."""
    return [t / NS for _, t in transitions(pacing, ns(from_s) - 1, ns(to_s))]
