from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.estimators.hearts import Heart, from_intervals, person
from tidehold.estimators.rr_cleaning import Beat, Flag, RrCleaner, _Changes
from tidehold.records import HostNs
from tidehold.units import NS

PERSON = person(14, 120, seed=1)
PLACES = (12, 40, 41, 77, 100)


def cleaned(heart: Heart, cleaner: RrCleaner | None = None) -> list[Beat]:
    cleaner = cleaner or RrCleaner()
    return [
        beat
        for t, rr_s in zip(heart.times.tolist(), heart.rr_s.tolist(), strict=True)
        for beat in cleaner.push(HostNs(t), rr_s)
    ]


def flags(beats: list[Beat]) -> Counter[Flag]:
    return Counter(beat.flag for beat in beats)


def spoiled(place: int, *intervals: float, replaced: int) -> Heart:
    """The person with `replaced` intervals from `place` on put in other words."""
    rr = PERSON.rr_s.tolist()
    rr[place : place + replaced] = intervals
    return from_intervals(rr)


def test_sinus_rhythm_passes_as_it_is_and_most_of_it_at_once() -> None:
    cleaner, at_once = RrCleaner(), 0
    beats: list[Beat] = []
    for t, rr_s in zip(PERSON.times.tolist(), PERSON.rr_s.tolist(), strict=True):
        beats += cleaner.push(HostNs(t), rr_s)
        at_once += len(beats) > 0 and beats[-1].t == t
    n = len(beats)
    assert n >= len(PERSON.rr_s) - 1
    assert at_once > 0.85 * len(PERSON.rr_s)
    assert beats == [
        Beat(HostNs(t), rr_s, 1, Flag.CLEAN, follows=i > 0)
        for i, (t, rr_s) in enumerate(zip(PERSON.times.tolist()[:n], PERSON.rr_s.tolist()[:n], strict=True))
    ]


@pytest.mark.parametrize("early", [0.2, 0.3, 0.4])
def test_a_premature_beat_within_the_usual_changes_of_strong_rsa_is_found(early: float) -> None:
    """Swings of 250 ms: as such, the premature interval is no unusual change."""
    rr = person(10, 120, seed=2, rsa_s=0.125).rr_s
    found = 0
    places = range(30, 120, 7)
    for place in places:
        spoilt = rr.copy()
        spoilt[place : place + 2] += np.array([-early, early]) * rr[place]
        beats = cleaned(from_intervals(spoilt))
        found += any(beat.flag is Flag.ECTOPIC for beat in beats)
    assert flags(cleaned(from_intervals(rr)))[Flag.CLEAN] >= 0.98 * len(rr)
    assert found >= 0.8 * len(places)


@pytest.mark.parametrize("nothing", [float("nan"), float("inf"), -float("inf")])
def test_an_interval_that_is_no_number_breaks_the_series(nothing: float) -> None:
    rr = PERSON.rr_s.tolist()
    cleaner = RrCleaner()
    before = cleaned(from_intervals(rr[:50]), cleaner)
    (stray,) = cleaner.push(HostNs(100 * NS), nothing)
    assert (stray.rr_s, stray.flag) == (0.0, Flag.STRAY)
    after = cleaned(from_intervals(rr[50:], 101), cleaner)
    assert not after[0].follows
    assert {beat.flag for beat in (*before, *after)} == {Flag.CLEAN}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("count", [2, 3])
def test_missed_beats_are_shares_of_the_long_interval(place: int, count: int) -> None:
    whole = float(PERSON.rr_s[place : place + count].sum())
    heart = spoiled(place, whole, replaced=count)
    beats = cleaned(heart)
    assert flags(beats)[Flag.MISSED] == 1
    assert sum(flags(beats).values()) == len(heart.rr_s)
    assert beats[place] == Beat(HostNs(int(heart.times[place])), whole / count, count, Flag.MISSED, follows=False)
    assert [beat.follows for beat in beats[place : place + 3]] == [False, False, True]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("share", [0.3, 0.5, 0.6])
def test_an_extra_beat_is_taken_out(place: int, share: float) -> None:
    whole = float(PERSON.rr_s[place])
    beats = cleaned(spoiled(place, whole * share, whole * (1 - share), replaced=1))
    assert flags(beats) == {Flag.EXTRA: 1, Flag.CLEAN: len(PERSON.rr_s) - 1}
    assert beats[place].rr_s == pytest.approx(whole)
    assert beats[place].beats == 1
    assert [beat.follows for beat in beats[place : place + 3]] == [False, False, True]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("early_s", [0.3, 0.4, -0.3])
def test_an_ectopic_beat_and_its_pause_are_one(place: int, early_s: float) -> None:
    first, second = PERSON.rr_s[place : place + 2].tolist()
    beats = cleaned(spoiled(place, first - early_s, second + early_s, replaced=2))
    assert flags(beats) == {Flag.ECTOPIC: 1, Flag.CLEAN: len(PERSON.rr_s) - 2}
    assert beats[place].beats == 2
    assert beats[place].rr_s == pytest.approx((first + second) / 2)


def test_a_premature_beat_without_a_pause_is_stray() -> None:
    beats = cleaned(spoiled(40, 0.45, replaced=1))
    assert flags(beats) == {Flag.STRAY: 1, Flag.CLEAN: len(PERSON.rr_s) - 1}
    assert beats[40].rr_s == 0.45


