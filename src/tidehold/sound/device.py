"""The loudspeaker, by the library `sounddevice` (PortAudio), which is loaded when it is wanted and where it is."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from typing import Any, Final

from tidehold.sound.mixer import Mixer
from tidehold.sound.orders import Ready, Report, Trouble
from tidehold.sound.sinks import Sink
from tidehold.sound.tones import RATE_HZ

LOOK_S: Final = 0.25
"""How often it is looked whether the device still plays."""
LEAST_AHEAD_S: Final = 0.0
MOST_AHEAD_S: Final = 1.0
"""A device that claims to be further behind is not believed."""
LIBRARY: Final = "pip install 'tidehold[sound]'"
SYSTEM: Final = "apt install libportaudio2 (Fedora: dnf install portaudio)"


class DeviceSink(Sink):
    """Plays on the system's usual output.

    Args:
        mixer: What is to be heard.
        now: The hearer's clock, s.
        report: Told whether it sounds.
        load: Gives the module `sounddevice`.
    """

    def __init__(
        self,
        mixer: Mixer,
        now: Callable[[], float] = time.monotonic,
        report: Callable[[Report], None] = lambda _: None,
        load: Callable[[], Any] = lambda: importlib.import_module("sounddevice"),
    ) -> None:
        super().__init__(mixer, now, report)
        self._load = load

    def _run(self) -> None:
        try:
            library = self._load()
        except ImportError:
            self._report(Trouble("no sound: the library sounddevice is not installed", LIBRARY))
            return
        except OSError as error:  # it is there, and PortAudio is not
            self._report(Trouble(f"no sound: {error}", SYSTEM))
            return
        try:
            self._play(library)
        except library.PortAudioError as error:
            why = str(error.args[0] if error.args else error)
            if "device -1" in why:
                why = "no output device was found"
            self._report(Trouble(f"no sound: {why}", "connect a loudspeaker or earphones, and start again"))

    def _play(self, library: Any) -> None:
        def fill(out: Any, n: int, times: Any, _: object) -> None:
            # Some systems do not tell when a block will be heard; then it is the stream's latency from now.
            ahead_s = times.outputBufferDacTime - times.currentTime
            if not LEAST_AHEAD_S < ahead_s < MOST_AHEAD_S:
                ahead_s = stream.latency
            out[:, 0] = self._mixer.render(self._now() + ahead_s, n)

        stream = library.OutputStream(samplerate=RATE_HZ, channels=1, dtype="float32", latency="low", callback=fill)
        with stream:
            device = library.query_devices(stream.device)
            self._report(Ready(str(device["name"]), ""))
            while not self._closing.wait(LOOK_S):
                if not stream.active:
                    self._report(Trouble("the sound ended: the device is gone", "connect it, and start again"))
                    return
