"""How figures are put into words: times, numbers with their unit, shares, and rows of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from tidehold.report.nouns import Row, Tone
from tidehold.units import NS

UNKNOWN: Final = "-"
"""A cell that is not known."""


def clock(t_s: float) -> str:
    """A time of the session, "3:05" or "1:02:03"."""
    whole = max(0, int(t_s))
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def at(t_ns: int) -> str:
    """The same of a time in ns; what was before the start is said to be at the start."""
    return clock(t_ns / NS)


def lasting(seconds: float) -> str:
    """A length of time, "45 s", "3 min 5 s" or "1 h 2 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 and seconds != whole else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    return f"{whole // 3600} h {whole // 60 % 60} min"


def number(value: float | None, digits: int = 0, unit: str = "") -> str:
    """A figure with its unit, or "-"."""
    if value is None:
        return UNKNOWN
    text = f"{value:.{digits}f}"
    text = text.removeprefix("-") if float(text) == 0 else text
    return f"{text} {unit}" if unit else text


def percent(share: float | None, digits: int = 0) -> str:
    """A share, "93 %", or "-"; without digits, 100 % and 0 % are said of nothing less and nothing more."""
    if share is None:
        return UNKNOWN
    text = f"{100 * share:.{digits}f} %"
    if digits == 0 and 0.995 <= share < 1:
        return "over 99 %"
    return "under 1 %" if digits == 0 and 0 < share < 0.005 else text


def count(number_of: int, one: str, many: str = "") -> str:
    """So many of something: "1 gap", "3 gaps"."""
    return f"{number_of} {one if number_of == 1 else many or one + 's'}"


def listed(words: Iterable[str]) -> str:
    """Words in a sentence: "a, b and c"."""
    *first, last = [*words] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def sentence(text: str) -> str:
    """A reason as a sentence: with a capital and a full stop."""
    text = text.strip()
    return "" if not text else text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def figure(  # noqa: PLR0913  # a row has many parts
    name: str,
    value: float | None,
    unit: str = "",
    digits: int = 0,
    *,
    why: str = "",
    how: str = "",
    tone: Tone = "plain",
    after: str = "",
) -> Row:
    """A row of one figure; the unit "%" is of a share (0..1) in percent.

    Args:
        name: As a person calls it.
        value: None where it is not known.
        unit: As it is written.
        digits: After the point.
        why: Why it is not known.
        how: How it was made.
        tone: Of a value that is known.
        after: Words after the value.
    """
    if value is None:
        return Row(name=name, value=None, unit=unit, text=UNKNOWN, tone="unknown", why=why or "not known", how=how)
    text = percent(value, digits) if unit == "%" else number(value, digits, unit)
    return Row(name=name, value=value, unit=unit, text=text + after, tone=tone, how=how, why=why)


def said(name: str, text: str, *, tone: Tone = "plain", how: str = "", why: str = "") -> Row:
    """A row of words."""
    return Row(name=name, value=text or None, text=text or UNKNOWN, tone=tone if text else "unknown", how=how, why=why)


def reasons(pairs: Mapping[str, str]) -> tuple[str, ...]:
    """Notes of a table: each reason once, with all that it is the reason of."""
    names: dict[str, list[str]] = {}
    for name, why in pairs.items():
        if why:
            names.setdefault(why, []).append(name)
    return tuple(f"{listed(of)}: {why}" for why, of in names.items())
