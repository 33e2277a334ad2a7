"""Start a simulated strap as a process, and stop it, from programs and tests that are not asynchronous about it."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

READY_WITHIN_S: Final = 30.0
STOP_WITHIN_S: Final = 5.0


class StrapProcess:
    """A strap that is on the air while this is open.

        with StrapProcess("link-drops", "--seed", "7") as strap:
            async with open_radio(strap.radio) as radio: ...

    Args:
        scenario: Name of a scenario, or a TOML file.
        *options: More of `tidehold_simulators.strap`'s options.

    Raises:
        RuntimeError: It ended, or said nothing for 30 s, before it was ready; why is on its standard error.
    """

    def __init__(self, scenario: str | Path = "calm-6", *options: str) -> None:
        command = [sys.executable, "-m", "tidehold_simulators.strap", "--scenario", str(scenario), "--leash", *options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603  # our own program
        try:
            ready = self._await_ready()
        except BaseException:
            self.kill()
            raise
        self.radio: str = ready["radio"]
        """Transport for `open_radio`."""
        self.name: str = ready["name"]
        """Local name that the strap advertises."""
        self.address: str = ready["address"]
        """Bluetooth address of the strap."""

    @property
    def port(self) -> int:
        """TCP port of the radio, to start another strap in the same place."""
        return int(self.radio.rpartition(":")[2])

    def drop(self) -> None:
        """Make the strap hang up; it can be found again at once."""
        self._order("drop")

    def vanish(self, seconds: float) -> None:
        """Make the strap fall silent for `seconds`; the link dies of supervision time-out."""
        self._order(f"vanish {seconds}")

    def stop(self) -> int:
        """End it in good order (SIGTERM); gives its exit code."""
        self.process.terminate()
        return self._ended()

    def kill(self) -> int:
        """End it in no order (SIGKILL)."""
        self.process.kill()
        return self._ended()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _order(self, words: str) -> None:
        assert self.process.stdin is not None  # noqa: S101  # asked for; for the type checker
        os.write(self.process.stdin.fileno(), f"{words}\n".encode())

    def _await_ready(self) -> dict[str, Any]:
        assert self.process.stdout is not None  # noqa: S101  # asked for; for the type checker
        line, deadline = b"", time.monotonic() + READY_WITHIN_S
        while not line.endswith(b"\n"):
            readable, _, _ = select.select([self.process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            data = os.read(self.process.stdout.fileno(), 4096) if readable else b""
            if not data:
                raise RuntimeError("the strap process ended or fell silent before it was ready")
            line += data
        ready: dict[str, Any] = json.loads(line)
        return ready

    def _ended(self) -> int:
        try:
            self.process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
        # Closes the pipes as well.
        with self.process:
            return self.process.wait()
