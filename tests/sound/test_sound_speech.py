"""Words: engines that work, hang, fail or are not there."""

from __future__ import annotations

import io
import shutil
import subprocess
import threading
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.sound.waiting import until
from tidehold.sound import speech
from tidehold.sound.mixer import Mixer
from tidehold.sound.orders import Speak
from tidehold.sound.speech import (
    LEVEL,
    MOST_TROUBLES,
    Engine,
    Speaker,
    find_engine,
    samples_of,
    spoken,
    synthesise,
)
from tidehold.sound.tones import RATE_HZ, Sound

NOBODY = Engine("nobody", "/nobody", ())


def program(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return path


def wav(n: int, rate_hz: int = 22_050, channels: int = 1, width: int = 2) -> bytes:
    raw = io.BytesIO()
    with wave.open(raw, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes((np.sin(np.arange(n * channels) / 9) * 9000).astype("<i2").tobytes() * (width // 2 or 1))
    return raw.getvalue()


def test_the_first_engine_that_is_installed_speaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_engine() is None
    program(tmp_path, "say", "true")
    found = find_engine()
    assert found is not None
    assert (found.name, found.program) == ("say", str(tmp_path / "say"))
    program(tmp_path, "espeak-ng", "true")
    found = find_engine()
    assert found is not None
    assert found.name == "espeak-ng"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hold at 35 deg for 20 s", "hold at 35 degrees for 20 seconds"),
        ("35° for 2 min, 6/min", "35 degrees for 2 minutes, 6 per minute"),
        ("<speak>go</speak> `rm` $(x)\n[[volm 0]]", "speak go speak rm (x) volm 0"),
        ("  psoas — left\x00 ", "psoas left"),
    ],
)
def test_units_are_said_in_words_and_nothing_is_a_command(text: str, said: str) -> None:
    assert spoken(text) == said


def test_a_sound_is_brought_to_the_mixers_rate() -> None:
    sound = samples_of(wav(22_050))
    assert sound is not None
    assert len(sound) == RATE_HZ
    assert np.abs(sound).max() == pytest.approx(LEVEL, abs=0.01)
    both = samples_of(wav(22_050, channels=2))
    assert both is not None
    assert len(both) == RATE_HZ


def test_silence_is_no_sound_and_8_bits_are_refused() -> None:
    assert samples_of(wav(1)) is None
    with pytest.raises(wave.Error, match="expected 16 bits"):
        samples_of(wav(100, width=1))


def test_an_engine_is_given_the_text_and_a_file(tmp_path: Path) -> None:
    (tmp_path / "made.wav").write_bytes(wav(2205))
    made = program(tmp_path, "engine", f'cat > {tmp_path}/text; cp {tmp_path}/made.wav "$2"')
    sound = synthesise(Engine("engine", str(made), ("-w", "FILE")), "hold 35 deg")
    assert sound is not None
    assert len(sound) == RATE_HZ // 10
    assert (tmp_path / "text").read_text() == "hold 35 degrees"


@pytest.mark.parametrize("does", ["exit 1", "true", 'echo nonsense > "$2"', ': > "$2"'])
def test_an_engine_that_does_not_work_gives_nothing(does: str, tmp_path: Path) -> None:
    broken = program(tmp_path, "engine", does)
    assert synthesise(Engine("engine", str(broken), ("-w", "FILE")), "go") is None
    assert synthesise(NOBODY, "go") is None


def test_an_engine_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "TIMEOUT_S", 0.05)
    hung = program(tmp_path, "engine", "exec sleep 30")
    before_s = time.monotonic()
    assert synthesise(Engine("engine", str(hung), ("-w", "FILE")), "go") is None
    assert time.monotonic() - before_s < 10


def test_the_real_engine_speaks() -> None:
    if not shutil.which("espeak-ng"):
        pytest.skip("not run: espeak-ng missing")
    engine = find_engine()
    assert engine is not None
    short, long = (synthesise(engine, text) for text in ("left", "half kneeling, left. sink into the hip for 60 s"))
    assert short is not None
    assert long is not None
    assert 0.2 * RATE_HZ < len(short) < len(long) < 8 * RATE_HZ


class Spoken:
    """A speaker whose engine the test holds in its hand."""

    def __init__(self, seconds: float = 30.0) -> None:
        self.mixer = Mixer()
        self.made: list[str] = []
        self.troubles: list[str] = []
        self.gate = threading.Semaphore(0)
        self.now_s = 100.0
        self.sound: Sound | None = np.full(round(seconds * RATE_HZ), 0.1, np.float32)
        self.speaker = Speaker(NOBODY, self.mixer, lambda: self.now_s, self.troubles.append, self._make)

    def _make(self, _: Engine, text: str) -> Sound | None:
        self.made.append(text)
        assert self.gate.acquire(timeout=20)
        return self.sound


def test_an_urgent_text_comes_instead_of_the_one_that_is_being_said() -> None:
    spoken = Spoken()
    spoken.speaker.say(Speak("a step"))
    spoken.gate.release()
    until(lambda: not spoken.mixer.is_idle)
    spoken.mixer.render(100.0, 480)
    spoken.speaker.say(Speak("a finding"))
    spoken.speaker.say(Speak("the next step", urgent=True))
    until(lambda: spoken.made == ["a step", "the next step"])
    assert spoken.mixer.render(100.01, 48_000)[-1] == 0  # the first has died away, the second is not there yet
    spoken.gate.release()
    until(lambda: not spoken.mixer.is_idle)
    spoken.speaker.close()


def test_a_text_that_was_overtaken_while_it_was_made_is_not_said() -> None:
    spoken = Spoken()
    spoken.speaker.say(Speak("a step"))
    until(lambda: spoken.made)
    spoken.speaker.say(Speak("another step", urgent=True))
    spoken.gate.release()
    until(lambda: len(spoken.made) == 2)
    assert spoken.mixer.is_idle
    spoken.gate.release()
    until(lambda: not spoken.mixer.is_idle)
    spoken.speaker.close()


def test_few_texts_wait_and_the_oldest_give_way() -> None:
    spoken = Spoken(seconds=0.001)
    for text in "abcde":
        spoken.speaker.say(Speak(text))
        until(lambda: spoken.made)
    for _ in "abcde":
        spoken.gate.release()
    until(lambda: len(spoken.made) == 3)
    assert spoken.made == ["a", "d", "e"]
    spoken.speaker.close()


def test_what_has_waited_too_long_is_not_said() -> None:
    spoken = Spoken(seconds=0.001)
    spoken.speaker.say(Speak("a"))
    until(lambda: spoken.made)
    spoken.speaker.say(Speak("old"))
    spoken.now_s += 10
    spoken.speaker.say(Speak("new"))
    spoken.gate.release()
    spoken.gate.release()
    until(lambda: len(spoken.made) == 2)
    assert spoken.made == ["a", "new"]
    spoken.speaker.close()


def test_an_engine_that_never_works_is_given_up_and_that_is_said_once() -> None:
    spoken = Spoken()
    spoken.sound = None
    spoken.gate.release(MOST_TROUBLES + 2)

    def is_given_up() -> bool:
        spoken.speaker.say(Speak("go"))
        return bool(spoken.troubles)

    until(is_given_up)
    assert len(spoken.made) == MOST_TROUBLES
    assert spoken.troubles == ["nobody does not work: nothing is spoken"]


def test_run_gives_the_engine_no_terminal(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        speech._run([str(program(tmp_path, "engine", "exit 3"))], b"")
