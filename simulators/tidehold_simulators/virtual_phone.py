"""A phone in virtual time: what a session that listens to its broker would queue."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

from tidehold.records import Frame, HostNs, Input, Link, LinkState, UnixNs
from tidehold.units import NS
from tidehold.wire.profile import Profile
from tidehold.wire.sieve import Sieve
from tidehold_simulators.body import Body
from tidehold_simulators.phone_model import Phone
from tidehold_simulators.scenario import Scenario

SOURCE: Final = "phone"
CHANNEL: Final = "push"
BROKER: Final = "virtual"

_BLOCK_S: Final = 30.0
_CONNECTING_S: Final = 0.02
"""To a broker on the same machine, as measured."""


def phone_inputs(
    scenario: Scenario, body: Body, profile: Profile, seconds: float, *, started: UnixNs
) -> Iterator[Input]:
    """Links and frames of the scenario's phone, in order of time.

    Args:
        scenario: Phone, faults and seed.
        body: Who wears it.
        profile: What the session takes it for.
        seconds: Length of the session.
        started: True UTC at its beginning.
    """
    phone = Phone(scenario, body, started_unix_ns=started)
    sieve = Sieve(profile)
    listener = _Listener(scenario, phone.topic, profile, seconds)
    yield from listener.connect(0.0)
    while phone.t_s < seconds:
        for message in phone.advance(min(phone.t_s + _BLOCK_S, seconds)):
            yield from listener.until(message.t_s)
            yield from listener.hear(message.t_s)
            yield Frame(_ns(message.t_s), SOURCE, CHANNEL, sieve.sift(CHANNEL, message.payload))
        yield from listener.until(phone.t_s)


class _Listener:
    """What becomes of the connection to the broker, and of the silence on it."""

    def __init__(self, scenario: Scenario, topic: str, profile: Profile, seconds: float) -> None:
        self._where = {"broker": BROKER, "topic": topic}
        self._profile = profile
        self._stalls_after_s = next(
            (channel.stalls_after_s for channel in profile.channel if channel.id == CHANNEL), None
        )
        losses = (fault.windows(seconds) for fault in scenario.fault if fault.kind == "broker-lost")
        self._outages = deque(sorted(window for windows in losses for window in windows))
        self._is_armed = False
        self._up_s = 0.0
        self._last_s = 0.0

    def connect(self, t_s: float) -> Iterator[Link]:
        """Come up at the first moment after `t_s` when there is a broker."""
        yield _link(t_s, "searching", **self._where, attempt="1")
        while self._outages and self._outages[0][0] <= t_s + _CONNECTING_S:
            t_s = max(t_s, self._outages.popleft()[1] - _CONNECTING_S)
        self._up_s, self._is_armed = t_s + _CONNECTING_S, False
        yield _link(self._up_s, "up", profile=self._profile.id, **self._where, attempt="1")

    def until(self, t_s: float) -> Iterator[Link]:
        """What happens up to `t_s`, if no message comes."""
        while self._outages and self._outages[0][0] <= t_s:
            lost_s, _ = self._outages[0]
            yield from self._stall(lost_s)
            uptime_s = f"{lost_s - self._up_s:.1f}"
            yield _link(lost_s, "down", reason="the broker closed the connection", uptime_s=uptime_s)
            yield from self.connect(lost_s)
        yield from self._stall(t_s)

    def hear(self, t_s: float) -> Iterator[Link]:
        """A message comes."""
        if not self._is_armed:
            self._is_armed = True
            yield _link(t_s, "armed", streams=" ".join(stream.id for stream in self._profile.stream))
        self._last_s = t_s

    def _stall(self, t_s: float) -> Iterator[Link]:
        if self._is_armed and self._stalls_after_s is not None and t_s - self._last_s > self._stalls_after_s:
            self._is_armed = False
            silent_s = f"{self._stalls_after_s:.1f}"
            yield _link(self._last_s + self._stalls_after_s, "stalled", stream=CHANNEL, silent_s=silent_s)


def _ns(t_s: float) -> HostNs:
    return HostNs(round(t_s * NS))


def _link(t_s: float, state: LinkState, **detail: str) -> Link:
    return Link(_ns(t_s), SOURCE, state, detail)
