"""One connection: fresh, looked over, and never left behind."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from bleak.backends import BleakBackend
from bleak.exc import BleakError

from tests.sources.fakes import FakeAir, FakeStrap, ended, run
from tidehold.sources.ble_connect import Connection, _mtu, connect, is_ours, release
from tidehold.sources.ble_options import ANY, USUAL, Timing, Transport
from tidehold.sources.ble_scan import Sighting, find
from tidehold.sources.ble_step import StepError
from tidehold.sources.profiles import builtin_profiles

PROFILES = builtin_profiles()


async def sight(transport: Transport) -> Sighting:
    sighting = await find(transport, ANY, PROFILES, USUAL)
    assert sighting is not None
    return sighting


async def make(strap: FakeStrap, timing: Timing = USUAL) -> Connection:
    transport = FakeAir(strap).transport
    return await connect(transport, await sight(transport), PROFILES, timing)


def test_a_link_that_is_up() -> None:
    async def main() -> None:
        strap = FakeStrap()
        link = await make(strap)
        assert (link.profile.id, link.address, link.name, link.mtu) == ("simulated", strap.address, strap.name, 247)
        assert is_ours(strap.address)
        assert not link.lost.is_set()
        strap.drop()
        assert link.lost.is_set()
        await release(link.client, USUAL)
        assert not is_ours(strap.address)

    run(main())


def test_a_nameless_device_goes_by_its_address() -> None:
    async def main() -> None:
        link = await make(FakeStrap(name=None, of="generic-heart-rate"))
        assert (link.profile.id, link.name) == ("generic-heart-rate", link.address)
        await release(link.client, USUAL)

    run(main())


@pytest.mark.parametrize("failure", [BleakError("refused"), TimeoutError(), KeyError("path")])
def test_a_failure_leaves_nothing_open(failure: Exception) -> None:
    async def main() -> None:
        strap = FakeStrap()
        strap.failures = [failure]
        with pytest.raises(StepError, match=r"^connect: "):
            await make(strap)
        assert strap.asked == ["connect", "disconnect"]
        assert not is_ours(strap.address)

    run(main())


def test_a_connection_that_hangs_ends_at_its_deadline() -> None:
    async def main() -> None:
        strap = FakeStrap()
        strap.connect_s = 1000
        with pytest.raises(StepError, match=r"^connect: no answer within 10 s$"):
            await make(strap)
        assert strap.asked[-1] == "disconnect"

    run(main())


def test_cancelled_while_connecting_it_still_lets_go() -> None:
    async def main() -> None:
        strap = FakeStrap()
        strap.connect_s = 1000
        task = asyncio.create_task(make(strap))
        await asyncio.sleep(2)
        await ended(task)
        assert strap.asked == ["connect", "disconnect"]
        assert not is_ours(strap.address)

    run(main())


def test_a_device_that_no_profile_knows_is_let_go() -> None:
    async def main() -> None:
        strap = FakeStrap(name="Mystery")
        transport = FakeAir(strap).transport
        sighting = await sight(transport)
        with pytest.raises(StepError, match=r"^choose a profile: none fits a device with 0000180d-"):
            await connect(transport, sighting, {"polar-h10": PROFILES["polar-h10"]}, USUAL)
        assert strap.asked[-1] == "disconnect"

    run(main())


def test_letting_go_of_a_link_that_does_not_answer_has_its_deadline() -> None:
    async def main() -> None:
        strap = FakeStrap()
        link = await make(strap)
        strap.deaf.add("disconnect")
        began = asyncio.get_running_loop().time()
        await release(link.client, USUAL)
        assert asyncio.get_running_loop().time() - began == pytest.approx(USUAL.disconnect)
        assert not is_ours(strap.address)

    run(main())


def test_a_small_mtu_is_given_time_to_grow() -> None:
    async def main() -> None:
        strap = FakeStrap()
        strap.mtu = 23

        async def grow() -> None:
            await asyncio.sleep(1.8)
            strap.mtu = 247

        growing = asyncio.create_task(grow())
        link = await make(strap)
        assert link.mtu == 247
        await growing
        await release(link.client, USUAL)

    run(main())


@pytest.mark.parametrize(("of", "waited_s"), [("simulated", USUAL.mtu), ("generic-heart-rate", 0.0)])
def test_a_small_mtu_that_stays_is_waited_for_only_where_it_matters(of: str, waited_s: float) -> None:
    async def main() -> None:
        strap = FakeStrap(of=of, name=None if of == "generic-heart-rate" else "Tidehold Sim 0001")
        strap.mtu = 23
        transport = FakeAir(strap).transport
        sighting = await sight(transport)
        began = asyncio.get_running_loop().time()
        link = await connect(transport, sighting, PROFILES, USUAL)
        assert link.mtu == 23
        assert asyncio.get_running_loop().time() - began == pytest.approx(waited_s + strap.connect_s)
        await release(link.client, USUAL)

    run(main())


@pytest.mark.parametrize(("sizes", "mtu"), [((20, 20), None), ((244, 20), 247), ((), None)])
def test_bluez_tells_the_mtu_by_its_characteristics_or_not_at_all(sizes: tuple[int, ...], mtu: int | None) -> None:
    characteristics = {n: SimpleNamespace(max_write_without_response_size=size) for n, size in enumerate(sizes)}
    client = SimpleNamespace(backend_id=BleakBackend.BLUEZ_DBUS)  # its mtu_size would warn, and say 23
    assert _mtu(cast("Any", client), cast("Any", SimpleNamespace(characteristics=characteristics))) == mtu
