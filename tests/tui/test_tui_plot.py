import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tests.tui import statuses
from tidehold.records import Trace
from tidehold.tui.lines import plain
from tidehold.tui.news import News
from tidehold.tui.plot import CHEST, ECG, NOTHING_YET, RR, Drawing, Kind, Picture, plot_lines, why_blank
from tidehold.units import NS

BLANK = "⠀"


def heard(kind: Kind, stream: str, start_s: float = 590.0, count: int = 60) -> tuple[Drawing, float]:
    """A drawing that was told some statuses, and the time of the last."""
    drawing = Drawing(kind)
    t_s = start_s
    for status in statuses.session(start_s, count):
        drawing.hear(status.snapshot.traces[stream], status.snapshot.t)
        t_s = status.snapshot.t / NS
    return drawing, t_s


def draw(drawing: Drawing, t_s: float, columns: int = 60, rows: int = 6) -> Picture:
    return drawing.draw(drawing.moment(t_s, columns), columns, rows)


@pytest.mark.parametrize(("kind", "stream"), [(ECG, "strap/ecg"), (CHEST, "strap/acc"), (RR, "strap/rr")])
def test_trace_fills_its_box_from_edge_to_edge(kind: Kind, stream: str) -> None:
    drawing, t_s = heard(kind, stream)
    rows = draw(drawing, t_s).rows
    assert all(any(row[column] != BLANK for row in rows) for column in range(60))


def test_new_samples_come_in_at_the_edge_and_never_pop_up() -> None:
    drawing, t_s = heard(ECG, "strap/ecg")
    for k in range(1, 40):
        status = statuses.status(t_s + k / 4)
        before = draw(drawing, t_s + k / 4).rows
        drawing.hear(status.snapshot.traces["strap/ecg"], status.snapshot.t)
        assert draw(drawing, t_s + k / 4).rows == before


def test_picture_is_due_whenever_it_moved_by_a_dot_and_no_sooner() -> None:
    drawing = Drawing(ECG)
    moments = {drawing.moment(100 + k / 1000, 50) for k in range(1000)}
    assert len(moments) in (20, 21)


def test_picture_moves_by_whole_dots() -> None:
    drawing, t_s = heard(CHEST, "strap/acc")
    moment = drawing.moment(t_s, 60)
    first, later = drawing.draw(moment - 2, 60, 6).rows, drawing.draw(moment, 60, 6).rows
    assert [row[1:] for row in first] == [row[:-1] for row in later]


def test_numbers_of_the_axis_are_in_the_unit_of_the_plot() -> None:
    drawing, t_s = heard(RR, "strap/rr")
    picture = draw(drawing, t_s)
    assert (float(picture.bottom), float(picture.top)) == (840, 1000)
    lines = plain(plot_lines(picture)).splitlines()
    assert lines[0].startswith("  1000 ")
    assert lines[-1].startswith("   840 ")
    assert drawing.title == "RR intervals · ms · 60 s"


def test_liveliest_axis_of_the_sensor_is_drawn_and_named() -> None:
    drawing, _ = heard(CHEST, "strap/acc")
    assert drawing.title == "chest acceleration z · m/s² · 15 s"


def test_hole_in_the_trace_stays_blank() -> None:
    status = statuses.status(605.2)
    trace = status.snapshot.traces["strap/ecg"]
    keep = (trace.times < 602 * NS) | (trace.times > 603 * NS)
    drawing = Drawing(ECG)
    drawing.hear(Trace(trace.times[keep], trace.values[keep]), status.snapshot.t)
    rows = draw(drawing, 605.2, columns=50).rows
    start = round((602 - (605.2 - 0.5 - 5)) * 10)
    assert all(row[start + 1 : start + 8] == BLANK * 7 for row in rows)
    assert any(row[start + 12] != BLANK for row in rows)


def test_stream_that_starts_again_elsewhere_is_not_joined_to_what_was() -> None:
    drawing, _ = heard(ECG, "strap/ecg")
    status = statuses.status(100.2)
    drawing.hear(status.snapshot.traces["strap/ecg"], status.snapshot.t)
    assert len(drawing._times) == len(status.snapshot.traces["strap/ecg"].times)


def test_memory_of_a_trace_does_not_grow() -> None:
    drawing, _ = heard(ECG, "strap/ecg", count=120)
    assert len(drawing._times) < (5 + 2 + 1 + 0.1) * statuses.ECG_HZ


def test_missing_trace_is_an_empty_picture() -> None:
    drawing = Drawing(ECG)
    assert not drawing.hear(None, 0)
    assert draw(drawing, 10.0, 4, 2).rows == (BLANK * 4, BLANK * 4)


@given(
    arrays(np.int64, st.integers(0, 30), elements=st.integers(-(2**62), 2**62)),
    arrays(np.float64, array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=30)),
)
def test_any_trace_is_drawn_without_complaint(times: Any, values: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for kind in (ECG, CHEST):
            drawing = Drawing(kind)
            drawing.hear(Trace(times, values), 10 * NS)
            drawing.hear(Trace(times, values), 11 * NS)
            assert len(draw(drawing, 10.0, 8, 3).rows) == 3
            assert drawing.title


def test_trace_that_is_old_is_not_drawn_and_says_so() -> None:
    status = statuses.status(605.2)
    assert why_blank(News(), "strap/ecg") == NOTHING_YET
    assert why_blank(News(status), "strap/ecg") == ""
    assert why_blank(News(status, 4.0), "strap/ecg") == "no news for 4.0 s"
    assert why_blank(News(statuses.aged(status, "strap", 7)), "strap/ecg") == "no data for 7.0 s"
    assert why_blank(News(status), "imu/acc") == NOTHING_YET
    finished = News(statuses.recorded(statuses.aged(status, "strap", 7), state="finished"))
    assert why_blank(finished, "strap/ecg") == ""
