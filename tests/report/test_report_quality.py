"""How good the data are, and the grade by its stated limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.report.made import beats, each_second, estimate, gap, link, made, ns, samples, snapshot, view
from tidehold.log.notes import InputRange, Recovered
from tidehold.log.told import Told
from tidehold.records import Rejected, Sample, UnixNs
from tidehold.report.breathing import breathing
from tidehold.report.heart import heart
from tidehold.report.quality import Quality, quality


def found(told: Told) -> Quality:
    return quality(told, breathing(told), heart(told).whole)


def grades(told: Told) -> dict[str, str]:
    return {each.name: each.grade for each in found(told).judged}


def sound(length_s: float = 120, **more: Any) -> Told:
    told = made(length_s, **more)
    beats(told, np.full(int((length_s - 2) / 0.8), 0.8))
    each_second(told, "breathing/rate_bpm", 30, int(length_s), 12.0)
    samples(told, "phone/acc", 20, 0, length_s)
    return told


def test_a_sound_session_is_good() -> None:
    assert set(grades(sound()).values()) == {"good"}
    assert found(sound()).grade == "good"
    assert found(sound()).state == "finished"


def test_coverage_is_samples_over_what_the_true_rate_gives() -> None:
    told = made(100)
    samples(told, "phone/acc", 20, 0, 60)
    samples(told, "phone/acc", 20, 80, 100)
    samples(told, "strap/ecg", 130, 0, 100)
    told.hear(Sample(ns(5), "strap/battery", np.array([ns(5)]), np.array([80.0])))
    gap(told, "phone/acc", 60, 80, lost=400)
    snapshot(told, 100, streams={"strap/ecg": view(260.0)})
    by_name = {each.name: each for each in found(told).streams}
    acc, ecg, battery = by_name["phone/acc"], by_name["strap/ecg"], by_name["strap/battery"]
    assert acc.samples == 1600
    assert acc.coverage == pytest.approx(0.8)
    assert acc.rate_hz == pytest.approx(20)
    assert (acc.gaps, acc.lost, acc.missing_s) == (1, 400, 20)
    assert ecg.rate_hz == 260
    assert ecg.coverage == pytest.approx(0.5, rel=1e-3)
    assert (battery.rate_hz, battery.coverage) == (None, None)


def test_intervals_cover_what_their_sum_does_and_few_samples_have_no_rate() -> None:
    told = made(100)
    times = np.array([ns(1), ns(2), ns(4)])
    told.hear(Sample(ns(4), "strap/rr", times, np.array([1.0, 1.0, 0.5])))
    told.hear(Sample(ns(4), "phone/gyr", times, np.zeros((3, 3))))
    told.hear(Sample(ns(4), "strap/acc", np.full(20, ns(4)), np.zeros((20, 3))))
    by_name = {each.name: each for each in found(told).streams}
    assert by_name["strap/rr"].coverage == pytest.approx(0.5)
    assert (by_name["phone/gyr"].rate_hz, by_name["strap/acc"].rate_hz) == (None, None)


def test_gaps_of_one_kind_are_one_line_the_longest_first() -> None:
    told = sound()
    gap(told, "strap/rr", 10, 14, "link lost: far", None)
    gap(told, "strap/rr", 30, 32, "link lost: far", None)
    gap(told, "phone/acc", 10, 30, "asleep", 400)
    assert [(each.stream, each.gaps, each.missing_s, each.longest_s, each.lost) for each in found(told).gaps] == [
        ("phone/acc", 1, 20, 20, 400), ("strap/rr", 2, 6, 4, None),
    ]  # fmt: skip
    assert [(each.start_s, each.end_s, each.lost) for each in found(told).ledger] == [
        (10, 14, None), (30, 32, None), (10, 30, 400),
    ]  # fmt: skip


def test_clocks_are_as_they_were_said_last() -> None:
    told = sound()
    for t_s, drift in ((60, None), (119, 61.0)):
        estimate(told, "strap/clock_drift_ppm", t_s, drift, why="" if drift else "too few frames")
        estimate(told, "strap/clock_residual_ms", t_s, 35.0)
    estimate(told, "phone/clock_residual_ms", 60, None, why="too few frames with a device time")
    strap, phone = found(told).clocks
    assert (strap.source, strap.drift_ppm, strap.residual_ms, strap.why) == ("strap", 61, 35, "")
    assert (phone.source, phone.residual_ms, phone.why) == ("phone", None, "too few frames with a device time")


@pytest.mark.parametrize(("apart_ms", "grade"), [(60, "good"), (61, "fair"), (201, "poor")])
def test_strap_and_phone_may_be_so_far_apart(apart_ms: float, grade: str) -> None:
    told = sound()
    for t_s, value in ((1, None), (2, apart_ms), (3, apart_ms)):
        estimate(told, "align/residual_ms", t_s, value, why="collecting" if value is None else "")
    assert found(told).align_ms == apart_ms
    assert grades(told)["strap and phone apart"] == grade == found(told).grade


def test_why_strap_and_phone_cannot_be_compared() -> None:
    told = sound()
    assert found(told).why_align == ""
    estimate(told, "align/residual_ms", 3, None, why="no strap on the same clock")
    assert found(told).why_align == "no strap on the same clock"


@pytest.mark.parametrize(("every", "share", "grade"), [(25, 0.04, "good"), (15, 0.068, "fair"), (8, 0.13, "poor")])
def test_artefacts_and_what_became_of_beats(every: int, share: float, grade: str) -> None:
    told = made(120)
    beats(told, np.full(147, 0.8), flags=[3 if place % every == 0 else 0 for place in range(147)])
    of = {each.name: each for each in found(told).judged}["artefacts"]
    assert of.grade == grade
    assert of.value == f"{100 * found(told).artefacts['ectopic'] / 147:.1f} %"
    assert found(told).artefacts["ectopic"] / 147 == pytest.approx(share, abs=0.005)


def test_what_is_known_of_heart_breath_and_motion_counts() -> None:
    told = made(120)
    beats(told, np.full(110, 0.8))
    each_second(told, "breathing/rate_bpm", 30, 75, None, why="moving")
    each_second(told, "breathing/rate_bpm", 75, 120, 12.0)
    samples(told, "phone/acc", 20, 0, 100)
    samples(told, "phone/gravity", 20, 0, 50)
    samples(told, "strap/acc", 20, 0, 10)  # a strap's motion is not what holds are measured with
    assert grades(told) == {
        "heartbeats known": "poor", "artefacts": "good", "breathing known": "fair", "motion known (phone/acc)": "fair",
        "motion known (phone/gravity)": "poor", "recording": "good", "sensors heard": "good",
    }  # fmt: skip
    assert found(told).grade == "poor"


def test_a_session_that_was_cut_is_fair_at_best() -> None:
    cut = found(sound(stop=False))
    assert (cut.grade, cut.state.partition(":")[0]) == ("fair", "interrupted")


def test_a_recovered_one_is_as_good_as_what_was_saved() -> None:
    note = Recovered(source="a", when=UnixNs(0), lost=(), missing=(), header="kept", outputs="kept")
    told = sound()
    told.recovered = note
    assert found(told).grade == "good"
    assert "no inputs known to be missing" in found(told).state
    told.recovered = Recovered(
        source="a", when=UnixNs(0), lost=(), missing=(InputRange(5, 9),), header="kept", outputs="kept"
    )
    assert found(told).grade == "fair"
    assert "5 inputs known to be missing" in found(told).state


def test_a_short_or_empty_recording_is_poor() -> None:
    assert grades(sound(40))["length"] == "poor"
    assert grades(made(100))["sensors heard"] == "poor"
    assert found(made(0)).grade == "poor"


def test_links_lost_rejected_parts_and_coverage_of_minutes() -> None:
    told = sound()
    link(told, 20, "strap", "down")
    link(told, 120, "strap", "down")  # the end of the session
    told.hear(Rejected(ns(4), "phone", "push", "duplicate", 3))
    for t_s, value in ((66, 0.9), (119, 1.0)):
        estimate(told, "strap/rr_coverage", t_s, value)
    of = found(told)
    assert (of.drops, of.rejected, of.rr_coverage) == (1, {"phone/push: duplicate": 3}, (0.9, 1.0))


def test_a_sensor_that_was_asked_for_and_never_heard_is_a_part_of_the_grade() -> None:
    told = made(120)
    beats(told, np.full(147, 0.8))
    part = {each.name: each for each in found(told).judged}["sensors heard"]
    assert (part.value, part.grade, found(told).grade) == ("not the phone", "fair", "fair")
