"""The phone as a function of time: what it says, when it arrives, and what its app would export."""

import json
from collections import Counter
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest

from tidehold_simulators.body import SeededBody
from tidehold_simulators.phone_encoders import BUFFERS, SENSOR_NAMES, Sensor
from tidehold_simulators.phone_model import Phone, PhoneMessage
from tidehold_simulators.scenario import App, Fault, PhoneSpec, Scenario, load_scenario

EPOCH = 1_767_225_600_000_000_000
PLAIN = PhoneSpec(network_s=(0.002, 0.002), old_first=False, extras=False, drift_ppm=0.0, clock_offset_s=0.0)
APPS: tuple[App, ...] = ("sensor-logger-ios", "sensor-logger-android", "sensor-logger-standardised", "phyphox")


def scenario(*faults: Fault, phone: PhoneSpec = PLAIN, seed: int = 1) -> Scenario:
    return Scenario(name="x", about="y", phone=phone, fault=faults, seed=seed)


def made(of: Scenario, from_s: float = 0.0) -> Phone:
    return Phone(of, SeededBody(of.body, of.seed), started_unix_ns=EPOCH, from_s=from_s)


def trees(messages: list[PhoneMessage]) -> list[dict[str, Any]]:
    return [json.loads(message.payload) for message in messages]


def readings(messages: list[PhoneMessage], name: str) -> list[tuple[int, tuple[float, ...]]]:
    """All readings of one sensor of Sensor Logger, in order of the messages' numbers."""
    ordered = sorted({tree["messageId"]: tree for tree in trees(messages)}.items())
    return [
        (entry["time"], tuple(entry["values"][axis] for axis in "xyz"))
        for _, tree in ordered
        for entry in tree["payload"]
        if entry["name"] == name
    ]


