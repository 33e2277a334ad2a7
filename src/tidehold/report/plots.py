"""All plots of a session, by the section of the report they belong to."""

from __future__ import annotations

from bokeh.plotting import figure

from tidehold.log.told import Told
from tidehold.report.breathing_plots import breathing_plots
from tidehold.report.figures import time_range
from tidehold.report.heart_plots import heart_plots
from tidehold.report.hold_plots import hold_plots
from tidehold.report.quality_plots import quality_plots
from tidehold.report.timeline_plots import timeline_plots


def plots(told: Told) -> dict[str, list[figure]]:
    """Plots by section: "timeline", "breathing", "heart", "holds", "quality"; those that can be drawn.

    All that go by the session's time share its axis: zoomed in one, zoomed in all. Chest motion and the pacer's exact
    course need a session that was folded `again`.
    """
    x_range = time_range(told.length_s)
    found = {
        "timeline": timeline_plots(told, x_range),
        "breathing": breathing_plots(told, x_range),
        "heart": heart_plots(told, x_range),
        "holds": hold_plots(told, x_range),
        "quality": quality_plots(told, x_range),
    }
    return {section: own for section, own in found.items() if own}
