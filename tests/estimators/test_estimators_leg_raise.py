from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike

from tests.estimators.holds import moment
from tests.estimators.limbs import Angle, Limb, Series, limb, raised, still, waved
from tests.estimators.moves import moments, mounted
from tests.estimators.test_estimators_movement_plane import RAISE, seen, slant
from tidehold.estimators.imu_grid import CELL_NS
from tidehold.estimators.leg_raise import LegRaise, LegRaised
from tidehold.estimators.posture import Moment
from tidehold.records import HostNs, Values
from tidehold.units import NS

TOPS = (58.0, 66.5, 63.0)
SLANTS = (3, 11, 24, 37, 58)
"""Seeds of five ways in which a phone may be put on."""


def raises(
    tops: tuple[float, ...], up_s: float = 3.0, top_s: float = 1.5, seed: int = 1, rest_deg: float = 0.0
) -> Angle:
    """A leg that lies for 4 s and is raised to each of these; it sways by 0.2 deg, and comes back to `rest_deg`."""
    dice = np.random.default_rng(seed)
    hertz, phase = dice.uniform(0.1, 0.6, 4), dice.uniform(0, 6, 4)
    knots, t, level = [], 4.0, 0.0
    for top in tops:
        for step, hold_s in ((top - level, top_s), (rest_deg - top, 4.0)):
            knots.append((t, step))
            t += up_s + hold_s
        level = rest_deg

    def angle(seconds: Values) -> Values:
        total = 0.14 * np.sin(2 * np.pi * np.outer(seconds, hertz) + phase).sum(axis=1)
        for start, step in knots:
            x = np.clip((seconds - start) / up_s, 0, 1)
            total = total + step * x**3 * (10 - 15 * x + 6 * x * x)
        return np.asarray(total)

    return angle


def length_s(tops: tuple[float, ...], up_s: float = 3.0, top_s: float = 1.5) -> float:
    return 4.0 + len(tops) * (2 * up_s + top_s + 4.0)


def measured(leg: Limb, *, gyroscope: bool = True) -> LegRaised:
    test = LegRaise("left")
    test.add(moments(leg), gyroscope=gyroscope)
    return test.found()


def lain(
    tops: tuple[float, ...] = TOPS,
    put_on: int = SLANTS[0],
    up_s: float = 3.0,
    top_s: float = 1.5,
    rest_deg: float = 0.0,
    axis: ArrayLike = (1.0, 0.0, 0.0),
    then: Angle = still,
) -> Limb:
    angle = raises(tops, up_s, top_s, rest_deg=rest_deg)
    leg = limb(lambda t: angle(t) + then(t), length_s(tops, up_s, top_s), axis=axis, bias_deg_s=(0.3, -0.2, 0.1))
    return mounted(leg, slant(put_on))


@pytest.mark.parametrize("put_on", SLANTS)
@pytest.mark.parametrize("tops", [TOPS, (38.0, 41.0, 40.0), (88.0, 95.0, 91.0)])
def test_the_best_of_three_is_within_a_degree_however_the_phone_is_put_on(put_on: int, tops: tuple[float, ...]) -> None:
    found = measured(lain(tops, put_on))
    assert found.angle_deg == pytest.approx(max(tops), abs=1.0)
    assert [attempt.angle_deg for attempt in found.attempts] == pytest.approx(list(tops), abs=1.0)
    assert found.side == "left"
    assert found.spread_deg == pytest.approx(max(tops) - min(tops), abs=1.0)
    assert found.quality == (0.5 if max(tops) - min(tops) > 3.3 else 1.0)
    assert found.why == ""


def test_the_published_error_stands_next_to_the_angle() -> None:
    text = measured(lain()).error_text
    assert "3.3 deg" in text
    assert "10.2 deg" in text


def test_it_guides_from_lying_still_to_the_third_raise() -> None:
    test = LegRaise("right")
    asked: list[str] = []
    for each in moments(lain()):
        if not asked or asked[-1] != test.asks:
            asked.append(test.asks)
        test.add([each])
    assert test.done
    assert test.asks == "done"
    assert asked[0] == "lie flat, leg straight and still, for 2 s"
    counted = [text for text in asked if "of 3" in text]
    assert counted == [f"raise the straight leg slowly ({number} of 3)" for number in (1, 2, 3)]
    found = test.found()
    test.add(moments(lain((80.0,))))
    assert test.found() == found


