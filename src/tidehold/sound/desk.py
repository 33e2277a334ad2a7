"""Carries out orders: tones and words go into the mixer, and from there to a sink."""

from __future__ import annotations

import time
from collections.abc import Callable

from tidehold.sound.mixer import Mixer
from tidehold.sound.orders import Forget, Loudness, Order, Play, Ready, Report, Speak, Trouble
from tidehold.sound.sinks import Sink
from tidehold.sound.speech import Engine, Speaker
from tidehold.sound.tones import tone

NO_ENGINE = Trouble("nothing is spoken, no speech engine is installed", "apt install espeak-ng", is_all=False)

Open = Callable[[Mixer, Callable[[], float], Callable[[Report], None]], Sink]
"""Makes a sink of a mixer, a clock and somebody to report to."""


class Desk:
    """Makes sound in this process. No call waits for anything.

    Args:
        sink: Makes the sink.
        engine: Who speaks, if anybody.
        report: Told once whether it sounds, and of trouble; from any thread.
        now: The hearer's clock, s.
        speaks: Whether words are wanted; then it is told if nobody speaks.
    """

    def __init__(
        self,
        sink: Open,
        engine: Engine | None,
        report: Callable[[Report], None],
        now: Callable[[], float] = time.monotonic,
        *,
        speaks: bool = True,
    ) -> None:
        self._mixer = Mixer()
        self._engine = engine
        self._report = report
        self._misses_engine = speaks and engine is None
        self.is_silent = False
        """Nothing will sound any more, and that is told."""
        self.sink = sink(self._mixer, now, self._hear)
        self._speaker = (
            Speaker(engine, self._mixer, now, lambda text: report(Trouble(text, is_all=False)))
            if engine is not None
            else None
        )
        self.sink.start()

    def order(self, order: Order) -> None:
        """Have something played or said."""
        if self.is_silent:
            return
        match order:
            case Play():
                self._mixer.add(order.kind, tone(order.kind), order.at_s)
            case Speak():
                if self._speaker is not None:
                    self._speaker.say(order)
            case Forget():
                self._mixer.forget(order.after_s)
            case Loudness():
                self._mixer.loudness(order.volume, muted=order.muted)

    def close(self) -> None:
        """Let what sounds come to its end, and be done."""
        if self._speaker is not None:
            self._speaker.close()
        self.sink.close()

    def _hear(self, report: Report) -> None:
        if isinstance(report, Ready) and self._engine is not None:
            report = Ready(report.device, self._engine.name)
        self.is_silent = isinstance(report, Trouble) and report.is_all
        self._report(report)
        if isinstance(report, Ready) and self._misses_engine:  # without sound, nobody misses the words
            self._report(NO_ENGINE)
