"""Simulated phones for the tests of this room: a clock that drifts and is set, batches, a network that delays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from tidehold.records import Frame, HostNs, Output, Sample, Times, Values
from tidehold.session.phone import PhoneIntake
from tidehold.units import NS
from tidehold.wire.profile import Channel, Clock, Match, Profile, Stream

UTC_2026: Final = 1_780_000_000 * NS
PROFILE: Final = Profile(
    id="test-phone",
    name="A phone",
    kind="phone",
    source="mqtt",
    match=Match(),
    clock=Clock("epoch", "1970-01-01"),
    channel=(Channel("push", "message", "sensor-logger", topic="sensor-logger"),),
    stream=(
        Stream("acc", "push", "m/s^2", ("x", "y", "z"), "totalacceleration", ("x", "y", "z")),
        Stream("gyr", "push", "rad/s", ("x", "y", "z"), "gyroscope", ("x", "y", "z")),
    ),
)


class Batch(NamedTuple):
    """One message: number, session times of its samples (n,) s, their device times (n,) ns, when it came, s."""

    number: int
    true_s: Values
    device: Times
    arrival_s: float


def batches(
    seed: int = 0,
    *,
    start_s: float = 1.0,
    seconds: float = 60.0,
    rate_hz: float = 100.0,
    every_s: float = 0.2,
    ppm: float = 30.0,
    jitter_s: tuple[float, float] = (0.002, 0.03),
    epoch: int = UTC_2026,
    steps: tuple[tuple[float, float], ...] = (),
    held: tuple[tuple[float, float], ...] = (),
    first: int = 1,
) -> list[Batch]:
    """Messages in order of their numbers, with what the phone stamps.

    `steps` are times s and by how much, s, the clock is set forward then; `held`
    are spans s in which nothing leaves the phone: it sends all at their ends.
    """
    rng = np.random.default_rng(seed)
    n = round(seconds * rate_hz)
    true_s = start_s + np.arange(n) / rate_hz + rng.uniform(0, 1e-4, n)
    device = epoch + np.rint(true_s * (1 + ppm * 1e-6) * NS).astype(np.int64)
    for at_s, by_s in steps:
        device[true_s >= at_s] += round(by_s * NS)
    made = []
    for number, index in enumerate(np.array_split(np.arange(n), round(seconds / every_s))):
        sent_s = true_s[index[-1]]
        for begin_s, end_s in held:
            if begin_s <= sent_s < end_s:
                sent_s = end_s + 0.001 * number / n
        arrival_s = sent_s + rng.uniform(*jitter_s)
        made.append(Batch(first + number, true_s[index], device[index], arrival_s))
    return made


def in_order(messages: Iterable[Batch]) -> list[Batch]:
    """The same, none overtaking another."""
    kept, latest = [], 0.0
    for each in messages:
        latest = max(latest + 1e-5, each.arrival_s)
        kept.append(each._replace(arrival_s=latest))
    return kept


def payload(batch: Batch, run: str = "run", names: tuple[str, ...] = ("totalacceleration",)) -> bytes:
    """The message as Sensor Logger writes it; x is the true time of the sample, s."""
    entries: list[dict[str, Any]] = [
        {"name": name, "time": int(device), "values": {"x": float(true_s), "y": 0.0, "z": 9.81}}
        for device, true_s in zip(batch.device.tolist(), batch.true_s.tolist(), strict=True)
        for name in names
    ]
    return msgspec.json.encode({"messageId": batch.number, "sessionId": run, "deviceId": "d", "payload": entries})


def frame(batch: Batch, run: str = "run", names: tuple[str, ...] = ("totalacceleration",)) -> Frame:
    return Frame(HostNs(round(batch.arrival_s * NS)), "phone", "push", payload(batch, run, names))


def hear(phone: PhoneIntake, messages: Iterable[Batch], run: str = "run") -> list[Output]:
    """Messages in the order in which they come, with ticks at 4 Hz between them."""
    outputs: list[Output] = []
    ticks = 0
    for each in sorted(messages, key=lambda batch: batch.arrival_s):
        while (ticks + 1) / 4 < each.arrival_s:
            ticks += 1
            outputs += phone.tick(HostNs(ticks * NS // 4))
        outputs += phone.frame(frame(each, run))
    return outputs


def times_of(outputs: Iterable[Output], stream: str = "phone/acc") -> Times:
    parts = [out.times for out in outputs if isinstance(out, Sample) and out.stream == stream]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def truth_of(outputs: Iterable[Output], stream: str = "phone/acc") -> Values:
    """True times (n,) s of the samples."""
    return np.concatenate([out.values[:, 0] for out in outputs if isinstance(out, Sample) and out.stream == stream])


def errors_s(outputs: list[Output], stream: str = "phone/acc") -> NDArray[np.float64]:
    """How far from the truth each sample lies, s."""
    return times_of(outputs, stream) / NS - truth_of(outputs, stream)
