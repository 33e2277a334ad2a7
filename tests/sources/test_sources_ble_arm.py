"""Streams: what becomes of one that fails, how a silent one is started again, and how they are left."""

import asyncio

import pytest
from bleak.exc import BleakError

from tests.sources.fakes import ECG_FRAME, HR_60, PLAIN, READS, Bench, FakeStrap, on
from tidehold.sources.ble_control import RefusedError
from tidehold.sources.ble_options import USUAL
from tidehold.sources.ble_step import StepError


def test_everything_that_can_be_had_is_switched_on() -> None:
    def test(bench: Bench) -> None:
        assert bench.streams.on == (*PLAIN, "ecg", "acc")
        assert bench.streams.missing == {}
        assert bench.streams.rates_hz == {"ecg": "130", "acc": "200"}
        assert bench.streams.is_live
        assert bench.watch.warming_up() == ("hr", "ecg", "acc")
        assert bench.strap.asked[0] == "notify hr", "every second without a heart rate counts"
        assert bench.strap.asked[-len(READS) :] == [f"read {channel}" for channel in READS]

    on(FakeStrap(), test)


def test_frames_are_signs_of_life() -> None:
    def test(bench: Bench) -> None:
        bench.strap.send("hr", HR_60)
        assert bench.watch.warming_up() == ("ecg", "acc")
        bench.strap.send("pmd", ECG_FRAME)
        assert bench.watch.warming_up() == ("acc",)

    on(FakeStrap(), test)


def test_a_strap_without_pmd_gives_its_heart_rate_and_says_why_no_more() -> None:
    strap = FakeStrap()
    del strap.table["pmd-control"], strap.table["pmd"]

    def test(bench: Bench) -> None:
        assert bench.streams.on == PLAIN
        assert bench.streams.missing == dict.fromkeys(("ecg", "acc"), "the device does not offer it (no pmd-control)")
        assert bench.watch.silent() == {}, "nobody waits for what is not there"

    on(strap, test)


def test_what_fails_costs_only_itself() -> None:
    strap = FakeStrap()
    strap.broken |= {"notify hr": BleakError("abort"), "notify pmd": BleakError("abort"), "read model": KeyError("x")}
    strap.deaf.add("read battery")

    def test(bench: Bench) -> None:
        assert bench.streams.on == ()
        hr = dict.fromkeys(("hr", "contact", "energy", "rr"), "subscribe to hr: abort")
        battery = {"battery": "read battery: no answer within 3 s"}
        pmd = dict.fromkeys(("ecg", "acc"), "subscribe to pmd: abort")
        assert bench.streams.missing == hr | pmd | battery
        assert ("firmware", b"text") in bench.heard

    on(strap, test)


def test_what_failed_but_is_there_counts_as_silent_and_can_be_started_again() -> None:
    strap = FakeStrap()
    strap.broken |= {"notify hr": BleakError("abort"), "0102": BleakError("abort")}

    async def test(bench: Bench) -> None:
        assert bench.watch.silent().keys() == {"hr", "acc"}
        strap.broken.clear()
        for feed in ("hr", "acc"):
            await bench.streams.start_again(feed)
        assert bench.streams.on == (*PLAIN, "ecg", "acc")
        assert bench.streams.missing == {}
        assert bench.watch.silent() == {}

    on(strap, test)


def test_a_battery_level_alone_is_no_live_strap() -> None:
    strap = FakeStrap(of="generic-heart-rate", name="HRM")
    strap.broken["notify hr"] = BleakError("abort")

    def test(bench: Bench) -> None:
        assert bench.streams.on == ("battery",)
        assert not bench.streams.is_live

    on(strap, test)


def test_a_silent_measurement_is_stopped_and_started() -> None:
    async def test(bench: Bench) -> None:
        bench.strap.asked.clear()
        await bench.streams.start_again("acc")
        assert bench.strap.asked == ["0302", "02020001c8000101100002010800"]
        assert bench.watch.restarts("acc") == 1

    on(FakeStrap(), test)


def test_a_silent_channel_is_subscribed_to_anew() -> None:
    async def test(bench: Bench) -> None:
        bench.strap.asked.clear()
        await bench.streams.start_again("hr")
        assert bench.strap.asked == ["unnotify hr", "notify hr"]
        assert bench.watch.restarts("hr") == 1

    on(FakeStrap(), test)


def test_a_feed_that_cannot_be_started_again() -> None:
    async def test(bench: Bench) -> None:
        bench.strap.answers["0200"] = bytes.fromhex("f002000d")
        with pytest.raises(RefusedError, match="start ecg: not possible on the charger"):
            await bench.streams.start_again("ecg")
        bench.strap.deaf.add("unnotify hr")
        with pytest.raises(StepError, match="unsubscribe from hr: no answer"):
            await bench.streams.start_again("hr")

    on(FakeStrap(), test)


def test_on_leaving_streams_are_stopped_before_notifications() -> None:
    async def test(bench: Bench) -> None:
        bench.strap.asked.clear()
        await bench.streams.switch_off()
        assert bench.strap.asked == ["0300", "0302", "unnotify hr", "unnotify pmd-control", "unnotify pmd"]
        assert bench.strap.running == set()

    on(FakeStrap(), test)


def test_on_leaving_one_failure_does_not_keep_the_rest_from_being_tried() -> None:
    async def test(bench: Bench) -> None:
        bench.strap.asked.clear()
        bench.strap.answers["0300"] = bytes.fromhex("f003000c")
        bench.strap.broken["unnotify hr"] = BleakError("no")
        await bench.streams.switch_off()
        assert bench.strap.asked == ["0300", "0302", "unnotify hr", "unnotify pmd-control", "unnotify pmd"]

    on(FakeStrap(), test)


def test_on_leaving_a_strap_that_does_not_answer_is_not_waited_for_long() -> None:
    async def test(bench: Bench) -> None:
        bench.strap.deaf.add("0300")
        began = asyncio.get_running_loop().time()
        await bench.streams.switch_off()
        assert asyncio.get_running_loop().time() - began == pytest.approx(USUAL.stop_streams)

    on(FakeStrap(), test)
