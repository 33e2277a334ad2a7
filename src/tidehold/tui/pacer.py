"""The breathing pacer, and the person's own breath beside it: shapes that grow with an inhalation."""

from __future__ import annotations

import math
from functools import lru_cache
from textwrap import wrap
from typing import Final, NamedTuple

from tidehold.records import Part, Pattern
from tidehold.tui.braille import DOTS_DOWN, cells, disc
from tidehold.tui.breath import held_breath
from tidehold.tui.lines import Line, Lines, Tone, bar, clean, line, share
from tidehold.tui.news import News, said
from tidehold.units import NS

WORDS: Final[dict[Part, str]] = {"inhale": "in", "full": "hold", "exhale": "out", "empty": "hold"}
_FULLNESS: Final[dict[Part, tuple[float, float]]] = {
    "inhale": (0.0, 1.0),
    "full": (1.0, 1.0),
    "exhale": (1.0, 0.0),
    "empty": (0.0, 0.0),
}
"""Of each part, at its start and its end."""
LEAST_ROWS: Final = 4
"""Fewer rows have no room for discs: bars are drawn."""
MOST_ROWS: Final = 12
"""A larger disc says no more."""
_MOST_BELOW: Final = 4
_WORDS_WIDTH: Final = 9
"""Columns of the words beside the pacer's disc: "hold 12 s"."""
_OWN_WIDTH: Final = 4
"""Columns of the words beside the person's: "hold"."""
_GAPS: Final = 3
"""Columns between discs and words."""
_INHALE_SHARE: Final = 0.4
"""Of a breath, as long as nothing is known of the person's own."""
_IN_TIME_S: Final = 0.05
"""Nearer than that is in time."""
LEAST_QUALITY: Final = 0.25
"""A phase below this is not shown: it is not counted either where the pacer is followed (see `coach.adherence`)."""


CALM: Final = Pattern()
"""4 s in, 6 s out: six breaths a minute."""


class Phase(NamedTuple):
    """Where in a breath one is."""

    word: str
    left_s: float
    fullness: float
    """0 empty .. 1 full."""


def words_of(pattern: Pattern) -> str:
    """A pattern for people: "4 s in, 6 s out"."""
    lengths = (pattern.inhale_s, pattern.full_s, pattern.exhale_s, pattern.empty_s)
    return ", ".join(f"{length:g} s {word}" for length, word in zip(lengths, WORDS.values(), strict=True) if length > 0)


def phase(pattern: Pattern, into_s: float) -> Phase:
    """Where in a breath the pacer is, `into_s` after the breath's start."""
    part, gone_s = pattern.part_at(into_s)
    length_s: float = getattr(pattern, f"{part}_s")
    start, end = _FULLNESS[part]
    eased = (1 - math.cos(math.pi * gone_s / length_s)) / 2  # starts and ends softly, as a breath does
    return Phase(WORDS[part], length_s - gone_s, start + (end - start) * eased)


class Own(NamedTuple):
    """The person's own breath: `phase` is None where it is not known, and then `why` says so."""

    phase: Phase | None
    why: str = ""
    is_held: bool = False

    @property
    def word(self) -> str:
        """What the person does."""
        return self.phase.word if self.phase else "hold" if self.is_held else "?"


def own_breath(news: News, t_s: float) -> Own:
    """Where in a breath the person is at session time `t_s`: as was last said, and on from there at the rate."""
    told = said(news, "breathing/phase_rad")
    if told.value is None or news.status is None:
        return Own(None, told.why, is_held=bool(held_breath(news).seconds))
    if told.quality < LEAST_QUALITY:
        return Own(None, f"the phase is not sure: {share(told.quality)}")
    rate_bpm = said(news, "breathing/rate_bpm").value or 0.0
    since_s = t_s - news.status.snapshot.estimates["breathing/phase_rad"].t / NS
    inhale_share = said(news, "breathing/inhale_share").value or _INHALE_SHARE
    inhale_share = min(max(inhale_share, 0.1), 0.9)
    gone = (told.value / math.tau + rate_bpm / 60 * since_s) % 1.0
    return Own(phase(Pattern(inhale_share, 0.0, 1 - inhale_share, 0.0), gone))


