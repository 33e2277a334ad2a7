"""Each change of the pacer has its tone within 50 ms, in a file that is listened to; nothing twice, nothing stale."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.sound.listening import (
    BORN_S,
    guided,
    hear,
    moments_s,
    ns,
    onsets_s,
    paced,
    recorded,
    samples,
    session,
    status,
    write_wav,
)
from tidehold.records import HostNs, Pacing, Pattern
from tidehold.sound.orders import Play, write
from tidehold.sound.score import AHEAD_S, Score, transitions
from tidehold.units import NS

WITHIN_S = 0.05
SURE_S = 1.0
"""By then the hearer's clock is known."""


def ramp(seconds: float) -> list[Pacing]:
    """From 12 to 6 breaths a minute: each breath is a little longer than the one before, and begins at its end."""
    asked, since_s = [], 0.1
    while since_s < seconds:
        length_s = 5 + 5 * since_s / seconds
        asked.append(Pacing(ns(since_s), Pattern(0.4 * length_s, 0, 0.6 * length_s, 0)))
        since_s += length_s
    return asked


@pytest.mark.parametrize("pattern", ["4/6", "4/2/6/0", "2.9/0.3/3.7/1.1"])
def test_in_three_minutes_each_change_has_its_tone_in_time(pattern: str, tmp_path: Path) -> None:
    pacing = paced(pattern, 0.3)
    write_wav(tmp_path / "x.wav", session(180, lambda _: {"pacing": pacing}), 180)
    due = moments_s(pacing, SURE_S, 179)
    found = onsets_s(samples(tmp_path / "x.wav"))
    found = found[(found > SURE_S - WITHIN_S) & (found < 179 + WITHIN_S)]
    assert len(found) == len(due) >= 35
    assert np.abs(found - due).max() < WITHIN_S


def test_in_a_ramp_each_change_has_its_tone_in_time(tmp_path: Path) -> None:
    asked = ramp(180)

    def at(t_s: float) -> dict[str, Any]:
        return {"pacing": next(each for each in reversed(asked) if each.since <= ns(max(t_s, 0.1)))}

    write_wav(tmp_path / "x.wav", session(180, at), 180)
    due = [
        t
        for each, then in pairwise(asked)
        for t in moments_s(each, each.since / NS, then.since / NS - 0.01)
        if SURE_S < t < 170
    ]
    found = onsets_s(samples(tmp_path / "x.wav"))
    found = found[(found > SURE_S) & (found < due[-1] + WITHIN_S)]
    assert len(found) == len(due) > 40
    assert np.abs(found - due).max() < WITHIN_S


def test_a_pattern_that_takes_over_at_a_tick_does_not_say_the_same_again() -> None:
    first, then = paced("2/2.9"), paced("2/3", 5.0)  # the breath ended at 4.9 s, and the tick after it was at 5 s
    heard = hear(session(9, lambda t_s: {"pacing": first if t_s < 5 else then}))
    assert heard.named("in") == [pytest.approx(4.9, abs=WITHIN_S)]
    assert heard.named("out") == [pytest.approx(at_s, abs=WITHIN_S) for at_s in (2.0, 7.0)]


def test_a_pacer_that_is_turned_on_is_heard_from_its_first_breath() -> None:
    heard = hear(session(12, lambda t_s: {"pacing": paced("2/3", 5.0) if t_s >= 5 else None}))
    assert heard.named("in")[0] == pytest.approx(5.0, abs=0.25)  # this status may be late, as the others
    assert heard.named("out")[0] == pytest.approx(7.0, abs=WITHIN_S)


def test_a_pacer_that_is_turned_off_is_not_heard_any_more() -> None:
    heard = hear(session(12, lambda t_s: {"pacing": paced("2/3") if t_s < 6.5 else None}))
    assert [round(at_s) for _, at_s in heard.tones] == [2, 5]  # the out of 7 s was ordered, and called back


def test_another_pattern_in_mid_breath_begins_with_an_inhalation() -> None:
    heard = hear(session(12, lambda t_s: {"pacing": paced("4/6") if t_s < 5.5 else paced("2/3", 5.5)}))
    assert [kind for kind, _ in heard.tones] == ["out", "in", "out", "in", "out"]
    at_s = [at_s for _, at_s in heard.tones]
    assert at_s[1] == pytest.approx(5.5, abs=0.25)  # as late as its status
    assert [at_s[0], *at_s[2:]] == pytest.approx([4.0, 7.5, 10.5, 12.5], abs=WITHIN_S)


def test_who_comes_late_hears_what_is_still_to_come() -> None:
    told = [each for each in session(130, lambda _: {"pacing": paced("4/6")}) if each[0].snapshot.t > 121 * NS]
    assert [(kind, round(at_s)) for kind, at_s in hear(told).tones] == [("out", 124), ("in", 130)]


@pytest.mark.parametrize("to_s", [10.1, 300.1])
def test_a_seek_calls_back_what_was_ordered_and_goes_on_where_it_is(to_s: float) -> None:
    pacing = paced("4/6")
    score = Score()
    before = [score.hear(status(3.1 + k / 4, pacing=pacing), BORN_S + k / 4) for k in range(3)]
    assert any(isinstance(order, Play) for order in before[-1])  # the out at 4 s
    assert [type(order).__name__ for order in score.hear(status(to_s, pacing=pacing), BORN_S + 0.8)] == ["Forget"]
    told = [(status(to_s + k / 4, pacing=pacing), BORN_S + 0.8 + k / 4) for k in range(1, 20)]
    after = [order for each, now_s in told for order in score.hear(each, now_s)]
    assert [order.kind for order in after if isinstance(order, Play)] == ["out"]


