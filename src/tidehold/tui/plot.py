"""A moving trace in braille, one strip of text a row: drawn again only when it has moved by a dot."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from tidehold.records import Times, Trace, Values
from tidehold.tui.braille import cells, clean, curve, spans
from tidehold.tui.lines import Lines, Tone, line
from tidehold.tui.moving import Moving
from tidehold.tui.news import News, age, is_stale, stream_age_s
from tidehold.tui.scale import Scale, liveliest
from tidehold.tui.timeline import MOST_DELAY_S, Delay
from tidehold.units import NS

GUTTER: Final = 7
"""Columns left of the trace, for the numbers of the axis."""
AXES: Final = "xyz"
NOTHING_YET: Final = "nothing came yet"


class Kind(NamedTuple):
    """What is drawn, and how."""

    title: str
    unit: str
    factor: float
    """From SI."""
    seconds: float
    least: float
    """Smallest height of the axis, in `unit`."""


ECG: Final = Kind("ECG", "mV", 1e3, 5.0, 0.5)
CHEST: Final = Kind("chest acceleration", "m/s²", 1.0, 15.0, 0.1)
LIMB: Final = Kind("phone acceleration", "m/s²", 1.0, 15.0, 0.5)
RR: Final = Kind("RR intervals", "ms", 1e3, 60.0, 50.0)


class Picture(NamedTuple):
    """A drawn trace: rows of characters, and the numbers at the axis's top and bottom."""

    rows: tuple[str, ...]
    top: str
    bottom: str


def plot_lines(picture: Picture) -> Lines:
    """A picture with the numbers of its axis."""
    last = len(picture.rows) - 1
    numbers = {0: picture.top, last: picture.bottom}
    return tuple(
        line((f"{numbers.get(at, ''):>{GUTTER - 1}} ", "dim"), (row, "good")) for at, row in enumerate(picture.rows)
    )


def why_blank(news: News, stream: str) -> str:
    """Why a stream's trace is not drawn; "": it is."""
    if news.status is None:
        return NOTHING_YET
    if news.is_silent:
        return f"no news for {age(news.silent_s)}"
    age_s = stream_age_s(news, stream)
    if age_s is None:
        return NOTHING_YET
    return f"no data for {age(age_s)}" if is_stale(news, stream) and not news.is_over else ""


class Drawing:
    """A trace over time, without a terminal: the axis follows the curve and stays where it can."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.axis = 0
        self._scale = Scale(kind.least)
        self._delay = Delay()
        self._times: Times = np.empty(0, np.int64)
        self._values: Values = np.empty(0)

    @property
    def title(self) -> str:
        """What is drawn: the sensor's axis too if it has several."""
        axis = f" {AXES[self.axis] if self.axis < len(AXES) else self.axis}" if self._values.ndim > 1 else ""
        return f"{self.kind.title}{axis} · {self.kind.unit} · {self.kind.seconds:g} s"

    def hear(self, trace: Trace | None, t_ns: int) -> bool:
        """Take the trace of a status of session time `t_ns`; whether it has anything new."""
        times, values = (trace.times, trace.values) if trace is not None else (self._times[:0], self._values[:0])
        if values.ndim not in (1, 2) or times.ndim != 1:
            times, values = self._times[:0], np.empty(0)
        newest = int(times[-1]) if len(times) else 0
        before = int(self._times[-1]) if len(self._times) else 0
        if newest > before > 0:
            self._delay.hear((t_ns - before) / NS)
        is_new = newest != before
        self._times, self._values = self._longer(times, values.astype(np.float64))
        if is_new and values.ndim > 1 and values.shape[1]:
            with np.errstate(all="ignore"):  # numbers that are too large for their squares
                self.axis = liveliest(self._values, self.axis)
        return is_new

    def _longer(self, times: Times, values: Values) -> tuple[Times, Values]:
        """The trace with what of the one before is older, as the picture is drawn with a delay."""
        if not len(times) or not len(self._times) or values.shape[1:] != self._values.shape[1:]:
            return times, values
        if not times[0] <= self._times[-1] <= times[-1]:  # another moment of the session
            return times, values
        oldest = times[-1] - round((self.kind.seconds + MOST_DELAY_S + 1) * NS)
        older = slice(*self._times.searchsorted([oldest, times[0]]))
        return np.concatenate((self._times[older], times)), np.concatenate((self._values[older], values))

    def moment(self, t_s: float, columns: int) -> int:
        """Which picture is due at session time `t_s`: it changes whenever the trace has moved by a dot."""
        return math.floor((t_s - self._delay.seconds) * columns * 2 / self.kind.seconds)

    def draw(self, moment: int, columns: int, rows: int) -> Picture:
        """The picture of a moment."""
        count = columns * 2
        step_s = self.kind.seconds / count
        end_s = moment * step_s
        values = self._values if self._values.ndim < 2 else self._column()
        with np.errstate(all="ignore"):  # numbers that are too large are left out of the axis
            times_s, values = clean((self._times - round(end_s * NS)) / NS, values * self.kind.factor)
            low, high = spans(times_s, values, -count * step_s, step_s, count)
            self._scale.fit(low, high)
            mask = curve(low, high, self._scale.bottom, self._scale.top, rows)
        bottom, top = self._scale.labels
        return Picture(tuple(cells(mask)), top, bottom)

    def _column(self) -> Values:
        return self._values[:, self.axis] if self.axis < self._values.shape[1] else np.full(len(self._values), np.nan)


class Plot(Moving):
    """A drawing in a box, with its axis.

    Args:
        kind: What is drawn.
        id: In the style sheet.
    """

    def __init__(self, kind: Kind, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(kind.title, id=id)
        self._drawing = Drawing(kind)
        self._drawn: tuple[int, int, int] | None = None
        self._is_new = False
        self._is_blank = True

    def hear(self, trace: Trace | None, t_ns: int) -> None:
        """Take the trace of a status of session time `t_ns`."""
        self._is_new |= self._drawing.hear(trace, t_ns)

    def move(self, t_s: float) -> None:
        """Draw the moment `t_s` of the session, if it looks different from the one drawn."""
        columns, rows = self.columns - GUTTER, self.rows
        if columns < 1 or rows < 1 or self._is_blank:
            return
        moment = (self._drawing.moment(t_s, columns), columns, rows)
        if moment != self._drawn or self._is_new:
            self._drawn, self._is_new = moment, False
            self.show(plot_lines(self._drawing.draw(*moment)))

    def tell(self, news: News, stream: str) -> None:
        """Say in the title what is drawn, or why nothing is: old data are not drawn as if they were new."""
        why = why_blank(news, stream)
        tone: Tone = "dim" if why == NOTHING_YET else "bad"
        self.head(line(self._drawing.title, (f" · {why}" if why else "", tone)))
        if bool(why) != self._is_blank:
            self._is_blank, self._drawn = bool(why), None
            self.show(())
