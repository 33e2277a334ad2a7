"""Streams: the order they are switched on in, what becomes of one that fails, and how they are left."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Self

import msgspec
import pytest
from bleak.exc import BleakError, BleakGATTProtocolError

from tests.sources.fakes import ACC_FRAME, ECG_FRAME, HR_60, FakeAir, FakeStrap, run, virtual_clock
from tidehold.sources.ble_arm import Streams
from tidehold.sources.ble_connect import Connection, connect, release
from tidehold.sources.ble_control import RefusedError
from tidehold.sources.ble_options import ANY, USUAL, Timing
from tidehold.sources.ble_scan import find
from tidehold.sources.ble_step import StepError
from tidehold.sources.ble_watch import StallWatch
from tidehold.sources.profiles import builtin_profiles
from tidehold.wire.profile import Profile

PLAIN = ("hr", "contact", "energy", "rr", "battery")
READS = ["body-location", "battery", "manufacturer", "model", "serial", "firmware", "hardware", "software"]
NO_PMD = {"ecg": "the strap does not offer it (no pmd-control)", "acc": "the strap does not offer it (no pmd-control)"}


class Bench:
    """A strap that is connected, and its streams."""

    def __init__(self, strap: FakeStrap, profiles: dict[str, Profile] | None = None, timing: Timing = USUAL) -> None:
        self.strap = strap
        self.profiles = profiles or builtin_profiles()
        self.timing = timing
        self.heard: list[tuple[str, bytes]] = []

    async def __aenter__(self) -> Self:
        air = FakeAir(self.strap)
        sighting = await find(air.transport, ANY, self.timing)
        assert sighting is not None
        self.link: Connection = await connect(air.transport, sighting, self.profiles, self.timing)
        self.strap.asked.clear()
        self.watch = StallWatch(virtual_clock(), self.timing.warm_up)
        self.streams = Streams(self.link, self.hear, self.watch, air.transport, self.timing)
        return self

    async def __aexit__(self, *_: object) -> None:
        await release(self.link.client, self.timing)

    def hear(self, channel: str, payload: bytes) -> None:
        self.heard.append((channel, payload))


def on(strap: FakeStrap, test: Callable[[Bench], object], **options: Any) -> None:
    """Run `test` with a bench whose strap was switched on."""

    async def main() -> None:
        async with Bench(strap, **options) as bench:
            await bench.streams.switch_on()
            work = test(bench)
            if isinstance(work, Coroutine):
                await work

    run(main())


def test_everything_is_switched_on_in_the_order_straps_insist_on() -> None:
    def test(bench: Bench) -> None:
        assert bench.strap.asked == [
            "notify hr",
            "notify pmd-control",
            "notify pmd",
            "read pmd-control",
            "0100",
            "02000001820001010e00",
            "0102",
            "02020001c8000101100002010800",
            *(f"read {channel}" for channel in READS),
        ]
        assert bench.streams.on == (*PLAIN, "ecg", "acc")
        assert bench.streams.missing == {}
        assert bench.streams.rates_hz == {"ecg": "130", "acc": "200"}
        assert bench.watch.warming_up() == ("hr", "ecg", "acc")
        assert bench.strap.link is not None
        assert bench.strap.link.notify_options["bluez"] == {"use_start_notify": True}

    on(FakeStrap(), test)


def test_everything_that_arrives_is_heard_in_order_and_as_it_is() -> None:
    def test(bench: Bench) -> None:
        before = len(bench.heard)
        for channel, payload in (("hr", HR_60), ("pmd", ECG_FRAME), ("pmd", b""), ("pmd", ACC_FRAME), ("hr", HR_60)):
            bench.strap.send(channel, payload)
        assert bench.heard[before:] == [
            ("hr", HR_60),
            ("pmd", ECG_FRAME),
            ("pmd", b""),
            ("pmd", ACC_FRAME),
            ("hr", HR_60),
        ]
        assert bench.watch.warming_up() == ()
        asked = [channel for channel, _ in bench.heard[:before]]
        assert asked == ["pmd-control"] * 5 + READS

    on(FakeStrap(), test)


def test_a_frame_of_one_measurement_is_no_sign_of_life_of_another() -> None:
    def test(bench: Bench) -> None:
        bench.strap.send("pmd", bytes((0x40 | ACC_FRAME[0],)) + ACC_FRAME[1:])  # the upper two bits are flags
        bench.strap.send("pmd", b"\x05" + ACC_FRAME[1:])  # nobody asked for a gyroscope
        assert bench.watch.warming_up() == ("hr", "ecg")

    on(FakeStrap(), test)


def test_a_strap_without_pmd_gives_its_heart_rate_and_says_why_no_more() -> None:
    strap = FakeStrap()
    del strap.table["pmd-control"], strap.table["pmd"]

    def test(bench: Bench) -> None:
        assert bench.streams.on == PLAIN
        assert bench.streams.missing == NO_PMD

    on(strap, test)


@pytest.mark.parametrize(
    ("channel", "properties", "why"),
    [
        ("pmd-control", ["read", "indicate"], "its control point cannot be written"),
        ("pmd-control", ["read", "write"], "no pmd-control"),
        ("pmd", ["read"], "no pmd"),
    ],
)
def test_old_firmware_with_other_properties_is_no_crash(channel: str, properties: list[str], why: str) -> None:
    strap = FakeStrap()
    service, uuid, _ = strap.table[channel]
    strap.table[channel] = (service, uuid, properties)

    def test(bench: Bench) -> None:
        assert bench.streams.on == PLAIN
        assert bench.streams.missing == dict.fromkeys(("ecg", "acc"), f"the strap does not offer it ({why})")

    on(strap, test)


def test_a_strap_that_does_not_measure_everything() -> None:
    strap = FakeStrap()
    strap.reads["pmd-control"] = bytes.fromhex("0f04")

    def test(bench: Bench) -> None:
        assert bench.streams.on == (*PLAIN, "acc")
        assert bench.streams.missing == {"ecg": "the strap does not measure it"}
        assert "0100" not in bench.strap.asked

    on(strap, test)


@pytest.mark.parametrize("features", [b"", b"\xff", bytes.fromhex("0f05")])
def test_an_unreadable_list_of_measurements_is_no_reason_not_to_try(features: bytes) -> None:
    strap = FakeStrap()
    strap.reads["pmd-control"] = features

    def test(bench: Bench) -> None:
        assert bench.streams.on == (*PLAIN, "ecg", "acc")

    on(strap, test)


def test_a_list_of_measurements_that_cannot_be_read_neither() -> None:
    strap = FakeStrap()
    strap.broken["read pmd-control"] = BleakGATTProtocolError(2)

    def test(bench: Bench) -> None:
        assert bench.streams.on == (*PLAIN, "ecg", "acc")

    on(strap, test)


def test_one_stream_refused_does_not_stop_the_other() -> None:
    strap = FakeStrap()
    strap.answers["0200"] = bytes.fromhex("f0020007")

    def test(bench: Bench) -> None:
        assert bench.streams.on == (*PLAIN, "acc")
        assert bench.streams.missing == {"ecg": "start ecg: wrong resolution"}
        assert bench.strap.asked.count("02000001820001010e00") == 1

    on(strap, test)


def test_a_stream_without_an_answer_does_not_stop_the_other_and_is_stopped_all_the_same() -> None:
    strap = FakeStrap()
    strap.answers["0200"] = None

    async def test(bench: Bench) -> None:
        assert bench.streams.on == (*PLAIN, "acc")
        assert bench.streams.missing == {"ecg": "start measurement 0: no answer within 3 s"}
        await bench.streams.switch_off()
        assert "0300" in bench.strap.asked

    on(strap, test)


@pytest.mark.parametrize("status", ["0a", "0c"])
def test_a_passing_refusal_is_tried_once_more(status: str) -> None:
    strap = FakeStrap()
    strap.answers["0200"] = bytes.fromhex(f"f00200{status}")

    async def main() -> None:
        async with Bench(strap) as bench:
            switching = asyncio.create_task(bench.streams.switch_on())
            await asyncio.sleep(0.5)
            strap.answers["0200"] = bytes.fromhex("f002000000")
            await switching
            assert bench.streams.on == (*PLAIN, "ecg", "acc")
            assert strap.asked.count("02000001820001010e00") == 2

    run(main())


def test_an_mtu_that_stays_too_small_is_said() -> None:
    strap = FakeStrap()
    strap.answers["0200"] = strap.answers["0202"] = None
    strap.answers["0200"] = bytes.fromhex("f002000a")
    strap.answers["0202"] = bytes.fromhex("f002020a")

    def test(bench: Bench) -> None:
        assert bench.streams.missing == {"ecg": "start ecg: MTU too small", "acc": "start acc: MTU too small"}

    on(strap, test)


def test_a_rate_that_is_not_offered_is_replaced_by_the_nearest() -> None:
    strap = FakeStrap()
    strap.answers["0102"] = bytes.fromhex("f00102000000021900320001011000020302000400" + "0800")

    def test(bench: Bench) -> None:
        assert bench.streams.rates_hz == {"ecg": "130", "acc": "50"}
        assert "0202000132000101100002010800" in bench.strap.asked

    on(strap, test)


def test_subscriptions_and_reads_that_fail_cost_only_themselves() -> None:
    strap = FakeStrap()
    strap.broken |= {"notify hr": BleakError("abort"), "notify pmd": BleakError("abort"), "read model": KeyError("x")}
    strap.deaf.add("read battery")

    def test(bench: Bench) -> None:
        assert bench.streams.on == ()
        failed = dict.fromkeys(("hr", "contact", "energy", "rr"), "subscribe to hr: abort")
        battery = {"battery": "read battery: no answer within 3 s"}
        pmd = dict.fromkeys(("ecg", "acc"), "subscribe to pmd: abort")
        assert bench.streams.missing == failed | pmd | battery
        assert ("firmware", b"text") in bench.heard

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


def test_a_measurement_that_cannot_be_started_again() -> None:
    async def test(bench: Bench) -> None:
        bench.strap.answers["0200"] = bytes.fromhex("f002000d")
        with pytest.raises(RefusedError, match="start ecg: not possible on the charger"):
            await bench.streams.start_again("ecg")
        bench.strap.deaf.add("unnotify hr")
        with pytest.raises(StepError, match="unsubscribe from hr: no answer"):
            await bench.streams.start_again("hr")

    on(FakeStrap(), test)


def test_what_the_strap_stops_by_itself_is_silent_at_once() -> None:
    def test(bench: Bench) -> None:
        bench.strap.send("pmd", ECG_FRAME)
        bench.strap.send("pmd-control", bytes.fromhex("010005"))
        assert bench.watch.silent().keys() == {"ecg"}

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


def test_a_profile_without_a_control_point_says_so() -> None:
    whole = builtin_profiles()["simulated"]
    channels = tuple(channel for channel in whole.channel if channel.id != "pmd-control")
    profiles = {"simulated": msgspec.structs.replace(whole, channel=channels)}

    def test(bench: Bench) -> None:
        why = "the profile has no control point to start it with"
        assert bench.streams.missing == {"ecg": why, "acc": why}

    on(FakeStrap(), test, profiles=profiles)
