"""Which tones and words are due, and when: from what a view of the session is told, four times a second.

What the pacer asks for is known ahead and ordered ahead, so that it sounds at its moment. What else happens is
heard when it is told. Nothing is ordered twice, and nothing that is long past.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Final

from tidehold.records import Pacing, Part, Status
from tidehold.routine import ENDED
from tidehold.sound.mixer import STALE_S
from tidehold.sound.moments import Moments
from tidehold.sound.orders import TEXT_LIMIT, Forget, Order, Play, Speak
from tidehold.sound.seen import Change, Seen, changes, seen
from tidehold.sound.tones import Kind
from tidehold.units import NS

AHEAD_S: Final = 0.75
"""How far ahead the pacer's tones are ordered: a status may come half a second late and nothing is missed. If none
comes any more, the pacer falls silent after this."""
KEPT_S: Final = 0.15
"""What is due so soon is not called back: it may be on its way to the loudspeaker already."""
LATE_S: Final = 0.3
"""Later than this a tone of the pacer would mislead."""
SAME_S: Final = 0.9
"""Two equal parts of paced breaths are never nearer than that (the shortest breath is 1 s): the second one is the same
moment, told again by a pattern that took over."""
SHORTEST_S: Final = 1.0
"""Nobody breathes faster than that."""
APART_S: Final = 0.35
"""Between tones that are due at once, so that each is heard."""
_KINDS: Final[dict[Part, Kind]] = {"inhale": "in", "full": "pause", "exhale": "out", "empty": "pause"}


def transitions(pacing: Pacing, after: int, until: int) -> Iterator[tuple[Part, int]]:
    """The parts of the paced breaths that begin after the session time `after`, up to `until`, ns."""
    pattern = pacing.pattern
    length_ns = round(pattern.length_s * NS)
    if pattern.length_s < SHORTEST_S:
        return
    for k in count(max(0, (after - pacing.since) // length_ns)):
        start = pacing.since + k * length_ns
        if start > until:
            return
        parts: tuple[tuple[Part, float, float], ...] = (
            ("inhale", 0.0, pattern.inhale_s),
            ("full", pattern.inhale_s, pattern.full_s),
            ("exhale", pattern.inhale_s + pattern.full_s, pattern.exhale_s),
            ("empty", pattern.inhale_s + pattern.full_s + pattern.exhale_s, pattern.empty_s),
        )
        for part, from_s, lasts_s in parts:
            begins = start + round(from_s * NS)
            if lasts_s > 0 and after < begins <= until:
                yield part, begins


class Score:
    """Follows one session's statuses."""

    def __init__(self) -> None:
        self._moments = Moments()
        self._seen: Seen | None = None
        self._is_over = False
        self._pacing: Pacing | None = None
        self._planned: int | None = None  # the pacer's tones are ordered up to this session time, ns
        self._ordered: list[tuple[Part, int]] = []  # the last of them

    def hear(self, status: Status, now_s: float) -> list[Order]:
        """What follows from a status that came at `now_s` of the hearer's clock."""
        snapshot = status.snapshot
        if status.recording.state == "replay" and status.recording.speed != 1.0:
            return self._fall_silent(now_s)
        follows = self._moments.hear(snapshot.t / NS, now_s)
        before = self._seen if follows else None
        is_over = status.recording.state == "finished"
        self._seen = seen(snapshot, before)
        orders = [] if follows else self._call_back(now_s)
        age_s = self._moments.session_s(now_s) - snapshot.t / NS
        if before is not None and age_s <= STALE_S:
            orders += _told(changes(before, self._seen, snapshot), now_s)
            if is_over and not self._is_over and snapshot.guide is None:  # a routine says itself when it is over
                orders.append(Play("done", now_s))
        self._is_over = is_over
        return orders + self._paced(_asked(status), now_s)

    def _fall_silent(self, now_s: float) -> list[Order]:
        """Session time stands still, or runs at another rate: what comes next is a beginning."""
        was_on = self._seen is not None
        self._moments.forget()
        self._seen = None
        return self._call_back(now_s) if was_on else []

    def _call_back(self, now_s: float) -> list[Order]:
        self._pacing, self._planned, self._ordered = None, None, []
        return [Forget(now_s)]

    def _paced(self, pacing: Pacing | None, now_s: float) -> list[Order]:
        orders: list[Order] = []
        now = round(self._moments.session_s(now_s) * NS)
        if pacing != self._pacing and self._planned is not None:
            kept = now + round(KEPT_S * NS)
            orders.append(Forget(self._moments.hearer_s(kept / NS)))
            self._ordered = [each for each in self._ordered if each[1] <= kept]
            if pacing is not None:
                is_new = pacing.since >= now - round(LATE_S * NS)
                self._planned = pacing.since - 1 if is_new else now
        self._pacing = pacing
        if not self._moments.is_sure:
            return orders
        if self._planned is None:
            self._planned = now
        until = now + round(AHEAD_S * NS)
        if pacing is not None:
            after = max(self._planned, now - round(LATE_S * NS))
            for part, moment in transitions(pacing, after, until):
                if not any(part == other and abs(moment - t) < SAME_S * NS for other, t in self._ordered):
                    self._ordered = [*self._ordered[-7:], (part, moment)]
                    orders.append(Play(_KINDS[part], self._moments.hearer_s(moment / NS)))
        self._planned = max(self._planned, until)
        return orders


def _asked(status: Status) -> Pacing | None:
    """The paced breathing that is to be heard."""
    snapshot = status.snapshot
    is_silent = snapshot.guide is not None and snapshot.guide.state in {"paused", *ENDED}
    return None if is_silent or status.recording.state == "finished" else snapshot.pacing


def _told(news: Iterable[Change], now_s: float) -> Iterator[Order]:
    """Tones one after another, and all the words."""
    at_s = now_s
    for change in news:
        if change.kind is not None:
            yield Play(change.kind, at_s)
            at_s += APART_S
        if change.text:
            yield Speak(change.text[:TEXT_LIMIT], change.urgent)
