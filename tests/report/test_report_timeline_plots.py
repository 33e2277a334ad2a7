"""The timeline: a row for each step, each kind of finding, and what the person did."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from bokeh.models.annotations import Label

from tests.report.drawable import ROUTINE, bare, data, keys, scored, t, told
from tidehold.records import Mark
from tidehold.report.figures import new_figure, time_range
from tidehold.report.timeline_plots import step_bands, step_name, timeline_plots

X = time_range(120)


def rows(fig: Any) -> list[str]:
    return list(fig.y_range.factors[::-1])


def test_steps_findings_and_marks_have_a_row_each() -> None:
    (fig,) = timeline_plots(told(), X)
    assert rows(fig) == [
        "1 a breathe",
        "2 a hold, left",
        "2 a hold, right",
        "found: breath held",
        "found: hold ended early",
        "what you did",
    ]
    assert keys(fig) == ["Arrive", "Bend"]
    assert fig.x_range is X


def test_bars_are_where_the_steps_were_and_hatched_if_they_ended_early() -> None:
    (fig,) = timeline_plots(told(), X)
    bars = data(fig, "Bend")
    assert (bars["start"], bars["end"]) == ([65_000, 90_000], [90_000, 110_000])
    assert bars["state"] == ["done", "cut"]
    assert bars["hatch"][0] == " "
    assert bars["hatch"][1] not in ("", " ")
    assert bars["score"] == ["90 of 100", "90 of 100"]


def test_a_finding_that_goes_on_reaches_to_the_end() -> None:
    (fig,) = timeline_plots(told(), X)
    found = next(each.data_source.data for each in fig.renderers if "over" in each.data_source.data)  # type: ignore[attr-defined]
    assert found["start"] == [75_000, 100_000]
    assert found["end"] == [79_000, 120_000]
    assert found["over"] == ["1:19", "to the end of the session"]


def test_scores_stand_beside_their_bars_and_before_late_ones() -> None:
    one = told()
    one.hear(scored("1", 100, 115, state="skipped"))
    (fig,) = timeline_plots(one, X)
    text = next(each.data_source.data for each in fig.renderers if "align" in each.data_source.data)  # type: ignore[attr-defined]
    assert text["text"] == ["90", "90"]
    assert text["align"] == ["left", "right"]
    assert text["x"] == [90_000, 90_000]


def test_nothing_happened_and_nothing_is_drawn() -> None:
    assert timeline_plots(bare(), X) == []


def test_a_session_without_a_routine_shows_what_was_done() -> None:
    one = bare()
    one.take(Mark(t(3), "note", "<b>$$"))
    (fig,) = timeline_plots(one, X)
    assert rows(fig) == ["what you did"]


@pytest.mark.parametrize("many", [5, 60])
def test_a_long_routine_still_fits_on_paper(many: int) -> None:
    one = bare()
    for at in range(many):
        one.hear(scored(f"{at}", at, at + 1))
    (fig,) = timeline_plots(one, X)
    assert len(rows(fig)) == many
    assert fig.height is not None
    assert fig.height * 0.73 < 1000  # px of A4 at 96 per inch, less its margins


def test_a_name_is_short_and_no_formula() -> None:
    named = msgspec.structs.replace(ROUTINE.phases[0].steps[0], name="$$" + "long " * 20)
    phase = msgspec.structs.replace(ROUTINE.phases[0], steps=(named,))
    one = told(msgspec.structs.replace(ROUTINE, phases=(phase,)))
    name = step_name(one, one.scored[0])
    assert len(name) <= 36
    assert "$$" not in name


def test_every_other_step_is_shaded_and_long_ones_numbered() -> None:
    one = told()
    one.hear(scored("3", 110, 112))
    fig = new_figure("a")
    step_bands(fig, one)
    (shades,) = fig.renderers
    assert list(shades.data_source.data["start"]) == [5_000, 90_000]  # type: ignore[attr-defined]
    assert [label.text for label in fig.center if isinstance(label, Label)] == ["1", "2", "2"]
