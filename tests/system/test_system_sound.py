"""A session for closed eyes, in real processes and real time: each change of the pacer is heard within 50 ms."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.sound.listening import moments_s, onsets_s, samples
from tests.sound.test_sound_device import NULL_DEVICE
from tests.system.running import COMMAND, Start, Tidehold, stop, wait_for
from tests.system.terminal import Terminal
from tidehold.coach.pacing import pattern_of
from tidehold.log.reader import read_session
from tidehold.records import Mark, Pacing
from tidehold.units import NS

WITHIN_S = 0.05
SURE_S = 2.0
"""After the hearer came; by then it has heard enough statuses to know the session's clock."""


@pytest.mark.long
def test_tones_of_a_demonstration_are_within_50_ms_of_their_cues(
    start: Start, tidehold: Tidehold, tmp_path: Path
) -> None:
    place, out, file = tmp_path / "place", tmp_path / "out", tmp_path / "heard.wav"
    place.mkdir(mode=0o700)
    recorder = start("demo", "--headless", "--seconds", 20, "--pace", "1/1.5", "--place", place, "--out", out)
    wait_for(lambda: list(out.glob("*.part")), recorder)
    listened = tidehold("listen", "--to", file, "--place", place, "--json")
    assert listened.code == 0, listened.err
    told = listened.json
    assert recorder.wait(60) == 0
    film = read_session(Path(told["session"]))
    (mark,) = [item for item in film.inputs() if isinstance(item, Mark) and item.verb == "pace"]
    # Two ways lead from the file to the session: here by the wall clock of its first sample, there by arrivals.
    from_s = (told["started_ns"] - film.header.started) / NS
    due = moments_s(Pacing(mark.t, pattern_of(mark.arg)), from_s + SURE_S, told["to_s"] - 1)
    heard = from_s + onsets_s(samples(file), quiet_s=0.05)
    assert len(due) >= 5
    off_s = [float(np.abs(heard - each).min()) for each in due]
    assert max(off_s) < WITHIN_S
    # and besides the pacer only holds that began or ended
    assert len(heard[(heard > due[0] - WITHIN_S) & (heard < due[-1] + WITHIN_S)]) <= len(due) + 4


@pytest.mark.long
def test_listening_ends_when_asked_to_and_the_recording_goes_on(
    start: Start, tidehold: Tidehold, tmp_path: Path
) -> None:
    place, out, file = tmp_path / "place", tmp_path / "out", tmp_path / "heard.wav"
    place.mkdir(mode=0o700)
    recorder = start("demo", "--headless", "--place", place, "--out", out)
    wait_for(lambda: list(out.glob("*.part")), recorder)
    listener = start("listen", "--to", file, "--place", place)
    wait_for(lambda: file.exists() and file.stat().st_size > 40_000, listener)
    stop(listener)
    assert listener.returncode == 0
    assert len(samples(file)) > 10_000
    assert tidehold("status", "--place", place).code == 0
    stop(recorder)


@pytest.mark.skipif(sys.platform != "linux", reason="ALSA is Linux's")
def test_a_dashboard_has_keys_for_the_sound_beside_it(environment: dict[str, str], tmp_path: Path) -> None:
    if subprocess.run([sys.executable, "-c", "import sounddevice"], capture_output=True, check=False).returncode:
        pytest.skip("not run: libportaudio2 missing")
    (tmp_path / "asound.conf").write_text(NULL_DEVICE)
    words = [*COMMAND, "demo", "--sound", "--volume", "0.4", "--out", str(tmp_path)]
    with Terminal(words, environment | {"ALSA_CONFIG_PATH": str(tmp_path / "asound.conf")}) as terminal:
        screen = terminal.until(lambda screen: "REC" in screen)
        terminal.keys("m")
        screen += terminal.until(lambda screen: "sound off" in screen)
        terminal.keys(".")
        screen += terminal.until(lambda screen: "volume 50 %" in screen)
        terminal.keys("q")
        assert terminal.ended() == 0
        assert "no sound" not in screen
        assert "ALSA" not in screen


@pytest.mark.long
def test_a_dashboard_without_a_loudspeaker_says_so_and_goes_on(environment: dict[str, str], tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"  # a library that is not installed, whatever this machine has
    hidden.mkdir()
    (hidden / "sounddevice.py").write_text("raise ImportError('not here')\n")
    words = [*COMMAND, "demo", "--sound", "--out", str(tmp_path)]
    with Terminal(words, environment | {"PYTHONPATH": str(hidden)}) as terminal:
        terminal.until(lambda screen: "no sound: the library sounddevice is not installed" in screen)
        terminal.until(lambda screen: "no sound" not in screen and "strap ✓ armed" in screen)
        terminal.keys("q")
        assert terminal.ended() == 0
