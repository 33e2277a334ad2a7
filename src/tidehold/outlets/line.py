"""Runs an outlet in a thread of its own, behind a queue that never makes the recorder wait."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Final

from tidehold.errors import TideholdError
from tidehold.outlets.contract import Outlet
from tidehold.records import Output

WAITING: Final = 4096
"""Outputs that may wait, some ten seconds of a strap and a phone: a program that is slower than that misses some."""
CLOSE_WITHIN_S: Final = 2.0
"""An outlet that hangs is left to die with the process."""


class Line:
    """An outlet, running.

    Nothing that happens to it reaches who calls `hear`: outputs that find the queue full are dropped and counted, and
    an outlet that fails is told of once and hears nothing any more.

    Args:
        outlet: What is to be run.
        tell: Takes a text for the person; called from the outlet's thread.
    """

    def __init__(self, outlet: Outlet, tell: Callable[[str], None]) -> None:
        self._outlet = outlet
        self._tell = tell
        self._waiting: queue.Queue[Output | None] = queue.Queue(WAITING)
        self.dropped = 0
        """Outputs for which there was no room."""
        self.failed = ""
        """Why it ended, if it failed."""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"tidehold-{outlet.name}", daemon=True)
        self._thread.start()

    def hear(self, out: Output) -> None:
        """Take an output; returns at once, whatever the outlet does."""
        if self.failed:
            return
        try:
            self._waiting.put_nowait(out)
        except queue.Full:
            self.dropped += 1

    def close(self) -> None:
        """Let it send what waits, and end; one that takes longer than `CLOSE_WITHIN_S` is left alone."""
        self._closing.set()
        with contextlib.suppress(queue.Full):  # then it is behind, and looks at `_closing` with every output
            self._waiting.put_nowait(None)
        self._thread.join(CLOSE_WITHIN_S)
        if self._thread.is_alive():
            self._tell(f"{self._outlet.name} did not end in time and was left")
        elif self.dropped:
            self._tell(f"{self._outlet.name} was too slow for {self.dropped} outputs; the recording has them all")

    def _run(self) -> None:
        try:
            self._outlet.open()
            try:
                self._send()
            finally:
                self._outlet.close()
        except TideholdError as error:
            self._fail(str(error))
        except Exception as error:  # noqa: BLE001 - the thread's outermost frame: whatever it is, the recording goes on
            self._fail(f"{type(error).__name__}: {error}")

    def _send(self) -> None:
        while (out := self._next()) is not None:
            self._outlet.send(out)

    def _next(self) -> Output | None:
        try:
            return self._waiting.get(timeout=None if not self._closing.is_set() else 0.0)
        except queue.Empty:
            return None

    def _fail(self, why: str) -> None:
        self.failed = why
        self._tell(f"{self._outlet.name} ended, the recording goes on: {why}")
