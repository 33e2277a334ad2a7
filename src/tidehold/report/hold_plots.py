"""Holds: the angle over the session with its target, and left over right for each step that has both."""

from __future__ import annotations

from typing import Final

import numpy as np
from bokeh.models import Range1d
from bokeh.models.annotations import Label
from bokeh.plotting import figure

from tidehold.log.told import Told
from tidehold.records import Hold
from tidehold.report.breathing_plots import BINS, gap_bands
from tidehold.report.drawn import Line, Shade, gaps_of, is_known, known, least_and_most
from tidehold.report.figures import (
    BLACK,
    GREEN,
    GREY,
    HALF,
    LEFT,
    MS,
    RIGHT,
    bands,
    hover,
    new_figure,
    plain,
    time_axis,
)
from tidehold.report.legends import legend
from tidehold.report.spans import done_steps, steps_of
from tidehold.routine import BAND_DEG, Scored
from tidehold.units import NS

_ANGLE: Final = "/angle_deg"
_SILENT_S: Final = 2.5
_COLORS: Final = (BLACK, GREY)
"""Of one sensor after the other."""
_DASHES: Final = ("solid", "dashed")
_LEAST_DEG: Final = 20.0
"""Height of the axis at least."""
_OVERLAID: Final = ("hold", "cycles")
_ROOM: Final = 0.02
"""Of the session: a shorter hold has no room for its score."""


def hold_plots(told: Told, x_range: Range1d) -> list[figure]:
    """None of a session without an angle."""
    lines = {
        name.removesuffix(_ANGLE): known(said, _SILENT_S)
        for name, said in told.estimates.items()
        if name.endswith(_ANGLE) and is_known(told, name)
    }
    if not lines:
        return []
    return [_angle(told, x_range, lines), *_sides(told, lines)]


def _angle(told: Told, x_range: Range1d, lines: dict[str, Line]) -> figure:
    found = _found(told)
    aims = [(step, target) for step in done_steps(told) if (target := _target(step)) is not None]
    fig = new_figure(
        "Angle from the neutral pose",
        ("Green: holds in steps that ask for one" if _asks(told) else "Green: every stillness")
        + ", with its score. "
        + (f"Hatched bars: the target of a step, {BAND_DEG:g} deg either side. " if aims else "")
        + "The angle is blank where it was not known.",
        height=280,
        x_range=x_range,
        y_range=_range([*lines.values(), Line(np.empty(0), np.array([target for _, target in aims]))]),
        y_label="angle (deg)",
    )
    time_axis(fig, told.length_s)
    shades = [
        Shade(hold.start / NS, hold.end / NS, f"held for {hold.held_s:.0f} s" + _score(hold.score)) for hold in found
    ]
    bands(fig, shades, name="held", color=GREEN, fill_alpha=0.22)
    for hold in found:
        if hold.score is not None and hold.held_s >= _ROOM * told.length_s:
            middle = (hold.start + hold.end) / 2 / NS * MS
            label = Label(x=middle, y=4, y_units="screen", text=f"{hold.score:.0f}", text_align="center")
            label.text_font_size, label.text_color = "10px", "#333333"
            fig.add_layout(label)
    gap_bands(fig, gaps_of(told, *(f"{source}/acc" for source in lines)))
    if aims:
        fig.quad(
            left=[step.start / NS * MS for step, _ in aims],
            right=[step.end / NS * MS for step, _ in aims],
            bottom=[target - BAND_DEG for _, target in aims],
            top=[target + BAND_DEG for _, target in aims],
            fill_color=None,
            line_color=GREY,
            hatch_pattern="left_diagonal_line",
            hatch_color=GREY,
            hatch_alpha=0.7,
            legend_label="target",
        )
    for at, (source, line) in enumerate(lines.items()):
        drawn = least_and_most(line, BINS)
        curve = fig.line(
            drawn.times * MS,
            drawn.values,
            color=_COLORS[at % 2],
            line_dash=_DASHES[at % 2],
            line_width=1.8,
            legend_label=f"angle at {_place(told, source)}",
        )
        hover(fig, [curve], [("at", "@x{clock}"), ("angle", "@y{0.0} deg")], along=True)
    legend(fig)
    return fig


