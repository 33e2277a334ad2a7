"""Beats of a session: as they were sent, and those behind a gap known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exports.told_beats import GAP_AT, GAP_NS, RR_S, told
from tidehold.errors import ConfigError
from tidehold.exports.beats import Beat, beats_of, bridged_s, milliseconds
from tidehold.records import Gap, HostNs
from tidehold.units import NS


def test_beats_are_those_that_were_sent() -> None:
    beats = beats_of(told())
    assert [beat.rr_s for beat in beats] == RR_S.tolist()
    assert all(beat.before is None for beat in beats)
    assert [bridged_s(beat) for beat in beats] == RR_S.tolist()


def test_the_beat_behind_a_gap_knows_the_one_before() -> None:
    beats = beats_of(told(gap=True))
    assert [i for i, beat in enumerate(beats) if beat.before is not None] == [GAP_AT]
    assert beats[GAP_AT].before == beats[GAP_AT - 1].t
    assert bridged_s(beats[GAP_AT]) == pytest.approx(GAP_NS / NS + RR_S[GAP_AT], abs=2e-9)
    assert beats[GAP_AT].rr_s == RR_S[GAP_AT]


def test_a_gap_that_nothing_is_missing_in_is_one() -> None:
    session = told()
    at = HostNs(beats_of(session)[7].t)
    session.gaps.append(Gap(at, "strap/rr", at, at, None, "beats placed anew by arrival"))
    assert [i for i, beat in enumerate(beats_of(session)) if beat.before is not None] == [8]


def test_a_session_without_beats_says_so() -> None:
    with pytest.raises(ConfigError, match=r"s\.mcap has no RR intervals of a strap"):
        beats_of(told(empty=True))


@given(st.integers(1, 65_535))
def test_every_tick_is_written_exactly(tick: int) -> None:
    text = milliseconds(tick / 1024)
    assert float(text) / 1000 == tick / 1024
    assert float(text) * 1024 == tick * 1000
    assert len(text.partition(".")[2]) <= 7


def test_no_digit_is_written_that_says_nothing() -> None:
    assert [milliseconds(each) for each in (0.8125, 1.0, 851 / 1024)] == ["812.5", "1000", "831.0546875"]
    assert bridged_s(Beat(5 * NS, 0.8, before=3 * NS)) == 2.0
