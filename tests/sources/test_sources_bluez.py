"""bleak's own BlueZ backend, and the links that killed runs leave in BlueZ: against a D-Bus mock of it."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources.bluez_mock import ADDRESS, DEVICE, HCI0, NAME, bluez, bus, missing, peer
from tests.sources.fakes import HR, HR_60, Kept, ended
from tidehold.errors import SourceError
from tidehold.sources.ble import BleDevice, Seen, Transport, scan
from tidehold.sources.bluez import _release, release_orphans
from tidehold.sources.clock import SessionClock
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS

PROFILES = builtin_profiles()
BUS = "DBUS_SYSTEM_BUS_ADDRESS"
ON_HCI0 = Transport(dict(HCI0), dict(HCI0))

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not run: {missing()} missing")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with bluez(tmp_path_factory.mktemp("bluez") / "log") as found:
        yield found


@pytest.fixture
def mock(address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(BUS, address)
    return address


def source(transport: Transport = ON_HCI0) -> BleDevice:
    return BleDevice("strap", SessionClock(), PROFILES, transport)


async def test_found_used_lost_and_found_again(mock: str) -> None:
    async with peer() as strap:
        assert await scan(ON_HCI0, 1.2, PROFILES) == [Seen(ADDRESS, NAME, 0, (HR,), "generic-heart-rate")]
        await strap.device("Connect")  # by a run that was killed then: BlueZ keeps the link
        kept = Kept()
        task = asyncio.create_task(source().run(kept.put))

        armed = await kept.until_state("armed", 1, seconds=10)
        assert kept.links[0].detail["released"] == f"{NAME} ({ADDRESS})"
        up = next(link for link in kept.links if link.state == "up")
        assert (up.detail["profile"], up.detail["mtu"]) == ("generic-heart-rate", "512")
        assert armed.detail["streams"] == "hr contact energy rr battery"
        assert [frame.payload for frame in kept.frames("battery")] == [b"\x57"]
        await kept.until(lambda: len(kept.frames("hr")) >= 5, seconds=10)
        assert {frame.payload for frame in kept.frames("hr")} == {HR_60}

        await strap.device("Disconnect")
        down = await kept.until_state("down", 1, seconds=10)
        assert down.detail["reason"] == "link lost"
        again = await kept.until_state("armed", 2, seconds=10)
        assert (again.t - down.t) / NS < 3
        had = len(kept.frames("hr"))
        await kept.until(lambda: len(kept.frames("hr")) >= had + 5, seconds=10)
        assert len(kept.frames("battery")) == 2

        await ended(task)
        assert not await strap.is_connected()
        assert not strap.heart.notifying
        assert "released" not in kept.links[-3].detail


async def test_only_what_is_wanted_is_released(mock: str) -> None:
    async with peer() as strap:
        await scan(ON_HCI0, 1.2, PROFILES)
        await strap.device("Connect")
        assert await release_orphans(lambda *_: False) == []
        assert await release_orphans(lambda *_: True, "hci9") == []
        assert await strap.is_connected()
        asked: list[tuple[str, str | None, tuple[str, ...]]] = []

        def is_wanted(address: str, name: str | None, services: object) -> bool:
            asked.append((address, name, tuple(services)))  # type: ignore[arg-type]
            return address == ADDRESS

        assert await release_orphans(is_wanted, "hci0") == [f"{NAME} ({ADDRESS})"]
        assert asked == [(ADDRESS, NAME, (HR,))]
        assert not await strap.is_connected()
        assert await release_orphans(is_wanted, "hci0") == []
        assert not await _release(strap.bus, f"{DEVICE}_none"), "a device that BlueZ does not know"


async def test_bluetooth_switched_off(mock: str) -> None:
    async with peer() as strap:
        for adapter in ("hci0", "hci1"):
            await strap.powered(adapter, on=False)
        try:
            with pytest.raises(SourceError, match="Bluetooth is off; switch it on"):
                await source(Transport()).run(Kept().put)
        finally:
            for adapter in ("hci0", "hci1"):
                await strap.powered(adapter, on=True)


async def test_an_adapter_that_is_not_there(mock: str) -> None:
    with pytest.raises(SourceError, match="adapter 'hci9' not found; name one that is there"):
        await scan(Transport({"bluez": {"adapter": "hci9"}}), 0.1, PROFILES)


async def test_no_bluez_on_the_bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with bus(tmp_path / "log") as address:
        monkeypatch.setenv(BUS, address)
        with pytest.raises(SourceError, match="the Bluetooth service is not running; start it"):
            await source().run(Kept().put)
        assert await release_orphans(lambda *_: True) == []


@pytest.mark.parametrize("address", ["unix:path={}/none", "nonsense"])
async def test_no_bus(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BUS, address.format(tmp_path))
    with pytest.raises(SourceError, match="no D-Bus system bus"):
        await source().run(Kept().put)
    assert await release_orphans(lambda *_: True) == []


async def test_a_bus_that_hangs_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bus"

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_unix_server(hang_up, path):
        monkeypatch.setenv(BUS, f"unix:path={path}")
        assert await release_orphans(lambda *_: True) == []


async def test_without_linux_there_is_nothing_to_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert await release_orphans(lambda *_: True) == []
