"""The micro:bit on the air: found, read, set and heard; and as a process, alone or with a strap on its radio."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from bleak import BleakClient
from bleak.exc import BleakGATTProtocolError
from bleak.uuids import normalize_uuid_16

from tests.simulators.test_simulators_microbit_model import Constant
from tidehold_simulators.bleak_backend import Radio
from tidehold_simulators.microbit import ADDRESS, NAME, MicrobitPeripheral, main
from tidehold_simulators.microbit_model import PERIODS_MS, Microbit
from tidehold_simulators.program import boot_ns

if TYPE_CHECKING:
    from tests.simulators.conftest import Air, Heard, Links

SERVICE = "e95d0753-251d-470a-a062-fa1922dfa9a8"
DATA = "e95dca4b-251d-470a-a062-fa1922dfa9a8"
PERIOD = "e95dfb24-251d-470a-a062-fa1922dfa9a8"
MODEL = normalize_uuid_16(0x2A24)
HEART_RATE = normalize_uuid_16(0x2A37)
PROGRAM = [sys.executable, "-W", "error", "-m", "tidehold_simulators.microbit"]
PIPES: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)


@asynccontextmanager
async def on_air(air: Air, sent: list[bytes] | None = None, **options: Any) -> AsyncGenerator[MicrobitPeripheral]:
    """A micro:bit in the ether."""

    def keep(channel: str, value: bytes) -> None:
        assert channel == "accelerometer"
        if sent is not None:
            sent.append(value)

    peripheral = MicrobitPeripheral(air.ether, Microbit(Constant(), "shin", 1), on_sent=keep, **options)
    playing = asyncio.create_task(peripheral.run())
    await air.soon(peripheral.advertised.wait())
    yield peripheral
    playing.cancel()
    with suppress(asyncio.CancelledError):
        await playing


async def connected(air: Air, radio: Radio, links: Links | None = None) -> BleakClient:
    client = BleakClient(await air.find(radio, NAME), links, **radio.transport()[1])
    await air.soon(client.connect())
    return client


async def test_it_is_found_read_and_heard(air: Air, hear: type[Heard]) -> None:
    sent: list[bytes] = []
    async with on_air(air, sent):
        radio = await air.radio()
        device = await air.find(radio, NAME)
        assert device.address == ADDRESS
        client = await connected(air, radio)
        assert client.mtu_size == 23
        assert {SERVICE, normalize_uuid_16(0x180A)} <= {service.uuid for service in client.services}
        assert await client.read_gatt_char(MODEL) == b"BBC micro:bit"
        x, y, z = struct.unpack("<hhh", await client.read_gatt_char(DATA))
        assert (abs(x) < 20, abs(y) < 20, abs(z + 1024) < 20) == (True, True, True)
        await asyncio.sleep(0.1)
        assert sent == [], "nobody listens"
        heard = hear()
        await client.start_notify(DATA, heard)
        samples = [await heard.next() for _ in range(20)]
        assert samples == sent[:20]
        await client.disconnect()


@pytest.mark.parametrize("period_ms", PERIODS_MS)
async def test_the_periods_that_it_takes(air: Air, period_ms: int) -> None:
    async with on_air(air):
        client = await connected(air, await air.radio())
        assert await client.read_gatt_char(PERIOD) == struct.pack("<H", 20)
        await client.write_gatt_char(PERIOD, struct.pack("<H", period_ms), response=True)
        assert await client.read_gatt_char(PERIOD) == struct.pack("<H", period_ms)
        await client.disconnect()


@pytest.mark.parametrize(
    ("value", "error"),
    [("1500", "0x13"), ("0000", "0x13"), ("14", "0x0D"), ("140000", "0x0D"), ("", "0x0D")],
)
async def test_a_period_that_it_refuses(air: Air, value: str, error: str) -> None:
    async with on_air(air):
        client = await connected(air, await air.radio())
        with pytest.raises(BleakGATTProtocolError) as refused:
            await client.write_gatt_char(PERIOD, bytes.fromhex(value), response=True)
        assert refused.value.code == int(error, 16)
        assert await client.read_gatt_char(PERIOD) == b"\x14\x00"
        with pytest.raises(BleakGATTProtocolError):
            await client.write_gatt_char(DATA, bytes(6), response=True)
        await client.disconnect()


async def test_at_80_ms_there_are_twelve_and_a_half_a_second(air: Air, hear: type[Heard]) -> None:
    async with on_air(air):
        client = await connected(air, await air.radio())
        await client.write_gatt_char(PERIOD, struct.pack("<H", 80), response=True)
        heard = hear()
        await client.start_notify(DATA, heard)
        await heard.next()
        clock = asyncio.get_running_loop().time
        began_s = clock()
        for _ in range(20):
            await heard.next()
        assert (clock() - began_s) / 20 == pytest.approx(0.08, rel=0.05)
        await client.disconnect()


async def test_it_drops_falls_silent_and_is_back(air: Air, links: Links, hear: type[Heard]) -> None:
    async with on_air(air) as microbit:
        radio = await air.radio()
        for lose, reason in (
            (microbit.drop, "Remote User Terminated Connection (0x13)"),
            (lambda: microbit.vanish(0.1), "Connection Timeout (0x08)"),
        ):
            client = await connected(air, radio, links)
            heard = hear()
            await client.start_notify(DATA, heard)
            await heard.next()
            lose()
            assert await links.next() == reason
        await (await connected(air, radio)).disconnect()


async def test_it_wakes_on_a_body_that_is_older(air: Air) -> None:
    async with on_air(air, born_ns=boot_ns() - 3_600_000_000_000) as microbit:
        assert microbit._microbit.t_s == pytest.approx(3600, abs=5)


async def test_on_a_body_that_is_yet_to_be_born_nothing_is_on_the_air(air: Air) -> None:
    born_ns = boot_ns() + 300_000_000
    async with on_air(air, born_ns=born_ns) as microbit:
        assert boot_ns() >= born_ns
        assert microbit._microbit.t_s < 5


def started(*options: str) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    process = subprocess.Popen([*PROGRAM, *options], **PIPES)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def test_as_a_process_it_obeys_words_and_says_which_it_does_not_know() -> None:
    born = str(boot_ns() - 5_000_000_000)
    process, ready = started("--leash", "--with-strap", "--born", born, "--placement", "thigh")
    with process:
        assert process.stdin is not None
        assert ready.pop("radio").startswith("tcp-client:127.0.0.1:")
        assert ready == {
            "ready": True,
            "name": NAME,
            "address": ADDRESS,
            "born": int(born),
            "strap": {"name": "Tidehold Sim 0001", "address": "F0:54:48:00:00:01"},
        }
        os.write(process.stdin.fileno(), b"jump\nvanish soon strap\nquit strap now\nquit\n")
        _, complaints = process.communicate(timeout=20)
    expected = "expected drop, vanish SECONDS or quit, found "
    assert complaints.decode().splitlines() == [
        expected + each for each in ("'jump'", "'vanish soon strap'", "'quit strap now'")
    ]
    assert process.returncode == 0


def test_it_ends_with_its_leash_and_without_one_when_told_to() -> None:
    process, ready = started("--leash", "--seed", "7")
    with process:
        assert "strap" not in ready
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0
    process, _ = started()
    with process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.close()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.2)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stderr.read() == b""


@pytest.mark.parametrize(
    ("options", "code", "complaint"),
    [
        (["--scenario", "no-such"], 2, "no-such: expected a TOML file or one of"),
        (["--recording", "no-such.npz"], 2, "no-such.npz: expected a recording"),
    ],
)
def test_it_says_what_it_cannot_do(
    options: list[str], code: int, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(options) == code
    assert complaint in capsys.readouterr().err


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert main(["--port", str(taken)]) == 4
    assert f"cannot serve a radio on 127.0.0.1:{taken}: Address already in use" in capsys.readouterr().err


def test_a_limb_that_nobody_has(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--placement", "tail"])
    assert caught.value.code == 2
    assert "--placement" in capsys.readouterr().err
