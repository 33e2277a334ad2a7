from tests.tui import statuses
from tidehold.records import Pacing, Pattern, Status, StreamView
from tidehold.tui.news import News
from tidehold.tui.watch import HELD, LOST_AFTER_S, RECORDER, Watch

LOST = {"reason": "supervision time-out (0x08)", "advice": "come closer"}


def kinds(watch: Watch, status: Status, silent_s: float = 0.0) -> list[tuple[str, str]]:
    return [(notice.kind, notice.key) for notice in watch.hear(News(status, silent_s))]


def test_nothing_is_said_while_all_is_well_or_nothing_is_known() -> None:
    watch = Watch()
    assert watch.hear(News()) == []
    assert kinds(watch, statuses.nothing()) == []
    assert kinds(watch, statuses.status(600)) == []
    assert watch.troubles == {}


def test_lost_link_is_told_once_with_reason_and_advice() -> None:
    watch = Watch()
    assert kinds(watch, statuses.linked(statuses.status(600), "strap", "down", **LOST)) == [("lost", "strap")]
    assert watch.troubles == {"strap": "strap lost: supervision time-out (0x08); come closer"}
    assert kinds(watch, statuses.linked(statuses.status(601), "strap", "down", **LOST)) == []


def test_sensor_is_back_when_its_streams_are_and_not_before() -> None:
    watch = Watch()
    kinds(watch, statuses.linked(statuses.status(600), "strap", "down", **LOST))
    for state in ("searching", "connecting", "up"):
        assert kinds(watch, statuses.linked(statuses.status(601), "strap", state)) == []
        assert watch.troubles == {"strap": f"strap lost, {state}"}
    assert kinds(watch, statuses.status(603)) == [("back", "strap")]
    assert watch.troubles == {}


def test_refused_attempts_are_told_once() -> None:
    watch = Watch()
    for t_s, state, told in ((5, "refused", [("lost", "strap")]), (6, "searching", []), (7, "refused", [])):
        assert kinds(watch, statuses.linked(statuses.nothing(t_s), "strap", state, **LOST)) == told


def test_stream_that_stops_is_lost_within_5_s_and_a_hiccup_is_not() -> None:
    watch = Watch()
    assert LOST_AFTER_S < 5
    assert kinds(watch, statuses.aged(statuses.status(600), "phone", 3.9)) == []
    assert kinds(watch, statuses.aged(statuses.status(601), "phone", 4.1)) == [
        ("lost", "phone/acc"),
        ("lost", "phone/gyr"),
    ]
    assert watch.troubles["phone/acc"] == "phone/acc silent for 4.1 s"
    assert kinds(watch, statuses.status(602)) == [("back", "phone/acc"), ("back", "phone/gyr")]


def test_streams_of_a_lost_source_are_not_told_one_by_one() -> None:
    watch = Watch()
    kinds(watch, statuses.aged(statuses.status(600), "strap", 5))
    status = statuses.aged(statuses.linked(statuses.status(601), "strap", "down", **LOST), "strap", 6)
    assert kinds(watch, status) == [("lost", "strap")]
    assert list(watch.troubles) == ["strap"]


def test_seldom_streams_are_never_lost() -> None:
    watch = Watch()
    assert kinds(watch, statuses.status(100_000)) == []


def test_recorder_that_is_silent_is_told_once_and_what_was_lost_stays_lost() -> None:
    watch = Watch()
    status = statuses.linked(statuses.status(600), "phone", "stalled", stream="push", silent_s="6")
    kinds(watch, status)
    assert kinds(watch, status, 3.5) == [("lost", RECORDER)]
    assert kinds(watch, status, 5.0) == []
    assert watch.troubles[RECORDER] == "no news from the recorder for 5 s"
    assert watch.troubles["phone"].startswith("phone stalled: push")
    assert kinds(watch, statuses.status(620)) == [("back", RECORDER), ("back", "phone")]


