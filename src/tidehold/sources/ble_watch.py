"""Who has gone silent: the disconnect callback alone is not to be trusted."""

from __future__ import annotations

from dataclasses import dataclass

from tidehold.records import HostNs
from tidehold.units import NS


@dataclass(slots=True)
class _Pulse:
    """One watched stream: when it last gave a sign of life, and whether it ever did since it was armed."""

    stalls_after_s: float
    last: HostNs
    has_flowed: bool = False


class StallWatch:
    """Knows how long each stream has been silent. Asks no clock: times are handed in.

    Args:
        warm_up_s: How long a stream may take to its first frame after it was armed.
    """

    def __init__(self, warm_up_s: float) -> None:
        self._warm_up_s = warm_up_s
        self._pulses: dict[str, _Pulse] = {}

    def arm(self, stream: str, stalls_after_s: float | None, now: HostNs) -> None:
        """Watch a stream from `now` on; one without a limit is silent by nature and never watched."""
        if stalls_after_s is not None:
            self._pulses[stream] = _Pulse(stalls_after_s, now)

    def rearm(self, stream: str, now: HostNs) -> None:
        """A silent stream was started again: it has as long as when it was flowing to come back."""
        self._pulses[stream].last = now

    def forget(self, stream: str) -> None:
        """Stop watching a stream."""
        self._pulses.pop(stream, None)

    def saw(self, stream: str, now: HostNs) -> None:
        """A frame of a stream arrived."""
        pulse = self._pulses.get(stream)
        if pulse is not None:
            pulse.last = now
            pulse.has_flowed = True

    def silent(self, now: HostNs) -> dict[str, float]:
        """Streams that should have spoken by now, with their silence in s."""
        return {
            stream: silent_s
            for stream, pulse in self._pulses.items()
            if (silent_s := (now - pulse.last) / NS) > self._limit_s(pulse)
        }

    def all_silent(self, now: HostNs) -> bool:
        """Whether no watched stream speaks at all."""
        return len(self.silent(now)) == len(self._pulses)

    def warming_up(self) -> tuple[str, ...]:
        """Streams whose first frame is still awaited."""
        return tuple(stream for stream, pulse in self._pulses.items() if not pulse.has_flowed)

    def _limit_s(self, pulse: _Pulse) -> float:
        return pulse.stalls_after_s if pulse.has_flowed else max(pulse.stalls_after_s, self._warm_up_s)
