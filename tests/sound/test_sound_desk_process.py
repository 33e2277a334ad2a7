"""The program that sounds, seen from the view: it works, hangs, dies, babbles; nobody waits for it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from tests.sound.waiting import until
from tidehold.sound import desk_process
from tidehold.sound.desk_process import ENDED, DeskProcess
from tidehold.sound.orders import Play, Ready, Report, Speak, Trouble, write


def process(tmp_path: Path, text: str, *, speaks: bool = True) -> tuple[DeskProcess, list[Report]]:
    reports: list[Report] = []
    (tmp_path / "desk.py").write_text(f"import sys, time\n{text}\n")
    return DeskProcess(reports.append, speaks=speaks, program=(sys.executable, str(tmp_path / "desk.py"))), reports


def test_orders_go_there_and_reports_come_back(tmp_path: Path) -> None:
    ready = write(Ready("loudspeaker", "")).decode().strip()
    desk, reports = process(
        tmp_path,
        f"print('a library prints this')\nprint('{ready}', flush=True)\n"
        f"open(r'{tmp_path}/got', 'w').write(sys.stdin.read())",
    )
    until(lambda: reports)
    desk.order(Play("in", 5.0))
    desk.order(Speak("go"))
    desk.close()
    assert (tmp_path / "got").read_bytes() == write(Play("in", 5.0)) + write(Speak("go"))
    assert reports == [Ready("loudspeaker", "")]


@pytest.mark.parametrize(("speaks", "words"), [(True, ""), (False, "--no-speech")])
def test_it_is_told_whether_to_speak(speaks: bool, words: str, tmp_path: Path) -> None:
    desk, _ = process(tmp_path, f"open(r'{tmp_path}/words', 'w').write(' '.join(sys.argv[1:]))", speaks=speaks)
    desk.close()
    assert (tmp_path / "words").read_text() == words


def test_a_program_that_is_gone_is_told_once_and_takes_orders_still(tmp_path: Path) -> None:
    desk, reports = process(tmp_path, "sys.exit(3)")
    until(lambda: reports)
    for _ in range(100):
        desk.order(Play("in", 5.0))
    desk.close()
    assert reports == [Trouble(ENDED)]


def test_a_program_that_ends_as_nothing_will_sound_has_said_so(tmp_path: Path) -> None:
    trouble = Trouble("no sound: no output device was found", "connect a loudspeaker")
    desk, reports = process(tmp_path, f"print('{write(trouble).decode().strip()}', flush=True)")
    until(lambda: not desk._thread.is_alive())
    desk.order(Play("in", 5.0))
    desk.close()
    assert reports == [trouble]


def test_a_program_that_hangs_holds_up_nobody_and_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_process, "RING_S", -0.9)
    desk, reports = process(tmp_path, "time.sleep(600)")
    before_s = time.monotonic()
    for _ in range(20_000):  # more than a pipe holds
        desk.order(Speak("sink into the hip", urgent=True))
    assert time.monotonic() - before_s < 5
    desk.close()
    assert reports == []
    assert desk._process.returncode is not None
