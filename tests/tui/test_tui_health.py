import msgspec

from tests.tui import statuses
from tidehold.records import StreamView
from tidehold.tui.health import MOST_REJECTED, more_lines, table_lines
from tidehold.tui.lines import plain
from tidehold.tui.news import News

WELL = statuses.status(605.2)


def row(news: News, name: str) -> list[str]:
    return next(each for each in plain(table_lines(news)).splitlines() if each.strip().startswith(name)).split()


def test_each_stream_has_rate_age_gaps_and_samples() -> None:
    news = News(WELL)
    assert row(news, "strap/ecg")[:7] == ["strap/ecg", "129.93", "Hz", "0.4", "s", "0", "78676"]
    assert row(news, "strap/ecg")[7:] == ["0.12", "mV"]
    assert row(news, "strap/battery") == ["strap/battery", "--", "10", "min", "0", "1", "80", "%"]
    assert row(news, "strap/contact")[-1] == "contact"
    assert row(news, "phone/acc")[-4:] == ["0.10", "5.50", "8.10", "m/s²"]


def test_streams_stand_below_their_source() -> None:
    lines = plain(table_lines(News(WELL))).splitlines()
    at = {each.split()[0]: k for k, each in enumerate(lines)}
    assert at["strap"] < at["strap/ecg"] < at["phone"] < at["phone/acc"]


def test_stream_that_stopped_has_its_age_and_nothing_else_that_is_old() -> None:
    news = News(statuses.aged(WELL, "strap", 42.0))
    assert row(news, "strap/ecg") == ["strap/ecg", "--", "42", "s", "0", "78676", "--"]
    parts = next(line for line in table_lines(news) if line[0].text.strip() == "strap/ecg")
    assert {part.text.strip(): part.tone for part in parts}["42 s"] == "bad"


def test_reason_and_advice_of_a_refused_link_are_told() -> None:
    status = statuses.linked(statuses.nothing(), "strap", "refused", reason="taken", advice="close the other app")
    assert plain(table_lines(News(status))).splitlines()[1:] == ["strap ✗ refused", "  taken", "  close the other app"]
    assert "close" not in plain(table_lines(News(status, 5.0)))


def test_stream_that_is_missing_is_told() -> None:
    status = statuses.linked(WELL, "strap", "armed", missing="ppg: the strap does not measure it")
    assert "  missing: ppg: the strap does not measure it" in plain(table_lines(News(status))).splitlines()


def test_nothing_known_is_said() -> None:
    assert plain(table_lines(News())) == "nothing is known of any sensor yet"
    assert plain(table_lines(News(statuses.snapped(WELL, links={}, streams={})))) == "no sensor yet"
    assert more_lines(News()) == ()
    assert more_lines(News(statuses.nothing())) == ()


def test_streams_without_a_link_are_shown_all_the_same() -> None:
    assert row(News(statuses.snapped(WELL, links={})), "phone/gyr")[0] == "phone/gyr"


def test_stream_that_never_spoke_has_no_age() -> None:
    view = msgspec.structs.replace(WELL.snapshot.streams["strap/hr"], age_s=None, last=())
    news = News(statuses.snapped(WELL, streams={"strap/hr": view, "strap/new": view}))
    assert row(news, "strap/hr")[1:3] == ["--", "--"]


def test_what_devices_say_and_what_was_rejected() -> None:
    assert "strap/model: Simulated strap" in plain(more_lines(News(WELL)))
    assert "2 x strap/hr: too short" in plain(more_lines(News(WELL)))
    many = statuses.snapped(WELL, rejected={f"strap/pmd: fault {k}": k for k in range(1, 31)})
    lines = plain(more_lines(News(many))).splitlines()
    assert "rejected (465)" in lines
    assert lines[-MOST_REJECTED].split() == ["30", "x", "strap/pmd:", "fault", "30"]


def test_every_reason_for_not_knowing_is_told_once_with_what_it_hides() -> None:
    moving = "moving: 35 mg above 1 Hz"
    status = statuses.unknown(WELL, breathing__phase_rad=moving, breathing__held_s=moving, pacing__score="not yet")
    lines = plain(more_lines(News(status))).splitlines()
    assert lines[:2] == ["", "not known"]
    assert set(lines[2:4]) == {f"  breathing/held_s, breathing/phase_rad: {moving}", "  pacing/score: not yet"}
    assert "not known" not in plain(more_lines(News(WELL)))
    assert "not known" not in plain(more_lines(News(status, 5.0)))


def test_what_is_not_known_of_a_pacer_that_is_off_is_not_told() -> None:
    status = statuses.snapped(statuses.unknown(WELL, pacing__score="the pacer is off"), pacing=None)
    assert "pacing" not in plain(more_lines(News(status)))


def test_corrected_interval_has_the_word_of_its_flag() -> None:
    view = StreamView(600, None, 3.4, 0, (0.989, 1.0, 0.0))
    for last, shown in (((0.989, 1.0, 0.0), "989 ms clean"), ((1.2, 2.0, 1.0), "1200 ms missed"), ((1.0,), "1.00")):
        clean = msgspec.structs.replace(view, age_s=2.0, last=last)
        status = statuses.snapped(WELL, streams=WELL.snapshot.streams | {"strap/rr_clean": clean})
        assert " ".join(row(News(status), "strap/rr_clean")).endswith(shown)
    status = statuses.snapped(WELL, streams=WELL.snapshot.streams | {"strap/rr_clean": view})
    parts = next(line for line in table_lines(News(status)) if line[0].text.strip() == "strap/rr_clean")
    assert "bad" not in {part.tone for part in parts}
