"""RR coverage per minute (in the making: signatures are final)."""

from __future__ import annotations

import msgspec

from tidehold.records import HostNs, Times, Values


class Coverage(msgspec.Struct, frozen=True):
    """One minute from `start`: sum of RR / wall clock (None: too little of it seen), and what is wrong ("" if nothing)."""

    start: HostNs
    value: float | None
    why: str


class RrCoverage:
    """Sum of RR over wall clock, minute by minute."""

    last: Coverage | None
    """The newest completed minute."""

    def add(self, times: Times, rr_s: Values) -> None:
        """Count beats at times (n,) that end RR intervals (n,) s."""
        raise NotImplementedError

    def completed(self, now: HostNs) -> tuple[Coverage, ...]:
        """Minutes completed since the last call, oldest first; call once a second or later."""
        raise NotImplementedError
