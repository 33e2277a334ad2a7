"""What the recorder may rely on of every source."""

import asyncio
from collections.abc import Callable

import pytest

from tests.sources.fakes import FakeAir, FakeStrap, Kept, ended, run, virtual_clock
from tidehold.sources.ble import BleDevice
from tidehold.sources.clock import SessionClock
from tidehold.sources.contract import Source
from tidehold.sources.profiles import builtin_profiles
from tidehold.sources.ticker import Ticker


def make_strap(clock: SessionClock) -> Source:
    return BleDevice("strap", clock, builtin_profiles(), FakeAir(FakeStrap()).transport)


@pytest.mark.parametrize("make", [make_strap, Ticker])
def test_a_source_has_a_name_and_puts_inputs_in_order_of_time_until_cancelled(
    make: Callable[[SessionClock], Source],
) -> None:
    async def main() -> None:
        kept = Kept()
        source = make(virtual_clock())
        assert source.name
        task = asyncio.create_task(source.run(kept.put))
        await kept.until(lambda: len(kept.inputs) >= 10)
        await ended(task)
        stamps = [item.t for item in kept.inputs]
        assert stamps == sorted(stamps)

    run(main())
