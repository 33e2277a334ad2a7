"""Where the sound goes: a file, or nowhere. The loudspeaker is in `device.py`."""

from __future__ import annotations

import threading
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from tidehold.sound.mixer import Mixer
from tidehold.sound.orders import Ready, Report, Trouble
from tidehold.sound.tones import RATE_HZ

EVERY_S: Final = 0.1
"""How often a file grows."""
RING_S: Final = 1.5
"""How long what sounds at the end, or is just about to, may go on."""
_BLOCK: Final = RATE_HZ


class Sink:
    """Takes what a mixer gives, in a thread of its own.

    Args:
        mixer: What is to be heard.
        now: The hearer's clock, s.
        report: Told whether it sounds.
    """

    def __init__(self, mixer: Mixer, now: Callable[[], float], report: Callable[[Report], None]) -> None:
        self._mixer = mixer
        self._now = now
        self._report = report
        self.start_s = now()
        """When it was made: of a file, the moment of its first sample."""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._guarded, name="tidehold-sound", daemon=True)

    def start(self) -> None:
        """Begin; whatever it waits for, the caller does not."""
        self._thread.start()

    def close(self, within_s: float = RING_S) -> None:
        """Let what sounds come to its end, and be done; a sink that hangs is left behind."""
        deadline_s = self._now() + within_s
        while not self._mixer.is_idle and self._thread.is_alive() and self._now() < deadline_s:
            self._closing.wait(EVERY_S / 2)
        self._closing.set()
        self._thread.join(max(EVERY_S, deadline_s - self._now()))

    def _guarded(self) -> None:
        try:
            self._run()
        except Exception as error:  # noqa: BLE001 - the outermost frame of its thread: nobody else can tell
            self._report(Trouble(f"the sound ended: {error}"))

    def _run(self) -> None:
        raise NotImplementedError


class WavFile:
    """What would sound from `start_s` on, as a WAV file (48 kHz, mono, 16 bits) that is whole after each step.

    Raises:
        OSError: It cannot be written.
    """

    def __init__(self, path: Path, mixer: Mixer, start_s: float) -> None:
        self._mixer = mixer
        self._start_s = start_s
        self._disk = path.open("wb", buffering=0)
        self._file = wave.open(self._disk, "wb")  # noqa: SIM115 - it is closed by `close`
        self._file.setnchannels(1)
        self._file.setsampwidth(2)
        self._file.setframerate(RATE_HZ)
        self._done = 0

    def advance(self, to_s: float) -> None:
        """Write what sounds until `to_s`."""
        wanted = round((to_s - self._start_s) * RATE_HZ)
        while self._done < wanted:
            n = min(wanted - self._done, _BLOCK)
            block = self._mixer.render(self._start_s + self._done / RATE_HZ, n)
            self._file.writeframes(np.asarray(np.rint(block * 32767), "<i2").tobytes())
            self._done += n

    def close(self) -> None:
        """Be done."""
        self._file.close()
        self._disk.close()


class FileSink(Sink):
    """A sink that writes a WAV file; its first sample is at `start_s` of the hearer's clock."""

    def __init__(self, path: Path, mixer: Mixer, now: Callable[[], float], report: Callable[[Report], None]) -> None:
        super().__init__(mixer, now, report)
        self._path = path
        self._wav = WavFile(path, mixer, self.start_s)

    def _run(self) -> None:
        self._report(Ready(str(self._path), ""))
        try:
            while not self._closing.wait(EVERY_S):
                self._wav.advance(self._now())
            self._wav.advance(self._now())
        finally:
            self._wav.close()
