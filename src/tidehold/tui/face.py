"""All that the dashboard shows of a session: the recording line, figures, traces and sensors."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll

from tidehold.records import HostNs
from tidehold.tui import health, words
from tidehold.tui.breath import breathing_lines
from tidehold.tui.guide_words import guide_lines, heading
from tidehold.tui.hold_words import hold_lines
from tidehold.tui.lines import Lines, line
from tidehold.tui.moving import Moving
from tidehold.tui.news import News
from tidehold.tui.pacer import following_lines, own_breath, pacer_lines, phase, rows_below, words_of
from tidehold.tui.panel import Panel
from tidehold.tui.plot import CHEST, ECG, LIMB, RR, Plot
from tidehold.units import NS

LEAST_COLUMNS, LEAST_ROWS = 60, 16
"""A smaller terminal has no room for more than the recording line."""
WIDE_COLUMNS: Final = 100
VIEWS: Final = ("session", "waveforms", "sensors")
"""Choices of panels; the style sheet knows them as classes."""


PACER: Final = "Pacer"


class Face(Vertical):
    """The panels. `tell` is for words, a few times a second; the others for what moves, a dozen times."""

    def __init__(self) -> None:
        super().__init__(id="face", classes=f"-{VIEWS[0]}")
        self._record = Panel(id="record")
        self._sources = Panel(id="sources")
        self._alarms = Panel(id="alarms")
        self._too_small = Panel(id="too-small")
        self._heart = Panel("Heart", id="heart")
        self._breathing = Panel("Breathing", id="breathing")
        self._hold = Panel("Hold", id="hold")
        self._pacer = Moving(PACER, id="pacer")
        self._guide = Moving("Routine", id="guide")
        self._following: Lines = ()
        self._ecg, self._chest, self._limb, self._rr = (
            Plot(kind, id=name) for name, kind in {"ecg": ECG, "chest": CHEST, "limb": LIMB, "rr": RR}.items()
        )
        self._table = Panel(id="table")

    def compose(self) -> ComposeResult:
        """The lines at the top, figures on the left, the rest on the right."""
        yield from (self._record, self._sources, self._alarms)
        yield self._too_small
        yield self._guide
        with Horizontal(id="body"):
            with Vertical(id="figures"):
                yield from (self._heart, self._breathing, self._hold, self._pacer)
            with Vertical(id="waves"):
                yield from (self._ecg, self._chest, self._limb, self._rr)
                with VerticalScroll(id="sensors", can_focus=False) as sensors:
                    sensors.border_title = "Sensors"
                    yield self._table

    def view(self, number: int) -> None:
        """Another choice of panels."""
        for at, name in enumerate(VIEWS):
            self.set_class(at == number, f"-{name}")

    def scroll_sensors(self, rows: int) -> None:
        """Move in the table of sensors."""
        self.query_one("#sensors").scroll_relative(y=rows, animate=False)

    def on_resize(self) -> None:
        """What has room depends on the size."""
        size = self.app.size
        self._too_small.show((line(f"The terminal is too small: {LEAST_COLUMNS}x{LEAST_ROWS} is the least."),))
        self.set_class(size.width < LEAST_COLUMNS or size.height < LEAST_ROWS, "-too-small")

    def hear(self, news: News) -> None:
        """Take the traces of a new status."""
        if news.status is None:
            return
        snapshot = news.status.snapshot
        for plot, stream in self._plots(news).items():
            plot.hear(snapshot.traces.get(stream), snapshot.t)
        self._limb.set_class(words.motion_source(news) is None, "-absent")
        self.set_class(snapshot.guide is not None, "-guided")
        pacing = snapshot.pacing
        self._pacer.head(line(f"{PACER} · {words_of(pacing.pattern)}" if pacing else PACER))

    def move_traces(self, t_s: float, turn: int | None = None) -> None:
        """Draw the traces as of session time `t_s`: at each turn the quick one, and some of those that move slowly."""
        self._ecg.move(t_s)
        for at, plot in enumerate((self._chest, self._limb, self._rr)):
            if turn is None or turn % 2 == at % 2:
                plot.move(t_s)

    def move_guide(self, news: News, t_s: float) -> None:
        """Draw the step that is on as of session time `t_s`."""
        if self._guide.rows:  # else it is not to be seen
            self._guide.head(heading(news, t_s))
            self._guide.show(guide_lines(news, t_s, self._guide.columns, self._guide.rows))

    def move_pacer(self, news: News, t_s: float) -> None:
        """Draw the pacer as of session time `t_s`."""
        self._pacer.show(self._pacer_lines(news, t_s))

    def tell(self, news: News, t_s: float, alarms: Lines) -> None:
        """Draw what is said in words, as of session time `t_s`."""
        is_wide = self.app.size.width >= WIDE_COLUMNS
        self._record.show((words.record_line(news, t_s),))
        self._sources.show((words.sources_line(news, is_wide=is_wide),))
        self._alarms.set_class(bool(alarms), "-said")
        self._alarms.show(alarms)
        self._heart.show(words.heart_lines(news, *self._heart.size))
        self._breathing.show(breathing_lines(news, *self._breathing.size))
        self._hold.show(hold_lines(news, *self._hold.size))
        is_paced = news.status is not None and news.status.snapshot.pacing is not None
        self._following = following_lines(news, own_breath(news, t_s), self._pacer.columns) if is_paced else ()
        for plot, stream in self._plots(news).items():
            plot.tell(news, stream)
        if self._table.region:  # else it is not to be seen
            more = health.more_lines(news) if self.has_class("-sensors") else ()
            self._table.show(health.table_lines(news) + more)

    def _plots(self, news: News) -> dict[Plot, str]:
        """Each plot with its stream."""
        limb = words.motion_source(news) or words.MOTION_SOURCES[0]
        return {self._ecg: "strap/ecg", self._chest: "strap/acc", self._limb: f"{limb}/acc", self._rr: "strap/rr"}

    def _pacer_lines(self, news: News, t_s: float) -> Lines:
        if news.status is None or news.is_silent:
            return (line(("waiting for the recorder", "dim")),)
        pacing = news.status.snapshot.pacing
        if pacing is None:
            key = "b" if news.status.snapshot.guide else "space"
            is_live = news.status.recording.state == "recording"
            return (line(("the pacer is off", "dim"), (f": {key} starts it" if is_live else "", "dim")),)
        asked = phase(pacing.pattern, pacing.into_s(HostNs(round(t_s * NS))))
        columns, below = self._pacer.columns, rows_below(self._pacer.rows)
        shapes = pacer_lines(asked, own_breath(news, t_s), columns, self._pacer.rows - below)
        return (*shapes, *self._following[:below])
