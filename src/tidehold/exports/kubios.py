"""RR intervals as text: one in ms a line, as Kubios HRV and most other programs read it.

A strap's ticks of 1/1024 s come out exactly ("831.0546875"). The format has no times, so a gap cannot be said in it.
It is not papered over either: the line behind a gap is the time from the last beat before it to the first whole
interval's end, which is far longer than a heartbeat, keeps the time axis right, and is found by every artefact
correction. How many lines are such is in what `write` gives.
"""

from __future__ import annotations

from pathlib import Path

from tidehold.exports.beats import beats_of, bridged_s, milliseconds
from tidehold.log.told import Told


def write(told: Told, path: Path) -> dict[str, int]:
    """Write the RR intervals of a session.

    Returns:
        How many lines ("intervals"), and how many of them reach across a gap ("across_gaps").

    Raises:
        ConfigError: The session has none.
    """
    beats = beats_of(told)
    path.write_text("".join(f"{milliseconds(bridged_s(beat))}\n" for beat in beats), encoding="ascii")
    return {"intervals": len(beats), "across_gaps": sum(beat.before is not None for beat in beats)}