def test_a_leg_that_never_lay_still_has_no_angle() -> None:
    found = measured(limb(waved(20.0, 0.4), 20.0))
    assert found.angle_deg is None
    assert found.why == "lie flat, leg straight and still, for 2 s"
    assert found.quality == 0


def test_a_twitch_at_the_top_is_not_reached() -> None:
    twitch = raised(8.0, 7.6, 0.15), raised(-8.0, 7.8, 0.15)
    found = measured(lain((60.0,), then=lambda t: np.asarray(twitch[0](t) + twitch[1](t))))
    assert found.angle_deg == pytest.approx(63.0, abs=2.0)


def test_a_leg_that_is_flung_up_does_not_count() -> None:
    found = measured(lain((80.0,), up_s=0.7))
    assert found.angle_deg is None
    assert "swung" in found.why


def test_a_fidget_is_no_attempt() -> None:
    assert measured(lain((12.0, 60.0))).attempts[0].angle_deg == pytest.approx(60, abs=1)


def test_a_phone_that_slipped_is_seen_when_the_leg_lies_again_and_zero_is_asked_for_anew() -> None:
    for rest_deg in (7.0, 14.0):
        test = LegRaise()
        test.add(moments(lain((60.0,), rest_deg=rest_deg)))
        found = test.found()
        assert found.angle_deg is None
        assert "has the phone slipped?" in found.why
        assert len(found.attempts) == 1


def test_after_a_slip_the_next_raise_counts_from_the_new_zero() -> None:
    found = measured(lain((60.0, 60.0), rest_deg=8.0))
    assert [attempt.angle_deg is None for attempt in found.attempts] == [True, False]
    assert found.angle_deg == pytest.approx(52.0, abs=1.0)


def test_a_leg_that_is_led_aside_does_not_count() -> None:
    test = LegRaise()
    straight, aside = moments(lain((60.0,))), moments(lain((60.0,), axis=(0.6, 0.8, 0.0)))
    test.add(straight)
    shift = straight[-1].cell.start + CELL_NS
    test.add([later(moment, shift) for moment in aside])
    assert [attempt.why for attempt in test.found().attempts] == ["", "the leg was led aside"]
    assert test.found().angle_deg == pytest.approx(60, abs=1)
    assert test.found().quality == pytest.approx(1 / 3)


def test_a_raise_that_was_not_heard_throughout_does_not_count() -> None:
    listed = moments(lain((60.0,)))
    broken = LegRaise()
    broken.add([moment for moment in listed if not 5.5 <= moment.cell.start / NS < 8.5])
    assert broken.found().why == "samples are missing"
    bridged = LegRaise()
    bridged.add(
        moment._replace(cell=moment.cell._replace(heard=0.0)) if 6.0 <= moment.cell.start / NS < 7.0 else moment
        for moment in listed
    )
    assert bridged.found().why == "samples are missing"


def test_without_a_gyroscope_the_leg_must_be_held_still_at_the_top() -> None:
    def seen(top_s: float) -> LegRaised:
        leg = lain((60.0,), top_s=top_s)
        alone = Limb(leg.acc, Series(leg.gyr.times[:0], leg.gyr.values[:0]), leg.up_at)
        return measured(alone, gyroscope=False)

    assert seen(4.0).angle_deg == pytest.approx(60, abs=1)
    assert seen(0.0).angle_deg is None
    assert "held still at the top" in seen(0.0).why


def test_a_raise_out_of_any_plane_is_refused() -> None:
    test, mount = LegRaise(), slant(6)
    test.add(moment(number, seen(0, mount)) for number in range(20))
    ups = [seen(min(20, degrees), mount, 1.5 * max(0, degrees - 20)) for degrees in RAISE]
    test.add(moment(20 + number, up, 15.0) for number, up in enumerate([*ups, *ups[::-1]]))
    assert test.found().angle_deg is None
    assert "not in one plane" in test.found().why


def test_how_samples_are_cut_does_not_matter() -> None:
    leg, tests = lain((60.0,)), (LegRaise(), LegRaise())
    tests[0].add(moments(leg))
    for each in moments(leg, every_s=0.2):
        tests[1].add([each])
    assert tests[0].found() == tests[1].found()


def later(moment: Moment, shift: int) -> Moment:
    return moment._replace(cell=moment.cell._replace(start=HostNs(moment.cell.start + shift)))
