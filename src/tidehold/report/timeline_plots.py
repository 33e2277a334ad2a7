"""The timeline: steps as bars with their scores, findings and what the person said, one under the other."""

from __future__ import annotations

from typing import Final

from bokeh.models import ColumnDataSource, FactorRange, Range1d
from bokeh.models.annotations import Label
from bokeh.plotting import figure

from tidehold.log.told import Told
from tidehold.report.drawn import Shade
from tidehold.report.figures import (
    BLACK,
    GREY,
    MS,
    PHASES,
    VERMILLION,
    bands,
    hover,
    new_figure,
    plain,
    time_axis,
)
from tidehold.report.legends import legend
from tidehold.report.spans import done_steps, steps_of
from tidehold.report.timeline import FOUND
from tidehold.report.wording import clock
from tidehold.routine import Scored
from tidehold.units import NS

_ROW: Final = 24
"""Height of a row, CSS pixels."""
_LOW: Final = 17
"""The same of more than `_MANY` rows: they are to fit on a sheet of paper."""
_LATE: Final = 0.85
"""A score after a bar that ends this late in the session has no room: it stands before the bar."""
_ROOM: Final = 0.03
"""Of the session: a shorter step has no room for its number behind a plot."""
_SHORT: Final = 36
"""Letters of a row's name."""
_MANY: Final = 40
_STATES: Final = {"done": " ", "skipped": "/", "cut": "x", "now": "."}
"""Hatch of a bar, by what became of its step."""
_SIDES: Final = {"left": ", left", "right": ", right", "": ""}
_MARKS: Final = {"pain": "diamond", "note": "circle", "felt": "circle", "pause": "square", "resume": "triangle"}
"""Shapes of what the person did; all else is a dash."""
_SAID: Final = "what you did"


def timeline_plots(told: Told, x_range: Range1d) -> list[figure]:
    """One plot, or none of a session in which nothing of that happened."""
    steps = done_steps(told)
    kinds = list(dict.fromkeys(each.kind for each in told.findings))
    rows = [*_names(told, steps), *map(_found, kinds), *([_SAID] if told.marks else [])]
    if not rows:
        return []
    rows = list(dict.fromkeys(rows))
    fig = new_figure(
        "Steps, findings and what you did",
        "Bars are steps, coloured by phase, with their score of 100 beside them; hatched ones were skipped or ended "
        "early. Below them is what was found to go wrong, from its onset to its end.",
        height=(_ROW if len(rows) < _MANY else _LOW) * len(rows) + 60,
        x_range=x_range,
        y_range=FactorRange(factors=rows[::-1]),
    )
    time_axis(fig, told.length_s)
    fig.ygrid.grid_line_color = None
    fig.xgrid.grid_line_color = "#E3E3E3"
    _draw_steps(fig, told, steps)
    _draw_findings(fig, told)
    _draw_marks(fig, told)
    legend(fig)
    return [fig]


def step_bands(fig: figure, told: Told) -> None:
    """Shade every other step behind a plot, with its number at the bottom where there is room."""
    steps = done_steps(told)
    bands(fig, [Shade(each.start / NS, each.end / NS, "") for each in steps[::2]], name="")
    for each in steps:
        if (each.end - each.start) / NS >= _ROOM * told.length_s:
            middle = (each.start + each.end) / 2 / NS * MS
            label = Label(x=middle, y=4, y_units="screen", text=plain(each.id), text_align="center", level="underlay")
            label.text_baseline = "alphabetic"
            label.text_font_size, label.text_color = "10px", "#767676"
            fig.add_layout(label)


def step_name(told: Told, scored: Scored) -> str:
    """A step as people know it: "2.3 Second bend, left"."""
    step = steps_of(told).get((scored.id, scored.side))
    name = step.name if step else ""
    whole = plain(f"{scored.id} {name}".strip() + _SIDES[scored.side])
    return whole if len(whole) <= _SHORT else whole[: _SHORT - 1] + "…"


