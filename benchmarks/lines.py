"""Lines of a benchmark's table: what was measured, beside others, and whether it is what is promised."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Line(NamedTuple):
    """`what` was measured: `ours`, and what `others` say of the same.

    `limit`: in words, what is promised of ours; `ok`: whether it holds, None where nothing is promised.
    """

    what: str
    ours: str
    others: tuple[str, ...] = ()
    limit: str = ""
    ok: bool | None = None


def show(lines: Iterable[Line], heads: Sequence[str], width: int = 31) -> list[Line]:
    """Print lines as they come, under their heads (what is measured, ours, each other, the promise); all of them."""
    shown: list[Line] = []
    _print(heads, "", width)
    for line in lines:
        others = [*line.others, *[""] * (len(heads) - 3 - len(line.others))]
        verdict = {None: "", True: "pass", False: "FAIL"}[line.ok]
        _print((line.what, line.ours, *others, line.limit), verdict, width)
        shown.append(line)
    return shown


def told(lines: Iterable[Line]) -> str:
    """The same as JSON."""
    return json.dumps([line._asdict() for line in lines])


def verdict(lines: Iterable[Line]) -> int:
    """The exit code of a benchmark: 1 if a promise is broken."""
    return 1 if any(line.ok is False for line in lines) else 0


def worst(off: Sequence[float], people: int) -> str:
    """Median and largest of errors, and how many there are."""
    return f"{statistics.median(off):.2f} / {max(off):.2f} ({len(off)} of {people})" if off else f"none of {people}"


def within(off: Sequence[float], people: int, limit: float) -> bool:
    """Whether all are known and none is farther off."""
    return len(off) == people and max(off, default=0.0) <= limit


def _print(cells: Sequence[str], verdict: str, width: int) -> None:
    first, *middle, limit = cells
    row = f"{first:<46} " + " ".join(f"{cell:<{width}}" for cell in middle) + f" {limit:<{width}} {verdict}"
    print(row.rstrip(), flush=True)
