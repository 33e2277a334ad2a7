"""A motion sensor as a source, alone and beside a strap on the same adapter, against devices in memory."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from bleak.exc import BleakError

from tests.sources.fakes import FACE_UP, HR, Bench, FakeAir, FakeImu, FakeStrap, Kept, ended, run, virtual_clock
from tidehold.sources.ble import BleDevice, scan
from tidehold.sources.ble_options import ANY, USUAL, Wanted
from tidehold.sources.ble_trouble import OFF_AND_ON, OTHER_HOLDER, SWITCH_IT_ON, WEAR_IT
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS

PROFILES = builtin_profiles()
STRAPS = {name: profile for name, profile in PROFILES.items() if profile.kind == "strap"}
IMUS = {name: profile for name, profile in PROFILES.items() if profile.kind == "imu"}
PERIOD = "write period 1400"


class Both:
    """A strap source and one for motion sensors, at work on one adapter."""

    def __init__(self, air: FakeAir, wish: Wanted = ANY) -> None:
        self.air = air
        self.strap, self.imu = Kept(), Kept()
        transport = air.transport
        self.sources = (
            (BleDevice("strap", virtual_clock(), STRAPS, transport), self.strap),
            (BleDevice("imu", virtual_clock(), IMUS, transport, wish), self.imu),
        )


def with_both(test: Callable[[Both], Coroutine[Any, Any, None]], *devices: FakeStrap, wish: Wanted = ANY) -> None:
    async def main() -> None:
        both = Both(FakeAir(*devices), wish)
        tasks = [asyncio.create_task(source.run(kept.put)) for source, kept in both.sources]
        tasks += [asyncio.create_task(device.live()) for device in devices]
        try:
            await test(both)
        finally:
            for task in tasks:
                await ended(task)

    run(main())


def bench(device: FakeImu, test: Callable[[Bench], None]) -> None:
    async def main() -> None:
        async with Bench(device, profiles=IMUS) as made:
            await made.streams.switch_on()
            test(made)

    run(main())


def test_settings_are_written_before_notifications_are_switched_on() -> None:
    def test(made: Bench) -> None:
        assert made.strap.asked[:2] == [PERIOD, "notify accelerometer"]
        assert made.streams.on == ("acc",)
        assert made.streams.missing == {}
        assert made.streams.is_live
        assert made.watch.warming_up() == ("accelerometer",)
        made.strap.send("accelerometer", FACE_UP)
        assert made.watch.warming_up() == ()
        assert made.heard[-1] == ("accelerometer", FACE_UP)

    bench(FakeImu(), test)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda imu: imu.broken.update({PERIOD: BleakError("Value Not Allowed")}), "write period: Value Not Allowed"),
        (lambda imu: imu.deaf.add(PERIOD), f"write period: no answer within {USUAL.write:g} s"),
        (lambda imu: imu.table.pop("period"), "the device does not offer it (no period)"),
        (lambda imu: imu.table["period"][2].__setitem__(0, "read"), "the device does not offer it (no period)"),
    ],
)
def test_a_setting_that_is_not_taken_is_said_and_stops_nothing(change: Callable[[FakeImu], object], why: str) -> None:
    imu = FakeImu()
    change(imu)

    def test(made: Bench) -> None:
        assert made.streams.missing == {"period": why}
        assert made.streams.on == ("acc",)
        assert made.streams.is_live
        assert made.watch.silent() == {}

    bench(imu, test)


def test_both_are_found_armed_and_stream_and_one_goes_on_while_the_other_is_gone() -> None:
    strap, imu = FakeStrap(), FakeImu()

    async def test(both: Both) -> None:
        armed = [await kept.until_state("armed") for kept in (both.strap, both.imu)]
        assert [link.source for link in armed] == ["strap", "imu"]
        assert max(link.t for link in armed) < 3 * NS
        assert armed[1].detail == {"streams": "acc"}, "its first sample comes while its texts are read"
        for kept in (both.strap, both.imu):
            assert kept.states == ["searching", "connecting", "up", "armed"], "they do not get in each other's way"
        ups = [next(link for link in kept.links if link.state == "up") for kept in (both.strap, both.imu)]
        assert [up.detail["profile"] for up in ups] == ["simulated", "micro-bit-imu"]
        await asyncio.sleep(10)
        assert len(both.imu.frames("accelerometer")) == pytest.approx(500, abs=60)
        for lost, other, staying, channel in (
            (imu, both.imu, both.strap, "hr"),
            (strap, both.strap, both.imu, "accelerometer"),
        ):
            frames, links = len(staying.frames(channel)), len(staying.links)
            both.air.straps.remove(lost)
            lost.drop(0x08)
            await other.until_state("refused")
            assert len(staying.frames(channel)) > frames + 25, "a round of scanning has gone by"
            assert len(staying.links) == links, "nothing happened to its link"
            both.air.straps.append(lost)
            await other.until_state("armed", 2)

    with_both(test, strap, imu)


def test_of_two_that_are_looked_for_the_one_that_is_there_is_found_at_once() -> None:
    """BlueZ would refuse a second scan of one program."""

    async def test(both: Both) -> None:
        armed = await both.imu.until_state("armed")
        assert armed.t < 3 * NS
        refused = await both.strap.until_state("refused")
        assert refused.detail["reason"] == "any heart-rate strap was not heard for 30 s"
        assert refused.detail["advice"] == WEAR_IT

    with_both(test, FakeImu())


def test_a_strap_is_never_taken_for_a_motion_sensor() -> None:
    strap = FakeStrap()

    async def test(both: Both) -> None:
        refused = await both.imu.until_state("refused", 2)
        assert refused.detail["reason"] == "any motion sensor was not heard for 30 s"
        assert refused.detail["advice"] == SWITCH_IT_ON
        assert both.imu.links[0].detail["for"] == "any motion sensor"
        assert len(strap.clients) == 1, "the strap source's own"

    with_both(test, strap)


def test_a_strap_that_is_asked_for_as_a_motion_sensor_is_let_go() -> None:
    strap = FakeStrap()

    async def main() -> None:
        kept = Kept()
        source = BleDevice("imu", virtual_clock(), IMUS, FakeAir(strap).transport, Wanted(name="sim"))
        task = asyncio.create_task(source.run(kept.put))
        refused = await kept.until_state("refused")
        assert refused.detail["reason"].startswith("seen, but choose a profile: none fits a device with 0000180d")
        assert refused.detail["advice"] == OTHER_HOLDER
        assert strap.link is None
        await ended(task)

    run(main())


def test_links_that_are_lost_at_once_get_a_motion_sensors_advice() -> None:
    imu = FakeImu()

    async def test(both: Both) -> None:
        for count in (1, 2):
            await both.imu.until_state("armed", count)
            imu.drop(0x13)
        down = await both.imu.until_state("down", 2)
        assert down.detail["reason"] == "Remote User Terminated Connection (0x13)"
        said, _, advice = down.detail["advice"].partition("; ")
        assert said == "the motion sensor ended it: switched off, or taken over by another app"
        assert advice == OFF_AND_ON

    with_both(test, imu)


def test_silence_is_noticed_and_the_subscription_made_anew() -> None:
    imu = FakeImu()

    async def test(both: Both) -> None:
        await both.imu.until(lambda: both.imu.frames("accelerometer"))
        imu.mute.add("acc")
        stalled = await both.imu.until_state("stalled")
        assert stalled.detail["stream"] == "accelerometer"
        assert float(stalled.detail["silent_s"]) == pytest.approx(3.3, abs=0.5)
        await asyncio.sleep(0.1)
        assert imu.asked[-2:] == ["unnotify accelerometer", "notify accelerometer"]

    with_both(test, imu)


def test_scan_lists_motion_sensors_too_with_their_profile() -> None:
    strap, imu = FakeStrap(), FakeImu()

    async def main() -> None:
        seen = await scan(FakeAir(strap, imu).transport, 1.0, PROFILES)
        assert {(each.address, each.services, each.profile) for each in seen} == {
            (strap.address, (HR,), "simulated"),
            (imu.address, (), "micro-bit-imu"),
        }

    run(main())
