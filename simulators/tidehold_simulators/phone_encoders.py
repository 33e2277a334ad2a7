"""What phone apps publish, written straight from their documentation, with nothing of Tidehold's decoders.

Sensor Logger: PUSHING.md, UNITS.md and CROSSPLATFORM.md of the app's
documentation; phyphox: `MqttHelper.java` of phyphox-android.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from tidehold_simulators.limbs import GRAVITY_M_S2
from tidehold_simulators.scenario import App
from tidehold_simulators.signals import Floats

Sensor = Literal["acc", "gyr", "gravity"]

TOPICS: Final[dict[App, str]] = {
    "sensor-logger-ios": "sensor-logger",
    "sensor-logger-android": "sensor-logger",
    "sensor-logger-standardised": "sensor-logger",
    "phyphox": "tidehold/phyphox",
}
SENSOR_NAMES: Final[dict[Sensor, str]] = {
    "acc": "accelerometeruncalibrated",
    "gyr": "gyroscope",
    "gravity": "gravity",
}
"""What Sensor Logger calls them."""
BUFFERS: Final[dict[Sensor, tuple[str, str]]] = {
    "acc": ("acc_time", "acc"),
    "gyr": ("gyr_time", "gyr"),
}
"""Of Tidehold's phyphox experiment: the buffer of times, and what the buffers of x, y and z begin with."""
_AS_PHONE_SAYS: Final[dict[App, dict[Sensor, float]]] = {
    "sensor-logger-ios": {"acc": -1 / GRAVITY_M_S2, "gravity": -1.0},
}
"""Factors from Android's convention to what the app says, where it is not the same."""
_TIME_STEP_NS: Final = 1000
"""JavaScript's numbers hold no single nanoseconds of the epoch; the app's end in 000."""


class Samples(msgspec.Struct, frozen=True, eq=False):
    """Samples of one sensor as an app says them: times (n,) ns, values (n, 3) in the app's unit and sign.

    Times are since 1970 for Sensor Logger, since the start of the experiment for phyphox.
    """

    times: NDArray[np.int64]
    values: Floats


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One reading of Sensor Logger: time, ns since 1970."""

    time: int
    name: str
    values: Mapping[str, Any]
    accuracy: int | None = None


def as_said(app: App, sensor: Sensor, times_ns: NDArray[np.int64], values: Floats) -> Samples:
    """Samples in SI units and Android's convention, as the app would say them.

    Args:
        app: Which one.
        sensor: Which one.
        times_ns: Since 1970 for Sensor Logger, since the start for phyphox (n,).
        values: m/s^2 or rad/s (n, 3).
    """
    said = values * _AS_PHONE_SAYS.get(app, {}).get(sensor, 1.0)
    if app == "phyphox":
        return Samples(np.rint(_eight_digits(times_ns / 1e9) * 1e9).astype(np.int64), _eight_digits(said))
    # Sensors give single precision.
    return Samples(times_ns // _TIME_STEP_NS * _TIME_STEP_NS, said.astype(np.float32).astype(np.float64))


def sensor_logger_entries(sensor: Sensor, samples: Samples) -> list[Entry]:
    """Samples as readings of Sensor Logger."""
    name = SENSOR_NAMES[sensor]
    return [
        Entry(time, name, {"z": z, "y": y, "x": x}, 3)
        for time, (x, y, z) in zip(samples.times.tolist(), samples.values.tolist(), strict=True)
    ]


def sensor_logger_message(number: int, session: str, device: str, entries: Iterable[Entry]) -> bytes:
    """A message of Sensor Logger."""
    payload = [_reading(entry) for entry in entries]
    return _dump({"messageId": number, "sessionId": session, "deviceId": device, "payload": payload})


def phyphox_message(
    samples: Mapping[Sensor, Samples], now_s: float, events: Sequence[tuple[str, float, float]]
) -> bytes:
    """A message of phyphox's mqtt/json.

    Args:
        samples: New ones.
        now_s: The phone's wall clock, s since 1970.
        events: What became of the experiment ("START", "PAUSE"): event, its time, the wall clock's, s.
    """
    tree: dict[str, object] = {}
    for sensor, new in samples.items():
        times, axes = BUFFERS[sensor]
        tree[times] = _eight_digits(new.times / 1e9).tolist()
        for letter, column in zip("XYZ", new.values.T, strict=True):
            tree[f"{axes}{letter}"] = [None if np.isnan(value) else value for value in column.tolist()]
    history = [{"event": event, "experimentTime": at_s, "systemTime": wall_s} for event, at_s, wall_s in events]
    tree["time"] = {"now": now_s, "events": history}
    return _dump(tree)


def _reading(entry: Entry) -> dict[str, object]:
    reading: dict[str, object] = {"name": entry.name, "time": entry.time, "values": entry.values}
    if entry.accuracy is not None:
        reading["accuracy"] = entry.accuracy
    return reading


def _dump(tree: object) -> bytes:
    return json.dumps(tree, separators=(",", ":"), allow_nan=False).encode()


def _eight_digits(values: Floats) -> Floats:
    """Rounded to 8 significant digits."""
    rounded = [float(f"{value:.7e}") for value in values.ravel().tolist()]
    return np.array(rounded, np.float64).reshape(values.shape)
