"""A QR code as half blocks: two rows of modules in a row of text."""

from __future__ import annotations

from typing import Final, Literal

from textual.content import Content
from textual.widget import Widget

Modules = tuple[tuple[bool, ...], ...]
"""Rows of modules, with their white border; True is dark."""
Ink = Literal["dark", "light"]
"""Which modules are drawn; the others are left as background."""

_BLOCKS: Final = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
BLACK_ON_WHITE: Final = "#000000 on #ffffff"


def qr_rows(modules: Modules, ink: Ink) -> tuple[str, ...]:
    """Rows of text; below an odd last row comes one more of the border."""
    light = tuple(False for _ in modules[0]) if modules else ()
    even = (*modules, *((light,) if len(modules) % 2 else ()))
    is_drawn = ink == "dark"
    return tuple(
        "".join(_BLOCKS[upper is is_drawn, lower is is_drawn] for upper, lower in zip(above, below, strict=True))
        for above, below in zip(even[::2], even[1::2], strict=True)
    )


def size_of(modules: Modules) -> tuple[int, int]:
    """Columns and rows of text that a code takes."""
    return (len(modules[0]), -(-len(modules) // 2)) if modules else (0, 0)


class Code(Widget):
    """A QR code: black on white whatever the theme.

    Without colours a terminal's own two are all there is. Most are light on dark, so light modules are
    drawn; `turn` draws the dark ones instead.
    """

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._modules: Modules = ()
        self._is_turned = False

    def show(self, modules: Modules) -> None:
        """Show this code; none: there is nothing to be seen."""
        if modules != self._modules:
            self._modules = modules
            self.styles.width, self.styles.height = size_of(modules)
            self.display = bool(modules)
            self.refresh(layout=True)

    def turn(self) -> None:
        """Draw the other modules."""
        self._is_turned = not self._is_turned
        self.refresh()

    def render(self) -> Content:
        """The code."""
        is_plain = self.app.no_color
        ink: Ink = "light" if is_plain and not self._is_turned else "dark"
        text = "\n".join(qr_rows(self._modules, ink))
        return Content(text) if is_plain else Content.styled(text, BLACK_ON_WHITE)
