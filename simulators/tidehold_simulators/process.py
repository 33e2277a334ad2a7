"""Start simulated devices as processes, and stop them, from programs and tests that are not asynchronous about it."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Final, Self

READY_WITHIN_S: Final = 30.0
STOP_WITHIN_S: Final = 5.0

_PASSWORD: Final = "TIDEHOLD_SIMULATED_PHONE_PASSWORD"  # noqa: S105  # the name of a variable


class DeviceProcess:
    """A simulated device that is there while this is open.

    Args:
        scenario: Name of a scenario, or a TOML file.
        *options: More of the module's options.
        environment: Variables besides those of this process.

    Raises:
        RuntimeError: It ended, or said nothing for 30 s, before it was ready; why is on its standard error.
    """

    device: ClassVar[str]
    """What it is, which is the name of its module in `tidehold_simulators`."""

    def __init__(self, scenario: str | Path, *options: str, environment: Mapping[str, str] | None = None) -> None:
        program = [sys.executable, "-m", f"tidehold_simulators.{self.device}"]
        command = [*program, "--scenario", str(scenario), "--leash", *options]
        variables = os.environ | (environment or {})
        self.process = subprocess.Popen(  # noqa: S603  # our own program
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=variables
        )
        try:
            self.ready = self._await_ready()
        except BaseException:
            self.kill()
            raise
        self.born_ns: int = self.ready["born"]
        """When its body was born, on the boot clock: `--born` of whatever is to be on the same body."""

    def _order(self, words: str) -> None:
        """Tell it something on standard input."""
        assert self.process.stdin is not None  # noqa: S101  # asked for; for the type checker
        os.write(self.process.stdin.fileno(), f"{words}\n".encode())

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

    def _await_ready(self) -> dict[str, Any]:
        assert self.process.stdout is not None  # noqa: S101  # asked for; for the type checker
        line, deadline = b"", time.monotonic() + READY_WITHIN_S
        while not line.endswith(b"\n"):
            readable, _, _ = select.select([self.process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            data = os.read(self.process.stdout.fileno(), 4096) if readable else b""
            if not data:
                raise RuntimeError(f"the {self.device} process ended or fell silent before it was ready")
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


class StrapProcess(DeviceProcess):
    """A strap that is on the air while this is open.

        with StrapProcess("link-drops", "--seed", "7") as strap:
            async with open_radio(strap.radio) as radio: ...

    Args:
        scenario: Name of a scenario, or a TOML file.
        *options: More of `tidehold_simulators.strap`'s options.

    Raises:
        RuntimeError: As for `DeviceProcess`.
    """

    device = "strap"

    def __init__(self, scenario: str | Path = "calm-6", *options: str) -> None:
        super().__init__(scenario, *options)
        self.radio: str = self.ready["radio"]
        """Transport for `open_radio`."""
        self.name: str = self.ready["name"]
        """Local name that the strap advertises."""
        self.address: str = self.ready["address"]
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


class PhoneProcess(DeviceProcess):
    """A phone that publishes to a broker while this is open.

        with PhoneProcess("phone-ios", "127.0.0.1:1883", "--born", str(strap.born_ns)) as phone: ...

    Args:
        scenario: Name of a scenario, or a TOML file.
        broker: Host and port.
        *options: More of `tidehold_simulators.phone`'s options.
        user: Name to log in with, if any.
        password: Handed over in the process's environment, not among its arguments.

    Raises:
        RuntimeError: As for `DeviceProcess`.
    """

    device = "phone"

    def __init__(self, scenario: str | Path, broker: str, *options: str, user: str = "", password: str = "") -> None:
        login = ["--username", user, "--password-env", _PASSWORD] if user else []
        environment = {_PASSWORD: password} if user else {}
        super().__init__(scenario, "--broker", broker, *login, *options, environment=environment)
        self.topic: str = self.ready["topic"]
        """Where it publishes."""
        self.profile: str = self.ready["profile"]
        """Id of the device profile that its owner would choose."""

    def offline(self, seconds: float) -> None:
        """Take its network away; what it measures meanwhile comes afterwards, in order."""
        self._order(f"offline {seconds}")

    def sleep(self, seconds: float) -> None:
        """Make it measure and send nothing."""
        self._order(f"sleep {seconds}")
