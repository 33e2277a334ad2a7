from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.errors import ConfigError
from tidehold.tui.lines import plain
from tidehold.tui.pacer import CALM, Pattern, pacer_lines, pattern_of, phase

BOX = Pattern(4, 4, 4, 4)


@pytest.mark.parametrize(
    ("t_s", "word", "left_s", "fullness"),
    [(0, "in", 4, 0), (2, "in", 2, 0.5), (4, "out", 6, 1), (7, "out", 3, 0.5), (10, "in", 4, 0), (1234.0, "out", 6, 1)],
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
    st.tuples(st.floats(0.5, 60), st.floats(0, 60), st.floats(0.5, 60), st.floats(0, 60)), st.floats(0, 1e5, width=32)
)
def test_shape_is_always_between_empty_and_full(seconds: tuple[float, float, float, float], t_s: float) -> None:
    now = phase(Pattern(*seconds), t_s)
    assert 0 <= now.fullness <= 1
    assert 0 < now.left_s <= max(seconds)


def test_shape_moves_smoothly() -> None:
    fullness = [phase(CALM, k / 10).fullness for k in range(101)]
    assert max(abs(b - a) for a, b in pairwise(fullness)) < 0.05


def test_disc_has_its_words_beside_it() -> None:
    lines = pacer_lines(CALM, 1.2, 40, 7)
    assert len(lines) == 7
    assert "in    3 s" in plain(lines)
    assert plain(lines).count("⣿") > 1
    assert plain(pacer_lines(CALM, 4.0, 40, 7)).count("⣿") > plain(lines).count("⣿")


def test_large_box_has_a_disc_in_its_middle_that_is_not_too_large() -> None:
    lines = pacer_lines(CALM, 4.0, 60, 20)
    assert [bool(plain([each]).strip()) for each in lines] == [False] * 4 + [True] * 12


@pytest.mark.parametrize(("width", "height"), [(40, 2), (10, 9), (40, 1), (0, 0)])
def test_box_without_room_for_a_disc_has_a_bar(width: int, height: int) -> None:
    lines = pacer_lines(CALM, 4.0, width, height)
    assert "out" in plain(lines)
    assert len(lines) == min(max(height, 1), 2)


def test_pattern_is_said_in_words() -> None:
    assert str(CALM) == "4 s in, 6 s out"
    assert str(BOX) == "4 s in, 4 s hold, 4 s out, 4 s hold"


def test_pattern_is_made_of_two_or_four_lengths() -> None:
    assert pattern_of((4, 6)) == CALM
    assert pattern_of((4, 4, 4, 4)) == BOX


@pytest.mark.parametrize("seconds", [(), (4,), (4, 0), (0, 6), (4, -1, 6, 0), (4, 6, 1), (400, 6), (float("nan"), 6)])
def test_pattern_that_is_none_is_said_to_be(seconds: tuple[float, ...]) -> None:
    with pytest.raises(ConfigError, match="pacer: expected seconds"):
        pattern_of(seconds)
