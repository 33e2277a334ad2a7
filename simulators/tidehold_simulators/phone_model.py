"""The phone as a function of time: what its app publishes, and when it reaches the broker, whoever carries it.

It knows no network. A process plays it in real time over MQTT, virtual time plays
it as fast as it goes; both ask it to `advance`. In how many steps it advances
changes no byte.
"""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Mapping, Sequence
from typing import Final, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from tidehold_simulators.body import Body
from tidehold_simulators.phone_encoders import (
    TOPICS,
    Entry,
    Samples,
    Sensor,
    phyphox_message,
    sensor_logger_entries,
    sensor_logger_message,
)
from tidehold_simulators.phone_sensors import ExtraSensor, MotionSensor, PhoneClock, extra_sensors
from tidehold_simulators.scenario import OFFLINE_FAULTS, Fault, FaultKind, Scenario
from tidehold_simulators.signals import Floats

_APART_S: Final = 0.0005
"""Between two messages that were held up together."""
_RESENT_S: Final = (0.02, 0.3)
"""How much later a message comes for the second time."""


class PhoneMessage(msgspec.Struct, frozen=True, gc=False):
    """What the app published: when it reaches the broker (s since the body was born), where, which bytes."""

    t_s: float
    topic: str
    payload: bytes


class _Batch(msgspec.Struct, frozen=True, eq=False):
    """What one message holds: true times of the samples of each sensor, the samples, and what else there is."""

    number: int
    sent_s: float
    times: Mapping[Sensor, Floats]
    samples: Mapping[Sensor, Samples]
    extras: Sequence[tuple[float, Entry]]


