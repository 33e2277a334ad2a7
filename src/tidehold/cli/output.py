"""What is printed: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

BYTES_A_S: Final = 1e6
"""Of a session file with strap and phone: folded and drawn in a second, on a processor of 2020."""
LONG_S: Final = 5.0
"""Who waits longer wonders whether anything happens."""


def say(text: str) -> None:
    """A line for the person, on standard error: standard output is for results."""
    print(text, file=sys.stderr, flush=True)


def tell_long(file: Path) -> None:
    """Say that folding a session again takes a while, where it does."""
    seconds = file.stat().st_size / BYTES_A_S if file.is_file() else 0.0
    if seconds > LONG_S:
        say(f"folding {file} again: some {seconds:.0f} s")


def give(result: dict[str, Any]) -> None:
    """The one JSON object of a `--json` run."""
    print(json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False), flush=True)


def table(rows: Sequence[tuple[str, ...]]) -> None:
    """Rows in aligned columns; the first row is the heading."""
    if not rows:
        return
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
