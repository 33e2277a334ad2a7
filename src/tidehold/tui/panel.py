"""A box of words that is drawn again only if the words changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from textual.content import Content
from textual.css.styles import RulesMap
from textual.widget import Widget

from tidehold.tui.lines import Line, Lines, Tone

STYLES: Final[dict[Tone, str]] = {
    "": "",
    "strong": "bold",
    "dim": "$foreground-muted",
    "good": "$text-success",
    "warn": "$text-warning",
    "bad": "bold $alarm",
}
"""How a tone looks: themes decide on the colours."""
WITHOUT_COLOUR: Final[dict[Tone, str]] = STYLES | {"good": "", "warn": "bold", "bad": "bold reverse"}
"""How it looks where there are none."""


def content(lines: Lines, styles: Mapping[Tone, str] = STYLES) -> Content:
    """Lines as Textual's own text. What came from outside is text, never markup."""
    return Content("\n").join([_styled(each, styles) for each in lines])


def _styled(each: Line, styles: Mapping[Tone, str]) -> Content:
    return Content.assemble(*((part.text, styles[part.tone]) for part in each))


class Panel(Widget):
    """Lines in a box.

    Args:
        title: Of the box; "": it has none.
        id: In the style sheet.
    """

    def __init__(self, title: str = "", *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._lines: Lines = ()
        self._content = Content("")
        if title:
            self.border_title = Content(f" {title} ")

    def show(self, lines: Lines) -> None:
        """Show these lines instead."""
        if lines == self._lines:
            return
        before, self._lines = self._content, lines
        self._content = content(lines, WITHOUT_COLOUR if self.app.no_color else STYLES)
        is_layout = self.styles.is_auto_height and self._height(self._content) != self._height(before)
        self.refresh(layout=is_layout)  # a new layout costs more than anything else here

    def _height(self, text: Content) -> int:
        return text.get_height(cast("RulesMap", self.styles), max(self.size.width, 1))

    def render(self) -> Content:
        """The lines, wrapped to the box."""
        return self._content
