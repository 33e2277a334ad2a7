import msgspec
import pytest

from tests.tui import statuses
from tidehold.records import HostNs, LinkView
from tidehold.tui import words
from tidehold.tui.lines import Line, plain
from tidehold.tui.news import News

WELL = statuses.status(605.2)


def text(line: Line) -> str:
    return plain([line])


def tones(line: Line) -> dict[str, str]:
    return {part.text.strip(): part.tone for part in line}


def test_recording_line_says_state_time_bytes_age_and_gaps() -> None:
    line = words.record_line(News(WELL), 605.2)
    assert text(line) == "● REC   0:10:05   3.1 MB   newest 0.0 s   gaps 1   2026-01-01T10-00-00"
    assert tones(line)["● REC"] == "bad"


def test_recording_line_of_a_replay_says_where_it_is_and_how_fast() -> None:
    line = text(words.record_line(News(statuses.replayed(605.2, 2.0)), 605.2))
    assert line.startswith("▶ PLAY   0:10:05 / 0:23:00   2x   newest")
    assert " B " not in line
    assert text(words.record_line(News(statuses.replayed(605.2, 0.0)), 605.2)).startswith(
        "‖ PAUSED   0:10:05 / 0:23:00"
    )


def test_recording_line_says_when_the_recorder_says_nothing() -> None:
    line = words.record_line(News(WELL, 4.2), 605.2)
    assert text(line) == "✗ no news from the recorder for 4 s   newest --   gaps --"
    assert text(words.record_line(News(WELL, gone="broken pipe"), 1)).startswith("✗ broken pipe")


def test_recording_line_before_the_first_status() -> None:
    assert text(words.record_line(News(), 0)) == "… waiting for the recorder"
    assert text(words.record_line(News(silent_s=7.0), 0)) == "… waiting for the recorder for 7 s"
    assert text(words.record_line(News(gone="no daemon"), 0)) == "✗ no daemon"


def test_recording_line_of_a_finished_session() -> None:
    line = words.record_line(News(statuses.recorded(statuses.aged(WELL, "strap", 8), state="finished"), 60), 605.2)
    assert text(line).startswith("■ FINISHED   0:10:05")
    assert "bad" not in tones(line).values()


def test_recording_line_says_what_a_power_cut_would_take() -> None:
    assert "unsynced" not in text(words.record_line(News(WELL), 1))
    assert "unsynced 4.0 s" in text(words.record_line(News(statuses.recorded(WELL, unsynced_s=4.0)), 1))


def test_newest_packet_that_is_old_stands_out() -> None:
    status = statuses.aged(statuses.aged(WELL, "strap", 3.5), "phone", 6)
    assert tones(words.record_line(News(status), 1))["newest 3.5 s"] == "bad"
    assert tones(words.record_line(News(statuses.nothing()), 1))["newest --"] == "warn"


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 B"), (999, "999 B"), (1200, "1.2 kB"), (3_140_000, "3.1 MB"), (7e9, "7.0 GB")]
)
def test_size(count: int, shown: str) -> None:
    assert words.size(count) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00:00"), (-5, "0:00:00"), (3725.9, "1:02:05"), (float("nan"), "0:00:00")]
)
def test_clock(seconds: float, shown: str) -> None:
    assert words.clock(seconds) == shown


def test_sources_are_told_by_symbol_and_word() -> None:
    assert text(words.sources_line(News(WELL), is_wide=True)) == "strap ✓ armed battery 80 % contact   phone ✓ armed"
    assert text(words.sources_line(News(WELL), is_wide=False)) == "strap ✓ armed 80 % contact   phone ✓ armed"
    assert text(words.sources_line(News(statuses.nothing()), is_wide=True)) == "strap … searching"
    assert text(words.sources_line(News(statuses.snapped(WELL, links={})), is_wide=True)) == "no sensor yet"
    assert words.sources_line(News(), is_wide=True) == ()