def test_replay_that_goes_back_tells_no_old_losses_again() -> None:
    watch = Watch()
    kinds(watch, statuses.status(700))
    assert kinds(watch, statuses.linked(statuses.status(600), "strap", "down", **LOST)) == []
    assert list(watch.troubles) == ["strap"]
    assert kinds(watch, statuses.status(601)) == [("back", "strap")]


def test_session_that_is_over_has_no_troubles() -> None:
    watch = Watch()
    status = statuses.linked(statuses.status(600), "strap", "down", reason="the session is over")
    kinds(watch, status)
    assert kinds(watch, statuses.recorded(status, state="finished")) == []
    assert watch.troubles == {}


def test_stream_that_is_made_of_another_is_never_lost_itself() -> None:
    status = statuses.status(600)
    late = StreamView(600, None, 6.0, 0, (0.9, 1.0, 0.0))
    assert kinds(Watch(), statuses.snapped(status, streams=status.snapshot.streams | {"strap/rr_clean": late})) == []


def test_stream_that_speaks_less_than_twice_in_two_seconds_is_not_lost() -> None:
    status = statuses.status(600)
    view = status.snapshot.streams["strap/ecg"]
    slow = {"strap/slow": type(view)(5, 0.1, 9.0, 0, (1.0,))}
    assert kinds(Watch(), statuses.snapped(status, streams=slow)) == []


def held(t_s: float, seconds: float) -> Status:
    return statuses.estimated(statuses.status(t_s), breathing__held_s=seconds)


def test_held_breath_is_told_once_and_so_is_breathing_again() -> None:
    watch = Watch()
    assert kinds(watch, held(600, 0.0)) == []
    assert kinds(watch, held(601, 4.6)) == [("lost", HELD)]
    assert kinds(watch, held(602, 5.6)) == []
    assert watch.troubles == {HELD: "breath held for 6 s"}
    notices = watch.hear(News(held(603, 0.0)))
    assert [(each.kind, each.text) for each in notices] == [("back", "breathing again")]
    assert watch.troubles == {}


def test_held_breath_that_cannot_be_seen_any_more_is_not_breathing_again() -> None:
    watch = Watch()
    kinds(watch, held(600, 4.6))
    assert kinds(watch, statuses.unknown(held(601, 5.6), breathing__held_s="moving")) == []
    assert watch.troubles == {}
    kinds(watch, held(602, 6.6))
    assert kinds(watch, held(602, 6.6), 4.0) == [("lost", RECORDER)]
    assert HELD not in watch.troubles


def test_breath_that_only_the_chest_says_is_held_is_no_alarm_where_a_coach_looks_at_more() -> None:
    watch = Watch()
    assert kinds(watch, statuses.guided(held(600, 5.0), statuses.guide(6))) == []
    over = statuses.finding("breath-held", "Let your breath flow.", 580, 590)
    assert kinds(watch, statuses.guided(held(601, 6.0), statuses.guide(6, findings=(over,)))) == []
    found = statuses.finding("breath-held", "Let your breath flow.", 596)
    assert kinds(watch, statuses.guided(held(602, 7.0), statuses.guide(6, findings=(found, over)))) == [("lost", HELD)]


def test_breath_held_as_the_pacer_asks_is_no_alarm() -> None:
    watch = Watch()
    pacing = Pacing(statuses.PACING.since, Pattern(4, 4, 4, 4))
    for t_s in (597, 601, 605, 607):  # paused from 596 to 600 and from 604 to 608
        assert kinds(watch, statuses.snapped(held(t_s, 5.0), pacing=pacing)) == []
    assert watch.troubles == {}


def test_held_breath_comes_before_lost_sensors() -> None:
    watch = Watch()
    status = statuses.linked(held(600, 5.0), "phone", "down", **LOST)
    assert kinds(watch, status) == [("lost", HELD), ("lost", "phone")]
