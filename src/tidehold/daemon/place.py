"""Where the recorder's socket lives, and who may serve there: one recorder per user and place.

The folder is for its owner only (0700), the socket too (0600). A lock tells whether a recorder
lives: it ends with its process, however that ends, and a socket without it is stale.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tidehold.daemon.config import remembered_path
from tidehold.errors import ConfigError
from tidehold.log.disk import try_lock

PATH_LIMIT: Final = 107 if sys.platform == "linux" else 103
"""Bytes of a Unix socket's path: `sun_path` is 108 on Linux and 104 on BSD and macOS, with a zero at its end."""
WAITING_LIMIT: Final = 64
"""Connections that wait for the recorder's loop; more than it takes clients."""
LOCK_TRIES: Final = 20
"""Ten milliseconds each: whoever asks whether a recorder lives holds the lock for a moment."""


class Place(NamedTuple):
    """A folder for one recorder's socket."""

    folder: Path

    @property
    def socket(self) -> Path:
        """The socket that views connect to."""
        return self.folder / "recorder.sock"

    @property
    def lock(self) -> Path:
        """Held by the recorder for as long as it lives; holds its process number."""
        return self.folder / "recorder.lock"


def state_folder() -> Path:
    """`$XDG_STATE_HOME/tidehold`: what outlives a login but is no setting and no session."""
    return remembered_path().parent


def usual_place() -> Place:
    """`$XDG_RUNTIME_DIR/tidehold`, or a folder of the state where there is no runtime folder (macOS)."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    # XDG Base Directory 0.8: a relative path in the variable is to be ignored
    return Place(Path(runtime) / "tidehold" if Path(runtime).is_absolute() else state_folder() / "run")


def check_place(place: Place) -> None:
    """See to it that nobody else can have made the socket, nor reach it.

    Raises:
        ConfigError: Not a folder of this user for this user only, or a path too long; says what to do.
        FileNotFoundError: There is no such folder.
    """
    length = len(os.fsencode(place.socket))
    if length > PATH_LIMIT:
        raise ConfigError(
            f"{place.socket}: expected a path of at most {PATH_LIMIT} bytes (a limit of Unix sockets), found {length}: "
            "set XDG_RUNTIME_DIR to a folder with a shorter path"
        )
    try:
        found = place.folder.lstat()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigError(f"{place.folder}: expected a folder of your own, found: {error.strerror}") from None
    if not stat.S_ISDIR(found.st_mode):
        raise ConfigError(f"{place.folder}: expected a folder, found something else: remove it")
    if found.st_uid != os.geteuid():
        raise ConfigError(
            f"{place.folder}: expected a folder of user {os.geteuid()}, found one of user {found.st_uid}: "
            "set XDG_RUNTIME_DIR to a folder of your own"
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise ConfigError(
            f"{place.folder}: expected a folder that nobody else can enter (mode 0700), "
            f"found mode {stat.S_IMODE(found.st_mode):04o}: `chmod 700 {place.folder}`"
        )


@contextlib.contextmanager
def claim(place: Place) -> Iterator[Seat]:
    """Hold a place and its socket, so that nobody else serves there; a stale socket is removed.

    Raises:
        ConfigError: Another recorder serves there, or the place cannot be used; says what to do.
    """
    seat = Seat(place)
    try:
        yield seat
    finally:
        seat.close()


class Seat:
    """A place that is held, with a socket that listens."""

    def __init__(self, place: Place) -> None:
        self.place: Final = place
        self._lock = -1
        self._made: tuple[int, int] | None = None
        self.listener = self._take()

    def is_there(self) -> bool:
        """Whether views can find the socket: a runtime folder is removed when its user logs out."""
        return self._made is not None and _identity(self.place.socket) == self._made

    def renew(self) -> None:
        """Make folder, lock and socket anew; the old listener is closed.

        Raises:
            ConfigError: As from `claim`; another recorder may serve there by now.
        """
        self.close()
        self.listener = self._take()

    def close(self) -> None:
        """Remove the socket and let go of the place."""
        if self._made is not None:
            if self.is_there():
                self.place.socket.unlink(missing_ok=True)
            self._made = None
            self.listener.close()
        if self._lock >= 0:
            os.close(self._lock)  # the file stays: removing it would let two hold "the" lock
            self._lock = -1

    def _take(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._hold()
            _remove_stale(self.place.socket)
            listener.setblocking(False)  # noqa: FBT003 - its only form
            listener.bind(os.fspath(self.place.socket))
            self.place.socket.chmod(0o600)
            listener.listen(WAITING_LIMIT)
        except BaseException as error:
            listener.close()
            self.close()
            if isinstance(error, OSError):
                raise ConfigError(
                    f"cannot serve views at {self.place.socket}: {error.strerror or error}: "
                    "set XDG_RUNTIME_DIR to a local folder of your own"
                ) from error
            raise
        self._made = _identity(self.place.socket)
        return listener

    def _hold(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            check_place(self.place)
        self.place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_place(self.place)
        self._lock = os.open(self.place.lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        tries = LOCK_TRIES
        while not try_lock(self._lock, fcntl.LOCK_EX):
            tries -= 1
            if not tries:
                raise ConfigError(
                    f"Tidehold records already (process {holder(self.place) or 'unknown'}): "
                    "`tidehold watch` shows it, `tidehold stop` ends it"
                )
            time.sleep(0.01)
        os.ftruncate(self._lock, 0)
        os.write(self._lock, str(os.getpid()).encode())


def holder(place: Place) -> int | None:
    """Process number of the recorder that holds this place or held it last, if that can be told."""
    try:
        return int(place.lock.read_bytes()[:20])
    except (OSError, ValueError):
        return None


def is_held(place: Place) -> bool:
    """Whether a recorder lives there."""
    try:
        with place.lock.open("rb") as file:
            return not try_lock(file.fileno(), fcntl.LOCK_SH)
    except OSError:
        return False


def _remove_stale(path: Path) -> None:
    """Remove a socket that nobody can be serving, because the lock is ours."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ConfigError(f"{path}: expected a socket or nothing, found something else: remove it")
    path.unlink()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