def rows_below(height: int) -> int:
    """How many of the rows of a box are for what is said of following the pacer."""
    return min(height // 3, max(height - LEAST_ROWS, 0), _MOST_BELOW)


def pacer_lines(asked: Phase, own: Own, width: int, height: int) -> Lines:
    """The pacer, and beside it in the same size the person's own breath.

    Args:
        asked: Where the pacer is.
        own: Where the person is.
        width: Columns.
        height: Rows. Where there is no room for discs, bars are drawn, one above the other.
    """
    left = f"{math.ceil(asked.left_s):2d} s"
    rows = min(height, MOST_ROWS, (width - _WORDS_WIDTH - _OWN_WIDTH - _GAPS) // 4)
    if rows < LEAST_ROWS:
        words = line((f"{asked.word:<5}", "strong"), (left, "dim"), "   you ", (own.word, "strong"))
        bars = [line((bar(asked.fullness, max(width, 1)), "good"))]
        if own.phase:
            bars.append(line((bar(own.phase.fullness, max(width, 1)), "strong")))
        return (words, *bars)[: max(height, 1)]
    beside = {(rows - 1) // 2: ("pacer", "you"), (rows + 1) // 2: (f"{asked.word:<5}{left}", own.word)}
    tone: Tone = "strong" if own.phase else "dim"
    shapes: list[Line] = []
    for at, (theirs, mine) in enumerate(zip(_disc(asked, rows), _disc(own.phase, rows), strict=True)):
        first, second = beside.get(at, ("", ""))
        shapes.append(line((theirs, "good"), f" {first:<{_WORDS_WIDTH}} ", (mine, tone), f" {second}"))
    above = [line("")] * ((height - rows) // 2)
    return (*above, *shapes, *[line("")] * (height - rows - len(above)))


def following_lines(news: News, own: Own, width: int) -> Lines:
    """How the pacer is followed, or why there is no score, in lines of `width` columns; what matters most is first."""
    score, plv, lag = (said(news, f"pacing/{name}") for name in ("score", "plv", "lag_s"))
    error, coverage = (said(news, f"pacing/{name}", "") for name in ("cue_error_s", "coverage"))
    lines: list[Line] = []
    reasons: list[str] = []
    if score.value is None or plv.value is None:
        reasons.append(f"no score: {score.why or plv.why}")
    else:
        late = "" if lag.value is None else f"  {_late(lag.value)}"
        lines.append(line("score ", (f"{score.value:.0f}", "strong"), f"  PLV {plv.value:.2f}", (late, "strong")))
    if own.phase is None and own.why not in score.why:
        reasons.append(f"you: {own.why}")
    if lag.value is None and lag.why and score.value is not None:
        reasons.append(lag.why)
    known = [] if error.value is None else [f"timing {error.value:.1f} s"]
    known += [] if coverage.value is None else [f"phase known {share(coverage.value)}"]
    lines += [line((row, "dim")) for why in reasons for row in wrap(clean(why, 200), max(width, 1))]
    return (*lines, *([line("  ".join(known))] if known else []))


def _late(lag_s: float) -> str:
    """How far the person is behind the pacer, s."""
    if abs(lag_s) < _IN_TIME_S:
        return "in time"
    return f"{abs(lag_s):.1f} s {'behind' if lag_s > 0 else 'ahead'}"


def _disc(now: Phase | None, rows: int) -> tuple[str, ...]:
    """The disc of a phase; of none its ring."""
    return _shape(round(now.fullness * (DOTS_DOWN * rows - 1)) if now else 0, rows)


@lru_cache(maxsize=256)
def _shape(half_dots: int, rows: int) -> tuple[str, ...]:
    """A disc of that radius; one is drawn ten times a second and is the same again with every breath."""
    return tuple(cells(disc(half_dots / (DOTS_DOWN * rows - 1), rows, 2 * rows)))
