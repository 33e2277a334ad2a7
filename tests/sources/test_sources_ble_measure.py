"""Measurements: the order they are switched on in, and what a strap may say to it."""

import asyncio

import msgspec
import pytest
from bleak.exc import BleakGATTProtocolError

from tests.sources.fakes import ACC_FRAME, ECG_FRAME, PLAIN, Bench, FakeStrap, on, run
from tidehold.sources.profiles import builtin_profiles

START_ECG = "02000001820001010e00"
START_ACC = "02020001c8000101100002010800"


def test_they_are_switched_on_in_the_order_straps_insist_on() -> None:
    def test(bench: Bench) -> None:
        asked = [each for each in bench.strap.asked if "pmd" in each or each.isdigit() or each[:2] == "02"]
        assert asked == [
            "notify pmd-control",
            "notify pmd",
            "read pmd-control",
            "0100",
            START_ECG,
            "0102",
            START_ACC,
        ]

    on(FakeStrap(), test)


def test_a_frame_of_one_is_no_sign_of_life_of_another() -> None:
    def test(bench: Bench) -> None:
        bench.strap.send("pmd", bytes((0x40 | ACC_FRAME[0],)) + ACC_FRAME[1:])  # the upper two bits are flags
        bench.strap.send("pmd", b"\x05" + ACC_FRAME[1:])  # nobody asked for a gyroscope
        bench.strap.send("pmd", b"")
        assert bench.watch.warming_up() == ("hr", "ecg")

    on(FakeStrap(), test)


@pytest.mark.parametrize(
    ("channel", "properties", "why"),
    [
        ("pmd-control", ["read", "indicate"], "pmd-control cannot be written"),
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
        assert bench.streams.missing == dict.fromkeys(("ecg", "acc"), f"the device does not offer it ({why})")

    on(strap, test)


def test_a_strap_that_does_not_measure_everything() -> None:
    strap = FakeStrap()
    strap.reads["pmd-control"] = bytes.fromhex("0f04")

    def test(bench: Bench) -> None:
        assert bench.streams.on == (*PLAIN, "acc")
        assert bench.streams.missing == {"ecg": "the device does not measure it"}
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


def test_one_refused_does_not_stop_the_other() -> None:
    strap = FakeStrap()
    strap.answers["0200"] = bytes.fromhex("f0020007")

    def test(bench: Bench) -> None:
        assert bench.streams.on == (*PLAIN, "acc")
        assert bench.streams.missing == {"ecg": "start ecg: wrong resolution"}
        assert bench.strap.asked.count(START_ECG) == 1
        assert bench.watch.silent() == {}, "a refusal is an answer"

    on(strap, test)


def test_one_without_an_answer_does_not_stop_the_other_and_is_stopped_all_the_same() -> None:
    strap = FakeStrap()
    strap.answers["0200"] = None

    async def test(bench: Bench) -> None:
        assert bench.streams.on == (*PLAIN, "acc")
        assert bench.streams.missing == {"ecg": "start ecg: no answer within 3 s"}
        assert bench.watch.silent().keys() == {"ecg"}
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
            assert strap.asked.count(START_ECG) == 2

    run(main())


def test_an_mtu_that_stays_too_small_is_said() -> None:
    strap = FakeStrap()
    strap.answers |= {"0200": bytes.fromhex("f002000a"), "0202": bytes.fromhex("f002020a")}

    def test(bench: Bench) -> None:
        assert bench.streams.missing == {"ecg": "start ecg: MTU too small", "acc": "start acc: MTU too small"}

    on(strap, test)


def test_a_rate_that_is_not_offered_is_replaced_by_the_nearest() -> None:
    strap = FakeStrap()
    strap.answers["0102"] = bytes.fromhex("f001020000" + "000219003200" + "01011000" + "0203020004000800")

    def test(bench: Bench) -> None:
        assert bench.streams.rates_hz == {"ecg": "130", "acc": "50"}
        assert "0202000132000101100002010800" in bench.strap.asked

    on(strap, test)


def test_what_the_strap_stops_by_itself_is_silent_at_once() -> None:
    def test(bench: Bench) -> None:
        bench.strap.send("pmd", ECG_FRAME)
        bench.strap.send("pmd-control", bytes.fromhex("010005"))
        assert bench.watch.silent().keys() == {"ecg"}

    on(FakeStrap(), test)


@pytest.mark.parametrize("left", [(), ("pmd",)])
def test_a_profile_without_a_control_point_says_so(left: tuple[str, ...]) -> None:
    whole = builtin_profiles()["simulated"]
    channels = tuple(c for c in whole.channel if not c.codec.startswith("pmd") or c.id in left)
    profiles = {"simulated": msgspec.structs.replace(whole, channel=channels)}

    def test(bench: Bench) -> None:
        why = "the profile has no control point to start it with"
        assert bench.streams.missing == {"ecg": why, "acc": why}

    on(FakeStrap(), test, profiles=profiles)
