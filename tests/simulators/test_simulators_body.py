"""A seeded body is the same for ever, and its signals breathe as its truth says."""

import math

import numpy as np
import pytest

from tidehold_simulators.body import Body, SeededBody
from tidehold_simulators.scenario import BodySpec, Placement, Pose, Tap, load_scenario, scenario_names
from tidehold_simulators.signals import Floats


def rate_bpm(t: Floats, x: Floats) -> float:
    """Rate of the strongest sinusoid between 4 and 20/min, by least squares at uneven times."""
    rates = np.arange(4.0, 20.0, 0.02)
    left: list[float] = []
    level = x - np.polyval(np.polyfit(t, x, 1), t)
    for rate in rates:
        angle = 2 * np.pi * rate / 60 * t
        design = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        left.append(float(np.linalg.lstsq(design, level, rcond=None)[1][0]))
    return float(rates[int(np.argmin(left))])


def seeded(name: str = "calm-6") -> SeededBody:
    scenario = load_scenario(name)
    return SeededBody(scenario.body, scenario.seed)


@pytest.mark.parametrize("name", scenario_names())
def test_same_seed_is_the_same_body(name: str) -> None:
    t = np.arange(0, 400, 0.05)
    one: Body = seeded(name)
    two: Body = seeded(name)
    two.truth(1500.0)  # asked for far ahead first
    np.testing.assert_array_equal(one.beats(400), two.beats(400))
    np.testing.assert_array_equal(one.ecg_uv(t), two.ecg_uv(t))
    np.testing.assert_array_equal(one.acc_g(t), two.acc_g(t))
    np.testing.assert_array_equal(one.motion("shin", t).acc, two.motion("shin", t).acc)
    np.testing.assert_array_equal(one.motion("breastbone", t).gyr, two.motion("breastbone", t).gyr)
    assert one.truth(123.4) == two.truth(123.4)


def test_another_seed_is_another_body() -> None:
    assert not np.array_equal(SeededBody(BodySpec(), 1).beats(60), SeededBody(BodySpec(), 2).beats(60))


def test_beats_grow_and_never_change() -> None:
    body = seeded()
    so_far = body.beats(0.0)
    assert not len(so_far)
    for until in np.arange(0.7, 200, 3.3):
        more = body.beats(until)
        np.testing.assert_array_equal(more[: len(so_far)], so_far)
        assert len(more) == 0 or (more[0] >= 0 and more[-1] <= until)
        so_far = more
    assert len(so_far) == pytest.approx(65 / 60 * 199, rel=0.05)
    assert (np.diff(so_far) > 0).all()


def test_heart_breathes_at_the_true_rate() -> None:
    body = seeded()
    beats = body.beats(300)
    truth = np.mean([body.truth(t).rate_bpm or 0 for t in np.arange(0, 300, 1.0)])
    assert rate_bpm(beats[1:], np.diff(beats)) == pytest.approx(truth, abs=0.1)
    rr = np.diff(beats)
    assert 0.7 < rr.min() < rr.max() < 1.3  # a moderate swing around 65/min
    assert np.ptp(rr) > 0.15


@pytest.mark.parametrize("axis", [0, 2])
def test_chest_moves_at_the_true_rate(axis: int) -> None:
    body = seeded()
    t = np.arange(0, 300, 0.1)
    smooth = np.convolve(body.acc_g(t)[:, axis], np.ones(9) / 9, "same")
    truth = np.mean([body.truth(s).rate_bpm or 0 for s in np.arange(0, 300, 1.0)])
    assert rate_bpm(t[5:-5], smooth[5:-5]) == pytest.approx(truth, abs=0.1)


def test_chest_feels_gravity_and_the_heart() -> None:
    body = seeded()
    t = np.arange(0, 60, 0.005)
    acc = body.acc_g(t)
    assert acc.shape == (len(t), 3)
    assert np.linalg.norm(acc.mean(axis=0)) == pytest.approx(1, abs=0.01)
    beats = body.beats(60)
    after_beat = np.concatenate([acc[(t > beat + 0.09) & (t < beat + 0.2), 2] for beat in beats[1:-1]])
    before_beat = np.concatenate([acc[(t > beat - 0.2) & (t < beat - 0.09), 2] for beat in beats[1:-1]])
    slow = np.convolve(acc[:, 2], np.ones(81) / 81, "same")
    assert after_beat.std() > before_beat.std() > 0
    assert np.ptp(slow[100:-100]) > 0.015  # a tilt of a degree and a half


def test_truth_is_said_as_phase_and_volume() -> None:
    body = SeededBody(BodySpec(breath_variability=0.0), 1)
    start, full, empty = (body.truth(t) for t in (0.0, 4.0, 9.999))
    assert start.rate_bpm == pytest.approx(6)
    assert start[1:] == (0.0, 0.0, False)
    assert full.phase_rad == pytest.approx(math.pi)
    assert full.volume == pytest.approx(1)
    assert empty.phase_rad == pytest.approx(2 * math.pi, abs=0.01)
    assert empty.volume == pytest.approx(0, abs=1e-3)


def test_truth_of_a_held_breath_has_no_rate() -> None:
    body = seeded("breath-held")
    truth = [body.truth(t) for t in np.arange(0, 200, 0.5)]
    held = [each for each in truth if each.holding]
    assert len(held) * 0.5 == pytest.approx(40, abs=2)
    assert {each.rate_bpm for each in held} == {0.0}
    assert {round(each.volume or 0, 1) for each in held} <= {0.0, 0.9, 1.0, 1.1}


def test_signals_of_no_time_are_empty() -> None:
    body = seeded()
    assert body.ecg_uv(np.empty(0)).shape == (0,)
    assert body.acc_g(np.empty(0)).shape == (0, 3)


