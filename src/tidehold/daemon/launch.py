"""Starts the recorder as a process of its own, which outlives the terminal and every view."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tidehold.daemon.client import HubError, hello_now
from tidehold.daemon.lines import Hello
from tidehold.daemon.place import Place, state_folder
from tidehold.errors import ConfigError, TideholdError

WITHIN_S: Final = 20.0
"""A cold start on a slow disk takes a few seconds."""
LAST_LINES: Final = 20
NAMED: Final = "tidehold: "
"""How the command line begins an expected error."""
POLL_S: Final = 0.05
END_WITHIN_S: Final = 5.0
"""Until a process that was asked to end is killed."""


class Launched(NamedTuple):
    """A recorder that serves."""

    pid: int
    hello: Hello


class LaunchError(TideholdError):
    """The recorder did not start; the text is what it said, the exit code is its own."""

    def __init__(self, why: str, exit_code: int) -> None:
        super().__init__(why)
        self.exit_code = exit_code


class _Detached(subprocess.Popen[bytes]):
    """A process that may live on when nobody here thinks of it any more."""

    def __del__(self) -> None:
        """Says nothing: Popen would warn that it still runs, as it should."""


def said_path() -> Path:
    """What the last recorder launched wrote on its standard output and error."""
    return state_folder() / "log" / "recorder.out"


def launch(words: Sequence[str], place: Place, within_s: float = WITHIN_S) -> Launched:
    """Start a program that serves at `place`, and wait until it does; needs no loop and must not run in one.

    Args:
        words: The whole command, as in `[sys.executable, "-m", "tidehold.cli", "record", ...]`.
        place: Where its hub will answer.
        within_s: Until it is ended and given up.

    Raises:
        LaunchError: It ended, with its exit code; or it did not answer in time.
        ConfigError: It cannot be started at all.
    """
    said = said_path()
    try:
        said.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as out:
            os.fchmod(out.fileno(), 0o600)  # it may be an old file with another mode
            # A session of its own: no terminal whose end or Ctrl-C would reach it.
            process = _Detached(words, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
    except OSError as error:
        raise ConfigError(f"cannot start the recorder: {error}") from None
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise LaunchError(_why_ended(process.returncode, said), _exit_code(process.returncode))
        try:
            hello = hello_now(place, min(1.0, within_s))
        except (HubError, ConfigError):
            hello = None
        if hello is not None and hello.pid == process.pid:  # not another that was there before
            return Launched(process.pid, hello)
        time.sleep(POLL_S)
    _end(process)
    raise LaunchError(f"the recorder did not answer within {within_s:.0f} s and was ended. {_last_lines(said)}", 1)


def _end(process: subprocess.Popen[bytes]) -> None:
    """In good order, so that its file is finished; or else at once."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(END_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _exit_code(returned: int) -> int:
    """As a shell has it; a recorder that ended well but serves nobody has failed all the same."""
    return 128 - returned if returned < 0 else returned or 1


def _why_ended(returned: int, said: Path) -> str:
    last = _last_lines(said)
    named = last.rpartition("\n")[2]
    if named.startswith(NAMED):  # an expected error: what came before it is no part of it
        return named.removeprefix(NAMED)
    how = f"was ended by signal {-returned} ({signal.strsignal(-returned)})" if returned < 0 else f"ended ({returned})"
    return f"the recorder {how}. {last}".rstrip()


def _last_lines(said: Path) -> str:
    text = said.read_text(encoding="utf-8", errors="replace")
    return "\n".join(text.splitlines()[-LAST_LINES:])
