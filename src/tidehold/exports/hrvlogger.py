"""RR intervals as HRV Logger exports them on Android: `timestamp, rr, since_start`, all in whole ms.

`timestamp` is the beat that ends the interval, in ms since 1970; `since_start` is its session time. Every interval is
as it was sent, rounded to 0.5 ms at most. A gap shows in the times: there a row is farther from the one before it
than its `rr`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tidehold.exports.beats import beats_of
from tidehold.log.told import Told
from tidehold.records import HostNs

HEADING: Final = "timestamp, rr, since_start \n\n"
"""To the blank and the empty line, as in files of the app that people have published."""
NS_PER_MS: Final = 1_000_000


def write(told: Told, path: Path) -> dict[str, int]:
    """Write the RR intervals of a session.

    Returns:
        How many rows ("intervals"), and how many of them have a gap before them ("gaps").

    Raises:
        ConfigError: The session has none.
    """
    beats = beats_of(told)
    rows = (f"{_ms(told.unix(HostNs(beat.t)))},{round(beat.rr_s * 1000)},{_ms(beat.t)}\n" for beat in beats)
    path.write_text(HEADING + "".join(rows), encoding="ascii")
    return {"intervals": len(beats), "gaps": sum(beat.before is not None for beat in beats)}


def _ms(t_ns: int) -> int:
    """Nanoseconds in whole ms, to the nearest."""
    return (t_ns + NS_PER_MS // 2) // NS_PER_MS