def _names(told: Told, steps: list[Scored]) -> list[str]:
    return [step_name(told, each) for each in steps]


def _found(kind: str) -> str:
    return f"found: {FOUND.get(kind, kind)}"


def _draw_steps(fig: figure, told: Told, steps: list[Scored]) -> None:
    routine = told.header.routine
    phases = routine.phases if routine else ()
    for at, phase in enumerate(phases):
        own = {(step.id, step.side) for step in phase.steps}
        mine = [each for each in steps if (each.id, each.side) in own]
        if not mine:
            continue
        source = ColumnDataSource(
            {
                "row": _names(told, mine),
                "start": [each.start / NS * MS for each in mine],
                "end": [each.end / NS * MS for each in mine],
                "hatch": [_STATES.get(each.state, " ") for each in mine],
                "state": [each.state for each in mine],
                "score": ["not scored" if each.score is None else f"{each.score:.0f} of 100" for each in mine],
                "why": [each.why for each in mine],
            }
        )
        bars = fig.hbar(
            y="row",
            left="start",
            right="end",
            height=0.72,
            source=source,
            fill_color=PHASES[at % len(PHASES)],
            line_color=BLACK,
            line_width=0.5,
            hatch_pattern="hatch",
            hatch_color=BLACK,
            hatch_alpha=0.6,
            legend_label=plain(phase.name),
        )
        tips = [
            ("", "@row"),
            ("from", "@start{clock}"),
            ("to", "@end{clock}"),
            ("", "@state"),
            ("score", "@score"),
        ]
        hover(fig, [bars], tips)
    _draw_scores(fig, told, steps)


def _draw_scores(fig: figure, told: Told, steps: list[Scored]) -> None:
    scored = [each for each in steps if each.score is not None]
    late = [each.end / NS > _LATE * told.length_s for each in scored]
    source = ColumnDataSource(
        {
            "row": _names(told, scored),
            "x": [(each.start if is_late else each.end) / NS * MS for each, is_late in zip(scored, late, strict=True)],
            "text": [f"{each.score:.0f}" for each in scored],
            "align": ["right" if is_late else "left" for is_late in late],
            "offset": [-5 if is_late else 5 for is_late in late],
        }
    )
    fig.text(
        x="x",
        y="row",
        text="text",
        text_align="align",
        x_offset="offset",
        text_baseline="middle",
        text_font_size="11px",
        text_color=BLACK,
        source=source,
    )


def _draw_findings(fig: figure, told: Told) -> None:
    found = told.findings
    if not found:
        return
    source = ColumnDataSource(
        {
            "row": [_found(each.kind) for each in found],
            "start": [each.since / NS * MS for each in found],
            "end": [(told.length_s if each.until is None else each.until / NS) * MS for each in found],
            "text": [each.text for each in found],
            "over": ["to the end of the session" if each.until is None else clock(each.until / NS) for each in found],
        }
    )
    spans = fig.hbar(y="row", left="start", right="end", height=0.3, source=source, color=VERMILLION)
    onsets = fig.scatter(
        x="start", y="row", size=10, marker="inverted_triangle", color=VERMILLION, line_color=BLACK, source=source
    )
    hover(fig, [spans, onsets], [("", "@text"), ("from", "@start{clock}"), ("until", "@over")])


def _draw_marks(fig: figure, told: Told) -> None:
    if not told.marks:
        return
    source = ColumnDataSource(
        {
            "row": [_SAID] * len(told.marks),
            "x": [each.t / NS * MS for each in told.marks],
            "text": [f"{each.verb} {each.arg}".strip() for each in told.marks],
            "shape": [_MARKS.get(each.verb, "dash") for each in told.marks],
            "angle": [0.0 if each.verb in _MARKS else 1.5708 for each in told.marks],
        }
    )
    marks = fig.scatter(
        x="x", y="row", size=11, marker="shape", angle="angle", color=GREY, line_color=BLACK, source=source
    )
    hover(fig, [marks], [("", "@text"), ("at", "@x{clock}")])
