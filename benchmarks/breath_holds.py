"""Held breaths in chest motion: `python -m benchmarks.breath_holds HOLDS_DIR EVENTS.csv [--jobs 2]`.

The recordings of HOLDS_DIR go the way of those of `benchmarks.breathing`, by their chest motion. Each time the fold
announces that the breath is held, EVENTS.csv gets a line `recording,announced_s`. Where the holds are is not read.
"""

from __future__ import annotations

import sys

from benchmarks import breathing
from benchmarks.breathing import Row, Task
from tidehold.records import Cue
from tidehold.units import NS

HELD = "breath-held"
COLUMNS = ("recording", "announced_s")


def announced(task: Task) -> list[Row]:
    """Recording and time of each announcement."""
    file, source = task
    said = breathing.fold(breathing.load(file), source)
    return [(file.stem, f"{cue.t / NS:.3f}") for cue in said if isinstance(cue, Cue) and cue.kind == HELD]


def main() -> int:
    asked = breathing.parser_of(__doc__, "holds", "events").parse_args()
    return breathing.write(asked.events, COLUMNS, announced, breathing.tasks(asked.holds, ("motion",)), asked.jobs)


if __name__ == "__main__":
    sys.exit(main())
