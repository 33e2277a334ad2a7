"""RR intervals as Elite HRV exports them: one in whole ms a line, and nothing else.

Rounded to 0.5 ms at most; `kubios` writes the same without rounding. A gap is treated as there: the line behind it is
the time since the beat before it.
"""

from __future__ import annotations

from pathlib import Path

from tidehold.exports.beats import beats_of, bridged_s
from tidehold.log.told import Told


def write(told: Told, path: Path) -> dict[str, int]:
    """Write the RR intervals of a session.

    Returns:
        How many lines ("intervals"), and how many of them reach across a gap ("across_gaps").

    Raises:
        ConfigError: The session has none.
    """
    beats = beats_of(told)
    path.write_text("".join(f"{round(bridged_s(beat) * 1000)}\n" for beat in beats), encoding="ascii")
    return {"intervals": len(beats), "across_gaps": sum(beat.before is not None for beat in beats)}
