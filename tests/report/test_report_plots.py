"""All plots together: their sections, and the axis they share."""

from __future__ import annotations

from tests.report.drawable import bare, told
from tidehold.report.content import SECTIONS
from tidehold.report.plots import plots


def test_every_section_is_one_of_the_report() -> None:
    found = plots(told())
    assert list(found) == ["timeline", "breathing", "heart", "holds", "quality"]
    assert set(found) <= set(SECTIONS)


def test_plots_over_the_session_share_their_axis() -> None:
    found = plots(told())
    first = [own[0].x_range for own in found.values()]
    assert all(each is first[0] for each in first)


def test_a_session_in_which_nothing_came_has_no_plots() -> None:
    assert plots(bare()) == {}