@pytest.mark.parametrize("rise_s", [1.0, 2.0, 5.0], ids=lambda s: f"rises in {s:g} s")
def test_the_swing_of_six_breaths_a_minute_is_physiology(rise_s: float) -> None:
    """560 to 1180 ms within a breath, as fast as one second up: at least 97 % of the beats are kept as they are."""
    rr, t = [], 0.0
    while t < 240:
        place = t % 10
        up = place / rise_s if place < rise_s else (10 - place) / (10 - rise_s)
        rr.append(0.560 + 0.620 * (1 - np.cos(np.pi * up)) / 2)
        t += rr[-1]
    kept = flags(cleaned(from_intervals(rr)))[Flag.CLEAN]
    assert kept >= 0.97 * len(rr)


@pytest.mark.parametrize("level_s", [0.42, 0.62, 1.3, 1.9])
def test_a_change_of_level_is_followed(level_s: float) -> None:
    changed = np.concatenate((PERSON.rr_s[:60], PERSON.rr_s[60:] - PERSON.rr_s[60:].mean() + level_s))
    beats = cleaned(from_intervals(changed))
    assert all(beat.flag is Flag.CLEAN for beat in beats[-60:])


@pytest.mark.parametrize("first_s", [0.1, 3.0])
def test_an_implausible_beginning_is_no_level(first_s: float) -> None:
    beats = cleaned(from_intervals([first_s, *PERSON.rr_s.tolist()]))
    assert [beat.flag for beat in beats[:3]] == [Flag.STRAY, Flag.CLEAN, Flag.CLEAN]
    assert [beat.follows for beat in beats[:3]] == [False, False, True]


def test_two_artefacts_in_a_row_leave_the_rest_alone() -> None:
    whole = float(PERSON.rr_s[50:52].sum())
    beats = cleaned(spoiled(50, whole, whole, replaced=4))
    assert flags(beats) == {Flag.MISSED: 2, Flag.CLEAN: len(PERSON.rr_s) - 4}


def test_a_reset_breaks_the_series_and_lets_go_of_a_beat_in_doubt() -> None:
    cleaner = RrCleaner()
    cleaned(PERSON, cleaner)
    assert cleaner.push(HostNs(200 * NS), 1.7) == []
    cleaner.reset()
    assert cleaner.push(HostNs(230 * NS), 0.8) == [Beat(HostNs(230 * NS), 0.8, 1, Flag.CLEAN, follows=False)]
    assert cleaner.push(HostNs(231 * NS), 0.82)[0].follows


def test_many_artefacts_are_found_and_few_beats_are_called_one() -> None:
    """One in ten beats spoiled, a third each missed, extra and premature, in five people."""
    found = wrong = spoilt = sound = 0
    for seed in range(5):
        rr, put = person(15, 300, seed=seed).rr_s.tolist(), []
        dice = np.random.default_rng(seed)
        i = 0
        while i < len(rr) - 12:
            start = i + int(dice.integers(4, 10))
            put += [(value, False) for value in rr[i:start]]
            a, b = rr[start : start + 2]
            kind = dice.integers(3)
            put += [
                [(a + b, True)],
                [(a * 0.4, True), (a * 0.6, True), (b, False)],
                [(a * 0.65, True), (b + a * 0.35, True)],
            ][kind]
            i = start + 2
        beats = cleaned(from_intervals([value for value, _ in put]))
        ends = from_intervals([value for value, _ in put]).times.tolist()
        flagged = {beat.t for beat in beats if beat.flag is not Flag.CLEAN}
        clean = {beat.t for beat in beats if beat.flag is Flag.CLEAN}
        found += sum(t not in clean for t, (_, bad) in zip(ends, put, strict=True) if bad)
        wrong += sum(t in flagged for t, (_, bad) in zip(ends, put, strict=True) if not bad)
        spoilt += sum(bad for _, bad in put)
        sound += sum(not bad for _, bad in put)
    assert found >= 0.97 * spoilt
    assert wrong <= 0.01 * sound


INTERVALS = st.floats(0.001, 64.0) | st.sampled_from((0.2, 0.21, 0.4, 0.5, 0.8, 0.9, 1.6, 2.4, 2.6))


def test_an_implausible_rhythm_is_no_new_level() -> None:
    beats = cleaned(
        from_intervals([*PERSON.rr_s[:50].tolist(), *[0.2] * 12, 0.5, 0.2, 0.2, *PERSON.rr_s[50:].tolist()])
    )
    assert not [beat for beat in beats if beat.flag is Flag.CLEAN and beat.rr_s <= 0.2]
    assert all(beat.flag is Flag.CLEAN for beat in beats[-60:])


@given(st.lists(INTERVALS, max_size=120))
def test_no_interval_is_lost_and_at_most_one_waits(intervals: list[float]) -> None:
    cleaner = RrCleaner()
    put = got = 0.0
    for i, rr_s in enumerate(intervals):
        beats = cleaner.push(HostNs(i), rr_s)
        put += rr_s
        got += sum(beat.rr_s * beat.beats for beat in beats)
        assert put - got == pytest.approx(rr_s, abs=1e-6) or put == pytest.approx(got, abs=1e-6)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=200))
def test_the_quartile_deviation_is_that_of_the_last_91_changes(values: list[float]) -> None:
    changes = _Changes()
    for value in values:
        changes.add(value)
    low, high = np.percentile(values[-91:], [25, 75])
    assert changes.deviation() == pytest.approx((high - low) / 2, abs=1e-12)
    assert len(changes) == min(len(values), 91)
