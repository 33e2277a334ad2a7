"""Messages as phones push them, made and read by the standard library alone."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import strategies as st

RUN: dict[str, Any] = {"messageId": 7, "sessionId": "s1", "deviceId": "d1"}
T0 = 1_746_684_800_000_000_000
LIMITS = {"acc": 160.0, "gyr": 70.0, "gravity": 160.0, "battery": 100.0}
SENSORS = {
    "acc": ("accelerometeruncalibrated", ("x", "y", "z")),
    "gyr": ("gyroscope", ("x", "y", "z")),
    "gravity": ("gravity", ("x", "y", "z")),
    "battery": ("battery", ("batteryLevel",)),
}
FACTORS = {
    "sensor-logger-ios": {"acc": -9.80665, "gyr": 1.0, "gravity": -1.0, "battery": 100.0},
    "sensor-logger-android": {"acc": 1.0, "gyr": 1.0, "gravity": 1.0, "battery": 100.0},
    "sensor-logger-standardised": {"acc": 1.0, "gyr": 1.0, "gravity": 1.0, "battery": 100.0},
}


def entry(name: str, time: Any, **values: Any) -> dict[str, Any]:
    return {"name": name, "time": time, "values": values}


def push(*entries: Any, **top: Any) -> bytes:
    return json.dumps({**RUN, **top, "payload": list(entries)}, separators=(",", ":")).encode()


def is_number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and abs(value) < 2**1023


def witness(profile: str, payload: bytes) -> dict[str, list[tuple[int, list[float]]]]:
    """Samples by stream, read entry by entry with the standard library: a slow second opinion."""
    samples: dict[str, list[tuple[int, list[float]]]] = {}
    for each in json.loads(payload)["payload"]:
        for stream, (sensor, axes) in SENSORS.items():
            if not isinstance(each, dict) or each.get("name") != sensor:
                continue
            source = each.get("values", each)
            time: Any = each.get("time")
            whole = is_number(time) and time == math.floor(time) and 0 <= time < 2**63 and isinstance(source, dict)
            if not whole or not all(is_number(source.get(axis)) for axis in axes):
                continue
            values = [source[axis] * FACTORS[profile][stream] for axis in axes]
            if all(abs(value) <= LIMITS[stream] for value in values) and (stream != "battery" or values[0] >= 0):
                samples.setdefault(stream, []).append((int(time), values))
    return samples


NUMBERS = st.floats(-20, 20) | st.integers(-20, 20)
JUNK = st.none() | st.booleans() | st.text(max_size=3) | st.lists(st.integers(), max_size=2) | st.just(10**30)
TIMES = st.integers(0, 2**63 - 1) | st.integers(T0, T0 + 10**12)
NAMES = st.sampled_from([sensor for sensor, _ in SENSORS.values()] + ["location", "Ulm", ""])
VALUES = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("x", "y", "z", "batteryLevel"), NUMBERS) | {"latitude": st.just(48.4)}
)
ODD_VALUES = st.dictionaries(st.sampled_from(["x", "y", "z", "batteryLevel", "é"]), NUMBERS | JUNK, max_size=4)
WHOLE = st.builds(
    lambda name, time, x, y, z: entry(name, time, x=x, y=y, z=z, batteryLevel=abs(x) / 20),
    NAMES,
    TIMES,
    NUMBERS,
    NUMBERS,
    NUMBERS,
)
ODD = st.fixed_dictionaries(
    {},
    optional={
        "name": NAMES | JUNK,
        "time": TIMES | JUNK | st.floats(-1e19, 1e19) | st.integers(),
        "values": VALUES | ODD_VALUES | JUNK,
        "x": NUMBERS | JUNK,
        "y": NUMBERS,
        "z": NUMBERS,
        "accuracy": st.just(3),
    },
)
ENTRIES = st.lists(WHOLE, max_size=8) | st.lists(WHOLE | ODD | JUNK, max_size=8)
MESSAGES = st.builds(
    lambda entries, top, blanks: json.dumps({**top, "payload": entries}, indent=blanks).encode(),
    ENTRIES,
    st.just(RUN)
    | st.fixed_dictionaries(
        {},
        optional={
            "messageId": st.integers() | JUNK | st.floats(allow_nan=False, allow_infinity=False),
            "sessionId": st.text(max_size=3) | JUNK,
            "deviceId": st.text(max_size=3) | JUNK,
            "userId": st.just("Ulm"),
            "leftOut": st.just({"location": 2}) | JUNK,
            "refused": JUNK,
        },
    ),
    st.sampled_from([None, 1]),
)
