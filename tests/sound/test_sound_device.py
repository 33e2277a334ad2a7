"""The loudspeaker: a library that plays, is not there, finds nothing, or loses its device."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import numpy as np
import pytest

from tests.sound.listening import onsets_s
from tests.sound.waiting import until
from tidehold.sound import device
from tidehold.sound.device import LIBRARY, SYSTEM, DeviceSink
from tidehold.sound.mixer import Mixer
from tidehold.sound.orders import Ready, Report, Trouble
from tidehold.sound.tones import RATE_HZ, tone


class PortAudioError(Exception):
    """As in sounddevice."""


class Stream:
    """An output that is pumped by the test."""

    latency = 0.08
    device = 3

    def __init__(self, **asked: Any) -> None:
        self.asked = asked
        self.active = True
        self.is_open = False

    def __enter__(self) -> Self:
        self.is_open = True
        return self

    def __exit__(self, *_: object) -> None:
        self.is_open = False

    def pump(self, n: int, ahead_s: float) -> Any:
        out = np.zeros((n, 1), np.float32)
        times = SimpleNamespace(currentTime=7.0, outputBufferDacTime=7.0 + ahead_s)
        self.asked["callback"](out, n, times, None)
        return out[:, 0]


class Library:
    """In the place of sounddevice."""

    PortAudioError = PortAudioError

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.streams: list[Stream] = []

    def OutputStream(self, **asked: Any) -> Stream:  # noqa: N802 - its name
        if self.error is not None:
            raise self.error
        self.streams.append(Stream(**asked))
        return self.streams[-1]

    @staticmethod
    def query_devices(number: int) -> dict[str, Any]:
        return {"name": f"loudspeaker {number}"}


def opened(library: Library, mixer: Mixer, now_s: float = 500.0) -> tuple[DeviceSink, list[Report]]:
    reports: list[Report] = []
    sink = DeviceSink(mixer, lambda: now_s, reports.append, lambda: library)
    sink.start()
    until(lambda: reports)
    return sink, reports


@pytest.mark.parametrize(("told_s", "meant_s"), [(0.02, 0.02), (0.0, Stream.latency), (1e9, Stream.latency)])
def test_a_tone_leaves_the_loudspeaker_at_its_moment(told_s: float, meant_s: float) -> None:
    library, mixer = Library(), Mixer()
    sink, reports = opened(library, mixer)
    assert reports == [Ready("loudspeaker 3", "")]
    (stream,) = library.streams
    assert {key: stream.asked[key] for key in ("samplerate", "channels", "latency")} == {
        "samplerate": RATE_HZ,
        "channels": 1,
        "latency": "low",
    }
    mixer.add("step", tone("step"), 500.2)
    sound = stream.pump(RATE_HZ // 2, told_s)
    assert onsets_s(np.asarray(sound, float))[0] == pytest.approx(0.2 - meant_s, abs=0.012)
    stream.pump(RATE_HZ, told_s)
    sink.close(within_s=0.0)
    assert not stream.is_open
    assert len(reports) == 1


def test_a_device_that_goes_away_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "LOOK_S", 0.001)
    library = Library()
    sink, reports = opened(library, Mixer())
    library.streams[0].active = False
    until(lambda: len(reports) == 2)
    assert reports[1] == Trouble("the sound ended: the device is gone", "connect it, and start again")
    until(lambda: not library.streams[0].is_open)
    sink.close(within_s=0.0)
    assert len(reports) == 2


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PortAudioError("Error querying device -1"), "no sound: no output device was found"),
        (PortAudioError("Device unavailable", -9985), "no sound: Device unavailable"),
        (PortAudioError(), "no sound: "),
    ],
)
def test_no_device_is_told_in_plain_words(error: Exception, said: str) -> None:
    _, reports = opened(Library(error), Mixer())
    (trouble,) = reports
    assert isinstance(trouble, Trouble)
    assert trouble.text == said
    assert trouble.advice.startswith("connect a loudspeaker")


@pytest.mark.parametrize(
    ("error", "text", "advice"),
    [
        (ImportError("no"), "no sound: the library sounddevice is not installed", LIBRARY),
        (OSError("PortAudio library not found"), "no sound: PortAudio library not found", SYSTEM),
    ],
)
def test_what_is_not_installed_is_told_with_how_to_install_it(error: Exception, text: str, advice: str) -> None:
    def load() -> Any:
        raise error

    reports: list[Report] = []
    sink = DeviceSink(Mixer(), report=reports.append, load=load)
    sink.start()
    sink.close()
    assert reports == [Trouble(text, advice)]


def test_a_library_that_hangs_holds_up_nobody() -> None:
    never = threading.Event()

    def load() -> Any:
        never.wait(60)
        raise ImportError

    mixer, reports = Mixer(), list[Report]()
    sink = DeviceSink(mixer, report=reports.append, load=load)
    sink.start()
    mixer.add("step", tone("step"), 0.0)
    sink.close(within_s=0.05)
    assert sink._thread.is_alive()  # left behind
    assert reports == []
    never.set()


NULL_DEVICE = "pcm.!default { type null }\nctl.!default { type null }\n"
PLAY = """
import sys, time
from tidehold.sound.device import DeviceSink
from tidehold.sound.mixer import Mixer
from tidehold.sound.tones import tone
mixer, reports = Mixer(), []
sink = DeviceSink(mixer, report=reports.append)
mixer.add("step", tone("step"), time.monotonic() + 0.2)
sink.start()
sink.close(10)
print(reports, mixer.is_idle)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ALSA is Linux's")
def test_the_real_library_plays_on_a_device_that_swallows_all(tmp_path: Path) -> None:
    if importlib.util.find_spec("sounddevice") is None:
        pytest.skip("not run: sounddevice missing")
    if subprocess.run([sys.executable, "-c", "import sounddevice"], capture_output=True, check=False).returncode:
        pytest.skip("not run: libportaudio2 missing")
    config = tmp_path / "asound.conf"
    config.write_text(NULL_DEVICE)
    ran = subprocess.run(
        [sys.executable, "-c", PLAY],
        env=os.environ | {"ALSA_CONFIG_PATH": str(config)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.stdout == "[Ready(device='default', engine='')] True\n", ran.stdout + ran.stderr
