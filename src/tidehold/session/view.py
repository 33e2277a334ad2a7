"""The state that a snapshot shows: counters, health of links and streams, last seconds of each trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

import numpy as np

from tidehold.records import (
    Breath,
    Cue,
    DueHold,
    Estimate,
    Frame,
    Gap,
    Hold,
    HostNs,
    Link,
    LinkView,
    Output,
    Pacing,
    Rejected,
    Sample,
    Snapshot,
    StreamView,
    Times,
    Trace,
    Values,
)
from tidehold.routine import Doing, Finding, Guide, Measured, Scored
from tidehold.units import NS

TRACES: Final[dict[str, tuple[float, int]]] = {
    "ecg": (5.0, 1),
    "acc": (15.0, 8),
    "rr": (60.0, 1),
    "phone/acc": (15.0, 4),
    "phone/gravity": (15.0, 4),
    "phone2/acc": (15.0, 4),
    "phone2/gravity": (15.0, 4),
    "imu/acc": (15.0, 2),
}
"""Streams drawn as traces, by whole name or else by its last part: seconds kept, and every how many-th sample: 25 a
second are enough for a body that moves (a strap's 200 Hz, a phone's 100, an IMU's 50)."""
MOST_HOLDS: Final = 3
"""Holds that are over and still shown."""


class Device(Protocol):
    """Who knows what a source's device said of itself, and the true rates of its streams."""

    said: dict[str, str]

    def rate_hz(self, stream: str) -> float | None:
        """True rate of a stream, Hz."""
        ...


class Shown(NamedTuple):
    """What is asked of the person, and what came of it."""

    pacing: Pacing | None = None
    due: DueHold | None = None
    doing: Doing | None = None
    measured: tuple[Measured, ...] = ()
    guide: Guide | None = None


class View:
    """Collects what was said into the next snapshot."""

    def __init__(self) -> None:
        self._inputs: dict[str, int] = {}
        self._links: dict[str, LinkView] = {}
        self._lost: dict[str, bool] = {}
        self._rejected: dict[str, int] = {}
        self._estimates: dict[str, Estimate] = {}
        self._streams: dict[str, _Stream] = {}
        self._gaps = 0
        self._holds: tuple[Hold, ...] = ()

    def arrived(self, frame: Frame) -> None:
        """Count a frame."""
        key = f"{frame.source}/{frame.channel}"
        self._inputs[key] = self._inputs.get(key, 0) + 1

    def link(self, link: Link, *, loses: bool) -> bool:
        """Take a link's new state, and whether it loses the source; True if that was lost since it was last armed."""
        self._links[link.source] = LinkView(link.state, link.t, link.detail)
        lost = self._lost.get(link.source, False)
        self._lost[link.source] = loses or (lost and link.state != "armed")
        return lost

    def add(self, out: Output) -> None:
        """Take one output."""
        match out:
            case Sample():
                self._stream(out.stream).add(out)
            case Estimate():
                self._estimates[out.name] = out
            case Rejected():
                key = f"{out.source}/{out.channel}: {out.why}"
                self._rejected[key] = self._rejected.get(key, 0) + out.count
            case Gap():
                self._gaps += 1
                self._stream(out.stream).gaps += 1
            case Hold():
                self._holds = (*self._holds, out)[-MOST_HOLDS:]
            case Breath() | Measured() | Finding() | Scored() | Cue() | Snapshot():
                pass

    def snapshot(
        self,
        t: HostNs,
        devices: Mapping[str, Device],
        asked: Shown,
    ) -> Snapshot:
        """The whole view at `t`; it shares nothing with the view's later state."""
        streams: dict[str, StreamView] = {}
        traces: dict[str, Trace] = {}
        for name, stream in self._streams.items():
            streams[name] = stream.view(t, devices[stream.source].rate_hz(stream.kind))
            if stream.trace is not None:
                traces[name] = stream.trace.trace()
        return Snapshot(
            t=t,
            inputs=dict(self._inputs),
            links=dict(self._links),
            said={
                f"{source}/{channel}": text
                for source, device in devices.items()
                for channel, text in device.said.items()
            },
            streams=streams,
            estimates=dict(self._estimates),
            rejected=dict(self._rejected),
            gaps=self._gaps,
            traces=traces,
            holds=self._holds,
            pacing=asked.pacing,
            due=asked.due,
            doing=asked.doing,
            measured=asked.measured,
            guide=asked.guide,
        )

    def _stream(self, name: str) -> _Stream:
        stream = self._streams.get(name)
        if stream is None:
            stream = self._streams[name] = _Stream(name)
        return stream


class _Stream:
    def __init__(self, name: str) -> None:
        self.gaps = 0
        self.source, _, self.kind = name.partition("/")
        kept = TRACES.get(name) or TRACES.get(self.kind)
        self.trace = _Tail(*kept) if kept else None
        self._count = 0
        self._latest: Sample | None = None
        self._last: tuple[float, ...] = ()  # the newest sample's row; () until it is asked for
        self._last_ns = 0  # its time, as fresh as its row

    def add(self, sample: Sample) -> None:
        if not len(sample.values):
            return
        self._count += len(sample.values)
        self._latest, self._last = sample, ()
        if self.trace is not None:
            self.trace.add(sample.times, sample.values)

    def view(self, t: HostNs, rate_hz: float | None) -> StreamView:
        if self._latest is None:
            return StreamView(self._count, rate_hz, None, self.gaps, ())
        if not self._last:
            row = self._latest.values[-1].tolist()
            self._last = tuple(row) if isinstance(row, list) else (row,)
            self._last_ns = int(self._latest.times[-1])
        # By its own time: a clump of old samples is not fresh. One may lie a little ahead of its arrival.
        age_s = max(0.0, (t - self._last_ns) / NS)
        return StreamView(self._count, rate_hz, age_s, self.gaps, self._last)


class _Tail:
    """The last `seconds` of a stream, every `step`-th sample by count, so that framing does not matter.

    Kept in one piece, with room behind it: a snapshot four times a second must cost little.
    """

    def __init__(self, seconds: float, step: int) -> None:
        self._span_ns = round(seconds * NS)
        self._step = step
        self._skip = 0  # samples of the next frame to pass over
        self._times: Times = np.empty(256, np.int64)
        self._values: Values = np.empty(256)
        self._start = self._end = 0
        self._trace: Trace | None = None  # what is kept, if it was asked for since the last sample

    def add(self, times: Times, values: Values) -> None:
        taken_times, taken = times[self._skip :: self._step], values[self._skip :: self._step]
        self._skip = (self._skip - len(times)) % self._step
        if not self._end:
            self._values = np.empty((len(self._times), *values.shape[1:]))
        end = self._end + len(taken)
        if end > len(self._times):
            end = self._make_room(len(taken))
        self._times[self._end : end] = taken_times
        self._values[self._end : end] = taken
        self._end = end
        self._trace = None

    def trace(self) -> Trace:
        if self._trace is None:
            self._forget()
            kept = slice(self._start, self._end)
            self._trace = Trace(self._times[kept].copy(), self._values[kept].copy())
        return self._trace

    def _forget(self) -> None:
        if self._end:
            oldest = self._times[self._end - 1] - self._span_ns
            self._start += int(self._times[self._start : self._end].searchsorted(oldest))

    def _make_room(self, n: int) -> int:
        """Move what is kept to the front of arrays with room to spare; the end after `n` more."""
        self._forget()
        kept = slice(self._start, self._end)
        count = self._end - self._start
        room = max(len(self._times), 2 * (count + n))
        times, values = np.empty(room, np.int64), np.empty((room, *self._values.shape[1:]))
        times[:count], values[:count] = self._times[kept], self._values[kept]
        self._times, self._values = times, values
        self._start, self._end = 0, count
        return count + n
