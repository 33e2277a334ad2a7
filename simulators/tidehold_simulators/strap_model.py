"""The strap as a function of time: what it sends, whoever plays it.

It knows no radio. A GATT peripheral plays it in real time, virtual time plays it
as fast as it goes; both ask it to `advance` and carry away what it sent. In how
many steps it advances changes no byte.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec
import numpy as np

from tidehold_simulators.body import Body
from tidehold_simulators.encoders import (
    OFFERS,
    Offer,
    Stream,
    acc_samples,
    ecg_samples,
    heart_rate_measurement,
    pmd_head,
)
from tidehold_simulators.scenario import CLOCK_2019_NS, LINK_FAULTS, Fault, Scenario
from tidehold_simulators.signals import Floats, Noise

RR_TICKS_PER_S: Final = 1024
_LONGEST_RR: Final = 0xFFFF
_HR_OVER_BEATS: Final = 5

_SLIP_GARBAGE_S: Final = 3.0
"""How long a slipped strap takes noise for beats (Polar issue 447: false HR of an unclipped H10)."""
_SLIP_SILENT_S: Final = 10.0
"""How long after slipping it still reports, before it gives up."""


class Emission(msgspec.Struct, frozen=True, gc=False):
    """What the strap sent: when (s since it was switched on), on which channel ("hr", "pmd"), which bytes."""

    t_s: float
    channel: str
    payload: bytes


class _Flow(msgspec.Struct):
    """A PMD stream that is on: when its first sample period began, its true rate, how many frames it has sent."""

    start_s: float
    rate_hz: float
    sent: int = 0


class Strap:
    """A chest strap on a body, from being switched on (t = 0) until `ends_s`.

    `hr_on` says whether heart rate notifications are on. Beats are counted
    all the time; those of a second in which nobody listened are gone, as the
    Heart Rate Service asks for (3.1.1.4).
    """

    def __init__(self, scenario: Scenario, body: Body) -> None:
        self.spec = scenario.strap
        self.hr_on = False
        self.t_s = 0.0
        """How far the strap has advanced."""
        self.ends_s = min(body.ends_s, scenario.seconds or np.inf)
        """When it falls silent: the scenario or the recording is over."""
        self._body = body
        self._seed = scenario.seed
        self._resets = _of_kind(scenario, "clock-reset")
        self._slips = _of_kind(scenario, "strap-slip")
        self._link_faults = _of_kind(scenario, *LINK_FAULTS)
        self._loose = Noise(np.random.default_rng((scenario.seed, 3)))
        self._flows: dict[Stream, _Flow] = {}
        self._seconds = 0
        self._beats = 0
        self._last_beat: int | None = None
        """Position of the last beat on the strap's clock, ticks: RR is the difference, so rounding never adds up."""
        self._recent: deque[int] = deque(maxlen=_HR_OVER_BEATS)

    @property
    def streams(self) -> tuple[Stream, ...]:
        """PMD streams that can be had from this strap on this body."""
        has: dict[Stream, bool] = {"ecg": self._body.has_ecg, "acc": self._body.has_acc}
        return tuple(stream for stream, there in has.items() if there and self.spec.pmd)

    @property
    def running(self) -> tuple[Stream, ...]:
        """PMD streams that are on."""
        return tuple(self._flows)

    @property
    def battery_percent(self) -> int:
        """Charge, 0..100."""
        return self.spec.battery_percent

    @property
    def information(self) -> dict[str, str]:
        """Device Information (0x180A) strings by channel."""
        return {
            "manufacturer": "Tidehold",
            "model": "Sim",
            "serial": self.spec.name.rpartition(" ")[2],
            "firmware": "1.0.0",
            "hardware": "0",
            "software": "1.0.0",
        }

    def settings(self, stream: Stream) -> Offer:
        """What `stream` can be asked for.

        Raises:
            ValueError: This strap does not have it.
        """
        if stream not in self.streams:
            raise ValueError(f"this strap has no {stream}")
        return OFFERS[stream]

    def start(self, stream: Stream, rate_hz: int) -> None:
        """Start a PMD stream now (at `t_s`); its first sample comes after the warm-up.

        Raises:
            ValueError: Not on offer, or on already.
        """
        if rate_hz not in self.settings(stream).rates_hz:
            raise ValueError(f"{stream} is not offered at {rate_hz} Hz")
        if stream in self._flows:
            raise ValueError(f"{stream} is on already")
        factor = {"ecg": self.spec.ecg_rate_factor, "acc": self.spec.acc_rate_factor}[stream]
        self._flows[stream] = _Flow(start_s=self.t_s + self.spec.warm_up_s, rate_hz=rate_hz * factor)

    def stop(self, stream: Stream) -> None:
        """Stop a PMD stream; nothing happens if it is off."""
        self._flows.pop(stream, None)

    def advance(self, until_s: float) -> list[Emission]:
        """All that the strap sends after `t_s` up to `until_s`, in order of time."""
        sent = [emission for stream in self._flows for emission in self._frames(stream, until_s)]
        while self._seconds + 1 <= until_s:
            self._seconds += 1
            if (measurement := self._heart_rate(float(self._seconds))) and self.hr_on:
                sent.append(Emission(float(self._seconds), "hr", measurement))
        self.t_s = max(self.t_s, until_s)
        sent.sort(key=lambda emission: emission.t_s)
        return sent

    def device_ns(self, t_s: float) -> int:
        """What the strap's clock says at `t_s`, ns since 2000-01-01Z."""
        resets = [onset for fault in self._resets if (onset := fault.onset(t_s)) is not None]
        if not resets:
            return self.spec.clock_start_ns + self._elapsed_ns(t_s)
        return CLOCK_2019_NS + self._elapsed_ns(t_s) - self._elapsed_ns(max(resets))

    def link_down(self, t_s: float) -> Fault | None:
        """The link fault that is going on at `t_s`."""
        return next((fault for fault in self._link_faults if fault.active(t_s)), None)

    def _elapsed_ns(self, t_s: float) -> int:
        """Ns that the strap's own clock counts in `t_s` seconds."""
        return round(t_s * (1e9 + self.spec.drift_ppm * 1e3))

    def _slipped_for(self, t_s: float) -> float | None:
        """For how long the strap has been off the skin at `t_s`, s."""
        onsets = (fault.onset(t_s) for fault in self._slips if fault.active(t_s))
        return max((t_s - onset for onset in onsets if onset is not None), default=None)

    def _heart_rate(self, t_s: float) -> bytes | None:
        """The measurement due at `t_s`; None if the strap has nothing to say."""
        if t_s > self.ends_s or not self._body.has_beats:
            return None
        rr_ticks = self._new_intervals(t_s - self.spec.beat_latency_s)
        slipped_s = self._slipped_for(t_s)
        if slipped_s is not None:
            return self._slipped_measurement(t_s, slipped_s)
        if not self._recent:
            return None
        hr_bpm = round(60 * RR_TICKS_PER_S * len(self._recent) / sum(self._recent))
        return heart_rate_measurement(hr_bpm, rr_ticks, contact=True if self.spec.contact_supported else None)

    def _new_intervals(self, until_s: float) -> list[int]:
        """RR intervals (ticks) that end in the beats since the last call; a slip breaks the series."""
        beats = self._body.beats(until_s)
        intervals = []
        for beat in beats[self._beats :].tolist():
            if self._slipped_for(beat) is not None:
                self._last_beat = None
                self._recent.clear()
                continue
            position = round(self._elapsed_ns(beat) * RR_TICKS_PER_S / 1e9)
            if self._last_beat is not None and position - self._last_beat <= _LONGEST_RR:
                intervals.append(position - self._last_beat)
            self._last_beat = position
        self._beats = max(self._beats, len(beats))
        self._recent.extend(intervals)
        return intervals

    def _slipped_measurement(self, t_s: float, slipped_s: float) -> bytes | None:
        """What a slipped strap says: first noise taken for beats, then no heart rate, then nothing."""
        contact = False if self.spec.contact_supported else None
        if slipped_s >= _SLIP_SILENT_S:
            return None
        if slipped_s >= _SLIP_GARBAGE_S:
            return heart_rate_measurement(0, (), contact=contact)
        dice = np.random.default_rng((self._seed, 4, round(t_s)))
        garbage = dice.integers(250, 1800, size=int(dice.integers(0, 4))).tolist()
        return heart_rate_measurement(int(dice.integers(30, 220)), garbage, contact=contact)

    def _frames(self, stream: Stream, until_s: float) -> list[Emission]:
        """Frames of a stream whose last sample is measured by `until_s`."""
        flow = self._flows[stream]
        size = OFFERS[stream].frame
        whole = max(flow.sent, int((until_s - flow.start_s) * flow.rate_hz / size) + 1)
        ends = flow.start_s + size * np.arange(flow.sent + 1, whole + 1) / flow.rate_hz
        ends = ends[ends <= min(until_s, self.ends_s)]
        if not len(ends):
            return []
        first = flow.sent * size
        flow.sent += len(ends)
        t = flow.start_s + np.arange(first + 1, flow.sent * size + 1) / flow.rate_hz
        samples = self._ecg(t) if stream == "ecg" else acc_samples(self._body.acc_g(t))
        width = len(samples) // len(ends)
        kind = 0 if stream == "ecg" else 1
        return [
            Emission(end, "pmd", pmd_head(stream, self.device_ns(end), kind) + samples[i * width : (i + 1) * width])
            for i, end in enumerate(ends.tolist())
        ]

    def _ecg(self, t: Floats) -> bytes:
        """ECG samples at `t`; electrodes that slipped see nothing but noise."""
        uv = self._body.ecg_uv(t)
        for fault in self._slips:
            for start, end in fault.windows(float(t[-1])):
                loose = (t >= start) & (t < end)
                uv[loose] = 6000 * self._loose(t[loose])
        return ecg_samples(uv)


def _of_kind(scenario: Scenario, *kinds: str) -> tuple[Fault, ...]:
    return tuple(fault for fault in scenario.fault if fault.kind in kinds)
