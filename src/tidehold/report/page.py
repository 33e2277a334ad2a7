"""A report as one HTML page that needs nothing else: no network, no other file, no other program.

It knows reports and plots, and nothing of sessions: the page of progress is made by it too.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tidehold.errors import ConfigError
from tidehold.log.whole import whole
from tidehold.report.nouns import Report, Row, Section, Table, Tone

if TYPE_CHECKING:
    from bokeh.plotting import figure

    from tidehold.log.told import Told

Plots = Mapping[str, Sequence["figure"]]
Drawn = Mapping[str, Sequence[str]]
"""The HTML of plots, by section."""

_SUMMARY: Final = "summary"
"""Id of the section whose figures stand out, as tiles."""
_HOW: Final = "how"
"""Id of the section that says how figures were made: where there is none, each says it beside itself."""
_SIGNS: Final[dict[Tone, tuple[str, str]]] = {
    "good": ("✓", "good"),
    "plain": ("", ""),
    "bad": ("!", "look at this"),
    "unknown": ("?", "not known"),
}
"""Beside the colour of a figure, which not everybody sees; and in words for who hears the page."""
_UNDRAWN: Final = "This plot is drawn by a script, which this program does not run: open the page in a web browser."
_NUMERIC: Final = frozenset("0123456789.-+ %:,/±°")


def page(report: Report, plots: Plots | None = None) -> str:
    """The page of a report.

    Args:
        report: What it says.
        plots: Figures by the id of their section; `report.figures.new_figure` makes them in the page's style.

    Raises:
        ConfigError: There are plots, and bokeh is not installed.
        ValueError: There are plots for a section that the report does not have.
    """
    plots = plots or {}
    strange = sorted(set(plots) - {section.id for section in report.sections})
    if strange:
        raise ValueError(f"no section of the report for the plots of {', '.join(strange)}")
    drawn, scripts = _draw(plots) if any(plots.values()) else ({}, [])
    has_how = any(section.id == _HOW for section in report.sections)
    body = f"""<header>
<h1>{escape(report.title)}</h1>
{_about(report.about)}
{_contents(report.sections)}
</header>
<main>
{"".join(_section(each, drawn.get(each.id, ()), has_how=has_how) for each in report.sections)}</main>
<footer>
{"".join(f"<p>{escape(each)}</p>" for each in _endings(bool(scripts)))}
</footer>"""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{escape(report.title)}</title>
<style>
{Path(__file__).with_name("page.css").read_text(encoding="utf-8")}</style>
</head>
<body>
{body}
{"".join(f"<script>{each}</script>" for each in scripts)}
</body>
</html>
"""


def write_page(path: Path, report: Report, told: Told | None, *, force: bool = False) -> None:
    """Write the page of a session's report, with its plots (None: without any).

    Raises:
        ConfigError: Something is at `path` already and not to be replaced, or bokeh is not installed.
        LogError: The disk does not let it be written.
    """
    with whole(path, force=force) as beside:
        beside.write_text(page(report, _plots(report, told)), encoding="utf-8", newline="\n")


def _plots(report: Report, told: Told | None) -> Plots:
    """Of the sections that the report has."""
    if told is None:
        return {}
    try:
        from tidehold.report.plots import plots  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise _no_bokeh(error) from None
    sections = {section.id for section in report.sections}
    return {name: own for name, own in plots(told).items() if name in sections}


def _no_bokeh(error: ImportError) -> ConfigError:
    return ConfigError(f"a page with plots needs more ({error}): pip install 'tidehold[report]'")


def _draw(plots: Plots) -> tuple[dict[str, list[str]], list[str]]:
    """HTML of the plots by section, and the scripts that draw them: bokeh's own, once, and the data."""
    try:
        from bokeh.embed import components  # noqa: PLC0415 - an extra
        from bokeh.resources import Resources  # noqa: PLC0415
    except ImportError as error:
        raise _no_bokeh(error) from None
    every = [each for own in plots.values() for each in own]
    data, roots = components(every, wrap_script=False, wrap_plot_info=False)
    places = iter(roots)
    drawn = {section: [_figure(each, next(places)) for each in own] for section, own in plots.items()}
    library = Resources(mode="inline", components=["bokeh"]).js_raw[0]
    return drawn, [library, 'Bokeh.set_log_level("warn");', data]


def _figure(plot: figure, place: Any) -> str:
    from tidehold.report.figures import HALF, caption_of, title_of  # noqa: PLC0415 - an extra
    from tidehold.report.legends import legend_html  # noqa: PLC0415

    title, caption = title_of(plot), caption_of(plot)
    kind = ' class="half"' if plot.max_width and plot.max_width <= HALF else ""
    head = f'<div class="title">{escape(title)}</div>' if title else ""
    foot = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    height = f' style="min-height:{plot.height}px"' if plot.height else ""
    return (
        f"<figure{kind}>{head}{legend_html(plot)}"
        f'<div class="plot" role="img" aria-label="{escape(title or "plot")}"{height}>'
        f'<div id="{escape(place.elementid)}" data-root-id="{escape(place.id)}" style="display: contents"></div>'
        f'<noscript><div class="undrawn">{_UNDRAWN}</div></noscript></div>{foot}</figure>\n'
    )


