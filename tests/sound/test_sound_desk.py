from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.sound.listening import onsets_s, samples
from tests.sound.test_sound_speech import program, wav
from tests.sound.waiting import until
from tidehold.sound.desk import NO_ENGINE, Desk
from tidehold.sound.mixer import STALE_S
from tidehold.sound.orders import Forget, Loudness, Play, Ready, Report, Speak, Trouble
from tidehold.sound.sinks import FileSink, Sink
from tidehold.sound.speech import Engine
from tidehold.sound.tones import RATE_HZ


def desk_of(path: Path, engine: Engine | None = None) -> tuple[Desk, list[Report]]:
    reports: list[Report] = []
    return Desk(
        lambda mixer, now, hear: FileSink(path, mixer, now, hear), engine, reports.append, speaks=False
    ), reports


def _is_busy(desk: Desk) -> bool:
    return not desk._mixer.is_idle


def test_orders_are_carried_out(tmp_path: Path) -> None:
    desk, reports = desk_of(tmp_path / "x.wav")
    start_s = desk.sink.start_s
    desk.order(Loudness(1.0))
    desk.order(Play("press", start_s + 0.4))
    desk.order(Play("in", start_s + 0.9))
    desk.order(Forget(start_s + 0.3))
    desk.order(Speak("nobody says this"))
    desk.close()
    assert onsets_s(samples(tmp_path / "x.wav")) == pytest.approx([0.4], abs=0.015)
    assert reports == [Ready(str(tmp_path / "x.wav"), "")]


def test_words_go_where_the_tones_go_and_are_muted_with_them(tmp_path: Path) -> None:
    (tmp_path / "made.wav").write_bytes(wav(11_025))
    speaks = Engine("engine", str(program(tmp_path, "engine", f'cp {tmp_path}/made.wav "$1"')), ("FILE",))
    for muted in (False, True):
        desk, reports = desk_of(tmp_path / f"{muted}.wav", speaks)
        desk.order(Loudness(1.0, muted=muted))
        desk.order(Speak("sink into the hip", urgent=True))
        until(partial(_is_busy, desk))
        desk.close()
        assert reports == [Ready(str(tmp_path / f"{muted}.wav"), "engine")]
        loud = np.abs(samples(tmp_path / f"{muted}.wav")) > 0.05
        assert (loud.sum() > 0.2 * RATE_HZ) is not muted


def test_an_engine_that_fails_leaves_the_tones(tmp_path: Path) -> None:
    broken = Engine("engine", str(program(tmp_path, "engine", "exit 1")), ("FILE",))
    desk, reports = desk_of(tmp_path / "x.wav", broken)

    def is_given_up() -> bool:
        desk.order(Speak("go"))
        return bool(reports) and isinstance(reports[-1], Trouble)

    until(is_given_up)
    assert reports[-1] == Trouble("engine does not work: nothing is spoken", is_all=False)
    desk.order(Play("step", time.monotonic() + 0.05))
    desk.close()
    assert len(onsets_s(samples(tmp_path / "x.wav"))) == 1


def test_a_desk_without_a_sound_takes_orders_and_keeps_none() -> None:
    class Broken(Sink):
        def _run(self) -> None:
            self._report(Trouble("no sound: no output device was found"))

    reports: list[Report] = []
    desk = Desk(Broken, None, reports.append)  # words are wanted too
    until(lambda: reports)
    for _ in range(100):
        desk.order(Play("step", time.monotonic() - STALE_S))
    assert desk._mixer.is_idle
    desk.close()
    assert len(reports) == 1


def test_where_it_sounds_and_nobody_speaks_that_is_told_once(tmp_path: Path) -> None:
    reports: list[Report] = []
    desk = Desk(partial(FileSink, tmp_path / "x.wav"), None, reports.append)
    desk.order(Speak("go"))
    until(lambda: len(reports) == 2)
    desk.order(Speak("go on"))
    desk.close()
    assert reports == [Ready(str(tmp_path / "x.wav"), ""), NO_ENGINE]
