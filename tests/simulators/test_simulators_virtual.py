"""Virtual time gives the inputs that a live session would have queued, in their order, in no time."""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest

from tidehold.records import Frame, Input, Link, Mark, Stop, Tick
from tidehold.session.header import decode_header, encode_header
from tidehold.units import NS
from tidehold.wire.heart_rate import decode_heart_rate
from tidehold.wire.pmd import Measurement, decode_frame
from tidehold_simulators.body import SeededBody
from tidehold_simulators.scenario import Fault, PhoneSpec, Scenario, StrapSpec, load_scenario, scenario_names
from tidehold_simulators.strap_model import Strap
from tidehold_simulators.virtual import virtual_header, virtual_inputs

CALM = Scenario(name="x", about="y", seed=3)


def frames(items: Iterable[Input], *channels: str) -> list[Frame]:
    return [item for item in items if isinstance(item, Frame) and item.channel in channels]


def links(items: Iterable[Input]) -> list[Link]:
    return [item for item in items if isinstance(item, Link)]


@pytest.mark.parametrize("name", scenario_names())
def test_inputs_are_in_order_and_end_with_a_stop(name: str) -> None:
    items = list(virtual_inputs(load_scenario(name), 130, acc_hz=50))
    times = [item.t for item in items]
    assert times == sorted(times)
    assert items[-1] == Stop(items[-1].t, "the scenario is over")
    assert items[-1].t == 130 * NS
    assert Counter(type(item) for item in items)[Stop] == 1
    assert list(virtual_inputs(load_scenario(name), 130, acc_hz=50)) == items


def test_link_comes_up_and_says_who_it_is() -> None:
    items = list(virtual_inputs(CALM, 5))
    assert [link.state for link in links(items)] == ["searching", "connecting", "up", "armed"]
    assert links(items)[2].detail == {
        "profile": "simulated",
        "address": "F0:54:48:00:00:01",
        "name": "Tidehold Sim 0001",
        "mtu": "247",
    }
    assert links(items)[3].detail == {
        "streams": "hr contact energy rr battery ecg acc",
        "rates_hz": "ecg: 130; acc: 200",
    }
    read = {item.channel: item for item in items if isinstance(item, Frame) and item.channel not in {"hr", "pmd"}}
    assert read["battery"].payload == bytes([87])
    assert read["manufacturer"].payload == b"Tidehold"
    assert list(read) == ["battery", "manufacturer", "model", "serial", "firmware", "hardware", "software"]
    up, armed = (link.t for link in links(items)[2:])
    assert all(up < each.t < armed for each in read.values())
    assert all(each.t > armed for each in frames(items, "hr", "pmd"))


def test_streams_that_the_strap_lacks_are_named_with_the_reason() -> None:
    items = list(virtual_inputs(Scenario(name="x", about="y", strap=StrapSpec(pmd=False)), 5))
    assert links(items)[-1].detail == {
        "streams": "hr contact energy rr battery",
        "missing": "ecg: the device does not measure it; acc: the device does not measure it",
    }
    assert not frames(items, "pmd")


