"""The recorder as a systemd user service: its unit, and what it tells systemd while it lives."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tidehold.daemon.config import config_path
from tidehold.daemon.recorder import Clock
from tidehold.errors import ConfigError
from tidehold.sources.contract import Put
from tidehold.units import NS

NAME: Final = "tidehold.service"
WATCHDOG_S: Final = 30
"""Without a sign of life for so long, systemd starts the recorder anew."""
MARKER: Final = "# Written by `tidehold daemon --install-unit`; remove this line to keep your own changes."
COMMANDS: Final = (
    "systemctl --user daemon-reload",
    f"systemctl --user enable --now {NAME}",
    "loginctl enable-linger  # to go on recording after you log out",
    f"journalctl --user --unit {NAME}  # what it says",
)
"""What the person types next."""

# Only what needs no user namespace: those that do (ProtectSystem, PrivateTmp...) put a user service
# into one, where BlueZ and D-Bus no longer recognise who calls.
_UNIT: Final = """\
{marker}
[Unit]
Description=Tidehold recorder
Documentation=man:systemd.service(5)
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
Type=notify
NotifyAccess=main
ExecStart={command}
WatchdogSec={watchdog_s}
Restart=on-failure
RestartSec=5
# A wrong configuration does not mend itself.
RestartPreventExitStatus=2
TimeoutStartSec=60
TimeoutStopSec=60
KillSignal=SIGTERM
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_BLUETOOTH
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=default.target
"""


def unit_path() -> Path:
    """`$XDG_CONFIG_HOME/systemd/user/tidehold.service`."""
    return config_path().parents[1] / "systemd" / "user" / NAME


def unit_text(words: Sequence[str]) -> str:
    """The unit of a recorder that is started with these words, the program's whole path first.

    Raises:
        ConfigError: A word cannot be said in a unit.
    """
    return _UNIT.format(marker=MARKER, command=" ".join(map(_quoted, words)), watchdog_s=WATCHDOG_S)


def install_unit(words: Sequence[str], *, force: bool = False) -> Path:
    """Write the unit, over an older one of ours; `COMMANDS` are what to do next.

    Raises:
        ConfigError: There is one that is not ours, or it cannot be written.
    """
    path, text = unit_path(), unit_text(words)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not force and not path.read_text(errors="replace").startswith(MARKER):
            raise ConfigError(f"{path}: expected a unit that Tidehold wrote, found another: use --force to replace it")
        half = path.with_name(f".{NAME}.new")
        half.write_text(text, encoding="utf-8")
        half.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror or error}") from None
    return path


def _quoted(word: str) -> str:
    """systemd.service(5), "Command lines": quotes, and its own meaning of % and $ taken away."""
    if any(ord(letter) < 32 for letter in word):
        raise ConfigError(f"expected words without control characters for a systemd unit, found {word!r}")
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


class Watchdog:
    """Tells systemd that the recorder is ready, that its loop turns, and that it is ending; else does nothing.

    See sd_notify(3): datagrams to the socket that `NOTIFY_SOCKET` names.
    """

    name: Final = "watchdog"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def run(self, _: Put) -> None:
        """Tells until cancelled."""
        address = os.environ.get("NOTIFY_SOCKET", "")
        if not address.startswith(("/", "@")):
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.setblocking(False)  # noqa: FBT003 - its only form

            def tell(*lines: str) -> None:
                # A late or deaf systemd must not hold up the recording; the next sign of life is due soon.
                with contextlib.suppress(OSError):
                    notify.sendto("\n".join(lines).encode(), address.replace("@", "\0", 1))

            tell("READY=1", "STATUS=Recording")
            try:
                period_s = _period_s()
                while period_s is not None:
                    await asyncio.sleep(period_s)
                    tell("WATCHDOG=1", f"STATUS=Recording for {self._clock.now() // NS} s")
                await asyncio.Event().wait()
            finally:
                tell("STOPPING=1", "STATUS=Finishing the session's file")


def _period_s() -> float | None:
    """Half of what systemd waits; None if it does not."""
    for_us = os.environ.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
    try:
        watchdog_us = int(os.environ.get("WATCHDOG_USEC", ""))
    except ValueError:
        return None
    return watchdog_us / 2e6 if for_us and watchdog_us > 0 else None
