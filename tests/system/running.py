"""Helpers of the system tests: real processes, and waiting for what nobody announces."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from tests.cli.running import Ran

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
