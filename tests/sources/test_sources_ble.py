"""The strap as a source, against a strap in memory: what cannot be had on a real link, and in no time."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from itertools import pairwise
from typing import Any, Self

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDeviceNotFoundError,
    BleakError,
)

from tests.sources.fakes import FakeAir, FakeStrap, Kept, ended, run, virtual_clock
from tidehold.errors import SourceError
from tidehold.records import Link
from tidehold.sources.ble import BleDevice
from tidehold.sources.ble_connect import is_ours
from tidehold.sources.ble_options import ANY, USUAL, Timing, Wanted
from tidehold.sources.ble_trouble import OFF_FOR_A_MINUTE, OTHER_APP, WEAR_IT
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS

PROFILES = builtin_profiles()
OFF = BleakBluetoothNotAvailableError("off", BleakBluetoothNotAvailableReason.POWERED_OFF)


class Session:
    """A source at work on a strap in memory."""

    def __init__(
        self, strap: FakeStrap, air: FakeAir | None = None, timing: Timing = USUAL, want: Wanted = ANY
    ) -> None:
        self.strap = strap
        self.air = air or FakeAir(strap)
        self.kept = Kept()
        self.source = BleDevice("strap", virtual_clock(), PROFILES, self.air.transport, want, timing)

    async def __aenter__(self) -> Self:
        self.living = asyncio.create_task(self.strap.live())
        self.task = asyncio.create_task(self.source.run(self.kept.put))
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self.task.done():
            await ended(self.task)
        await ended(self.living)


def during(test: Callable[[Session], Coroutine[Any, Any, None]], strap: FakeStrap, **options: Any) -> None:
    async def main() -> None:
        async with Session(strap, **options) as session:
            await test(session)
        assert not is_ours(strap.address)

    run(main())


def now_s() -> float:
    return asyncio.get_running_loop().time()


def test_from_searching_to_armed() -> None:
    async def test(session: Session) -> None:
        armed = await session.kept.until_state("armed")
        searching, connecting, up, _ = session.kept.links
        assert session.kept.states == ["searching", "connecting", "up", "armed"]
        assert searching.detail == {"for": "any heart-rate strap", "attempt": "1"}
        assert connecting.detail == {
            "name": "Tidehold Sim 0001",
            "address": session.strap.address,
            "rssi_dbm": "-60",
            "attempt": "1",
            "try": "1",
        }
        assert up.detail == {
            "profile": "simulated",
            "address": session.strap.address,
            "name": "Tidehold Sim 0001",
            "mtu": "247",
            "attempt": "1",
        }
        assert armed.detail == {
            "streams": "hr contact energy rr battery ecg acc",
            "rates_hz": "ecg: 130; acc: 200",
            "warming_up": "hr ecg acc",
        }
        assert {link.source for link in session.kept.links} == {"strap"}
        first_frame = next(n for n, item in enumerate(session.kept.inputs) if not isinstance(item, Link))
        assert session.kept.inputs.index(up) < first_frame, "the profile is known before the first frame"

    during(test, FakeStrap())


def test_a_strap_with_heart_rate_only_says_what_is_missing_and_why() -> None:
    strap = FakeStrap()
    del strap.table["pmd-control"], strap.table["pmd"]

    async def test(session: Session) -> None:
        armed = await session.kept.until_state("armed")
        assert armed.detail["streams"] == "hr contact energy rr battery"
        assert armed.detail["missing"] == (
            "ecg: the device does not offer it (no pmd-control); acc: the device does not offer it (no pmd-control)"
        )
        await session.kept.until(lambda: session.kept.frames("hr"))

    during(test, strap)


def test_after_a_loss_it_comes_back_with_every_stream() -> None:
    strap = FakeStrap()

    async def test(session: Session) -> None:
        for count, reason in enumerate((0x08, "Remote User Terminated Connection (0x13)", None), 1):
            await session.kept.until_state("armed", count)
            await asyncio.sleep(20)
            strap.drop(reason)
            dropped_s = now_s()
            down = await session.kept.until_state("down", count)
            assert down.t / NS == pytest.approx(dropped_s), "said at once"
            assert float(down.detail["uptime_s"]) == pytest.approx(20.1, abs=0.2)
            again = await session.kept.until_state("armed", count + 1)
            assert again.detail["streams"].endswith("ecg acc")
            assert again.t / NS - dropped_s < 1
        reasons = [link.detail["reason"] for link in session.kept.links if link.state == "down"]
        assert reasons == ["Connection Timeout (0x08)", "Remote User Terminated Connection (0x13)", "link lost"]
        assert len(strap.clients) == 4, "a client is used once"
        assert [client.closed for client in strap.clients] == [True, True, True, False]

    during(test, strap)


def test_it_stays_with_its_strap_though_another_is_nearer() -> None:
    strap, other = FakeStrap(), FakeStrap(address="F0:00:00:00:00:02", name="Tidehold Sim 0002")
    other.rssi = -90
    air = FakeAir(strap, other)

    async def test(session: Session) -> None:
        await session.kept.until_state("armed")
        other.rssi = -20
        strap.services = []  # it need not even say that it is a heart-rate strap
        strap.name = None
        strap.drop()
        again = await session.kept.until_state("up", 2)
        assert again.detail["address"] == strap.address
        assert again.detail["profile"] == "simulated", "its name is remembered"
        assert other.clients == []

    during(test, strap, air=air)


def test_a_device_asked_for_by_name_need_not_advertise_heart_rate() -> None:
    strap = FakeStrap()
    strap.services = []

    async def test(session: Session) -> None:
        up = await session.kept.until_state("up")
        assert up.detail["profile"] == "simulated"

    during(test, strap, want=Wanted(name="sim 0001"))


def test_a_few_tries_on_one_sighting_with_growing_pauses() -> None:
    strap = FakeStrap()
    strap.failures = [BleakError("le-connection-abort-by-local")] * 4

    async def test(session: Session) -> None:
        await session.kept.until_state("up")
        connecting = [link for link in session.kept.links if link.state == "connecting"]
        assert [link.detail["try"] for link in connecting] == ["1", "2", "3", "4", "5"]
        assert connecting[1].detail["before"] == "connect: le-connection-abort-by-local"
        gaps = [b.t - a.t for a, b in pairwise(connecting)]
        assert gaps == sorted(gaps)
        assert session.air.scans == 1

    during(test, strap)


def test_a_strap_that_refuses_gets_advice_and_is_tried_for_ever_with_backoff() -> None:
    strap = FakeStrap()
    strap.failures = [BleakError("connection refused")] * 1000

    async def test(session: Session) -> None:
        await session.kept.until_state("refused", 12)
        refused = [link for link in session.kept.links if link.state == "refused"]
        assert refused[0].detail == {
            "reason": "seen, but connect: connection refused",
            "advice": OTHER_APP,
            "attempt": "1",
        }
        gaps = [(b.t - a.t) / NS for a, b in pairwise(refused)]
        assert gaps == sorted(gaps)
        assert gaps[-1] - gaps[0] == pytest.approx(USUAL.backoff_max - USUAL.backoff, abs=0.2)
        strap.failures = []
        up = await session.kept.until_state("up")
        assert up.detail["attempt"] == "13"
        await session.kept.until_state("armed")
        strap.drop()
        up = await session.kept.until_state("up", 2)
        assert up.detail["attempt"] == "1"

    during(test, strap)


def test_orphans_that_cannot_be_asked_for_in_time_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: object) -> list[str]:
        await asyncio.get_running_loop().create_future()
        return ["never"]

    monkeypatch.setattr("tidehold.sources.ble.release_orphans", hang)

    async def main() -> None:
        assert await BleDevice("strap", virtual_clock(), PROFILES)._release_orphans() == ()
        assert now_s() == USUAL.orphan

    run(main())


def test_a_device_that_the_stack_forgot_is_looked_for_again_at_once() -> None:
    strap = FakeStrap()
    strap.failures = [BleakDeviceNotFoundError(strap.address, "may have been removed from BlueZ when scanning stopped")]

    async def test(session: Session) -> None:
        await session.kept.until_state("up")
        assert session.kept.states[:5] == ["searching", "connecting", "refused", "searching", "connecting"]
        assert "looked for again" in session.kept.links[2].detail["advice"]

    during(test, strap)


def test_a_strap_that_is_not_there_gets_advice() -> None:
    strap = FakeStrap()
    air = FakeAir()

    async def test(session: Session) -> None:
        refused = await session.kept.until_state("refused")
        assert refused.detail["reason"] == "any heart-rate strap was not heard for 30 s"
        assert refused.detail["advice"] == WEAR_IT
        air.straps.append(strap)
        await session.kept.until_state("armed")
        assert air.scans == 2

    during(test, strap, air=air)


def test_no_bluetooth_at_the_start_is_an_error_at_once() -> None:
    strap = FakeStrap()
    air = FakeAir(strap)
    air.failure = OFF

    async def test(session: Session) -> None:
        with pytest.raises(SourceError, match=r"^Bluetooth is off; switch it on"):
            await session.task
        assert now_s() < 1

    during(test, strap, air=air)


def test_no_bluetooth_later_is_waited_out() -> None:
    strap = FakeStrap()

    async def test(session: Session) -> None:
        await session.kept.until_state("armed")
        session.air.failure = OFF
        strap.drop()
        refused = await session.kept.until_state("refused", 3)
        assert refused.detail["reason"] == "Bluetooth is off"
        session.air.failure = None
        await session.kept.until_state("armed", 2)

    during(test, strap)


def test_trouble_that_may_pass_is_waited_out_from_the_start() -> None:
    strap = FakeStrap()
    air = FakeAir(strap)
    air.failure = BleakError("hiccup")

    async def test(session: Session) -> None:
        refused = await session.kept.until_state("refused", 2)
        assert refused.detail == {"reason": "hiccup", "advice": "it is tried again", "attempt": "2"}
        air.failure = None
        await session.kept.until_state("armed")

    during(test, strap, air=air)


def test_a_loss_that_nobody_tells_of_is_noticed() -> None:
    strap = FakeStrap()

    async def test(session: Session) -> None:
        await session.kept.until_state("armed")
        assert strap.link is not None
        strap.link.end(tell=False)
        began = now_s()
        down = await session.kept.until_state("down")
        assert down.detail["reason"] == "link lost"
        assert now_s() - began <= USUAL.watch
        await session.kept.until_state("armed", 2)

    during(test, strap)


def test_one_silent_stream_is_started_again_and_the_others_flow_on() -> None:
    strap = FakeStrap()

    async def test(session: Session) -> None:
        await session.kept.until(lambda: len(session.kept.frames("pmd")) > 4)
        strap.mute.add("ecg")
        stalled = await session.kept.until_state("stalled")
        assert stalled.detail["stream"] == "ecg"
        assert 5 < float(stalled.detail["silent_s"]) < 6
        strap.mute.clear()
        await asyncio.sleep(60)
        assert session.kept.states.count("stalled") == 1
        assert strap.asked[-2:] == ["0300", "02000001820001010e00"]
        assert "down" not in session.kept.states

    during(test, strap)


def test_if_that_does_not_help_the_link_is_made_anew() -> None:
    strap = FakeStrap()

    async def test(session: Session) -> None:
        await session.kept.until(lambda: len(session.kept.frames("pmd")) > 4)
        strap.mute.add("ecg")
        down = await session.kept.until_state("down")
        assert session.kept.states.count("stalled") == 2
        assert down.detail["reason"] == "ecg was silent for 11 s, starting it again did not help"
        assert "0300" in strap.asked, "a link that is still there is left in good order"
        strap.mute.clear()
        await session.kept.until_state("armed", 2)

    during(test, strap)


def test_a_stream_that_cannot_be_started_again_costs_the_link_at_once() -> None:
    strap = FakeStrap()

    async def test(session: Session) -> None:
        await session.kept.until(lambda: len(session.kept.frames("pmd")) > 4)
        strap.mute.add("ecg")
        strap.answers["0200"] = bytes.fromhex("f002000d")
        down = await session.kept.until_state("down")
        assert session.kept.states.count("stalled") == 1
        why = "it could not be started again (start ecg: not possible on the charger)"
        assert down.detail["reason"] == f"ecg was silent for 5 s, {why}"

    during(test, strap)


def test_a_hopeless_stream_is_given_up_for_the_sake_of_the_others() -> None:
    strap = FakeStrap()
    strap.mute.add("ecg")

    async def test(session: Session) -> None:
        await session.kept.until_state("armed", 3)
        assert session.kept.states.count("down") == 1
        assert session.kept.states.count("stalled") == 4
        assert "ecg: silent for 71 s" in session.kept.links[-1].detail["missing"]
        assert "ecg" not in session.kept.links[-1].detail["streams"].split()
        await asyncio.sleep(600)
        assert session.kept.states.count("down") == 1, "the heart rate is worth more"

    during(test, strap)


def test_a_link_on_which_nothing_comes_at_all_is_always_made_anew() -> None:
    strap = FakeStrap()
    strap.mute |= {"hr", "ecg", "acc"}

    async def test(session: Session) -> None:
        await session.kept.until_state("down", 4, seconds=3600)

    during(test, strap)


def test_what_could_not_be_switched_on_at_first_is_tried_again() -> None:
    strap = FakeStrap()
    strap.broken["notify hr"] = BleakError("busy")

    async def test(session: Session) -> None:
        armed = await session.kept.until_state("armed")
        assert armed.detail["missing"].startswith("hr: subscribe to hr: busy; ")
        assert armed.detail["streams"] == "battery ecg acc"
        strap.broken.clear()
        armed = await session.kept.until_state("armed", 2)
        assert armed.detail["streams"] == "hr contact energy rr battery ecg acc"
        assert "missing" not in armed.detail
        assert session.kept.states[-2:] == ["stalled", "armed"]
        await asyncio.sleep(60)
        assert "down" not in session.kept.states

    during(test, strap)


def test_thirty_seconds_of_warm_up_are_no_stall() -> None:
    strap = FakeStrap()
    strap.mute |= {"ecg", "acc"}

    async def test(session: Session) -> None:
        armed = await session.kept.until_state("armed")
        assert armed.detail["warming_up"] == "hr ecg acc"
        await asyncio.sleep(31)
        strap.mute.clear()
        await asyncio.sleep(60)
        assert "stalled" not in session.kept.states

    during(test, strap)


def test_a_link_on_which_nothing_can_be_switched_on_is_of_no_use() -> None:
    strap = FakeStrap(of="generic-heart-rate", name="HRM")
    strap.broken["notify hr"] = BleakError("abort")

    async def test(session: Session) -> None:
        down = await session.kept.until_state("down")
        assert down.detail["reason"].startswith("nothing could be switched on: hr: subscribe to hr: abort")
        assert "armed" not in session.kept.states
        await session.kept.until_state("down", 8)
        downs = [link.t for link in session.kept.links if link.state == "down"]
        assert downs[7] - downs[6] > USUAL.backoff_max * NS, "it backs off"
        strap.broken.clear()
        await session.kept.until_state("armed")

    during(test, strap)


def test_a_loss_while_switching_on_is_a_loss_like_any_other() -> None:
    strap = FakeStrap()
    strap.deaf.add("0100")

    async def test(session: Session) -> None:
        await session.kept.until_state("up")
        await asyncio.sleep(0.5)
        strap.deaf.clear()
        strap.drop(0x08)
        await session.kept.until_state("armed")
        assert session.kept.states[-5:] == ["down", "searching", "connecting", "up", "armed"]

    during(test, strap)


def test_links_that_are_lost_again_and_again_at_once_get_advice() -> None:
    strap = FakeStrap()

    async def test(session: Session) -> None:
        for count in (1, 2):
            await session.kept.until_state("armed", count)
            strap.drop()
        await session.kept.until_state("armed", 3)
        await asyncio.sleep(10)
        strap.drop()
        await session.kept.until_state("down", 3)
        advice = [link.detail.get("advice") for link in session.kept.links if link.state == "down"]
        assert advice == [None, OFF_FOR_A_MINUTE, None]

    during(test, strap)


def test_frames_of_a_link_that_is_down_are_not_put() -> None:
    strap = FakeStrap()

    async def test(session: Session) -> None:
        await session.kept.until_state("armed")
        assert strap.link is not None
        stale = dict(strap.link.notified)
        strap.drop()
        await session.kept.until_state("armed", 2)
        before = len(session.kept.frames("hr"))
        stale["hr"](bytearray(b"\x00\x3c"))
        assert len(session.kept.frames("hr")) == before

    during(test, strap)


def test_on_the_way_out_the_strap_is_switched_off_and_let_go() -> None:
    strap = FakeStrap()

    async def test(session: Session) -> None:
        await session.kept.until_state("armed")
        strap.asked.clear()
        await ended(session.task)
        off = ["0300", "0302", "unnotify hr", "unnotify pmd-control", "unnotify pmd", "disconnect"]
        assert strap.asked == off
        assert strap.link is None
        assert session.kept.links[-1].detail["reason"] == "closed here"

    during(test, strap)


@pytest.mark.parametrize("deaf", [{"0300"}, {"disconnect"}, {"0300", "0302", "unnotify hr", "disconnect"}])
def test_on_the_way_out_a_strap_that_does_not_answer_takes_less_than_five_seconds(deaf: set[str]) -> None:
    strap = FakeStrap()

    async def test(session: Session) -> None:
        await session.kept.until_state("armed")
        strap.deaf = deaf
        began = now_s()
        session.task.cancel()
        await asyncio.sleep(0.3)
        session.task.cancel()  # an impatient person
        await asyncio.wait({session.task})
        assert session.task.cancelled()
        assert now_s() - began < 5
        assert strap.asked[-1] == "disconnect"

    during(test, strap)


@pytest.mark.parametrize("after_s", [0.005, 0.3, 0.66, 0.7, 0.75, 0.8, 0.85, 0.9, 1.0])
def test_it_can_be_cancelled_at_any_moment(after_s: float) -> None:
    strap = FakeStrap()
    strap.connect_s = 0.1

    async def main() -> None:
        session = Session(strap)
        task = asyncio.create_task(session.source.run(session.kept.put))
        await asyncio.sleep(after_s)
        await ended(task)
        assert strap.link is None
        assert strap.running == set()
        assert not is_ours(strap.address)

    run(main())


def test_a_bug_in_the_recorder_is_not_swallowed_and_the_strap_is_left_in_good_order() -> None:
    strap = FakeStrap()

    async def main() -> None:
        def put(item: object) -> None:
            if isinstance(item, Link) and item.state == "armed":
                raise ZeroDivisionError

        source = BleDevice("strap", virtual_clock(), PROFILES, FakeAir(strap).transport, timing=replace(USUAL, tries=1))
        with pytest.raises(ExceptionGroup) as raised:
            await source.run(put)
        assert raised.group_contains(ZeroDivisionError)
        assert strap.asked[-1] == "disconnect"

    run(main())
