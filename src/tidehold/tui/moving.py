"""A box for what moves: only the rows that changed are painted, and without the detour of Textual's style cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.color import TRANSPARENT
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tidehold.tui.lines import Line, Lines, Part, Tone, line

LOOKS: Final[dict[Tone, str]] = {
    "": "moving--plain",
    "strong": "moving--strong",
    "dim": "moving--dim",
    "good": "moving--good",
    "warn": "moving--warn",
    "bad": "moving--bad",
}
"""A tone's name in the style sheet."""
RULE: Final = "moving--rule"


class Moving(Widget):
    """A title in a rule, and lines below. It has no border and no padding, so each row is one strip.

    Args:
        title: In the rule.
        id: In the style sheet.
    """

    COMPONENT_CLASSES = {*LOOKS.values(), RULE}  # noqa: RUF012 - as in Widget

    def __init__(self, title: str, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._heading: Line = line(title)
        self._rows: Lines = ()
        self._strips: list[Strip] | None = None
        self._looks: dict[Tone, Style] = {}
        self._rule = Style()
        self._filters: Sequence[LineFilter] = ()
        self._background = TRANSPARENT

    @property
    def columns(self) -> int:
        """Width of the lines."""
        return self.size.width

    @property
    def rows(self) -> int:
        """Room for lines below the title."""
        return max(self.size.height - 1, 0)

    def head(self, heading: Line) -> None:
        """Another title."""
        if heading != self._heading:
            self._heading = heading
            self._repaint([0])

    def show(self, lines: Lines) -> None:
        """Show these lines; those that did not change are not painted."""
        before, self._rows = self._rows, lines
        if lines is before:
            return
        self._repaint(
            [
                y + 1
                for y in range(max(len(before), len(lines)))
                if y >= len(before) or y >= len(lines) or before[y] != lines[y]
            ]
        )

    def notify_style_update(self) -> None:
        """Colours are looked up again when they changed, not for every row."""
        self._looks, self._filters, self._strips = {}, (), None
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows of a region."""
        width, height = self.size
        strips = self._strips
        if strips is None or len(strips) != height or (strips and strips[0].cell_length != width):
            strips = self._strips = [self._paint(y) for y in range(height)]
        cut = strips[crop.y : crop.bottom]
        if crop.column_span == (0, width):
            return cut
        return [strip.crop(*crop.column_span) for strip in cut]

    def _repaint(self, changed: list[int]) -> None:
        width, height = self.size
        changed = [y for y in changed if y < height]
        if self._strips is not None and len(self._strips) == height:
            for y in changed:
                self._strips[y] = self._paint(y)
        if changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def _paint(self, y: int) -> Strip:
        width = self.size.width
        if not self._looks:
            self._look_up()
        if y == 0:
            segments = [Segment("─ ", self._rule), *self._segments(self._heading)]
            return self._filtered(Strip([*segments, Segment(" " + "─" * width, self._rule)]).crop(0, width))
        row = self._rows[y - 1] if y <= len(self._rows) else ()
        return self._filtered(Strip(self._segments(row)).adjust_cell_length(width, self._looks[""]))

    def _look_up(self) -> None:
        self._looks = {tone: self.get_component_rich_style(name) for tone, name in LOOKS.items()}
        self._rule = self.get_component_rich_style(RULE)
        self._filters, self._background = self.get_line_filters(), self.background_colors[1]

    def _segments(self, parts: tuple[Part, ...]) -> list[Segment]:
        return [Segment(part.text, self._looks[part.tone]) for part in parts]

    def _filtered(self, strip: Strip) -> Strip:
        """In the colours that the terminal has."""
        for each in self._filters:
            strip = strip.apply_filter(each, self._background)
        return strip
