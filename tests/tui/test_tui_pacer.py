import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui import statuses
from tidehold.records import Estimate, HostNs, Pattern
from tidehold.tui.lines import plain
from tidehold.tui.news import News
from tidehold.tui.pacer import (
    CALM,
    LEAST_QUALITY,
    Own,
    following_lines,
    own_breath,
    pacer_lines,
    phase,
    rows_below,
    words_of,
)
from tidehold.units import NS

BOX = Pattern(4, 4, 4, 4)
T = 605.2
WELL = News(statuses.status(T))


@pytest.mark.parametrize(
    ("t_s", "word", "left_s", "fullness"),
    [(0, "in", 4, 0), (2, "in", 2, 0.5), (4, "out", 6, 1), (7, "out", 3, 0.5), (10, "in", 4, 0)],
)
def test_calm_breath_is_4_s_in_and_6_s_out(t_s: float, word: str, left_s: float, fullness: float) -> None:
    now = phase(CALM, t_s)
    assert now.word == word
    assert now[1:] == pytest.approx((left_s, fullness))


@pytest.mark.parametrize(("t_s", "word", "fullness"), [(5, "hold", 1), (9, "out", None), (13, "hold", 0)])
def test_breath_may_be_held(t_s: float, word: str, fullness: float | None) -> None:
    now = phase(BOX, t_s)
    assert now.word == word
    assert fullness is None or now.fullness == fullness


@given(
    st.tuples(st.floats(0.5, 60), st.floats(0, 60), st.floats(0.5, 60), st.floats(0, 60)), st.floats(0, 250, width=32)
)
def test_shape_is_always_between_empty_and_full(seconds: tuple[float, float, float, float], t_s: float) -> None:
    now = phase(Pattern(*seconds), t_s)
    assert 0 <= now.fullness <= 1
    assert 0 < now.left_s <= max(seconds)


def test_shape_moves_smoothly() -> None:
    fullness = [phase(CALM, k / 10).fullness for k in range(101)]
    assert max(abs(b - a) for a, b in pairwise(fullness)) < 0.05


def test_pacer_and_person_have_discs_of_one_size_with_their_words_beside() -> None:
    lines = pacer_lines(phase(CALM, 1.2), own_breath(WELL, T), 40, 6)
    assert len(lines) == 6
    shown = plain(lines).splitlines()
    assert "pacer" in shown[2]
    assert "you" in shown[2]
    assert "in    3 s" in shown[3]
    assert shown[3].endswith("out")
    assert all(len(row) <= 40 for row in shown)
    theirs, mine = (plain(pacer_lines(phase(CALM, s), Own(phase(CALM, s)), 40, 6)) for s in (1.2, 4.0))
    assert mine.count("⣿") > theirs.count("⣿")
    row = plain(pacer_lines(phase(CALM, 4.0), Own(phase(CALM, 4.0)), 40, 6)).splitlines()[0]
    assert row.split() == [row.split()[0]] * 2


def test_person_of_whom_nothing_is_known_has_an_empty_ring_and_a_question_mark() -> None:
    lines = pacer_lines(phase(CALM, 4.0), Own(None, "moving"), 40, 6)
    assert plain(lines).splitlines()[3].endswith("?")
    assert [part.tone for part in lines[2]][2] == "dim"
    assert "hold" in plain(pacer_lines(phase(CALM, 4.0), Own(None, "breath held", is_held=True), 40, 6))


def test_large_box_has_discs_in_its_middle_that_are_not_too_large() -> None:
    lines = pacer_lines(phase(CALM, 4.0), own_breath(WELL, T), 90, 20)
    assert [bool(plain([each]).strip()) for each in lines] == [False] * 4 + [True] * 12 + [False] * 4


@pytest.mark.parametrize(("width", "height"), [(40, 2), (10, 9), (40, 1), (0, 0)])
def test_box_without_room_for_discs_has_bars_one_above_the_other(width: int, height: int) -> None:
    lines = pacer_lines(phase(CALM, 4.0), own_breath(WELL, T), width, height)
    assert "out" in plain(lines)
    assert "you out" in plain(lines)
    assert len(lines) == min(max(height, 1), 3)
    assert "you ?" in plain(pacer_lines(phase(CALM, 4.0), Own(None), width, height))


@pytest.mark.parametrize(("height", "below"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 2), (12, 4), (20, 4)])
def test_rows_below_leave_the_discs_their_room(height: int, below: int) -> None:
    assert rows_below(height) == below