def test_what_a_lost_source_said_last_is_not_told() -> None:
    line = text(words.sources_line(News(statuses.linked(WELL, "strap", "down")), is_wide=True))
    assert line.startswith("strap ✗ lost   ")
    assert text(words.sources_line(News(WELL, 5), is_wide=True)) == "strap ? unknown   phone ? unknown"


def test_low_battery_and_lost_contact_stand_out() -> None:
    streams = dict(WELL.snapshot.streams)
    streams["strap/battery"] = msgspec.structs.replace(streams["strap/battery"], last=(9.0,))
    streams["strap/contact"] = msgspec.structs.replace(streams["strap/contact"], last=(1.0,))
    told = tones(words.sources_line(News(statuses.snapped(WELL, streams=streams)), is_wide=True))
    assert told["battery low: 9 %"] == "bad"
    assert told["no contact"] == "bad"


def test_every_state_of_a_link_has_a_word_and_a_symbol_of_its_own() -> None:
    assert len({word for word, _ in words.LINKS.values()}) == len(words.LINKS)


def test_name_of_a_source_is_never_markup_nor_long() -> None:
    status = statuses.snapped(WELL, links={"[red]x" * 50: LinkView("armed", HostNs(0), {})})
    assert text(words.sources_line(News(status), is_wide=True)) == "[red]x[red]x[red]x[… ✓ armed"


def test_heart_has_its_rate_and_its_variability_with_the_share_of_artefacts() -> None:
    lines = plain(words.heart_lines(News(WELL), 40, 3))
    assert lines == "65 bpm\nRMSSD 48 ms   artefacts 2 %\nSDNN 62 ms   RSA 112 ms"
    assert len(words.heart_lines(News(WELL), 40, 5)) == 5


def test_unknown_heart_says_why_and_shows_no_number() -> None:
    why = "no skin contact"
    status = statuses.unknown(WELL, heart__hr_bpm=why, heart__rmssd_ms=why, heart__sdnn_ms=why, heart__rsa_ms=why)
    assert plain(words.heart_lines(News(status), 40, 6)) == "unknown: no skin contact"
    status = statuses.unknown(WELL, heart__rmssd_ms="too few")
    assert "65 bpm\nRMSSD unknown: too few   artefacts 2 %\n" in plain(words.heart_lines(News(status), 40, 3))
    status = statuses.unknown(WELL, heart__rmssd_ms="too few", heart__artefact_share="none", heart__sdnn_ms="too few")
    assert plain(words.heart_lines(News(status), 40, 3)).endswith("too few\nRSA 112 ms")


def test_unknown_swing_of_breathing_says_why() -> None:
    status = statuses.unknown(WELL, heart__rsa_ms="confidence 0.12 is below 0.25")
    lines = words.heart_lines(News(status), 40, 5)
    assert plain(lines).endswith("SDNN 62 ms   RSA unknown: confidence 0.12 is below 0.25")
    assert len(lines) == 5  # the rate is as large as ever


def test_session_of_an_older_version_has_no_word_of_what_it_does_not_know() -> None:
    old = {name: each for name, each in WELL.snapshot.estimates.items() if name == "heart/hr_bpm"}
    assert "SDNN" not in plain(words.heart_lines(News(statuses.snapped(WELL, estimates=old)), 40, 4))


def test_motion_is_the_phones_or_else_the_motion_sensors() -> None:
    assert words.motion_source(News(WELL)) == "phone"
    alone = statuses.status(605.2, with_phone=False)
    assert words.motion_source(News(alone)) is None
    assert words.motion_source(News(statuses.linked(alone, "imu", "armed"))) == "imu"
    assert words.motion_source(News()) is None


def test_title_and_end_name_the_file() -> None:
    assert words.title_of(None) == "tidehold"
    assert words.title_of(WELL) == "tidehold 2026-01-01T10-00-00.mcap"
    assert words.finished_text(WELL.recording) == "recording finished: /data/tidehold/2026-01-01T10-00-00.mcap"
    assert words.finished_text(statuses.replayed(1).recording).startswith("replay finished: ")