def _found(told: Told) -> list[Hold]:
    """Holds in steps that ask for one; of a session without such steps, all."""
    asked = _asks(told)
    if not asked:
        return told.holds
    return [hold for hold in told.holds if sum(_common(hold, each) for each in asked) > (hold.end - hold.start) / 2]


def _asks(told: Told) -> list[Scored]:
    """Steps that ask for a hold."""
    kinds = {key: step.kind for key, step in steps_of(told).items()}
    return [each for each in done_steps(told) if kinds.get((each.id, each.side)) in _OVERLAID]


def _common(hold: Hold, step: Scored) -> int:
    """For how long a hold was in a step, ns."""
    return max(0, min(hold.end, step.end) - max(hold.start, step.start))


def _range(lines: list[Line]) -> Range1d:
    """Of all angles, and no narrower than lets a tremble look like one."""
    values = np.concatenate([line.values for line in lines])
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    margin = max(0.07 * (high - low), (_LEAST_DEG - (high - low)) / 2)
    return Range1d(start=low - margin, end=high + margin)


def _score(score: float | None) -> str:
    return ", not scored" if score is None else f", score {score:.0f}"


def _target(step: Scored) -> float | None:
    return step.figures.get("target_deg")


def _place(told: Told, source: str) -> str:
    placement = told.header.sources.get(source, {}).get("placement", "")
    return f"{source} ({placement})" if placement else source


def _sides(told: Told, lines: dict[str, Line]) -> list[figure]:
    """A plot for each step that was done on both sides, by the sensor that knows most of it."""
    kinds = {key: step.kind for key, step in steps_of(told).items()}
    by_id: dict[str, dict[str, Scored]] = {}
    for scored in done_steps(told):
        if scored.side and kinds.get((scored.id, scored.side)) in _OVERLAID:
            by_id.setdefault(scored.id, {})[scored.side] = scored
    return [fig for sides in by_id.values() if len(sides) == 2 and (fig := _overlay(told, lines, sides))]


def _overlay(told: Told, lines: dict[str, Line], sides: dict[str, Scored]) -> figure | None:
    line = max(
        lines.values(), key=lambda each: sum(np.isfinite(_during(each, own).values).sum() for own in sides.values())
    )
    longest = max((own.end - own.start) / NS for own in sides.values())
    scored = next(iter(sides.values()))
    step = steps_of(told)[scored.id, scored.side]
    fig = new_figure(
        plain(f"{scored.id} {step.name}"),
        "",
        width=HALF,
        height=230,
        x_range=Range1d(start=0, end=longest * MS),
        y_label="angle (deg)",
    )
    time_axis(fig, longest, "time in the step", ticks=5)
    drawn = False
    for side, color, dash in (("left", LEFT, "solid"), ("right", RIGHT, "dashed")):
        own = sides[side]
        part = _during(line, own)
        if np.isnan(part.values).all():
            continue
        drawn = True
        curve = fig.line(
            (part.times - own.start / NS) * MS,
            part.values,
            color=color,
            line_dash=dash,
            line_width=2,
            legend_label=side,
        )
        hover(fig, [curve], [("at", "@x{clock}"), (side, "@y{0.0} deg")], along=True)
        target = _target(own)
        if target is not None:
            fig.line(
                [0, longest * MS],
                [target, target],
                color=color,
                line_dash="dotted",
                line_width=1.5,
                legend_label="target",
            )
    if not drawn:
        return None
    legend(fig)
    return fig


def _during(line: Line, step: Scored) -> Line:
    """A line in a step."""
    inside = (line.times >= step.start / NS) & (line.times <= step.end / NS)
    return Line(line.times[inside], line.values[inside])
