"""The steps of a routine as one bar: what is done, what is on, what is to come, what was skipped or cut short."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from tidehold.routine import Bar, StepState
from tidehold.tui.lines import Line, Part, Tone

SIGNS: Final[dict[StepState, tuple[str, Tone]]] = {
    "done": ("■", "good"),
    "now": ("□", "strong"),
    "todo": ("·", "dim"),
    "skipped": ("x", "warn"),
    "cut": ("/", "warn"),
}
"""A sign for each state, so that it can be told without colour."""
HERE: Final = ("▶", "strong")
"""Where in the step one is."""
_GAP: Final = " "
_LEAST: Final = 3
"""Columns for each step; with fewer there are no gaps between them."""


def course_line(bars: Sequence[Bar], at: int, into_s: float, width: int) -> Line:
    """One line of `width` columns, each step in proportion to its time.

    Args:
        bars: The steps.
        at: Place of the one that is on; `len(bars)` when all are over.
        into_s: How far it has gone, s.
        width: Columns.
    """
    if not bars or width < 1:
        return ()
    has_gaps = width >= _LEAST * len(bars)
    room = width - (len(bars) - 1 if has_gaps else 0)
    if len(bars) > room:
        return _merged([SIGNS[bars[column * len(bars) // width].state] for column in range(width)])
    signs: list[tuple[str, Tone]] = []
    for place, (bar, columns) in enumerate(zip(bars, _columns(bars, room), strict=True)):
        signs += [(_GAP, "")] if has_gaps and place else []
        signs += _step(bar, columns, into_s if place == at else None)
    return _merged(signs)


def _columns(bars: Sequence[Bar], room: int) -> list[int]:
    """Columns of each step: one at least, the rest in proportion to their seconds."""
    lengths = [max(bar.seconds, 0.0) if bar.seconds < float("inf") else 0.0 for bar in bars]
    lengths = lengths if any(lengths) else [1.0] * len(bars)
    whole = sum(lengths)
    edges: list[int] = []
    gone = 0.0
    for length in lengths:
        gone += length
        edges.append(round(gone / whole * (room - len(bars))))
    return [1 + edge - before for edge, before in zip(edges, [0, *edges], strict=False)]


def _step(bar: Bar, columns: int, into_s: float | None) -> list[tuple[str, Tone]]:
    if into_s is None or bar.state != "now":
        return [SIGNS[bar.state]] * columns
    share = min(max(into_s / bar.seconds, 0.0), 1.0) if bar.seconds > 0 and math.isfinite(into_s) else 0.0
    place = min(int(share * columns), columns - 1)
    return [*[("■", "strong")] * place, HERE, *[SIGNS["now"]] * (columns - place - 1)]  # type: ignore[list-item]


def _merged(signs: Sequence[tuple[str, Tone]]) -> Line:
    """Neighbours of one tone as one part."""
    return tuple(
        Part("".join(sign for sign, _ in same), tone) for tone, same in groupby(signs, key=lambda each: each[1])
    )