def test_ticks_come_at_4_hz() -> None:
    ticks = [item.t for item in virtual_inputs(CALM, 60) if isinstance(item, Tick)]
    assert ticks == [k * NS // 4 for k in range(1, 240)]


@pytest.mark.parametrize("jitter_s", [0.0, 0.07])
def test_frames_are_what_the_strap_sent_a_little_later(jitter_s: float) -> None:
    strap = Strap(CALM, SeededBody(CALM.body, CALM.seed))
    strap.advance(0.42)
    strap.hr_on = True
    strap.start("ecg", 130)
    strap.start("acc", 100)
    sent = strap.advance(40)
    arrived = frames(virtual_inputs(CALM, 41, acc_hz=100, jitter_s=jitter_s), "hr", "pmd")[: len(sent)]
    assert [each.payload for each in arrived] == [each.payload for each in sent]
    lags = np.array([got.t / NS - emission.t_s for got, emission in zip(arrived, sent, strict=True)])
    assert lags.min() >= -1e-9
    assert lags.max() <= jitter_s + 1e-9
    assert np.ptp(lags) >= 0.9 * jitter_s


def test_own_body_and_its_end() -> None:
    class Short(SeededBody):
        """Ends after 20 s."""

        ends_s = 20.0  # type: ignore[misc]  # what is final in the parent is what differs here

    items = list(virtual_inputs(CALM, 100, body=Short(CALM.body, 5)))
    assert 19 * NS < frames(items, "hr", "pmd")[-1].t <= 20.07 * NS
    assert isinstance(items[-2], Tick)
    beats = SeededBody(CALM.body, 5).beats(20)
    ticks = [tick for each in frames(items, "hr") for tick in decode_heart_rate(each.payload).rr_ticks or ()]
    np.testing.assert_allclose(np.array(ticks) / 1024, np.diff(beats)[: len(ticks)], atol=1.1 / 1024)


def test_rate_that_is_not_on_offer_is_refused() -> None:
    with pytest.raises(ValueError, match="acc is not offered at 30 Hz"):
        list(virtual_inputs(CALM, 5, acc_hz=30))


def test_link_faults_take_the_link_down_and_what_was_sent_is_lost() -> None:
    faults = (
        Fault(kind="link-drop", at_s=20, for_s=3),
        Fault(kind="supervision-timeout", at_s=40, for_s=6),
        Fault(kind="restart", at_s=60, for_s=1),
    )
    items = list(virtual_inputs(Scenario(name="x", about="y", fault=faults), 90, acc_hz=50))
    down = [link for link in links(items) if link.state == "down"]
    assert [(link.t / NS, link.detail["reason"]) for link in down] == [
        (20, "the strap closed the link (0x13)"),
        (44, "supervision time-out (0x08)"),
        (60, "the strap closed the link (0x15)"),
    ]
    assert float(down[0].detail["uptime_s"]) == pytest.approx(19.8, abs=0.05)
    armed = [link.t / NS for link in links(items) if link.state == "armed"]
    assert armed == pytest.approx([0.42, 23.42, 46.42, 61.42])
    data = [each.t / NS for each in frames(items, "hr", "pmd")]
    for lost, back in ((20.0, 23.42), (40.07, 46.42), (60.0, 61.42)):
        assert not [t for t in data if lost < t < back]
        assert [t for t in data if back < t < back + 1.5]
    rr = [decode_heart_rate(each.payload).rr_ticks or () for each in frames(items, "hr")]
    assert 1 <= max(map(len, rr)) <= 3  # the beats of a lost link are not told later
    acc = [
        frame for each in frames(items, "pmd") if (frame := decode_frame(each.payload)).measurement == Measurement.ACC
    ]
    steps = [(b.device - a.device) / NS for a, b in pairwise(acc)]
    assert len([step for step in steps if step > 1]) == 3


def test_strap_that_is_away_at_first_is_found_when_it_comes() -> None:
    scenario = Scenario(name="x", about="y", fault=(Fault(kind="link-drop", at_s=0, for_s=5),))
    found = links(virtual_inputs(scenario, 10))
    assert [(link.state, link.t / NS) for link in found] == [
        ("searching", 0),
        ("connecting", 5.1),
        ("up", 5.22),
        ("armed", 5.42),
    ]


def test_strap_that_never_comes_is_searched_for_to_the_end() -> None:
    scenario = Scenario(name="x", about="y", fault=(Fault(kind="link-drop", at_s=0, for_s=500),))
    items = list(virtual_inputs(scenario, 10))
    assert [link.state for link in links(items)] == ["searching"]
    assert items[-1].t == 10 * NS


def test_link_lost_while_connecting_starts_over() -> None:
    scenario = Scenario(name="x", about="y", fault=(Fault(kind="link-drop", at_s=0.15, for_s=1),))
    states = [link.state for link in links(virtual_inputs(scenario, 10))]
    assert states == ["searching", "connecting", "refused", "searching", "connecting", "up", "armed"]


def test_header_is_the_same_for_the_same_scenario() -> None:
    header = virtual_header(load_scenario("calm-6"), {})
    assert header == virtual_header(load_scenario("calm-6"), {})
    assert header.session == "virtual-calm-6"
    assert header.sources["strap"]["scenario"] == "calm-6"
    assert decode_header(encode_header(header)) == header


def test_an_hour_holds_an_hour_of_every_stream() -> None:
    kinds = Counter(type(item) for item in virtual_inputs(load_scenario("calm-6"), 3600))
    assert kinds[Frame] > 3500 + 3600 * (130 / 73 + 204 / 36) * 0.99


def of_source(items: Iterable[Input], source: str) -> list[Input]:
    return [item for item in items if not isinstance(item, Tick | Stop) and getattr(item, "source", "") == source]


@pytest.mark.parametrize(("name", "seconds"), [("phone-android", 30), ("phone-offline", 95), ("phone-sleeps-20s", 55)])
def test_a_phone_changes_nothing_about_the_strap(name: str, seconds: float) -> None:
    scenario = load_scenario(name)
    items = list(virtual_inputs(scenario, seconds, acc_hz=50, phone=True))
    times = [item.t for item in items]
    assert times == sorted(times)
    assert [item for item in items if getattr(item, "source", "") != "phone"] == list(
        virtual_inputs(scenario, seconds, acc_hz=50)
    )
    assert list(virtual_inputs(scenario, seconds, acc_hz=50, phone=True)) == items
    assert len(of_source(items, "phone")) > 3 * seconds


def test_another_phone_than_the_scenarios() -> None:
    items = list(virtual_inputs(CALM, 10, phone=PhoneSpec(app="phyphox", batch_s=1.0)))
    phone = of_source(items, "phone")
    assert isinstance(phone[1], Link)
    assert phone[1].detail["profile"] == "phyphox"
    assert len(frames(phone, "push")) == 9
    with pytest.raises(KeyError):
        list(virtual_inputs(CALM, 10, phone=True, profiles={}))


def test_header_says_what_the_phone_is_taken_for() -> None:
    wrong = load_scenario("wrong-profile")
    header = virtual_header(wrong, {}, phone=True)
    assert header.sources["phone"]["profile"] == "sensor-logger-android"
    assert "phone" not in virtual_header(wrong, {}).sources
    assert virtual_header(wrong, {}, phone=PhoneSpec(app="phyphox")).sources["phone"]["profile"] == "phyphox"


@pytest.mark.parametrize("name", ["paced-4-6", "breathes-14-while-paced"])
def test_a_pacer_is_turned_on_by_a_mark_whether_it_is_followed_or_not(name: str) -> None:
    marks = [item for item in virtual_inputs(load_scenario(name), 40, acc_hz=25) if isinstance(item, Mark)]
    assert [(mark.t, mark.verb, mark.arg) for mark in marks] == [(30 * NS, "pace", "4/6")]
    assert not [item for item in virtual_inputs(load_scenario(name), 29, acc_hz=25) if isinstance(item, Mark)]
