"""The strap as a process: found, read and heard from another one; killed, restarted, ordered about."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from bleak import BleakClient, BleakScanner
from bleak.uuids import normalize_uuid_16

from tidehold_simulators.bleak_backend import Radio, open_radio
from tidehold_simulators.pytest_plugin import StartStrap
from tidehold_simulators.strap import main

if TYPE_CHECKING:
    from tests.simulators.conftest import Heard, Links

HEART_RATE = normalize_uuid_16(0x2A37)
BATTERY = normalize_uuid_16(0x2A19)
CONTROL = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"

PROGRAM = [sys.executable, "-W", "error", "-m", "tidehold_simulators.strap"]
BOOT_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


async def connect(radio: Radio, name: str, links: Links | None = None) -> BleakClient:
    scanner, client = radio.transport()
    async with asyncio.timeout(10):
        device = await BleakScanner.find_device_by_name(name, 10, **scanner)
        assert device is not None
        strap = BleakClient(device, links, **client)
        await strap.connect()
        return strap


def sent(log: Path, channel: str) -> list[bytes]:
    lines = [line.split() for line in log.read_text().splitlines()]
    return [bytes.fromhex(value) for _, name, value in lines if name == channel]


async def test_is_found_read_and_heard_and_logs_what_it_sent(
    tidehold_strap: StartStrap, tmp_path: Path, hear: type[Heard], links: Links
) -> None:
    """And all this within a moment: the first heart rate comes once the strap has felt two intervals."""
    began = time.clock_gettime_ns(BOOT_CLOCK)
    log = tmp_path / "sent.log"
    strap = tidehold_strap("calm-6", "--speed", "20", "--seed", "7", "--sent-log", str(log))
    async with open_radio(strap.radio) as radio:
        client = await connect(radio, strap.name, links)
        assert client.address == strap.address
        assert await client.read_gatt_char(BATTERY) == b"\x57"
        heard = {"hr": hear(), "battery": hear(), "pmd": hear()}
        answers = hear()
        for uuid, into in {
            BATTERY: heard["battery"],
            HEART_RATE: heard["hr"],
            CONTROL: answers,
            DATA: heard["pmd"],
        }.items():
            await client.start_notify(uuid, into)
        await client.write_gatt_char(CONTROL, bytes.fromhex("02000001820001010e00"), response=True)
        assert (await answers.next()).hex() == "f00200000000"
        head = {channel: [await into.next()] for channel, into in heard.items()}
        assert len(head["pmd"][0]) == 229
        head["hr"] += [await heard["hr"].next() for _ in range(5)]

        strap.drop()
        assert await links.next() == "Remote User Terminated Connection (0x13)"
        for channel, into in heard.items():
            assert head[channel] + into.so_far() == sent(log, channel)
    times = [int(line.split()[0]) for line in log.read_text().splitlines()]
    assert times == sorted(times)
    assert began < times[0] <= times[-1] < time.clock_gettime_ns(BOOT_CLOCK)


@pytest.mark.long
async def test_killed_and_started_again_on_someone_else_it_is_found_by_the_same_radio(
    tidehold_strap: StartStrap, tmp_path: Path, links: Links, hear: type[Heard]
) -> None:
    recording = tmp_path / "someone.npz"
    fields: dict[str, Any] = {"beat_t": np.arange(0.5, 600, 0.75), "duration": 600.0}
    np.savez(recording, **fields)
    strap = tidehold_strap()
    async with open_radio(strap.radio) as radio:
        await connect(radio, strap.name, links)
        killed_s = time.monotonic()
        assert strap.kill() == -signal.SIGKILL
        assert await links.next() == "radio lost"
        assert time.monotonic() - killed_s < 3.0

        options = ("--port", str(strap.port), "--recording", str(recording), "--speed", "20", "--dual")
        again = await asyncio.to_thread(tidehold_strap, "calm-6", *options)
        assert again.radio == strap.radio
        client = await connect(radio, strap.name, links)
        assert client.services.get_characteristic(DATA) is None, "the recording has beats only"
        beats = hear()
        await client.start_notify(HEART_RATE, beats)
        assert (await beats.next())[:2] == bytes((0x16, 80))
        again.vanish(0.1)
        assert await links.next() == "Connection Timeout (0x08)"


def test_obeys_words_and_says_which_it_does_not_know() -> None:
    with subprocess.Popen(
        [*PROGRAM, "--leash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline().startswith(b'{"ready": true, "radio": "tcp-client:127.0.0.1:')
        os.write(process.stdin.fileno(), b"jump\nvanish soon\n\nqu")
        os.write(process.stdin.fileno(), b"it\n")
        _, complaints = process.communicate(timeout=20)
    expected = "expected drop, vanish SECONDS or quit, found "
    assert complaints.decode().splitlines() == [expected + each for each in ("'jump'", "'vanish soon'", "''")]
    assert process.returncode == 0


def test_ends_without_a_word_when_told_to_and_not_before() -> None:
    with subprocess.Popen(PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline()
        process.stdin.close()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.2)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


@pytest.mark.parametrize(
    ("options", "code", "complaint"),
    [
        (["--scenario", "no-such"], 2, "no-such: expected a TOML file or one of"),
        (["--recording", "no-such.npz"], 2, "no-such.npz: expected a recording"),
        (["--sent-log", "/no/such/folder/log"], 4, "cannot write the log of what is sent: No such file"),
    ],
)
def test_says_what_it_cannot_do(
    options: list[str], code: int, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(options) == code
    assert complaint in capsys.readouterr().err


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert main(["--port", str(taken)]) == 4
    assert f"cannot serve a radio on 127.0.0.1:{taken}: Address already in use" in capsys.readouterr().err


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "fast"])
def test_speed_must_be_positive(speed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--speed", speed])
    assert caught.value.code == 2
    assert "--speed" in capsys.readouterr().err


async def test_a_strap_may_be_put_on_a_body_that_is_older(tidehold_strap: StartStrap, hear: type[Heard]) -> None:
    """It has felt its heart long enough to have a heart rate: it comes with the first full second."""
    born_ns = time.clock_gettime_ns(BOOT_CLOCK) - 100_000_000_000
    strap = tidehold_strap("calm-6", "--born", str(born_ns))
    assert strap.born_ns == born_ns
    async with open_radio(strap.radio) as radio:
        client = await connect(radio, strap.name)
        beats = hear()
        await client.start_notify(HEART_RATE, beats)
        first = await beats.next()
        assert first[1] == pytest.approx(65, abs=15)
        assert len(first) <= 6, "the beats of its life without a listener are gone"
