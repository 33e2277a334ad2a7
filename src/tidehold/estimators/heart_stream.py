"""Cleaned heartbeats: made once for a session, and what the heart estimators share in reading them."""

from __future__ import annotations

from typing import Final

import numpy as np

from tidehold.estimators.contract import stream_kind
from tidehold.estimators.rr_cleaning import Beat, Flag, RrCleaner
from tidehold.records import Gap, HostNs, Sample
from tidehold.units import NS

RR_CLEAN: Final = "rr_clean"
SILENT_AFTER_S: Final = 5.0
"""Without a heartbeat for this long, no figure is about now any more."""
NO_CONTACT: Final = 1
"""Value of the "contact" stream: the strap says that it has lost the skin."""
BEAT_KINDS: Final = frozenset({RR_CLEAN, "contact"})
"""Kinds of streams that a `HeartStream` has a use for."""
_FLAGS: Final = tuple(Flag)
_RAW_KINDS: Final = frozenset({"rr", "contact"})
_CODES: Final = {flag: float(code) for code, flag in enumerate(_FLAGS)}


class RrCorrection:
    """Makes "<source>/rr_clean" of "<source>/rr", which stays as it is.

    Values (n, 3): `rr_s`, `beats` and the code of `flag` of each `Beat` (the
    order of `Flag`: clean 0, missed 1, extra 2, ectopic 3, stray 4), `times`
    that of its end. Beats without skin contact are none. Whether a beat
    follows another is in the order of the flags and the gaps of "rr".
    """

    def __init__(self) -> None:
        self._cleaners: dict[str, RrCleaner] = {}
        self._off: set[str] = set()

    def update(self, sample: Sample) -> Sample | None:
        """What one frame's samples settle ("rr" and "contact" count); None if nothing."""
        source, _, kind = sample.stream.rpartition("/")
        if kind not in _RAW_KINDS:
            return None
        if kind == "contact":
            self._touch(source, off=int(sample.values[-1]) == NO_CONTACT)
        if kind != "rr" or source in self._off:
            return None
        cleaner = self._cleaners.setdefault(source, RrCleaner())
        beats: list[Beat] = []
        for t, rr_s in zip(sample.times.tolist(), sample.values.tolist(), strict=True):
            beats += cleaner.push(HostNs(t), rr_s)
        if not beats:
            return None
        times = np.array([beat.t for beat in beats], np.int64)
        values = np.array([(beat.rr_s, beat.beats, _CODES[beat.flag]) for beat in beats], np.float64)
        return Sample(sample.t, f"{source}/{RR_CLEAN}", times, values)

    def gap(self, gap: Gap) -> None:
        """Break the series where RR intervals are missing."""
        source, _, kind = gap.stream.rpartition("/")
        if kind == "rr":
            self._break(source)

    def _touch(self, source: str, *, off: bool) -> None:
        if off:
            self._off.add(source)
            self._break(source)
        else:
            self._off.discard(source)

    def _break(self, source: str) -> None:
        if source in self._cleaners:
            self._cleaners[source].reset()


class HeartStream:
    """Reads cleaned beats as they come and knows when there are none to go by.

    `started`: the first beat since the series was last broken; `newest`: the last one;
    `contact`: False while the strap says that it has lost the skin.
    """

    def __init__(self) -> None:
        self.started: HostNs | None = None
        self.newest: HostNs | None = None
        self.contact = True
        self._sound = False

    def update(self, sample: Sample) -> list[Beat]:
        """The beats of one frame: of "rr_clean" and "contact", others are ignored."""
        kind = stream_kind(sample.stream)
        if kind == "contact":
            self._touch(contact=int(sample.values[-1]) != NO_CONTACT)
        if kind != RR_CLEAN or not self.contact:
            return []
        beats: list[Beat] = []
        for t, (rr_s, count, code) in zip(sample.times.tolist(), sample.values.tolist(), strict=True):
            sound, self._sound = self._sound, code == _CODES[Flag.CLEAN]
            self.newest = HostNs(t)
            if self.started is None:
                self.started = self.newest
            beats.append(Beat(self.newest, rr_s, int(count), _FLAGS[int(code)], follows=sound and self._sound))
        return beats

    def gap(self, gap: Gap) -> None:
        """Break the series where RR intervals are missing."""
        if stream_kind(gap.stream) == "rr":
            self._break()

    def silence(self, now: HostNs) -> str:
        """Why nothing can be said about the heart now; "" if it can be heard."""
        if not self.contact:
            return "no skin contact"
        if self.newest is None:
            return "no heartbeats yet"
        silent_s = (now - self.newest) / NS
        return f"no heartbeats for {silent_s:.0f} s" if silent_s > SILENT_AFTER_S else ""

    def _touch(self, *, contact: bool) -> None:
        if self.contact and not contact:
            self._break()
        self.contact = contact

    def _break(self) -> None:
        self._sound = False
        self.started = None
