import pytest

from tests.tui import statuses
from tidehold.records import Pacing, Pattern, Status
from tidehold.tui.breath import breathing_lines, held_breath
from tidehold.tui.lines import plain
from tidehold.tui.news import News
from tidehold.units import NS

WELL = statuses.status(605.2)
BOX = Pattern(4, 4, 4, 4)
FROM_RR = dict.fromkeys(
    ("breathing__inhale_s", "breathing__exhale_s", "breathing__inhale_share"), "not available from RR"
)


def held(t_s: float, seconds: float, pattern: Pattern | None = None) -> News:
    """The breath is held at `t_s`; the pacer began at 600 s."""
    pacing = Pacing(type(WELL.snapshot.t)(600 * NS), pattern) if pattern else None
    status = statuses.estimated(statuses.status(t_s), breathing__held_s=seconds)
    return News(statuses.snapped(status, pacing=pacing))


def only(status: Status, *channels: str) -> Status:
    """The same with these channels alone."""
    kept = {
        name: each
        for name, each in status.snapshot.estimates.items()
        if not name.endswith("_evidence") or name.removesuffix("_evidence").removeprefix("breathing/") in channels
    }
    return statuses.snapped(status, estimates=kept)


def test_breathing_has_rate_confidence_channels_and_both_halves_of_a_breath() -> None:
    assert plain(breathing_lines(News(WELL), 40, 5)).splitlines() == [
        "6.0 breaths/min",
        f"confidence {'█' * 19}▊    86 %",
        "from RR ██▊  ECG █▎   motion ███",
        "in 4.1 s, out 5.9 s (41 % in)",
    ]


def test_rate_is_big_if_all_else_has_room_too() -> None:
    assert len(breathing_lines(News(WELL), 40, 6)) == 6
    assert len(breathing_lines(News(WELL), 40, 5)) == 4


def test_lines_of_a_breath_fit_a_narrow_panel() -> None:
    assert max(len(each) for each in plain(breathing_lines(News(WELL), 32, 5)).splitlines()) <= 32
    status = statuses.unknown(only(WELL, "rr"), **FROM_RR, breathing__held_s="not visible from RR")
    assert max(len(each) for each in plain(breathing_lines(News(status), 32, 5)).splitlines()) <= 32


def test_what_cannot_be_seen_from_rr_alone_says_so() -> None:
    status = statuses.unknown(only(WELL, "rr"), **FROM_RR, breathing__held_s="not visible from RR")
    lines = plain(breathing_lines(News(status), 40, 5)).splitlines()
    assert lines[2:] == ["from RR ██▊", "in, out: not available from RR", "held breath: not visible from RR"]


def test_breathing_has_its_confidence_even_if_it_is_unknown() -> None:
    status = statuses.unknown(WELL, breathing__rate_bpm="RR and chest disagree")
    lines = plain(breathing_lines(News(status), 40, 3))
    assert lines.startswith("unknown: RR and chest disagree\nconfidence ███")
    assert "31 %" in lines


def test_channel_that_is_silent_says_why_unless_that_is_told_already() -> None:
    moving, weak = "moving: 35 mg above 1 Hz", "RSA too weak (4 ms)"
    status = statuses.unknown(
        only(WELL, "rr", "motion"), breathing__motion_evidence=moving, breathing__rr_evidence=weak
    )
    lines = plain(breathing_lines(News(status), 40, 9)).splitlines()
    assert "from RR ?  motion ?" in lines
    assert lines[-2:] == [f"RR: {weak}", f"motion: {moving}"]
    status = statuses.unknown(status, breathing__rate_bpm=f"{weak}; {moving}")
    lines = plain(breathing_lines(News(status), 60, 9)).splitlines()
    assert lines[0] == f"unknown: {weak}; {moving}"
    assert f"RR: {weak}" not in lines


def test_old_breathing_has_nothing_but_its_age() -> None:
    aged = statuses.aged(statuses.estimated(WELL, breathing__held_s=9.0), "strap", 4)
    assert plain(breathing_lines(News(aged), 40, 8)) == "unknown: no data for 4.0 s"
    assert plain(breathing_lines(News(), 40, 8)) == "unknown: no news from the recorder yet"
    assert held_breath(News(aged)).seconds is None
    assert held_breath(News(WELL, 4.0)).seconds is None


def test_nothing_is_said_of_held_breath_while_breathing() -> None:
    assert held_breath(News(WELL)).seconds == 0.0
    assert not held_breath(News(WELL)).is_alarming
    assert "held" not in plain(breathing_lines(News(WELL), 40, 9))


def test_held_breath_is_what_is_loudest() -> None:
    news = held(605.2, 7.4)
    assert held_breath(news).is_alarming
    lines = breathing_lines(news, 40, 4)
    assert plain(lines).startswith("✗ breath held for 7 s\n6.0 breaths/min\nconfidence")
    assert lines[0][0].tone == "bad"
    lines = breathing_lines(news, 40, 5)
    assert plain(lines[2:4]).endswith("s ✗ breath held\n6.0 breaths/min")
    assert {part.tone for each in lines[:3] for part in each} == {"bad"}


@pytest.mark.parametrize(
    ("t_s", "is_asked"),
    [
        (601, False),  # the pacer has just begun: there was no breath before, and no pause
        (605, True),
        (607.9, True),
        (610.5, True),
        (611.5, False),
        (613, True),
        (617, True),
        (619.5, False),
    ],
)
def test_pause_that_the_pacer_asks_for_is_no_alarm_nor_are_three_seconds_after_it(t_s: float, is_asked: bool) -> None:
    news = held(t_s, 5.0, BOX)
    assert held_breath(news).is_asked is is_asked
    assert held_breath(news).is_alarming is not is_asked
    told = plain(breathing_lines(news, 40, 9))
    assert ("breath held for 5 s, as asked" in told) is is_asked
    assert ("✗" in told) is not is_asked


def test_pacer_without_pauses_excuses_no_held_breath() -> None:
    assert all(held_breath(held(600 + k / 2, 5.0, Pattern(4, 0, 6, 0))).is_alarming for k in range(20))


def test_short_pause_excuses_too() -> None:
    assert held_breath(held(607.0, 5.0, Pattern(4, 1, 6, 0))).is_asked


def test_session_of_an_older_version_has_rate_and_confidence_alone() -> None:
    rate = {"breathing/rate_bpm": WELL.snapshot.estimates["breathing/rate_bpm"]}
    assert len(breathing_lines(News(statuses.snapped(WELL, estimates=rate)), 40, 3)) == 2


def test_reason_is_never_more_than_a_line_of_plain_text() -> None:
    status = statuses.unknown(WELL, breathing__held_s="[red]\x1b[2J\n" + "x" * 900)
    told = plain(breathing_lines(News(status), 40, 9))
    assert "\x1b" not in told
    assert len(told) < 600