class Phone:
    """A phone on a body, with its app recording from `from_s` until `ends_s`.

    Args:
        scenario: Phone, faults and seed.
        body: Who wears it.
        started_unix_ns: True UTC when the body was born, ns since 1970-01-01Z.
        from_s: When the app is told to start, s of the body's life.
    """

    def __init__(self, scenario: Scenario, body: Body, *, started_unix_ns: int, from_s: float = 0.0) -> None:
        self.spec = scenario.phone
        self.topic = TOPICS[self.spec.app]
        self.t_s = from_s
        """How far the phone has advanced."""
        self.ends_s = min(body.ends_s, scenario.seconds or np.inf)
        self._again = (scenario, body, started_unix_ns, from_s)
        self._from_s = from_s
        self._seed = scenario.seed
        self._faults = list(scenario.fault)
        rng = np.random.default_rng((scenario.seed, 6))
        self._session, self._device = (str(uuid.UUID(bytes=rng.bytes(16), version=4)) for _ in range(2))
        steps = tuple(fault for fault in scenario.fault if fault.kind == "phone-clock-step")
        self._clock = PhoneClock(self.spec, steps, started_unix_ns, from_s)
        self._sensors = {
            sensor: MotionSensor(sensor, self.spec, body, np.random.default_rng((scenario.seed, 7, number)), from_s)
            for number, sensor in enumerate(get_args(Sensor))
            if sensor != "gravity" or (self.spec.gravity and self.spec.app != "phyphox")
        }
        wanted = self.spec.extras and self.spec.app != "phyphox"
        self._extras = extra_sensors(np.random.default_rng((scenario.seed, 8)), from_s) if wanted else []
        self._waiting: dict[Sensor | ExtraSensor, Floats] = {}
        """Samples that the app has not sent: it sleeps."""
        if self.spec.old_first and self.spec.app != "phyphox":
            self._waiting |= {each: np.full(2, sensor.old_s) for each, sensor in self._sensors.items()}
        self._ticks = 0
        self._sent = 0
        self._arrived_s = from_s
        """When the latest message arrives."""
        self._overtaken: _Batch | None = None
        self._under_way: list[tuple[float, int, _Batch]] = []
        self._shipped = 0

    def advance(self, until_s: float) -> list[PhoneMessage]:
        """All messages that reach the broker after `t_s` up to `until_s`, in order of arrival."""
        return [PhoneMessage(t_s, self.topic, self._encode(batch)) for t_s, batch in self._arrivals(until_s)]

    def exported(self, until_s: float) -> dict[Sensor, Samples]:
        """What the app would export of its motion sensors, as far as it was told in messages that arrived by `until_s`.

        Each sample once, in the order measured, times and values as they were sent.
        """
        scenario, body, started_unix_ns, from_s = self._again
        scenario = msgspec.structs.replace(scenario, fault=tuple(self._faults))
        twin = Phone(scenario, body, started_unix_ns=started_unix_ns, from_s=from_s)
        told = sorted({batch.number: batch for _, batch in twin._arrivals(until_s)}.items())
        return {sensor: _joined([batch.samples[sensor] for _, batch in told]) for sensor in self._sensors}

    def link_down(self, t_s: float) -> Fault | None:
        """The fault of the phone's link that is going on at `t_s`."""
        return next((fault for fault in self._of_kind(*OFFLINE_FAULTS) if fault.active(t_s)), None)

    def sleep(self, at_s: float, for_s: float) -> None:
        """Measure and send nothing for a while that begins at `at_s`, not before `t_s`."""
        self._faults.append(Fault(kind="phone-sleep", at_s=at_s, for_s=for_s))

    def offline(self, at_s: float, for_s: float) -> None:
        """Have no network for a while that begins at `at_s`, not before `t_s`; what is measured is sent afterwards."""
        self._faults.append(Fault(kind="phone-offline", at_s=at_s, for_s=for_s))

    def _arrivals(self, until_s: float) -> list[tuple[float, _Batch]]:
        for batch in self._batches(until_s):
            self._ship(batch)
        self.t_s = max(self.t_s, until_s)
        arrived = []
        while self._under_way and self._under_way[0][0] <= until_s:
            t_s, _, batch = heapq.heappop(self._under_way)
            arrived.append((t_s, batch))
        return arrived

    def _of_kind(self, *kinds: FaultKind) -> list[Fault]:
        return [fault for fault in self._faults if fault.kind in kinds]

    def _batches(self, until_s: float) -> list[_Batch]:
        """Batches that the app closes after the last call, up to `until_s`."""
        first, batch_s = self._ticks, self.spec.batch_s
        while self._from_s + (self._ticks + 1) * batch_s <= until_s:
            self._ticks += 1
        ticks: Floats = self._from_s + batch_s * np.arange(first + 1, self._ticks + 1, dtype=np.float64)
        if not len(ticks):
            return []
        last_s = float(ticks[-1])
        for fault in self._of_kind("phone-sleep"):
            ticks = ticks[~_within(fault, ticks)]
        bounds = {each: self._take(each, last_s, ticks) for each in (*self._sensors, *self._extras)}
        said = {sensor: self._sensors[sensor].samples(bounds[sensor][0], self._clock) for sensor in self._sensors}
        extras = {extra: extra.entries(bounds[extra][0], self._clock) for extra in self._extras}
        batches = []
        for k, sent_s in enumerate(ticks.tolist()):
            part = {each: slice(ends[k], ends[k + 1]) for each, (_, ends) in bounds.items()}
            if all(each.start == each.stop for each in part.values()):
                continue
            times = {each: bounds[each][0][part[each]] for each in self._sensors}
            samples = {each: Samples(new.times[part[each]], new.values[part[each]]) for each, new in said.items()}
            others = [
                pair
                for each, entries in extras.items()
                for pair in zip(bounds[each][0][part[each]].tolist(), entries[part[each]], strict=True)
            ]
            batches.append(_Batch(self._sent, sent_s, times, samples, others))
            self._sent += 1
        return batches

    def _take(self, each: Sensor | ExtraSensor, last_s: float, ticks: Floats) -> tuple[Floats, list[int]]:
        """Times of what goes into the batches at `ticks`, and where in them each batch begins; the rest waits."""
        sensor = each if isinstance(each, ExtraSensor) else self._sensors[each]
        new = sensor.take(last_s)
        for fault in self._of_kind("phone-sleep"):
            if not fault.late:
                new = new[~_within(fault, new)]
        t = np.concatenate([self._waiting.pop(each, np.empty(0)), new[new <= self.ends_s]])
        latency = 0.0 if isinstance(each, ExtraSensor) else self.spec.latency_s
        ends = np.searchsorted(t + latency, ticks, "right").tolist()
        sent = ends[-1] if ends else 0
        if sent < len(t):
            self._waiting[each] = t[sent:]
        return t[:sent], [0, *ends]

    def _ship(self, batch: _Batch) -> None:
        """Put a batch on its way to the broker."""
        way, overtaken, resent, again = np.random.default_rng((self._seed, 9, batch.number)).random(4).tolist()
        released_s = self._released(batch.sent_s, *OFFLINE_FAULTS, "phone-late")
        shortest, longest = self.spec.network_s
        way_s = shortest + way * (longest - shortest)
        arrives_s = released_s + way_s
        if (back_s := self._released(arrives_s, *OFFLINE_FAULTS)) > arrives_s:  # lost on the way
            arrives_s = back_s + way_s
        arrives_s = max(arrives_s, self._arrived_s + _APART_S)
        self._arrived_s = arrives_s
        if self._overtaken is not None:
            self._push(arrives_s + _APART_S / 2, self._overtaken)
            self._overtaken = None
        elif overtaken < self.spec.reorder_share:
            self._overtaken = batch
            return
        self._push(arrives_s, batch)
        if resent < self.spec.resend_share:
            soonest, latest = _RESENT_S
            self._push(arrives_s + soonest + again * (latest - soonest), batch)

    def _released(self, t_s: float, *kinds: FaultKind) -> float:
        """The end of the fault that holds messages up at `t_s`, if there is one."""
        active = (fault for fault in self._of_kind(*kinds) if fault.active(t_s))
        return max((float(fault.onset(t_s) or 0.0) + fault.for_s for fault in active), default=t_s)

    def _push(self, t_s: float, batch: _Batch) -> None:
        self._shipped += 1
        heapq.heappush(self._under_way, (t_s, self._shipped, batch))

    def _encode(self, batch: _Batch) -> bytes:
        if self.spec.app == "phyphox":
            wall_s = self._clock.wall_ns(np.array([batch.sent_s, self._from_s])) // 1_000_000 / 1000
            now_s, started_s = wall_s.tolist()
            return phyphox_message(batch.samples, now_s, [("START", 0.0, started_s)])
        entries = list(batch.extras)
        for sensor, samples in batch.samples.items():
            entries += zip(batch.times[sensor].tolist(), sensor_logger_entries(sensor, samples), strict=True)
        entries.sort(key=lambda pair: pair[0])
        return sensor_logger_message(batch.number, self._session, self._device, (entry for _, entry in entries))


def _within(fault: Fault, t: Floats) -> NDArray[np.bool_]:
    """Which of ascending `t` (n,) lie in one of the fault's windows."""
    inside = np.zeros(len(t), np.bool_)
    for start, end in fault.windows(float(t[-1]) + 1e-9 if len(t) else 0.0):
        inside |= (t >= start) & (t < end)
    return inside


def _joined(parts: Sequence[Samples]) -> Samples:
    """All samples in order, each of those that came twice once."""
    times = np.concatenate([part.times for part in parts] or [np.empty(0, np.int64)])
    values = np.concatenate([part.values for part in parts] or [np.empty((0, 3))])
    first = np.sort(np.unique(times, return_index=True)[1])
    return Samples(times[first], values[first])
