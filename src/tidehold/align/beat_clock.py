"""RR intervals to beat times (in the making: signatures are final)."""

from __future__ import annotations

import msgspec

from tidehold.records import HostNs, Times, Values


class Beats(msgspec.Struct, frozen=True, eq=False):
    """Beat times (n,) session ns; anchored: a new anchor, the series is broken before it; lag: arrival - last beat."""

    times: Times
    anchored: bool
    lag_s: float | None


class BeatClock:
    """Times the beats of one strap."""

    def feed(self, arrival: HostNs, rr_s: Values) -> Beats:
        """Time the beats that end the RR intervals (n,) s, oldest first, of a notification."""
        raise NotImplementedError

    def broken(self) -> None:
        """The series is broken (link or contact lost): the next feed anchors anew."""
        raise NotImplementedError
