"""A micro:bit process: what it says of itself, and that it does as it is told."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bleak import BleakClient, BleakScanner

from tidehold_simulators.bleak_backend import Radio, open_radio
from tidehold_simulators.microbit_process import MicrobitProcess
from tidehold_simulators.program import boot_ns

if TYPE_CHECKING:
    from tests.simulators.conftest import Heard, Links

DATA = "e95dca4b-251d-470a-a062-fa1922dfa9a8"


async def connect(radio: Radio, name: str, links: Links) -> BleakClient:
    scanner, client = radio.transport()
    device = await BleakScanner.find_device_by_name(name, 10, **scanner)
    assert device is not None
    made = BleakClient(device, links, **client)
    await made.connect()
    return made


@pytest.mark.long
async def test_each_of_two_devices_on_one_radio_does_as_it_is_told(
    links: Links, hear: type[Heard], tmp_path: Path
) -> None:
    log = tmp_path / "sent.log"
    with MicrobitProcess("calm-6", "--with-strap", "--sent-log", str(log), placement="breastbone") as microbit:
        assert microbit.strap is not None
        assert 0 < boot_ns() - microbit.born_ns < 30e9
        async with open_radio(microbit.radio) as radio:
            imu = await connect(radio, microbit.name, links)
            strap = await connect(radio, microbit.strap.name, links)
            assert (imu.address, strap.address) == (microbit.address, microbit.strap.address)
            heard = hear()
            await imu.start_notify(DATA, heard)
            first = await heard.next()
            for lose, lost, other, reason in (
                (microbit.drop_strap, strap, imu, "Remote User Terminated Connection (0x13)"),
                (microbit.drop, imu, strap, "Remote User Terminated Connection (0x13)"),
                (lambda: microbit.vanish_strap(0.1), strap, imu, "Connection Timeout (0x08)"),
                (lambda: microbit.vanish(0.1), imu, strap, "Connection Timeout (0x08)"),
            ):
                if not lost.is_connected:
                    await lost.connect()
                if not other.is_connected:
                    await other.connect()
                lose()
                assert await links.next() == reason
                assert not lost.is_connected
                assert other.is_connected
    sent = [line.split() for line in log.read_text().splitlines()]
    assert {channel for _, channel, _ in sent} == {"accelerometer"}
    assert sent[0][2] == first.hex()


def test_alone_it_has_no_strap_and_ends_in_both_ways() -> None:
    microbit = MicrobitProcess()
    assert microbit.strap is None
    assert microbit.stop() == 0
    assert MicrobitProcess().kill() == -signal.SIGKILL


def test_what_is_wrong_is_said_by_the_process(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="the microbit process ended or fell silent before it was ready"):
        MicrobitProcess("no-such")
    assert "no-such: expected a TOML file" in capfd.readouterr().err
