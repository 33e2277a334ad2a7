"""Where sensors are worn, in words: whether that can be true, and the joint between two of them."""

from __future__ import annotations

from typing import Final

from tidehold.tui.lines import Lines, clean, line
from tidehold.tui.news import News, said

JOINT: Final = "joint/angle_deg"


def placed_lines(news: News, source: str) -> Lines:
    """The question whether a sensor is where it was said to be, if there is a reason to ask."""
    fit = news.status.snapshot.estimates.get(f"{source}/placement_fit") if news.status else None
    if fit is None or fit.value is None or not fit.why or news.is_silent:
        return ()
    return (line((f"! {clean(fit.why, 200)}", "warn")),)


def joint_lines(news: News) -> Lines:
    """The angle of the joint between two sensors, or what to do for it; nothing where there are not two."""
    if news.status is None or news.is_silent or JOINT not in news.status.snapshot.estimates:
        return ()
    joint = said(news, JOINT)
    if joint.value is None:
        return (line("joint ", ("unknown", "warn"), f": {clean(joint.why, 200)}"),)
    return (line("joint ", (f"{joint.value:.0f}°", "strong")),)
