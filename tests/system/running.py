"""Helpers of the system tests: real processes, and waiting for what nobody announces."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.cli.running import Ran
from tidehold.daemon.facts import machine, software
from tidehold.log.check import check

COMMAND = (sys.executable, "-m", "tidehold.cli")


Tidehold = Callable[..., Ran]
Start = Callable[..., "subprocess.Popen[str]"]


def wait_for(condition: Callable[[], object], process: subprocess.Popen[str], within_s: float = 30) -> None:
    """Poll for something that another process does to a file."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert process.poll() is None, process.stderr.read() if process.stderr else "ended"
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def heard(log: Path, hr: int = 4) -> bool:
    """Whether a strap's log of what it sent has heartbeats, ECG and acceleration."""
    sent = log.read_text() if log.exists() else ""
    return sent.count(" hr ") >= hr and " pmd 00" in sent and " pmd 02" in sent


def stop(process: subprocess.Popen[str]) -> tuple[str, str]:
    """End a recorder in good order; its standard output and error."""
    process.send_signal(signal.SIGTERM)
    return process.communicate(timeout=30)


def replays_the_same(session: Path | str) -> None:
    """Assert what `tidehold check` says, without the start of another process: the same again, to the byte."""
    result = check(Path(session), software=software(), platform=machine())
    assert result.same, result
    assert result.exact
