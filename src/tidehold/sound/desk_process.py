"""The other end of `desk_program`: orders go there, and no call ever waits for it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from tidehold.sound.desk_program import SILENT
from tidehold.sound.orders import Order, Report, Trouble, read_report, write
from tidehold.sound.sinks import RING_S

PROGRAM: Final = (sys.executable, "-m", "tidehold.sound.desk_program")
ENDED: Final = "the sound ended: its program is gone"


class DeskProcess:
    """Makes sound in a process of its own, on the loudspeaker.

    Args:
        report: Told whether it sounds, and of trouble; from another thread.
        speaks: Whether to speak, if an engine is installed.
        program: What to run.
    """

    def __init__(
        self, report: Callable[[Report], None], *, speaks: bool = True, program: Sequence[str] = PROGRAM
    ) -> None:
        self._report = report
        self._closing = False
        words = [*program, *(() if speaks else (SILENT,))]
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,  # Ctrl-C is for the dashboard, and not for it
        )
        assert self._process.stdin is not None  # noqa: S101 - a pipe, as asked for
        self._orders = self._process.stdin.fileno()
        os.set_blocking(self._orders, False)
        self._thread = threading.Thread(target=self._read, name="tidehold-sound-reports", daemon=True)
        self._thread.start()

    def order(self, order: Order) -> None:
        """Have something played or said; if the program does not take it at once, it is not played."""
        with contextlib.suppress(OSError):  # it is gone, and `_read` says so; or it hangs, and its pipe is full
            os.write(self._orders, write(order))

    def close(self) -> None:
        """Let what sounds come to its end, and be done; a program that hangs is killed."""
        self._closing = True
        assert self._process.stdin is not None  # noqa: S101
        self._process.stdin.close()
        try:
            self._process.wait(RING_S + 1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._thread.join()
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101
        is_over = False
        for line in self._process.stdout:
            with contextlib.suppress(msgspec.MsgspecError):  # some libraries print
                report = read_report(line)
                is_over = isinstance(report, Trouble) and report.is_all
                self._report(report)
        if not (self._closing or is_over):
            self._report(Trouble(ENDED))
