"""The heart: rate, artefacts, RMSSD."""

from __future__ import annotations

import numpy as np

from tests.report.drawable import GAP, bare, data, estimates, keys, told
from tidehold.report.figures import time_range, title_of
from tidehold.report.heart_plots import heart_plots

X = time_range(120)


def test_rate_and_rmssd_have_a_plot_each() -> None:
    figs = heart_plots(told(), X)
    assert [title_of(fig) for fig in figs] == ["Heart rate", "RMSSD"]
    assert all(fig.x_range is X for fig in figs)
    assert keys(figs[0]) == ["no data", "beat by beat", "heart rate", "artefact"]


def test_an_artefact_is_marked_where_it_was_and_no_part_of_the_line() -> None:
    fig = heart_plots(told(), X)[0]
    marked = data(fig, "artefact")
    assert (list(marked["x"]), list(marked["y"]), marked["flag"]) == ([30_000], [60], ["extra"])
    assert 30_000 not in data(fig, "beat by beat")["x"]


def test_what_is_not_known_is_blank() -> None:
    rate, rmssd = (
        data(fig, name)
        for fig, name in zip(heart_plots(told(), X), ("heart rate", "RMSSD of the last 60 s"), strict=True)
    )
    assert np.isnan(rate["y"][:3]).all()
    assert np.isfinite(rate["y"][3:]).all()
    assert np.isnan(rmssd["y"][:60]).all()


def test_gaps_are_shaded() -> None:
    for fig in heart_plots(told(), X):
        assert data(fig, "no data")["start"] == [GAP[0] * 1000]


def test_a_rate_without_intervals_is_drawn() -> None:
    one = told()
    del one.samples["strap/rr_clean"]
    assert keys(heart_plots(one, X)[0]) == ["no data", "heart rate"]


def test_no_rmssd_is_no_plot() -> None:
    one = told()
    del one.estimates["heart/rmssd_ms"]
    assert len(heart_plots(one, X)) == 1
    assert heart_plots(bare(), X) == []


def test_what_was_never_known_is_no_plot() -> None:
    one = bare()
    estimates(one, "heart/hr_bpm", range(60), lambda at: None)
    assert heart_plots(one, X) == []
