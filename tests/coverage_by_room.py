"""Branch coverage of every room against the least that is accepted: `python -m tests.coverage_by_room`.

Reads the coverage data that `run.py test --cov` left behind.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

import coverage

LEAST = 90.0


def rooms(report: dict[str, dict[str, dict[str, int]]]) -> dict[str, tuple[int, int]]:
    """Covered and all (statements + branches) by room."""
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, file in report.items():
        parts = Path(name).parts
        package = next(part for part in ("tidehold", "tidehold_simulators") if part in parts)
        inside = parts[parts.index(package) + 1 :]
        room = f"{package}/{inside[0]}" if len(inside) > 1 else package
        summary = file["summary"]
        totals[room][0] += summary["covered_lines"] + summary["covered_branches"]
        totals[room][1] += summary["num_statements"] + summary["num_branches"]
    return {room: (covered, every) for room, (covered, every) in sorted(totals.items())}


def main() -> int:
    data = coverage.Coverage()
    data.load()
    data.json_report(outfile=".coverage.json")
    report = json.loads(Path(".coverage.json").read_text())["files"]
    low = 0
    for room, (covered, every) in rooms(report).items():
        percent = 100 * covered / every if every else 100.0
        low += percent < LEAST
        print(f"{room:32} {percent:5.1f} %{'' if percent >= LEAST else f'  below {LEAST:.0f} %'}")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