@pytest.mark.parametrize("speed", [0.0, 0.5, 2.0])
def test_a_replay_that_is_not_at_its_own_pace_is_silent(speed: float) -> None:
    def at(t_s: float) -> dict[str, Any]:
        return {"pacing": paced("2/3"), "guide": guided(at=int(t_s // 10)), "recording": recorded(speed)}

    heard = hear(session(25, at))
    assert (heard.tones, heard.words) == ([], [])


def test_a_replay_at_its_own_pace_is_heard_and_again_after_a_pause() -> None:
    def at(t_s: float) -> dict[str, Any]:
        return {"pacing": paced("2/3"), "recording": recorded(0.0 if 6.2 < t_s < 8.2 else 1.0)}

    told = [(each, now_s) for each, now_s in session(16, at)]
    assert [(kind, round(at_s)) for kind, at_s in hear(told).tones] == [
        ("out", 2), ("in", 5), ("in", 10), ("out", 12), ("in", 15),
    ]  # fmt: skip


def test_a_status_that_is_told_ten_times_a_second_is_heard_once() -> None:
    told = [
        (status(int(4 * k / 10) / 4, pacing=paced("2/3"), recording=recorded(1.0)), BORN_S + k / 10) for k in range(120)
    ]
    heard = hear(told)
    assert [kind for kind, _ in heard.tones] == ["out", "in", "out", "in", "out"]
    assert [at_s for _, at_s in heard.tones] == pytest.approx([2, 5, 7, 10, 12], abs=0.1)


def test_a_recorder_that_says_nothing_any_more_falls_silent() -> None:
    told = [each for each in session(60, lambda _: {"pacing": paced("2/3")}) if not 11 < each[0].snapshot.t / NS < 41]
    at_s = [at_s for _, at_s in hear(told).tones]
    assert not [each for each in at_s if 11 + AHEAD_S < each < 40.9]
    assert [round(each) for each in at_s if each > 40.9] == [42, 45, 47, 50, 52, 55, 57, 60]


def test_a_routine_that_pauses_pauses_the_pacers_tones() -> None:
    def at(t_s: float) -> dict[str, Any]:
        return {"pacing": paced("2/3"), "guide": guided(state="paused" if 6.1 < t_s < 9.1 else "running")}

    heard = hear(session(13, at))
    assert [round(at_s) for at_s in heard.named("out") + heard.named("in")] == [2, 12, 5, 10]
    assert heard.words[0] == "paused"


def test_what_changed_long_ago_is_not_told() -> None:
    late = [(status(k / 4, guide=guided()), BORN_S + k / 4) for k in range(8)]
    late.append((status(2, guide=guided(at=1)), BORN_S + 2.99))
    assert hear(late).words == ["half kneeling, left"]
    stalled = [*late[:8], (status(2.0, guide=guided(at=1)), BORN_S + 3.5)]
    assert hear(stalled).words == []


def test_tones_at_the_same_moment_follow_each_other() -> None:
    told = [
        (status(k / 4, guide=guided(at=int(k > 8), part="press" if k > 8 else "")), BORN_S + k / 4) for k in range(12)
    ]
    heard = hear(told)
    assert [(kind, round(at_s, 2)) for kind, at_s in heard.tones] == [("step", 2.25), ("press", 2.6)]


def test_transitions_of_a_pattern_without_pauses_have_none() -> None:
    assert list(transitions(paced("4/6", 1.0), ns(0.5), ns(12))) == [
        ("inhale", ns(1)),
        ("exhale", ns(5)),
        ("inhale", ns(11)),
    ]
    assert not list(transitions(paced("4/6", 20.0), ns(0), ns(19)))


@pytest.mark.parametrize(("guide", "tones"), [(None, ["done"]), (guided(state="done"), [])])
def test_the_end_of_the_session_is_heard_once_where_no_routine_has_said_so(guide: Any, tones: list[str]) -> None:
    def at(t_s: float) -> dict[str, Any]:
        state = "finished" if t_s > 1 else "recording"
        return {"guide": guide, "pacing": paced("1/1"), "recording": recorded(state=state)}

    assert [kind for kind, at_s in hear(session(4, at)).tones if at_s > 1.2] == tones


def test_nothing_that_is_told_is_too_weird() -> None:
    nan, huge = float("nan"), 2**62
    pacings = [
        Pacing(ns(-5), Pattern(1e-12, 0, 1e-12, 0)),
        Pacing(HostNs(huge), Pattern()),
        Pacing(HostNs(-huge), Pattern(1e9, 1e9, 1e9, 0)),
    ]
    guides = [guided(at=-9), guided(at=99), guided(bars=(), into_s=nan, prompt="\0" * 5000, part="x" * 5000)]
    score = Score()
    for k, (pacing, guide) in enumerate([(pacing, guide) for pacing in pacings for guide in guides]):
        for t_s in (k, k + 0.25, k + 0.5, k + 0.75, -k):
            told = status(t_s, pacing=pacing, guide=guide)
            for order in score.hear(told, BORN_S + k):
                assert len(write(order)) < 4096


@pytest.mark.parametrize("speed", [float("nan"), float("inf"), -1.0])
def test_a_speed_that_is_none_is_silent(speed: float) -> None:
    assert not Score().hear(status(1.0, pacing=paced("4/6"), recording=recorded(speed)), BORN_S)