@pytest.mark.parametrize("placement", ["shin", "thigh", "breastbone"])
def test_phone_feels_gravity_and_where_it_is(placement: Placement) -> None:
    body = seeded("stretch-hold")
    t = np.arange(0, 60, 0.01)
    gravity = body.gravity(placement, t)
    np.testing.assert_allclose(np.linalg.norm(gravity, axis=1), 9.80665)
    assert np.abs(body.motion(placement, t[:290]).acc - gravity[:290]).max() < (
        0.1 if placement == "breastbone" else 1e-6
    )
    tilt = body.tilt_deg(placement, t)
    between = np.degrees(np.arccos(np.clip(gravity @ gravity[0] / 9.80665**2, -1, 1)))
    np.testing.assert_allclose(tilt, between, atol=1e-4)
    assert (tilt.max() > 40) == (placement != "breastbone")


def test_breastbone_feels_lungs_and_heart() -> None:
    body = SeededBody(BodySpec(pose=(Pose(sway_deg=0.0, segment="trunk"),)), 1)
    t = np.arange(0, 60, 0.01)
    tilt = body.tilt_deg("breastbone", t)
    assert 0.3 < tilt.max() < 0.7
    volume = np.array([body.truth(float(each)).volume for each in t[::50]], float)
    np.testing.assert_allclose(tilt[::50], 0.4 * volume, atol=1e-6)
    beat = body.beats(60)[3]
    after = np.abs(
        body.motion("breastbone", np.arange(beat + 0.09, beat + 0.2, 0.005)).acc
        - body.gravity("breastbone", np.array([beat]))
    )
    assert 0.03 < after.max() < 0.1
    assert np.abs(body.motion("shin", t).acc - body.gravity("shin", t)).max() < 0.05


def test_taps_are_felt_by_strap_and_phone_at_once_and_change_nothing_else() -> None:
    quiet, tapped = SeededBody(BodySpec(), 1), SeededBody(BodySpec(tap=(Tap(at_s=4.0),)), 1)
    t = np.arange(0, 10, 0.005)
    strap = np.linalg.norm(tapped.acc_g(t) - quiet.acc_g(t), axis=1)
    phone = np.linalg.norm(tapped.motion("shin", t).acc - quiet.motion("shin", t).acc, axis=1)
    np.testing.assert_allclose(9.80665 * strap, phone, atol=1e-9)
    assert strap.max() > 2
    assert t[strap > 0.5].min() == pytest.approx(4.0, abs=0.01)
    assert t[strap > 0.5].max() == pytest.approx(5.0, abs=0.06)
    np.testing.assert_array_equal(quiet.motion("shin", t).gyr, tapped.motion("shin", t).gyr)


def test_a_trunk_that_bends_takes_the_strap_along() -> None:
    bent = SeededBody(BodySpec(pose=(Pose(seconds=5, segment="trunk"), Pose(angle_deg=40, segment="trunk"))), 1)
    before, after = bent.acc_g(np.arange(0, 3, 0.01)).mean(axis=0), bent.acc_g(np.arange(12, 15, 0.01)).mean(axis=0)
    turned = np.degrees(np.arccos(before @ after / np.linalg.norm(before) / np.linalg.norm(after)))
    assert turned == pytest.approx(40, abs=4)
    assert bent.tilt_deg("breastbone", np.array([13.0]))[0] == pytest.approx(40, abs=2)


def test_a_held_breath_stops_the_chest_and_truth_says_when() -> None:
    body = seeded("breath-held")
    holds = body.holds(300)
    assert [end - start for start, end in holds] == pytest.approx([20, 20, 20])
    for start, end in holds[:2]:
        assert body.truth(start - 0.1).holding is body.truth(end + 0.1).holding is False
        assert body.truth(start + 0.1).holding is body.truth(end - 0.1).holding is True
        held, breathing = (body.acc_g(np.arange(at, at + 20, 0.005))[:, 2] for at in (start, start - 30))
        level = [np.convolve(z, np.ones(200) / 200, "valid") for z in (held, breathing)]
        assert 2.5 * np.ptp(level[0]) < np.ptp(level[1])  # it sways, and that is all


def test_breaths_are_where_the_truth_has_its_phases() -> None:
    body = seeded("paced-late")
    breaths = body.breaths(120)
    for breath in breaths[1:]:
        inhale, exhale = body.truth(breath.inhale_s + 1e-6), body.truth(breath.exhale_s)
        assert inhale.phase_rad == pytest.approx(0, abs=1e-4)
        assert exhale.phase_rad == pytest.approx(math.pi, abs=1e-4)
    assert breaths[-1].end_s > 110


def test_a_change_of_posture_turns_the_breath_in_the_strap_around() -> None:
    body = seeded("posture-change")

    def per_breath(start_s: float) -> float:
        t = np.arange(start_s, start_s + 60, 0.1)
        turned = np.unwrap(np.arctan2(*body.acc_g(t)[:, [0, 2]].T))
        volume = np.array([body.truth(float(each)).volume for each in t])
        return float(np.polyfit(volume, turned, 1)[0])

    sitting, leaning = per_breath(10), per_breath(110)
    assert leaning / sitting == pytest.approx(-0.8, abs=0.15)


def test_a_phone_on_the_breastbone_feels_the_posture_in_the_breath_too() -> None:
    body = seeded("posture-change")
    before, after = (np.arange(at, at + 60, 0.2) for at in (10.0, 110.0))
    slopes = []
    for t in (before, after):
        volume = np.array([body.truth(float(each)).volume for each in t])
        slopes.append(float(np.polyfit(volume, body.motion("breastbone", t).acc[:, 2], 1)[0]))
    assert slopes[0] * slopes[1] < 0
