"""Scanning, and the choice of a device."""

import asyncio
from dataclasses import replace

import msgspec
import pytest
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakError

from tests.sources.fakes import HR, FakeAir, FakeStrap, run
from tidehold.errors import SourceError
from tidehold.sources.ble_options import ANY, USUAL, Wanted
from tidehold.sources.ble_scan import Seen, find, is_wanted, listen, scan
from tidehold.sources.ble_step import StepError
from tidehold.sources.profiles import builtin_profiles
from tidehold.wire.profile import Match

PROFILES = builtin_profiles()
H10 = "Polar H10 0A1B2C3D"


def strap(address: str, name: str | None, rssi: int = -60, services: tuple[str, ...] = (HR,)) -> FakeStrap:
    made = FakeStrap(name=name, address=address)
    made.rssi, made.services = rssi, list(services)
    return made


def test_scan_lists_all_known_kinds_first_then_the_nearest() -> None:
    air = FakeAir(
        strap("A", "Headphones", -30, ()),
        strap("B", "HRM 12", -80),
        strap("C", None, 127, ()),
        strap("D", H10, -70),
    )
    seen = run(scan(air.transport, 1.0, PROFILES))
    assert seen == [
        Seen("D", H10, -70, (HR,), "polar-h10"),
        Seen("B", "HRM 12", -80, (HR,), "generic-heart-rate"),
        Seen("A", "Headphones", -30, (), None),
        Seen("C", None, None, (), None),
    ]


def test_a_profile_of_a_phone_is_not_taken_for_one_of_a_strap() -> None:
    phone = msgspec.structs.replace(PROFILES["generic-heart-rate"], id="phone", source="mqtt", match=Match())
    assert run(scan(FakeAir(strap("A", "Scale", -20, ())).transport, 1.0, {"phone": phone}))[0].profile is None


def test_an_advertisement_and_its_scan_response_are_put_together() -> None:
    one = strap("A", H10)
    one.scan_response = True
    assert run(scan(FakeAir(one).transport, 1.0, PROFILES)) == [Seen("A", H10, -60, (HR,), "polar-h10")]


def test_listening_tells_all_within_reach_again_and_again_in_the_order_of_being_heard() -> None:
    near, far = strap("A", H10, -50), strap("B", "HRM 12", -80)
    air = FakeAir(near, far)
    told: list[list[str]] = []
    timing = replace(USUAL, scan_round=2.0)

    async def hear() -> None:
        search = asyncio.ensure_future(
            listen(air.transport, PROFILES, lambda seen: told.append([each.address for each in seen]), timing)
        )
        await asyncio.sleep(1.75)
        assert told == [["A", "B"]] * 3
        air.straps.remove(near)  # of the next round: it is still there, and in the one after that it is not
        await asyncio.sleep(4.5)
        search.cancel()
        with pytest.raises(asyncio.CancelledError):
            await search

    run(hear())
    assert told[4:8] == [["A", "B"]] * 4
    assert told[8:] == [["B"]] * 4
    assert not air.scanning


def test_listening_without_bluetooth_says_what_to_do() -> None:
    air = FakeAir()
    air.failure = BleakBluetoothNotAvailableError("off", BleakBluetoothNotAvailableReason.POWERED_OFF)
    with pytest.raises(SourceError, match=r"^Bluetooth is off; switch it on"):
        run(listen(air.transport, PROFILES, lambda _: None))


def test_scan_without_bluetooth_says_what_to_do() -> None:
    air = FakeAir()
    air.failure = BleakBluetoothNotAvailableError("off", BleakBluetoothNotAvailableReason.POWERED_OFF)
    with pytest.raises(SourceError, match=r"^Bluetooth is off; switch it on"):
        run(scan(air.transport, 1.0, PROFILES))


def test_a_scan_that_cannot_be_stopped_has_still_found_what_it_found() -> None:
    air = FakeAir(strap("A", H10))
    air.stop_failure = BleakError("adapter is gone")
    assert [seen.address for seen in run(scan(air.transport, 1.0, PROFILES))] == ["A"]


def test_without_a_wish_the_nearest_heart_rate_strap() -> None:
    air = FakeAir(strap("A", "HRM 1", -80), strap("B", "HRM 2", -50), strap("C", "Scale", -20, ()))

    async def main() -> None:
        found = await find(air.transport, ANY, PROFILES, USUAL)
        assert found is not None
        assert found.device.address == "B"
        assert asyncio.get_running_loop().time() < 1.0

    run(main())


def test_a_wish_is_met_as_soon_as_it_is_heard() -> None:
    air = FakeAir(strap("A", "HRM 1", -50), strap("B", "HRM 2", -80))

    async def main() -> None:
        found = await find(air.transport, Wanted(address="b"), PROFILES, USUAL)
        assert found is not None
        assert found.device.address == "B"
        assert asyncio.get_running_loop().time() < 0.2

    run(main())


@pytest.mark.parametrize(
    ("known_name", "name", "within_s"), [(None, H10, 0.4), ("Polar H10 before", "Polar H10 before", 0.15)]
)
def test_a_name_that_comes_later_is_waited_for_unless_it_is_known(
    known_name: str | None, name: str, within_s: float
) -> None:
    one = strap("A", H10)
    one.scan_response = True

    async def main() -> None:
        found = await find(FakeAir(one).transport, Wanted(address="A"), PROFILES, USUAL, known_name)
        assert found is not None
        assert found.name == name
        assert asyncio.get_running_loop().time() <= within_s

    run(main())


def test_a_name_that_never_comes_is_not_waited_for_long() -> None:
    async def main() -> None:
        found = await find(FakeAir(strap("A", None)).transport, Wanted(address="A"), PROFILES, USUAL)
        assert found is not None
        assert found.name is None
        assert asyncio.get_running_loop().time() < 1.0

    run(main())


def test_a_round_without_a_find_ends() -> None:
    async def main() -> None:
        assert await find(FakeAir(strap("A", "Scale", -20, ())).transport, ANY, PROFILES, USUAL) is None
        assert asyncio.get_running_loop().time() == pytest.approx(USUAL.scan_round, abs=0.1)

    run(main())


def test_a_scan_that_does_not_start_fails_by_name() -> None:
    async def main() -> None:
        air = FakeAir()
        air.failure = BleakError("in progress")
        with pytest.raises(StepError, match=r"^scan: in progress$"):
            await find(air.transport, ANY, PROFILES, USUAL)
        with pytest.raises(StepError, match=r"^scan: no answer within 0.001 s$"):
            await find(air.transport, ANY, PROFILES, replace(USUAL, scan_start=0.001))

    run(main())


@pytest.mark.parametrize(
    ("wanted", "address", "name", "services", "is_it"),
    [
        (ANY, "A", None, (HR,), True),
        (ANY, "A", H10, (), True),
        (ANY, "A", "Scale", (), False),
        (Wanted(address="aa:bb"), "AA:BB", None, (), True),
        (Wanted(address="AA:BB", name="H10"), "AA:CC", H10, (HR,), False),
        (Wanted(name="h10"), "A", H10, (), True),
        (Wanted(name="h10"), "A", None, (HR,), False),
    ],
)
def test_who_is_wanted(wanted: Wanted, address: str, name: str | None, services: tuple[str, ...], is_it: bool) -> None:
    assert is_wanted(wanted, PROFILES, address, name, services) is is_it
