"""Real processes: the command line, and straps on a virtual Bluetooth link."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cli.running import Ran
from tests.system.running import COMMAND, Start, Tidehold

QUIET = {"TIDEHOLD_SOUND_ENABLED": "false"}
"""Dashboards make no sound on the machine that tests them."""


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment in which nothing of this machine's configuration is seen."""
    places = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "STATE")}
    with tempfile.TemporaryDirectory(prefix="th-") as runtime:  # a socket's path is short, and pytest's are long
        yield os.environ | places | {"XDG_RUNTIME_DIR": runtime, "PYTHONWARNINGS": "error"} | QUIET


@pytest.fixture
def tidehold(environment: dict[str, str]) -> Tidehold:
    """Run a `tidehold` command to its end."""

    def run(*words: object, timeout_s: float = 100) -> Ran:
        done = subprocess.run(
            [*COMMAND, *map(str, words)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Start]:
    """Start a `tidehold` command; killed when the test ends."""
    with ExitStack() as running:

        def begin(*words: object) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [*COMMAND, *map(str, words)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            running.enter_context(process)
            running.callback(process.kill)
            return process

        yield begin
