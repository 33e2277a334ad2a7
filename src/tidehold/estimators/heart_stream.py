"""What the heart estimators share: cleaned beats from the streams of a strap, and why there are none."""

from __future__ import annotations

from typing import Final

from tidehold.estimators.contract import stream_kind
from tidehold.estimators.rr_cleaning import Beat, RrCleaner
from tidehold.records import Gap, HostNs, Sample
from tidehold.units import NS

SILENT_AFTER_S: Final = 5.0
"""Without a heartbeat for this long, no figure is about now any more."""
NO_CONTACT: Final = 1
"""Value of the "contact" stream: the strap says that it has lost the skin."""


class HeartStream:
    """Cleans RR intervals as they come and knows when there are none to go by.

    `started`: the first beat since the series was last broken; `newest`: the last one;
    `contact`: False while the strap says that it has lost the skin.
    """

    def __init__(self) -> None:
        self.started: HostNs | None = None
        self.newest: HostNs | None = None
        self._cleaner = RrCleaner()
        self.contact = True

    def update(self, sample: Sample) -> list[Beat]:
        """The beats that one frame's samples settle: of "rr" and "contact", others are ignored."""
        kind = stream_kind(sample.stream)
        if kind == "contact":
            self._touch(contact=int(sample.values[-1]) != NO_CONTACT)
        if kind != "rr" or not self.contact:
            return []
        beats: list[Beat] = []
        for t, rr_s in zip(sample.times.tolist(), sample.values.tolist(), strict=True):
            self.newest = HostNs(t)
            if self.started is None:
                self.started = self.newest
            beats += self._cleaner.push(self.newest, rr_s)
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
        self._cleaner.reset()
        self.started = None
