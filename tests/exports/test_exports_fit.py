"""FIT, read back by fitdecode.

Tolerances: RR intervals to 0.5 ms, heart rate to 0.5/min, breaths to 0.005/min, times of marks and laps to 0.5 s; the
times of records are exact.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import fitdecode
import numpy as np
import pytest
from fit_tool import FitFile, validate_fit_file

from tests.exports import exported
from tests.exports.exported import NOTE, STARTED, at
from tidehold.errors import ConfigError
from tidehold.exports import fit
from tidehold.log.told import Told, tell
from tidehold.records import Mark, Sample, Stop, UnixNs
from tidehold.session.header import Header
from tidehold.units import NS

Message = tuple[str, dict[str, Any]]


def read(path: Path) -> list[Message]:
    """Messages in their order: name, and values by field; what is not there, and what says "invalid", is left out."""
    found: list[Message] = []
    with fitdecode.FitReader(
        path, check_crc=fitdecode.CrcCheck.RAISE, error_handling=fitdecode.ErrorHandling.RAISE
    ) as file:
        for frame in file:
            if isinstance(frame, fitdecode.FitDataMessage):
                fields = {field.name: field.value for field in frame.fields if field.value is not None}
                found.append((frame.name, fields))
    return found


def of(messages: list[Message], name: str) -> list[dict[str, Any]]:
    return [fields for each, fields in messages if each == name]


def intervals(messages: list[Message]) -> list[float]:
    some: list[float] = []
    for fields in of(messages, "hrv"):
        said = fields["time"]
        some += [each for each in (said if isinstance(said, tuple) else (said,)) if each is not None]
    return some


def session_s(moment: dt.datetime) -> float:
    """Session time of what FIT says."""
    return moment.timestamp() - STARTED / NS


@pytest.fixture(scope="module")
def messages(told: Told, tmp_path_factory: pytest.TempPathFactory) -> list[Message]:
    path = tmp_path_factory.mktemp("fit") / "a.fit"
    written = fit.write(told, path)
    found = read(path)
    assert written == {
        "records": len(of(found, "record")),
        "heart_rates": sum("heart_rate" in fields for fields in of(found, "record")),
        "rr_intervals": len(intervals(found)),
        "laps": len(of(found, "lap")),
        "marks": sum(fields["event"] == "user_marker" for fields in of(found, "event")),
    }
    return found


def test_it_is_a_breathing_activity_in_utc(told: Told, messages: list[Message]) -> None:
    [file] = of(messages, "file_id")
    assert file["type"] == "activity"
    assert file["time_created"] == dt.datetime.fromtimestamp(STARTED // NS, dt.UTC)
    [session] = of(messages, "session")
    assert (session["sport"], session["sub_sport"]) == ("training", "breathing")
    assert session["total_elapsed_time"] == told.length_s
    [activity] = of(messages, "activity")
    local = activity["local_timestamp"] - activity["timestamp"]
    assert local == dt.timedelta(seconds=told.header.utc_offset_s)


def test_there_is_a_record_at_each_whole_second_with_the_heart_rate_that_held(
    told: Told, messages: list[Message]
) -> None:
    records = of(messages, "record")
    times = [session_s(fields["timestamp"]) for fields in records]
    assert np.allclose(np.diff(times), 1.0)
    assert 0 <= times[0] < 1
    assert told.length_s - 1 < times[-1] <= told.length_s
    series = told.samples["strap/hr"]
    for fields, t in zip(records, times, strict=True):
        before = np.flatnonzero((series.times <= t * NS + 1) & (series.times > (t - 2.5) * NS))
        if len(before):
            assert fields["heart_rate"] == pytest.approx(float(series.values[before[-1]]), abs=0.5)
        else:
            assert "heart_rate" not in fields


def test_breathing_is_in_the_records_where_it_is_known(by_hand: Told, tmp_path: Path) -> None:
    fit.write(by_hand, tmp_path / "a.fit")
    found = {
        session_s(fields["timestamp"]): fields["enhanced_respiration_rate"]
        for fields in of(read(tmp_path / "a.fit"), "record")
        if "enhanced_respiration_rate" in fields
    }
    [(t, rate)] = found.items()
    assert 2 <= t < 3.25
    assert rate == pytest.approx(6.25, abs=0.005)


def test_all_rr_intervals_are_there_in_their_order(told: Told, messages: list[Message]) -> None:
    expected = told.samples["strap/rr"].values
    assert np.abs(np.array(intervals(messages)) - expected).max() <= 0.5e-3 + 1e-9


def test_a_beat_comes_in_the_second_before_the_record_behind_it(told: Told, messages: list[Message]) -> None:
    ends = iter((told.samples["strap/rr"].times / NS).tolist())
    waiting: list[float] = []
    seen = 0
    for name, fields in messages:
        if name == "hrv":
            said = fields["time"]
            waiting += [next(ends) for each in (said if isinstance(said, tuple) else (said,)) if each is not None]
        elif name == "record":
            t = session_s(fields["timestamp"])
            assert all(t - 1 - 1e-6 <= end <= t + 1e-6 or t < 1 for end in waiting)
            seen += len(waiting)
            waiting = []
    assert seen == len(told.samples["strap/rr"])


def test_steps_are_laps_with_their_names_and_scores(by_hand: Told, tmp_path: Path) -> None:
    fit.write(by_hand, tmp_path / "a.fit")
    [lap] = of(read(tmp_path / "a.fit"), "lap")
    assert session_s(lap["start_time"]) == pytest.approx(0, abs=0.5)
    assert session_s(lap["timestamp"]) == pytest.approx(30, abs=0.5)
    assert (lap["total_elapsed_time"], lap["total_timer_time"]) == (30.0, 28.0)
    assert (lap["step"], lap["score"]) == ("2 Stay left (done)", 93.5)


def test_a_step_without_a_score_has_none(messages: list[Message]) -> None:
    [lap] = of(messages, "lap")
    assert lap["step"] == "1 Breathe (done)"
    assert "score" not in lap
    assert session_s(lap["start_time"]) == pytest.approx(4, abs=0.5)


def test_marks_findings_and_gaps_are_events_with_their_text(by_hand: Told, tmp_path: Path) -> None:
    fit.write(by_hand, tmp_path / "a.fit")
    events = [fields for fields in of(read(tmp_path / "a.fit"), "event") if fields["event"] == "user_marker"]
    assert [fields["note"] for fields in events] == [
        "mark pain: 6 left hip",
        f"mark note: {NOTE}",
        "gap strap/ecg: link lost",
        "finding breath-held: the breath is held",
        "gap strap/rr: no skin contact",
        "finding slouch: the trunk sinks",
    ]
    for fields, t in zip(events, (2, 9, 10, 14, 20, 54), strict=True):
        assert session_s(fields["timestamp"]) == pytest.approx(t, abs=0.5)


def test_time_does_not_run_backwards_before_the_laps(messages: list[Message]) -> None:
    times = [fields["timestamp"] for name, fields in messages if name in ("record", "event")]
    assert times == sorted(times)
    assert [fields["event_type"] for fields in of(messages, "event") if fields["event"] == "timer"] == [
        "start",
        "stop_all",
    ]


def test_the_file_is_valid_by_the_profile(by_hand: Told, tmp_path: Path) -> None:
    fit.write(by_hand, tmp_path / "a.fit")
    report = validate_fit_file(FitFile.from_bytes((tmp_path / "a.fit").read_bytes()))
    assert report.findings == []


def test_a_heart_rate_that_a_byte_cannot_say_is_left_out(by_hand: Told, tmp_path: Path) -> None:
    fit.write(by_hand, tmp_path / "a.fit")
    rates = {
        round(session_s(fields["timestamp"]), 1): fields.get("heart_rate")
        for fields in of(read(tmp_path / "a.fit"), "record")
    }
    assert [rates[t + 0.9] for t in range(4, 11)] == [None, 60, 61, 61, None, None, None]


@pytest.fixture
def bare() -> Told:
    return Told(Path("a"), Header(session="a", started=STARTED))


def test_a_session_without_a_strap_has_no_heart_rates_and_one_lap(tmp_path: Path) -> None:
    items = exported.only("phone", exported.simulated_inputs())
    told = tell(exported.recorded(tmp_path, [each for each in items if not isinstance(each, Mark)]))
    written = fit.write(told, tmp_path / "a.fit")
    assert (written["heart_rates"], written["rr_intervals"], written["laps"]) == (0, 0, 1)
    messages = read(tmp_path / "a.fit")
    assert not any("heart_rate" in fields for fields in of(messages, "record"))
    [session] = of(messages, "session")
    assert "avg_heart_rate" not in session


def test_without_a_rate_from_the_device_the_estimate_is_taken(bare: Told, tmp_path: Path) -> None:
    source = exported.by_hand()
    bare.estimates = source.estimates
    bare.take(Stop(at(5), "over"))
    fit.write(bare, tmp_path / "a.fit")
    rates = [fields.get("heart_rate") for fields in of(read(tmp_path / "a.fit"), "record")]
    assert rates.count(62) == 1  # 61.5, said at 2 s
    assert set(rates) == {None, 62}


def test_an_empty_or_interrupted_session_is_a_file(bare: Told, session: Path, tmp_path: Path) -> None:
    assert fit.write(bare, tmp_path / "a.fit")["laps"] == 1
    assert len(of(read(tmp_path / "a.fit"), "session")) == 1
    told = tell(exported.interrupted(session, tmp_path))
    assert fit.write(told, tmp_path / "b.fit")["rr_intervals"] == len(told.samples["strap/rr"]) > 3


def test_many_beats_at_once_are_split(bare: Told, tmp_path: Path) -> None:
    bare.hear(Sample(at(0), "a/rr", np.full(12, NS, np.int64), np.linspace(0.5, 1.6, 12)))
    bare.hear(Sample(at(0), "a/rr", np.array([2 * NS]), np.array([70.0])))  # longer than FIT can say
    assert fit.write(bare, tmp_path / "a.fit")["rr_intervals"] == 12
    assert np.allclose(intervals(read(tmp_path / "a.fit")), np.linspace(0.5, 1.6, 12), atol=0.5e-3)


def test_a_long_note_is_cut_between_letters(bare: Told, tmp_path: Path) -> None:
    bare.take(Mark(at(1), "note", "ä" * 300))
    fit.write(bare, tmp_path / "a.fit")
    [note] = [fields["note"] for fields in of(read(tmp_path / "a.fit"), "event") if "note" in fields]
    assert note == "mark note: " + "ä" * 114


@pytest.mark.parametrize("started_s", [0, 631_065_599, 2**33])
def test_a_date_that_fit_cannot_say_is_refused(started_s: int, tmp_path: Path) -> None:
    told = Told(Path("a"), Header(session="a", started=UnixNs(started_s * NS)))
    with pytest.raises(ConfigError, match="no dates before 1990"):
        fit.write(told, tmp_path / "a.fit")
    assert not (tmp_path / "a.fit").exists()
