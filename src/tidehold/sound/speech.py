"""Spoken prompts, by a speech engine that is installed: a program of its own, so that it can be stopped (ADR 11)."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import subprocess
import tempfile
import threading
import wave
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from tidehold.sound.mixer import SPEECH, Mixer
from tidehold.sound.orders import Speak
from tidehold.sound.tones import RATE_HZ, Sound

TIMEOUT_S: Final = 5.0
"""An engine takes some hundredths of a second for a sentence; one that takes this long hangs."""
WAITING: Final = 2
"""Texts that wait behind the one that is being said; older ones give way."""
STALE_S: Final = 6.0
"""What has waited so long is not news any more."""
LEVEL: Final = 0.45
"""Of the loudest sample. Sentences of espeak-ng 1.51 then have an RMS of 0.10 to 0.11 in their loudest eighth of a
second; the tones have 0.09 to 0.18, but for the short one of a pause."""
LONGEST_S: Final = 30.0
MOST_TROUBLES: Final = 3
"""Texts in a row that could not be spoken; after that no more is tried."""


class Engine(NamedTuple):
    """A program that speaks. `words` get the output file put in for "FILE"; the text comes on standard input."""

    name: str
    program: str
    words: tuple[str, ...]


ENGINES: Final = (
    # 160 words a minute: a little slower than its usual 175
    Engine("espeak-ng", "espeak-ng", ("-s", "160", "-w", "FILE", "--stdin")),
    Engine("espeak", "espeak", ("-s", "160", "-w", "FILE", "--stdin")),
    Engine("say", "say", ("-f", "-", "--data-format=LEI16@22050", "--file-format=WAVE", "-o", "FILE")),  # macOS
)
"""In the order in which they are looked for. Each writes a sound, so that volume and mute hold for words too."""
_UNITS: Final = (
    (re.compile(r"(?<=\d) ?(?:deg\b|°)"), " degrees"),
    (re.compile(r"(?<=\d) s\b"), " seconds"),
    (re.compile(r"(?<=\d) min\b"), " minutes"),
    (re.compile(r"(?<=\d)/min\b"), " per minute"),
)
_UNSPEAKABLE: Final = re.compile(r"[^\w\s.,;:!?'()%+\-]")


def find_engine() -> Engine | None:
    """The first engine that is installed, by its full path."""
    for engine in ENGINES:
        found = shutil.which(engine.program)
        if found:
            return engine._replace(program=found)
    return None


def spoken(text: str) -> str:
    """A text as it is to be said: units in words, nothing that an engine could take for a command."""
    for unit, words in _UNITS:
        text = unit.sub(words, text)
    return " ".join(_UNSPEAKABLE.sub(" ", text).split())


def synthesise(engine: Engine, text: str, run: Callable[[list[str], bytes], None] | None = None) -> Sound | None:
    """What an engine makes of a text, samples (n,) at 48 kHz; None if it makes nothing of it."""
    with tempfile.TemporaryDirectory(prefix="tidehold-") as folder:
        file = Path(folder) / "speech.wav"
        command = [engine.program, *(str(file) if word == "FILE" else word for word in engine.words)]
        try:
            (run or _run)(command, spoken(text).encode())
            return samples_of(file.read_bytes())
        except (OSError, subprocess.SubprocessError, wave.Error, EOFError, ValueError):
            return None


def samples_of(raw: bytes) -> Sound | None:
    """The sound in a WAV file, samples (n,) at 48 kHz; None if there is none.

    Raises:
        wave.Error: It is no WAV file of 16 bits.
    """
    with contextlib.closing(wave.open(io.BytesIO(raw), "rb")) as file:
        if file.getsampwidth() != 2:
            raise wave.Error("expected 16 bits")
        rate_hz, channels = file.getframerate(), file.getnchannels()
        read = file.readframes(min(file.getnframes(), round(LONGEST_S * rate_hz)))
    sound = np.frombuffer(read[: len(read) // (2 * channels) * 2 * channels], "<i2")[::channels].astype(np.float32)
    peak = float(np.abs(sound).max(initial=0.0))
    if not peak:
        return None
    n = round(len(sound) * RATE_HZ / rate_hz)
    resampled = np.interp(np.arange(n) * (rate_hz / RATE_HZ), np.arange(len(sound)), sound)
    return np.asarray(resampled * (LEVEL / peak), np.float32)


class Speaker:
    """Speaks texts one after another, in a thread of its own.

    Args:
        engine: Who speaks.
        mixer: Where the words go.
        now: The hearer's clock, s.
        trouble: Told once, if the engine does not work.
        make: Makes a sound of a text.
    """

    def __init__(
        self,
        engine: Engine,
        mixer: Mixer,
        now: Callable[[], float],
        trouble: Callable[[str], None],
        make: Callable[[Engine, str], Sound | None] = synthesise,
    ) -> None:
        self._engine = engine
        self._mixer = mixer
        self._now = now
        self._trouble = trouble
        self._make = make
        self._waiting: deque[tuple[float, str]] = deque(maxlen=WAITING)
        self._turn = threading.Condition()
        self._urgent = 0  # how often a text came that was urgent
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="tidehold-speech", daemon=True)
        self._thread.start()

    def say(self, order: Speak) -> None:
        """Say this, at once or in its turn."""
        with self._turn:
            if order.urgent:
                self._waiting.clear()
                self._urgent += 1
                self._mixer.hush()
            self._waiting.append((self._now(), order.text))
            self._turn.notify()

    def close(self) -> None:
        """Say no more."""
        with self._turn:
            self._closed = True
            self._turn.notify()

    def _run(self) -> None:
        troubles = 0
        while troubles < MOST_TROUBLES:
            with self._turn:
                while not self._waiting and not self._closed:
                    self._turn.wait()
                if self._closed:
                    return
                since_s, text = self._waiting.popleft()
                turn = self._urgent
            if self._now() - since_s > STALE_S or not spoken(text):
                continue
            sound = self._make(self._engine, text)
            if sound is None:
                troubles += 1
                continue
            troubles = 0
            self._let_sound(sound, turn)
        self._trouble(f"{self._engine.name} does not work: nothing is spoken")

    def _let_sound(self, sound: Sound, turn: int) -> None:
        """Let it be heard; back when it is over, or when something urgent is to be said."""
        with self._turn:
            if turn != self._urgent or self._closed:
                return
            self._mixer.add(SPEECH, sound, self._now())
            self._turn.wait_for(lambda: turn != self._urgent or self._closed, timeout=len(sound) / RATE_HZ)


def _run(command: list[str], text: bytes) -> None:
    subprocess.run(command, input=text, timeout=TIMEOUT_S, check=True, capture_output=True)  # noqa: S603 - from ENGINES
