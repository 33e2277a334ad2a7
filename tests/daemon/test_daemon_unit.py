"""The systemd unit as systemd reads it, and what the recorder tells systemd."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from configparser import RawConfigParser
from pathlib import Path

import pytest

from tidehold.daemon.unit import COMMANDS, MARKER, Watchdog, install_unit, unit_path, unit_text
from tidehold.errors import ConfigError
from tidehold.records import Input
from tidehold.sources.clock import SessionClock

WORDS = [sys.executable, "-m", "tidehold.cli", "record", "--headless"]


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture(params=["file", "abstract"])
def systemd(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[socket.socket]:
    """The socket that systemd listens on."""
    abstract = request.param == "abstract"
    if abstract and sys.platform != "linux":
        pytest.skip("not run: abstract sockets missing")
    name = f"\0tidehold-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name)
        listening.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", name.replace("\0", "@"))
        yield listening


def nothing(_: Input) -> None:
    raise AssertionError("a watchdog has no inputs")


async def told(listening: socket.socket) -> list[str]:
    return (await asyncio.to_thread(listening.recv, 1000)).decode().split("\n")


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("not run: systemd-analyze missing")
    unit = tmp_path / "tidehold.service"
    unit.write_text(unit_text([*WORDS, "--note", 'a "b" $HOME %h \\ é']))
    ran = subprocess.run(
        ["systemd-analyze", "--user", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_unit_says_how_the_recorder_is_kept_alive() -> None:
    parsed = RawConfigParser(strict=True)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(unit_text(WORDS))
    service = parsed["Service"]
    assert service["Type"] == "notify"
    assert service["ExecStart"] == " ".join(f'"{word}"' for word in WORDS)
    assert int(service["WatchdogSec"]) >= 10
    assert service["Restart"] == "on-failure"
    assert int(service["RestartPreventExitStatus"]) == ConfigError.exit_code
    assert {"AF_UNIX", "AF_BLUETOOTH"} <= set(service["RestrictAddressFamilies"].split())
    assert parsed["Install"]["WantedBy"] == "default.target"
    # each of these makes a user namespace, where D-Bus does not know who calls
    assert not {"PrivateTmp", "PrivateUsers", "PrivateDevices", "ProtectSystem", "ProtectHome"} & set(service)


def test_a_words_own_marks_are_not_systemds() -> None:
    assert '"/a b/py" "100%%" "$$HOME" "\\"x\\"" "c:\\\\d"' in unit_text(["/a b/py", "100%", "$HOME", '"x"', "c:\\d"])


def test_a_line_cannot_be_smuggled_into_the_unit() -> None:
    with pytest.raises(ConfigError, match=r"without control characters.*found 'a\\nExecStartPre=x'"):
        unit_text(["a\nExecStartPre=x"])


def test_the_unit_is_installed_and_replaced_by_a_newer_one(home: Path) -> None:
    path = install_unit(["/old"])
    assert path == unit_path() == home / "config/systemd/user/tidehold.service"
    assert install_unit(WORDS) == path
    assert path.read_text() == unit_text(WORDS)
    assert list(path.parent.iterdir()) == [path]
    assert any("enable --now tidehold.service" in command for command in COMMANDS)


def test_somebody_elses_unit_is_replaced_by_force_only() -> None:
    unit_path().parent.mkdir(parents=True)
    unit_path().write_bytes(b"[Service]\nExecStart=/mine \xff\n")
    with pytest.raises(ConfigError, match=r"expected a unit that Tidehold wrote, found another: use --force"):
        install_unit(WORDS)
    assert b"/mine" in unit_path().read_bytes()
    install_unit(WORDS, force=True)
    assert unit_path().read_text().startswith(MARKER)


def test_a_folder_that_cannot_be_made_is_named(home: Path) -> None:
    (home / "config").touch()
    with pytest.raises(ConfigError, match=r"tidehold\.service: cannot be written: "):
        install_unit(WORDS)


async def test_systemd_is_told_of_start_life_and_end(systemd: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    task = asyncio.create_task(Watchdog(SessionClock()).run(nothing))
    assert await told(systemd) == ["READY=1", "STATUS=Recording"]
    for _ in range(3):
        assert await told(systemd) == ["WATCHDOG=1", "STATUS=Recording for 0 s"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    while (last := await told(systemd))[0] == "WATCHDOG=1":
        pass
    assert last == ["STOPPING=1", "STATUS=Finishing the session's file"]


@pytest.mark.parametrize("watchdog", [{}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "0"},
                                      {"WATCHDOG_USEC": "9000", "WATCHDOG_PID": "1"}])  # fmt: skip
async def test_without_a_watchdog_start_and_end_are_told(
    watchdog: dict[str, str], systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in watchdog.items():
        monkeypatch.setenv(name, value)
    task = asyncio.create_task(Watchdog(SessionClock()).run(nothing))
    assert (await told(systemd))[0] == "READY=1"
    await asyncio.sleep(0.02)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (await told(systemd))[0] == "STOPPING=1"


@pytest.mark.parametrize("address", ["", "vsock:2:1234", "relative"])
async def test_without_systemd_it_does_nothing(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    await Watchdog(SessionClock()).run(nothing)


async def test_a_systemd_that_does_not_listen_holds_nothing_up(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(home / "nobody"))
    monkeypatch.setenv("WATCHDOG_USEC", "2000")
    task = asyncio.create_task(Watchdog(SessionClock()).run(nothing))
    await asyncio.sleep(0.02)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
