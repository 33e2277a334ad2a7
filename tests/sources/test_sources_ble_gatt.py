"""Characteristics: found by the channels of a profile, and accessed with deadlines."""

import pytest
from bleak.exc import BleakError

from tests.sources.fakes import ACC_FRAME, ECG_FRAME, HR_60, Bench, FakeStrap, on, profile
from tidehold.sources.ble_gatt import NotOfferedError
from tidehold.sources.ble_step import StepError

CHANNELS = {channel.id: channel for channel in profile().channel}


def test_everything_that_arrives_is_heard_in_order_and_as_it_is() -> None:
    async def test(bench: Bench) -> None:
        bench.heard.clear()
        sent = [("hr", HR_60), ("pmd", ECG_FRAME), ("pmd", b""), ("pmd", ACC_FRAME), ("hr", HR_60)]
        for channel, payload in sent:
            bench.strap.send(channel, payload)
        assert bench.heard == sent
        assert all(type(payload) is bytes for _, payload in bench.heard), "bleak's buffers may change"

    on(FakeStrap(), test)


def test_answers_and_what_is_read_are_heard_too() -> None:
    def test(bench: Bench) -> None:
        control = [payload.hex()[:6] for channel, payload in bench.heard if channel == "pmd-control"]
        assert control == ["0f0500", "f00100", "f00200", "f00102", "f00202"]
        assert ("battery", b"\x57") in bench.heard

    on(FakeStrap(), test)


def test_what_arrives_is_heard_before_anything_is_made_of_it() -> None:
    async def test(bench: Bench) -> None:
        seen: list[int] = []
        bench.heard.clear()
        await bench.gatt.subscribe(CHANNELS["hr"], lambda _: seen.append(len(bench.heard)))
        bench.strap.send("hr", HR_60)
        assert seen == [1]

    on(FakeStrap(), test)


def test_bluez_is_told_how_to_notify() -> None:
    def test(bench: Bench) -> None:
        assert bench.strap.link is not None
        assert bench.strap.link.notify_options["bluez"] == {"use_start_notify": True}

    on(FakeStrap(), test)


def test_a_subscription_ends_once() -> None:
    async def test(bench: Bench) -> None:
        await bench.gatt.subscribe(CHANNELS["hr"], lambda _: None)
        assert bench.gatt.notifying == {"hr": CHANNELS["hr"]}
        bench.strap.asked.clear()
        for _ in range(2):
            await bench.gatt.unsubscribe(CHANNELS["hr"])
        assert bench.strap.asked == ["unnotify hr"]

    on(FakeStrap(), test)


def test_every_access_fails_by_name() -> None:
    strap = FakeStrap()

    async def test(bench: Bench) -> None:
        strap.broken |= {"notify hr": BleakError("no"), "unnotify hr": BleakError("no")}
        strap.deaf.add("read battery")
        with pytest.raises(StepError, match=r"^subscribe to hr: no$"):
            await bench.gatt.subscribe(CHANNELS["hr"], lambda _: None)
        with pytest.raises(StepError, match=r"^read battery: no answer within 3 s$"):
            await bench.gatt.read(CHANNELS["battery"])
        strap.broken.pop("notify hr")
        await bench.gatt.subscribe(CHANNELS["hr"], lambda _: None)
        with pytest.raises(StepError, match=r"^unsubscribe from hr: no$"):
            await bench.gatt.unsubscribe(CHANNELS["hr"])

    on(strap, test)


def test_what_is_not_offered() -> None:
    strap = FakeStrap()
    del strap.table["battery"]
    strap.table["hr"][2][:] = ["read"]

    async def test(bench: Bench) -> None:
        with pytest.raises(NotOfferedError, match=r"^the device does not offer it \(no battery\)$"):
            await bench.gatt.read(CHANNELS["battery"])
        with pytest.raises(NotOfferedError, match=r"\(no hr\)$"):
            await bench.gatt.subscribe(CHANNELS["hr"], lambda _: None)
        with pytest.raises(NotOfferedError, match=r"\(body-location cannot be written\)$"):
            bench.gatt.writer(CHANNELS["body-location"])

    on(strap, test)
