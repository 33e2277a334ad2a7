"""RR intervals to beat times.

The Heart Rate profile has no time stamps: a notification carries the RR
intervals since the one before, about once a second, and arrives up to seconds
late. The intervals themselves are exact to 1/1024 s and lie end to end, so
their running sum is the time base, and arrival only says where it lies. The
idea is that of wire-formats 4.3: chain beats from an anchor, correct towards
arrival only when the lag leaves a band, anchor anew after a gap.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from tidehold.records import HostNs, Times, Values
from tidehold.units import NS

ANCHOR_LAG_NS: Final = 5 * NS // 4
"""How old the last beat of an anchoring notification is taken to be: a beat waits for up to 1 s to be sent, and the
radio adds some 0.25 s. So quicker ones later do not lie in the future. 1.5-1.9 s were measured for an H10."""
BAND_NS: Final = 5 * NS // 2
"""Lags from 0 to this are ordinary: about 1 s of the strap's own collecting, and the radio."""
MISSING_NS: Final = 3 * NS // 2
"""Intervals missing for longer than this beyond the band break the series."""
STALL_NS: Final = 6 * NS
"""A lag that no late notification explains: bursts are 3-4 s late (polar-ble-sdk #227), the anchor 1 s off."""
PERSIST_NS: Final = 10 * NS
"""How long a lag must stay high before it is taken for more than a burst."""
MAX_SLEW: Final = 0.01
"""Slewing changes no distance between beats by more than this share."""


class Beats(msgspec.Struct, frozen=True, eq=False):
    """Where the beats lie that end the RR intervals of one notification.

    `times` (n,) session time of each beat, ns, increasing. `anchored`: the
    beats were put by arrival, the series is broken before them. `lag_s`:
    arrival after the newest beat so far, None if there was none.
    """

    times: Times
    anchored: bool
    lag_s: float | None


class BeatClock:
    """Times the beats of one strap, on the session clock.

    Where the series as a whole lies is known to about a second, that of the
    anchoring notification's age; how its beats follow each other, exactly.

    Beat times always increase. None lies after the arrival of its notification
    (but for 1 ns per beat where notifications of the same ns leave no room).
    Between anchors their distances are the RR intervals within 1 % (`MAX_SLEW`)
    and 1 ns; exactly those while the lag is within 0..2.5 s.

    - Beats that would lie in the future (the anchoring notification was a late
      one, beats are delivered twice) are moved back at once: within 1 % if that
      is enough, by a new anchor if not.
    - A lag that stays above 2.5 s for 10 s is slewed away at 1 %; above 4 s it
      means that intervals are missing, and a new anchor is set.
    - A lag above 6 s sets a new anchor at once.
    """

    __slots__ = ("_broken", "_high_since", "_last", "_least_lag", "_newest", "_origin", "_slewing", "_sum_s")

    def __init__(self) -> None:
        self._broken = True
        self._origin = 0
        self._sum_s = 0.0
        self._last: int | None = None
        self._newest: int | None = None
        self._high_since: int | None = None
        self._least_lag = 0
        self._slewing = False

    def broken(self) -> None:
        """The series is broken (link or contact lost): the next beats set a new anchor."""
        self._broken = True

    def feed(self, arrival: HostNs, rr_s: Values) -> Beats:
        """Time the beats of a notification.

        Args:
            arrival: When it came. One before that of an earlier notification counts as the same.
            rr_s: RR intervals (n,) in s, oldest first, finite, not negative; n may be 0.
        """
        now = self._newest = arrival if self._newest is None else max(arrival, self._newest)
        if not len(rr_s):
            return Beats(np.empty(0, np.int64), anchored=False, lag_s=self._lag_s(now))
        ends_s = np.cumsum(rr_s)
        stretch = None if self._broken else self._stretch(now, float(ends_s[-1]))
        anchored = stretch is None
        times = self._anchor(now, ends_s) if stretch is None else self._chain(now, ends_s * stretch)
        # An interval of 0, or no room: 1 ns apart at least.
        steps = np.arange(len(times))
        soonest = times[0] if self._last is None else self._last + 1
        times = np.maximum.accumulate(np.maximum(times - steps, soonest)) + steps
        self._last = int(times[-1])
        return Beats(times, anchored, self._lag_s(now))

    def _lag_s(self, now: int) -> float | None:
        return None if self._last is None else (now - self._last) / NS

    def _chain(self, now: int, ends_s: Values) -> Times:
        """Go on with the running sum; exact, since 1/1024 s ticks add up without rounding in float64."""
        times: Times = np.minimum(self._origin + np.rint((self._sum_s + ends_s) * NS).astype(np.int64), now)
        self._sum_s += float(ends_s[-1])
        return times

    def _anchor(self, now: int, ends_s: Values) -> Times:
        """Put the beats by arrival, between the beats before and now."""
        room = None if self._last is None else now - self._last
        # Half the room at most: beats delivered twice must leave some for those to come.
        end = now - (ANCHOR_LAG_NS if room is None else min(ANCHOR_LAG_NS, room // 2))
        times: Times = end - np.rint((ends_s[-1] - ends_s) * NS).astype(np.int64)
        if self._last is not None and times[0] <= self._last and ends_s[-1] > 0.0:
            times = self._last + np.rint((end - self._last) * (ends_s / ends_s[-1])).astype(np.int64)
        self._origin, self._sum_s = end, 0.0
        self._broken = self._slewing = False
        self._high_since = None
        return times

    def _stretch(self, now: int, total_s: float) -> float | None:
        """Factor for the next intervals, `total_s` long together; None if the series must be anchored anew."""
        lag = now - self._origin - round((self._sum_s + total_s) * NS)
        if lag < 0:
            fits = 1.0 + lag / (total_s * NS)
            return fits if fits >= 1.0 - MAX_SLEW else None
        if lag <= BAND_NS:
            self._high_since, self._slewing = None, False
            return 1.0
        if lag > STALL_NS or self._stays_beyond(now, lag):
            return None
        return 1.0 + MAX_SLEW if self._slewing else 1.0

    def _stays_beyond(self, now: int, lag: int) -> bool:
        """Watch a lag above the band, 10 s at a time; whether intervals are missing."""
        if self._high_since is None:
            self._high_since, self._least_lag = now, lag
        self._least_lag = min(self._least_lag, lag)
        if now - self._high_since < PERSIST_NS:
            return False
        missing = self._least_lag > BAND_NS + MISSING_NS
        self._high_since, self._least_lag, self._slewing = now, lag, True
        return missing
