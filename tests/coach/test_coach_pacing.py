import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.coach.pacing import error_s, pattern_of, phase_rad
from tidehold.errors import ConfigError
from tidehold.records import HostNs, Pacing, Pattern
from tidehold.units import NS

START = HostNs(7 * NS + 13)
CALM = Pacing(START, Pattern())


def after(seconds: float) -> HostNs:
    return HostNs(START + round(seconds * NS))


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("4/6", Pattern(4, 0, 6, 0)),
        (" 4 / 6 ", Pattern(4, 0, 6, 0)),
        ("4/2/6/0", Pattern(4, 2, 6, 0)),
        ("4/4/4/4", Pattern(4, 4, 4, 4)),
        ("5.5/5.5", Pattern(5.5, 0, 5.5, 0)),
        ("0.5/0/60/0.25", Pattern(0.5, 0, 60, 0.25)),
    ],
)
def test_pattern_is_seconds_with_slashes(text: str, pattern: Pattern) -> None:
    assert pattern_of(text) == pattern


@pytest.mark.parametrize(
    "text",
    ["", "4", "4/", "4 6", "4/6/2", "4/6/2/1/1", "0/6", "4/0", "4/-1/6/0", "61/6", "nan/6", "1e1/6", "٤/٦", "in"],
)
def test_what_is_no_pattern_is_refused_with_what_is_expected(text: str) -> None:
    with pytest.raises(ConfigError, match=r'pacer: expected seconds as "IN/OUT" or "IN/HOLD/OUT/HOLD"') as refused:
        pattern_of(text)
    assert repr(text) in str(refused.value)


def test_a_long_text_is_not_repeated_whole() -> None:
    with pytest.raises(ConfigError) as refused:
        pattern_of("4/" * 5000)
    assert len(str(refused.value)) < 200


@given(st.tuples(*[st.floats(0.5, 60)] * 4))
def test_a_pattern_is_read_as_it_is_written(lengths: tuple[float, ...]) -> None:
    pattern = Pattern(*(round(each, 2) for each in lengths))
    assert pattern_of(pattern.text) == pattern


def test_phase_is_0_at_the_cue_and_grows_evenly_to_the_next() -> None:
    assert phase_rad(CALM, START) == 0
    assert phase_rad(CALM, after(4)) == pytest.approx(0.4 * 2 * math.pi)  # the inhalation's share of the circle
    assert phase_rad(CALM, after(12345.0)) == pytest.approx(0.5 * 2 * math.pi)
    assert CALM.pattern.rate_bpm == 6


@pytest.mark.parametrize(
    ("seconds", "late"), [(0, 0), (1.25, 1.25), (5, 5), (9, -1), (-0.5, -0.5), (3600.2, 0.2), (3599.9, -0.1)]
)
def test_timing_error_is_from_the_nearest_cue(seconds: float, late: float) -> None:
    assert error_s(CALM, after(seconds)) == pytest.approx(late)
