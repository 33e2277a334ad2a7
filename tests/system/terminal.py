"""A terminal for the tests: a real pseudo-terminal, and a screen that understands what is written to it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from typing import Self

import pyte


class Terminal:
    """A program on a pseudo-terminal of its own.

    Args:
        words: The program and its arguments.
        environment: Its environment.
        columns: Width of the terminal.
        lines: Height of the terminal.
    """

    def __init__(self, words: Sequence[str], environment: dict[str, str], columns: int = 100, lines: int = 30) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        plain = {key: text for key, text in environment.items() if key not in {"COLUMNS", "LINES", "NO_COLOR"}}
        self.process = subprocess.Popen(
            list(words),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=plain | {"TERM": "xterm-256color", "LANG": "C.UTF-8"},
            start_new_session=True,
        )
        os.close(slave)
        self._master = master

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(self._screen.display)

    def keys(self, text: str) -> None:
        """Type."""
        os.write(self._master, text.encode())

    def until(self, condition: Callable[[str], object], within_s: float = 60.0) -> str:
        """Read what is written until the screen fulfils the condition; the screen then."""
        deadline = time.monotonic() + within_s
        while not condition(self.text):
            assert time.monotonic() < deadline, f"it never came:\n{self.text}"
            if not self._read() and self.process.poll() is not None:
                assert condition(self.text), f"it ended with {self.process.returncode}:\n{self.text}"
        return self.text

    def ended(self, within_s: float = 30.0) -> int:
        """Read until the program ends; its exit code."""
        deadline = time.monotonic() + within_s
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it did not end:\n{self.text}"
            self._read()
        while self._read():
            pass
        return self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._master)

    def _read(self) -> bool:
        readable, _, _ = select.select([self._master], [], [], 0.1)
        if not readable:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux says so when the last writer is gone
            return False
        self._stream.feed(data)
        return bool(data)
