from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tests.sound.listening import onsets_s, samples
from tests.sound.waiting import until
from tidehold.sound.mixer import Mixer
from tidehold.sound.orders import Ready, Report, Trouble
from tidehold.sound.sinks import FileSink, Sink, WavFile
from tidehold.sound.tones import RATE_HZ, tone


def test_a_file_is_whole_after_each_step(tmp_path: Path) -> None:
    mixer = Mixer()
    wav = WavFile(tmp_path / "x.wav", mixer, 100.0)
    mixer.add("step", tone("step"), 101.5)
    wav.advance(103.0)
    assert len(samples(tmp_path / "x.wav")) == 3 * RATE_HZ  # as if the program were killed here
    assert onsets_s(samples(tmp_path / "x.wav")) == pytest.approx([1.5], abs=0.012)
    wav.advance(102.0)  # that was written
    wav.close()
    assert len(samples(tmp_path / "x.wav")) == 3 * RATE_HZ


def test_a_file_sink_writes_what_sounds_at_its_moment(tmp_path: Path) -> None:
    mixer, reports = Mixer(), list[Report]()
    sink = FileSink(tmp_path / "x.wav", mixer, time.monotonic, reports.append)
    sink.start()
    at_s = time.monotonic() + 0.3
    mixer.add("press", tone("press"), at_s)
    sink.close()  # which lets it come to its end
    assert reports == [Ready(str(tmp_path / "x.wav"), "")]
    heard = samples(tmp_path / "x.wav")
    assert onsets_s(heard)[0] == pytest.approx(at_s - sink.start_s, abs=0.012)
    assert np.abs(heard[round((at_s - sink.start_s) * RATE_HZ) :]).max() > 0.2


def test_a_file_that_cannot_be_written_is_said_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileSink(tmp_path / "nowhere" / "x.wav", Mixer(), time.monotonic, lambda _: None)


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), ValueError("operands could not be broadcast together")]
)
def test_what_ends_the_sound_is_told_once(error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: WavFile, __: float) -> None:
        raise error

    reports: list[Report] = []
    monkeypatch.setattr(WavFile, "advance", full)
    sink = FileSink(tmp_path / "x.wav", Mixer(), time.monotonic, reports.append)
    sink.start()
    until(lambda: len(reports) == 2)
    assert reports[1] == Trouble(f"the sound ended: {error}")
    sink.close()


def test_a_sink_that_hangs_is_left_behind() -> None:
    never = threading.Event()

    class Hung(Sink):
        def _run(self) -> None:
            never.wait(60)

    mixer = Mixer()
    sink = Hung(mixer, time.monotonic, lambda _: None)
    sink.start()
    mixer.add("step", tone("step"), time.monotonic())
    before_s = time.monotonic()
    sink.close(within_s=0.2)
    assert time.monotonic() - before_s < 5
    never.set()
