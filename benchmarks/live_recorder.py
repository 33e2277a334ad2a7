"""The recorder of `benchmarks.live`: the command itself, with a log that keeps the time of what it is given."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from tidehold.cli import main, recording
from tidehold.log.writer import SessionWriter
from tidehold.records import Input
from tidehold.sources.clock import SessionClock

CLOCKS: Final[list[SessionClock]] = []
APPEND_MS: Final[list[float]] = []
DURABLE_MS: Final[list[float]] = []


class Clock(SessionClock):
    def __init__(self) -> None:
        super().__init__()
        CLOCKS.append(self)


class TimedWriter(SessionWriter):
    """A session file that notes how long inputs waited for it, and it for the disk."""

    _oldest: int | None = None
    _flushed: int | None = None

    def append(self, item: Input) -> None:
        super().append(item)
        now = CLOCKS[-1].now()
        APPEND_MS.append((now - item.t) / 1e6)
        if self._oldest is None:
            self._oldest = now

    def flush(self) -> None:
        super().flush()
        if self._flushed is None:
            self._flushed, self._oldest = self._oldest, None

    def sync(self) -> None:
        oldest, self._flushed = self._flushed, None
        super().sync()
        if oldest is not None:
            DURABLE_MS.append((CLOCKS[-1].now() - oldest) / 1e6)


def run(report: Path, words: list[str]) -> int:
    vars(recording).update(SessionClock=Clock, SessionWriter=TimedWriter)
    code = main(words)
    ordered = sorted(APPEND_MS)
    figures = {
        "inputs": len(ordered),
        "stamp_to_append_p50_ms": round(ordered[len(ordered) // 2], 3),
        "stamp_to_append_p99_ms": round(ordered[int(len(ordered) * 0.99)], 3),
        "append_to_fdatasync_worst_ms": round(max(DURABLE_MS), 1),
    }
    report.write_text(json.dumps(figures))
    return code


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2:]))
