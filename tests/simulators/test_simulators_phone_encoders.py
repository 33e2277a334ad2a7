"""The apps' messages, against ones written by hand."""

import json
from typing import Any

import numpy as np
import pytest

from tidehold_simulators.phone_encoders import (
    BUFFERS,
    SENSOR_NAMES,
    TOPICS,
    Entry,
    Samples,
    as_said,
    phyphox_message,
    sensor_logger_entries,
    sensor_logger_message,
)
from tidehold_simulators.scenario import App

TIMES = np.array([1746684800000000123, 1746684800010000999], np.int64)
LYING = np.array([[0.0, 0.0, 9.80665], [-0.5, 0.25, 9.75]])


def test_sensor_logger_message_is_the_documented_one() -> None:
    samples = Samples(np.array([1746684800000000000], np.int64), np.array([[0.12, -4.9, -8.49]]))
    entries = [
        *sensor_logger_entries("gravity", samples),
        Entry(1746684800100000000, "battery", {"batteryLevel": 0.87}),
    ]
    said = sensor_logger_message(7, "s1", "d1", entries)
    assert said == (
        b'{"messageId":7,"sessionId":"s1","deviceId":"d1","payload":['
        b'{"name":"gravity","time":1746684800000000000,"values":{"z":-8.49,"y":-4.9,"x":0.12},"accuracy":3},'
        b'{"name":"battery","time":1746684800100000000,"values":{"batteryLevel":0.87}}]}'
    )


@pytest.mark.parametrize(
    ("app", "acc", "gravity"),
    [
        ("sensor-logger-ios", [0.0, 0.0, -1.0], [0.0, 0.0, -9.80665]),
        ("sensor-logger-android", [0.0, 0.0, 9.80665], [0.0, 0.0, 9.80665]),
        ("sensor-logger-standardised", [0.0, 0.0, 9.80665], [0.0, 0.0, 9.80665]),
        ("phyphox", [0.0, 0.0, 9.80665], [0.0, 0.0, 9.80665]),
    ],
)
def test_units_and_signs_of_a_phone_that_lies_screen_up(app: App, acc: list[float], gravity: list[float]) -> None:
    assert as_said(app, "acc", TIMES[:1], LYING[:1]).values[0] == pytest.approx(acc, rel=1e-7)
    assert as_said(app, "gravity", TIMES[:1], LYING[:1]).values[0] == pytest.approx(gravity, rel=1e-7)
    turning = as_said(app, "gyr", TIMES[:1], np.array([[0.5, -0.25, 1.0]])).values[0]
    assert turning.tolist() == [0.5, -0.25, 1.0], "turning is told alike by all"


def test_times_are_whole_nanoseconds_that_javascript_can_hold() -> None:
    said = as_said("sensor-logger-ios", "acc", TIMES, LYING)
    assert said.times.tolist() == [1746684800000000000, 1746684800010000000]
    for entry in json.loads(sensor_logger_message(0, "s", "d", sensor_logger_entries("acc", said)))["payload"]:
        assert isinstance(entry["time"], int)
        assert [entry["values"][axis] for axis in "xyz"] in said.values.tolist()


def test_phyphox_message_is_the_documented_one() -> None:
    times = np.array([0.011, 12.3456789])
    acc = as_said(
        "phyphox", "acc", np.rint(times * 1e9).astype(np.int64), np.array([[0.25, -0.5, 9.80665], [1 / 3, 0, 2]])
    )
    nothing = Samples(np.empty(0, np.int64), np.empty((0, 3)))
    said = phyphox_message({"acc": acc, "gyr": nothing}, 1746684800.123, [("START", 0.0, 1746684790.1)])
    tree: dict[str, Any] = json.loads(said)
    assert tree == {
        "accX": [0.25, 0.33333333],
        "accY": [-0.5, 0],
        "accZ": [9.80665, 2],
        "acc_time": [0.011, 12.345679],
        "gyrX": [],
        "gyrY": [],
        "gyrZ": [],
        "gyr_time": [],
        "time": {
            "now": 1746684800.123,
            "events": [{"event": "START", "experimentTime": 0, "systemTime": 1746684790.1}],
        },
    }
    assert acc.times.tolist() == [11_000_000, 12_345_679_000], "eight digits and no more"


def test_phyphox_has_null_for_what_is_no_number() -> None:
    samples = Samples(np.array([500_000_000], np.int64), np.array([[1.0, np.nan, 3.0]]))
    assert b'"accX":[1.0],"accY":[null],"accZ":[3.0]' in phyphox_message({"acc": samples}, 0.0, [])


def test_names_are_those_of_the_apps() -> None:
    assert set(TOPICS.values()) == {"sensor-logger", "tidehold/phyphox"}
    assert SENSOR_NAMES == {"acc": "accelerometeruncalibrated", "gyr": "gyroscope", "gravity": "gravity"}
    assert BUFFERS == {"acc": ("acc_time", "acc"), "gyr": ("gyr_time", "gyr")}
