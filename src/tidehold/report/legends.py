"""The legend of a plot as HTML: it wraps in a narrow window and prints as text, which bokeh's own does not."""

from __future__ import annotations

from html import escape
from typing import Any, Final

from bokeh.models.annotations import Legend
from bokeh.plotting import figure

_SHAPES: Final = {
    "circle": '<circle cx="14" cy="7" r="4" {fill}/>',
    "x": '<path d="M10 3 18 11 M18 3 10 11" {line}/>',
    "inverted_triangle": '<path d="M9 3 19 3 14 12 Z" {fill}/>',
    "triangle": '<path d="M9 12 19 12 14 3 Z" {fill}/>',
    "diamond": '<path d="M14 1 19 7 14 13 9 7 Z" {fill}/>',
    "square": '<rect x="10" y="3" width="8" height="8" {fill}/>',
}
_LEAN: Final = {"right_diagonal_line": "M{left} 12 {right} 2", "left_diagonal_line": "M{left} 2 {right} 12"}
"""Hatches, from one end of a stroke to the other."""


def legend(fig: figure) -> None:
    """Leave the figure's legend to the page, which shows it above the plot."""
    for each in fig.legend:
        each.visible = False


def legend_html(fig: figure) -> str:
    """The legend that was left to the page; empty if there is none."""
    left: list[Legend] = [each for each in fig.legend if not each.visible]
    items: list[Any] = [item for each in left for item in each.items]
    keys = [(_value(item.label), item.renderers[0].glyph) for item in items if item.renderers]
    lines = "".join(f"<li>{_swatch(glyph)} {escape(str(label))}</li>" for label, glyph in keys)
    return f'<ul class="legend">{lines}</ul>' if lines else ""


def _swatch(glyph: Any) -> str:
    """A little picture of how a glyph looks."""
    return f'<svg width="28" height="14" viewBox="0 0 28 14" aria-hidden="true">{_shape(glyph)}</svg>'


def _shape(glyph: Any) -> str:
    stroke = _color(glyph, "line_color")
    line = f'stroke="{stroke}" fill="none" stroke-width="{_number(glyph, "line_width", 1.0):g}"'
    fill = f'fill="{_color(glyph, "fill_color")}" fill-opacity="{_number(glyph, "fill_alpha", 1.0):g}"'
    if hasattr(glyph, "marker"):
        shape = _SHAPES.get(str(_value(glyph.marker)), _SHAPES["square"])
        return shape.format(fill=f'{fill} stroke="{stroke}"', line=line)
    if hasattr(glyph, "fill_color"):
        box = f'<rect x="1" y="2" width="26" height="10" {fill} stroke="{stroke}" stroke-width="0.7"/>'
        return box + _hatch(glyph)
    dashes = " ".join(map(str, _value(glyph.line_dash) or ()))  # bokeh has put its names into numbers
    return f'<path d="M1 7 27 7" {line} stroke-dasharray="{dashes}"/>'


def _hatch(glyph: Any) -> str:
    lean = _LEAN.get(str(_value(getattr(glyph, "hatch_pattern", None))))
    if lean is None:
        return ""
    strokes = " ".join(lean.format(left=left, right=left + 8) for left in (2, 8, 14, 19))
    return f'<path d="{strokes}" stroke="{_color(glyph, "hatch_color")}" stroke-width="1"/>'


def _value(given: Any) -> Any:
    """Of bokeh's ways to say a property, that of one value for all points; None of a column."""
    if hasattr(given, "value"):
        return given.value
    return None if hasattr(given, "field") else given


def _color(glyph: Any, name: str) -> str:
    color = _value(getattr(glyph, name, None))
    return escape(str(color)) if color else "none"


def _number(glyph: Any, name: str, usual: float) -> float:
    number = _value(getattr(glyph, name, None))
    return float(number) if isinstance(number, int | float) else usual