def _policy(scripts: Sequence[str]) -> str:
    """Nothing from outside, and no script but these: a text of somebody's cannot become one."""
    sums = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in scripts]
    allowed = " ".join(f"'sha256-{each}'" for each in sums) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _about(about: Mapping[str, str]) -> str:
    pairs = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(text)}</dd></div>" for name, text in about.items())
    return f'<dl class="about">{pairs}</dl>' if pairs else ""


def _contents(sections: Sequence[Section]) -> str:
    if len(sections) < 3:
        return ""
    links = "".join(f'<li><a href="#{escape(each.id)}">{escape(each.title)}</a></li>' for each in sections)
    return f'<nav aria-label="Contents"><ul>{links}</ul></nav>'


def _section(section: Section, drawn: Sequence[str], *, has_how: bool) -> str:
    text = "".join(f"<p>{escape(each)}</p>\n" for each in section.text)
    rows = _tiles(section.rows) if section.id == _SUMMARY else _rows(section.rows, has_how=has_how)
    plots = f'<div class="plots">\n{"".join(drawn)}</div>\n' if drawn else ""
    tables = "".join(map(_table, section.tables))
    return (
        f'<section id="{escape(section.id)}">\n<h2>{escape(section.title)}</h2>\n{text}'
        + (rows + plots if section.id == _SUMMARY else plots + rows)
        + f"{tables}</section>\n"
    )


def _tiles(rows: Sequence[Row]) -> str:
    tiles = "".join(
        f'<div class="tile {row.tone}"{_how(row)}><div class="name">{escape(row.name)}</div>'
        f'<div class="text">{_sign(row.tone)}{escape(_said(row))}</div>{_asides(_why(row))}</div>\n'
        for row in rows
    )
    return f'<div class="tiles">\n{tiles}</div>\n' if tiles else ""


def _rows(rows: Sequence[Row], *, has_how: bool) -> str:
    if not rows:
        return ""
    lines = "".join(
        f'<tr class="{row.tone}"{_how(row)}><th scope="row">{escape(row.name)}</th>'
        f"<td>{_sign(row.tone)}{escape(_said(row))}</td>"
        f"<td>{_asides(_why(row), '' if has_how else row.how)}</td></tr>\n"
        for row in rows
    )
    return f'<div class="wide"><table class="rows"><tbody>\n{lines}</tbody></table></div>\n'


def _how(row: Row) -> str:
    """How a figure was made, for who points at it."""
    return f' title="{escape(row.how)}"' if row.how else ""


def _why(row: Row) -> str:
    return row.why if row.value is None else ""


def _asides(*texts: str) -> str:
    return "".join(f'<div class="aside">{escape(each)}</div>' for each in texts if each)


def _sign(tone: Tone) -> str:
    sign, words = _SIGNS[tone]
    return f'<span class="sign" role="img" aria-label="{words}">{sign}</span> ' if sign else ""


def _said(row: Row) -> str:
    if row.text:
        return row.text
    if row.value is None:
        return "not known"
    value = row.value if isinstance(row.value, str) else f"{row.value:.4g}"
    return f"{value} {row.unit}" if row.unit and row.unit != "1" else value


def _table(table: Table) -> str:
    numeric = [
        all(_is_number(row[at]) for row in table.rows if at < len(row)) and bool(table.rows)
        for at in range(len(table.columns))
    ]
    kinds = [' class="number"' if each else "" for each in numeric]
    head = "".join(
        f'<th scope="col"{kind}>{escape(name)}</th>' for name, kind in zip(table.columns, kinds, strict=True)
    )
    lines = "".join(
        "<tr>" + "".join(f"<td{kind}>{escape(cell)}</td>" for cell, kind in zip(row, kinds, strict=True)) + "</tr>\n"
        for row in table.rows
    )
    notes = "".join(f"<li>{escape(each)}</li>" for each in table.notes)
    return (
        f'<h3>{escape(table.title)}</h3>\n<div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>\n{lines}</tbody></table></div>\n" + (f'<ul class="notes">{notes}</ul>\n' if notes else "")
    )


def _is_number(cell: str) -> bool:
    return set(cell) <= _NUMERIC


def _endings(has_plots: bool) -> list[str]:  # noqa: FBT001 - said once
    ends = ["This page is one file: it needs no network and sends nothing anywhere."]
    if has_plots:
        ends.insert(
            0, "Plots: drag to zoom, shift and wheel too, double arrow to go back; point at a line for its figures."
        )
    return ends
