"""Who has gone silent: the disconnect callback alone is not to be trusted."""

from __future__ import annotations

from dataclasses import dataclass

from tidehold.records import HostNs
from tidehold.sources.clock import SessionClock
from tidehold.units import NS


@dataclass(slots=True)
class _Pulse:
    """One watched stream."""

    stalls_after_s: float
    last: HostNs
    """When it last gave a sign of life, or was armed."""
    awaited: HostNs
    """From when on its next sign of life is awaited: later than `last` if it was started again."""
    has_flowed: bool = False
    has_stopped: bool = False
    restarts: int = 0


class StallWatch:
    """Knows how long each stream has been silent.

    Args:
        clock: Session time.
        warm_up_s: How long a stream may take to its first frame after it was armed.
    """

    def __init__(self, clock: SessionClock, warm_up_s: float) -> None:
        self._clock = clock
        self._warm_up_s = warm_up_s
        self._pulses: dict[str, _Pulse] = {}

    def arm(self, stream: str, stalls_after_s: float | None) -> None:
        """Watch a stream from now on; one without a limit is silent by nature and never watched."""
        if stalls_after_s is not None:
            now = self._clock.now()
            self._pulses[stream] = _Pulse(stalls_after_s, now, now)

    def arm_again(self, stream: str) -> None:
        """A silent stream was started again: if it has flowed before, it has its usual time to come back."""
        pulse = self._pulses[stream]
        pulse.awaited, pulse.has_stopped, pulse.restarts = self._clock.now(), False, pulse.restarts + 1

    def restarts(self, stream: str) -> int:
        """How often a stream was started again since its last frame."""
        return self._pulses[stream].restarts

    def forget(self, stream: str) -> None:
        """Stop watching a stream."""
        self._pulses.pop(stream, None)

    def stopped(self, stream: str) -> None:
        """The device said that it stopped a stream: silent from now on, without waiting."""
        if stream in self._pulses:
            self._pulses[stream].has_stopped = True

    def saw(self, stream: str) -> None:
        """A frame of a stream arrived."""
        pulse = self._pulses.get(stream)
        if pulse is not None:
            pulse.last = pulse.awaited = self._clock.now()
            pulse.has_flowed, pulse.has_stopped, pulse.restarts = True, False, 0

    def silent(self) -> dict[str, float]:
        """Streams that should have spoken by now, with their silence in s."""
        now = self._clock.now()
        return {
            stream: (now - pulse.last) / NS
            for stream, pulse in self._pulses.items()
            if pulse.has_stopped or (now - pulse.awaited) / NS > self._limit_s(pulse)
        }

    def all_silent(self) -> bool:
        """Whether no watched stream speaks at all."""
        return len(self.silent()) == len(self._pulses)

    def warming_up(self) -> tuple[str, ...]:
        """Streams whose first frame is still awaited."""
        return tuple(stream for stream, pulse in self._pulses.items() if not pulse.has_flowed)

    def _limit_s(self, pulse: _Pulse) -> float:
        return pulse.stalls_after_s if pulse.has_flowed else max(pulse.stalls_after_s, self._warm_up_s)
