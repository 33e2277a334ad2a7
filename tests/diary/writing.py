"""A process that writes to a diary, or to a file of check-ins, and says so.

    python -m tests.diary.writing diary|file PATH FIRST COUNT

The moments of its check-ins are FIRST, FIRST + 2, ...: two such processes take turns by the ns. COUNT 0: without end.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from tidehold.diary import check_ins
from tidehold.diary.nouns import CheckIn
from tidehold.diary.store import Diary
from tidehold.records import UnixNs


def main(what: str, path: Path, first: int, count: int) -> None:
    moments = range(first, first + 2 * count, 2) if count else itertools.count(first, 2)
    if what == "file":
        for at in moments:
            check_ins.append(path, CheckIn(at=UnixNs(at), note=f"word {at} " * 20))
            print(at, flush=True)
        return
    with Diary.open(path) as diary:
        for at in moments:
            diary.add_check_in(CheckIn(at=UnixNs(at), note=f"word {at}"))
            print(at, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