def seconds(messages: list[PhoneMessage]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """When the accelerations were measured, by a clock that is right."""
    return np.array([time - EPOCH for time, _ in readings(messages, SENSOR_NAMES["acc"])]) / 1e9


@pytest.mark.parametrize(
    "name", ["phone-20hz", "phone-offline", "phone-sleeps-20s", "phone-clock-step", "stretch-hold", *APPS]
)
def test_in_how_many_steps_it_advances_changes_no_byte(name: str) -> None:
    spec = PhoneSpec(app=name, duplicate_share=0.05, resend_share=0.05, reorder_share=0.1) if name in APPS else None
    of = load_scenario(name) if spec is None else scenario(phone=spec)
    whole, steps = made(of), made(of)
    end_s = max((fault.at_s + fault.for_s for fault in of.fault if fault.at_s <= 60), default=20.0) + 2.0
    messages = whole.advance(end_s)
    until_s = [*np.arange(0.03, end_s, 0.77).tolist(), end_s]
    pieces = [message for until in until_s for message in steps.advance(until)]
    assert pieces == messages
    assert [message.t_s for message in messages] == sorted(message.t_s for message in messages)
    assert made(of).advance(end_s) == messages
    assert {message.topic for message in messages} == {whole.topic}


def test_another_seed_is_another_phone() -> None:
    assert made(scenario(seed=1)).advance(5) != made(scenario(seed=2)).advance(5)


def test_messages_are_numbered_and_come_with_every_batch() -> None:
    messages = made(scenario(phone=msgspec.structs.replace(PLAIN, latency_s=0.0))).advance(20.05)
    assert [message.t_s for message in messages] == pytest.approx([0.2 * k + 0.002 for k in range(1, 101)])
    found = trees(messages)
    assert [tree["messageId"] for tree in found] == list(range(100))
    assert len({tree["sessionId"] for tree in found} | {tree["deviceId"] for tree in found}) == 2
    times = seconds(messages)
    assert len(times) == pytest.approx(20 * 100.1, abs=1)
    assert np.diff(times) == pytest.approx(1 / 100.1, abs=2e-3)
    assert all(k * 0.2 < at <= k * 0.2 + 0.2 for k in range(100) for at in seconds(messages[k : k + 1]))
    assert {entry["name"] for tree in found for entry in tree["payload"]} == set(SENSOR_NAMES.values())


@pytest.mark.parametrize("app", APPS)
def test_export_is_all_that_was_told_each_sample_once(app: App) -> None:
    faults = (
        Fault(kind="phone-sleep", at_s=4, for_s=5),
        Fault(kind="phone-sleep", at_s=21, for_s=3, late=True),
        Fault(kind="phone-offline", at_s=11, for_s=4),
        Fault(kind="phone-late", at_s=17, for_s=2),
    )
    spec = PhoneSpec(app=app, duplicate_share=0.05, resend_share=0.05, reorder_share=0.05)
    phone = made(scenario(*faults, phone=spec))
    messages = phone.advance(30)
    exported = phone.exported(30)
    assert set(exported) == ({"acc", "gyr"} if app == "phyphox" else {"acc", "gyr", "gravity"})
    for sensor, samples in exported.items():
        told = _told(messages, app, sensor)
        assert len(told) > len(dict(told)), "some came twice"
        assert list(dict(told).items()) == list(
            zip(samples.times.tolist(), map(tuple, samples.values.tolist()), strict=True)
        )
        assert len(samples.times) == pytest.approx(25 * 100.1, abs=25)


def _told(messages: list[PhoneMessage], app: App, sensor: Sensor) -> list[tuple[int, tuple[float, ...]]]:
    if app != "phyphox":
        return readings(messages, SENSOR_NAMES[sensor])
    times, axes = BUFFERS[sensor]
    rows = [
        (round(t * 1e9), (x, y, z))
        for tree in trees(messages)
        for t, x, y, z in zip(tree[times], *(tree[f"{axes}{letter}"] for letter in "XYZ"), strict=True)
    ]
    return sorted(rows)


def test_export_of_a_phone_that_was_ordered_about() -> None:
    phone = made(scenario())
    before = phone.advance(10.1)
    phone.sleep(10.2, 5.0)
    phone.offline(20.0, 3.0)
    assert phone.link_down(21.0) is not None
    assert phone.link_down(23.0) is None
    messages = before + phone.advance(30)
    assert readings(messages, "gyroscope") == list(
        zip(
            phone.exported(30)["gyr"].times.tolist(),
            map(tuple, phone.exported(30)["gyr"].values.tolist()),
            strict=True,
        )
    )
    assert not [message for message in messages if 10.3 < message.t_s < 15 or 20.01 < message.t_s < 23]


def test_values_are_those_of_the_body_at_the_time_they_bear() -> None:
    of = load_scenario("stretch-hold")
    of = msgspec.structs.replace(of, phone=msgspec.structs.replace(PLAIN, acc_noise_m_s2=0.0, gyr_noise_deg_s=0.0))
    exported = made(of).exported(60)["acc"]
    t = (exported.times - EPOCH) / 1e9
    np.testing.assert_allclose(exported.values, SeededBody(of.body, of.seed).motion("shin", t).acc, atol=2e-4)


def test_nothing_is_measured_in_sleep_and_what_was_just_before_comes_after_it() -> None:
    messages = made(scenario(Fault(kind="phone-sleep", at_s=10, for_s=20))).advance(40)
    times = seconds(messages)
    assert not ((times > 10) & (times < 30)).any()
    assert np.diff(times).max() == pytest.approx(20, abs=0.02)
    assert not [message for message in messages if 10.01 < message.t_s < 30]
    assert [tree["messageId"] for tree in trees(messages)] == list(range(len(messages)))


def test_a_late_sleep_gives_all_in_one_piece() -> None:
    messages = made(scenario(Fault(kind="phone-sleep", at_s=10, for_s=8, late=True))).advance(30)
    assert np.diff(seconds(messages)).max() < 0.02
    clump = next(message for message in messages if message.t_s > 10.01)
    assert clump.t_s == pytest.approx(18.002)
    assert len(seconds([clump])) == pytest.approx(800, abs=25)


@pytest.mark.parametrize("kind", ["phone-offline", "phone-late", "broker-lost"])
def test_messages_that_are_held_up_come_in_order_at_the_end(kind: Any) -> None:
    fault = Fault(kind=kind, at_s=10, for_s=4, every_s=20)
    phone = made(scenario(fault))
    messages = phone.advance(40)
    assert [tree["messageId"] for tree in trees(messages)] == list(range(len(messages)))
    assert len(seconds(messages)) == pytest.approx(40 * 100.1, abs=25)
    clump = [message.t_s for message in messages if 14 <= message.t_s < 14.1]
    assert len(clump) == 21
    assert clump == pytest.approx([14.002 + 0.0005 * k for k in range(21)])
    assert phone.link_down(11) == (None if kind == "phone-late" else fault)


def test_a_message_that_was_on_its_way_when_the_network_went_is_sent_again() -> None:
    slow = msgspec.structs.replace(PLAIN, network_s=(0.15, 0.15))
    messages = made(scenario(Fault(kind="phone-offline", at_s=10.05, for_s=4), phone=slow)).advance(20)
    assert not [message for message in messages if 10.05 <= message.t_s < 14.05]
    assert len(trees(messages)) == 99


def test_clock_step_shows_in_the_times() -> None:
    messages = made(scenario(Fault(kind="phone-clock-step", at_s=10, step_s=-2.5))).advance(20)
    assert np.diff(seconds(messages)).min() == pytest.approx(-2.49, abs=0.002)


def test_old_samples_lie_in_the_buffer_twice() -> None:
    first = made(scenario(phone=msgspec.structs.replace(PLAIN, old_first=True))).advance(1)[0]
    for name in SENSOR_NAMES.values():
        (one, _), (two, _), (fresh, _), *_ = readings([first], name)
        assert one == two
        assert -1.0 <= (one - EPOCH) / 1e9 <= -0.2
        assert fresh > EPOCH


def test_shares_of_what_comes_twice_or_overtaken() -> None:
    spec = msgspec.structs.replace(PLAIN, rate_hz=10.0, resend_share=0.1, reorder_share=0.1)
    numbers = [tree["messageId"] for tree in trees(made(scenario(phone=spec)).advance(200))]
    twice = Counter(Counter(numbers).values())
    assert twice[2] == pytest.approx(100, abs=30)
    first = list(dict.fromkeys(numbers))
    assert sum(a > b for a, b in pairwise(first)) == pytest.approx(90, abs=30)
    assert sorted(first) == list(range(len(first)))


def test_extras_are_there_to_be_left_out() -> None:
    names = Counter(
        entry["name"] for tree in trees(made(scenario(phone=PhoneSpec())).advance(10)) for entry in tree["payload"]
    )
    assert names["location"] == pytest.approx(10, abs=1)
    assert names["microphone"] == names["orientation"] == pytest.approx(100, abs=2)
    assert names["battery"] == 1
    no_gravity = made(scenario(phone=msgspec.structs.replace(PLAIN, gravity=False)))
    assert {entry["name"] for tree in trees(no_gravity.advance(2)) for entry in tree["payload"]} == {
        "accelerometeruncalibrated",
        "gyroscope",
    }


def test_phyphox_says_when_its_experiment_began() -> None:
    spec = msgspec.structs.replace(PLAIN, app="phyphox", clock_offset_s=0.5)
    tree = trees(made(scenario(phone=spec), from_s=7.0).advance(8))[0]
    began = {"event": "START", "experimentTime": 0.0, "systemTime": EPOCH / 1e9 + 7.5}
    assert tree["time"] == {"now": pytest.approx(EPOCH / 1e9 + 7.7, abs=1e-3), "events": [began]}
    assert 0 <= tree["acc_time"][0] < 0.01
    assert list(tree) == ["acc_time", "accX", "accY", "accZ", "gyr_time", "gyrX", "gyrY", "gyrZ", "time"]


def test_phone_falls_silent_with_its_scenario() -> None:
    of = msgspec.structs.replace(scenario(), seconds=10.0)
    messages = made(of).advance(20)
    assert seconds(messages).max() <= 10
    assert messages[-1].t_s < 10.3
