from __future__ import annotations

import io
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.sound.listening import onsets_s, samples
from tidehold.sound import desk_program
from tidehold.sound.desk_program import SILENT, run
from tidehold.sound.orders import Loudness, Play, Ready, Trouble, read_report, write
from tidehold.sound.sinks import FileSink, Sink


def test_orders_come_as_lines_and_nonsense_is_told(tmp_path: Path) -> None:
    at_s = time.monotonic() + 0.3
    orders = io.BytesIO(write(Loudness(1.0)) + b"bang\n" + write(Play("step", at_s)))
    told = io.BytesIO()
    run(orders, told, None, partial(FileSink, tmp_path / "x.wav"), speaks=False)
    reports = [read_report(line) for line in told.getvalue().splitlines()]
    assert Ready(str(tmp_path / "x.wav"), "") in reports
    (trouble,) = [report for report in reports if isinstance(report, Trouble)]
    assert trouble.text.startswith("no order: ")
    assert not trouble.is_all
    assert len(onsets_s(samples(tmp_path / "x.wav"))) == 1


def test_where_nothing_will_sound_it_ends_before_its_orders_do() -> None:
    class Broken(Sink):
        def _run(self) -> None:
            self._report(Trouble("no sound: no output device was found"))

    orders = endless(write(Play("step", 0.0)))
    told = io.BytesIO()
    run(orders, told, None, Broken, speaks=False)
    (line,) = told.getvalue().splitlines()
    assert read_report(line) == Trouble("no sound: no output device was found")


def endless(line: bytes) -> Iterator[bytes]:
    until_s = time.monotonic() + 20
    while time.monotonic() < until_s:
        yield line
    raise AssertionError("it went on")


def test_whoever_wanted_to_know_may_be_gone(tmp_path: Path) -> None:
    told = io.BytesIO()
    told.close()
    run(io.BytesIO(b"bang\n"), told, None, partial(FileSink, tmp_path / "x.wav"))


@pytest.mark.parametrize(
    ("words", "told"), [((), ["nothing is spoken, no speech engine is installed"]), ((SILENT,), [])]
)
def test_without_an_engine_that_is_told_if_words_are_wanted(
    words: tuple[str, ...], told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = io.BytesIO()
    output = io.TextIOWrapper(reports)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(desk_program, "run", partial(desk_program.run, sink=partial(FileSink, tmp_path / "x.wav")))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(write(Loudness(1.0)))))
    monkeypatch.setattr(sys, "stdout", output)
    desk_program.main(list(words))
    said = [read_report(line) for line in reports.getvalue().splitlines()]
    assert [report.text for report in said if isinstance(report, Trouble)] == told
    assert Ready(str(tmp_path / "x.wav"), "") in said


def test_the_program_ends_with_its_orders() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tidehold.sound.desk_program", SILENT],
        input=b"",
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert all(isinstance(read_report(line), Ready | Trouble) for line in ran.stdout.splitlines())
