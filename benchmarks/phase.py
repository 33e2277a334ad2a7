"""Phase of the breath, four times a second: `python -m benchmarks.phase DATA_DIR PHASE.csv [--jobs 2]`.

The recordings of DATA_DIR go the way of those of `benchmarks.breathing`, by their heartbeats and by their chest motion.
PHASE.csv gets what the fold says at each tick, as `recording,source,t_s,phase_rad,confidence`: 0 where an inhalation
starts, growing to 2 pi; empty where unknown.
"""

from __future__ import annotations

import sys
from functools import partial

from benchmarks import breathing

PHASE = "breathing/phase_rad"
COLUMNS = ("recording", "source", "t_s", "phase_rad", "confidence")


def main() -> int:
    asked = breathing.parser_of(__doc__, "data", "phase").parse_args()
    todo = breathing.tasks(asked.data, ("rr", "motion"))
    return breathing.write(asked.phase, COLUMNS, partial(breathing.estimates, name=PHASE), todo, asked.jobs)


if __name__ == "__main__":
    sys.exit(main())
