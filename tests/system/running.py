"""Helpers of the system tests: what a command came to, and waiting for what nobody announces."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

COMMAND = (sys.executable, "-m", "tidehold.cli")


class Ran(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output, which must be exactly one JSON object."""
        tree = json.loads(self.out)
        assert isinstance(tree, dict)
        return tree


Tidehold = Callable[..., Ran]
Start = Callable[..., "subprocess.Popen[str]"]


def wait_for(condition: Callable[[], object], process: subprocess.Popen[str], within_s: float = 30) -> None:
    """Poll for something that another process does to a file."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert process.poll() is None, process.stderr.read() if process.stderr else "ended"
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)
