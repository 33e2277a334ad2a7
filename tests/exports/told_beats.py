"""A session of heartbeats only, as exports read it: ticks of 1/1024 s, with and without a gap."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from tests.log.sessions import header
from tidehold.log.outputs import Series
from tidehold.log.told import Told
from tidehold.records import Gap, HostNs
from tidehold.units import NS

TICKS: Final = 760 + np.round(90 * np.sin(np.arange(240) / 3.1) + 20 * np.sin(np.arange(240) * 1.7)).astype(np.int64)
"""RR intervals of some four minutes, 1/1024 s."""
RR_S: Final = TICKS / 1024
START_NS: Final = 3_000_000_123
"""Where the first interval begins."""
GAP_AT: Final = 100
"""The beat that ends the first interval after the gap."""
GAP_NS: Final = 30 * NS


def told(*, gap: bool = False, empty: bool = False) -> Told:
    """The session; with a `gap`, 30 s without beats before the interval of beat 100."""
    session = Told(Path("s.mcap"), header())
    if empty:
        return session
    times = START_NS + np.rint(np.cumsum(RR_S) * NS).astype(np.int64)
    if gap:
        times[GAP_AT:] += GAP_NS
        start, end = int(times[GAP_AT - 1]), int(times[GAP_AT]) - round(RR_S[GAP_AT] * NS)
        session.gaps.append(Gap(HostNs(end), "strap/acc", HostNs(0), HostNs(end), None, "of another stream"))
        session.gaps.append(Gap(HostNs(end + NS), "strap/rr", HostNs(start), HostNs(end), None, "link lost"))
    session.gaps.append(
        Gap(HostNs(int(times[-1]) + 9), "strap/rr", HostNs(int(times[-1])), HostNs(int(times[-1]) + 9), None, "end")
    )
    series = session.samples.setdefault("strap/rr", Series())
    for k in range(0, len(times), 2):
        series.add(times[k : k + 2], RR_S[k : k + 2])
    return session
