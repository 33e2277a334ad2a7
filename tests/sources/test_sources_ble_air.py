"""One adapter for several sources: one scan for all, and connections one after the other."""

import asyncio

import pytest
from bleak.exc import BleakError

from tests.sources.fakes import FakeAir, FakeImu, FakeStrap, run
from tidehold.sources.ble_air import Air
from tidehold.sources.ble_options import USUAL
from tidehold.sources.ble_step import StepError


class Ear:
    """Listens for a while, and keeps the addresses heard."""

    def __init__(self, air: Air) -> None:
        self.air = air
        self.heard: list[str] = []

    async def listen(self, seconds: float, stale_s: float = USUAL.scan_round) -> None:
        listening = self.air.listening(
            lambda device, _: self.heard.append(device.address), start_s=1.0, stop_s=1.0, stale_s=stale_s
        )
        async with listening:
            await asyncio.sleep(seconds)


def test_all_hear_all_in_one_scan_that_ends_with_the_last() -> None:
    strap = FakeStrap()
    fake = FakeAir(strap)

    async def main() -> None:
        air = fake.transport.air
        first, second = Ear(air), Ear(air)
        short = asyncio.create_task(first.listen(1.0))
        long = asyncio.create_task(second.listen(3.0))
        await short
        assert fake.scanning == 1, "another still listens"
        at_half_time = len(second.heard)
        await long
        assert fake.scanning == 0
        assert fake.scans == 1
        assert set(first.heard) == set(second.heard) == {strap.address}
        assert len(second.heard) > at_half_time >= len(first.heard) > 0
        await first.listen(0.1)
        assert fake.scans == 2

    run(main())


def test_a_scan_that_has_gone_on_for_long_is_begun_anew() -> None:
    fake = FakeAir(FakeStrap())

    async def main() -> None:
        air = fake.transport.air
        background = asyncio.create_task(Ear(air).listen(60.0))
        await asyncio.sleep(20.0)
        await Ear(air).listen(0.1)
        assert fake.scans == 1
        await asyncio.sleep(15.0)
        late = Ear(air)
        await late.listen(1.0)
        assert fake.scans == 2
        assert late.heard
        await background
        assert (fake.scans, fake.scanning) == (2, 0)

    run(main())


def test_a_scan_that_does_not_start_is_tried_again_by_the_next() -> None:
    fake = FakeAir(FakeStrap())
    fake.failure = BleakError("busy")

    async def main() -> None:
        air = fake.transport.air
        with pytest.raises(StepError, match=r"^scan: busy$"):
            await Ear(air).listen(1.0)
        fake.failure = None
        ear = Ear(air)
        await ear.listen(1.0)
        assert ear.heard
        assert fake.scanning == 0

    run(main())


def test_who_is_cancelled_leaves_no_scan_behind() -> None:
    fake = FakeAir(FakeImu())

    async def main() -> None:
        air = fake.transport.air
        for after_s in (0.005, 0.5):
            task = asyncio.create_task(Ear(air).listen(9.0))
            await asyncio.sleep(after_s)
            task.cancel()
            await asyncio.wait({task})
            assert fake.scanning == 0

    run(main())


def test_each_event_loop_has_its_own() -> None:
    transport = FakeAir().transport

    async def twice() -> tuple[Air, Air]:
        return transport.air, transport.air

    (one, same), (other, _) = run(twice()), run(twice())
    assert one is same
    assert one is not other