def test_own_breath_goes_on_from_the_last_status_at_its_rate() -> None:
    status = statuses.estimated(
        statuses.status(600), breathing__phase_rad=0.0, breathing__rate_bpm=6.0, breathing__inhale_share=0.4
    )
    for later_s in (0.0, 0.5, 2.0, 4.0, 7.0, 9.9, 10.0):
        own = own_breath(News(status), 600 + later_s).phase
        assert own is not None
        expected = phase(CALM, later_s % 10)
        assert own.fullness == pytest.approx(expected.fullness, abs=1e-6)
        assert own.word == expected.word


def test_inhalation_takes_as_long_as_it_was_seen_to_or_else_two_fifths() -> None:
    status = statuses.estimated(statuses.status(600), breathing__phase_rad=math.pi, breathing__inhale_share=0.6)
    own = own_breath(News(status), 600).phase
    assert own is not None
    assert own.word == "in"
    unseen = statuses.unknown(status, breathing__inhale_share="not available from RR")
    own = own_breath(News(unseen), 600).phase
    assert own is not None
    assert own.word == "out"


def test_phase_that_is_unknown_or_not_sure_is_not_drawn() -> None:
    status = statuses.unknown(statuses.status(600), breathing__phase_rad="moving: 35 mg above 1 Hz")
    assert own_breath(News(status), 600) == Own(None, "moving: 35 mg above 1 Hz")
    doubtful = Estimate(HostNs(600 * NS), "breathing/phase_rad", 1.0, LEAST_QUALITY - 0.05)
    status = statuses.snapped(status, estimates=status.snapshot.estimates | {"breathing/phase_rad": doubtful})
    assert own_breath(News(status), 600) == Own(None, "the phase is not sure: 20 %")
    assert own_breath(News(statuses.status(600), 4.0), 604).why == "last news 4.0 s ago"
    assert own_breath(News(), 0).phase is None
    held = statuses.unknown(
        statuses.estimated(statuses.status(T), breathing__held_s=5.0), breathing__phase_rad="breath held"
    )
    assert own_breath(News(held), T).word == "hold"


def test_following_has_score_lock_lag_timing_and_coverage() -> None:
    lines = plain(following_lines(WELL, own_breath(WELL, T), 34)).splitlines()
    assert lines == ["score 84  PLV 0.91  0.4 s behind", "timing 0.5 s  phase known 92 %"]


@pytest.mark.parametrize(("lag_s", "text"), [(-0.6, "0.6 s ahead"), (0.04, "in time"), (1.26, "1.3 s behind")])
def test_lag_is_said_in_words(lag_s: float, text: str) -> None:
    news = News(statuses.estimated(statuses.status(600), pacing__lag_s=lag_s))
    assert plain(following_lines(news, own_breath(news, 600), 40)).splitlines()[0].endswith(text)


def test_reason_for_having_no_score_is_told_once_in_lines_that_fit() -> None:
    why = "breathing phase known for 12 s of the last minute: moving: 35 mg above 1 Hz"
    status = statuses.unknown(
        statuses.status(600), pacing__score=why, pacing__plv=why, pacing__lag_s=why, pacing__cue_error_s=why
    )
    news = News(statuses.unknown(status, breathing__phase_rad="moving: 35 mg above 1 Hz"))
    lines = plain(following_lines(news, own_breath(news, 600), 34)).splitlines()
    assert " ".join(lines) == f"no score: {why} phase known 92 %"
    assert all(len(each) <= 34 for each in lines)


def test_reason_for_an_unknown_phase_and_lag_is_told_beside_a_score() -> None:
    status = statuses.unknown(
        statuses.status(600), breathing__phase_rad="breath held", pacing__lag_s="not with the pacer"
    )
    news = News(status)
    lines = plain(following_lines(news, own_breath(news, 600), 40)).splitlines()
    assert lines[:3] == ["score 84  PLV 0.91", "you: breath held", "not with the pacer"]


def test_shape_is_drawn_once_for_each_size() -> None:
    first = pacer_lines(phase(CALM, 1.2), Own(None), 40, 6)
    again = pacer_lines(phase(CALM, 11.2 % 10), Own(None), 40, 6)
    assert first == again
    assert all(a[0].text is b[0].text for a, b in zip(first, again, strict=True))


def test_pattern_is_said_in_words() -> None:
    assert words_of(CALM) == "4 s in, 6 s out"
    assert words_of(BOX) == "4 s in, 4 s hold, 4 s out, 4 s hold"
