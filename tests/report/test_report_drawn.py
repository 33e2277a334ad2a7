"""What is drawn of a recording: fewer points with the same extremes, and nothing across what is not known."""

from __future__ import annotations

import numpy as np
import pytest

from tests.report.drawable import BLANK, GAP, PACED, bare, chest_wave, series, t, told
from tidehold.records import Estimate, Gap, Pacing, Pattern, Snapshot
from tidehold.report.drawn import (
    Asked,
    Line,
    Shade,
    asked_of,
    broken,
    chest_motion,
    gaps_of,
    known,
    least_and_most,
    wave_of,
)

TIMES = np.linspace(0, 100, 10_001)


def test_a_long_line_keeps_its_extremes_and_its_order() -> None:
    values = np.sin(TIMES)
    values[5_000], values[7_777] = 9.0, -9.0
    line = least_and_most(Line(TIMES, values), 100)
    assert len(line.times) <= 200
    assert (line.values.max(), line.values.min()) == (9.0, -9.0)
    assert (np.diff(line.times) > 0).all()
    assert line.times[line.values.argmax()] == TIMES[5_000]


def test_a_short_line_is_drawn_as_it_is() -> None:
    line = Line(TIMES[:100], TIMES[:100])
    assert least_and_most(line, 50) is line


def test_what_is_not_known_breaks_a_thinned_line_too() -> None:
    values = np.where((TIMES > 40) & (TIMES < 45), np.nan, 1.0)
    line = least_and_most(Line(TIMES, values), 100)
    blank = np.isnan(line.values)
    assert line.times[blank].min() == pytest.approx(40.5, abs=1)
    assert line.times[blank].max() == pytest.approx(44.5, abs=1)
    assert not blank[(line.times < 39) | (line.times > 46)].any()


def test_points_far_apart_are_not_joined() -> None:
    line = broken(Line(np.array([0.0, 1, 5, 6]), np.ones(4)), 2.0)
    assert line.times.tolist() == [0, 1, 2, 5, 6]
    assert np.isnan(line.values).tolist() == [False, False, True, False, False]


def test_an_estimate_that_is_not_known_is_blank() -> None:
    said = [Estimate(t(at), "a", None if at == 2 else 1.0 * at, 1.0) for at in (0, 1, 2, 3, 9)]
    line = known(said, 2.5)
    assert np.isnan(line.values).tolist() == [False, False, True, False, True, False]
    assert len(known([], 2.5).times) == 0


def test_gaps_of_several_streams_are_said_once() -> None:
    one = told()
    assert gaps_of(one, "strap/acc", "strap/rr") == [Shade(*GAP, "4.0 s missing, 200 samples: link lost")]
    one.gaps.append(Gap(t(99), "strap/rr", t(73), t(80), None, "late"))
    assert [(gap.start, gap.end) for gap in gaps_of(one, "strap/acc", "strap/rr")] == [(70, 80)]
    assert gaps_of(one, "phone/acc") == []


def test_what_was_asked_for_is_known_from_the_fold() -> None:
    assert [(each.start, each.end) for each in asked_of(told())] == [PACED]
    going_on = told()
    del going_on.pacings[1:]
    assert asked_of(going_on)[0].end == 120


def test_or_else_from_the_steps_of_the_routine() -> None:
    stored = told()
    stored.pacings = []
    asked = asked_of(stored)
    assert [(each.start, each.end, each.pacing.pattern.text) for each in asked] == [(*PACED, "4/6")]
    assert asked_of(bare()) == []


def test_a_session_folded_again_without_a_pacer_asked_for_nothing() -> None:
    again = told()
    again.pacings = []
    empty: dict[str, object] = {name: {} for name in Snapshot.__struct_fields__}
    again.last = Snapshot(**(empty | {"t": t(1), "pacing": None}))  # type: ignore[arg-type]
    assert asked_of(again) == []


def test_the_pacers_wave_rises_and_falls_as_it_was_asked() -> None:
    wave = wave_of([Asked(5, 17, Pacing(t(5), Pattern(2, 1, 4, 1)))])
    corners = list(zip(wave.times.tolist(), wave.values.tolist(), strict=True))
    assert corners[:-1] == [(5, 0), (7, 1), (8, 1), (12, 0), (13, 0), (15, 1), (16, 1), (17, 0.75)]
    assert np.isnan(corners[-1][1])


def test_a_wave_that_is_cut_starts_inside_a_breath() -> None:
    wave = wave_of([Asked(7, 9, Pacing(t(5), Pattern(4, 0, 6, 0)))])
    assert wave.times[:2].tolist() == [7, 9]
    assert wave.values[:2].tolist() == [0.5, 1]
    assert len(wave_of([]).times) == 0


def test_chest_motion_goes_with_the_breath_whichever_way_the_sensor_lies() -> None:
    chest = chest_motion(told())
    assert chest is not None
    assert chest.stream == "strap/acc"
    times, values = chest.line
    there = np.isfinite(values) & (times > 25) & (times < 60)
    assert np.corrcoef(values[there], chest_wave(times[there]))[0, 1] > 0.97


def test_chest_motion_is_blank_where_the_breath_is_not_known_or_nothing_came() -> None:
    chest = chest_motion(told())
    assert chest is not None
    times, values = chest.line
    assert np.isnan(values[(times > BLANK[0] + 0.3) & (times < BLANK[1] - 0.3)]).all()
    assert np.isnan(values[(times > GAP[0] + 0.5) & (times < GAP[1] - 0.5)]).all()
    assert np.isnan(values[times < 4.9]).all()
    assert np.isfinite(values[(times > 10) & (times < 39)]).all()


def test_a_phone_on_the_chest_shows_the_breath_and_one_on_the_leg_does_not() -> None:
    one = told()
    one.samples["phone/acc"] = one.samples.pop("strap/acc")
    chest = chest_motion(one)
    assert chest is not None
    assert chest.stream == "phone/acc"
    one.header.sources["phone"]["placement"] = "shin"
    assert chest_motion(one) is None


def test_no_chest_motion_without_a_phase_or_without_samples() -> None:
    one = told()
    one.estimates["breathing/phase_rad"] = one.estimates["breathing/phase_rad"][:1]
    assert chest_motion(one) is None
    assert chest_motion(bare()) is None


def test_chest_motion_of_another_time_than_its_phase_is_none() -> None:
    one = told()
    del one.samples["strap/acc"]
    series(one, "strap/acc", np.array([-2.0, -1.0]), np.zeros((2, 3)))
    assert chest_motion(one) is None
