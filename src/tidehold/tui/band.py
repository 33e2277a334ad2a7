"""An angle against the band that is asked for, drawn as a scale."""

from __future__ import annotations

from typing import Final, NamedTuple

from tidehold.tui.lines import Line, Lines, clean, line
from tidehold.tui.news import Said

LEAST_COLUMNS: Final = 20
"""Fewer have no room for a scale."""
ROWS: Final = 3
_HALF_SPAN_DEG: Final = 12.0
"""To either side of the target at least, so that small movements are seen and the scale stands still."""
_BANDS: Final = 3.0
"""Half the scale is so many times the band at least."""


class _Scale(NamedTuple):
    """What is asked for, on so many columns."""

    target_deg: float
    band_deg: float
    width: int

    @property
    def half_deg(self) -> float:
        """From the target to either end."""
        return max(_HALF_SPAN_DEG, _BANDS * self.band_deg)

    def column(self, deg: float) -> int:
        """Where an angle is; what lies outside is at the edge."""
        share = (deg - self.target_deg + self.half_deg) / (2 * self.half_deg)
        return round(min(max(share, 0.0), 1.0) * (self.width - 1))


def scale_lines(angle: Said, target_deg: float, band_deg: float, width: int) -> Lines:
    """Three lines: the present angle, the scale with target and band, their numbers.

    Args:
        angle: As it is known; if it is not, the scale has no pointer and says why.
        target_deg: What is asked for.
        band_deg: So far off is still in the band.
        width: Columns, `LEAST_COLUMNS` at least.
    """
    scale = _Scale(target_deg, band_deg, width)
    degrees = (target_deg - band_deg, target_deg, target_deg + band_deg)
    low, middle, high = (scale.column(deg) for deg in degrees)
    low = min(low, width - 2)
    high = max(high, low + 1)  # both ends of a narrow band are seen
    inside = ["═"] * (high - low - 1)
    if inside:
        inside[middle - low - 1] = "╪"
    axis = line(("─" * low, "dim"), ("╡" + "".join(inside) + "╞", "good"), ("─" * (width - high - 1), "dim"))
    return (_pointer(angle, scale), axis, _numbers([(scale.column(deg), deg) for deg in degrees], width))


def _pointer(angle: Said, scale: _Scale) -> Line:
    if angle.value is None:
        return line(("?", "warn"), (f" {clean(angle.why, scale.width - 2)}", "dim"))
    off = angle.value - scale.target_deg
    at = scale.column(angle.value)
    sign = "▼" if abs(off) <= scale.half_deg else "▶" if off > 0 else "◀"
    is_in = abs(off) <= scale.band_deg
    number = f"{angle.value:.1f}° {'✓' if is_in else '!'}"
    is_left = at + 2 + len(number) > scale.width
    told = f"{number} {sign}" if is_left else f"{sign} {number}"
    before = max(at - len(number) - 1, 0) if is_left else at
    return line(" " * before, (told, "good" if is_in else "warn"))


def _numbers(marks: list[tuple[int, float]], width: int) -> Line:
    """The numbers below their places; the middle one first, the others where they have room."""
    row = [" "] * width
    for at, deg in (marks[1], marks[0], marks[2]):
        text = f"{deg:.0f}°"
        start = min(max(at - len(text) // 2, 0), width - len(text))
        if not "".join(row[max(start - 1, 0) : start + len(text) + 1]).strip():
            row[start : start + len(text)] = text
    return line(("".join(row).rstrip(), "dim"))
